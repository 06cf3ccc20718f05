"""Training speed of LinearLTC beside ncps' CfC and others: `make bench`.

One thread, batch 64, 100 steps, 40 features, 32 units; forward, backward and Adam. The ratio is
of medians of interleaved rounds, printed at the end.
"""

import statistics

import ncps.torch
import pytest
import torch
from torch import nn

from lnnlab.models import LinearLTC
from lnnlab.models.speed import sequences_per_second, training_step

FEATURES, UNITS = 40, 32
LAYERS = {
    "LinearLTC": lambda: LinearLTC(FEATURES, UNITS),
    "ncps CfC": lambda: ncps.torch.CfC(FEATURES, UNITS, batch_first=True),
    "torch LSTM": lambda: nn.LSTM(FEATURES, UNITS, batch_first=True),
}


@pytest.mark.parametrize("name", LAYERS)
def test_training_step(benchmark, name):
    torch.set_num_threads(1)
    benchmark.pedantic(
        training_step(LAYERS[name](), features=FEATURES), rounds=15, warmup_rounds=2
    )


def test_ratio(capsys):
    torch.manual_seed(0)
    measured = sequences_per_second({name: make() for name, make in LAYERS.items()}, rounds=15)
    ratios = {
        name: statistics.median(
            [ours / theirs for ours, theirs in zip(each, measured["ncps CfC"], strict=True)]
        )
        for name, each in measured.items()
    }
    with capsys.disabled():
        for name, ratio in ratios.items():
            rate = statistics.median(measured[name])
            print(f"\n{name}: {rate:,.0f} sequences/s, {ratio:.1f} x ncps CfC", end="")
        print()
    assert all(ratio > 0 for ratio in ratios.values())
