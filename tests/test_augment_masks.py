"""Hidden stretches of features: what is hidden holds the mean, and nothing else changes."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lnnlab.data import augment, load, make_splits
from lnnlab.data.augment import MASKS, WHOLE, Augmentation, masked
from lnnlab.experiments import Budget
from lnnlab.experiments.augmented import augmented
from lnnlab.experiments.event_recipes import event_family
from lnnlab.experiments.probes import front_end_key
from lnnlab.experiments.run import Run


def stretches(hidden: np.ndarray) -> int:
    """How many runs of True there are."""
    return int(np.sum(np.diff(np.r_[0, hidden.astype(int), 0]) == 1))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 1000), st.integers(1, 12),
       st.integers(1, 12))
def test_only_stretches_change_and_hold_the_mean(bands, frames, seed, length, width):
    x = np.random.default_rng(seed).normal(size=(5, length, width)).astype(np.float16)
    before = x.copy()
    random = np.random.default_rng(seed)
    y = masked(x, Augmentation(masked_bands=bands, masked_frames=frames), random)
    np.testing.assert_array_equal(x, before)
    mean = x.mean(axis=(0, 1), dtype=float).astype(np.float16)
    for old, new in zip(x, y, strict=True):
        hidden = new == mean
        rows, columns = hidden.all(axis=1), hidden.all(axis=0)
        np.testing.assert_array_equal(new, np.where(rows[:, None] | columns, mean, old))
        if not rows.all() and not columns.all():  # else one kind hides the other
            assert stretches(rows) <= MASKS and rows.sum() <= MASKS * frames
            assert stretches(columns) <= MASKS and columns.sum() <= MASKS * bands
    if not bands and not frames:
        assert y is x and random.random() == np.random.default_rng(seed).random()


def test_widths_are_even_and_some_clips_stay_whole():
    x = np.random.default_rng(0).normal(size=(4000, 30, 20)).astype(np.float32)
    y = masked(x, Augmentation(masked_bands=4), np.random.default_rng(1))
    widths = (y != x).all(axis=1).sum(axis=1)  # bands hidden a clip
    whole = WHOLE + (1 - WHOLE) / 25  # left out, or two masks of no width
    assert np.mean(widths == 0) == pytest.approx(whole, abs=0.025)
    alone = masked(x, Augmentation(masked_frames=4), np.random.default_rng(1))
    assert (alone != x).any(axis=(1, 2)).mean() == pytest.approx(1 - whole, abs=0.025)
    assert not (alone != x).all(axis=1).any()


def test_features_hold_the_masks_and_a_probe_tells_them(tmp_path, monkeypatch):
    dataset = load("event_sim")
    split = make_splits(dataset, "fold")[0]
    split = replace(split, train=split.train[:12])
    recipe = replace(event_family("lnn_small", dataset)[0], versions=2)

    def run(bands, frames):
        own = recipe.augmentation | {"masked_bands": bands, "masked_frames": frames}
        return Run(dataset, split, replace(recipe, augmentation=own), 0, Budget(1))

    hidden, plain = (np.asarray(augmented(run(*each), folder=tmp_path / str(each[0])))
                     for each in ((6, 12), (0, 0)))
    for version in (0, 1):  # the waveforms beneath are the same
        kept = hidden[version] == plain[version]
        assert 0.5 < kept.mean() < 1.0
        whole = kept.all(axis=(1, 2))
        assert 0 < whole.sum() < len(whole)
    keys = {front_end_key(run(*each)) for each in ((6, 12), (5, 12), (0, 0))}
    assert len(keys) == 3
    before = front_end_key(run(6, 12)), front_end_key(run(0, 0))
    monkeypatch.setattr(augment, "WHOLE", 0.9)
    assert front_end_key(run(6, 12)) != before[0] and front_end_key(run(0, 0)) == before[1]
    assert "masked_bands" not in Augmentation().as_dict()
    assert Augmentation.read(Augmentation(masked_bands=6).as_dict()) == Augmentation(masked_bands=6)
