"""Certainty: the accuracy that reliability counts is the record's."""

import numpy as np
import pytest

from lnnlab.experiments.certainty import certainty


def test_right_answers_are_those_of_the_records(bearing_records):
    made, folder = bearing_records
    wanted = [each for each in made if not each.run.null][:2]
    found = certainty([*wanted, *[each for each in made if each.run.null]], folder)
    assert set(found) == {each.label for each in wanted}
    for label, each in found.items():
        own = [record.test for record in wanted if record.label == label]
        right = np.mean(np.concatenate([answers.truth == answers.guess for answers in own]))
        assert np.average(each.right, weights=each.count) == pytest.approx(right)
