"""Speech over noise: the ratio that was asked for, the truth, and what is refused."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from lnnlab.data import load, make_splits
from lnnlab.data.endpoints import EndpointRule, rms, speech_in
from lnnlab.data.mixtures import MixturePlan, at_frames, mixed, mixtures
from lnnlab.data.voices import Voice, voices_of
from lnnlab.errors import UserError

RATE_HZ = 16000


def word(seed=0, before=3000, length=6000, after=5000, floor=1e-4):
    """A loud sound with near silence around it, and where it is."""
    random = np.random.default_rng(seed)
    x = floor * random.normal(size=before + length + after)
    x[before : before + length] += 0.1 * random.normal(size=length)
    active = np.zeros(len(x), bool)
    active[before : before + length] = True
    return x.astype(np.float32), active


VOICES = [Voice(*word(k), str(k % 3)) for k in range(6)]
NOISES = [np.random.default_rng(k).normal(size=n).astype(np.float32)
          for k, n in enumerate((9000, 200_000))]


def some(count=20, seed=0, **plan):
    return list(islice(mixtures(VOICES, NOISES, MixturePlan(**plan), RATE_HZ, seed), count))


# ---- endpoints ----


def test_a_word_between_quiet_is_found_to_a_block():
    x, active = word()
    found = speech_in(x, RATE_HZ)
    assert np.count_nonzero(found != active) <= 2 * 160


def test_a_short_pause_belongs_to_the_word_and_a_long_one_does_not():
    for pause_ms, pieces in ((100, 1), (300, 2)):
        gap = np.full(16 * pause_ms, 1e-5, np.float32)
        x, _ = word()
        found = speech_in(np.concatenate([x[:6000], gap, x[6000:]]), RATE_HZ)
        assert np.count_nonzero(np.diff(found.astype(int)) == 1) == pieces


def test_a_click_is_no_word():
    x, active = word()
    x[500:700] = 0.5
    np.testing.assert_array_equal(speech_in(x, RATE_HZ)[:1000], False)


@pytest.mark.parametrize("clip", [
    np.zeros(16000), np.random.default_rng(0).normal(size=16000), np.ones(100)],
    ids=["silence", "noise alone", "too short"])
def test_a_clip_that_tells_no_endpoints_gives_none(clip):
    assert speech_in(clip.astype(np.float32), RATE_HZ) is None


def test_level_does_not_matter():
    x, _ = word()
    np.testing.assert_array_equal(speech_in(x, RATE_HZ), speech_in(x / 8, RATE_HZ))


# ---- mixtures ----


def test_the_ratio_is_the_one_asked_for():
    for each in some(snr_db=(-5.0, 20.0), silent=0.0, speakers=2):
        noise = each.noisy.astype(float) - each.clean
        found = 20 * np.log10(rms(each.clean[each.active]) / rms(noise))
        assert found == pytest.approx(each.snr_db, abs=0.01)
        assert -5 <= each.snr_db <= 20
        assert np.abs(each.noisy).max() < 1 and len(each.noisy) == len(each.active) == 64000


def test_levels_are_in_their_range_unless_they_would_not_fit():
    for each in some(level_db=(-30.0, -20.0), snr_db=(10.0, 20.0), silent=0.0):
        assert -30.01 <= 20 * np.log10(rms(each.clean[each.active])) <= -19.99
    [loud] = some(1, level_db=(20.0, 20.0), silent=0.0)
    assert max(np.abs(loud.noisy).max(), np.abs(loud.clean).max()) == pytest.approx(0.99, rel=1e-4)


def test_where_nobody_speaks_there_is_noise_alone():
    found = some(60, silent=0.5)
    silent = [each for each in found if not each.who]
    assert 15 < len(silent) < 45
    for each in silent:
        assert not each.clean.any() and not each.active.any() and rms(each.noisy) > 0


def test_clean_speech_is_where_the_truth_says():
    for each in some(silent=0.0, gap_s=(0.5, 1.0)):
        quiet = rms(each.clean[~each.active]) if not each.active.all() else 0.0
        assert quiet < 0.02 * rms(each.clean[each.active])
        assert 0.05 < each.active.mean() < 0.95


def test_a_seed_and_a_number_name_a_mixture():
    first, again, other = some(3), some(5), some(3, seed=1)
    for a, b in zip(first, again, strict=False):
        np.testing.assert_array_equal(a.noisy, b.noisy)
        np.testing.assert_array_equal(a.active, b.active)
    assert not np.array_equal(first[0].noisy, other[0].noisy)
    assert not np.array_equal(first[0].noisy, first[1].noisy)


def test_one_mixture_has_so_many_speakers():
    assert {len(each.who) for each in some(30, silent=0.0)} == {1}
    assert {each.who for each in some(30, silent=0.0)} == {("0",), ("1",), ("2",)}
    assert {len(each.who) for each in some(9, silent=0.0, speakers=2)} == {2}


def test_noise_is_taken_from_anywhere_in_a_recording():
    ramp = [np.linspace(1, 2, 320_000, dtype=np.float32)]
    found = islice(mixtures(VOICES, ramp, MixturePlan(silent=1.0), RATE_HZ), 12)
    ratios = [each.noisy[-1] / each.noisy[0] for each in found]
    assert len({round(float(each), 3) for each in ratios}) > 8


def test_mixed_scales_the_noise_alone():
    x, active = word()
    noise = mixed(x, active, NOISES[1][: len(x)], 6.0)
    assert 20 * np.log10(rms(x[active]) / rms(noise)) == pytest.approx(6.0)


def test_a_frame_is_what_its_newest_hop_is():
    active = np.zeros(40, bool)
    active[16:24] = True
    assert at_frames(active, 16, 8).tolist() == [False, True, False, False]
    active[12:16] = True
    assert at_frames(active, 16, 8).tolist() == [True, True, False, False]
    assert at_frames(active, 8, 16).tolist() == [False, True, False]


def test_words_of_a_corpus_become_utterances():
    dataset = load("spoken_words")
    rows = make_splits(dataset, "official")[0].train[:120]
    found = voices_of(dataset, rows)
    assert len(found) > 60 and len({each.who for each in found}) > 3
    share = np.mean([each.active.mean() for each in found])
    assert 0.2 < share < 0.8
    short = voices_of(dataset, rows, trimmed=True)
    assert all(each.active[0] and each.active[-1] for each in short)
    assert len(short) == len(found)


# ---- what is refused ----


@pytest.mark.parametrize("given, message", [
    ({"snr_db": (5.0, 0.0)}, "snr_db = .5.0, 0.0.: choose a rising range"),
    ({"duration_s": 0.0}, "duration_s = 0"), ({"silent": 1.5}, "silent = 1.5"),
    ({"speakers": 0}, "speakers = 0"), ({"gap_s": (-1.0, 2.0)}, "pauses from 0 s on")])
def test_plans_out_of_range_are_refused(given, message):
    with pytest.raises(UserError, match=message):
        MixturePlan(**given)


def test_what_nothing_can_be_made_of_is_refused():
    with pytest.raises(UserError, match="0 utterances and 2 noises: a mixture needs both"):
        next(mixtures([], NOISES, MixturePlan(), RATE_HZ))
    with pytest.raises(UserError, match="noise 2 of 3 is silent throughout"):
        next(mixtures(VOICES, [*NOISES, np.zeros(99)], MixturePlan(), RATE_HZ))
    with pytest.raises(UserError, match="0 of 5 marked as speech"):
        Voice(np.ones(5, np.float32), np.zeros(5, bool), "a")
    dataset = load("spoken_words")
    with pytest.raises(UserError, match="none of 3 clips tells where speech begins"):
        voices_of(dataset, np.arange(3), EndpointRule(least_db=200.0))
    silent = replace(dataset, x=np.zeros_like(dataset.x))
    with pytest.raises(UserError, match="none of 3 clips"):
        voices_of(silent, np.arange(3))
