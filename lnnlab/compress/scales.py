"""Rounding a float matrix to int8 rows, and a real factor to a shift and fifteen bits."""

import numpy as np

from lnnlab.integer.layers import Pool, Product
from lnnlab.integer.ranges import BIAS, DOWN, FACTOR, PRODUCT_INPUTS, UP, WEIGHT, fits

MOST_RATIO = 256  # between the factors of a layer's rows: the smallest keeps 7 bits


class LargeWeights(Exception):
    """A network's values do not fit the integer product; the message says which."""


def matrix(weight: np.ndarray, bias: np.ndarray, gain: np.ndarray) -> Product:
    """A product whose requantised rows are gain·(weight·x + bias).

    Args:
        weight: (row, input), for int8 inputs: the scale of the inputs is folded in.
        bias: (row,).
        gain: (row,), from the real value to the integer that comes out.
    """
    if not fits(weight.shape[1], PRODUCT_INPUTS):
        raise LargeWeights(
            f"a product has {weight.shape[1]} inputs, the kernels sum at most {PRODUCT_INPUTS[1]}"
        )
    step = _steps(np.abs(weight).max(axis=1), bias, gain)
    rounded = np.round(weight / step[:, None]).astype(np.int64)
    factor, up, down = fixed(step * gain)
    return Product(rounded, np.round(bias / step).astype(np.int64), factor, up, down)


def filters(weight: np.ndarray, bias: np.ndarray, gain: float) -> tuple:
    """The fields of a depthwise layer: weight (tap, unit), bias, factor, up, down."""
    step = _steps(np.abs(weight).max(axis=0), bias, np.full(len(bias), gain))
    factor, up, down = fixed(step * gain)
    rounded = np.round(weight / step).astype(np.int64)
    return rounded, np.round(bias / step).astype(np.int64), factor, up, down


def pool_layer(gain: float, last: bool) -> Pool:
    """A pool whose output is gain·Σ."""
    factor, up, down = fixed(np.array([gain]))
    return Pool(int(factor[0]), up, down, last)


def fixed(ratio: np.ndarray) -> tuple[np.ndarray, int, int]:
    """ratio ≈ factor·2^(up − 16 − down) with one pair of shifts for all.

    Raises:
        LargeWeights: a ratio is beyond 32.
    """
    net = int(np.floor(np.log2(FACTOR[1] / ratio.max()))) - 16  # down − up
    if -net > UP[1]:
        raise LargeWeights("weights so large that int8 cannot hold the layer; train with "
                           "weight_decay or a lower learning_rate")
    up, down = max(0, -net), min(DOWN[1], max(0, net))
    factor = np.round(ratio * 2.0 ** (16 + down - up)).astype(np.int64)
    return np.minimum(factor, FACTOR[1]), up, down


def _steps(largest: np.ndarray, bias: np.ndarray, gain: np.ndarray) -> np.ndarray:
    """The value of one int8 step of each row.

    A large bias asks for a larger step than the weights do; so does a row much smaller than the
    others, whose factor would else have no digits left and would spoil its bias.
    """
    step = np.maximum(np.maximum(largest / WEIGHT[1], np.abs(bias) / BIAS[1]), 1e-12)
    return np.maximum(step, (step * gain).max() / gain / MOST_RATIO)
