"""Policies of every kind on the same streams: searched on validation speakers, tried on others."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from lnnlab import lnn_file, records, runtime
from lnnlab.adaptive.costs import Costs, excerpt
from lnnlab.adaptive.listening import Listener, Outcome, describe, power_on
from lnnlab.adaptive.search import KINDS, search
from lnnlab.data.streams import Stream
from lnnlab.errors import UserError
from lnnlab.integer import IntegerModel
from lnnlab.integer.policy import ALWAYS
from lnnlab.scoring.events import choose_threshold, pooled
from lnnlab.scoring.reporting import WORDS, Reporting
from lnnlab.target.boards import board

TABLE = "timestep_policies"
LEVELS = (0.5, 0.2, 0.1)  # of always-on's cycles that a policy may take, on validation
FIFTH = LEVELS[1]
BEST = "best"  # the level of the best of all kinds within FIFTH
FREE = "free"  # the level of the policy that costs least without losing on validation
TRIED_AGAIN = 10  # of each kind and level, of up to three times as many, as for FREE
MARGIN = 1.1  # of foreseen cycles above a level: still heard
NEAR = 0.015  # of F1 below always-on: still tried again for FREE
FORMAT = 6  # raised when the same settings begin to give other results
BOARDS = ("nrf52840", "stm32f407")
BATCHES_PER_S = 10.0  # wakes where a buffer outside the processor collects 100 ms of samples
OWN_S = 3.0  # of a stream, to count what each stage takes under a chosen policy

Builder = Callable[[], Stream]


@dataclass(frozen=True)
class Study:
    """What is tried.

    Attributes:
        name: of the corpus, as tables call it; synthetic ones say so.
        model, parameters, label: the network. seed: of it and of the search.
        validation: the stream that policies are searched on.
        seconds: what is active → builds another one of the same material, as active as the test
            stream of that name. The best are tried again there; it and the first choose what is
            reported.
        tests: what is active → builds the stream that is reported. Streams are built when they are
            listened to, as hours of several would fill the memory.
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
    seconds: dict[str, Builder]
    tests: dict[str, Builder]
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
        "table": TABLE, "format": FORMAT, "corpus": given.name, "data_hash": given.data_hash,
        "seed": given.seed, "label": given.label, "trials": given.trials,
        "levels": list(LEVELS), "reporting": asdict(given.reporting), "streams": _streams(given),
        "weights": zlib.crc32(lnn_file.to_bytes(given.model)),
        "runtime": runtime.fingerprint(policy=True),
    }
    place = folder / "records" / TABLE / given.name / f"{records.key(described)}.json"
    found = records.read(place)
    if found is not None:
        return found
    chosen_board = board(BOARDS[0])
    costs = Costs(given.model, chosen_board, excerpt(given.model, given.validation))

    def listener(stream: Stream) -> Listener:
        return Listener(given.model, stream, chosen_board, costs, given.reporting)

    outcomes = search(listener(given.validation), KINDS, given.trials, given.seed, progress,
                      span=(min(LEVELS), max(LEVELS)))
    samples = excerpt(given.model, given.validation, OWN_S)
    own = Costs(given.model, chosen_board, samples, exact=True)
    results = {}
    for active, build in given.tests.items():
        chosen = chosen_at_levels(outcomes, listener(given.seconds[active]()))
        heard = listener(build())
        results[active] = [
            _line(level, heard.outcome(each.policy, each.threshold, own.of(each.policy)), each)
            | {"arena_bytes": heard.arena_bytes(each.policy)}
            for level, each in chosen
        ]
    record = described | {
        "parameters": given.parameters, "synthetic": given.synthetic,
        "versions": records.versions(),
        "validation": [_line("", each, each) for each in outcomes], "results": results,
    }
    records.write(place, record)
    return records.read(place)  # as a rerun finds it


