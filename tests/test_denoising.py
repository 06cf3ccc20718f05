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
from lnnlab.experiments.denoising import forms, rivals, scores, targets, training
from lnnlab.experiments.denoising.forms import integer_of
from lnnlab.experiments.denoising.material import Material, material_of
from lnnlab.experiments.denoising.objective import (
    Ear,
    Objective,
    band_energies,
    speech_loss,
    thirds_of,
)
from lnnlab.experiments.denoising.recordings import denoise_file
from lnnlab.experiments.denoising.study import Counts, study
from lnnlab.experiments.denoising.training import DenoisePlan, train
from lnnlab.integer import Gains
from lnnlab.scoring.speech import stoi

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
    gains = targets.ideal_gains(mixture.noisy[None], mixture.clean[None], SPEC)[0]
    y, s = (targets.spectra(each, SPEC)[100] for each in (mixture.noisy, mixture.clean))
    band = targets.filterbank(SPEC)[10]
    both = np.sqrt(band) * np.concatenate([[y.real], [y.imag]])
    wanted = np.sqrt(band) * np.concatenate([[s.real], [s.imag]])
    best = np.linalg.lstsq(both.reshape(-1, 1), wanted.reshape(-1), rcond=None)[0][0]
    assert gains[100, 10] == pytest.approx(np.clip(best, 0, 1), abs=1e-4)
    assert gains.min() >= 0 and gains.max() <= 1


def test_noise_alone_is_taken_away_and_speech_alone_is_kept():
    sound = hiss(0)[None]
    assert not targets.ideal_gains(sound, 0 * sound, SPEC).any()
    assert targets.ideal_gains(sound, sound, SPEC).min() > 0.999


# ---- what it is trained for ----


def truth_of(drawn):
    noisy, clean = (np.stack([getattr(each, name) for each in drawn]) for name in
                    ("noisy", "clean"))
    return torch.from_numpy(band_energies(noisy, clean, SPEC))


def words_in_noise(level_db, count=6):
    return material_of("spoken_words").tests("test", level_db, count)


def test_the_ear_rises_and_falls_with_stoi():
    drawn, told, measured = words_in_noise(0, 8), [], []
    for number, each in enumerate(drawn):
        n = len(each.noisy) // SPEC.hop * SPEC.hop
        noisy, clean = (targets.behind_a_hop(x[:n].astype(np.float64), SPEC)
                        for x in (each.noisy, each.clean))
        ideal = targets.ideal_gains(noisy[None], clean[None], SPEC)[0]
        random = np.random.default_rng(number).uniform(0, 1, ideal.shape)
        _, heard, spoken = torch.from_numpy(
            band_energies(noisy[None], clean[None], SPEC)).split(SPEC.bands, dim=-1)
        ear = Ear(spoken, thirds_of(SPEC))
        for share in (0.0, 0.5, 1.0):
            gains = share * ideal + (1 - share) * random
            left = targets.applied(each.noisy[:n].astype(np.float64), gains, SPEC)[SPEC.hop :]
            measured.append(stoi(each.clean[: len(left)], left, RATE))
            told.append(float(ear(torch.from_numpy(gains**2).float() * heard)))
    assert np.corrcoef(told, measured)[0, 1] > 0.9


def test_the_loss_is_least_where_gains_are_ideal():
    drawn = words_in_noise(5)
    truth, loss = truth_of(drawn), speech_loss(Objective(), SPEC)
    noisy, clean = (np.stack([getattr(each, name) for each in drawn])
                    for name in ("noisy", "clean"))
    ideal = torch.logit(torch.from_numpy(targets.ideal_gains(noisy, clean, SPEC)), eps=1e-3)
    nothing, all_of_it = torch.full_like(ideal, 9.0), torch.full_like(ideal, -9.0)
    assert float(loss(ideal, truth)) < float(loss(nothing, truth)) - 0.3
    assert float(loss(nothing, truth)) == pytest.approx(0, abs=0.01)  # nothing gained or lost
    assert float(loss(nothing, truth)) < float(loss(all_of_it.clone().uniform_(-2, 2), truth))


