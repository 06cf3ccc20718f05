"""The back-off of a gate that has closed: plain loops, the C against the twin, the file's form."""

import struct
from dataclasses import replace

import numpy as np
import pytest
import random_policies as policies
from hypothesis import example, given, settings
from hypothesis import strategies as st
from test_lnn_file import place

from lnnlab import lnn_file
from lnnlab.adaptive import candidates
from lnnlab.adaptive.listening import describe
from lnnlab.integer import (
    DeltaGate,
    EnergyGate,
    FluxGate,
    LearnedGate,
    StreamConfig,
    StreamHops,
    run_policy,
)
from lnnlab.integer.gate import Hysteresis
from lnnlab.integer.schedule import planned
from lnnlab.target.cores import CORES
from lnnlab.target.stream import CHECKED, HOST, StreamRunner

NAMES = ("hop", "timestep", "label", "confidence_q15", "detected", "smoothed_q15")
SEEDS = st.integers(0, 2**31)


def computed_hops(levels, steps, opening, closing, hangover):
    """The definition in a plain loop: hops of decisions, and what was wanted after every hop."""
    hold, rest, last, hops, wishes = 0, 3, -1, [], []
    for hop, level in enumerate(levels):
        if level >= opening or (hold and level >= closing):
            hold = hangover + 1
        elif hold:
            hold -= 1
        if hold:
            rest = 0
        wishes.append(steps[0] if hold else steps[1 + rest])
        if hop == 0 or hop - last >= wishes[-1]:
            hops.append(hop)
            last = hop
            rest += rest < 3 and not hold
    return hops, wishes


def test_the_step_grows_from_frame_to_frame_after_closing():
    """By hand: open at hops 5, 6 and 60, closed from 8 and 62 on (a hangover of a hop)."""
    levels = [0] * 5 + [9, 9] + [0] * 53 + [9] + [0] * 9
    gate = FluxGate(1, 20, 8, 8, 1, between=(2, 4, 7))
    plan = planned(Hysteresis(gate, levels), 0, len(levels), 0, 0, None)
    assert [due.hop for due in plan.due] == [0, 5, 6, 7, 9, 13, 20, 40, 60, 61, 63, 67]
    assert plan.wanted[:11] == [20] * 5 + [1, 1, 1, 2, 2, 4]


@given(SEEDS)
@settings(max_examples=300)
def test_a_gate_computes_where_a_plain_loop_does(seed):
    random = np.random.default_rng(seed)
    steps = tuple(sorted(int(each) for each in random.integers(1, 16, 5)))
    levels = np.repeat(random.integers(0, 10, 40), random.integers(1, 30, 40)).tolist()
    closing, opening = sorted(int(each) for each in random.integers(0, 11, 2))
    hangover, look_back = int(random.integers(0, 6)), int(random.integers(0, 9))
    gate = EnergyGate(steps[0], steps[4], opening, closing, hangover, look_back,
                      between=steps[1:4])
    assert gate.steps == steps
    plan = planned(Hysteresis(gate, levels), 0, len(levels), 0, look_back, None)
    hops, wishes = computed_hops(levels, steps, opening, closing, hangover)
    assert [due.hop for due in plan.due] == hops and plan.wanted == wishes


def bursts(random, model, hops):
    """int16 (time, channel): noise of some hops with quiet between, long enough for every step."""
    spec = model.features.spec
    loud = np.full(spec.frame + (hops - 1) * spec.hop, 4.0)
    for first in range(20, hops, 60):
        start = spec.frame + (first - 1) * spec.hop
        loud[start : start + int(random.integers(2, 9)) * spec.hop] = 9000.0
    noise = random.normal(0, 1, (len(loud), model.features.channels)) * loud[:, None]
    return np.clip(noise, -32768, 32767).astype(np.int16)


def gate_for(kind, model, samples, least, look_back, between=(2, 5, 9)):
    """A gate that opens at the bursts and closes after them; steps in units of least."""
    shape = {"between": tuple(least * each for each in between)}
    if kind == "energy":
        return EnergyGate(least, 13 * least, 2048, 1024, 2, look_back, 64, 2, **shape)
    features = StreamHops(model, samples).every.astype(int)
    change = np.diff(features, axis=0)
    if kind == "flux":
        opening = int(np.quantile(np.maximum(0, change).sum(axis=1), 0.96))
        return FluxGate(least, 13 * least, opening, opening, 2, **shape)
    opening = int(np.quantile(abs(features - np.median(features, axis=0)).sum(axis=1), 0.9))
    return DeltaGate(least, 13 * least, opening, opening, 1, **shape)


