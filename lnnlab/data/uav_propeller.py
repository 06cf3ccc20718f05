"""A drone's sound with whole and broken propellers (UAV propeller anomaly audio dataset, 2022)."""

from pathlib import Path

import numpy as np

from lnnlab import paths
from lnnlab.data.dataset import Dataset
from lnnlab.data.own_files import natural
from lnnlab.data.sounds.file import read_sound
from lnnlab.data.windows import Corpus, Recording, cut_windows
from lnnlab.errors import UserError

SOURCE = "the UAV propeller anomaly audio dataset (<class>/<configuration>/<mission>/<n>/ch1.wav)"
RATE_HZ = 16_000
CLASSES = ("normal", "1_broken", "2_broken", "3_broken", "4_broken")
NORMAL = CLASSES[0]


def load_uav_propeller(window: int = 8192, overlap: float = 0.0) -> Dataset:
    """Flights of a quadcopter with 0 to 4 broken propellers, one microphone at 16 kHz.

    Groups: ``configuration`` (which propellers are broken, such as ``0011``; ``""`` of sound ones,
    which belong to none), ``mission`` (the figure that was flown) and ``flight``. Normal against
    broken is easy; the number of broken ones on a configuration that was never heard is not.

    Args:
        window: samples per window.
        overlap: part of a window that the next one repeats.

    Raises:
        UserError: the corpus is absent or a file is damaged.
    """
    folder = paths.corpus("uav_propeller", SOURCE)
    files = sorted(folder.rglob("ch1.wav"), key=lambda each: natural(each.relative_to(folder)))
    recordings = [_recording(path, folder) for path in files]
    if not recordings:
        raise UserError(f"{folder}: no <class>/…/<mission>/<n>/ch1.wav in it; get it again from "
                        f"{SOURCE}")
    corpus = Corpus(
        "uav_propeller", ("sound",), float(RATE_HZ), CLASSES, background_classes=(NORMAL,),
        note="A drone's sound in flight, 16 kHz; broken: at least one of four propellers.")
    return cut_windows(recordings, window, overlap, corpus)


def _recording(path: Path, folder: Path) -> Recording:
    name = path.parent.relative_to(folder)
    parts = name.parts
    label = next((part for part in reversed(parts) if part in CLASSES), "")
    if not label or len(parts) < 3:
        raise UserError(f"{path}: lies in no folder of {', '.join(CLASSES)} with mission and "
                        f"number; get it again from {SOURCE}")
    configuration = "" if label == NORMAL else parts[-3]
    groups = {"configuration": configuration, "mission": parts[-2], "flight": name.as_posix()}
    sound = read_sound(path, RATE_HZ)
    return Recording(name.as_posix(), label, np.asarray(sound.x)[:, None], groups)
