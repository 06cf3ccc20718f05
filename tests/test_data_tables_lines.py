"""What serial monitors, demos and oscilloscopes put around the values of a line."""

import numpy as np
import pytest
from made_tables import check, comma, lines, loaded, values, written

from lnnlab.data import load
from lnnlab.errors import UserError


def clock(k):
    return f"12:00:0{k // 50}.{k % 50 * 20:03d}"


LEADING = {  # what stands before or around the values → row, options, rate, channels
    "a terminal's time": (lambda k, v, y: f"[2024-03-05 {clock(k)}] {v[0]},{v[1]},{y}", 50.0),
    "a time and a blank": (lambda k, v, y: f"{clock(k)} {v[0]},{v[1]},{y}", 50.0),
    "a date, a time and a blank": (
        lambda k, v, y: f"2024-03-05 {clock(k)} {v[0]},{v[1]},{y}", 50.0),
    "a time of commas": (
        lambda k, v, y: f"[{clock(k).replace('.', ',')}] {v[0]},{v[1]},{y}", 50.0),
    "a colon and tabs": (lambda k, v, y: f"{clock(k)}: {v[0]}\t{v[1]}\t{y}", 50.0),
    "decimal commas": (lambda k, v, y: f"[{clock(k)}] {comma(v[0])};{comma(v[1])};{y}", 50.0),
    "a system's log": (lambda k, v, y: f"Mar 05 {clock(k)} {v[0]},{v[1]},{y}", 50.0),
    "milliseconds": (lambda k, v, y: f"[{1000 + 20 * k}] {v[0]},{v[1]},{y}", None),
    "a tag": (lambda k, v, y: f"ACC {v[0]},{v[1]},{y}", None),
    "a tag and a colon": (lambda k, v, y: f"ACC: {v[0]},{v[1]},{y}", None),
    "brackets": (lambda k, v, y: f"{clock(k)} -> ({v[0]}, {v[1]}, {int(y == 'ok')})", 50.0),
}


@pytest.mark.parametrize("case", LEADING)
def test_what_stands_before_the_values_is_no_part_of_the_first(tmp_path, case):
    row, rate_hz = LEADING[case]
    dataset = loaded(tmp_path / "a.csv", lines(row), label="-1")
    check(dataset, rate_hz, ("1", "2"))
    assert "Before the values of each line stands a" in dataset.account.text()


LOGS = {  # form of a line of a log → the channels of its values
    "[00:00:0{s},000] <inf> imu: {0}, {1}, {2}": ("3", "4"),
    "[00:00:0{s},000] <inf> imu: {0} {1} {2}": ("3", "4"),
    "[Tue Mar 05 12:00:0{s} 2024] {0},{1},{2}": ("1", "2"),
    "[Tue Mar 05 12:00:0{s} 2024] {0} {1} {2}": ("1", "2"),
}


@pytest.mark.parametrize("form", LOGS)
def test_times_and_tags_of_logs_are_no_part_of_the_first_value(tmp_path, form):
    text = lines(lambda k, v, y: form.format(*v, y, s=f"{k // 50}.{k % 50 * 20:03d}"))
    check(loaded(tmp_path / "a.log", text, label="-1"), 50.0, LOGS[form])


def test_a_comma_behind_a_time_is_a_decimal_mark_where_a_0_follows(tmp_path):
    for label, first in (("a", 20), ("b", 30)):
        written(tmp_path / "rig" / label / "1.txt", lines(
            lambda k, v, y, first=first: f"[2024-03-05 {clock(k)}] {first},{k * k * 7 % 100:02d}"))
    dataset = load(str(tmp_path / "rig"), window=8)
    expected = 20 + np.arange(64) ** 2 * 7 % 100 / 100
    np.testing.assert_allclose(dataset.x[:8].ravel(), expected, atol=1e-5)
    text = lines(lambda k, v, y: f"[2024-03-05 {clock(k)}] {500 + k * 7 % 11},{1 + k // 32}")
    dataset = loaded(tmp_path / "a.txt", text, label="-1")
    assert dataset.channels == ("1",) and dataset.classes == ("1", "2")
    assert "The comma in '500,1' separates two cells; if it is a decimal mark" in (
        dataset.account.text())


