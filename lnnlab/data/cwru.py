"""Case Western Reserve University bearing data: 12 kHz drive-end records as ``<number>.mat``."""

import re
from pathlib import Path

import numpy as np
from scipy.io import loadmat
from scipy.signal import decimate

from lnnlab import paths
from lnnlab.data.dataset import Dataset
from lnnlab.data.windows import Corpus, Recording, cut_windows
from lnnlab.errors import UserError

SOURCE = "engineering.case.edu/bearingdatacenter (normal and 12 kHz drive end, <number>.mat)"
RATE_HZ = 12_000.0
NORMAL_DECIMATION = 4  # the normal records are sampled at 48 kHz
CLASSES = ("normal", "inner", "outer", "ball")

# (class, fault size in thousandths of an inch, place) → the records at loads 0, 1, 2, 3 hp
RECORDS: dict[tuple[str, str, str], tuple[int, ...]] = {
    ("normal", "", ""): (97, 98, 99, 100),
    ("inner", "7", ""): (105, 106, 107, 108),
    ("inner", "14", ""): (169, 170, 171, 172),
    ("inner", "21", ""): (209, 210, 211, 212),
    ("inner", "28", ""): (3001, 3002, 3003, 3004),
    ("ball", "7", ""): (118, 119, 120, 121),
    ("ball", "14", ""): (185, 186, 187, 188),
    ("ball", "21", ""): (222, 223, 224, 225),
    ("ball", "28", ""): (3005, 3006, 3007, 3008),
    ("outer", "7", "6 o'clock"): (130, 131, 132, 133),
    ("outer", "14", "6 o'clock"): (197, 198, 199, 200),
    ("outer", "21", "6 o'clock"): (234, 235, 236, 237),
    ("outer", "7", "3 o'clock"): (144, 145, 146, 147),
    ("outer", "21", "3 o'clock"): (246, 247, 248, 249),
    ("outer", "7", "12 o'clock"): (156, 158, 159, 160),
    ("outer", "21", "12 o'clock"): (258, 259, 260, 261),
}


def load_cwru(
    window: int = 1024, overlap: float = 0.0, loads: tuple[int, ...] = (0, 1, 2)
) -> Dataset:
    """The records that are there, as windows with groups ``load``, ``fault_size``, ``bearing``.

    Four classes. ``fault_size`` is the pit's diameter in thousandths of an inch; each size is
    another physical bearing. Where only one normal record is present, normal windows belong to no
    load (and never to a fault size): splits cut them in time.

    Args:
        window: samples per window, at 12 kHz.
        overlap: part of a window that the next one repeats.
        loads: motor loads in horsepower, of 0 to 3.

    Raises:
        UserError: the corpus is absent, holds no record, or a file is damaged.
    """
    folder = paths.corpus("cwru", SOURCE)
    recordings = []
    normals = [load for load in loads if _file(folder, RECORDS["normal", "", ""][load]).exists()]
    for (label, size, place), numbers in RECORDS.items():
        for load in loads:
            path = _file(folder, numbers[load])
            if not path.exists():
                continue
            by_load = "" if label == "normal" and len(normals) < 2 else str(load)
            bearing = " ".join(part for part in (label, size, place) if part)
            groups = {"load": by_load, "fault_size": size, "bearing": size and bearing}
            recordings.append(Recording(path.name, label, _signal(path, label)[:, None], groups))
    if not recordings:
        raise UserError(f"{folder}: no record of loads {loads} here; get them from {SOURCE}")
    note = "CWRU bearings, 12 kHz drive end; normal decimated from 48 kHz to 12 kHz."
    if len(normals) < 2:
        note += " One normal record only: it is cut in time, not held out by load."
    corpus = Corpus(
        "cwru", ("drive_end_g",), RATE_HZ, CLASSES, note=note, background_classes=CLASSES[:1]
    )
    return cut_windows(recordings, window, overlap, corpus)


def _signal(path: Path, label: str) -> np.ndarray:
    signal = read_drive_end(path)
    return decimate(signal, NORMAL_DECIMATION, ftype="fir") if label == "normal" else signal


def read_drive_end(path: Path) -> np.ndarray:
    """The drive-end signal of one record, (time,), at the record's own rate.

    Variables are named ``X<number>_DE_time``; some files hold a neighbour's too (99.mat) or only
    one of another number (174.mat). The file's own number is preferred, then the only one there.

    Raises:
        UserError: the file is truncated, or the signal absent, ambiguous or not finite.
    """
    try:
        variables = loadmat(path)
    except Exception as error:  # scipy raises many kinds for damaged files
        raise UserError(
            f"{path}: truncated or not a .mat file; get it again from {SOURCE}"
        ) from error
    names = [name for name in variables if re.fullmatch(r"X\d+_DE_time", name)]
    own = f"X{int(path.stem):03d}_DE_time"
    chosen = own if own in names else names[0] if len(names) == 1 else None
    if chosen is None:
        listed = ", ".join(names) or "none"
        raise UserError(f"{path}: no variable {own}; drive-end variables here: {listed}")
    signal = np.asarray(variables[chosen], dtype=np.float64).ravel()
    if not len(signal) or not np.isfinite(signal).all():
        raise UserError(f"{path}: {chosen} is empty or holds values that are not finite")
    return signal


def _file(folder: Path, number: int) -> Path:
    return folder / f"{number}.mat"
