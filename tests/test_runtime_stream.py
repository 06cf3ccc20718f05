"""Streams: the C against the twin, frame by frame, and the rules of what is reported."""

from dataclasses import replace

import numpy as np
import pytest
import random_models
import random_policies
from hypothesis import given, settings
from hypothesis import strategies as st

from lnnlab import lnn_file
from lnnlab.errors import UserError
from lnnlab.integer import StreamConfig, run_stream
from lnnlab.integer import decisions as stream
from lnnlab.integer.layers import LeakyPool
from lnnlab.integer.policy import refuse_unfit
from lnnlab.target.batch import BatchRunner
from lnnlab.target.cores import CORES
from lnnlab.target.stream import StreamRunner


def streaming(seed: int):
    """The first random keyword network from ``seed`` on that can stream."""
    while True:
        model = random_models.model(seed, "keyword")
        if isinstance(model.layers[-2], LeakyPool):
            return model
        seed += 1000


def sound(seed: int, model, frames: int = 40) -> np.ndarray:
    random = np.random.default_rng(seed)
    count = model.features.spec.frame + frames * model.features.spec.hop
    loud = np.repeat(random.choice([0, 20, 3000, 30000], 8), -(-count // 8))[:count, None]
    x = random.normal(0, 1, (count, model.features.channels)) * loud
    return np.clip(x, -32768, 32767).astype(np.int16)


@pytest.mark.parametrize("core", CORES)
def test_a_stream_in_c_says_what_the_twins_says(core):
    for seed in range(4):
        model = streaming(seed)
        config = StreamConfig(seed, 3 * seed, 0.4)
        samples = sound(seed, model)
        said = BatchRunner(lnn_file.to_bytes(model), core, whole=True).stream(samples, config)
        twin = run_stream(model, samples, config)
        np.testing.assert_array_equal(said[:, 0], twin.label)
        np.testing.assert_array_equal(said[:, 1], twin.confidence_q15)
        np.testing.assert_array_equal(said[:, 2], twin.detected)
        assert len(said) == 41


def test_a_stream_of_autocorrelations_does_too():
    for seed in range(4):
        model = random_policies.model(seed, "acf")
        config, samples = StreamConfig(seed, 3 * seed, 0.4), sound(seed, model)
        said = BatchRunner(lnn_file.to_bytes(model), "cortex-m4").stream(samples, config)
        twin = run_stream(model, samples, config)
        np.testing.assert_array_equal(said[:, 0], twin.label)
        np.testing.assert_array_equal(said[:, 1], twin.confidence_q15)


@given(random_models.SEEDS)
@settings(max_examples=15)
def test_the_stream_agrees_with_the_window_at_its_end(seed):
    model = streaming(seed)
    window = random_models.samples(seed, model, 1)
    spec = model.features.spec
    used = (model.features.steps - 1) * spec.hop + spec.frame
    logits = stream.stream_logits(model, window[0, :used])
    np.testing.assert_array_equal(logits[-1], model.run(window).logits[0])


def by_the_rules(probabilities, background, config):
    """Reports in plain Python, written from FORMAT.md."""
    s, armed, left, found = [0] * len(probabilities[0]), True, 0, []
    for row in probabilities:
        half = (1 << config.smoothing_shift) >> 1
        s = [a + ((int(b) - a + half) >> config.smoothing_shift)
             for a, b in zip(s, row, strict=True)]
        best = s.index(max(s))
        reached = best < len(s) - background and s[best] >= config.threshold_q15
        detected = reached and armed and left == 0
        left = max(0, left - 1)
        if detected:
            armed, left = False, config.refractory
        elif not reached:
            armed = True
        found.append((best, s[best], detected))
    return found


@given(st.integers(0, 2**31), st.integers(0, 8), st.integers(0, 6), st.floats(0.1, 1.0))
@settings(max_examples=60)
def test_reports_follow_the_rules(seed, shift, refractory, threshold):
    random = np.random.default_rng(seed)
    logits = np.cumsum(random.normal(0, 300, (60, 4)), axis=0).astype(np.int64)
    probabilities = stream.probabilities_q15(logits)
    config = StreamConfig(shift, refractory, threshold)
    said = stream.decide(probabilities, 1, config)
    wanted = by_the_rules(probabilities, 1, config)
    got = zip(said.label, said.confidence_q15, said.detected, strict=True)
    assert [(int(a), int(b), bool(c)) for a, b, c in got] == wanted


def test_a_held_keyword_is_reported_once_and_again_after_it_fell():
    high, low = [32767, 0], [0, 32767]
    rows = np.array([high] * 10 + [low] * 5 + [high] * 5)
    said = stream.decide(rows, 1, StreamConfig(0, 2, 0.5))
    assert np.flatnonzero(said.detected).tolist() == [0, 15]
    background = stream.decide(rows, 2, StreamConfig(0, 2, 0.5))
    assert not background.detected.any()


def test_what_cannot_stream_is_refused():
    with pytest.raises(UserError, match="decides on whole windows"):
        run_stream(random_models.model(0, "lstm"), np.zeros((9999, 1), np.int16))
    with pytest.raises(UserError, match="shorter than a frame"):
        run_stream(streaming(0), np.zeros((3, 1), np.int16))
    with pytest.raises(UserError, match="smoothing_shift 9"):
        StreamConfig(9)


@pytest.mark.parametrize("seed", range(6))
def test_a_network_that_no_policy_fits_streams_from_any_memory(seed):
    """The whole runtime in an arena full of other bytes, as a stack leaves it."""
    model = streaming(seed)
    model = replace(model, features=replace(
        model.features, spec=replace(model.features.spec, hop=model.features.spec.frame + 1),
        window=model.features.window * 8))
    samples, config = sound(seed, model), StreamConfig(2, 3, 0.4)
    with pytest.raises(UserError):
        refuse_unfit(model.features, model.layers)
    said = StreamRunner(lnn_file.to_bytes(model)).run(samples, config)
    twin = run_stream(model, samples, config)
    np.testing.assert_array_equal(said.smoothed_q15, twin.smoothed_q15)
    np.testing.assert_array_equal(said.detected, twin.detected)
