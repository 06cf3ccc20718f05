"""Features against scipy, and the properties that a fixed-point port relies on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal

from lnnlab.errors import UserError
from lnnlab.features import FeatureSpec, band_edges, extract, extract_timespans


@pytest.mark.parametrize("frame, hop, bands", [(64, 64, 16), (64, 32, 32), (256, 100, 20)])
def test_band_powers_equal_scipys_spectrogram(frame: int, hop: int, bands: int) -> None:
    spec = FeatureSpec(frame=frame, hop=hop, bands=bands, full_scale=2.0)
    x = np.random.default_rng(0).normal(0, 0.3, (3, 1000, 2))
    _, _, density = signal.spectrogram(
        x / 2.0, window=signal.get_window("hann", frame), nperseg=frame, noverlap=frame - hop,
        detrend=False, axis=1,
    )  # (window, bin, channel, frame)
    edges = band_edges(spec)
    expected = np.stack(
        [density[:, a:b].sum(axis=1) / frame for a, b in zip(edges[:-1], edges[1:], strict=True)]
    )  # (band, window, channel, frame)
    expected = np.log2(expected.transpose(1, 3, 2, 0) + spec.floor).reshape(3, -1, 2 * bands)
    np.testing.assert_allclose(extract(x, spec), expected, rtol=1e-5, atol=1e-5)


def test_the_bands_of_white_noise_add_up_to_its_variance() -> None:
    x = np.random.default_rng(1).normal(0, 0.1, (200, 1024, 1))
    total = (2.0 ** extract(x, FeatureSpec())).sum(axis=-1).mean()
    assert total == pytest.approx(0.01 * 31.5 / 32, rel=0.02)  # bin 0 left out, Nyquist halved


@given(gain=st.floats(0.25, 4.0))
def test_relative_bands_do_not_hear_the_level(gain: float) -> None:
    x = np.random.default_rng(4).normal(0, 0.05, (2, 256, 2))
    spec = FeatureSpec(relative=True, floor=1e-15)
    np.testing.assert_allclose(extract(gain * x, spec), extract(x, spec), atol=1e-4)


@given(
    log_frame=st.integers(2, 9),
    share=st.floats(0.01, 1.0),
    spacing=st.sampled_from(["linear", "log"]),
)
def test_bands_cover_every_bin_but_the_first_once(log_frame, share, spacing) -> None:
    bins = 2**log_frame // 2
    spec = FeatureSpec(frame=2**log_frame, bands=max(1, int(share * bins)), spacing=spacing)
    edges = band_edges(spec)
    assert edges[0] == 1 and edges[-1] == bins + 1
    assert (np.diff(edges) >= 1).all()


@given(frame=st.sampled_from([1, 8, 64]), hop=st.integers(1, 80), cut=st.integers(64, 300))
def test_a_frame_depends_on_no_later_sample(frame: int, hop: int, cut: int) -> None:
    """Features of a prefix are a prefix of the features: what a stream needs."""
    kind = "log_bands" if frame == 64 else "raw"
    spec = FeatureSpec(kind=kind, frame=frame, hop=hop)
    x = np.random.default_rng(2).normal(size=(1, 300, 1))
    whole, prefix = extract(x, spec), extract(x[:, :cut], spec)
    assert prefix.shape[1] == spec.frames(cut)
    np.testing.assert_array_equal(prefix, whole[:, : prefix.shape[1]])


def test_raw_frames_keep_samples_and_saturate_at_full_scale() -> None:
    x = np.array([0.5, -4.0, 1.0, 9.0]).reshape(1, 4, 1)
    frames = extract(x, FeatureSpec(kind="raw", frame=2, hop=2, full_scale=2.0))
    np.testing.assert_array_equal(frames, [[[0.25, -1.0], [0.5, 1.0]]])


def test_timespans_of_frames_add_up_to_the_elapsed_time() -> None:
    timespans = np.random.default_rng(3).uniform(0.1, 2.0, (4, 40))
    spec = FeatureSpec(kind="raw", frame=8, hop=8)
    spans = extract_timespans(timespans, spec)
    np.testing.assert_allclose(spans, timespans.reshape(4, 5, 8).sum(axis=2), rtol=1e-6)
    with pytest.raises(UserError, match="constant rate"):
        extract_timespans(timespans, FeatureSpec(frame=8, bands=4))


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"kind": "log_band"}, "did you mean 'log_bands'"),
        ({"frame": 60}, "power of two"),
        ({"bands": 33}, "choose 1 to 32"),
        ({"full_scale": 0.0}, "above zero"),
    ],
)
def test_a_wrong_spec_is_refused(wrong: dict, message: str) -> None:
    with pytest.raises(UserError, match=message):
        FeatureSpec(**wrong)


def test_a_window_shorter_than_a_frame_is_refused() -> None:
    with pytest.raises(UserError, match="window of 63 samples is shorter than a frame of 64"):
        extract(np.zeros((1, 63, 1)), FeatureSpec())
