"""The documents' tables beside ours: every claim is there, every verdict follows from figures."""

import math
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnnlab import paths
from lnnlab.reports import published, tables
from lnnlab.reports.documents import Column, printed
from lnnlab.reports.ours import Asked, Figure, Results, figure_of
from lnnlab.target.boards import board
from lnnlab.target.energy import idle_power_mw

FULL = paths.ROOT / "reports" / "full"


@pytest.fixture(scope="module")
def full():
    return published.shown(FULL)


def asked_of(key, row, metric, folder=FULL, model=None):
    table = printed()[key]
    column = next(each for each in table.columns if each.metric == metric)
    return Asked(Results(folder), table, table.rows[row], column, model or table.rows[row].ours[0])


def test_every_printed_cell_is_shown_with_its_claim(full):
    assert [each.title for each in full] == [each.title for each in printed().values()]
    for shown, table in zip(full, printed().values(), strict=True):
        claims = [line for line in shown.lines if line.kind == "claimed"]
        assert [line.name for line in claims] == [f"{row.name}, {row.where}" for row in table.rows]
        assert all(len(line.cells) == len(table.columns) and all(line.cells) for line in claims)


def test_every_row_of_ours_has_a_verdict_for_every_cell(full):
    for shown in full:
        for line, after in zip(shown.lines, shown.lines[1:], strict=False):
            if line.kind == "ours":
                assert after.kind == "verdict" and all(after.cells)
                assert all((cell == published.NO_ROW) == (ours == "")
                           for cell, ours in zip(after.cells, line.cells, strict=True))
        assert any(line.kind == "null" for line in shown.lines) or any(
            "null" in note or published.NO_ROW in note for note in shown.notes)


def test_ours_are_the_tables_figures(full):
    rows = pd.read_csv(FULL / "tables" / "vibration_benchmark.csv")
    row = rows[(rows.corpus == "cwru") & rows.split.str.startswith("leave one load out")
               & (rows.model == "liquid (LinearLTC)") & (rows.metric == "latency")]
    ours = next(line for line in full[0].lines if line.name == "liquid (LinearLTC)")
    place = full[0].headings.index("time, M4 at 80 MHz")
    assert ours.cells[place] == f"{row.value.item():.4g} ms, emulated"


def test_claims_of_the_tables_are_the_documents(full):
    claimed = tables.claims("keywords")
    assert len(claimed) == 16 and set(claimed.basis) == {"claimed"}
    assert claimed[claimed.metric == "power_nrf52840"]["value"].tolist() == [8.3, 0.9]
    assert tables.claims()["parameters"].unique().tolist() == [42000, 2304]


@given(st.floats(0.01, 1e4), st.floats(0.01, 1e4), st.sampled_from(["more", "less"]))
def test_reached_is_what_is_no_worse(claimed, ours, better):
    table, column = printed()["keywords"], Column("time", "time", "ms", better)
    row = replace(table.rows[0], values=(claimed,))
    asked = Asked(Results(FULL), replace(table, columns=(column,), rows=(row,)), row, column, "")
    said = published.verdict(asked, Figure(ours, "emulated"))
    reached = ours >= claimed if better == "more" else ours <= claimed
    assert said.startswith("reached" if reached else "missed")


def test_what_a_board_takes_asleep_is_beyond_any_claim_below_it():
    asked = asked_of("profile", 0, "idle_power")
    least = idle_power_mw(board("stm32f407"))
    assert asked.claimed < least
    said = published.verdict(asked, Figure(least, "modelled"))
    assert said.startswith("impossible on this board") and f"{least:.3g}" in said


def test_an_accuracy_whose_interval_holds_the_claim_is_not_distinguished():
    asked = asked_of("keywords", 0, "accuracy")
    inside, above, below = ((90.0, 96.0), (95.0, 97.0), (80.0, 90.0))
    verdicts = [published.verdict(asked, Figure(sum(band) / 2, "measured", *band))
                for band in (inside, above, below)]
    starts = ["not distinguishable", "reached", "missed"]
    assert [each.split(",")[0].split(":")[0].split(" by")[0] for each in verdicts] == starts
    assert all("other data" in each for each in verdicts)


def test_battery_hours_rest_on_the_claims_own_energy():
    asked = asked_of("keywords", 1, "battery")
    power = asked.found("power_stm32f407").value
    assert math.isclose(figure_of(asked).value, 80 * 1.2 / power)


def test_without_tables_every_row_says_so(tmp_path):
    for shown in published.shown(tmp_path):
        assert {line.kind for line in shown.lines} == {"claimed", "verdict"}
        assert all(published.NO_ROW in line.name for line in shown.lines if line.kind == "verdict")


def test_the_committed_text_is_what_the_tables_say(full):
    assert (FULL / "published.md").read_text() == published.markdown(full)