@pytest.mark.parametrize("form", ["({0}, {1}, {2})", "[{0}, {1}, {2}],", " [ {0}  {1} {2} ]"])
def test_brackets_around_values_are_no_part_of_them(tmp_path, form):
    text = lines(lambda k, v, y: form.format(v[0], v[1], int(y == "ok")))
    check(loaded(tmp_path / "a.txt", text, label="-1"), None, ("0", "1"))


def test_names_above_times_and_lines_of_a_start_stay_what_they_are(tmp_path):
    for header in ("ax,ay,label\n", "time,ax,ay,label\n", "[12:00:00.000] ax,ay,label\n"):
        text = header + lines(lambda k, v, y: f"[{clock(k)}] {v[0]},{v[1]},{y}")
        check(loaded(tmp_path / "a.csv", text), 50.0)
    text = "12:00:00.000 -> MPU found\n" + lines(lambda k, v, y: f"{clock(k)} -> {v[0]},{v[1]},{y}")
    check(loaded(tmp_path / "b.csv", text, label="-1"), 50.0, ("1", "2"))


@pytest.mark.parametrize("name", ["bearing {}", "load {}.5"])
def test_a_number_behind_a_word_is_a_label(tmp_path, name):
    text = lines(lambda k, v, y: f"{name.format(1 + (y == 'ok'))},{v[0]},{v[1]}")
    dataset = loaded(tmp_path / "a.csv", text)
    check(dataset, None, ("1", "2"))
    assert dataset.classes == (name.format(1), name.format(2))


def test_a_time_and_a_decimal_comma_are_two_cells(tmp_path):
    text = lines(lambda k, v, y: f"{clock(k)} {comma(v[0])} {comma(v[1])} {y}")
    check(loaded(tmp_path / "a.txt", text), 50.0, ("1", "2"))
    text = lines(lambda k, v, y: f"{clock(k)} -> {comma(v[0])}")
    for label, sign in (("a", ""), ("b", "-")):
        written(tmp_path / "rig" / label / "1.txt", text.replace("-> -", "-> ").replace(
            "-> ", f"-> {sign}"))
    np.testing.assert_allclose(load(str(tmp_path / "rig"), window=8).x[:8].ravel(),
                               np.abs(values()[:, 0]), atol=1e-6)


def test_tags_that_take_turns_are_refused(tmp_path):
    for mark in (" ", ": "):
        text = lines(lambda k, v, y, mark=mark: f"{('ACC', 'GYR')[k % 2]}{mark}{v[0]},{v[1]},{y}")
        with pytest.raises(UserError, match="column '0' says of each row what it holds"):
            loaded(tmp_path / "a.csv", text, label="-1")


NAMED = {  # a line of Adafruit's libraries → unit
    "blanks": ("X: {0}  Y: {1}  state: {2}  m/s^2 ", "m/s^2"),
    "tabs": ("X: {0} \tY: {1} \tstate: {2} m/s^2 ", "m/s^2"),
    "a word before": ("Acceleration X: {0}, Y: {1}, state: {2} m/s^2", "m/s^2"),
    "a word and tabs": ("\t\tAccel X: {0} \tY: {1} \tstate: {2} radians/s ", "radians/s"),
    "a unit each": ("X: {0} g Y: {1} g state: {2} g", "g"),
    "a time before": ("[2024-03-05 {t}] X: {0} Y: {1} state: {2}", ""),
}


@pytest.mark.parametrize("case", NAMED)
def test_lines_that_name_their_values_may_end_with_a_unit(tmp_path, case):
    form, unit = NAMED[case]
    text = "Sensor: ADXL345\nData Rate: 100 Hz\n\n" + lines(
        lambda k, v, y: form.format(*v, int(y == "ok"), t=clock(k)))
    dataset = loaded(tmp_path / "a.txt", text)
    check(dataset, 100.0 if unit else 50.0, ("X", "Y"))
    assert dataset.account.channels == {"X": unit, "Y": unit}


def test_values_that_are_named_may_have_a_unit_each(tmp_path):
    text = lines(lambda k, v, y: f"X: {v[0]}%  Y: {v[1]}°C  state: {int(y == 'ok')}")
    dataset = loaded(tmp_path / "a.txt", text)
    check(dataset, None, ("X", "Y"))
    assert dataset.account.channels == {"X": "%", "Y": "°c"}
    assert "'%', '°C' behind the values of each line taken as their units" in dataset.account.text()


