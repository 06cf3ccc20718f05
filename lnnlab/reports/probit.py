"""Axes on which the errors of a detector with normal scores lie on a straight line."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from scipy.stats import norm

TICKS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.98, 0.99)
LEAST = 5e-4


def probit(share: np.ndarray | float, least: float = LEAST) -> np.ndarray:
    """Where a share lies on such an axis: the normal distribution's quantile.

    Args:
        share: 0 to 1; least: what lies nearer to 0 or 1 is drawn there, as the axis has no end.
    """
    return norm.ppf(np.clip(share, least, 1 - least))


def probit_axes(axis: Axes, x: Sequence[float] | None, y: Sequence[float]) -> None:
    """Give axes ticks in percent.

    Args:
        axis: whose lines were drawn at :func:`probit` of their shares.
        x, y: lowest and highest share that is shown; x None: that axis is none of shares.
    """
    if x is not None:
        axis.set_xlim(*probit(np.array(x)))
        axis.set_xticks(probit(np.array(_within(x))), [f"{100 * each:g}" for each in _within(x)])
    axis.set_ylim(*probit(np.array(y)))
    axis.set_yticks(probit(np.array(_within(y))), [f"{100 * each:g}" for each in _within(y)])
    axis.grid(color="#e5e5e5", lw=0.6)
    axis.spines[["top", "right"]].set_visible(False)


def _within(ends: Sequence[float]) -> list[float]:
    return [each for each in TICKS if ends[0] <= each <= ends[1]]
