"""Features against scipy, and the properties that a fixed-point port relies on."""

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
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


MEL_SPEC = {"frame": 512, "hop": 320, "bands": 40, "floor": 1e-18}


def sounds(seed: int = 0) -> np.ndarray:
    """Two seconds of noise whose level steps, and a chirp; (2, time, 1)."""
    random = np.random.default_rng(seed)
    t = np.arange(32000) / 16000
    noise = random.normal(0, 0.01, t.size) * (1 + 9 * (t > 0.7))
    chirp = 0.3 * signal.chirp(t, 100, 2, 7000) + random.normal(0, 1e-3, t.size)
    return np.stack([noise, chirp])[..., None]


def librosas_mel_power(x: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """(window, band, frame) in the unit of this package."""
    power = librosa.feature.melspectrogram(
        y=x[..., 0], sr=16000, n_fft=spec.frame, hop_length=spec.hop, center=False, window="hann",
        n_mels=spec.bands, fmin=spec.mel.low_hz, fmax=spec.mel.high_hz, htk=True, norm=None,
    )
    return power * 2 / (spec.frame * np.sum(signal.get_window("hann", spec.frame) ** 2))


def test_log_mel_and_mfcc_equal_librosas() -> None:
    x, spec = sounds(), FeatureSpec("log_mel", **MEL_SPEC)
    decibels = librosa.power_to_db(librosas_mel_power(x, spec), amin=1e-30, top_db=None)
    octaves = decibels / (10 * np.log10(2))  # log2 of the power
    np.testing.assert_allclose(extract(x, spec), octaves.swapaxes(1, 2), atol=1e-4)
    cepstral = librosa.feature.mfcc(S=octaves, n_mfcc=13)
    got = extract(x, FeatureSpec("mfcc", **MEL_SPEC))
    np.testing.assert_allclose(got, cepstral.swapaxes(1, 2), atol=1e-4)


@pytest.mark.parametrize("exponent, root", [(0.8, 0.5), (0.98, 0.25)])
def test_pcen_equals_librosas(exponent: float, root: float) -> None:
    mel = {"exponent": exponent, "root": root}
    spec = FeatureSpec("pcen", **MEL_SPEC | {"floor": 1e-5 / 2**30}, mel=mel)
    power = 2.0**30 * librosas_mel_power(sounds(), spec)
    s = spec.mel.smoothing
    wanted = librosa.pcen(
        power, b=s, gain=exponent, bias=2.0, power=root, eps=1e-5, axis=-1,
        zi=(1 - s) * power[..., :1],
    )
    np.testing.assert_allclose(extract(sounds(), spec), wanted.swapaxes(1, 2), atol=1e-4)


@given(cut=st.integers(512, 20000), kind=st.sampled_from(["log_mel", "mfcc", "pcen"]))
@settings(max_examples=20)
def test_mel_features_of_a_prefix_are_a_prefix(cut: int, kind: str) -> None:
    spec, x = FeatureSpec(kind, **MEL_SPEC), sounds()[:, :20000]
    count = spec.frames(cut)
    np.testing.assert_allclose(extract(x[:, :cut], spec), extract(x, spec)[:, :count], atol=1e-6)


def test_pcen_takes_the_level_of_a_steady_sound_away() -> None:
    random = np.random.default_rng(3)
    x = random.normal(0, 0.05, (1, 48000, 1))
    quiet, loud = (extract(g * x, FeatureSpec("pcen", **MEL_SPEC, mel={"exponent": 1.0}))
                   for g in (0.1, 1.0))
    np.testing.assert_allclose(quiet, loud, atol=1e-3)


@pytest.mark.parametrize("given_, message", [
    ({"kind": "pcen", "frame": 512, "bands": 40, "mel": {"smoothing": 0.025}}, "power of two"),
    ({"kind": "log_mel", "frame": 512, "bands": 40, "mel": {"high_hz": 9000}}, "half the rate"),
    ({"kind": "mfcc", "frame": 512, "bands": 10}, "coefficients 13: choose 1 to 10"),
    ({"kind": "raw", "mel": {"low_hz": 20}}, "takes no mel settings"),
])
def test_wrong_mel_settings_are_refused(given_: dict, message: str) -> None:
    with pytest.raises(UserError, match=message):
        FeatureSpec(**given_)


def test_a_filter_without_a_bin_is_refused() -> None:
    spec = FeatureSpec("log_mel", frame=64, hop=64, bands=30)
    with pytest.raises(UserError, match="filter 0 holds no FFT bin"):
        extract(np.zeros((1, 100, 1)), spec)


def test_specs_without_mel_keep_their_record() -> None:
    assert "mel" not in FeatureSpec().as_dict()
    spec = FeatureSpec("pcen", **MEL_SPEC)
    assert FeatureSpec(**spec.as_dict()) == spec
