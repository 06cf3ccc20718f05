"""A finished model on recordings: accuracy with its interval, confusion, groups, and the null."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from lnnlab import lnn_file
from lnnlab.data import Dataset
from lnnlab.data.clips import SOUND
from lnnlab.data.dataset import UNITS
from lnnlab.data.suiting import refuse_other_rate, truth_of
from lnnlab.data.tables.units import bare
from lnnlab.errors import UserError
from lnnlab.experiments.run import samples
from lnnlab.experiments.units import largest_sample, refuse_other_units, scale_note
from lnnlab.integer.features import quantise_samples
from lnnlab.models.saved import SavedModel, load
from lnnlab.scoring.confusion import confusion_counts
from lnnlab.scoring.intervals import Interval, Items, interval
from lnnlab.target.batch import HOST, BatchRunner
from lnnlab.target.float_batch import float_logits
from lnnlab.training.predictions import one_thread, predict


@dataclass(frozen=True)
class Candidate:
    """A model that can be scored, whatever its file holds.

    Attributes:
        classes, channels: their names; of a ``.lnn``, which names no channels, only as many.
        rate_hz: samples per second; 0 where unknown.
        window: samples per decision.
        decide: windows in the sensor's unit (window, time, channel), and their dataset and rows →
            class indices (window,).
        basis: what its decisions rest on, in words.
        peaks: the largest sample of each channel, or of all, that it was trained on; none: unknown.
        units: channel → unit, where they were stored.
    """

    classes: tuple[str, ...]
    channels: int | tuple[str, ...]
    rate_hz: float
    window: int
    decide: Callable[[Dataset, np.ndarray], np.ndarray]
    basis: str
    peaks: tuple[float, ...] = ()
    units: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Evaluation:
    """How a model did.

    Attributes:
        accuracy: with its interval over groups.
        unit: what the groups are, in the plural.
        classes: of model and data, in the order of ``confusion`` (truth, guess).
        null_class, null: the most frequent class, and the share that always answering it gets.
        by_group: label → (accuracy, windows), the worst first.
        basis: what the decisions rest on.
        notes: what could not be compared between model and data, a sentence each.
    """

    accuracy: Interval
    unit: str
    classes: tuple[str, ...]
    confusion: np.ndarray
    null_class: str
    null: float
    by_group: dict[str, tuple[float, int]]
    basis: str
    notes: tuple[str, ...] = ()


def candidate(path: Path, on: str | None = None) -> Candidate:
    """A model file, ready to be scored.

    Args:
        path: ``.pt`` of ``lnnlab train``, or ``.lnn``.
        on: core whose C decides, ``"host"`` or a key of :data:`lnnlab.target.cores.CORES`; None:
            torch of a ``.pt``, the integer twin of a ``.lnn``.

    Raises:
        UserError: the file is damaged, or a ``.pt`` is to run in C.
    """
    if path.suffix != ".lnn":
        if on:
            raise UserError(f"{path}: no C runs it; 'liquid-compress --input {path} --output "
                            f"{path.stem}.lnn' first")
        saved = load(path)

        def in_float(dataset: Dataset, rows: np.ndarray) -> np.ndarray:
            with one_thread():
                given = samples(dataset, rows, saved.features)
                return predict(saved.network, given).argmax(axis=1)

        return Candidate(saved.classes, saved.channels, saved.rate_hz, saved.window, in_float,
                         "measured, float by torch", _peaks(saved),
                         saved.origin.get("units", {}))
    blob = lnn_file.checked_bytes(path)
    return _float32(blob, on) if lnn_file.is_float32(blob) else _int8(blob, on)


def _int8(blob: bytes, on: str | None) -> Candidate:
    model = lnn_file.from_bytes(blob)
    runner = BatchRunner(blob, on) if on else None

    def decide(dataset: Dataset, rows: np.ndarray) -> np.ndarray:
        given = model.quantise(dataset.x[rows])
        return runner.run(given).logits.argmax(axis=1) if runner else model.run(given).decision

    where = {None: "integer twin", HOST: "C on this machine"}.get(on, f"C on an emulated {on}")
    front = model.features
    return Candidate(model.classes, front.channels, front.rate_hz, front.window, decide,
                     f"measured, int8, {where}", (largest_sample(front.spec),))


def _float32(blob: bytes, on: str | None) -> Candidate:
    model = lnn_file.float_from_bytes(blob)

    def decide(dataset: Dataset, rows: np.ndarray) -> np.ndarray:
        given = quantise_samples(dataset.x[rows], model.spec.full_scale)
        logits = float_logits(blob, on, given)[0] if on else model.run(given)
        return logits.argmax(axis=1)

    where = {None: "by numpy", HOST: "C on this machine"}.get(on, f"C on an emulated {on}")
    return Candidate(model.classes, model.channels, model.rate_hz, model.window, decide,
                     f"measured, float32, {where}", (largest_sample(model.spec),))


def _peaks(saved: SavedModel) -> tuple[float, ...]:
    """The largest sample of each channel that a model was trained on."""
    if not len(saved.calibration):
        return (largest_sample(saved.features),)
    return tuple(np.abs(saved.calibration).max(axis=(0, 1)).tolist())


def evaluate(model: Candidate, dataset: Dataset, rows: np.ndarray) -> Evaluation:
    """Score a model on some windows of a dataset.

    Raises:
        UserError: the data are of other classes, channels, length or rate than the model's.
    """
    dataset, notes = fitted(model, dataset)
    truth = truth_of(dataset, model.classes)[rows]
    guess = model.decide(dataset, rows)
    groups = dataset.groups[dataset.unit][rows]
    counts = np.bincount(truth, minlength=len(model.classes))
    return Evaluation(
        interval(Items(truth, groups, guess[None])), UNITS[dataset.unit], model.classes,
        confusion_counts(truth, guess, len(model.classes)), model.classes[int(counts.argmax())],
        float(counts.max() / counts.sum()), _by_group(groups, truth == guess), model.basis,
        notes)


def fitted(model: Candidate, dataset: Dataset) -> tuple[Dataset, tuple[str, ...]]:
    """The dataset with the model's channels in its order, and what could not be compared.

    Channels go by name, whatever their case and unit; where no name is alike, by place.

    Raises:
        UserError: it does not suit the model.
    """
    truth_of(dataset, model.classes)  # refuses other classes before all else
    if not isinstance(model.channels, int):
        refuse_other_units(dataset, model.channels, model.units)
    dataset, notes = _with_channels(model, dataset)
    count = model.channels if isinstance(model.channels, int) else len(model.channels)
    if len(dataset.channels) != count:
        raise UserError(f"{dataset.name}: {len(dataset.channels)} channels, the model takes "
                        f"{count}; choose them with --channels")
    if dataset.x.shape[1] != model.window:
        raise UserError(f"{dataset.name}: windows of {dataset.x.shape[1]}, the model takes "
                        f"{model.window}; leave --window out")
    if bool(dataset.rate_hz) != bool(model.rate_hz):
        unknown = "of the model" if dataset.rate_hz else "of the recordings"
        notes.append(f"The rate {unknown} is unknown, the other one is "
                     f"{dataset.rate_hz or model.rate_hz:g} Hz: not compared.")
    refuse_other_rate(dataset, model.rate_hz)
    if model.peaks and dataset.channels != SOUND:  # sound may be loud or quiet
        notes += scale_note(dataset, model.peaks)
    return dataset, tuple(notes)


def _with_channels(model: Candidate, dataset: Dataset) -> tuple[Dataset, list[str]]:
    """The model's channels of a dataset; a sentence where they go by place and have names."""
    shown = ", ".join(dataset.channels)
    if isinstance(model.channels, int):
        alone = dataset.channels == SOUND or model.channels == 1
        return dataset, [] if alone else [
            f"The model's file names no channels: {shown} taken in this order."]
    own = [_plain(each) for each in dataset.channels]
    wanted = [_plain(each) for each in model.channels]
    if set(wanted) <= set(own) and len(set(own)) == len(own):
        order = [own.index(each) for each in wanted]
        return replace(dataset, channels=model.channels, x=dataset.x[:, :, order]), []
    if len(own) != len(wanted):
        return dataset, []  # refused by their number
    if set(own) & set(wanted):
        lacking = next(each for each in model.channels if _plain(each) not in own)
        raise UserError(f"{dataset.name}: no channel '{lacking}', which the model takes; it has "
                        f"{shown}; name them alike")
    return dataset, [f"Channels {shown} taken as the model's {', '.join(model.channels)}, by "
                     "their place."]


def _plain(name: str) -> str:
    return "".join(bare(name).casefold().split())


def _by_group(groups: np.ndarray, right: np.ndarray) -> dict[str, tuple[float, int]]:
    found = {str(each): (float(right[groups == each].mean()), int((groups == each).sum()))
             for each in np.unique(groups)}
    return dict(sorted(found.items(), key=lambda item: item[1]))
