"""A board is one entry of boards.toml, as CONTRIBUTING.md says, and a wrong entry is one line."""

import re

import pytest
import random_models

from lnnlab import cli, lnn_file
from lnnlab.errors import UserError
from lnnlab.reports.power import boards_table, power_rows
from lnnlab.target import boards

MINE = """
[mine]
title = "My board"
core = "cortex-m4"
max_mhz = 120
clock_mhz = 60
flash_bytes = 65536
ram_bytes = 16384
wait_states = [1, "60 MHz", "datasheet", "DS1"]
flash = "plain"
supply_v = 3.0
run_ua_per_mhz = [100, "60 MHz, from flash", "datasheet", "DS1, table 2"]
stop_ua = [2.5, "Stop, RAM kept", "secondary", "a forum"]
wake_us = [7, "Stop", "memory", "not checked"]
"""
REQUIRED = re.findall(r"^(\w+) =", MINE, flags=re.MULTILINE)


@pytest.fixture
def with_entry(tmp_path, monkeypatch):
    """Puts an entry behind those of the file."""
    original = boards.FILE.read_text()

    def add(entry):
        place = tmp_path / "boards.toml"
        place.write_text(original + entry)
        monkeypatch.setattr(boards, "FILE", place)
        boards.boards.cache_clear()

    yield add
    monkeypatch.undo()
    boards.boards.cache_clear()


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    path = tmp_path_factory.mktemp("boards") / "small.lnn"
    lnn_file.write(random_models.model(3, "linear_ltc"), path)
    return path


def test_a_new_board_profiles_and_is_in_the_tables(with_entry, small, capsys):
    count = len(boards.boards())
    with_entry(MINE + 'aliases = ["my-own"]\n')
    assert len(boards.boards()) == count + 1 and boards.board("my-own").name == "mine"
    assert cli.liquid_profile(["--device", "mine", "--model", str(small)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("My board, 60 MHz, 3 V; ") and "Cycles per decision" in said
    rows = power_rows({"mine": 60_000.0}, 2.0, 2.0, "a network").set_index("metric")["value"]
    assert rows["latency"] == pytest.approx(1.0) and rows["duty"] == pytest.approx(0.2)
    assert rows["sleep power"] == pytest.approx(2.5 * 3.0)
    shown = boards_table().set_index("board").loc["My board"]
    assert shown["datasheet alone"] == "300" and shown["sleep rests on"].endswith("(secondary)")


@pytest.mark.parametrize("key", REQUIRED)
def test_an_entry_without_a_key_is_refused(with_entry, small, capsys, key):
    with_entry(re.sub(rf"^{key} = .*\n", "", MINE, flags=re.MULTILINE))
    assert refused(small, capsys) == f"boards.toml: board 'mine': '{key}' is missing"


def refused(small, capsys):
    """What the command says before it says what to give instead."""
    assert cli.liquid_profile(["--device", "mine", "--model", str(small)]) == 1
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    return said.removeprefix("liquid-profile: ").split("; give")[0]


@pytest.mark.parametrize("old, new, message", [
    (', "a forum"]', "]", "board 'mine': 'stop_ua' is [2.5, 'Stop, RAM kept', 'secondary']"),
    ('"a forum"', '" "', "board 'mine': 'stop_ua' is"),
    ('"secondary"', '"claimed"', "board 'mine': 'stop_ua' is"),
    ("[2.5,", '["2.5",', "board 'mine': 'stop_ua' is"),
    ("[2.5,", "[nan,", "board 'mine': 'stop_ua' is"),
    ("[2.5, ", "2.5 # [", "board 'mine': 'stop_ua' is 2.5"),
    ("clock_mhz = 60", "clock_mhz = 0", "board 'mine': 'clock_mhz' is 0"),
    ("= 65536", "= 65536.5", "board 'mine': 'flash_bytes' is 65536.5"),
    ("stop_ua", "stopp_ua", "unknown key of board 'mine' in boards.toml 'stopp_ua': did you mean "
                            "'stop_ua'?"),
    ('"plain"', '"stm32l5"', "unknown flash 'stm32l5': did you mean 'stm32u5'?"),
    ('"plain"', "3", "board 'mine': 'flash' is 3"),
    ("cortex-m4", "cortex-m5", "unknown core of board 'mine' in boards.toml 'cortex-m5': did you "
                               "mean"),
    ("[mine]", "[mine", "boards.toml: not readable as TOML"),
    ("[mine]", "[esp32c3]", "boards.toml: not readable as TOML"),
    ("[mine]\n", "[mine]\naliases = [3]\n", "board 'mine': 'aliases' is [3]"),
    ("[mine]\n", "[mine]\nname = 'x'\n", "unknown key of board 'mine' in boards.toml 'name'"),
])
def test_an_entry_that_is_wrong_is_refused(with_entry, small, capsys, old, new, message):
    assert old in MINE
    with_entry(MINE.replace(old, new))
    assert message in refused(small, capsys)


def test_a_value_outside_of_any_board_is_refused(with_entry, tmp_path):
    with_entry(MINE)
    boards.FILE.write_text("mine = 3\n" + boards.FILE.read_text().replace("[mine]", "[other]"))
    with pytest.raises(UserError, match="'mine' stands outside of any board"):
        boards.boards()


def test_two_boards_do_not_share_a_name(with_entry):
    with_entry(MINE + 'aliases = ["stm32f407"]\n')
    with pytest.raises(UserError, match="board 'mine': 'aliases' holds 'stm32f407', which is"):
        boards.boards()
