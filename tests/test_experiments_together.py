"""Runs that train as a stack have the records of one by one; on the CPU none does."""

from dataclasses import replace

import numpy as np
import pytest

from lnnlab.data import load, make_splits
from lnnlab.experiments import Benchmark, Budget, Run, Work, benchmark, recipe
from lnnlab.experiments import trained as networks
from lnnlab.experiments.trained import MOST_STACKED, stacks
from lnnlab.models.saved import load as load_network
from lnnlab.training import together


@pytest.fixture(scope="module")
def dataset():
    return load("bearing_sim", windows_per_recording=2)


@pytest.fixture
def stacking(monkeypatch):
    """The CPU counts as the device whose runs train together."""
    monkeypatch.setattr(networks, "CUDA", "cpu")


def rows(dataset):
    usual = recipe("linear_ltc", dataset)
    faster = replace(usual, config=usual.config | {"learning_rate": 1e-2}, variant="faster")
    return [[usual], [faster], [recipe("lstm", dataset)], [recipe("majority", dataset)]]


def made(dataset, folder):
    return benchmark(Benchmark(dataset, "load", (0, 1), Budget(2)), rows(dataset),
                     Work(folder, progress=False))


def test_records_are_those_of_one_by_one(dataset, tmp_path, monkeypatch, request):
    alone = made(dataset, tmp_path / "alone")
    request.getfixturevalue("stacking")
    sizes, usual = [], together._train
    monkeypatch.setattr(together, "_train", lambda fits, shown: (
        sizes.append(len(fits)), usual(fits, shown)))
    found = made(dataset, tmp_path / "together")
    assert sum(sizes) == 2 * 2 * len({each.fold for each in alone})  # all of LinearLTC
    assert max(sizes) > 2
    for one, other in zip(found, alone, strict=True):
        assert (one.run.key, one.label, one.stale) == (other.run.key, other.label, "")
        assert set(one.results) == set(other.results)
        np.testing.assert_allclose(
            [*one.results.get("history", {}).values()],
            [*other.results.get("history", {}).values()], rtol=2e-3)
        assert one.test.accuracy == pytest.approx(other.test.accuracy, abs=0.05)
        if not one.run.null:
            names = [networks.place_of(each.run, tmp_path / place / networks.FOLDER) for each, place
                     in ((one, "together"), (other, "alone"))]
            saved = [load_network(each) for each in names]
            assert saved[0].origin["basis"] == saved[1].origin["basis"]
    before = (tmp_path / "together/records/vibration_benchmark.jsonl").read_bytes()
    made(dataset, tmp_path / "together")  # nothing is made again
    assert (tmp_path / "together/records/vibration_benchmark.jsonl").read_bytes() == before
    assert not list((tmp_path / "together/networks").glob("*.checkpoint"))


def test_only_runs_of_one_shape_on_cuda_are_grouped(dataset, monkeypatch):
    splits = make_splits(dataset, "load")
    usual, faster, lstm, majority = (each[0] for each in rows(dataset))
    runs = [Run(dataset, splits[0], usual, 0), Run(dataset, splits[1], usual, 1),
            Run(dataset, splits[0], faster, 0), Run(dataset, splits[0], lstm, 0),
            Run(dataset, splits[0], majority, 0), Run(dataset, splits[0], usual, 0, Budget(3)),
            Run(dataset, splits[0], replace(usual, options={"units": 4}), 0)]
    assert stacks(runs) == [[k] for k in range(7)]  # on the CPU
    monkeypatch.setattr(networks, "CUDA", "cpu")
    assert stacks(runs) == [[0, 1, 2], [3], [4], [5], [6]]
    many = [Run(dataset, splits[0], usual, seed) for seed in range(MOST_STACKED + 3)]
    assert [len(each) for each in stacks(many)] == [MOST_STACKED, 3]
