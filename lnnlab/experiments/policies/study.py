"""Policies of every kind on the same streams: searched on validation speakers, tried on others."""

import zlib
from collections.abc import Sequence
from pathlib import Path

from lnnlab import lnn_file
from lnnlab.adaptive.costs import PolicyCostModel, excerpt
from lnnlab.adaptive.listening import Listener
from lnnlab.adaptive.search import Search, search
from lnnlab.compress import quantise
from lnnlab.data.streams import Stream
from lnnlab.experiments.benchmark import Work
from lnnlab.experiments.policies.choices import chosen_at_levels
from lnnlab.experiments.policies.lines import (
    BOARDS,
    LEVELS,
    Heard,
    PolicyStudy,
    packed,
    unpacked,
)
from lnnlab.experiments.policies.plan import Study
from lnnlab.experiments.policies.prices import prices_of
from lnnlab.experiments.results import corpus_label
from lnnlab.experiments.trained import FOLDER
from lnnlab.integer import IntegerModel
from lnnlab.models import parameter_count
from lnnlab.target.boards import board
from lnnlab.training.predictions import one_thread

TABLE = "timestep_policies"


def studies(given: Sequence[Study], work: Work) -> list[PolicyStudy]:
    """The record of each study, and what its policies cost today; stale ones are named.

    What a policy finds does not hang on how fast the C is: a study is made anew only where cycles
    moved so far that other policies may be chosen, and the costs are counted anew by themselves.

    Args:
        given: what is tried; with records, neither network nor stream is made.
        work: where records and networks go, and how many studies run at a time.
    """
    if not given:
        return []

    def prepare(missing: list[int]) -> None:
        for k in missing:
            given[k].task.prepare(work.folder, work.jobs)

    found = work.recorded(
        TABLE, [each.subject for each in given], [(each, work.folder) for each in given], measured,
        f"{given[0].task.dataset.name}: policies", prepare)
    heard = [{active: unpacked(results["tests"][active]) for active in each.tests}
             for each, (results, _) in zip(given, found, strict=True)]
    prices = prices_of(list(zip(given, heard, strict=True)), work)
    return [
        PolicyStudy(
            corpus_label(each.task.dataset), each.task.label, each.task.seed,
            results["parameters"],
            {active: tuple(price.line(line) for line in own) for active, own in lines.items()},
            unpacked(results["validation"]), ", ".join(filter(None, (stale, price.stale))),
        )
        for each, (results, stale), lines, price in zip(given, found, heard, prices, strict=True)
    ]


def measured(given: Study, folder: Path) -> dict:
    """Search on the validation stream, try the chosen on every test stream; plain values.

    Args:
        given: what is tried. folder: of the profile's reports.
    """
    saved = given.task.network(folder)
    with one_thread():
        model = quantise(saved)
    searched = given.task.stream(given.searched)
    costs = PolicyCostModel(model, board(BOARDS[0]), excerpt(model, searched))
    how = Search(trials=given.trials, seed=given.task.seed, span=(min(LEVELS), max(LEVELS)),
                 progress=False)
    outcomes = search(_listener(given, model, searched, costs), how)
    tests = {}
    for active, planned in given.tests.items():
        second = given.task.stream(given.seconds[active])
        chosen = chosen_at_levels(outcomes, _listener(given, model, second, costs))
        listener = _listener(given, model, given.task.stream(planned), costs)
        tests[active] = packed([
            Heard.of(level, listener.outcome(each.policy, each.threshold), each)
            for level, each in chosen
        ])
    return {
        "parameters": parameter_count(saved.network), "tests": tests,
        "network": FOLDER, "weights_crc32": zlib.crc32(lnn_file.to_bytes(model)),
        "validation": packed([Heard.of("", each, each) for each in outcomes]),
    }


def _listener(
    given: Study, model: IntegerModel, stream: Stream, costs: PolicyCostModel
) -> Listener:
    return Listener(model, stream, board(BOARDS[0]), costs, given.reporting)
