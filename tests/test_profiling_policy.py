"""What a stream costs under a timestep policy: counted, modelled, and the two beside each other."""

from dataclasses import replace

import numpy as np
import pytest
import random_models
from random_policies import policy

from lnnlab import lnn_file
from lnnlab.errors import UserError
from lnnlab.features import FeatureSpec
from lnnlab.integer import EnergyGate, IntegerFeatures, IntegerModel, Uniform, layers
from lnnlab.profiling.policy import MEASURED, policy_costs, unit_costs
from lnnlab.profiling.stream import stream_costs
from lnnlab.target.boards import board
from lnnlab.target.energy import average_power_mw
from lnnlab.target.stream import StreamRunner

M4, M0 = board("stm32f407"), board("rp2040")
GATE = EnergyGate(2, 12, 1478, 1478, 5, look_back=2)
MEL = {"rate_hz": 16000.0, "low_hz": 50.0, "high_hz": 7600.0, "coefficients": 10, "exponent": 0.8,
       "smoothing": 0.03125, "bias": 2.0, "root": 0.5}


def network(given=None) -> bytes:
    """A small keyword network with the front end of the real ones."""
    random = np.random.default_rng(0)
    spec = FeatureSpec("pcen", 512, 320, 40, floor=2.0**-20, full_scale=1.0, mel=MEL)
    front = IntegerFeatures(spec, 1, 16000, 16000.0, random.integers(0, 4000, 40),
                            random.integers(0, 16384, 40), 18)
    width = 16
    body = [layers.Dense(random_models.product(random, width, 40, 60), True)]
    for _ in range(2):
        body += [layers.Mix(*random_models.filters(random, 5, width)),
                 layers.LinearLTC(random_models.product(random, 2 * width, width))]
    pool = layers.LeakyPool(random_models.product(random, 1, width, 4000), 1500, 20000, 1, 6)
    readout = layers.Readout(random_models.product(random, 4, width, 700), 1)
    model = IntegerModel(front, [*body, pool, readout], ("a", "b", "c", "d"), {})
    return lnn_file.to_bytes(replace(model, policy=given))


def audio(seconds: float, seed: int = 0) -> np.ndarray:
    """Quiet noise with half a second of loud noise every two."""
    random, count = np.random.default_rng(seed), int(16000 * seconds)
    loud = np.where(np.arange(count) % 32000 // 8000 == 1, 3000, 60)
    return (random.normal(0, 1, count) * loud).astype(np.int16)[:, None]


@pytest.mark.parametrize("given", [None, Uniform(3), GATE,
                                   policy(np.random.default_rng(6), "learned"),
                                   policy(np.random.default_rng(2), "delta")])
def test_the_model_agrees_with_counting(given):
    blob = network(given)
    counted = policy_costs(blob, M4, audio(2.0))
    modelled = policy_costs(blob, M4, audio(2.0), unit_costs(blob, M4, audio(2.0, seed=1)))
    assert (counted.basis, modelled.basis) == ("emulated", "modelled")
    assert counted.counts == modelled.counts
    for end in (0, 1):
        assert modelled.cycles_per_s[end] == pytest.approx(counted.cycles_per_s[end], rel=0.02)
        total = sum(each[end] for each in counted.by_stage.values())
        assert total == pytest.approx(counted.cycles_per_s[end])
    assert modelled.average_mw == pytest.approx(counted.average_mw, rel=0.02)


def test_a_gate_counted_open_stays_open_whatever_is_heard():
    """Counted on what makes the network hear a keyword at once, costs are the same."""
    model, samples = lnn_file.from_bytes(network()), audio(1.5)
    quick = replace(model.layers[-1].matrix, bias=model.layers[-1].matrix.bias + 90000 * (
        np.arange(4) == 0))
    sure = replace(model, layers=[*model.layers[:-1], replace(model.layers[-1], matrix=quick)])
    never = EnergyGate(1, 40, 900, 500, 3)
    costs = [unit_costs(lnn_file.to_bytes(replace(sure, policy=each)), M4, samples)
             for each in (never, replace(never, enough=3000))]
    for name in ("features", "step", "readout"):
        given, heard = getattr(costs[0], name), getattr(costs[1], name)
        assert heard == pytest.approx(given, rel=0.002)
    said = StreamRunner(lnn_file.to_bytes(replace(sure, policy=never))).run(samples, MEASURED)
    assert said.smoothed_q15[-1, 0] > 3000  # it is sure at once


def test_a_gate_is_cheap_and_its_latency_bounded():
    costs = policy_costs(network(GATE), M4, audio(2.0))
    gate = costs.by_stage["gate"][1] * costs.counts.seconds / costs.counts.gated
    assert 500 < gate < 1000
    assert costs.counts.features < 0.4 * costs.counts.gated
    always = policy_costs(network(), M4, audio(2.0))
    # what is left are the frames that the gate lets through, and the gate; both wake at every hop
    assert costs.cycles_per_s[1] < 0.4 * always.cycles_per_s[0] + costs.by_stage["gate"][1]
    hops_per_s = costs.counts.gated / costs.counts.seconds
    for each in (costs, always):
        cycles = sum(each.cycles_per_s) / 2
        assert each.average_mw == pytest.approx(average_power_mw(M4, cycles, hops_per_s), rel=1e-3)
    assert 240 < costs.latency_ms < 245 and 20 < always.latency_ms < 22
    assert always.by_stage["gate"] == (0, 0)
    frame = stream_costs(network(), M4, audio(1.0)).frame_cycles
    per_hop = [each * always.counts.seconds / always.counts.calls for each in always.cycles_per_s]
    assert per_hop == pytest.approx(frame, rel=0.02)


def test_what_a_board_cannot_do_is_refused():
    with pytest.raises(UserError, match="no validated cycle model"):
        policy_costs(network(GATE), board("stm32h743"), audio(0.2))
    with pytest.raises(UserError, match="take a smaller model or a sparser policy"):
        policy_costs(network(), replace(M0, clock_mhz=1.0), audio(0.2))
