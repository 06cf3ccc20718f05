"""Calls against weather, and what a recorder in the field finds and takes."""

import numpy as np
import pytest

from lnnlab.data import load, make_splits
from lnnlab.errors import UserError
from lnnlab.experiments import Budget, Work, wildlife
from lnnlab.experiments.wildlife import FieldPlan, in_weather
from lnnlab.experiments.wildlife_days import CALLS_PER_H, day
from lnnlab.reports.wildlife import battery_against_misses, field_lines, field_rows
from lnnlab.target.battery import cell, life


@pytest.fixture(scope="module")
def dataset():
    return load("wildlife_sim", sources=2, takes=1, folds=2, seconds=0.4)


@pytest.fixture(scope="module")
def study(dataset, tmp_path_factory):
    splits = make_splits(dataset, "fold")[:1]
    given = wildlife.field_studies(dataset, splits, FieldPlan(0.5, 1, 600.0), Budget(2))
    return given, wildlife.recorded(given, Work(tmp_path_factory.mktemp("field"), 1, False))


def test_each_part_has_its_own_weather(dataset):
    split = make_splits(dataset, "fold")[0]
    made = in_weather(dataset, split)
    sounds = [each.tobytes() for own in made.background.values() for each in own]
    assert len(sounds) == len(set(sounds)) == 12
    with pytest.raises(UserError, match="no classes of background"):
        in_weather(load("event_sim", sources=2, takes=1, folds=2, seconds=0.4), split)


def test_weather_alone_holds_no_call(dataset, study):
    (given,), _ = study
    calls, quiet = given.stream("test", True), given.stream("test", False)
    assert calls.events and not quiet.events
    assert {each.label for each in calls.events} <= {"bird", "crickets", "frog"}
    assert np.sqrt(np.mean(quiet.x**2)) == pytest.approx(0.01, rel=0.5)


def test_the_field_is_measured_by_policy(study):
    given, found = study
    lines = found[0]["lines"]
    assert lines[0]["level"] == "always" and found[0]["calls"] > 3
    for each in lines:
        assert each["hits"] + each["misses"] == found[0]["calls"] and each["false"] >= 0
    rows = field_rows(given, found)
    assert len(field_lines(rows)) == rows["model"].nunique() >= 1
    shares = rows[rows["metric"] == "calls found"]
    assert (shares["low"] <= shares["value"]).all() and (shares["value"] <= shares["high"]).all()
    assert battery_against_misses(rows).axes[0].get_xlabel() == "calls missed a day"


def test_a_day_is_worked_out_from_shares_of_time():
    lines = [{"hits": 3, "misses": 1, "false": 2, "hours": 0.5, "weather_mw": 0.1,
              "power_mw": 0.3}] * 2
    found = day(lines, 36.0, 10.0, "nrf52840")  # a tenth of the time
    assert found.missed == pytest.approx(24 * 36 / 4)
    assert found.false == pytest.approx(24 * 0.9 * 4)
    assert found.power_mw == pytest.approx(0.9 * 0.1 + 0.1 * 0.3)
    assert found.battery_days == pytest.approx(
        life(cell("2 x AA alkaline"), 0.12, 1.0).hours / 24)
    days = [day(lines, each, 5.0, "nrf52840").battery_days for each in CALLS_PER_H]
    assert days == sorted(days, reverse=True)
    with pytest.raises(UserError, match="do not fit"):
        day(lines, 400.0, 10.0, "nrf52840")
    with pytest.raises(UserError, match="most_per_h = -1: choose 0 or more"):
        FieldPlan(most_per_h=-1)
