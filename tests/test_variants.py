"""Further rows: what differs within a row and between rows, and that all train by one rule."""

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest

from lnnlab.data import load
from lnnlab.errors import UserError
from lnnlab.experiments.variants import (
    ACF_SHAPES,
    WITH_MEANS,
    WITHOUT_MEANS,
    acf_family,
    acf_mean_family,
    families,
    lean_family,
    level_variants,
    long_window_variants,
    rect_family,
)
from lnnlab.features import FeatureSpec
from lnnlab.features.spec import RECT, REMOVED
from lnnlab.models import kind_of
from lnnlab.models.kinds import NULL


def test_lean_networks_transform_each_sample_once_and_are_drawn_from_the_grid():
    drawn = lean_family(20)
    shapes = {(each.features.frame, each.features.bands, each.options["units"]) for each in drawn}
    assert len(shapes) == len(drawn) == 20 and lean_family(6) == drawn[:6]
    assert all(each.features.hop == each.features.frame for each in drawn)
    assert all(each.label == "liquid (LinearLTC), lean" for each in drawn)


@pytest.mark.parametrize("channels", [1, 3])
def test_rows_of_autocorrelations_differ_in_training_alone(channels):
    rows = acf_family(1024, channels, 6)
    assert [len({str(each.config) for each in row}) for row in rows] == [6] * len(ACF_SHAPES)
    for row, (steps, stride, units) in zip(rows, ACF_SHAPES, strict=True):
        assert {each.features for each in row} == {
            FeatureSpec("acf", block=1024 // steps, stride=stride * channels,
                        lags=16 if channels == 1 else 8)}
        assert {each.config["noise_unit"] for each in row} == {"own"}
        assert {each.options["units"] for each in row} == {units}


def test_the_standing_value_is_all_that_two_rows_differ_in():
    given, removed = acf_mean_family(200, 6)
    assert given[0].label.replace(WITH_MEANS, WITHOUT_MEANS) == removed[0].label
    for one, other in zip(given, removed, strict=True):
        assert replace(one.features, mean=REMOVED) == other.features
        assert one.config == other.config and one.config["noise_unit"] == "spread"


def test_averaged_powers_are_drawn_from_the_grid():
    drawn = rect_family(12)
    shapes = {(each.features.transform, each.features.bands, each.features.average)
              for each in drawn}
    assert len(shapes) == 12 and rect_family(6) == drawn[:6]
    assert all(each.features.window == RECT and not each.options for each in drawn)


def test_of_a_level_that_is_left_out_the_null_has_none_either():
    rows = {row[0].label: row for row in level_variants(1024)}
    for name in ("autocorrelation", "autocorrelation without level"):
        tried, null = (row for label, row in rows.items() if label.endswith(f", {name}"))
        assert kind_of(null[0].model).family == NULL
        assert {each.features for each in tried} == {each.features for each in null}
        assert len(null) == len(ACF_SHAPES) and len(tried) == 2 * len(null)
        assert all(each.features.relative == name.endswith("level") for each in tried)


def test_a_family_that_is_unknown_is_refused():
    dataset = load("bearing_sim", windows_per_recording=2)
    assert [len(row) for row in families(["rect", "acf"], dataset, 2)] == [2] * 4
    with pytest.raises(UserError, match="family of rows 'acf_means': did you mean 'acf_mean'"):
        families(["acf_means"], dataset, 2)
    long = replace(dataset, x=np.zeros((len(dataset), 2050, 1), np.float32))
    with pytest.raises(UserError, match="2050 samples .* windows of at most 2048"):
        families(["acf"], long, 2)


def test_variants_train_by_the_rule_of_every_vibration_row():
    rows = [*level_variants(1024), *acf_family(1024, 1, 2), *acf_mean_family(200, 2)]
    rows += [rect_family(4)]
    for each in (*itertools.chain(*rows), *long_window_variants(), *lean_family(3)):
        null = kind_of(each.model).family == NULL
        assert each.config.get("keep") == (None if null else "last")
        assert null == (not each.config)
        json.dumps(each.as_dict())
