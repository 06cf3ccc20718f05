"""Sound from attenuated spectra in integers, against scipy's short-time transforms."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from scipy.signal import istft, stft
from test_runtime_denoise import FRAMES, denoiser

from lnnlab.errors import UserError
from lnnlab.features import FeatureSpec
from lnnlab.features.bands import window_of
from lnnlab.integer import Gains, denoised, less, synthesis
from lnnlab.integer.arithmetic import checked
from lnnlab.integer.mel import chain
from lnnlab.integer.restraint import shares

ALL, HARD = Gains(), Gains(32768, 1, 0, 65535)


def speech(words, peak, hop):
    """Some seconds of words, int16 (time,), behind a hop of silence and in whole hops."""
    x = words[0].x[:6, :, 0].reshape(-1)
    samples = np.round(x / np.abs(x).max() * peak).astype(np.int16)
    return np.concatenate([np.zeros(hop, np.int16), samples[: len(samples) // hop * hop]])


def wandering(frames, bands, seed=0):
    """Logits in Q8 that go up and down over all gains."""
    steps = np.random.default_rng(seed).normal(0, 200, (frames, bands))
    return 1500 * np.sin(np.cumsum(steps, axis=0) / 1500)


def by_scipy(samples, removed, features):
    """The same with floats: frames by stft, bins times gains, istft."""
    n = features.spec.frame
    window = np.sin(np.pi * (np.arange(n) + 0.5) / n)
    _, _, spectrum = stft(samples, window=window, nperseg=n, boundary=None, padded=False)
    gains = 1 - synthesis.by_bins(removed, features.filters, n // 2 + 1) * 1.5 / 32768
    _, made = istft(spectrum * gains.T, window=window, nperseg=n, boundary=False)
    return made[: len(samples) - n // 2] * 1.0  # the last half lacks its second frame


def left_of(features, samples, removed, gains=ALL):
    return less(samples, synthesis.taken_away(features, samples, removed), gains)


def ratio_db(signal, error):
    return 10 * np.log10(np.mean(signal.astype(float) ** 2) / np.mean(error**2))


# frame, loudest sample → decibels between speech and the error, at least
BOUNDS = [(256, 32000, 53), (256, 3000, 50), (256, 300, 36), (64, 32000, 50), (512, 32000, 50),
          (1024, 32000, 48)]


@pytest.mark.parametrize("frame, peak, bound_db", BOUNDS)
def test_gains_of_bands_give_what_scipys_transforms_give(words, frame, peak, bound_db):
    features = denoiser(0, frame).features
    samples = speech(words, peak, frame // 2)
    logits = wandering(len(samples) // (frame // 2) - 1, features.spec.bands)
    removed = synthesis.removals(logits.astype(np.int64))
    with checked():
        made = left_of(features, samples, removed)
    wanted = by_scipy(samples, removed, features)
    used = slice(frame // 2, None)  # the first half hop of istft lacks the frame before
    assert len(made) == len(wanted)
    assert ratio_db(samples, made[used] - wanted[used]) > bound_db
    taken = samples[: len(made)] - made.astype(float)
    assert ratio_db(samples, taken) < 25


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("peak", [32767, 30])
def test_where_nothing_is_taken_every_bit_stays(words, frame, peak):
    features = denoiser(0, frame).features
    samples = speech(words, peak, frame // 2)
    none = np.zeros((len(samples) // (frame // 2) - 1, features.spec.bands), np.int64)
    assert_array_equal(left_of(features, samples, none), samples[: -frame // 2])


def test_where_all_is_taken_little_is_left(words):
    features = denoiser(0, 256).features
    samples = speech(words, 30000, 128)
    all_of_it = np.full((len(samples) // 128 - 1, features.spec.bands), -32768)
    left = left_of(features, samples, synthesis.removals(all_of_it))
    assert ratio_db(samples, left.astype(float)) > 45


@given(st.integers(0, 10**6), st.sampled_from(FRAMES))
@settings(max_examples=40)
def test_no_sound_and_no_gains_leave_a_register(seed, frame):
    random, features = np.random.default_rng(seed), denoiser(0, frame).features
    hop, bands = frame // 2, features.spec.bands
    worst = random.choice([-32768, 32767], 5 * hop)
    tone = 32767 * np.sign(np.sin(2 * np.pi * random.integers(hop) * np.arange(5 * hop) / frame))
    samples = np.where(random.random() < 0.5, worst, tone).astype(np.int16)
    logits = random.choice([-32768, 32767], (4, bands))
    with checked():
        left_of(features, samples, synthesis.removals(logits), HARD)


@pytest.mark.parametrize("frame", [8, 64, 256])
def test_the_sines_squares_add_up_and_weigh_as_hanns(frame):
    sine = window_of("sine", frame)
    np.testing.assert_allclose(sine[: frame // 2] ** 2 + sine[frame // 2 :] ** 2, 3 / 4)
    assert np.sum(sine**2) == pytest.approx(np.sum(window_of("hann", frame) ** 2))


def test_bins_follow_the_filters_slopes():
    spec = FeatureSpec("log_mel", 256, 128, 20, window="sine", mel={"low_hz": 300.0})
    filters = chain(spec)
    bands = np.arange(20) * 1000
    bins = synthesis.by_bins(bands[None], filters, 129)[0]
    assert (np.diff(bins) >= 0).all() and bins[0] == 0 and bins[-1] == 19000
    # halfway up a slope lies the mean of both filters
    peak = filters.starts[10]
    between = bins[filters.starts[9] : peak]
    assert ((between >= 7900) & (between <= 9100)).all()


def test_a_network_that_opens_all_gains_is_a_delay_of_a_hop():
    model = denoiser(0)
    silence = np.zeros(128 * 5, np.int16)
    assert not denoised(model, silence).any()
    samples = np.random.default_rng(0).integers(-9000, 9000, 128 * 9).astype(np.int16)
    shallow = denoised(model, samples, Gains(1))
    assert_array_equal(shallow[128:], samples[:-128])
    assert not shallow[:128].any()


def test_what_is_no_denoiser_or_no_hop_is_refused():
    model = denoiser(0)
    with pytest.raises(UserError, match="127 samples: give a hop of 128 or more"):
        denoised(model, np.zeros(127, np.int16))
    with pytest.raises(UserError, match="depth_q15 0: choose a whole number from 1 to 32768"):
        Gains(0)
    for name in ("hann", "sine"):
        spec = FeatureSpec("log_mel", 256, 64, 24, window=name)
        with pytest.raises(UserError, match="gains need (features|frames)"):
            denoised(_with(model, spec), np.zeros(512, np.int16))


# ---- less is taken where a sound is nearly clean ----


def steady(left, taken, hops=900, hop=128):
    """Noise of two levels, what is left and what is taken, int64 (hop, sample) each."""
    random = np.random.default_rng(0)
    taken = np.round(random.normal(0, taken, (hops, hop))).astype(np.int64)
    return np.round(random.normal(0, left, (hops, hop))).astype(np.int64) + taken, taken


@pytest.mark.parametrize("above_db, share", [(-6, 1.0), (6, 1.0), (12, 0.8), (20, 0.4), (40, 0.3)])
def test_the_share_falls_with_what_is_left_over_what_is_taken(above_db, share):
    x, taken = steady(100 * 10 ** (above_db / 20), 100)
    found = shares(x, taken, Gains.restrained(1.0, 0.3, 8.0, 0.05)) / 32768
    assert found[-300:].mean() == pytest.approx(share, abs=0.02)


def test_a_share_that_falls_moves_within_a_hop_and_no_sample_jumps():
    x, taken = np.zeros((6, 128), np.int64), np.full((6, 128), 1000, np.int64)
    x[:, :] = 9000
    left = less(x.astype(np.int16).reshape(-1), taken.astype(np.int16),
                Gains.restrained(1.0, 0.2, 6.0, 0.1)).astype(int)
    assert left[0] < left[-1] and np.abs(np.diff(left)).max() <= 8


def test_without_a_slope_the_share_is_the_depth():
    x, taken = steady(3000, 10, hops=20)
    assert (shares(x, taken, Gains(20000)) == 20000).all()
    left = less(x.astype(np.int16).reshape(-1), taken.astype(np.int16), Gains(16384))
    assert np.abs(left - (x - taken / 2).reshape(-1)).max() <= 0.5


@pytest.mark.parametrize("values, wrong", [
    ((20000, 20001, 0, 5), "shallow_q15 20001"), ((20000, 0, 0, 5), "shallow_q15 0"),
    ((20000, 5, 0, 0), "shallow_q15 5"), ((20000, 0, 7, 0), "from_q10 7"),
    ((20000, 5, 16385, 9), "from_q10 16385"), ((20000, 5, 0, 65536), "slope_q15 65536")])
def test_a_slope_without_ends_that_fit_is_refused(values, wrong):
    with pytest.raises(UserError, match=f"gains: {wrong}: choose a whole number"):
        Gains(*values)


def _with(model, spec):
    return replace(model, features=replace(model.features, spec=spec, tables=None, filters=None))
