"""Continuous recordings of a machine: off, running, and faults that appear and go away.

Every sample comes from a corpus's own windows. Those of one recording stay in order; where one
piece ends or the machine's state changes, the next is faded in. Everything random comes from a
seed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from lnnlab.data.dataset import Dataset
from lnnlab.data.streams.view import off_class
from lnnlab.data.streams.words import Event, Stream, shares
from lnnlab.errors import UserError


@dataclass(frozen=True)
class MachinePlan:
    """What a machine does over a stream; what is neither off nor faulty is sound running.

    Attributes:
        duration_s: length of the stream.
        off: share of the time that the machine stands still, 0 to below 1.
        fault: share of the time with a fault, 0 to below 1; both together below 1.
        fault_s: range of a fault's length.
        cycle_s: mean time from one start of the machine to the next.
        fade_s: over which one piece becomes the next; shorter where pieces are.
        seed: of everything random.
    """

    duration_s: float = 600.0
    off: float = 0.5
    fault: float = 0.1
    fault_s: tuple[float, float] = (4.0, 12.0)
    cycle_s: float = 60.0
    fade_s: float = 0.05
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("off", "fault"):
            if not 0 <= getattr(self, name) < 1:
                raise UserError(
                    f"{name} = {getattr(self, name):g}: choose a share from 0 to below 1")
        if self.off + self.fault >= 1:
            raise UserError(
                f"off = {self.off:g} and fault = {self.fault:g} leave no time to run soundly: "
                "together they stay below 1"
            )
        if not 0 < self.fault_s[0] <= self.fault_s[1] < np.inf:
            raise UserError(f"fault_s = {self.fault_s}: choose a rising range above 0 s")
        for name, least in (("duration_s", 2), ("cycle_s", 0)):
            if not least < getattr(self, name) < np.inf:
                raise UserError(
                    f"{name} = {getattr(self, name):g}: choose more than {least} s, and an end")
        if not 0 <= self.fade_s < np.inf:
            raise UserError(f"fade_s = {self.fade_s:g}: choose 0 s or more")

    def lengths_s(self, random: np.random.Generator) -> np.ndarray:
        """Lengths of the faults, (fault,): in their range, adding up to their share.

        Raises:
            UserError: no number of faults of such lengths adds up to it.
        """
        low, high = self.fault_s
        total = self.fault * self.duration_s
        least, most = int(np.ceil(total / high - 1e-9)), int(total / low + 1e-9)
        if least > most:
            raise UserError(
                f"fault = {self.fault:g} of {self.duration_s:g} s is {total:g} s: no number of "
                f"faults of {low:g} to {high:g} s takes that long; choose another share or range"
            )
        count = int(np.clip(round(2 * total / (low + high)), least, most))
        lengths = random.uniform(low, high, count)
        drawn = lengths.sum()
        if np.isclose(drawn, total):
            return lengths
        if drawn > total:  # all shorter, or all longer, by the same share of what is left to them
            return low + (lengths - low) * (total - count * low) / (drawn - count * low)
        return high - (high - lengths) * (count * high - total) / (count * high - drawn)


def build_machine_stream(dataset: Dataset, rows: np.ndarray, plan: MachinePlan) -> Stream:
    """A machine that starts, runs, shows faults and stops; every fault is an event.

    A run keeps to one sound class and, where names tell, to the faults nearest to it
    (``fan_0_low_0_weight`` and ``fan_0_low_1_weight``); a fault keeps to one bearing where the
    corpus tells bearings apart. Short recordings are played again from their start.

    Args:
        dataset: from :func:`lnnlab.data.streams.view.for_stream`.
        rows: windows to build from, such as a split's test rows.
        plan: how.

    Returns:
        Samples (time, channel) in the sensor's unit; events are faults, states are everything.

    Raises:
        UserError: the dataset knows no background classes, the rows lack windows of a state that
            the plan asks for, or the plan's faults do not fit.
    """
    if dataset.rate_hz is None or not dataset.background_classes:
        raise UserError(
            f"{dataset.name}: no machine to stream yet; for_stream(dataset) says which classes "
            "are background and adds 'off'"
        )
    random = np.random.default_rng(plan.seed)
    pieces = _pieces(dataset, rows)
    schedule = [each for each in _schedule(dataset, plan, pieces, random) if each[1] > 0]
    rate_hz, count = float(dataset.rate_hz), int(plan.duration_s * dataset.rate_hz)
    edges = np.round(np.cumsum([0.0] + [s for _, s in schedule]) * rate_hz).astype(int)
    edges = np.append(edges[:-1], count)
    shortest = min(len(x) for kept in pieces.values() for own in kept for x in own)
    fade = min(int(plan.fade_s * rate_hz), (shortest - 1) // 2)
    x, states = np.zeros((count + fade, dataset.x.shape[2])), []
    for (label, _), low, high in zip(schedule, edges, edges[1:], strict=False):
        own = pieces[label][random.integers(len(pieces[label]))]
        _lay(x, low, _played(own, high - low + fade, fade, random), fade)
        states.append(Event(label, low / rate_hz, high / rate_hz))
    events = tuple(each for each in states if each.label not in dataset.background_classes)
    return Stream(x[:count].astype(np.float32), rate_hz, events, tuple(states))


def _schedule(
    dataset: Dataset, plan: MachinePlan, present: Mapping[str, object],
    random: np.random.Generator,
) -> Iterator[tuple[str, float]]:
    """Every state with its length in seconds."""
    off = off_class(dataset.background_classes)
    sound = [each for each in dataset.background_classes if each != off and each in present]
    faults = [each for each in present if each not in dataset.background_classes]
    for found, name, wanted in ((off in present, "off", plan.off), (faults, "at fault", plan.fault),
                                (sound, "that runs soundly", True)):
        if wanted and not found:
            raise UserError(f"{dataset.name}: these rows hold no window of a machine {name}")
    lengths = plan.lengths_s(random)
    runs = max(1, round(plan.duration_s / plan.cycle_s))
    run_of = np.sort(random.integers(runs, size=len(lengths)))
    pauses = shares(runs + 1, plan.off * plan.duration_s, random)
    running_s = plan.duration_s - pauses.sum() - lengths.sum()
    stretches = iter(shares(len(lengths) + runs, running_s, random))
    orders: dict[str, list[str]] = {}
    for run in range(runs):
        normal = sound[random.integers(len(sound))]
        yield off, pauses[run]
        yield normal, next(stretches)
        for length in lengths[run_of == run]:
            if not orders.get(normal):
                orders[normal] = list(random.permutation(_nearest(normal, faults)))
            yield str(orders[normal].pop()), length
            yield normal, next(stretches)
    yield off, pauses[-1]


def _nearest(normal: str, faults: list[str]) -> list[str]:
    """The faults whose names share the most words with a sound class."""
    common = [len(set(normal.split("_")) & set(each.split("_"))) for each in faults]
    return [each for each, words in zip(faults, common, strict=True) if words == max(common)]


def _pieces(dataset: Dataset, rows: np.ndarray) -> dict[str, list[list[np.ndarray]]]:
    """Class → machines → uninterrupted stretches of their recordings, (time, channel) each."""
    found: dict[str, dict[str, list[np.ndarray]]] = {}
    recordings, window = dataset.groups["recording"], dataset.x.shape[1]
    machines = dataset.groups.get("bearing", np.full(len(dataset), ""))
    rows = np.asarray(rows)
    for name in dict.fromkeys(recordings[rows]):
        own = rows[recordings[rows] == name]
        own = own[np.argsort(dataset.start[own], kind="stable")]
        steps = np.diff(dataset.start[own])
        kept = found.setdefault(dataset.classes[dataset.y[own[0]]], {})
        for few in np.split(own, np.flatnonzero(steps > window) + 1):
            news = np.diff(dataset.start[few])  # samples that each window adds to the one before
            parts = [dataset.x[few[0]]]
            parts += [dataset.x[row, window - new :] for row, new in zip(few[1:], news, strict=True)
                      if new]
            kept.setdefault(str(machines[few[0]]), []).append(np.concatenate(parts))
    return {label: list(kept.values()) for label, kept in found.items()}


def _played(
    pieces: list[np.ndarray], count: int, fade: int, random: np.random.Generator
) -> np.ndarray:
    """One machine's pieces in order, again and again, from anywhere, (count, channel)."""
    number = int(random.integers(len(pieces)))
    begin = int(random.integers(max(1, len(pieces[number]) - 2 * fade)))
    x, at = np.zeros((count, pieces[0].shape[1])), 0
    while at < count:
        piece = pieces[number % len(pieces)][begin:]
        _lay(x, at, piece.astype(np.float64), fade)
        at += max(1, len(piece) - fade)
        number, begin = number + 1, 0
    return x


def _lay(x: np.ndarray, at: int, piece: np.ndarray, fade: int) -> None:
    """Add a piece that fades in, unless at the start, and out: its mean evenly, the rest by power.

    Means of two pieces are alike, so their shares add up to 1; the rest is not, so powers do.
    """
    ramp = (np.arange(fade) + 0.5)[:, None] / fade if fade else np.zeros((0, 1))
    even, power = (np.ones((len(piece), 1)) for _ in range(2))
    for weight, up in ((even, ramp), (power, np.sin(np.pi / 2 * ramp))):
        if at and fade:
            weight[:fade] *= up[: len(weight)]
        if fade:
            weight[-fade:] *= up[::-1][-len(weight) :]
    mean = piece.mean(axis=0)
    laid = even * mean + power * (piece - mean)
    x[at : at + len(piece)] += laid[: max(0, len(x) - at)]