def chosen_at_levels(
    outcomes: Sequence[Outcome], second: Listener
) -> list[tuple[str, Outcome]]:
    """Always-on; of each kind the best F1 within each level of cycles; of all kinds the best within
    a fifth; and the cheapest that loses nothing.

    Choices rest on two validation streams: the best of the first are heard again on the second,
    which says what they cost; both together decide on policies and their thresholds, since the
    best of many trials on one stream is too often the luckiest. Test streams play no part.

    Args:
        outcomes: of a search, always-on first.
        second: the same network on the second stream, as active as what the choice is for.

    Returns:
        (level, outcome) each, with the cycles of the second stream, and the threshold and the
        score of both streams together.
    """
    both = _Both(second)
    always = both.heard(outcomes[0])
    chosen = [("always", always)]
    for kind in KINDS:
        own = [each for each in outcomes if each.kind == kind and each.policy != ALWAYS]
        for level in LEVELS:
            within = both.best_within(own, level)
            if within:
                best = max(within, key=_worth)
                chosen.append((f"{level:g}", best))
    rivals = [each for level, each in chosen if level == f"{FIFTH:g}"]
    if rivals:
        chosen.append((BEST, max(rivals, key=_worth)))
    near = [each for each in outcomes if each.score.f1 >= outcomes[0].score.f1 - NEAR]
    near.sort(key=_cycles)
    keeping = [each for each in map(both.heard, near[: 3 * TRIED_AGAIN])
               if each.score.f1 >= always.score.f1]
    return [*chosen, (FREE, min(keeping, key=_cycles, default=always))]


def _worth(each: Outcome) -> tuple[float, float]:
    return each.score.f1, -each.cycles_per_s  # of equals the cheapest


def _cycles(each: Outcome) -> float:
    return each.cycles_per_s


class _Both:
    """Outcomes on two validation streams: counts of the second, scores of both together."""

    def __init__(self, second: Listener) -> None:
        self._second, self._found = second, {}

    def heard(self, first: Outcome) -> Outcome:
        """What the first stream gave and the second adds."""
        if first.policy not in self._found:
            again = self._second.outcome(first.policy)
            scores = {key: pooled([one, again.scores[key]]) for key, one in first.scores.items()}
            best = choose_threshold(scores)
            self._found[first.policy] = replace(again, threshold=best, score=scores[best],
                                                scores=scores)
        return self._found[first.policy]

    def best_within(self, own: Sequence[Outcome], level: float) -> list[Outcome]:
        """Those of the first stream's best that keep to a share of always-on's cycles on the
        second. What these will be is foreseen from the outcome that was heard before."""
        most = level * self._found[ALWAYS].cycles_per_s
        likely = sorted(own, key=lambda each: (-each.score.f1, each.cycles_per_s))
        probe = next((each for each in likely if each.cycles_per_s <= most), None)
        if probe is None:
            return []
        ratio, found, tried = self.heard(probe).cycles_per_s / probe.cycles_per_s, [], 0
        for each in likely:
            if each.cycles_per_s * ratio > MARGIN * most:
                continue
            again = self.heard(each)
            ratio, tried = again.cycles_per_s / each.cycles_per_s, tried + 1
            found += [again] if again.cycles_per_s <= most else []
            if len(found) == TRIED_AGAIN or tried == 3 * TRIED_AGAIN:
                break
        return found


def _streams(given: Study) -> dict:
    if not given.tests:
        raise UserError("tests: give at least one stream to report")
    every = {"validation": lambda: given.validation} | {
        f"second, {name}": build for name, build in given.seconds.items()} | given.tests
    return {name: _fingerprint(build()) for name, build in every.items()}


def _fingerprint(stream: Stream) -> list:
    return [len(stream.x), len(stream.events), float(abs(stream.x).sum())]


def _line(level: str, outcome: Outcome, found: Outcome) -> dict:
    """An outcome as plain values; ``found``: the same policy on the validation streams."""
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
