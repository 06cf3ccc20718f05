"""SKAB (Skoltech anomaly benchmark): a water pump's sensors, anomalies marked second by second.

Katser and Kozitsin 2020, "Skoltech Anomaly Benchmark (SKAB)", doi 10.34740/KAGGLE/DSV/1693952.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from lnnlab import paths
from lnnlab.data.dataset import Dataset
from lnnlab.data.own_files import natural
from lnnlab.data.windows import Corpus, Recording, cut_windows
from lnnlab.errors import UserError

SOURCE = "github.com/waico/SKAB (data/<experiment>/<n>.csv)"
RATE_HZ = 1.0  # nominal; a few seconds are missing
CLASSES = ("normal", "anomaly")
LABEL, CHANGE, TIME = "anomaly", "changepoint", "datetime"
FREE = "anomaly-free"  # the folder of the file without labels
FREE_ROWS = 400  # at the start of each file, which the benchmark's detectors are fitted to
CHANNELS = ("Accelerometer1RMS", "Accelerometer2RMS", "Current", "Pressure", "Temperature",
            "Thermocouple", "Voltage", "Volume Flow RateRMS")


@dataclass(frozen=True)
class Experiment:
    """One file.

    Attributes:
        name: experiment and number, such as ``"valve1/3"``.
        x: sensors, (second, 8), in the sensors' units.
        anomalous: whether each second is an anomaly, (second,) bool.
    """

    name: str
    x: np.ndarray
    anomalous: np.ndarray


def experiments() -> list[Experiment]:
    """Every labelled file, in order.

    Raises:
        UserError: the corpus is absent, or a file is damaged.
    """
    folder = paths.corpus("skab", SOURCE)
    files = sorted((each for each in folder.glob("*/*.csv") if each.parent.name != FREE),
                   key=lambda each: natural(each.relative_to(folder)))
    if not files:
        raise UserError(f"{folder}: no <experiment>/<n>.csv in it; get it again from {SOURCE}")
    return [_read(path) for path in files]


def load_skab(window: int = 60, overlap: float = 0.0) -> Dataset:
    """Windows of normal running and of anomalies; groups ``experiment`` and ``file``.

    Choose it for slow sensors of which several move together. A window holds seconds of one label;
    what is left between two labels is passed over. To score second by second as the benchmark
    does, see :func:`experiments`.

    Args:
        window: seconds per window.
        overlap: part of a window that the next one repeats.

    Raises:
        UserError: see :func:`experiments`; or the window is longer than every stretch of a label.
    """
    recordings = []
    for each in experiments():
        edges = np.flatnonzero(np.diff(each.anomalous.astype(int))) + 1
        borders = [0, *edges.tolist(), len(each.x)]
        for number, (start, end) in enumerate(zip(borders, borders[1:], strict=False)):
            if end - start >= window:
                groups = {"experiment": each.name.split("/")[0], "file": each.name}
                recordings.append(Recording(
                    f"{each.name}, stretch {number + 1}", CLASSES[int(each.anomalous[start])],
                    each.x[start:end], groups))
    if not recordings:
        raise UserError(f"window = {window}: no stretch of one label is that long; choose less")
    note = "SKAB: eight sensors of a water pump at 1 Hz, anomalies marked by hand."
    corpus = Corpus("skab", CHANNELS, RATE_HZ, CLASSES, note=note,
                    background_classes=CLASSES[:1])
    return cut_windows(recordings, window, overlap, corpus)


def _read(path: Path) -> Experiment:
    again = f"get it again from {SOURCE}"
    try:
        frame = pd.read_csv(path, sep=";")
        x = frame[list(CHANNELS)].to_numpy(np.float64)
        anomalous = frame[LABEL].to_numpy(np.float64)
    except KeyError as error:
        raise UserError(f"{path}: lacks a column ({error.args[0]}); {again}") from error
    except (OSError, ValueError, pd.errors.ParserError) as error:
        raise UserError(f"{path}: not columns of numbers separated by semicolons; {again}"
                        ) from error
    if not len(x) or not np.isfinite(x).all() or not np.isin(anomalous, (0, 1)).all():
        raise UserError(f"{path}: is empty, or holds values that are not finite, or labels other "
                        f"than 0 and 1; {again}")
    return Experiment(f"{path.parent.name}/{path.stem}", x, anomalous > 0)