def test_where_nobody_speaks_what_is_left_is_the_loss():
    sound = hiss(3)[None]
    truth = torch.from_numpy(band_energies(sound, 0 * sound, SPEC))
    loss = speech_loss(Objective(), SPEC)
    for logit in (-2.0, 0.0, 2.0):
        outputs = torch.full((1, truth.shape[1], SPEC.bands), logit)
        left = float(torch.sigmoid(torch.tensor(logit)) ** 2)
        assert float(loss(outputs, truth)) == pytest.approx(left, rel=1e-4)


def test_harm_counts_more_than_its_clarity():
    truth, outputs = truth_of(words_in_noise(15)), None
    outputs = torch.randn(truth.shape[0], truth.shape[1], SPEC.bands,
                          generator=torch.Generator().manual_seed(0))  # random gains harm words
    mild, strict = (float(speech_loss(Objective(1.0, harm), SPEC)(outputs, truth))
                    for harm in (0.0, 2.0))
    assert strict > mild


def test_gains_in_floats_are_those_of_the_integers():
    model, sound = denoiser(3), hiss(4, 0.5).astype(np.float64) * 8
    spec = model.features.spec
    by_twin = forms.integer_denoiser(model)(sound[: len(sound) // 128 * 128])
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
    gains, spec = Gains.restrained(0.9, 0.3, 8.0, 0.05), made.saved.features
    model = integer_of(made.saved, gains)
    assert Gains.of(model.meta) == gains
    trial = scores.Trial(material, "test", 2)
    exact = scores.scores(
        trial, forms.restrained(forms.float_denoiser(made.saved), gains, spec), spec)
    rounded = scores.scores(trial, forms.integer_denoiser(model), spec)
    for level in exact.by_level:
        apart = rounded.gain(level, "si_sdr") - exact.gain(level, "si_sdr")
        assert np.abs(apart).max() < 1.0


def test_shares_of_what_is_taken_are_the_twins(material):
    model, trial = denoiser(3), scores.Trial(material, "test", 1)
    settings = [Gains(20000), Gains.restrained(0.9, 0.3, 0.0, 0.03)]
    found = scores.scores_at(settings, trial, forms.integer_denoiser(model, Gains()),
                             model.features.spec)
    for gains in settings:
        own = scores.scores(trial, forms.integer_denoiser(model, gains), model.features.spec)
        for level in own.by_level:
            np.testing.assert_array_equal(own.gain(level, "si_sdr"),
                                          found[gains].gain(level, "si_sdr"))


def test_fresh_tests_come_first_and_have_names_of_their_own(material, tmp_path):
    more = replace(material, voices=material.voices | {"fresh": material.voices["test"]},
                   noises=material.noises | {"fresh": [hiss(99)]}, called={"fresh": "hums, fresh"})
    assert more.tested == ("fresh", "test") and more.hash != material.hash
    lines = study(more, [], [], tmp_path, Counts(1, 2, 3), progress=False)
    assert [(each.corpus, len(each.scores.who)) for each in lines[:2]] == [
        ("hums, fresh", 3), ("hums", 2)]


def test_a_study_keeps_its_records(material, tmp_path):
    counts = Counts(1, 2)
    lines = study(material, [SMALL], [0], tmp_path, counts, progress=False)
    assert {(each.name.split()[0], each.form) for each in lines} >= {("spectral", "float64")}
    assert {each.form for each in lines} == {"float32", "int8", "float64"}
    again = study(material, [SMALL], [0], tmp_path, counts, progress=False)
    for one, other in zip(lines, again, strict=True):
        assert one.scores.as_dict() == other.scores.as_dict() and not other.stale


def test_nothing_taken_gains_nothing(material):
    found = scores.scores(scores.Trial(material, "test", 2), forms.untouched(SPEC), SPEC)
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
