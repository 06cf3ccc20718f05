"""A recorder in the field: calls of animals in weather, and weeks of a battery by policy.

Streams are calls over recordings of weather, both never heard in training. Quality is measured
there; what a day brings is worked out from it in :mod:`lnnlab.experiments.wildlife_days`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from lnnlab.adaptive.costs import PolicyCostModel, excerpt
from lnnlab.adaptive.listening import Listener, describe
from lnnlab.adaptive.search import Search, search
from lnnlab.compress import quantise
from lnnlab.data import Dataset, Split
from lnnlab.data.streams import Event, Stream, StreamPlan, build_stream
from lnnlab.errors import UserError
from lnnlab.experiments.benchmark import Work
from lnnlab.experiments.event_rooms import stream_recipe
from lnnlab.experiments.event_streams import KINDS, LEVELS, PARTS, REPORTING, within
from lnnlab.experiments.probes import deployment_probe
from lnnlab.experiments.run import Budget, Run
from lnnlab.experiments.trained import FOLDER, basis_of, trained
from lnnlab.integer.policy import ALWAYS, Policy
from lnnlab.records import Subject
from lnnlab.scoring import events
from lnnlab.scoring.events import Score
from lnnlab.target.boards import board
from lnnlab.target.toolchain import compiler_version
from lnnlab.training.predictions import one_thread

CALL = "call"
THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)
LOUD = (0.01, 0.02)  # root mean square of the weather


def in_weather(dataset: Dataset, split: Split) -> Dataset:
    """The corpus with each part's weather as that part's background recordings.

    Raises:
        UserError: it tells no calls from weather.
    """
    weather = np.isin(dataset.y, [dataset.classes.index(each)
                                  for each in dataset.background_classes])
    if weather.all() or not weather.any():
        raise UserError(f"{dataset.name}: no classes of background; take esc50_wildlife or "
                        "wildlife_sim")
    return replace(dataset, background={
        part: tuple(dataset.x[row, :, 0] for row in rows if weather[row])
        for part, rows in (("train", split.train), ("validation", split.validation),
                           ("test", split.test))})


@dataclass(frozen=True)
class FieldPlan:
    """How a recorder is tried.

    Attributes:
        minutes: of calls in weather, and of weather alone, on validation and on test.
        trials: policies of each kind.
        most_per_h: false detections an hour that the threshold may give on validation weather.
        board_name: of the recorder.

    Raises:
        UserError: a rate below 0.
    """

    minutes: float = 20.0
    trials: int = 8
    most_per_h: float = 6.0
    board_name: str = "nrf52840"

    def __post_init__(self) -> None:
        if self.most_per_h < 0:
            raise UserError(f"most_per_h = {self.most_per_h:g}: choose 0 or more an hour")


@dataclass(frozen=True)
class FieldStudy:
    """A recorder with one network.

    Attributes:
        run: of the network, on a dataset of :func:`in_weather`.
        plan: how it is tried.
    """

    run: Run
    plan: FieldPlan

    @property
    def board_name(self) -> str:
        """Of the recorder."""
        return self.plan.board_name

    @property
    def subject(self) -> Subject:
        """What its record is about; no network and no stream is made for it."""
        run, chosen = self.run, board(self.board_name)
        identity = run.identity | {"field": asdict(self.plan)
                                   | {"thresholds": list(THRESHOLDS)}}
        basis = basis_of(run) | {"board": asdict(chosen), "compiler": compiler_version(),
                                 "target": deployment_probe(run, chosen)}
        return Subject(f"{run.name}, field", run.label, identity, basis)

    def stream(self, part: str, calls: bool) -> Stream:
        """A part's calls in its weather, or the weather alone, built now."""
        dataset, clip_s = self.run.dataset, self.run.dataset.x.shape[1] / self.run.dataset.rate_hz
        plan = StreamPlan(60 * self.plan.minutes, (1.5 * clip_s, 4.5 * clip_s), (0.0, 15.0),
                          LOUD[1] if calls else LOUD[0], self.run.seed + PARTS.index(part))
        made = build_stream(dataset, getattr(self.run.split, part), plan, part,
                            dataset.background_classes, tight=True)
        if calls:
            return made
        quiet = build_stream(_silenced(dataset), getattr(self.run.split, part), plan, part,
                             dataset.background_classes)
        return replace(quiet, events=())


