"""A gate that has heard enough of a keyword: plain loops, the C against the twin, the file."""

from dataclasses import replace

import numpy as np
import pytest
import random_policies as policies
from hypothesis import given, settings
from hypothesis import strategies as st
from test_policy_back_off import NAMES, bursts, gate_for

from lnnlab import lnn_file
from lnnlab.adaptive.listening import describe
from lnnlab.errors import UserError
from lnnlab.integer import DeltaGate, EnergyGate, FluxGate, StreamConfig, run_policy
from lnnlab.integer.gate import Hysteresis
from lnnlab.integer.schedule import planned
from lnnlab.target.cores import CORES
from lnnlab.target.stream import CHECKED, HOST, StreamRunner

SEEDS = st.integers(0, 2**31)
KINDS = ("energy", "flux", "delta")


def computed_hops(levels, heard, gate):
    """The definition in a plain loop: hops of decisions; heard: after a decision at each hop."""
    hold, sated, rest, keyword, hops = 0, False, 3, 0, []
    for hop, level in enumerate(levels):
        if hold and gate.enough and keyword >= gate.enough:
            hold, sated = 0, True
        if level < gate.close:
            sated = False
        if not sated and (level >= gate.open or (hold and level >= gate.close)):
            hold = gate.hangover + 1
        elif hold:
            hold -= 1
        rest = 0 if hold else rest
        wanted = gate.steps[0] if hold else gate.steps[1 + rest]
        if hop == 0 or hop - hops[-1] >= wanted:
            hops.append(hop)
            keyword = heard[hop]
            rest += rest < 3 and not hold
    return hops


def test_enough_closes_a_gate_until_the_level_falls():
    """By hand: the keyword is heard at hop 4; the level falls at 9 and rises again at 11."""
    levels = [0, 9, 9, 9, 9, 9, 9, 9, 9, 0, 0, 9, 9, 0, 0, 0, 0]
    heard = np.array([0, 0, 0, 90, 100, 100, 100, 100, 100, 60, 60, 0, 0, 0, 0, 0, 0])
    gate = FluxGate(1, 20, 8, 4, 1, between=(3, 9), enough=100)
    plan = planned(Hysteresis(gate, levels), 0, len(levels), 0, 0, heard)
    assert gate.listens and not replace(gate, enough=0).listens
    assert [due.hop for due in plan.due] == [0, 1, 2, 3, 4, 7, 11, 12, 13, 16]
    assert [due.hop for due in plan.due] == computed_hops(levels, heard, gate)


@given(SEEDS)
@settings(max_examples=300)
def test_a_gate_computes_where_a_plain_loop_does(seed):
    random = np.random.default_rng(seed)
    steps = sorted(int(each) for each in random.integers(1, 16, 5))
    levels = np.repeat(random.integers(0, 10, 40), random.integers(1, 30, 40)).tolist()
    heard = np.repeat(random.integers(0, 32768, len(levels)), 3)[: len(levels)]
    closing, opening = sorted(int(each) for each in random.integers(0, 11, 2))
    gate = EnergyGate(steps[0], steps[4], opening, closing, int(random.integers(0, 6)),
                      between=tuple(steps[1:4]), enough=int(random.integers(0, 32768)))
    plan = planned(Hysteresis(gate, levels), 0, len(levels), 0, 0, heard)
    assert [due.hop for due in plan.due] == computed_hops(levels, heard, gate)


def decided(seed, kind, core, hops=240):
    """Where C and twin decide on bursts, of a gate that hears enough at a low probability; and
    where the same gate decides that never does."""
    random = np.random.default_rng(seed)
    model = policies.model(seed, policies.FRONTS[1 + seed % 4])
    samples = bursts(random, model, hops)
    never = gate_for(kind, model, samples, 1, 4 * (kind == "energy"))
    config = StreamConfig(int(random.integers(0, 4)), int(random.integers(0, 30)), 0.4)
    model = replace(model, policy=replace(never, enough=3000))
    twin = run_policy(model, samples, config=config)
    said = StreamRunner(lnn_file.to_bytes(model), core).run(samples, config)
    assert said.steps == twin.layer_steps
    for name in NAMES:
        np.testing.assert_array_equal(getattr(said, name), getattr(twin, name), err_msg=name)
    return twin.hop, run_policy(model, samples, never, config).hop


@pytest.mark.parametrize("core", [CHECKED, *CORES])
def test_every_core_hears_enough_where_the_twin_does(core):
    for seed, kind in enumerate(KINDS):
        decided(seed, kind, core)


def test_enough_leaves_frames_out():
    fewer = [len(sated) < len(never) for seed in range(12)
             for sated, never in [decided(seed, KINDS[seed % 3], HOST)]]
    assert sum(fewer) >= 6  # some networks hear no keyword in noise, and some have none


@pytest.mark.parametrize("gate", [EnergyGate, FluxGate, DeltaGate])
def test_a_file_holds_what_is_enough(gate):
    policy = gate(1, 12, 900, 400, 7, enough=9830)
    data = lnn_file.to_bytes(replace(policies.model(5), policy=policy))
    assert lnn_file.from_bytes(data).policy == policy
    assert describe(policy).endswith(", until a keyword has 30%")
    assert "until" not in describe(replace(policy, enough=0))
    for wrong in (-1, 32768, 0.3):
        with pytest.raises(UserError, match=f"enough {wrong}: choose a whole number from 0 to"):
            replace(policy, enough=wrong)
