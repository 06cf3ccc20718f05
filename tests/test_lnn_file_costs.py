"""The ``COST`` section: round trips, what is refused, old readers, what profiling writes."""

import ctypes
import json
from dataclasses import replace

import numpy as np
import pytest
import random_models
import random_policies
from hypothesis import given
from hypothesis import strategies as st
from test_lnn_file import repaired
from test_runtime_cpp import KEYWORDS

from lnnlab import cli, lnn_file, runtime
from lnnlab.errors import UserError
from lnnlab.integer import EnergyGate, FluxGate
from lnnlab.lnn_file.container import INT8, join, split
from lnnlab.lnn_file.costs import BoardCosts
from lnnlab.profiling import costs
from lnnlab.profiling.policy import policy_costs
from lnnlab.profiling.stream import noise, stream_costs
from lnnlab.profiling.written import with_board_costs
from lnnlab.target.boards import board
from lnnlab.target.energy import average_power_mw
from lnnlab.target.toolchain import build_host

FIGURES = st.integers(0, 2**32 - 1)
ROWS = st.lists(st.tuples(FIGURES, st.integers(1, 2**32 - 1), FIGURES), min_size=5, max_size=5)
SAID = BoardCosts("stm32f407", 924000, ((0, 1000, 1100), (200, 900, 1000), *[(0, 0, 0)] * 3))


def with_costs(model, said=SAID):
    return lnn_file.to_bytes(replace(model, meta=said.into(model.meta)))


@pytest.fixture(scope="module")
def blob():
    return with_costs(random_policies.model(5))


@given(st.text(min_size=1, max_size=5).filter(lambda text: "\0" not in text), FIGURES, ROWS)
def test_a_round_trip_keeps_every_figure_and_byte(name, idle_nw, rows):
    given = BoardCosts(name, idle_nw, tuple(rows))
    data = with_costs(random_models.model(1, "gru"), given)
    again = lnn_file.from_bytes(data)
    assert BoardCosts.of(again.meta) == given and lnn_file.to_bytes(again) == data
    assert "COST" in split(data, "x")[1] and json.dumps(again.meta)


def test_the_section_counts_whatever_the_meta_says(blob):
    sections = split(blob, "x")[1]
    kept = [(tag, content, items) for tag, (_, content, items) in sections.items()]
    without = join([each for each in kept if each[0] != "COST"], INT8)
    assert b"costs" in sections["META"][1]  # for people; a file of no section has none
    assert BoardCosts.of(lnn_file.from_bytes(without).meta) is None


@pytest.mark.parametrize("fields, message", [
    (("", 1, SAID.by_policy), "a name of 1 to 23 bytes"),
    (("a" * 24, 1, SAID.by_policy), "a name of 1 to 23 bytes"),
    (("a\0b", 1, SAID.by_policy), "a name of 1 to 23 bytes"),
    (("a", -1, SAID.by_policy), "cost -1: choose 0 to 4294967295"),
    (("a", 1, ((2**32, 1, 1), *SAID.by_policy[1:])), "cost 4294967296"),
    (("a", 1, SAID.by_policy[1:]), "5 rows of hop, frame and long frame"),
])
def test_figures_that_no_field_holds_are_refused(fields, message):
    with pytest.raises(UserError, match=message):
        BoardCosts(*fields)
    with pytest.raises(UserError, match="costs: 'idle_nw' missing"):
        lnn_file.to_bytes(replace(random_models.model(1, "gru"), meta={"costs": {"board": "a"}}))


@pytest.fixture(scope="module")
def library():
    return ctypes.CDLL(str(build_host(runtime.sources(), include=[runtime.FOLDER], sanitize=False,
                                      shared=True)))


