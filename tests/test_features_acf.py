"""Autocorrelation features against scipy's correlation, and what they say of known signals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from lnnlab.errors import UserError
from lnnlab.features import FeatureSpec, extract


def scipys(x, spec):
    """r_0 … r_lags of one frame: the frame against itself where products are taken."""
    found = []
    for k in range(spec.lags + 1):
        chosen = np.zeros(spec.frame)
        for first in range(0, spec.frame - spec.lags, 2 * spec.stride):
            chosen[first + k % 2 : first + k % 2 + 2] = 1
        found.append(signal.correlate(x, x * chosen, mode="full")[spec.frame - 1 + k])
    return np.array(found), chosen.sum()


@given(st.integers(0, 2**31), st.sampled_from([8, 16, 24, 32]), st.integers(1, 5),
       st.integers(1, 2), st.booleans())
@settings(max_examples=40)
def test_features_are_scipys_correlations(seed, lags, stride, channels, mean):
    random = np.random.default_rng(seed)
    spec = FeatureSpec("acf", block=2 * int(random.integers(lags // 2 + 5, 60)), lags=lags,
                       stride=stride, mean=mean, full_scale=2.0)
    x = random.normal(0.1, 0.4, (2, 3 * spec.frame, channels))
    got = extract(x, spec).reshape(2, 3, channels, spec.per_channel)
    for window in range(2):
        for step in range(3):
            for channel in range(channels):
                frame = np.clip(x[window, step * spec.frame :][: spec.frame, channel] / 2, -1, 1)
                r, count = scipys(np.clip(frame - mean * frame.mean(), -1, 1), spec)
                wanted = [np.log2(r[0] / count), *np.clip(r[1:] / r[0], -1, 1)]
                wanted += [frame.mean()] * mean
                np.testing.assert_allclose(got[window, step, channel], wanted, atol=2e-6)


def test_a_tones_correlations_are_a_cosine():
    spec = FeatureSpec("acf", block=1024, lags=32, stride=3)
    t = np.arange(1024)
    x = 0.5 * np.sin(0.7 * t)[None, :, None]
    level, *ratios = extract(x, spec)[0, 0]
    assert level == pytest.approx(np.log2(0.5**2 / 2), abs=0.02)
    np.testing.assert_allclose(ratios, np.cos(0.7 * np.arange(1, 33)), atol=0.03)


def test_level_alone_hears_the_gain():
    spec = FeatureSpec("acf", block=256)
    x = np.random.default_rng(0).normal(0, 0.05, (1, 1024, 1))
    quiet, loud = extract(x, spec), extract(4 * x, spec)
    np.testing.assert_allclose(loud[..., 0] - quiet[..., 0], 4, atol=1e-5)
    np.testing.assert_allclose(loud[..., 1:], quiet[..., 1:], atol=1e-6)


def test_a_standing_acceleration_is_the_means_alone():
    plain, with_mean = (FeatureSpec("acf", block=128, mean=each) for each in (False, True))
    x = np.random.default_rng(1).normal(0, 0.05, (1, 128, 2))
    moved = x + [0.3, -0.2]
    size = plain.per_channel
    still, tilted = (extract(each, with_mean).reshape(2, size + 1) for each in (x, moved))
    np.testing.assert_allclose(tilted[:, :size], still[:, :size], atol=1e-5)
    np.testing.assert_allclose(tilted[:, size] - still[:, size], [0.3, -0.2], atol=1e-6)
    assert extract(moved, plain).reshape(2, size)[:, 1:].min() > 0.8  # the offset drowns the rest


def test_what_is_left_out_leaves_the_rest():
    x = np.random.default_rng(2).normal(0.2, 0.05, (2, 128, 2))
    for mean in (False, True):
        whole, shape = (extract(x, FeatureSpec("acf", block=128, mean=mean, relative=each))
                        for each in (False, True))
        own = whole.reshape(2, 1, 2, -1)
        np.testing.assert_array_equal(shape.reshape(2, 1, 2, -1), own[..., 1:])
    removed = extract(x, FeatureSpec("acf", block=128, mean="removed")).reshape(2, 1, 2, -1)
    np.testing.assert_array_equal(removed, own[..., :-1])


def test_silence_is_quiet_and_has_no_shape():
    spec = FeatureSpec("acf", block=64, lags=8, stride=1)
    level, *ratios = extract(np.zeros((1, 64, 1)), spec)[0, 0]
    assert level == pytest.approx(-30 - np.log2(56)) and not any(ratios)


def test_a_block_says_frame_and_hop_and_is_no_field():
    spec = FeatureSpec(kind="acf", block=512, lags=16, stride=2, headroom=4)
    assert (spec.frame, spec.hop, spec.frames(1024)) == (512, 512, 2)
    assert FeatureSpec(**spec.as_dict()) == spec and "block" not in spec.as_dict()
    assert FeatureSpec("raw", block=4) == FeatureSpec("raw", 4, 4)


def test_full_scale_has_the_headroom_that_was_asked_for():
    x = np.array([[[-3.0], [2.0]]])
    assert FeatureSpec("acf", block=64, headroom=2).scaled_to(x).full_scale == 2 * 1.25 * 3
    assert FeatureSpec().scaled_to(x).full_scale == 1.25 * 3


def test_records_of_other_kinds_keep_their_keys():
    names = {"kind", "frame", "hop", "bands", "spacing", "floor", "relative", "full_scale"}
    assert set(FeatureSpec().as_dict()) == set(FeatureSpec("raw", 4, 4).as_dict()) == names
    assert list(FeatureSpec("pcen").as_dict())[-1] == "mel"
    own = {"lags", "stride", "mean", "headroom"}
    assert set(FeatureSpec("acf").as_dict()) == names | own


@pytest.mark.parametrize("wrong, message", [
    ({"block": 511}, "block 511: acf takes samples in pairs"),
    ({"block": 16}, "block 16: shorter than its 16 lags"),
    ({"lags": 40, "block": 512}, "lags 40: choose 8, 16, 24 or 32"),
    ({"lags": 0, "block": 512}, "lags 0: choose 8"),
    ({"stride": 0, "block": 512}, "stride 0: choose 1 to 256"),
    ({"stride": 257, "block": 512}, "stride 257: choose 1 to 256"),
    ({"headroom": 0, "block": 512}, "headroom 0: choose a number above zero"),
    ({"kind": "log_bands", "lags": 8}, "'log_bands' takes no lags"),
    ({"kind": "raw", "mean": True}, "'raw' takes no mean"),
])
def test_a_wrong_spec_is_refused(wrong, message):
    with pytest.raises(UserError, match=message):
        FeatureSpec(**{"kind": "acf"} | wrong)


@pytest.mark.parametrize(("given", "said"), [
    ({"stride": 1.5}, "stride 1.5: must be a whole number"), ({"mean": "yes"}, "choose True"),
    ({"block": 64.0}, "frame 64.0: must be a whole number"),
    ({"relative": "no"}, "relative 'no': choose True or False$"),
    ({"mean": "remove"}, "mean 'remove': choose True or False or 'removed'"),
    ({"full_scale": float("nan")}, "full_scale nan"), ({"full_scale": "1"}, "full_scale '1'"),
    ({"headroom": "4"}, "headroom '4': must be a number"),
    ({"headroom": float("inf")}, "headroom inf: must be a number"),
    ({"relative": None}, "relative None: choose True or False$"),
    ({"average": None}, "average None: must be a whole number"),
])
def test_values_of_another_kind_are_one_line(given, said):
    with pytest.raises(UserError, match=said):
        FeatureSpec("acf", **given)
