"""Budgets of power and latency: the best policy within them, the longest step that one allows."""

from collections.abc import Sequence

from lnnlab.adaptive.listening import Outcome, describe
from lnnlab.errors import UserError
from lnnlab.integer.policy import MOST_HOPS
from lnnlab.target.boards import Board


def choose(
    outcomes: Sequence[Outcome], board: Board, power_budget: float | None,
    latency_budget: float | None,
) -> Outcome:
    """The best F1 within the budgets, of equals the cheapest.

    Raises:
        UserError: none is within them; names the nearest.
    """
    def excess(each: Outcome) -> float:
        return max(each.power_mw / (power_budget or each.power_mw),
                   each.worst_latency_ms / (latency_budget or each.worst_latency_ms))

    hasty = 1e6 * board.clock_mhz
    outcomes = [each for each in outcomes if each.cycles_per_s <= hasty]
    if not outcomes:
        raise UserError(f"{board.title}: no policy that was tried keeps up at "
                        f"{board.clock_mhz:g} MHz; take a smaller network or a longer hop")
    fitting = [each for each in outcomes if excess(each) <= 1]
    if fitting:
        return max(fitting, key=lambda each: (each.score.f1, -each.cycles_per_s))
    nearest = min(outcomes, key=excess)
    asked = [text for value, text in (
        (power_budget, f"power_budget = {power_budget} mW"),
        (latency_budget, f"latency_budget = {latency_budget} ms")) if value is not None]
    raise UserError(
        f"{' with '.join(asked)} cannot be met on {board.title}: the nearest takes "
        f"{nearest.power_mw:.3f} mW and {nearest.worst_latency_ms:.1f} ms at worst "
        f"({describe(nearest.policy)}, F1 {100 * nearest.score.f1:.1f} %); raise the budget to "
        "that, or take a smaller network or a shorter hop"
    )


def longest_step(latency_budget: float, hop_s: float) -> int:
    """Hops that a step may last so that a hop's time is left to compute in; 1 at least."""
    hops = latency_budget / (1e3 * hop_s) + 1e-6  # a whole number may come out just below
    return int(max(1, min(MOST_HOPS, hops - 1)))