def test_names_and_more_than_their_values_are_one_line(tmp_path):
    text = lines(lambda k, v, y: f"acc:{v[0]},{v[1]} gyr:{v[1]},{v[0]}")
    with pytest.raises(UserError, match="lines name 'acc' before several values, .*; write a name"):
        loaded(tmp_path / "a.txt", text, label="-1")
    text = lines(lambda k, v, y: f"X: {v[0]} Y: {v[1]} ok 3")
    with pytest.raises(UserError, match="its lines name X, Y and have 4 cells, such as '"):
        loaded(tmp_path / "a.txt", text, label="-1")
    both = lines(lambda k, v, y: f"{('Accel', 'Gyro')[k % 2]} X: {v[0]}, Y: {v[1]}, state: 1 g")
    with pytest.raises(UserError, match="says of each row what it holds"):
        loaded(tmp_path / "b.txt", both)


RIGOL = {  # columns of a header whose last cells tell the time → a row below it
    "trailing separators": ("X,ax,ay,Start,Increment,\nSequence,Volt,Volt,-6.0e-03,1.0e-05\n",
                            "{k},{0},{1},"),
    "none": ("X,ax,ay,Start,Increment\nSequence,Volt,Volt,-6.0e-03,1.0e-05\n", "{k},{0},{1}"),
    "seconds": ("X,ax,ay,Start,Increment,\nsec,Volt,Volt,-6.0e-03,1.0e-05\n",
                "{t:.6e},{0},{1},"),
    "in the header alone": ("ax,ay,t0 =-6.0e-03, tInc = 1.0e-05,\n", "{0},{1},,"),
    "in microseconds": ("ax,ay,t0 = -0.006s, tInc = 10us,\n", "{0},{1},,"),
    "in the header": ("Time(s),ax,ay,t0 = -0.006s, tInc = 1e-05,\n", "{t:.6e},{0},{1}"),
}


@pytest.mark.parametrize("case", RIGOL)
def test_the_last_cells_of_an_oscilloscope_s_header_are_no_columns(tmp_path, case):
    header, form = RIGOL[case]
    for label, sign in (("a", 1), ("b", -1)):
        written(tmp_path / label / "1.csv", header + lines(lambda k, v, y, sign=sign: form.format(
            sign * v[0], v[1], k=k, t=k * 1e-5 - 0.006)))
    dataset = load(str(tmp_path), window=8)
    assert dataset.rate_hz == pytest.approx(1e5) and dataset.channels == ("ax", "ay")
    np.testing.assert_allclose(dataset.x[:8].reshape(-1, 2), values(), atol=1e-6)
    assert "Start" not in dataset.account.text()


def test_a_column_named_start_stays_one(tmp_path):
    text = "ax,start,increment,label\n" + lines(lambda k, v, y: f"{v[0]},{v[1]},{v[1]},{y}")
    assert loaded(tmp_path / "a.csv", text).channels == ("ax", "start", "increment")
    text = "label,ax,start,increment\n" + lines(lambda k, v, y: f"{y},{v[0]},{v[1]},{v[1]}")
    assert loaded(tmp_path / "b.csv", text).channels == ("ax", "start", "increment")


def test_fractions_and_padded_numbers_behind_a_stamp_are_cells(tmp_path):
    for name, row in (("a", lambda k, v: f"{3 + k * 5 % 7},0.{50 + k * 7 % 40}"),
                      ("b", lambda k, v: f"{100 + k * 5 % 7:04d},{130 + k * 5 % 9:04d}")):
        text = "".join(f"[{clock(k)}] {row(k, v)}\n" for k, v in enumerate(values(200)))
        for label in ("bad", "good"):
            written(tmp_path / name / label / "0.csv", text)
        dataset = load(tmp_path / name, window=50)
        assert dataset.rate_hz == 50 and len(dataset.channels) == 2


def test_thousands_behind_a_name_are_one_value(tmp_path):
    text = "".join(f"x: 1,0{66 + k % 9}.89 y: {v[1]}\n" for k, v in enumerate(values(200)))
    for label in ("bad", "good"):
        written(tmp_path / label / "0.txt", text)
    assert load(tmp_path, window=50).channels == ("x", "y")
