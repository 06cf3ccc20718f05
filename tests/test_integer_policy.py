"""Timestep policies in the twin: FORMAT.md word for word, and properties."""

from dataclasses import replace

import literal_policy
import numpy as np
import pytest
import random_models
import random_policies
from hypothesis import given, settings
from hypothesis import strategies as st

from lnnlab.errors import UserError
from lnnlab.integer import (
    ALWAYS,
    DeltaGate,
    EnergyGate,
    FluxGate,
    LearnedGate,
    StreamConfig,
    StreamHops,
    run_policy,
    run_stream,
)
from lnnlab.integer import layers as kinds
from lnnlab.integer.arithmetic import checked, power_q15
from lnnlab.integer.decisions import decide
from lnnlab.integer.gate import above_floor, statistics
from lnnlab.integer.mel import running_levels
from lnnlab.integer.schedule import Follower
from lnnlab.lnn_file.policy import encode_policy


def case(seed, hops=60):
    """A random network, stream and way of reporting."""
    random = np.random.default_rng(seed)
    model = random_policies.model(seed)
    samples = random_policies.stream(random, model, int(random.integers(1, hops)))
    config = StreamConfig(int(random.integers(0, 9)), int(random.integers(0, 9)),
                          float(random.uniform(0.2, 0.9)))
    return random, model, samples, config


@given(keep=st.integers(0, 32768), timestep=st.integers(1, 255))
@settings(max_examples=300)
def test_a_power_is_that_of_plain_integers_and_near_the_real_one(keep, timestep):
    found = int(power_q15(np.array(keep), timestep))
    assert found == literal_policy.pw(keep, timestep)
    assert abs(found - 32768 * (keep / 32768) ** timestep) <= 0.5 * timestep + 1
    several = np.array([1, timestep, 255, timestep])
    with checked():
        together = power_q15(np.array([[keep], [32768]]), several)
    assert together.shape == (2, 4) and (together[1] == 32768).all()
    assert together[0].tolist() == [literal_policy.pw(keep, each) for each in several]


@pytest.mark.parametrize("kind", random_policies.KINDS)
@given(seed=random_models.SEEDS)
@settings(max_examples=25)
def test_the_twin_is_the_definition_word_for_word(kind, seed):
    random, model, samples, config = case(seed)
    policy = random_policies.policy(random, kind)
    with checked():
        said = run_policy(model, samples, policy, config)
    decisions, frames, wanted = literal_policy.run(model, samples, encode_policy(policy), config)
    np.testing.assert_array_equal(said.wanted, wanted)
    np.testing.assert_array_equal(np.stack([said.frame, said.frame_timestep], axis=1), frames)
    np.testing.assert_array_equal(np.column_stack(
        [said.hop, said.timestep, said.label, said.confidence_q15, said.detected,
         said.smoothed_q15]), decisions)


@given(seed=random_models.SEEDS)
@settings(max_examples=40)
def test_frames_account_for_every_hop(seed):
    random, model, samples, config = case(seed, 90)
    policy = random_policies.policy(random)
    said = run_policy(replace(model, policy=policy), samples, None, config)
    hops = len(said.wanted)
    assert said.frame[0] == said.hop[0] == 0 and said.frame_timestep[0] == 1
    np.testing.assert_array_equal(np.cumsum(said.frame_timestep), said.frame + 1)
    np.testing.assert_array_equal(np.cumsum(said.timestep), said.hop + 1)
    assert np.diff(said.hop, append=hops).max() <= policy.steps[4]
    assert np.isin(said.hop, said.frame).all() and set(said.wanted) <= set(policy.steps)
    assert said.layer_steps == len(said.frame)
    every = isinstance(policy, FluxGate | DeltaGate)
    assert said.features_computed == (hops if every else len(said.frame))


@given(seed=random_models.SEEDS)
@settings(max_examples=25)
def test_always_on_is_the_stream_without_a_policy(seed):
    _, model, samples, config = case(seed)
    said, plain = run_policy(model, samples, ALWAYS, config), run_stream(model, samples, config)
    for name, value in vars(plain).items():
        np.testing.assert_array_equal(getattr(said, name), value)
    assert (said.timestep == 1).all() and (said.frame == np.arange(len(plain.label))).all()


