"""Columns that are no signal, rows that are none: left out or refused, and always told."""

import numpy as np
import pytest
from made_tables import check, lines, loaded, values, written

from lnnlab.data import load
from lnnlab.errors import UserError


def table(row, header="", rows=120):
    return header + "\n".join(row(k, v) for k, v in enumerate(values(rows))) + "\n"


def folder(tmp_path, texts):
    """A folder per class of the same texts, the second class's numbers doubled."""
    for label in ("bad", "good"):
        for k, text in enumerate(texts):
            written(tmp_path / "rig" / label / f"{k}.csv", text)
    return str(tmp_path / "rig")


UNNAMED = {  # what stands before two channels without names → words of the account
    "a user": (lambda k: f"{1600 + k // 60}", "keeps whole numbers over long stretches"),
    "a user that grows": (lambda k: f"{33 + k // 60}", "keeps whole numbers over long stretches"),
    "nanoseconds": (lambda k: f"{49_105_962_326_000 + 50_000_000 * k}", "only rises"),
    "a counter of 16": (lambda k: f"{k % 16}", "only rises"),
    "microseconds of a second": (lambda k: f"{(994_000 + 390 * k) % 1_000_000}", "only rises"),
}


@pytest.mark.parametrize("case", UNNAMED)
def test_without_a_name_what_counts_or_stays_is_no_channel(tmp_path, case):
    first, words = UNNAMED[case]
    dataset = load(folder(tmp_path, [table(lambda k, v: f"{first(k)},{v[0]},{v[1]}")]), window=8)
    assert dataset.channels == ("1", "2") and f"Column '0' {words}" in dataset.account.text()


def test_a_counter_that_wraps_in_one_file_alone(tmp_path):
    texts = [table(lambda k, v, start=start: f"{(start + 10 * k) % 65_536},{v[0]}")
             for start in (0, 65_000)]
    assert load(folder(tmp_path, texts), window=8).channels == ("1",)


