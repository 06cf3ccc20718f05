"""Policies of every kind on the same streams: searched on validation speakers, tried on others."""

import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from lnnlab import lnn_file, records, runtime
from lnnlab.adaptive.listening import Listener, Outcome, count_units, describe, power_on
from lnnlab.adaptive.search import KINDS, search
from lnnlab.data.streams import Stream
from lnnlab.errors import UserError
from lnnlab.experiments.reporting import WORDS, Reporting
from lnnlab.integer import IntegerModel
from lnnlab.integer.policy import ALWAYS
from lnnlab.profiling.policy import UnitCosts
from lnnlab.target.boards import board

TABLE = "timestep_policies"
LEVELS = (0.5, 0.2, 0.1)  # of always-on's cycles that a policy may take, on validation
FREE = "free"  # the level of the policy that costs least without losing on validation
BOARDS = ("nrf52840", "stm32f407")
BATCHES_PER_S = 10.0  # wakes where the samples of 100 ms are collected without the processor


@dataclass(frozen=True)
class Study:
    """What is tried.

    Attributes:
        name: of the corpus, as tables call it; synthetic ones say so.
        model, parameters, label: the network. seed: of it and of the search.
        validation: the stream that policies and thresholds are chosen on.
        tests: what is active → the stream that is reported.
        reporting: how probabilities become reports.
        trials: policies of each kind.
        data_hash, synthetic: of the corpus.
    """

    name: str
    model: IntegerModel
    parameters: int
    label: str
    seed: int
    validation: Stream
    tests: dict[str, Stream]
    data_hash: str
    synthetic: bool
    reporting: Reporting = WORDS
    trials: int = 40


def study(given: Study, folder: Path, progress: bool = False) -> dict:
    """Search on the validation stream, try the chosen on every test stream; one record.

    Args:
        folder: of the profile's reports; what is recorded there is not done again.
    """
    described = {
        "table": TABLE, "corpus": given.name, "data_hash": given.data_hash, "seed": given.seed,
        "label": given.label, "trials": given.trials, "streams": _streams(given),
        "weights": zlib.crc32(lnn_file.to_bytes(given.model)),
        "runtime": runtime.fingerprint(),
    }
    place = folder / "records" / TABLE / given.name / f"{records.key(described)}.json"
    found = records.read(place)
    if found is not None:
        return found
    chosen_board = board(BOARDS[0])
    units = count_units(given.model, chosen_board, given.validation)
    listener = Listener(given.model, given.validation, chosen_board, units, given.reporting)
    outcomes = search(listener, KINDS, given.trials, given.seed, progress)
    chosen = chosen_at_levels(outcomes)
    results = {}
    for active, stream in given.tests.items():
        heard = Listener(given.model, stream, chosen_board, units, given.reporting)
        results[active] = [
            _line(level, heard.outcome(each.policy, each.threshold), each)
            for level, each in chosen
        ]
    record = described | {
        "parameters": given.parameters, "synthetic": given.synthetic,
        "versions": records.versions(), "units": {kind: asdict(each) for kind, each in
                                                  units.items()},
        "validation": [_line("", each, each) for each in outcomes], "results": results,
    }
    records.write(place, record)
    return records.read(place)  # as a rerun finds it


def chosen_at_levels(outcomes: Sequence[Outcome]) -> list[tuple[str, Outcome]]:
    """Always-on; of each kind the best F1 within each level of cycles; and the free one.

    Choices rest on the validation stream alone.
    """
    always = next(each for each in outcomes if each.policy == ALWAYS)
    chosen = [("always", always)]
    for kind in KINDS:
        own = [each for each in outcomes if each.kind == kind and each.policy != ALWAYS]
        for level in LEVELS:
            within = [each for each in own if each.cycles_per_s <= level * always.cycles_per_s]
            if within:
                best = max(within, key=lambda each: (each.score.f1, -each.cycles_per_s))
                chosen.append((f"{level:g}", best))
    losing_nothing = [each for each in outcomes if each.score.f1 >= always.score.f1]
    return [*chosen, (FREE, min(losing_nothing, key=lambda each: each.cycles_per_s))]


def units_of(record: dict) -> dict[str, UnitCosts]:
    """The counted cycles that a record holds."""
    return {kind: UnitCosts(**{name: tuple(band) for name, band in each.items()})
            for kind, each in record["units"].items()}


def _streams(given: Study) -> dict:
    if not given.tests:
        raise UserError("tests: give at least one stream to report")
    every = {"validation": given.validation} | given.tests
    return {name: [len(each.x), len(each.events), float(abs(each.x).sum())]
            for name, each in every.items()}


def _line(level: str, outcome: Outcome, found: Outcome) -> dict:
    """An outcome as plain values; ``found``: the same policy on the validation stream."""
    score = outcome.score
    return {
        "level": level, "kind": outcome.kind, "policy": describe(outcome.policy),
        "fields": asdict(outcome.policy), "threshold": outcome.threshold,
        "validation_f1": found.score.f1, "f1": score.f1, "hits": score.hits,
        "misses": score.misses, "false_accepts": score.false_accepts, "hours": score.hours,
        "delay_s": score.delay_s if score.hits else None, "steps_percent": outcome.steps_percent,
        "features_percent": 100 * outcome.counts.features / outcome.hops,
        "cycles_per_s": outcome.cycles_per_s,
        "power_mw": {name: power_on(board(name), outcome) for name in BOARDS},
        "batched_mw": {name: power_on(board(name), outcome, BATCHES_PER_S) for name in BOARDS},
        "mean_latency_ms": outcome.mean_latency_ms,
        "worst_latency_ms": outcome.worst_latency_ms,
    }