@pytest.mark.parametrize("seed", range(6))
def test_a_gate_that_follows_the_posterior_is_planned_right(seed, monkeypatch):
    """Its wishes turn on every decision, so that stretches planned ahead seldom hold."""
    for number in range(1000 * seed, 1000 * seed + 99):
        model = random_policies.model(number)
        samples = random_policies.stream(np.random.default_rng(number), model, 250)
        always = run_policy(model, samples, ALWAYS, StreamConfig(1))
        keywords = len(model.classes) - model.layers[-1].background
        likeliest = always.smoothed_q15[:, :keywords].max(axis=1) >> 5
        thresholds = np.quantile(np.unique(likeliest), (0.8, 0.6, 0.4, 0.2)).astype(int)
        if np.diff(likeliest > thresholds[1]).sum() >= 12:
            break
    policy = LearnedGate((1, 2, 3, 5, 9), thresholds, 200, 0, ((0, 0, 0, 0, 256),), (0,), (256,),
                         look_back=seed)
    config, stretches, take = StreamConfig(1), [], Follower._stretch
    monkeypatch.setattr(Follower, "_stretch",
                        lambda *given: stretches.append(given) or take(*given))
    said = run_policy(model, samples, policy, config)
    decisions, frames, wanted = literal_policy.run(model, samples, encode_policy(policy), config)
    assert len(set(wanted)) > 1 and len(stretches) > 5  # of 16, 32, … hops: 5
    np.testing.assert_array_equal(said.wanted, wanted)
    np.testing.assert_array_equal(np.stack([said.frame, said.frame_timestep], axis=1), frames)
    np.testing.assert_array_equal(said.smoothed_q15, [each[5:] for each in decisions])


def test_hops_made_once_serve_many_policies_and_networks():
    random, model, samples, config = case(7)
    hops, features = StreamHops(model, samples), model.features
    other = replace(model, features=replace(features, offset=features.offset + 300))
    for kind in random_policies.KINDS:
        policy = random_policies.policy(random, kind)
        for each in (model, other):
            alone, shared = (run_policy(each, samples, policy, config, given)
                             for given in (None, hops))
            np.testing.assert_array_equal(alone.smoothed_q15, shared.smoothed_q15)
            np.testing.assert_array_equal(alone.wanted, shared.wanted)
    spec = replace(features.spec, full_scale=0.25)
    strange = replace(model, features=replace(features, spec=spec))
    for each, heard, words in ((strange, samples, "another front end"),
                               (model, samples[: features.spec.frame], "another stream")):
        with pytest.raises(UserError, match=words):
            run_policy(each, heard, ALWAYS, config, hops)


@given(seed=random_models.SEEDS, timestep=st.integers(2, 40))
@settings(max_examples=30)
def test_one_step_over_a_held_input_is_as_many_of_one_hop(seed, timestep):
    random = np.random.default_rng(seed)
    x, hops = random.integers(-128, 128, (1, 1, 6)), np.array([timestep])
    held = np.repeat(x, timestep, axis=1)
    cell = kinds.LinearLTC(random_models.product(random, 16, 6))
    start = (random.integers(-32768, 32768, (1, 8)),)
    once, often = (cell.run(*given, start).observed[0][:, -1]
                   for given in ((x, hops), (held, 1)))
    # half a step of rounding each hop, and the gate's error of timestep / 2
    assert abs(once - often).max() <= 2 * timestep + 2
    mix = kinds.Mix(*random_models.filters(random, 5, 6))
    past = random.integers(-128, 128, (1, 5, 6))
    (once, last), (often, end) = (mix.held(*given, past) for given in (
        (x, hops), (held, np.ones(timestep, int))))
    np.testing.assert_array_equal(once.output[:, -1], often.output[:, -1])
    np.testing.assert_array_equal(last[:, -1], end[:, -1])
    pool = kinds.LeakyPool(random_models.product(random, 1, 6, 4000), 2000, 9000, 0, 6)
    before = pool.states(random.integers(-128, 128, (1, 9, 6)))[:, -1]
    once, often = (pool.states(*given, before)[:, -1] for given in ((x, hops), (held, 1)))
    assert abs(once - often).max() <= 2 * timestep + 2


