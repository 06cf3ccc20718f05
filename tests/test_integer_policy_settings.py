"""Settings of timestep policies: from seconds, out of range, networks that cannot follow one."""

from dataclasses import replace

import numpy as np
import pytest
import random_models
import random_policies

from lnnlab.errors import UserError
from lnnlab.integer import (
    ALWAYS,
    DeltaGate,
    EnergyGate,
    FluxGate,
    LearnedGate,
    Margins,
    NoiseFloor,
    Uniform,
    energy_gate,
    run_policy,
)
from lnnlab.integer import layers as kinds


def test_a_gate_from_seconds():
    gate = energy_gate(0.001, 0.25, 1.72, hop_s=0.02)
    assert (gate.least, gate.most, gate.hangover, gate.look_back) == (1, 12, 10, 2)
    assert gate.open == pytest.approx(1024 * np.log2(np.e), abs=2) and gate.close == gate.open // 2
    assert energy_gate(0.04, 0.06, 0.1, hop_s=0.02).steps == (2, 3, 3, 3, 3)
    assert gate.rise * 50 / 16384 == pytest.approx(1 / 3.01, rel=0.02)  # 1 dB a second


WRONG = [
    (lambda: Uniform(0), "step 0: choose a whole number from 1 to 255 hops"),
    (lambda: Uniform(256), "step 256"),
    (lambda: Uniform(2.5), "step 2.5: choose a whole number"),
    (lambda: EnergyGate(4, 2, 9, 5, 1), "least 4 is above most 2"),
    (lambda: EnergyGate(1, 2, 5, 9, 1), "close 9 is above open 5"),
    (lambda: EnergyGate(1, 2, 9, 5, 1, look_back=17), "look_back 17"),
    (lambda: EnergyGate(1, 2, 9, 5, 1, fall=9), "fall 9"),
    (lambda: FluxGate(1, 2, 40000, 5, 1), "open 40000"),
    (lambda: DeltaGate(1, 2, 9, 5, -1), "hangover -1"),
    (lambda: EnergyGate(2, 9, 9, 5, 1, between=(1,)), "between 1: choose a whole number from 2 to"),
    (lambda: FluxGate(2, 9, 9, 5, 1, between=(3, 10)), "between 10"),
    (lambda: DeltaGate(2, 9, 9, 5, 1, between=(4, 3)), "between .4, 3.: up to 3 that do not fall"),
    (lambda: DeltaGate(2, 9, 9, 5, 1, between=(3, 4, 5, 6)), "up to 3 that do not fall"),
    (lambda: DeltaGate(2, 9, 9, 5, 1, between=(2.5,)), "between 2.5: choose a whole number"),
    (lambda: EnergyGate(1, 9, 9, 5, 1, between=3), "between 3: give a sequence, such as a tuple"),
    (lambda: FluxGate(1, 9, 9, 5, 1, between=None), "between None: give a sequence"),
    (lambda: LearnedGate(5, (9, 5, 3, 1)), "steps 5: give a sequence"),
    (lambda: LearnedGate((1, 2, 4, 8, 8), 9), "thresholds 9: give a sequence"),
    (lambda: LearnedGate((1, 2, 4, 8, 8), (9, 5, 3, 1), w=7), "w 7: give a sequence"),
    (lambda: LearnedGate((1, 2, 4, 8, 8), (9, 5, 3, 1), w=(7,)), "w 7: give a sequence"),
    (lambda: LearnedGate((1, 2, 4, 3, 8), (9, 5, 3, 1)), "five that do not fall"),
    (lambda: LearnedGate((1, 2, 4, 8, 8), (9, 5, 6, 1)), "four that do not rise"),
    (lambda: LearnedGate((1, 2, 4, 8, 8), (9, 5, 3, 1), w=((1,) * 5,), b=(1,), v=()), "1, 1, 0"),
    (lambda: LearnedGate((1, 2, 4, 8, 8), (9, 5, 3, 1), w=((1,) * 4,), b=(1,), v=(1,)), "row of w"),
    (lambda: LearnedGate((1, 2, 4, 8, 8), (9, 5, 3, 1), w=((3000,) * 5,), b=(1,), v=(1,)),
     "w 3000"),
    (lambda: energy_gate(0.2, 0.1, 0.1, hop_s=0.02), "min_timestep 0.2 s is above max_timestep"),
    (lambda: energy_gate(0.0, 0.1, 0.1, hop_s=0.02), "min_timestep 0 s"),
    (lambda: energy_gate(0.001, 0.01, 0.1, hop_s=0.02), "0.5 hops of 20 ms"),
    (lambda: energy_gate(0.001, 9.0, 0.1, hop_s=0.02), "450 hops of 20 ms: choose 1 to 255"),
    (lambda: energy_gate(0.001, 0.1, -1.0, hop_s=0.02), "energy_threshold -1"),
    (lambda: energy_gate(0.001, 0.1, 0.1, hop_s=0.02, margins=Margins(look_back=float("nan"))),
     "look_back nan"),
    (lambda: energy_gate(0.001, 0.1, 0.1, hop_s=0.02, floor=NoiseFloor(-1.0)), "rise_db_per_s -1"),
]


@pytest.mark.parametrize("made, words", WRONG, ids=[words for _, words in WRONG])
def test_a_setting_out_of_range_is_refused_in_one_line(made, words):
    with pytest.raises(UserError, match=words) as caught:
        made()
    assert "\n" not in str(caught.value)


def test_networks_that_cannot_follow_a_policy_are_refused():
    model = random_policies.model(3)
    readout, spec = model.layers[-1], model.features.spec
    pooled = replace(model, layers=[*model.layers[:-2], kinds.Pool(9000), readout])
    cell = random_models.cell(np.random.default_rng(0), "gru", 4, 4)
    wide = replace(model.features, spec=replace(spec, hop=spec.frame + 1), window=9 * spec.frame)
    samples = np.zeros((9 * spec.frame, model.features.channels), np.int16)
    for wrong, words in (
        (pooled, "needs a leaky pool"),
        (replace(model, layers=[cell, *model.layers]), "cannot step GRU"),
        (replace(model, features=wide), f"hop {spec.frame + 1} of"),
    ):
        with pytest.raises(UserError, match=words):
            run_policy(wrong, samples)
        with pytest.raises(UserError, match=words):
            replace(wrong, policy=ALWAYS)
    with pytest.raises(UserError, match="shorter than a frame"):
        run_policy(model, samples[: spec.frame - 1])
