"""Which of the policies that were tried are reported, by two validation streams."""

from collections.abc import Sequence
from dataclasses import replace

from lnnlab.adaptive.listening import Listener, Outcome
from lnnlab.adaptive.search import KINDS
from lnnlab.experiments.policies.lines import ALWAYS_ON, BEST, FIFTH, FREE, LEVELS
from lnnlab.integer.policy import ALWAYS
from lnnlab.scoring.events import choose_threshold, pooled

TRIED_AGAIN = 10  # of each kind and level, of up to three times as many, as for FREE
MARGIN = 1.1  # of foreseen cycles above a level: still heard
NEAR = 0.015  # of F1 below always-on: still tried again for FREE


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
    chosen = [(ALWAYS_ON, always)]
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
