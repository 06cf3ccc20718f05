"""The learned gate: what it is trained on, and its score in floats and in the running gate."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lnnlab.adaptive.learned import (
    FLOORS,
    LOUD,
    gate_inputs,
    needed_hops,
    scores_of,
    train_gate,
)
from lnnlab.data.streams import Event, Stream
from lnnlab.errors import UserError
from lnnlab.integer.gate import gate_of, statistics

SEEDS = st.integers(0, 2**31)


def test_the_trained_gate_finds_what_was_needed():
    """Two clouds on a statistic that the others drown: integers tell them apart as float would."""
    random = np.random.default_rng(4)
    needed = random.random(4000) < 0.2
    inputs = random.normal(0, 1024, (4000, 5))
    inputs[:, 1] = random.normal(0, 300, 4000) + 1500 * needed
    inputs = np.round(inputs).astype(int)
    gate = train_gate(inputs, needed)
    said = scores_of(gate, inputs) > 0
    assert np.mean(said == needed) > 0.97


def test_a_gate_needs_both_kinds_of_hops():
    with pytest.raises(UserError, match="needs events, and time between them"):
        train_gate(np.zeros((50, 5), int), np.zeros(50, bool))


@settings(max_examples=25)
@given(seed=SEEDS, threshold=st.integers(-2000, 2000))
def test_the_score_is_the_one_the_running_gate_has(grounds, seed, threshold):
    """Without a memory of peaks, and a posterior of zero."""
    samples = (np.random.default_rng(seed).normal(size=(8000, 1)) * 900).astype(np.int16)
    frame, hop = 512, 320
    (own, _), floors = grounds.learned[seed % 2], FLOORS[seed % 2]
    gate = replace(own, steps=(1, 9, 9, 9, 9), thresholds=(threshold,) * 4, decay=32767)
    hops = 1 + (len(samples) - frame) // hop
    inputs = gate_inputs(samples, frame, hop, np.zeros(hops, int), floors)
    running = gate_of(gate, statistics(samples, frame, hop), list)
    wanted = np.array([running.wanted(t) for t in range(hops)])
    np.testing.assert_array_equal(wanted == 1, scores_of(gate, inputs) >= threshold)


def test_needed_hops_are_the_loud_ones_and_those_between_until_the_report():
    ends = np.arange(100) * 0.1
    energy = np.where((ends > 2.05) & (ends < 4.55), 9000, 9000 - LOUD - 1)
    energy[30:33] = 0  # a pause in a word
    energy[60:65] = 20000  # outside of events nothing counts, however loud
    events = (Event("go", 2.0, 5.0), Event("unknown", 7.0, 9.0))
    heard = Stream(np.zeros(160000, np.float32), 16000.0, events)
    missed = needed_hops(heard, [], ends, energy, ("unknown",))
    assert ends[missed].min() == pytest.approx(2.1) and ends[missed].max() == pytest.approx(4.5)
    assert missed.sum() == 25
    found = needed_hops(heard, [(3.0, "go"), (2.5, "stop")], ends, energy, ("unknown",))
    assert ends[found].max() < 3.1 and found.sum() == 9