NAMED = {  # name → cell, whether it is a channel, words of the account
    "rpm": (lambda k: 1500 + 1500 * (k // 30 % 2), False, None),
    "load": (lambda k: 1500 + 1500 * (k // 60), True, "if it is a condition"),
    "pkt": (lambda k: k % 16, False, "taken as an index"),
    "Frame": (lambda k: 1 + k // 10, False, "taken as an index"),
    "step": (lambda k: 7 * (k % 40), True, "if it is a counter"),
}


@pytest.mark.parametrize("name", NAMED)
def test_with_a_name_it_is_told(tmp_path, name):
    cell, channel, words = NAMED[name]
    text = table(lambda k, v: f"{cell(k)},{v[0]}", f"{name},ax\n")
    dataset = load(folder(tmp_path, [text]), window=8)
    if words:
        assert (name in dataset.channels) == channel and words in dataset.account.text()
    else:  # it changes too often to be sure
        assert name in dataset.channels


def test_steps_of_time_are_times(tmp_path):
    text = "dt_ms,ax,ay,label\n" + lines(
        lambda k, v, y: f"{10 if k else 0},{v[0]},{v[1]},{y}")
    check(loaded(tmp_path / "a.csv", text), 100.0)
    text = "dt,ax,ay,label\n" + lines(
        lambda k, v, y: f"{0.01 + 1e-4 * (k % 3 - 1):.4f},{v[0]},{v[1]},{y}")
    check(loaded(tmp_path / "b.csv", text), 100.0)


@pytest.mark.parametrize(("name", "rate_hz"), [("time_step", None), ("delta_t_ms", 1000.0)])
def test_a_rising_column_holds_no_steps(tmp_path, name, rate_hz):
    text = f"{name},ax,ay,label\n" + lines(lambda k, v, y: f"{k},{v[0]},{v[1]},{y}")
    check(loaded(tmp_path / "a.csv", text), rate_hz)


def test_numbers_that_may_stand_for_none_are_told(tmp_path):
    text = "ax,ay,label\n" + lines(
        lambda k, v, y: f"{-999 if k % 20 == 7 else v[0]},{v[1]},{y}")
    assert "Column 'ax' holds -999 3 times" in loaded(tmp_path / "a.csv", text).account.text()
    ordinary = "ax,ay,label\n" + lines(lambda k, v, y: f"{-999 + 40 * k},{v[1]},{y}")
    assert "far from all else" not in loaded(
        tmp_path / "b.csv", ordinary, channels=["ax", "ay"]).account.text()


STARTS = {  # rows above whole ones → message
    "below a header": ("ax,ay\nOVF,0.5\n", "row 2, column 'ax': 'OVF'"),
    "all of a row": ("ax,ay\n#N/A,inf\n", "row 2, column 'ax': '#N/A'"),
    "without a header": ("0.3,OVF\n", "row 1, column '1': 'OVF'"),
}


@pytest.mark.parametrize("case", STARTS)
def test_a_first_row_that_failed_is_no_header(tmp_path, case):
    above, message = STARTS[case]
    with pytest.raises(UserError, match=message):
        load(folder(tmp_path, [table(lambda k, v: f"{v[0]},{v[1]}", above)]), window=8)


def test_a_single_channel_whose_first_row_failed(tmp_path):
    with pytest.raises(UserError, match="row 2, column 'ax': 'overload'"):
        load(folder(tmp_path, [table(lambda k, v: f"{v[0]}", "ax\noverload\n")]), window=8)


def test_the_rest_of_a_row_above_and_odd_headers_are_told(tmp_path):
    dataset = load(folder(tmp_path, [table(lambda k, v: f"{v[0]},{v[1]},{k % 7}", "23,0.5\n")]),
                   window=8)
    assert "Line 1, '23,0.5', is no whole row: left out." in dataset.account.text()
    text = table(lambda k, v: f"{v[0]},{v[1]}", "err,0.5\n")
    assert "Line 1, err, 0.5, taken as the header." in load(
        folder(tmp_path / "b", [text]), window=8).account.text()


def test_a_header_in_another_order_is_refused_and_the_same_one_is_left_out(tmp_path):
    def repeated(header):
        return "t_ms,ax,ay,label\n" + lines(lambda k, v, y: (
            f"{header}\n" if k == 32 else "") + f"{10 * k},{v[0]},{v[1]},{y}")

    check(loaded(tmp_path / "a.csv", repeated("t_ms,ax,ay,label")), 100.0)
    with pytest.raises(UserError, match="row 34: a header in another order, t_ms, ay, ax, label"):
        loaded(tmp_path / "b.csv", repeated("t_ms,ay,ax,label"))


def test_text_among_numbers_that_are_mostly_unread_is_refused(tmp_path):
    text = "ax,ay,label\n" + lines(
        lambda k, v, y: f"{'(0.5)' if not k else '' if k % 3 else v[0]},{v[1]},{y}")
    with pytest.raises(UserError, match=r"row 2, column 'ax': '\(0.5\)' where a finite number"):
        loaded(tmp_path / "a.csv", text)


TURNS = {  # column of devices that take turns → message, or words of the account
    "device_id": ("says of each row what it holds; .* sort the rows by it", ""),
    "sensor": ("says of each row what it holds; .* sort the rows by it", ""),
    "who": ("", "Column 'who' repeats every 3 rows"),
}


@pytest.mark.parametrize("name", TURNS)
def test_devices_that_take_turns_are_not_mixed_in_silence(tmp_path, name):
    message, words = TURNS[name]
    text = f"{name},t_ms,ax,ay,label\n" + lines(
        lambda k, v, y: f"{k % 3 + 1},{10 * (k // 3)},{v[0]},{v[1]},{y}")
    if message:
        with pytest.raises(UserError, match=message):
            loaded(tmp_path / "a.csv", text)
    else:
        assert words in loaded(tmp_path / "a.csv", text).account.text()


def test_what_counts_down_is_no_channel(tmp_path):
    text = "ax,ay,n,label\n" + lines(lambda k, v, y: f"{v[0]},{v[1]},{900 - k},{y}")
    check(loaded(tmp_path / "a.csv", text))


def test_a_name_in_quotes_may_go_on_in_the_next_line(tmp_path):
    text = '"Time\n(ms)","a\nx","ay",label\n' + lines(
        lambda k, v, y: f"{10 * k},{'bad' if k == 40 else v[0]},{v[1]},{y}")
    with pytest.raises(UserError, match="row 44, column 'a x': 'bad'"):
        loaded(tmp_path / "a.csv", text)
    check(loaded(tmp_path / "b.csv", text.replace("bad", f"{values()[40, 0]}")), 100.0,
          ("a x", "ay"))


def test_recordings_that_are_copies_are_told(tmp_path):
    text = table(lambda k, v: f"{v[0]},{v[1]}", "ax,ay\n")
    said = load(folder(tmp_path, [text]), window=8).account.text()
    assert "1 recording holds what another holds (good/0.csv is bad/0.csv)" in said
    for label, scale in (("bad", 1), ("good", 2)):
        for k in (1, 2):
            written(tmp_path / "b" / label / f"{k}.csv", table(
                lambda k, v, scale=scale: f"{scale * v[0]},{v[1]}", "ax,ay\n"))
    said = load(str(tmp_path / "b"), window=8).account.text()
    assert "2 recordings hold what another holds (bad/2.csv is bad/1.csv)" in said


def test_channels_that_every_file_has_may_be_chosen(tmp_path):
    """Whichever file has more; without a choice the line says which columns are not in both."""
    short = table(lambda k, v: f"{v[0]},{v[1]}", "ax,ay\n")
    long = table(lambda k, v: f"{v[0]},{v[1]},{20 + k % 5}", "ax,ay,temp\n")
    for name, texts in (("a", [long, short]), ("b", [short, long])):
        path = folder(tmp_path / name, texts)
        dataset = load(path, window=8, channels=["ay", "ax"])
        assert dataset.channels == ("ay", "ax")
        assert "Columns that not every file has left out: temp." in dataset.account.text()
        np.testing.assert_allclose(dataset.x[0, :, 1], values(120)[:8, 0], atol=1e-6)
        with pytest.raises(UserError, match="not in both: temp"):
            load(path, window=8)


WORDS = {"flags": lambda k: f"0x{k * 7 % 16:02X}", "led": lambda k: ("ON", "OFF")[k % 2],
         "quality": lambda k: ("good", "poor")[k % 3 != 0]}


@pytest.mark.parametrize("name", WORDS)
def test_words_that_alternate_end_with_named_channels(tmp_path, name):
    text = f"t_ms,ax,ay,{name}\n" + table(lambda k, v: f"{10 * k},{v[0]},{v[1]},{WORDS[name](k)}")
    path = folder(tmp_path, [text])
    with pytest.raises(UserError, match="does neither, name the channels to use"):
        load(path, window=8)
    dataset = load(path, window=8, channels=["ax", "ay"])
    assert dataset.channels == ("ax", "ay") and dataset.rate_hz == 100
    assert f"Column '{name}' changes from row to row: if it says" in dataset.account.text()


@pytest.mark.parametrize("name", ["sensor", "device_id"])
def test_sensors_that_take_turns_are_refused_whatever_channels_are_named(tmp_path, name):
    text = f"{name},t_ms,ax\n" + table(lambda k, v: f"{'ab'[k % 2]},{10 * k},{v[0]}")
    with pytest.raises(UserError, match="says of each row .* give it another name"):
        load(folder(tmp_path, [text]), window=8, channels=["ax"])


TWO = {  # headings and cells of two columns beside channels, options → classes, or message
    "a setpoint and a fault": ("target", lambda k: 50 + k // 15 % 2 * 50, "fault",
                               lambda k: k // 60, {}, "target' .100, 50. and 'fault' .0, 1."),
    "two of words": ("state", lambda k: ("charging", "idle")[k // 30 % 2], "activity",
                     lambda k: ("run", "walk")[k // 60], {}, "'state' .charging, idle. and"),
    "numbers that agree": ("state", lambda k: k // 60, "fault", lambda k: k // 60, {},
                           "'state' .0, 1. and 'fault'"),
    "words that agree": ("target", lambda k: k // 60, "activity",
                         lambda k: ("run", "walk")[k // 60], {}, ("0", "1")),
    "a constant": ("status", lambda k: "ok", "activity", lambda k: ("run", "walk")[k // 60], {},
                   ("run", "walk")),
    "a measured one": ("target", lambda k: f"{np.sin(k):.3f}", "activity",
                       lambda k: ("run", "walk")[k // 60], {}, ("run", "walk")),
    "a sure one": ("state", lambda k: k // 30, "label", lambda k: ("run", "walk")[k // 60], {},
                   ("run", "walk")),
    "said": ("state", lambda k: k // 30 % 2, "activity", lambda k: ("run", "walk")[k // 60],
             {"label": "activity"}, ("run", "walk")),
    "a group": ("state", lambda k: k // 30 % 2, "activity", lambda k: ("run", "walk")[k // 60],
                {"groups": ["state"]}, ("run", "walk")),
    "a channel": ("target", lambda k: k // 15 % 2, "fault", lambda k: k // 60,
                  {"channels": ["ax", "target"]}, ("0", "1")),
}


@pytest.mark.parametrize("case", TWO)
def test_two_columns_that_may_be_the_classes(tmp_path, case):
    one, cell, other, cells, options, wanted = TWO[case]
    text = table(lambda k, v: f"{v[0]},{cell(k)},{cells(k)}", f"ax,{one},{other}\n")
    written(tmp_path / "a.csv", text)
    if isinstance(wanted, tuple):
        assert load(str(tmp_path / "a.csv"), window=8, **options).classes == wanted
        return
    with pytest.raises(UserError, match=f"{wanted}.* may each be the classes; say .*--label"):
        load(str(tmp_path / "a.csv"), window=8, **options)


MEASURED = {  # heading, row of units → whether it is measured
    "bearing_temp": ("", True), "unit temperature [°C]": ("", True), "run_speed": ("", True),
    "source_voltage_mV": ("", True), "machine [g]": ("", True), "machine": ("g,°C", True),
    "sensor_temp": ("", True), "bearing": ("", False), "run_load": ("", False),
    "unit (count)": ("", False),
}


@pytest.mark.parametrize("name", MEASURED)
@pytest.mark.parametrize("rows", [1, 6, 30])
def test_what_is_measured_of_a_machine_is_no_group(tmp_path, name, rows):
    units, measured = MEASURED[name]
    text = table(lambda k, v: f"{v[0]},{40 + k // rows * 3 % 7}", f"ax,{name}\n" + (
        f"{units}\n" if units else ""))
    path = folder(tmp_path, [text])
    if measured:
        dataset = load(path, window=8)
        assert dataset.channels == ("ax", name) and not dataset.account.groups
    elif rows == 30:
        assert load(path, window=8).account.groups == {name: 4}
    elif rows == 1:
        with pytest.raises(UserError, match="says of each row what it holds"):
            load(path, window=8)


def test_words_of_a_source_are_a_group_whatever_it_gives(tmp_path):
    text = table(lambda k, v: f"{v[0]},{('battery', 'mains')[k // 60]}", "ax,power source\n")
    assert load(folder(tmp_path, [text]), window=8).account.groups == {"power source": 2}


@pytest.mark.parametrize("good", [lambda k: 1, lambda k: k // 30, lambda k: k % 7])
@pytest.mark.parametrize("bad", [lambda k: "N", lambda k: "N" if k < 100 else 1])
def test_numbers_in_one_file_and_words_in_another(tmp_path, good, bad):
    for label, cell in (("good", good), ("bad", bad)):
        written(tmp_path / "rig" / label / "0.csv", table(
            lambda k, v, cell=cell: f"{v[0]},{cell(k)}", "ax,gear\n"))
    with pytest.raises(UserError, match="bad/0.csv, row 2, column 'gear': 'N' where a finite"):
        load(str(tmp_path / "rig"), window=8)
    account = load(str(tmp_path / "rig"), window=8, channels=["ax"]).account
    assert list(account.channels) == ["ax"] and "taken as a channel" not in account.text()


@pytest.mark.parametrize("name", ["current_run", "temperature_session", "power_unit", "fold (k)"])
def test_a_quantity_before_the_word_of_a_group_makes_no_measurement(tmp_path, name):
    text = f"t_ms,x,y,{name}\n" + "".join(
        f"{10 * k},{v[0]},{v[1]},{1 + k // 100}\n" for k, v in enumerate(values(400)))
    dataset = load(folder(tmp_path, [text]), window=50)
    assert dataset.channels == ("x", "y")
    assert any(len(set(labels)) == 4 for labels in dataset.groups.values())


def test_an_id_of_what_is_measured_is_not_measured(tmp_path):
    text = "t_ms,temp_sensor_id,value\n" + "".join(
        f"{10 * k},{1 + k % 3},{v[0]}\n" for k, v in enumerate(values(200)))
    with pytest.raises(UserError, match="says of each row what it holds"):
        load(folder(tmp_path, [text]), window=50)
