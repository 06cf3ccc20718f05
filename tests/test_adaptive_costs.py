"""What policies cost: modelled from stages against every cycle counted."""

from dataclasses import replace

import pytest

from lnnlab import lnn_file
from lnnlab.adaptive.costs import PolicyCostModel, excerpt
from lnnlab.adaptive.listening import describe
from lnnlab.integer.policy import ALWAYS, EnergyGate, FluxGate, LearnedGate, Uniform
from lnnlab.profiling.policy import policy_costs

LEARNED = LearnedGate((1, 4, 8, 16, 16), (2048, 1024, 512, 256), 200, 0,
                      ((256, 64, 32, 16, 8),) * 8, (0,) * 8, (32,) * 8, look_back=1)


@pytest.mark.parametrize("policy", [
    ALWAYS, Uniform(8), EnergyGate(3, 30, 700, 400, 4, look_back=4), EnergyGate(1, 40, 700, 500, 3),
    EnergyGate(1, 40, 2600, 1500, 2, look_back=4, rise=11, between=(6, 17, 22)), LEARNED,
    EnergyGate(1, 40, 2600, 1500, 9, look_back=12, rise=50, between=(2, 4, 9), enough=9000),
    FluxGate(1, 12, 60, 40, 2),
], ids=describe)
def test_modelled_cycles_are_those_that_are_counted(listener, stream, policy):
    """Unit costs times how often, against every cycle of other seconds: those shared by policies
    of a kind serve a search, those of the policy itself are what tables rest on."""
    blob = lnn_file.to_bytes(replace(listener.model, policy=policy))
    samples = listener.model.quantise(stream.samples[20 * 16000 : 24 * 16000])
    counted = sum(policy_costs(blob, listener.board, samples).cycles_per_s)
    heard = excerpt(listener.model, stream, 3.0)
    own = PolicyCostModel(listener.model, listener.board, heard, exact=True).of(policy)
    shared = PolicyCostModel(listener.model, listener.board, excerpt(listener.model, stream))
    for units, most in ((own, 0.015), (shared.of(policy), 0.03)):
        modelled = sum(policy_costs(blob, listener.board, samples, units).cycles_per_s)
        assert modelled == pytest.approx(counted, rel=most)


def test_a_policy_keeps_the_hops_that_it_looks_back_on(listener):
    """A frame of 512 samples and hops of 320: a ring of L + 2 hops, and 192 samples before it."""
    none = listener.arena_bytes(Uniform(1))
    for look_back in (0, 4, 16):
        gate = EnergyGate(1, 40, 2600, 1500, 9, look_back=look_back)
        assert listener.arena_bytes(gate) - none == 2 * (192 + 320 * (look_back + 2) - 512)


def test_costs_are_counted_once_for_policies_that_take_the_same(listener, stream):
    costs = PolicyCostModel(listener.model, listener.board, excerpt(listener.model, stream))
    first = costs.of(EnergyGate(1, 20, 700, 400, 4))
    assert costs.of(EnergyGate(1, 40, 2000, 400, 9, between=(5,))) is first
    longer = costs.of(EnergyGate(1, 20, 700, 400, 4, look_back=4))
    assert longer.call < first.call  # the end of a longer ring is reached more rarely
    assert costs.of(EnergyGate(1, 20, 700, 400, 4, look_back=16)) is longer


def test_a_gate_costs_less_than_it_saves_on_a_quiet_stream(listener):
    gated, always = listener.outcome(EnergyGate(1, 50, 2048, 1024, 5)), listener.outcome(ALWAYS)
    assert gated.cycles_per_s < always.cycles_per_s and gated.power_mw < always.power_mw
