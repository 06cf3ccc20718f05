"""Samples at the edges of the autocorrelation's definition."""

import numpy as np


def signal(kind, length, random):
    """Samples that try a definition's edges."""
    n = np.arange(length)
    return {
        "full scale in turn": np.where(n % 2, -32768, 32767),
        "full scale at random": random.choice([-32768, 32767], length),
        "lowest": np.full(length, -32768),
        "silence": np.zeros(length),
        "one-sided": random.integers(0, 32768, length),
        "one-sided below": random.integers(-32768, 1, length),
        "words that no place visits": np.where(n // 2 % 2, 32767, 0),
        "few such": np.where(n // 2 % 2, random.choice([-32768, 32767], length),
                             random.integers(-600, 601, length)),
        "loud at the end": np.where(n < length - 8, random.integers(-3, 4, length), -32768),
        "about the limit": np.clip(random.normal(0, 3000, length), -32768, 32767),
        "noise": np.clip(random.normal(0, 2.0 ** random.uniform(-1, 15), length), -32768, 32767),
    }[kind].astype(np.int16)


SIGNALS = ("full scale in turn", "full scale at random", "lowest", "silence", "one-sided",
           "one-sided below", "words that no place visits", "few such", "loud at the end",
           "about the limit", "noise")
