"""Timestep policies: the C against the twin, decision by decision."""

from dataclasses import replace

import numpy as np
import pytest
import random_policies as policies
from hypothesis import given, settings
from hypothesis import strategies as st

from lnnlab import lnn_file
from lnnlab.integer import StreamConfig, run_policy
from lnnlab.target.cores import CORES
from lnnlab.target.stream import CHECKED, HOST, StreamRunner

NAMES = ("hop", "timestep", "label", "confidence_q15", "detected", "smoothed_q15")


def mismatches(seed: int, kind: str, core: str, hops: int, front: str | None = None) -> int:
    """Runs a random network under a random policy on a random stream, in C and in the twin."""
    random = np.random.default_rng(seed)
    model = replace(policies.model(seed, front), policy=policies.policy(random, kind))
    samples = policies.stream(random, model, hops)
    config = StreamConfig(int(random.integers(0, 9)), int(random.integers(0, 30)),
                          float(random.choice([0.2, 0.4, 0.6])))
    twin = run_policy(model, samples, config=config)
    said = StreamRunner(lnn_file.to_bytes(model), core).run(samples, config)
    assert said.hops == hops and len(said.hop) == len(twin.hop)
    assert (said.features, said.steps) == (twin.features_computed, twin.layer_steps)
    return sum(int((getattr(said, name) != getattr(twin, name)).sum()) for name in NAMES)


@pytest.mark.parametrize("core", [CHECKED, *CORES])
@pytest.mark.parametrize("kind", policies.KINDS)
def test_every_core_decides_as_the_twin(core, kind):
    for seed, front in enumerate((*policies.FRONTS, "acf")):
        assert not mismatches(1000 + seed, kind, core, 120, front)


@given(st.integers(0, 2**31), st.sampled_from(policies.KINDS))
@settings(max_examples=60)
def test_any_stream_is_decided_as_by_the_twin(seed, kind):
    assert not mismatches(seed, kind, HOST, 250)
