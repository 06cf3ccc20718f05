"""Sound events in a stream: onset and offset, second by second, always on and under a policy.

The network is trained over quiet rooms, see :mod:`lnnlab.experiments.event_rooms`.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from lnnlab.adaptive.costs import PolicyCostModel, excerpt
from lnnlab.adaptive.listening import Listener, Outcome, describe
from lnnlab.adaptive.search import Search, search
from lnnlab.compress import quantise
from lnnlab.data import Dataset, make_splits
from lnnlab.data.streams import Event, Stream, StreamPlan, build_stream
from lnnlab.experiments.benchmark import Work
from lnnlab.experiments.event_rooms import ROOM, stream_recipe, with_rooms
from lnnlab.experiments.policies.probe import stream_numbers
from lnnlab.experiments.probes import DIGITS, deployment_probe, fixed_run
from lnnlab.experiments.run import Budget, Run
from lnnlab.experiments.trained import FOLDER, basis_of, trained
from lnnlab.integer import IntegerModel
from lnnlab.integer.decisions import run_stream
from lnnlab.integer.policy import ALWAYS, Policy
from lnnlab.models.saved import SavedModel
from lnnlab.records import Subject
from lnnlab.scoring.reporting import Reporting
from lnnlab.scoring.segments import (
    Detecting,
    SegmentCounts,
    activity,
    events_of,
    segment_counts,
)
from lnnlab.target.boards import board
from lnnlab.target.stream import StreamRecord
from lnnlab.target.toolchain import compiler_version
from lnnlab.training.predictions import one_thread

REPORTING = Reporting(0.5, 2.0, True)
THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
STRETCH = 30  # segments that an interval draws together
LEVELS = (0.5, 0.2)  # of always-on's cycles that a policy may take, on validation
KINDS = ("uniform", "energy", "learned")
PARTS = ("validation", "test")


@dataclass(frozen=True)
class EventStudy:
    """A network on a stream of events of clips that it never heard.

    Attributes:
        run: of the network, on a dataset of :func:`with_rooms`.
        plan: of the validation stream and of the test stream.
        trials: policies of each kind that are tried; 0: none.
        board_name: that always listens.
    """

    run: Run
    plan: StreamPlan
    trials: int = 12
    board_name: str = "nrf52840"

    @property
    def subject(self) -> Subject:
        """What its record is about; no network and no stream is made for it."""
        run, chosen = self.run, board(self.board_name)
        identity = run.identity | {"stream": asdict(self.plan), "board": self.board_name,
                                   "trials": self.trials, "stretch": STRETCH,
                                   "thresholds": list(THRESHOLDS)}
        small = fixed_run(run)
        stream = build_stream(small.dataset, small.split.train, StreamPlan(60.0), "train",
                              tight=True)
        basis = basis_of(run) | {
            "board": asdict(chosen), "compiler": compiler_version(),
            "target": deployment_probe(run, chosen),
            "stream": [float(f"{each:.{DIGITS}g}") for each in stream_numbers(stream)],
        }
        return Subject(f"{run.name}, stream", run.label, identity, basis)

    def stream(self, part: str) -> Stream:
        """The stream of a part, built now."""
        rows = getattr(self.run.split, part)
        plan = replace(self.plan, seed=self.plan.seed + PARTS.index(part))
        return build_stream(self.run.dataset, rows, plan, part, (ROOM,), tight=True)


def fold_studies(
    dataset: Dataset, rule: str, minutes: float, trials: int, budget: Budget, seed: int = 0,
) -> list[EventStudy]:
    """A study of the small liquid network on each fold of a corpus, over rooms.

    Args:
        dataset: of clips; rule: how they are split.
        minutes: of the validation stream and of the test stream.
        trials: see :class:`EventStudy`.
        budget: of training; seed: of everything random.
    """
    view = with_rooms(dataset)
    recipe = stream_recipe(view)
    clip_s = dataset.x.shape[1] / float(dataset.rate_hz)
    plan = StreamPlan(60 * minutes, (0.2 * clip_s, 1.2 * clip_s), seed=seed)
    return [EventStudy(Run(view, split, recipe, seed, budget), plan, trials)
            for split in make_splits(view, rule)]


def event_studies(given: Sequence[EventStudy], work: Work) -> list[dict]:
    """The results of each study: read where they are recorded, else made; stale ones are named.

    Returns:
        plain values, see :func:`measured`, each with ``stale``.
    """
    found = work.recorded("event_streams", [each.subject for each in given],
                          [(each, work) for each in given], measured, "event streams")
    return [results | {"stale": stale} for results, stale in found]


def measured(given: EventStudy, work: Work) -> dict:
    """Segment counts of the test stream, always on and under policies chosen on validation."""
    saved: SavedModel = trained(given.run, work.folder / FOLDER)
    with one_thread():
        model = quantise(saved)
    chosen, streams = board(given.board_name), {part: given.stream(part) for part in PARTS}
    costs = PolicyCostModel(model, chosen, excerpt(model, streams["validation"]))
    heard = {part: Listener(model, each, chosen, costs, REPORTING)
             for part, each in streams.items()}
    policies = {"always": ALWAYS}
    if given.trials:
        how = Search(KINDS, given.trials, given.run.seed, (min(LEVELS), 1.0), progress=False)
        policies |= within(search(heard["validation"], how))
    lines = [_line(level, policy, heard) for level, policy in policies.items()]
    twin = run_stream(model, heard["test"].samples, heard["test"].config(0.5))
    said = heard["test"].hear(ALWAYS)
    truth = _truth(heard["test"])
    return {
        "lines": lines, "hours": streams["test"].hours, "events": len(streams["test"].events),
        "segments": len(truth), "active": int(truth.any(axis=1).sum()),
        "constant_f1": _best_constant(truth),
        "mismatches": int((twin.smoothed_q15 != said.smoothed_q15).any(axis=1).sum()),
        "frames": int(said.hops),
    }


def within(outcomes: Sequence[Outcome]) -> dict[str, Policy]:
    """Level → the policy of the best event F1 within that share of always-on's cycles."""
    always, found = outcomes[0].cycles_per_s, {}
    for level in LEVELS:
        able = [each for each in outcomes if each.cycles_per_s <= level * always]
        if able:
            found[f"{level:g}"] = max(able, key=lambda each: each.score.f1).policy
    return found