def checked_in_c(library, data):
    """Status, and where."""
    words, where = np.zeros(len(data) // 8 + 1, np.uint64), ctypes.c_uint32()
    words.view(np.uint8)[: len(data)] = np.frombuffer(data, np.uint8)
    at = words.ctypes.data_as(ctypes.c_void_p)
    return library.lnn_check(at, len(data), ctypes.byref(where)), where.value


BAD_COSTS = 16


@pytest.mark.parametrize("at, value, message", [
    (0, b"\0", "a board's name that does not end"), (23, b"x", "a board's name that does not end"),
    (12, b"x", "a board's name that does not end"),
    (32, b"\0\0\0\0", "a hop's cost without a frame's"),
    (28 + 24, b"\1", "a hop's cost without a frame's"),
    (28 + 4 * 14, b"\1", "a hop's cost without a frame's"),
])
def test_damage_is_refused_alike_in_python_and_in_c(at, value, message, blob, library):
    start, content, _ = split(blob, "x")[1]["COST"]
    data = repaired(blob[: start + at] + value + blob[start + at + len(value) :])
    with pytest.raises(UserError, match=message):
        lnn_file.from_bytes(data)
    status, where = checked_in_c(library, data)
    assert status == BAD_COSTS and start <= where < start + len(content)
    assert checked_in_c(library, blob)[0] == 0


def test_a_name_that_is_no_utf8_is_no_name_in_python(blob):
    start = split(blob, "x")[1]["COST"][0]
    with pytest.raises(UserError, match="no UTF-8"):
        lnn_file.from_bytes(repaired(blob[:start] + b"\xff" + blob[start + 1 :]))


@pytest.mark.parametrize("change", ["short", "twice", "items"])
def test_a_section_of_another_form_is_refused(change, blob, library):
    sections = [(tag, content, items) for tag, (_, content, items) in split(blob, "x")[1].items()]
    [(tag, content, items)] = [each for each in sections if each[0] == "COST"]
    others = [each for each in sections if each[0] != "COST"]
    more = {"short": [(tag, content[:-4], items)], "twice": [(tag, content, items)] * 2,
            "items": [(tag, content, 2)]}[change]
    data = join([*others, *more], INT8)
    with pytest.raises(UserError, match="damaged at offset"):
        lnn_file.from_bytes(data)
    assert checked_in_c(library, data)[0] == BAD_COSTS


def test_a_build_for_one_model_takes_a_file_with_costs(blob, tmp_path):
    """As a runtime does that was written before there were any."""
    defines = runtime.defines(blob) | {runtime.POLICY: 1}
    old = ctypes.CDLL(str(build_host(runtime.sources(), include=[runtime.FOLDER], sanitize=False,
                                     shared=True, defines=defines)))
    assert checked_in_c(old, blob)[0] == 0
    start = split(blob, "x")[1]["COST"][0]
    damaged = repaired(blob[:start] + b"\0" + blob[start + 1 :])
    assert checked_in_c(old, damaged)[0] == 0


# ---- what profiling writes ----


@pytest.fixture(scope="module")
def counted():
    """The keyword network's file with costs on a board, and the board."""
    chosen = board("stm32l476")
    return with_board_costs(KEYWORDS.read_bytes(), chosen), chosen


def power_mw(said, row, heard, computed, long, seconds):
    """The page's formula."""
    hop, frame, long_frame = (each / 256e6 for each in said.by_policy[row])  # mJ
    energy = heard * hop + (computed - long) * frame + long * long_frame
    return 1e-6 * said.idle_nw + energy / seconds


@pytest.mark.parametrize("row, policy", [
    (1, None), (1, EnergyGate(1, 6, 900, 500, 4)), (2, FluxGate(1, 6, 150, 80, 4))])
def test_frames_times_costs_are_the_power_that_profiling_counts(row, policy, counted):
    data, chosen = counted
    model = lnn_file.from_bytes(data)
    samples = noise(model, 150)
    samples[:24000] //= 500  # quiet, then loud
    model = replace(model, policy=policy or model.policy)
    found = policy_costs(lnn_file.to_bytes(model), chosen, samples)
    counts, said = found.counts, BoardCosts.of(model.meta)
    assert found.basis == "emulated" and 5 < counts.steps < 140
    modelled = power_mw(said, row, counts.gated, counts.steps, counts.long_steps, counts.seconds)
    assert modelled == pytest.approx(found.average_mw, rel=0.03)


def test_without_a_policy_it_is_the_power_of_every_frame(counted):
    data, chosen = counted
    model = lnn_file.from_bytes(data)
    found = stream_costs(lnn_file.to_bytes(replace(model, policy=None)), chosen)
    modelled = power_mw(BoardCosts.of(model.meta), 0, 50, 50, 0, 1.0)
    assert modelled == pytest.approx(found.average_mw, rel=1e-3)


def test_a_network_of_windows_shares_a_decision_out(counted):
    model, chosen = random_models.model(3, "gru"), counted[1]
    blob = lnn_file.to_bytes(model)
    said = BoardCosts.of(lnn_file.from_bytes(with_board_costs(blob, chosen)).meta)
    found, steps = costs(blob, chosen), model.features.steps
    per_s = found.decisions_per_s
    middle = sum(found.measured.cycles) / 2
    assert said.by_policy[1:] == ((0, 0, 0),) * 4 and said.by_policy[0][0] == 0
    assert power_mw(said, 0, steps, steps, 0, 1 / per_s) == pytest.approx(
        average_power_mw(chosen, middle * per_s, per_s * steps), rel=1e-3)


def test_the_command_writes_a_file_that_decides_the_same(tmp_path, capsys):
    path, given = tmp_path / "m.lnn", lnn_file.to_bytes(random_policies.model(5))
    path.write_bytes(given)
    assert cli.liquid_profile(["--device", "stm32f407", "--model", str(path), "--write-costs",
                               str(path)]) == 0
    assert "Average Power" in capsys.readouterr().out
    after = lnn_file.read(path)
    assert after.meta.pop("costs")["board"] == "stm32f407"
    assert lnn_file.to_bytes(after) == given


@pytest.mark.parametrize("change, device, message", [
    ("rate", "stm32f407", "the model knows no sampling rate"),
    ("", "stm32h743", "no cycles are counted for cortex-m7"),
])
def test_what_nobody_can_count_is_refused_in_a_line(change, device, message, tmp_path, capsys):
    model, path = random_models.model(3, "gru"), tmp_path / "m.lnn"
    if change:
        model = replace(model, features=replace(model.features, rate_hz=0.0))
    lnn_file.write(model, path)
    before = path.read_bytes()
    assert cli.liquid_profile(["--device", device, "--model", str(path), "--write-costs",
                               str(path)]) == 1
    said = capsys.readouterr().err
    assert message in said and len(said.splitlines()) == 1 and path.read_bytes() == before