def _silenced(dataset: Dataset) -> Dataset:
    """The corpus with calls that cannot be heard: what is left of a stream is weather."""
    weather = np.isin(dataset.y, [dataset.classes.index(each)
                                  for each in dataset.background_classes])
    return replace(dataset, x=dataset.x * weather[:, None, None].astype(np.float32))


def field_studies(
    dataset: Dataset, splits: Sequence[Split], plan: FieldPlan, budget: Budget, seed: int = 0,
) -> list[FieldStudy]:
    """A study of the small liquid network on each fold.

    Args:
        dataset: of calls and weather; splits: folds.
        plan: how the recorder is tried.
        budget, seed: of training.
    """
    return [FieldStudy(Run(in_weather(dataset, split), split, stream_recipe(dataset), seed,
                           budget), plan) for split in splits]


def recorded(given: Sequence[FieldStudy], work: Work) -> list[dict]:
    """The results of each study: read where they are recorded, else made; stale ones are named."""
    found = work.recorded("wildlife_streams", [each.subject for each in given],
                          [(each, work) for each in given], measured, "in the field")
    return [results | {"stale": stale} for results, stale in found]


def measured(given: FieldStudy, work: Work) -> dict:
    """Calls found and made up under each policy on the test streams; plain values."""
    with one_thread():
        model = quantise(trained(given.run, work.folder / FOLDER))
    chosen = board(given.board_name)
    streams = {part: given.stream(part, True) for part in PARTS}
    costs = PolicyCostModel(model, chosen, excerpt(model, streams["validation"]))
    heard = {part: Listener(model, each, chosen, costs, REPORTING)
             for part, each in streams.items()}
    how = Search(KINDS, given.plan.trials, given.run.seed, (min(LEVELS), 1.0), progress=False)
    policies = {"always": ALWAYS} | within(search(heard["validation"], how))
    quiet = {part: given.stream(part, False) for part in PARTS}
    most = given.plan.most_per_h * quiet["validation"].hours
    lines = [_line(level, policy, heard, quiet, most) for level, policy in policies.items()]
    return {"lines": lines, "calls": len(streams["test"].events),
            "call_s": float(np.mean([each.end_s - each.start_s
                                     for each in streams["test"].events]))}


def _line(
    level: str, policy: Policy, heard: Mapping[str, Listener], quiet: Mapping[str, Stream],
    most: float,
) -> dict:
    """A policy at the lowest threshold with at most so many detections in validation weather."""
    alone = {part: _alone(each, quiet[part]) for part, each in heard.items()}
    records = {part: each.hear(policy) for part, each in heard.items()}
    silent = {part: each.hear(policy) for part, each in alone.items()}

    def made_up(part: str, threshold: float) -> int:
        return len(alone[part].reports(silent[part], threshold))

    held = [each for each in THRESHOLDS if made_up("validation", each) <= most]
    threshold = min(held) if held else max(THRESHOLDS)
    found = _any_call(heard["test"], heard["test"].reports(records["test"], threshold))
    power = {name: own["test"].outcome(policy, threshold, heard=kept["test"]).power_mw
             for name, own, kept in (("calls", heard, records), ("weather", alone, silent))}
    return {"level": level, "policy": describe(policy), "threshold": threshold,
            "hits": found.hits, "misses": found.misses, "false": made_up("test", threshold),
            "hours": quiet["test"].hours, "power_mw": power["calls"],
            "weather_mw": power["weather"]}


def _alone(listener: Listener, stream: Stream) -> Listener:
    """The same network on another stream; without events it has nothing to score."""
    marked = replace(stream, events=(Event(_reported(listener)[0], 0.0, 1e-3),))
    return Listener(listener.model, marked, listener.board, listener.costs, listener.reporting)


def _reported(listener: Listener) -> tuple[str, ...]:
    classes = listener.model.classes
    return tuple(classes[: len(classes) - len(listener.background)])


def _any_call(listener: Listener, reports: Sequence[tuple[float, str]]) -> Score:
    """Whichever animal is named, a call is found."""
    every = [replace(each, label=CALL) for each in listener.stream.events]
    return events.score([(time, CALL) for time, _ in reports], every, listener.stream.hours,
                        forgive_repeats=True)
