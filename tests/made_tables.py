"""Tables that tests write in the ways of common tools, and the numbers behind them."""

import numpy as np

from lnnlab.data import load

ROWS = 64


def values(rows=ROWS, channels=2, seed=0):
    """What every dialect below writes, (row, channel)."""
    return np.random.default_rng(seed).normal(size=(rows, channels)).round(3)


def labels(rows=ROWS):
    return ["ok"] * (rows // 2) + ["worn"] * (rows - rows // 2)


def lines(row, rows=ROWS, end="\n"):
    """``row(k, values, label)`` of every row."""
    x, y = values(rows), labels(rows)
    return end.join(row(k, x[k], y[k]) for k in range(rows)) + end


def comma(x):
    return f"{x:.3f}".replace(".", ",")


def written(path, content, encoding="utf-8"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return str(path)


def check(dataset, rate_hz=None, channels=("ax", "ay")):
    """The dataset holds exactly the two channels and is cut where the label changes."""
    assert dataset.channels == channels and dataset.timespans is None
    np.testing.assert_allclose(dataset.x.reshape(-1, 2), values(), atol=1e-6)
    assert dataset.rate_hz == rate_hz and dataset.account.rate_hz == rate_hz
    assert len(dataset.classes) == 2 and len(set(dataset.groups["recording"])) == 2


def loaded(path, content, encoding="utf-8", **options):
    return load(written(path, content, encoding), **{"window": 8} | options)
