"""SI-SDR by its definition, STOI and its refusals, means over groups."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_1samp

from lnnlab.errors import UserError
from lnnlab.scoring.means import mean_over_groups
from lnnlab.scoring.speech import si_sdr_db, stoi

SEEDS = st.integers(0, 2**31)


def noise(seed, count=4000):
    return np.random.default_rng(seed).normal(0, 0.1, count)


@given(SEEDS, st.floats(-20, 40), st.floats(0.01, 100))
def test_noise_at_right_angles_has_the_ratio_it_was_made_with(seed, ratio_db, scale):
    clean, other = noise(seed), noise(seed + 1)
    other -= clean * (other @ clean) / (clean @ clean)
    other *= np.linalg.norm(clean) / np.linalg.norm(other) / 10 ** (ratio_db / 20)
    assert si_sdr_db(clean, scale * (clean + other)) == pytest.approx(ratio_db, abs=1e-6)


@given(SEEDS, st.integers(1, 1000))
def test_it_is_the_best_scale_by_least_squares(seed, further):
    clean, heard = noise(seed), noise(seed + further) + 0.5 * noise(seed)
    scale = np.linalg.lstsq(clean[:, None], heard, rcond=None)[0][0]
    expected = 20 * np.log10(np.linalg.norm(scale * clean) / np.linalg.norm(heard - scale * clean))
    assert si_sdr_db(clean, heard) == pytest.approx(expected, abs=1e-6)


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(UserError, match="9 clean samples and 8 others: align"):
        si_sdr_db(np.ones(9), np.ones(8))
    with pytest.raises(UserError, match="silent throughout"):
        si_sdr_db(np.zeros(100), np.ones(100))
    with pytest.raises(UserError, match="less than 384 ms of speech"):
        stoi(noise(0, 3000), noise(0, 3000), 16_000)


def test_stoi_falls_with_noise_and_is_1_of_itself():
    clean = noise(0, 32_000) * np.repeat(np.random.default_rng(3).uniform(0.1, 1, 40), 800)
    quiet, loud = clean + 0.05 * noise(1, 32_000), clean + noise(1, 32_000)
    assert stoi(clean, clean, 16_000) == pytest.approx(1, abs=1e-6)
    assert 1 > stoi(clean, quiet, 16_000) > stoi(clean, loud, 16_000)


def test_groups_of_one_item_give_students_interval():
    values = noise(5, 60) + 0.02
    found = mean_over_groups(values, np.arange(60))
    low, high = ttest_1samp(values, 0).confidence_interval(0.95)
    assert found.value == pytest.approx(values.mean()) and found.groups == 60
    np.testing.assert_allclose((found.low, found.high), (low, high), atol=0.1 * (high - low))


def test_groups_count_whole_and_seeds_are_averaged():
    groups = np.repeat(np.arange(8), 10)
    shared = np.repeat(noise(6, 8), 10)  # items of a group are alike
    found = mean_over_groups(np.stack([shared + 1, shared - 1]), groups)
    single = mean_over_groups(noise(6, 8), np.arange(8))
    assert (found.low, found.high) == pytest.approx((single.low, single.high))
    assert not mean_over_groups(np.array([1.0, 2.0]), np.array(["a", "b"])).told
