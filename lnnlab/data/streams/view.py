"""A machine's corpus as a stream needs it: background classes last, and the machine switched off.

The runtime takes the last classes of a network as background, which it never reports; a corpus
holds its classes in an order of its own. A machine that stands still is heard in a stream more
often than not, but few corpora recorded it.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.signal import welch

from lnnlab.data.dataset import Dataset
from lnnlab.errors import UserError, unknown

OFF = "off"
PIECES = 10  # recordings that the added class is made of, so that splits by file take it too
LEAST = 20  # windows in each of them, so that each side of a cut in time gets some
FLOOR_SHARE = 0.25  # quartile of the spectrum that is taken for the sensor's own noise


def for_stream(
    dataset: Dataset, background: Sequence[str] | None = None, seed: int = 0
) -> Dataset:
    """The same windows with the background classes last, and ``off`` as the very last.

    Where no background class is named after being off (``"off"``, ``"fan_0_off_0_weight"``), a
    class ``off`` is added: white noise, as strong in each channel as the lower quartile of the
    spectrum of the quietest background window, around that window's mean. It is a model of the
    sensor without the machine, and the note says so. Names, groups and splits stay; the hash is
    another, as the data are.

    Args:
        dataset: windows at a regular rate.
        background: classes that are never reported; None: the dataset's own.
        seed: of the noise.

    Raises:
        UserError: no background class is known, none is left to report, a class is unknown, or
            sampling is irregular.
    """
    quiet = tuple(dataset.background_classes if background is None else background)
    _check(dataset, quiet)
    off = off_class(quiet)
    faults = [each for each in dataset.classes if each not in quiet]
    sound = [each for each in dataset.classes if each in quiet and each != off]
    classes = (*faults, *sound, off or OFF)
    places = np.array([classes.index(each) for each in dataset.classes])
    background_classes = (*sound, off or OFF)
    if off and classes == dataset.classes and background_classes == dataset.background_classes:
        return dataset
    view = replace(dataset, y=places[dataset.y], classes=classes,
                   background_classes=background_classes)
    return view if off else _with_off(view, seed)


def off_class(background: Sequence[str]) -> str | None:
    """The class in whose name the word "off" stands; None without one."""
    return next((each for each in background if OFF in each.lower().split("_")), None)


def _check(dataset: Dataset, quiet: tuple[str, ...]) -> None:
    """Refuse what has no background, nothing but background, or no rate."""
    if not quiet:
        raise UserError(
            f"{dataset.name}: which classes are never reported? Name them, such as "
            f"background=('{dataset.classes[0]}',)"
        )
    for each in quiet:
        if each not in dataset.classes:
            raise unknown("background class", each, dataset.classes)
    if set(quiet) == set(dataset.classes):
        raise UserError(f"{dataset.name}: every class is background; leave one to be reported")
    if off_class(quiet) is None and OFF in dataset.classes:
        raise UserError(
            f"{dataset.name}: class 'off' is to be reported, so it cannot be a machine that is "
            "off; rename it or name it among the background"
        )
    if dataset.rate_hz is None:
        raise UserError(f"{dataset.name}: no steady rate is known; a stream needs one, give "
                        "rate_hz")


def _with_off(dataset: Dataset, seed: int) -> Dataset:
    """The windows and, behind them, of noise about as many as the rarest background class has."""
    quiet = [dataset.classes.index(each) for each in dataset.background_classes[:-1]]
    counts = [np.sum(dataset.y == k) for k in quiet]
    each = max(LEAST, -(-int(min(counts)) // PIECES))  # windows a piece
    count, window = PIECES * each, dataset.x.shape[1]
    mean, level = _sensor_noise(dataset, np.flatnonzero(np.isin(dataset.y, quiet)))
    random = np.random.default_rng(seed)
    noise = mean + level * random.standard_normal((count, window, dataset.x.shape[2]))
    names = np.repeat([f"{OFF} {k}" for k in range(PIECES)], each)
    groups = {key: np.concatenate([labels, names if key == "recording" else [""] * count])
              for key, labels in dataset.groups.items()}
    part = dataset.part
    if part is not None:
        sides = np.array(["train"] * 6 + ["validation"] * 2 + ["test"] * 2)
        part = np.concatenate([part, np.repeat(sides, each)])
    levels = ", ".join(f"{value:.2g}" for value in level)
    return replace(
        dataset, x=np.concatenate([dataset.x, noise.astype(np.float32)]),
        y=np.concatenate([dataset.y, np.full(count, len(dataset.classes) - 1)]),
        groups=groups, part=part,
        start=np.concatenate([dataset.start, window * np.tile(np.arange(each), PIECES)]),
        note=f"{dataset.note} Class off is modelled: white noise of {levels} rms.".strip(),
    )


def _sensor_noise(dataset: Dataset, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and root mean square of the sensor alone, (channel,) each."""
    row = rows[np.argmin(dataset.x[rows].astype(np.float64).var(axis=1).sum(axis=1))]
    x = dataset.x[row].astype(np.float64)  # (time, channel)
    _, density = welch(x, dataset.rate_hz, nperseg=min(256, len(x)), axis=0)
    floor = np.quantile(density[1:], FLOOR_SHARE, axis=0)
    return x.mean(axis=0), np.sqrt(floor * dataset.rate_hz / 2)
