"""Training speed of LinearLTC beside ncps' CfC, LSTM and GRU: `make bench`.

One thread, and a GPU where there is one; forward, backward and Adam on a batch. Ratios are of
medians of interleaved rounds. Leaves the table `training_speed_sizes` in the quick profile's
reports.
"""

import ncps.torch
import pandas as pd
import pytest
import torch
from torch import nn

from lnnlab import paths
from lnnlab.experiments import Work
from lnnlab.experiments.speed import BY_SIZE, speed_by_size
from lnnlab.models import LinearLTC
from lnnlab.models.speed import Size, training_step
from lnnlab.reports import tables
from lnnlab.training.device import AUTO, CPU, resolved

SIZES = [(Size(batch, steps), units) for batch, steps, units in (
    (64, 100, 32), (16, 100, 32), (256, 100, 32), (64, 50, 32), (64, 1000, 32), (64, 100, 64),
    (64, 100, 128), (64, 50, 128), (64, 1000, 128))]
GPU_SIZES = [(Size(batch, steps), units) for batch, steps, units in (
    (64, 100, 32), (256, 1000, 128), (1024, 1000, 128))]


def layers(features, units):
    return {
        "LinearLTC": LinearLTC(features, units),
        "LSTM": nn.LSTM(features, units, batch_first=True),
        "GRU": nn.GRU(features, units, batch_first=True),
        "ncps CfC": ncps.torch.CfC(features, units, batch_first=True),
    }


@pytest.mark.parametrize("name", layers(1, 1))
def test_training_step(benchmark, name):
    torch.set_num_threads(1)
    benchmark.pedantic(training_step(layers(40, 32)[name]), rounds=15, warmup_rounds=2)


def test_by_size(capsys, tmp_path):
    torch.manual_seed(0)
    work, device = Work(tmp_path), resolved(AUTO)
    rows = speed_by_size(layers, SIZES, 7, work)
    if device != CPU:
        rows += speed_by_size(layers, GPU_SIZES, 7, work, device)
    frame = pd.DataFrame(rows)
    place = tables.write_plain(BY_SIZE, frame, paths.reports("quick"))
    with capsys.disabled():
        print(f"\n{place.with_suffix('.md').read_text()}")
    assert (frame["ratio"] > 0).all() and set(frame["layer"]) == set(layers(1, 1))
