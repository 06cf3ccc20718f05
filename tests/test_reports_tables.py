"""Tables on disk and the views of them: numbers for people, updates that lose nothing."""

import multiprocessing
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lnnlab import paths
from lnnlab.errors import UserError
from lnnlab.reports import tables
from lnnlab.reports.numbers import HEADINGS, heading_of, number, spread
from lnnlab.reports.views import markdown, readable, wide

EXPONENT = re.compile(r"\d[eE][+-]?\d")
MAGNITUDES = st.floats(-1e30, 1e30, allow_nan=False) | st.floats(-1e-3, 1e-3)


def tidy(metric, value, unit, **more):
    row = {"model": "m", "corpus": "c", "split": "s", "basis": "measured", "board": ""}
    return pd.DataFrame([row | tables.summary(metric, [value], unit, "measured") | more],
                        columns=tables.COLUMNS)


@given(MAGNITUDES, st.sampled_from([*HEADINGS, ("power_nrf52840", "mW"), ("new", "thing")]))
@settings(max_examples=200, deadline=None)
def test_no_view_holds_an_exponent(value, key):
    assert not EXPONENT.search(markdown(tidy(key[0], value, key[1])))
    plain = readable(pd.DataFrame({"a": [value], "n": [12345], "t": ["1e5 stays"]}))
    assert not EXPONENT.search(plain.loc[0, "a"]) and plain.loc[0, "n"] == "12,345"
    assert plain.loc[0, "t"] == "1e5 stays"


@given(st.floats(1e-4, 1e14))
@settings(max_examples=200, deadline=None)
def test_a_number_can_be_read_back(value):
    text = number(value)
    assert float(text.replace(",", "")) == pytest.approx(value, rel=1e-3)


@pytest.mark.parametrize("value, text", [
    (0, "0"), (3133000.0, "3,133,000"), (18000, "18,000"), (2.138, "2.138"), (-0.2065, "-0.2065"),
    (999.96, "1,000"), (2.7e16, "2.7·10¹⁶"), (6e-6, "6.0·10⁻⁶"), (np.nan, ""), (None, ""),
    ("x", "x"), (np.inf, "infinite"),
])
def test_numbers_for_people(value, text):
    assert number(value) == text


def test_a_spread_is_set_beside_its_mean():
    assert spread(1234.5, 0.25, 1) == "1,234.5 ± 0.2" and spread(1.0, np.nan, 1) == "1.0"
    assert number(-1e-9, 2) == "0.00"


def test_headings_follow_metric_and_unit():
    assert heading_of("features", "%").text == "transforms, %"
    assert heading_of("features", "cycles").text == "features, cycles"
    assert heading_of("cr2032_days_stm32f407", "days").text == "days of CR2032, STM32F407"
    assert heading_of("power_nrf52840_batched", "mW").text == "mW on nRF52840, 10 wakes/s"
    assert heading_of("error", 1).text == heading_of("error", 1.0).text == "largest error"
    assert heading_of("threshold", np.nan).text == "threshold"
    assert heading_of("power_elsewhere", "mW").text == "power_elsewhere, mW"
    texts = [each.text for each in HEADINGS.values()]
    assert len(set(texts)) == len(texts)


def test_the_committed_tables_can_be_read_by_people():
    for path in sorted((paths.ROOT / "reports" / "full" / "tables").glob("*.csv")):
        frame = pd.read_csv(path)
        view = wide(frame) if {"metric", "value"} <= set(frame) else readable(frame)
        assert not EXPONENT.search(view.to_csv(index=False)), path.name


def test_an_update_keeps_other_corpora_and_claims_come_first(tmp_path):
    rows = pd.concat([tables.claims(), tidy("accuracy", 90, "%"), tidy("flash", 5000, "B")])
    tables.update("vibration_benchmark", rows, tmp_path)
    other = tidy("accuracy", 80, "%", corpus="other")
    tables.update("vibration_benchmark", other, tmp_path)
    tables.update("vibration_benchmark", rows, tmp_path)
    kept = tables.read("vibration_benchmark", tmp_path)
    assert len(kept) == len(rows) + len(other)
    assert kept["basis"].iloc[0] == "claimed" and not kept.duplicated().any()


def test_a_table_of_its_own_columns_is_updated_alike(tmp_path):
    first = pd.DataFrame({"corpus": ["a"], "split": ["s"], "verdict": ["ahead"], "n": [12345.0]})
    tables.update("pairs", first, tmp_path)
    tables.update("pairs", first.assign(corpus="b"), tmp_path)
    tables.update("pairs", first.assign(verdict="behind"), tmp_path)
    kept = tables.read("pairs", tmp_path)
    assert dict(zip(kept["corpus"], kept["verdict"], strict=True)) == {"b": "ahead", "a": "behind"}
    assert "12,345" in (tmp_path / "tables" / "pairs.md").read_text()


def _update_often(process, folder):
    for k in range(50):
        tables.update("shared", tidy("accuracy", k, "%", corpus=f"{process} {k}"), folder)


def test_two_processes_that_update_a_table_lose_no_row(tmp_path):
    context = multiprocessing.get_context("spawn")
    running = [context.Process(target=_update_often, args=(k, tmp_path)) for k in range(2)]
    for each in running:
        each.start()
    for each in running:
        each.join()
    assert [each.exitcode for each in running] == [0, 0]
    kept = tables.read("shared", tmp_path)
    assert sorted(kept["corpus"]) == sorted(f"{p} {k}" for p in range(2) for k in range(50))


def test_an_absent_table_says_which_command_makes_it(tmp_path):
    with pytest.raises(UserError, match=r"no such table yet; 'lnnlab run 05 --profile full' or "
                                        r"'make full' make it"):
        tables.read("keyword_benchmark_pairs", tmp_path / "full")
    with pytest.raises(UserError, match="'lnnlab run 07 --profile quick' or 'make reports'"):
        tables.read("compression", tmp_path / "quick")
    with pytest.raises(UserError, match="'lnnlab reports --profile mine' makes it"):
        tables.read("none", tmp_path / "mine")
