"""Reliability: against plain loops, and on answers whose calibration is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve

from lnnlab.reports.class_figures import recall_by_class, reliability_diagrams
from lnnlab.scoring.reliability import reliability


def answers(seed, items=400, classes=3, sharpness=3.0):
    random = np.random.default_rng(seed)
    logits = sharpness * random.normal(size=(items, classes))
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return probabilities, random


@given(st.integers(0, 10**6), st.integers(2, 20))
def test_bins_are_those_of_scikit_learn(seed, bins):
    probabilities, random = answers(seed)
    truth = random.integers(0, 3, len(probabilities))
    found = reliability(probabilities, truth, bins)
    right = probabilities.argmax(axis=1) == truth
    share, confidence = calibration_curve(right, probabilities.max(axis=1), n_bins=bins)
    np.testing.assert_allclose(found.right, share)
    np.testing.assert_allclose(found.confidence, confidence)
    assert found.count.sum() == len(truth)


def test_answers_drawn_by_their_probabilities_are_calibrated_and_bold_ones_are_not():
    probabilities, random = answers(1, 20000)
    truth = np.array([random.choice(3, p=row) for row in probabilities])
    assert reliability(probabilities, truth).error < 0.02
    bold = probabilities**4 / (probabilities**4).sum(axis=1, keepdims=True)
    found = reliability(bold, truth)
    assert found.error > 0.08 and (found.confidence - found.right)[-1] > 0


def test_the_figures_show_a_mark_for_every_class_and_bin(bearing_records):
    made, _ = bearing_records
    figure = recall_by_class(made)
    labels = {each.label for each in made}
    lines = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert {line.get_label() for line in lines} == labels
    best = max(made, key=lambda each: each.test.accuracy)
    shown = next(line for line in lines if line.get_label() == best.label).get_xdata()
    counts = sum(each.test.confusion(4) for each in made if each.label == best.label)
    np.testing.assert_allclose(shown, 100 * np.diag(counts) / counts.sum(axis=1))
    probabilities, random = answers(3)
    found = {"LSTM": reliability(probabilities, random.integers(0, 3, 400))}
    axis = reliability_diagrams(found).axes[0]
    assert len(axis.collections[0].get_offsets()) == len(found["LSTM"].count)
    assert f"{100 * found['LSTM'].error:.1f} points" in axis.get_title().replace("\n", " ")


def test_one_item_alone_is_a_bin_of_its_own():
    found = reliability(np.array([[0.0, 1.0]]), np.array([1]))
    assert found.count.tolist() == [1] and found.error == pytest.approx(0)
