"""Training speed of LinearLTC beside ncps' CfC, LSTM and GRU, and how cost grows: `make bench`.

One thread and two, and a GPU where there is one; forward, backward and Adam on a batch. Ratios are
medians of interleaved rounds. Then a benchmark of generated clips, more and more of them, each in a
process of its own. Leaves the tables `training_speed_sizes` and `corpus_growth` in the quick
profile's reports; with `LNNLAB_BENCH=full` in the full one's, with records, so that nothing
recorded is measured again, and up to 10^5 clips.
"""

import os

import ncps.torch
import pandas as pd
import pytest
import torch
from torch import nn

from lnnlab import paths
from lnnlab.experiments import Work
from lnnlab.experiments.growth import GROWTH, growth
from lnnlab.experiments.speed import BY_SIZE, speed_by_size
from lnnlab.models import LinearLTC
from lnnlab.models.speed import Size, training_step
from lnnlab.reports import tables
from lnnlab.training.device import AUTO, CPU, resolved

SIZES = [(Size(batch, steps), units) for batch, steps, units in (
    (64, 100, 32), (16, 100, 32), (256, 100, 32), (64, 50, 32), (64, 1000, 32), (64, 50, 64),
    (64, 100, 64), (64, 1000, 64), (64, 50, 128), (64, 100, 128), (64, 1000, 128))]
GPU_SIZES = [(Size(batch, steps), units) for batch, steps, units in (
    (64, 100, 32), (256, 1000, 128), (1024, 1000, 128))]
PROFILE = os.environ.get("LNNLAB_BENCH", "quick")
CLIPS = (1000, 3000, 10_000) + (100_000,) * (PROFILE == "full")
ROUNDS = 7


def work_of(folder):
    return Work(paths.reports("full") if PROFILE == "full" else folder)


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


def shown(name, rows, capsys):
    frame = pd.DataFrame(rows)
    place = tables.write_plain(name, frame, paths.reports(PROFILE))
    with capsys.disabled():
        print(f"\n{place.with_suffix('.md').read_text()}")
    return frame


def test_by_size(capsys, tmp_path):
    torch.manual_seed(0)
    work, device = work_of(tmp_path), resolved(AUTO)
    rows = speed_by_size(layers, SIZES, ROUNDS, work)
    rows += speed_by_size(layers, SIZES[:1], ROUNDS, work, threads=2)
    if device != CPU:
        rows += speed_by_size(layers, GPU_SIZES, ROUNDS, work, device)
    frame = shown(BY_SIZE, rows, capsys)
    assert (frame["ratio"] > 0).all() and set(frame["layer"]) == set(layers(1, 1))


def test_growth_with_the_corpus(capsys, tmp_path):
    frame = shown(GROWTH, growth(CLIPS, work_of(tmp_path)), capsys)
    assert list(frame["clips"]) == list(CLIPS)