def compared(seed, kind, core, least, look_back, hops=240):
    """C and twin on bursts, decision by decision; returns what the twin wanted, and the policy."""
    random = np.random.default_rng(seed)
    model = policies.model(seed, policies.FRONTS[1 + seed % 4])
    samples = bursts(random, model, hops)
    policy = gate_for(kind, model, samples, least, look_back)
    model = replace(model, policy=policy)
    config = StreamConfig(int(random.integers(0, 5)), int(random.integers(0, 30)), 0.4)
    twin = run_policy(model, samples, config=config)
    said = StreamRunner(lnn_file.to_bytes(model), core).run(samples, config)
    assert (said.hops, said.features) == (hops, twin.features_computed)
    assert said.steps == twin.layer_steps
    for name in NAMES:
        np.testing.assert_array_equal(getattr(said, name), getattr(twin, name), err_msg=name)
    return twin.wanted, policy


CASES = [("energy", 1, 0), ("energy", 1, 4), ("energy", 2, 0), ("energy", 2, 5), ("flux", 1, 0),
         ("flux", 2, 0), ("delta", 1, 0), ("delta", 2, 0)]


@pytest.mark.parametrize("core", [HOST, CHECKED, *CORES])
def test_every_core_backs_off_as_the_twin(core):
    for seed, (kind, least, look_back) in enumerate(CASES):
        wanted, policy = compared(seed, kind, core, least, look_back)
        assert set(wanted) == set(policy.steps), (kind, least)


@given(SEEDS, st.sampled_from(CASES))
@settings(max_examples=30)
@example(0, ("flux", 1, 0))
def test_any_stream_backs_off_as_the_twin(seed, case):
    kind, least, look_back = case
    compared(seed, kind, HOST, least, look_back)


def test_a_learned_gate_that_forgets_nothing_stays_open():
    """Its score shares a place in the C with the count of frames of the other gates."""
    random, model = np.random.default_rng(1), policies.model(1, "log_mel")
    samples = bursts(random, model, 200)
    samples[abs(samples) < 60] = 0  # silence between the bursts
    gate = LearnedGate((1, 9, 9, 9, 9), (2,) * 4, 0, 0, ((256, 0, 0, 0, 0),), (0,), (1,))
    said = StreamRunner(lnn_file.to_bytes(replace(model, policy=gate))).run(samples)
    twin = run_policy(model, samples, gate)
    assert twin.wanted.tolist() == [9] * 20 + [1] * 180  # the first burst is in hop 20
    np.testing.assert_array_equal(said.hop, twin.hop)


@pytest.mark.parametrize("kind", ["energy", "flux", "delta"])
@pytest.mark.parametrize("between, kept, stored", [
    ((), (), (12, 12, 12)), ((12, 12, 12), (), (12, 12, 12)), ((3,), (3,), (3, 12, 12)),
    ((3, 12), (3,), (3, 12, 12)), ([2, 2, 6], (2, 2, 6), (2, 2, 6)),
])
def test_a_file_holds_the_steps_and_gives_their_shortest_form(kind, between, kept, stored):
    policy = {"energy": EnergyGate, "flux": FluxGate, "delta": DeltaGate}[kind](
        2, 12, 900, 400, 7, between=between)
    assert policy.between == kept and policy.steps == (2, *stored, 12)
    data = lnn_file.to_bytes(replace(policies.model(5), policy=policy))
    assert struct.unpack_from("<5H", data, place(data, "PLCY") + 4) == (2, *stored, 12)
    again = lnn_file.from_bytes(data)
    assert again.policy == policy and hash(again.policy) == hash(policy)
    assert lnn_file.to_bytes(again) == data


def test_a_policy_in_words_names_the_steps_on_the_way():
    assert describe(EnergyGate(1, 40, 1024, 512, 5, 2, between=(3, 6, 12))) == (
        "energy gate 1.00/0.50 octaves, steps 1, 3, 6, 12, 40, hangover 5, look-back 2")
    assert describe(EnergyGate(1, 40, 1024, 512, 5)) == (
        "energy gate 1.00/0.50 octaves, 1 to 40 hops, hangover 5, look-back 0")
    assert describe(DeltaGate(1, 40, 90, 70, 5, between=(3,))) == (
        "delta gate 90/70, steps 1, 3, 40, hangover 5")


def test_a_varied_policy_keeps_its_steps_in_range():
    ground, random = candidates.Ground(0.02), np.random.default_rng(0)
    policy = EnergyGate(2, 40, 1024, 512, 5, between=(3, 6, 30))
    found = [candidates.vary(policy, ground, random) for _ in range(200)]
    assert {each.between for each in found} > {(3, 6, 30), (3, 6)}
