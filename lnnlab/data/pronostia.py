"""PRONOSTIA (IEEE PHM 2012, FEMTO-ST): bearings run to failure, healthy against worn.

Nectoux et al. 2012, "PRONOSTIA: an experimental platform for bearings accelerated degradation
tests". Every ten seconds a bearing was recorded for a tenth of a second, on two axes.
"""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from lnnlab import paths
from lnnlab.data.dataset import Dataset
from lnnlab.data.windows import Corpus, Recording, cut_windows
from lnnlab.errors import UserError

SOURCE = "the NASA prognostics data repository, 'FEMTO bearing' (Learning_set, Full_Test_Set)"
RATE_HZ = 25_600.0
CLASSES = ("healthy", "worn")
CHANNELS = ("horizontal_g", "vertical_g")
SETS = ("Learning_set", "Full_Test_Set")
AGAIN = "get it again from " + SOURCE
SNAPSHOTS = 10  # of each class and bearing
HEALTHY, WORN = 0.5, 0.95  # of a life: until here healthy, from there on worn
AXES = (4, 5)  # columns; before them hour, minute, second and microsecond
LIVES = {  # bearing → number of its last snapshot, where it was read off the recordings
    "1_1": 2803, "1_2": 871, "1_3": 2375, "1_4": 1428, "1_6": 2448, "2_1": 911, "2_2": 797,
    "2_3": 1955, "2_5": 2311, "2_7": 230, "3_1": 515, "3_2": 1637, "3_3": 434,
}


def load_pronostia(window: int = 1024, overlap: float = 0.0) -> Dataset:
    """Snapshots of the first half of each life and of its last 5 %, two axes in g at 25.6 kHz.

    Choose it to see what carries over to a bearing, or to a speed and load, that was never
    recorded: groups ``bearing`` and ``condition``. It is not about faults of a known place, as
    CWRU is. Level is the obvious cue, and the one that differs from machine to machine.

    A life is as long as its last snapshot's number says. Of each bearing ten snapshots a class
    are taken, evenly spaced; what lies between the classes is left out.

    Args:
        window: samples per window; a snapshot has 2,560.
        overlap: part of a window that the next one repeats.

    Raises:
        UserError: the corpus is absent, a file is damaged, or a life ends before its end.
    """
    folder = paths.corpus("pronostia", SOURCE)
    lives = sorted(each for name in SETS for each in (folder / name).glob("Bearing*_*"))
    recordings = [one for life in lives for one in _of_life(life)]
    if not recordings:
        raise UserError(f"{folder}: no {SETS[0]}/Bearing<c>_<n>/acc_<nnnnn>.csv in it; {AGAIN}")
    note = ("PRONOSTIA bearings run to failure, 2 axes at 25.6 kHz; healthy: first half of a life, "
            "worn: its last 5 %.")
    corpus = Corpus("pronostia", CHANNELS, RATE_HZ, CLASSES, note=note,
                    background_classes=CLASSES[:1])
    return cut_windows(recordings, window, overlap, corpus)


def _of_life(folder: Path) -> list[Recording]:
    """The snapshots of one bearing that belong to a class, in their order."""
    named = re.fullmatch(r"Bearing(\d)_(\d)", folder.name)
    numbers = {int(each.stem.removeprefix("acc_")): each for each in folder.glob("acc_*.csv")
               if each.stem.removeprefix("acc_").isdecimal()}
    numbers.pop(0, None)  # snapshots are counted from 1
    if not named or not numbers:
        return []
    life, bearing = max(numbers), "_".join(named.groups())
    if life < LIVES.get(bearing, 0):  # what comes last would be called worn
        raise UserError(f"{folder}: ends at snapshot {life}, the recording at {LIVES[bearing]}; "
                        f"{AGAIN}")
    groups = {"bearing": bearing, "condition": named[1]}
    found = []
    for label, ages in zip(CLASSES, ((0.0, HEALTHY), (WORN, 1.0)), strict=True):
        own = sorted(each for each in numbers if ages[0] < each / life <= ages[1])
        chosen = np.unique(np.linspace(0, len(own) - 1, min(SNAPSHOTS, len(own))).astype(int))
        found += [
            Recording(f"{folder.name}/{numbers[own[k]].name}", label,
                      read_snapshot(numbers[own[k]]), groups) for k in chosen
        ]
    return found


def read_snapshot(path: Path) -> np.ndarray:
    """Both axes of one snapshot, (time, 2) in g; some files separate columns by semicolons.

    Raises:
        UserError: the file has no such columns, or values that are not finite.
    """
    try:
        with path.open(encoding="ascii", errors="replace") as file:
            separator = ";" if ";" in file.readline() else ","
        x = pd.read_csv(path, sep=separator, header=None, usecols=AXES, dtype=np.float64).to_numpy()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error}); {AGAIN}") from error
    except (ValueError, pd.errors.ParserError) as error:
        raise UserError(f"{path}: not six columns of numbers; {AGAIN}") from error
    if not len(x) or not np.isfinite(x).all():
        raise UserError(f"{path}: is empty or holds values that are not finite; {AGAIN}")
    return x
