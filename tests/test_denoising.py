"""Noise suppression from mixtures to a file: targets, rivals, training, scores, recordings."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.io import wavfile
from test_runtime_denoise import denoiser

from lnnlab.data.mixtures import Mixture
from lnnlab.data.noises import load_noises
from lnnlab.data.voices import Voice
from lnnlab.errors import UserError
from lnnlab.experiments.denoising import rivals, scores, targets, training
from lnnlab.experiments.denoising.material import Material, material_of
from lnnlab.experiments.denoising.recordings import denoise_file
from lnnlab.experiments.denoising.study import Counts, integer_of, study
from lnnlab.experiments.denoising.training import DenoisePlan, train

RATE = 16_000
SPEC = training.front()
SMALL = DenoisePlan(options={"channels": 8, "blocks": 1, "taps": 3, "memory": 1, "dropout": 0.0},
                    mixtures=12, validation=4, epochs=2)


def hum(seed, seconds=0.6):
    """A tone that swells, as a vowel does, (time,)."""
    time = np.arange(int(seconds * RATE)) / RATE
    pitch = 120 + 20 * (seed % 7)
    tones = sum(np.sin(2 * np.pi * k * pitch * time) / k for k in range(1, 12))
    return (0.2 * tones * np.sin(np.pi * time / seconds)).astype(np.float32)


def hiss(seed, seconds=3.0):
    return np.random.default_rng(seed).normal(0, 0.05, int(seconds * RATE)).astype(np.float32)


@pytest.fixture(scope="module")
def material():
    voices = {part: [Voice(hum(k + n), np.ones(len(hum(0)), bool), f"{part} {k % 3}")
                     for k in range(6)] for n, part in enumerate(("train", "validation", "test"))}
    noises = {part: [hiss(10 * n + k) for k in range(2)] for n, part in enumerate(voices)}
    return Material("hums", voices, noises, synthetic=True)


@pytest.fixture(scope="module")
def mixture(material) -> Mixture:
    return material.tests("test", 0, 1)[0]


# ---- targets ----


def test_ideal_gains_are_the_least_squares_solution(mixture):
    found = targets.ideal_gains(mixture.noisy[None], mixture.clean[None], SPEC, targets.GainRule())
    gains, weights = np.split(found[0], 2, axis=-1)
    y, s = (targets.spectra(each, SPEC)[100] for each in (mixture.noisy, mixture.clean))
    band = targets.filterbank(SPEC)[10]
    both = np.sqrt(band) * np.concatenate([[y.real], [y.imag]])
    wanted = np.sqrt(band) * np.concatenate([[s.real], [s.imag]])
    best = np.linalg.lstsq(both.reshape(-1, 1), wanted.reshape(-1), rcond=None)[0][0]
    assert gains[100, 10] == pytest.approx(np.clip(best, 0, 1), abs=1e-4)
    assert weights.min() > 0 and gains.min() >= 0 and gains.max() <= 1


def test_noise_alone_is_taken_away_and_speech_alone_is_kept():
    sound = hiss(0)[None]
    rule = targets.GainRule()
    of_noise = targets.ideal_gains(sound, 0 * sound, SPEC, rule)[..., : training.BANDS]
    of_speech = targets.ideal_gains(sound, sound, SPEC, rule)[..., : training.BANDS]
    assert not of_noise.any() and of_speech.min() > 0.999


def test_caution_counts_what_is_taken_of_speech():
    loss = targets.gain_loss(targets.GainRule(caution=3.0))
    truth = torch.cat([torch.full((1, 1, 2), 0.5), torch.ones(1, 1, 2)], dim=-1)
    low, high = (float(loss(torch.full((1, 1, 2), logit), truth)) for logit in (-1.0, 1.0))
    assert low == pytest.approx(high, rel=1e-5)  # a weighted mean of one kind alone
    mixed = torch.tensor([[[-1.0, 1.0]]])
    assert float(loss(mixed, truth)) == pytest.approx(low, rel=1e-5)


def test_gains_in_floats_are_those_of_the_integers():
    model, sound = denoiser(3), hiss(4, 0.5).astype(np.float64) * 8
    spec = model.features.spec
    by_twin = scores.integer_denoiser(model)(sound[: len(sound) // 128 * 128])
    ones = np.ones((len(by_twin) // spec.hop, spec.bands))
    kept = targets.applied(sound[: len(by_twin)], ones, spec)
    np.testing.assert_allclose(kept[spec.hop :], sound[: len(by_twin) - spec.hop], atol=1e-9)


# ---- rivals ----


@pytest.mark.parametrize("rival", rivals.RIVALS, ids=lambda each: each.name)
def test_rivals_turn_steady_noise_down_and_keep_to_their_floor(rival):
    noise = hiss(1, 3.0)
    gains = replace(rival, floor=0.2)(noise, SPEC)
    late = gains[len(gains) // 2 :]
    assert gains.shape[1] == 129 and gains.max() <= 1
    assert late.min() == pytest.approx(0.2, abs=1e-9) and late.mean() < 0.5


@pytest.mark.parametrize("rival", rivals.RIVALS, ids=lambda each: each.name)
def test_rivals_hear_no_future(rival):
    sound = hiss(2, 1.0)
    changed = sound.copy()
    changed[SPEC.frame + 50 * SPEC.hop :] *= 5
    np.testing.assert_array_equal(rival(sound, SPEC)[:50], rival(changed, SPEC)[:50])


def test_minimum_statistics_find_the_level_of_noise_under_speech():
    random = np.random.default_rng(0)
    power = random.exponential(2.0, (600, 40))
    power[100:140] += 50  # speech
    found = rivals.minimum_statistics(power, 150)[200:]
    assert found.mean() == pytest.approx(2.0, rel=0.25)


# ---- from training to a file ----


def test_a_network_learns_gains_and_its_integers_agree(material):
    made = train(material, SMALL, 0, progress=False)
    losses = [each["validation_loss"] for each in made.history]
    assert losses[-1] < losses[0] and made.parameters < 2_000
    model, hop = integer_of(made.saved, 0.9), made.saved.features.hop
    assert model.meta["gains"] == {"depth_q15": 29491}
    trial = scores.Trial(material, "test", 2)
    exact = scores.scores(trial, scores.float_denoiser(made.saved, 0.9), hop)
    rounded = scores.scores(trial, scores.integer_denoiser(model), hop)
    for level in exact.by_level:
        apart = rounded.gain(level, "si_sdr") - exact.gain(level, "si_sdr")
        assert np.abs(apart).max() < 1.0


def test_a_study_keeps_its_records(material, tmp_path):
    counts = Counts(1, 2)
    lines = study(material, [SMALL], [0], tmp_path, counts, progress=False)
    assert {(each.name.split()[0], each.form) for each in lines} >= {("spectral", "float64")}
    assert {each.form for each in lines} == {"float32", "int8", "float64"}
    again = study(material, [SMALL], [0], tmp_path, counts, progress=False)
    for one, other in zip(lines, again, strict=True):
        assert one.scores.as_dict() == other.scores.as_dict() and not other.stale


def test_nothing_taken_gains_nothing(material):
    found = scores.scores(scores.Trial(material, "test", 2), scores.untouched(SPEC), SPEC.hop)
    for level in found.by_level:
        assert not found.gain(level, "si_sdr").any() and not found.gain(level, "stoi").any()


# ---- recordings as people have them ----


@pytest.mark.parametrize("rate, channels, said", [
    (16_000, 1, ""), (8_000, 1, "8000 Hz"), (96_000, 2, "96000 Hz")])
def test_a_file_of_any_rate_and_number_of_channels_goes_through(tmp_path, rate, channels, said):
    seconds = 0.7
    x = np.random.default_rng(0).normal(0, 3000, (int(seconds * rate), channels)).astype(np.int16)
    path = tmp_path / "a.wav"
    wavfile.write(path, rate, x if channels > 1 else x[:, 0])
    found = denoise_file(path, denoiser(3))
    assert len(found.before) == len(found.after) == int(seconds * 16_000)
    assert found.rate_hz == 16_000 and bool(found.changes) == (rate != 16_000 or channels > 1)
    none = denoise_file(path, denoiser(3), depth=0)
    np.testing.assert_array_equal(none.before, none.after)
    slight = denoise_file(path, denoiser(3), depth=1 / 32768)
    np.testing.assert_array_equal(slight.before, slight.after)  # neither is late


@pytest.mark.parametrize("samples, message", [
    (np.zeros(16_000, np.int16), "silent throughout"),
    (np.ones(200, np.int16), "200 samples at 16000 Hz, shorter than a frame; give 256")])
def test_silence_and_clips_shorter_than_a_frame_are_refused(tmp_path, samples, message):
    path = tmp_path / "a.wav"
    wavfile.write(path, RATE, samples)
    with pytest.raises(UserError, match=message):
        denoise_file(path, denoiser(3))


def test_noises_of_a_persons_own_are_parted_and_esc_keeps_its_folds(tmp_path):
    own, esc = tmp_path / "own", tmp_path / "esc"
    for kind in ("fan", "rain"):
        for number in range(8):
            for folder, name in ((own, f"{number}.wav"),
                                 (esc, f"{number % 3 + 1}-{100 + number // 3}-A-{kind}.wav")):
                (folder / kind).mkdir(parents=True, exist_ok=True)
                wavfile.write(folder / kind / name, RATE, np.int16(9e4 * hiss(number, 0.3)))
    found = load_noises([own])
    assert {each.part for each in found} == {"train", "validation", "test"}
    parts: dict[str, set] = {}
    for each in load_noises([esc]):
        parts.setdefault(each.part, set()).add(each.recording)
    assert not parts["train"] & parts["validation"]
    with pytest.raises(UserError, match="no sound file"):
        (tmp_path / "empty").mkdir()
        load_noises([tmp_path / "empty"])


def test_material_without_noises_is_refused():
    with pytest.raises(UserError, match="each part needs both"):
        Material("x", {"train": []}, {"train": []})
    assert material_of("spoken_words").synthetic