@given(seed=random_models.SEEDS, timestep=st.integers(2, 40), shift=st.integers(1, 12))
@settings(max_examples=30)
def test_pcens_level_over_held_energy_is_that_of_single_hops(seed, timestep, shift):
    random = np.random.default_rng(seed)
    energy, level = random.integers(0, 2**31, (2, 1, 1, 1, 4))
    level = level[0] << shift
    once = running_levels(energy, level, shift, np.array([timestep]))[:, -1]
    often = running_levels(np.repeat(energy, timestep, axis=1), level, shift,
                           np.ones(timestep, int))[:, -1]
    goal = energy[:, 0] << shift
    assert (abs(once - often) <= abs(level - goal) * (timestep / 2**16 + 2**-15) + 2**shift).all()


def test_probabilities_and_refractory_time_go_by_hops():
    config = StreamConfig(1, 10, 0.4)
    high, low = [32000, 0], [0, 32000]
    said = decide(np.array([high, low, high, low, high]), 1, config, np.array([1, 4, 3, 2, 4]))
    assert said.smoothed_q15[0, 0] == 16000 and said.smoothed_q15[1, 0] == 1000  # half, a 16th
    # the report of hop 0 silences ten hops: hop 7 is one of them, hop 13 is not
    assert said.detected.tolist() == [True, False, False, False, True]
    longer = decide(np.array([high, low, high, low, high]), 1, replace(config, refractory=13),
                    np.array([1, 4, 3, 2, 4]))
    assert longer.detected.tolist() == [True, False, False, False, False]


def test_a_gate_looks_back_at_the_onset():
    """A click after silence: the gate opens, and frames before it are computed after all."""
    seed = next(s for s in range(99) if random_policies.model(s).features.spec.kind == "log_mel")
    model = random_policies.model(seed)
    spec, channels = model.features.spec, model.features.channels
    samples = np.ones((spec.frame + 40 * spec.hop, channels), np.int16)
    onset = spec.frame + 19 * spec.hop  # first sample of hop 20
    samples[onset : onset + spec.hop] = np.where(np.arange(spec.hop) % 4 < 2, 9000, -9000)[:, None]
    said = run_policy(model, samples, EnergyGate(2, 15, 2000, 1000, 3, look_back=4))
    assert said.wanted[19:27].tolist() == [15, 2, 2, 2, 2, 15, 15, 15]
    assert list(zip(said.frame, said.frame_timestep, strict=True)) == [
        (0, 1), (15, 15), (16, 1), (18, 2), (20, 2), (22, 2), (37, 15)]
    assert said.hop.tolist() == [0, 15, 20, 22, 37] and said.timestep[2] == 5


def test_statistics_of_a_hop_are_those_of_its_new_samples():
    samples = np.zeros((10, 2), np.int16)
    samples[4:] = 16
    samples[6, 0] = -32768
    a, d = statistics(samples, 4, 3)  # hops are samples 1–3, 4–6, 7–9
    assert a.tolist() == [0, literal_policy.log2((5 * 256 + 2**30 >> 8) | 1),
                          literal_policy.log2((6 * 256 >> 8) | 1)]
    assert d.tolist() == [0, literal_policy.log2((((-32768 - 16) >> 1) ** 2 >> 8) | 1), 0]


def test_a_floor_falls_fast_and_rises_slowly():
    values = np.array([3000, 3000, 1000, 1000, 5000, 5000])
    assert above_floor(values, 160, 0).tolist() == [0, 0, 0, 0, 3990, 3980]
    assert above_floor(values, 160, 1).tolist() == [0, 0, -1000, -500, 3490, 3480]
