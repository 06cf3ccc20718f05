"""Windows beyond memory: piece by piece, on disk, the same to the bit, and memory stays flat."""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from lnnlab import paths, store
from lnnlab.data import chunks, load, make_splits
from lnnlab.data.augment import Augmentation, augment
from lnnlab.data.dataset import _content
from lnnlab.experiments.augmented import augmented
from lnnlab.experiments.features import features
from lnnlab.experiments.growth import GROWTH, clips, growth
from lnnlab.experiments.keyword_recipes import sound_recipe
from lnnlab.experiments.recipes import recipe
from lnnlab.experiments.run import Run
from lnnlab.experiments.work import Work
from lnnlab.features import FeatureSpec, extract
from lnnlab.models import build
from lnnlab.training import Versions


@pytest.fixture
def small(monkeypatch, tmp_path):
    """Everything but a few windows is beyond memory."""
    monkeypatch.setattr(chunks, "LARGE_BYTES", 2**16)
    monkeypatch.setattr(chunks, "CHUNK", 7)
    monkeypatch.setenv("LNNLAB_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def made(tmp_path):
    dataset = clips(60, tmp_path)
    return replace(dataset, part=np.array(["train", "validation", "test"])[np.arange(60) // 20])


def test_pieces_make_up_the_rows_and_files_are_let_go(tmp_path):
    x = np.arange(60.0).reshape(20, 3)
    rows = np.random.default_rng(0).permutation(20)
    path = tmp_path / "x.npy"
    np.save(path, x)
    for array in (x, np.load(path, mmap_mode="r"), np.load(path, mmap_mode="r")[:, :]):
        assert np.array_equal(np.concatenate([*chunks.pieces(array, rows, 7)]), x[rows])
        chunks.let_go(array)
        assert np.array_equal(array, x)  # it comes back


def test_a_streamed_array_is_the_file_of_a_whole_one(tmp_path):
    x = np.random.default_rng(0).normal(size=(10, 4, 3)).astype(np.float32)
    given = store.Streamed(x.shape, np.float32, (x[k : k + 4] for k in range(0, 10, 4)))
    kept = store.kept({"name": "x"}, lambda: given, store.ARRAY, tmp_path)
    np.save(tmp_path / "whole.npy", x)
    (path,) = tmp_path.glob("x-*.npy")
    assert path.read_bytes() == (tmp_path / "whole.npy").read_bytes()
    assert isinstance(kept, np.memmap) and np.array_equal(kept, x)


def test_a_corpus_is_hashed_the_same_in_pieces(small, made):
    digest = hashlib.sha256()
    for piece in _content(made.x):
        digest.update(piece)
    assert digest.hexdigest() == hashlib.sha256(np.array(made.x).tobytes()).hexdigest()
    assert replace(made, x=np.array(made.x)).hash == made.hash


def test_features_on_disk_are_those_in_memory(small, made):
    spec = sound_recipe("keyword_linear_ltc", made).features
    rows = np.random.default_rng(0).permutation(60)[:40]
    found = features(made, rows, spec)
    assert isinstance(found, np.memmap) and not found.flags.writeable
    assert np.array_equal(found, extract(np.array(made.x)[rows], spec))
    before = {each: each.stat().st_mtime_ns for each in (paths.cache() / "features").glob("*.npy")}
    features(made, rows, spec)
    features(made, rows[:39], spec)
    after = {each: each.stat().st_mtime_ns for each in (paths.cache() / "features").glob("*.npy")}
    assert before.items() < after.items() and len(after) == 2


def test_versions_made_in_pieces_are_those_made_at_once(small, made):
    split = make_splits(made, "official")[0]
    run = Run(made, split, sound_recipe("keyword_linear_ltc", made, versions=2), 0)
    found = augmented(run)
    for number, version in enumerate(found):
        x = augment(np.array(made.x)[split.train, :, 0], (), Augmentation(), made.rate_hz,
                    np.random.default_rng([1, number]))
        assert np.array_equal(version, extract(x[..., None], run.spec).astype(np.float16))


def test_an_epoch_reads_one_version_of_each_window():
    random = np.random.default_rng(0)
    given = Versions(random.normal(size=(3, 20, 4, 2)).astype(np.float16), np.arange(20) % 3,
                     random.random((3, 20, 3)))
    drawn = given.for_epoch(np.random.default_rng(5))
    version, rows = np.random.default_rng(5).integers(3, size=20), np.array([4, 0, 19])
    x, y, _ = drawn.batch(rows)
    assert np.array_equal(x, given.x[version[rows], rows].astype(np.float32))
    assert np.allclose(y[:, 1], given.teacher[version[rows], rows])


@pytest.mark.parametrize("seed", [0, 1])
def test_constants_of_many_windows_are_those_of_all_at_once(seed, monkeypatch):
    x = (np.random.default_rng(seed).normal(size=(50, 9, 4)) * [1, 5, 0.1, 3] + 7).astype(
        np.float32)
    found = []
    for limit in (2**29, 0):
        monkeypatch.setattr(chunks, "LARGE_BYTES", limit)
        network = build("linear_ltc", 4, 3)
        network.fit_standardiser(x)
        found.append((network.offset.numpy(), network.scale.numpy()))
    np.testing.assert_allclose(*found, rtol=1e-6)


def test_full_scale_of_many_windows_is_that_of_all(monkeypatch):
    dataset = load("bearing_sim", windows_per_recording=2)
    split = make_splits(dataset, "load")[0]
    run = Run(dataset, split, recipe("linear_ltc", dataset), 0)
    wanted = run.spec.full_scale
    monkeypatch.setattr(chunks, "LARGE_BYTES", 0)
    monkeypatch.setattr(chunks, "CHUNK", 7)
    assert Run(dataset, split, run.recipe, 0).spec.full_scale == wanted


FLAT = """
import json, sys
from pathlib import Path
from lnnlab.data import chunks
from lnnlab.experiments import growth, training
training.CALIBRATION_WINDOWS = training.CHECK_WINDOWS = 8
chunks.LARGE_BYTES, chunks.CHUNK, growth.CHUNK = 2**20, 64, 64
growth.measured_here(800, Path(sys.argv[1]), versions=1)
before = growth.held_bytes()
found = growth.measured_here(2600, Path(sys.argv[1]), versions=1)
print(json.dumps(found | {"more": growth.held_bytes() - before}))
"""


def test_memory_stays_flat_from_eight_hundred_clips_on(tmp_path):
    """115 MB more of windows and 28 MB more of features, of which a process holds pieces; with
    fewer clips batches are not full, and grow."""
    environment = os.environ | {
        "LNNLAB_CACHE": str(tmp_path / "cache"), "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(paths.ROOT)}
    done = subprocess.run([sys.executable, "-c", FLAT, tmp_path], env=environment, text=True,
                          capture_output=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["features"] == "on disk" and found["clip_bytes"] == 166_400_000
    assert found["more"] < 40_000_000


def test_growth_is_measured_once_and_leaves_nothing(tmp_path, monkeypatch):
    calls = []

    def measured(count):
        calls.append(count)
        return {"clips": count, "seconds": {"clips": 1.0, "hash": 0.5}, "peak_bytes": 2e9,
                "clip_bytes": 64_000 * count, "features": "in memory"}

    monkeypatch.setattr("lnnlab.experiments.growth.in_a_process", measured)
    rows = growth([10, 20], Work(tmp_path))
    assert growth([20], Work(tmp_path)) == rows[1:] and calls == [10, 20]
    assert rows[0]["seconds"] == 0.5 and rows[0]["peak_gb"] == 2 and GROWTH == "corpus_growth"


@pytest.mark.parametrize("spec", [
    FeatureSpec(kind="raw", frame=8, hop=4), FeatureSpec(frame=64, hop=32, bands=16),
    FeatureSpec(kind="acf", frame=64, hop=64, lags=8, stride=1, mean=False, headroom=4.0),
    *(FeatureSpec(kind, frame=256, hop=160, bands=20, mel={"rate_hz": 8000.0, "low_hz": 60.0,
                                                          "high_hz": 3800.0})
      for kind in ("log_mel", "mfcc", "pcen")),
], ids=lambda spec: spec.kind)
def test_features_of_windows_are_those_of_each_piece(spec, monkeypatch):
    x = np.random.default_rng(0).normal(size=(23, 1600, 2)).astype(np.float32)
    x = x[..., :1] if spec.mel else x
    whole = extract(x, spec)
    monkeypatch.setattr("lnnlab.features.CHUNK", 5)
    assert np.array_equal(extract(x, spec), whole)