def _line(level: str, policy: Policy, heard: dict[str, Listener]) -> dict:
    """A policy at the threshold that validation chose for it, on the test stream."""
    records = {part: each.hear(policy) for part, each in heard.items()}
    tried = {on: _counts(heard["validation"], records["validation"], on).f1 for on in THRESHOLDS}
    on = max(tried, key=tried.get)
    counts = _counts(heard["test"], records["test"], on, STRETCH)
    outcome = heard["test"].outcome(policy, on, heard=records["test"])
    return {
        "level": level, "policy": describe(policy), "threshold": on, "validation_f1": tried[on],
        "hits": counts.hits.tolist(), "false": counts.false.tolist(),
        "missed": counts.missed.tolist(), "cycles_per_s": outcome.cycles_per_s,
        "power_mw": outcome.power_mw, "steps_percent": outcome.steps_percent,
        "latency_ms": outcome.worst_latency_ms,
    }


def _counts(
    listener: Listener, record: StreamRecord, on: float, stretch: int = 0
) -> SegmentCounts:
    events = _events(listener.model, record.hop, record.smoothed_q15, on)
    found = activity(events, _reported(listener), listener.stream.duration_s)
    return segment_counts(_truth(listener), found, stretch)


def heard_events(given: EventStudy, work: Work, on: float) -> tuple[Stream, list[Event]]:
    """The test stream of a study, and the events that its network, always on, finds there.

    Args:
        given: the study, whose network is trained unless it is kept.
        work: where networks lie.
        on: smoothed probability that starts an event.
    """
    with one_thread():
        model = quantise(trained(given.run, work.folder / FOLDER))
    stream = given.stream("test")
    said = run_stream(model, model.quantise(stream.samples), REPORTING.config(model, 0.5))
    return stream, _events(model, np.arange(len(said.smoothed_q15)), said.smoothed_q15, on)


def _events(
    model: IntegerModel, hops: np.ndarray, smoothed_q15: np.ndarray, on: float
) -> list[Event]:
    """Onsets and offsets from what was thought after some hops, (decision,)."""
    spec, rate_hz = model.features.spec, model.features.rate_hz
    ends_s = (hops * spec.hop + spec.frame) / rate_hz
    names = model.classes[: len(model.classes) - model.layers[-1].background]
    return events_of(smoothed_q15 / 32768, ends_s, names, Detecting(on))


def _reported(listener: Listener) -> tuple[str, ...]:
    classes = listener.model.classes
    return tuple(classes[: len(classes) - len(listener.background)])


def _truth(listener: Listener) -> np.ndarray:
    return activity(listener.stream.events, _reported(listener), listener.stream.duration_s)


def _best_constant(truth: np.ndarray) -> float:
    """F1 of the best answer that never changes: each class always or never."""
    shares = np.sort(truth.mean(axis=0))[::-1]
    return max(float(2 * shares[:k].sum() / (k + shares.sum()))
               for k in range(1, len(shares) + 1))
