"""Which of the outcomes of a search are chosen, by two streams, and the table's rows of them."""

import json
from types import SimpleNamespace

import pytest

from lnnlab.adaptive.costs import Cost
from lnnlab.adaptive.listening import Outcome
from lnnlab.experiments.policies.choices import chosen_at_levels
from lnnlab.experiments.policies.lines import (
    BEST,
    BOARDS,
    FREE,
    Heard,
    PolicyLine,
    PolicyStudy,
    packed,
    unpacked,
)
from lnnlab.integer.policy import ALWAYS, EnergyGate, FluxGate, Policy, Uniform
from lnnlab.profiling.policy import Counts
from lnnlab.reports import policies, tables
from lnnlab.scoring.events import Score, choose_threshold

COUNTS = Counts(1, 1, 1, 1, 1, 1.0)


def energy(most: int) -> EnergyGate:
    return EnergyGate(1, most, 900, 400, 3)


def flux(most: int) -> FluxGate:
    return FluxGate(1, most, 90, 40, 3)


# policy, cycles a second, F1 on the first stream and on the second. The best of a group by the
# first, by the second and by both together are three different ones.
HEARD: list[tuple[Policy, float, float, float]] = [
    (ALWAYS, 1000, 0.80, 0.80),
    (Uniform(3), 450, 0.72, 0.70),  # the best of both among those up to 500
    (Uniform(4), 400, 0.75, 0.55),
    (Uniform(6), 190, 0.70, 0.50),
    (Uniform(7), 180, 0.50, 0.86),  # of both up to 200
    (Uniform(8), 170, 0.40, 0.90),
    (Uniform(12), 90, 0.30, 0.30),
    (Uniform(14), 85, 0.15, 0.52),
    (Uniform(15), 80, 0.20, 0.50),  # of both up to 100
    (energy(20), 190, 0.74, 0.74),  # of both up to 200, and of all kinds
    (energy(30), 180, 0.80, 0.60),  # would cost least if the first alone decided
    (energy(40), 170, 0.60, 0.85),
    (flux(20), 600, 0.85, 0.85),  # loses nothing, but costs more than the next
    (flux(25), 300, 0.79, 0.82),  # of both up to 500; costs least of those that lose nothing
    (flux(30), 280, 0.786, 0.803),  # would cost least if the second alone decided
    (flux(35), 260, 0.60, 0.84),
    (flux(40), 190, 0.85, 0.55),
    (flux(45), 180, 0.60, 0.78),
    (flux(50), 220, 0.70, 0.71),  # of both up to 200, as the second stream is quieter
]
EARLY, LATE = 0.3, 0.4  # thresholds; the first stream prefers one, both together the other


def scored(f1: float) -> Score:
    """A thousand events, as many made up as missed."""
    hits = round(1000 * f1)
    return Score(hits, 1000 - hits, 1000 - hits, 1.0)


def outcome(policy: Policy, cycles: float, scores: dict[float, Score]) -> Outcome:
    best = choose_threshold(scores)
    return Outcome(policy, best, scores[best], COUNTS, 1, cycles, 1.0, 1, 1, 0, scores)


def test_both_streams_together_decide_every_choice():
    """At EARLY the first stream is better by a hundredth, the second worse by three. The second
    stream is quieter: there all take a tenth less."""
    outcomes = [
        outcome(policy, cycles, {EARLY: scored(first + 0.01), LATE: scored(first)})
        for policy, cycles, first, _ in HEARD
    ]
    again = {
        policy: outcome(policy, cycles if policy == ALWAYS else 0.9 * cycles,
                        {EARLY: scored(second - 0.03), LATE: scored(second)})
        for policy, cycles, _, second in HEARD
    }
    chosen = chosen_at_levels(outcomes, SimpleNamespace(outcome=again.get))
    assert [(level, each.policy) for level, each in chosen] == [
        ("always", ALWAYS),
        ("0.5", Uniform(3)), ("0.2", Uniform(7)), ("0.1", Uniform(15)),
        ("0.5", energy(20)), ("0.2", energy(20)),
        ("0.5", flux(25)), ("0.2", flux(50)),
        (BEST, energy(20)), (FREE, flux(25)),
    ]
    both = {policy: (first + second) / 2 for policy, _, first, second in HEARD}
    for _, each in chosen:
        assert each.threshold == LATE and each.score.hours == 2
        assert each.score.f1 == pytest.approx(both[each.policy], abs=1e-3)


def line(level: str, kind: str, f1: float, cycles: float) -> PolicyLine:
    shares = {name: 0.1 for name in BOARDS}
    return PolicyLine.priced(heard(level, kind, f1), Cost(cycles, 64_000), 4000, shares)


def heard(level: str, kind: str, f1: float) -> Heard:
    return Heard(level, kind, kind, {}, 0.5, f1, f1, 8, 2, 1, 0.5, None, 10, COUNTS, 50.0, 99.0)


def study_of(seed: int, *lines: PolicyLine) -> PolicyStudy:
    return PolicyStudy("words (synthetic)", "liquid", seed, 9, {"10 % speech": lines})


def test_the_best_of_all_kinds_has_a_row_of_its_own():
    lines = (line("always", "uniform", 0.8, 1e6), line("0.2", "energy", 0.7, 1e5),
             line("0.2", "flux", 0.8001, 2e5), line(BEST, "flux", 0.8001, 2e5))
    kept = [heard("0.2", "energy", 0.7), heard(BEST, "flux", 0.8001)]
    assert unpacked(json.loads(json.dumps(packed(kept), default=vars))) == tuple(kept)
    rows = policies.policy_rows([study_of(0, *lines)])
    best = rows[rows["model"] == policies.BEST_WITHIN].set_index("metric")["value"]
    assert policies.BEST_WITHIN == "best of all kinds, at most 20 % of the cycles"
    assert best["event_f1"] == 80.01 and best["fewer_cycles"] == 5
    shown = tables.wide(rows).set_index("model")["F1 lost, points"]
    assert shown[policies.BEST_WITHIN] == "0.0"  # not -0.0


def test_fewer_cycles_is_the_ratio_of_the_means():
    """Seeds of 1.0, 1.0 and 7.7 times fewer: their mean, 3.2, is no seed's and no sum's."""
    studies = [study_of(seed, line("always", "uniform", 0.8, 1e6), line(FREE, "energy", 0.8, own))
               for seed, own in enumerate((1e6, 1e6, 1e6 / 7.7))]
    rows = policies.policy_rows(studies)
    row = rows[(rows["model"] == policies.CHEAPEST) & (rows["metric"] == "fewer_cycles")].iloc[0]
    assert row["value"] == pytest.approx(3 / (2 + 1 / 7.7)) and row["spread"] != row["spread"]
