"""Figures and sentences of how training grows say what their tables hold."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import torch

from lnnlab.models import LinearLTC
from lnnlab.models.speed import Size, sequences_per_second
from lnnlab.reports import growth_figures, tables
from lnnlab.reports.findings import growth_lines


@pytest.fixture
def growth():
    return pd.DataFrame({
        "clips": [100_000, 1000], "clips_s": [30.0, 0.3], "hash_s": [20.0, 0.2],
        "versions_s": [0.0, 0.0], "features_s": [80.0, 0.8], "training and test_s": [90.0, 3.0],
        "seconds": [190.0, 4.0], "peak_gb": [1.9, 0.9], "clips_gb": [6.4, 0.064],
        "features": ["on disk", "in memory"], "basis": "measured"})


@pytest.fixture
def sizes():
    return pd.DataFrame([
        {"device": device, "batch": 64, "steps": steps, "features": 40, "units": 32,
         "layer": layer, "sequences_per_s": speed / steps, "ratio": 1.0, "lowest_ratio": 1.0}
        for device in ("cpu", "cuda (a card)") for steps in (50, 1000)
        for layer, speed in (("LinearLTC", 2e6), ("LSTM", 1e6))])


def test_both_figures_are_drawn_where_their_tables_are(growth, sizes, tmp_path):
    assert growth_figures.drawn(tmp_path) == {}
    tables.write_plain("corpus_growth", growth, tmp_path)
    tables.write_plain("training_speed_sizes", sizes, tmp_path)
    found = growth_figures.drawn(tmp_path)
    assert set(found) == {"corpus_growth", "training_speed_sizes"}
    left, right = found["corpus_growth"][0].axes
    drawn = {line.get_label(): (line.get_xdata(), line.get_ydata()) for line in left.lines}
    assert set(drawn) == {"features", "training and test", "all"}  # no versions were made
    np.testing.assert_array_equal(drawn["all"], [[1000, 100_000], [4, 190]])
    assert [list(line.get_ydata()) for line in right.lines] == [[0.9, 1.9], [0.064, 6.4]]
    panels = found["training_speed_sizes"][0].axes
    assert [each.get_title() for each in panels] == ["cpu", "cuda (a card)"]
    assert [list(line.get_ydata()) for line in panels[0].lines] == [[40_000, 2000], [20_000, 1000]]
    plt.close("all")


def test_the_sentence_tells_the_smallest_and_the_largest(growth):
    (line,) = growth_lines(growth)
    assert line == ("a benchmark of 100,000 one-second clips, 6.4 GB, held 1.9 GB at most and took "
                    "190 s of one processor; one of 1,000 clips 0.9 GB and 4 s")
    assert growth_lines(growth[:1]) == []


def test_speed_is_measured_on_the_threads_that_are_asked(monkeypatch):
    before, seen = torch.get_num_threads(), []
    usual = torch.set_num_threads
    monkeypatch.setattr(torch, "set_num_threads", lambda n: (seen.append(n), usual(n)))
    found = sequences_per_second({"ours": LinearLTC(4, 3)}, Size(2, 5, 4), 2, threads=2)
    assert len(found["ours"]) == 2 and min(found["ours"]) > 0
    assert seen == [2, before] and torch.get_num_threads() == before
