"""Every dialect of tables that common tools write, each against the numbers behind it."""

import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_tables import ROWS, check, comma, labels, lines, loaded, values, written

from lnnlab.data import load
from lnnlab.data.tables import read_table
from lnnlab.errors import UserError


def plain(k, v, label):
    return f"{v[0]},{v[1]},{label}"


def german(k, v, label):
    return f"{comma(v[0])};{comma(v[1])};{label}"


LVM = (
    "LabVIEW Measurement\t\nSeparator\tTab\nDecimal_Separator\t.\nX_Columns\tOne\n"
    "Date\t2024/03/05\n***End_of_Header***\t\n\t\nChannels\t2\t\t\nSamples\t64\t64\t\n"
    "X_Dimension\tTime\tTime\t\nX0\t0.0E+0\t0.0E+0\t\nDelta_X\t0.001\t0.001\t\n"
    "***End_of_Header***\t\t\t\t\nX_Value\tax\tay\tlabel\tComment\n"
)
DIALECTS = {  # name → text, encoding, rate
    "commas": ("ax,ay,label\n" + lines(plain), "utf-8", None),
    "sep= of Excel": ("\ufeffsep=;\r\nax;ay;label\r\n" + lines(german, end="\r\n"), "utf-8", None),
    "German Excel": ("ax;ay;Zustand\r\n" + lines(german, end="\r\n"), "cp1252", None),
    "Unicode text of Excel": (
        "ax\tay\tlabel\r\n" + lines(german, end="\r\n").replace(";", "\t"), "utf-16", None),
    "UTF-16 without a mark": ("ax,ay,label\n" + lines(plain), "utf-16-le", None),
    "UTF-16, big end first": ("ax,ay,label\n" + lines(plain), "utf-16-be", None),
    "UTF-32": ("ax,ay,label\n" + lines(plain), "utf-32", None),
    "comments above": ("# sensor ADXL\n# 100 Hz\nax,ay,label\n" + lines(plain), "utf-8", 100.0),
    "comments of MATLAB": ("% rig\n% Fs = 2.5 kHz\nax,ay,label\n" + lines(plain), "utf-8", 2500.0),
    "comments within": (
        "ax,ay,label\n" + lines(lambda k, v, y: ("# tap\n" if k == 9 else "") + plain(k, v, y)),
        "utf-8", None),
    "long comments within": (
        "ax,ay,label\n" + lines(
            lambda k, v, y: ("# tap, a, b, c\n" if k == 9 else "") + plain(k, v, y)),
        "utf-8", None),
    "preamble": ("Device,VibLogger\nSample rate (Hz),100\n\nax,ay,label\n" + lines(plain),
                 "utf-8", 100.0),
    "preamble of Xsens": ("DeviceTag:,A1\nOutputRate:,60Hz\nCounter,ax,ay,label\n" + lines(
        lambda k, v, y: f"{k + 5},{plain(k, v, y)}"), "utf-8", 60.0),
    "thousands in a preamble": (
        "Sample Rate: 12,800 Hz\nax,ay,label\n" + lines(plain), "utf-8", 12_800.0),
    "units": ("ax,ay,label\n(g),(g),-\n" + lines(plain), "utf-8", None),
    "trailing commas": ("ax,ay,label,\n" + lines(lambda *row: plain(*row) + ","), "utf-8", None),
    "trailing in the data alone": (
        "ax,ay,label\n" + lines(lambda *row: plain(*row) + ","), "utf-8", None),
    "blanks": ("ax ay label\n" + lines(plain).replace(",", " "), "utf-8", None),
    "fixed width": ("      ax      ay  label\n" + lines(
        lambda k, v, y: f"{v[0]:8.3f}{v[1]:8.3f} {y:>6}"), "utf-8", None),
    "comma and blank": ("ax, ay, label\n" + lines(plain).replace(",", ", "), "utf-8", None),
    "bars": ("ax|ay|label\n" + lines(plain).replace(",", "|"), "utf-8", None),
    "R": ('"ax" "ay" "label"\n' + lines(lambda k, v, y: f'"{k + 1}" {v[0]} {v[1]} "{y}"'),
          "utf-8", None),
    "index of pandas": (",ax,ay,label\n" + lines(lambda k, v, y: f"{k},{plain(k, v, y)}"),
                        "utf-8", None),
    "index of pandas, again": (
        "Unnamed: 0,ax,ay,label\n" + lines(lambda k, v, y: f"{k},{plain(k, v, y)}"),
        "utf-8", None),
    "header behind a comment mark": ("# ax ay label\n" + lines(
        lambda k, v, y: f"{v[0]:.18e} {v[1]:.18e} {y}"), "utf-8", None),
    "decimal comma in quotes": ('"ax","ay","label"\n' + lines(
        lambda k, v, y: f'"{comma(v[0])}","{comma(v[1])}","{y}"'), "utf-8", None),
    "lines quoted as a whole": ('"ax,ay,label"\n' + lines(lambda *row: f'"{plain(*row)}"'),
                                "utf-8", None),
    "carriage returns": ("ax,ay,label\r" + lines(plain, end="\r"), "utf-8", None),
    "doubled carriage returns": ("ax,ay,label\r\r\n" + lines(plain, end="\r\r\n"), "utf-8", None),
    "blank lines": ("\nax,ay,label\n\n" + lines(lambda *row: plain(*row) + "\n"), "utf-8", None),
    "NUL bytes": ("ax,ay,label\n" + lines(plain) + "\0" * 512, "utf-8", None),
    "header again": ("ax,ay,label\n" + lines(
        lambda k, v, y: ("ax,ay,label\n" if k == 32 else "") + plain(k, v, y)), "utf-8", None),
    "last words": ("ax,ay,label\n" + lines(plain) + "End of log\n", "utf-8", None),
    "cut off": ("ax,ay,label\n" + lines(plain) + "0.1", "utf-8", None),
    "serial monitor": ("12:34:55.990 -> ax,ay,label\n" + lines(
        lambda k, v, y: f"12:34:56.{10 * k:03d} -> {plain(k, v, y)}"), "utf-8", 100.0),
    "serial plotter": (lines(lambda k, v, y: f"ax:{v[0]} ay:{v[1]} state:{int(y == 'ok')}"),
                       "utf-8", None),
    "LabVIEW": (LVM + lines(
        lambda k, v, y: f"{k * 0.001:.6f}\t{v[0]:.6f}\t{v[1]:.6f}\t{y}\t"), "utf-8", 1000.0),
    "Siglent": ("Record Length,Analog:64\nSample Interval,1.0E-6\nVertical Units,V\n\n"
                "Second,ax,ay,label\n" + lines(
                    lambda k, v, y: f"{k * 1e-6 - 3.2e-5:.7E},{plain(k, v, y)}"), "utf-8", 1e6),
    "Rigol": ("X,ax,ay,label,Start,Increment,\nSequence,Volt,Volt,,0.0e+00,2.0e-06,\n" + lines(
        lambda k, v, y: f"{k},{plain(k, v, y)},,"), "utf-8", 500_000.0),
    "Phyphox": ('"Time (s)","ax","ay","label"\n' + lines(
        lambda k, v, y: f"{k * 0.005 + 1.2e-5 * (k % 3):.9E},{v[0]:.9E},{v[1]:.9E},{y}"),
        "utf-8", 200.0),
    "Sensor Logger": ("time,seconds_elapsed,ax,ay,label\n" + lines(
        lambda k, v, y: f"{1709640000123456789 + k * 10_000_000},{k * 0.01:.7f},{plain(k, v, y)}"),
        "utf-8", 100.0),
    "Edge Impulse": ("timestamp,ax,ay,label\n" + lines(
        lambda k, v, y: f"{k * 16},{plain(k, v, y)}"), "utf-8", 62.5),
    "PicoScope": ("Time,ax,ay,label\n(ms),(V),(mV),\n\n" + lines(
        lambda k, v, y: f"{k * 0.5:.8f},{v[0]:.8f},{v[1]:.8f},{y}"), "utf-8", 2000.0),
    "Hioki": ('"File name","WAVE0001.CSV","V 1.00"\n"Trigger Time","\'12-07-01 09:14:03"\n'
              '"Ch","Mode","Range","Comment"\n"CH-1","Voltage","100mV",""\n'
              '"Time","ax","ay","label",\n' + lines(
                  lambda k, v, y: f"{k * 0.01:.5f},{v[0]:.5E}, {v[1]:.5E},{y},"), "utf-8", 100.0),
    "Shimmer": ('"sep=\t"\nTimestamp_Unix_CAL\tax\tay\tlabel\t\n'
                'ms\tm/(s^2)\tm/(s^2)\tno_units\t\n'
                + lines(lambda k, v, y: f"{1709640000000.5 + k * 19.53125:.5f}\t{v[0]}\t{v[1]}"
                        f"\t{y}\t"), "utf-8", 51.2),
    "OpenBCI": ("%OpenBCI Raw EXG Data\n%Number of channels = 2\n%Sample Rate = 250 Hz\n"
                "Sample Index, ax, ay, Timestamp, label\n" + lines(
                    lambda k, v, y: f"{k % 40}.0, {v[0]}, {v[1]}, {1709640000 + k / 250:.6f}, {y}"),
                "utf-8", 250.0),
    "DSView": ("; CSV, generated by libsigrok4DSL\n; Sample rate: 1 MHz\n; Sample count: 64\n"
               "ax,ay,label\n" + lines(plain), "utf-8", 1e6),
    "semicolons at the ends": ("ax,ay,label;\n" + lines(lambda *row: plain(*row) + ";"),
                               "utf-8", None),
    "twice a clock": ("timestamp,t_ms,ax,ay,label\n" + lines(
        lambda k, v, y: f"2024-03-05T12:00:00.{10 * k:03d},{10 * k},{plain(k, v, y)}"),
        "utf-8", 100.0),
    "a column that is constant, one of text, one empty": ("device,temp,note,ax,ay,label\n" + lines(
        lambda k, v, y: f"A7,21.5,,{plain(k, v, y)}"), "utf-8", None),
}


@pytest.mark.parametrize("name", DIALECTS)
def test_dialects(tmp_path, name):
    text, encoding, rate_hz = DIALECTS[name]
    check(loaded(tmp_path / "rig.csv", text, encoding), rate_hz)


def test_names_and_labels_of_other_alphabets(tmp_path):
    text = "ax [m/s²];ay [m/s²];état\n" + lines(german).replace("worn", "usé")
    dataset = loaded(tmp_path / "a.csv", text, "cp1252", channels=["ax", "ay"])
    check(dataset, channels=("ax [m/s²]", "ay [m/s²]"))
    assert dataset.classes == ("ok", "usé") and "read as Windows-1252" in dataset.account.text()
    assert dataset.account.channels["ax [m/s²]"] == "m/s²"
    text = "時間(ms),加速度,角速度,label\n" + lines(lambda k, v, y: f"{k * 10},{plain(k, v, y)}")
    check(loaded(tmp_path / "b.csv", text, "cp932"), 100.0, ("加速度", "角速度"))


@pytest.mark.parametrize(("header", "mark"), [
    ("time_ms,ax,ay,label", ";"), ("time_ms, ax, ay, label", "\t"), ("time_ms;ax;ay;label", ","),
    ("time_ms ax ay label", "\t"), ("time_ms, ax, ay, label", " ")])
def test_a_header_may_be_separated_otherwise(tmp_path, header, mark):
    text = header + "\n" + lines(lambda k, v, y: mark.join(f"{10 * k},{plain(k, v, y)}".split(",")))
    dataset = loaded(tmp_path / "a.csv", text)
    check(dataset, 100.0)
    assert f"Line 1, '{header}', is separated otherwise than the rows" in dataset.account.text()


@pytest.mark.parametrize("above", [
    "Taken on the old rig at night, once, by hand, and kept", "rig: 7, gear: 2, by: AB, to: CD"])
def test_a_sentence_is_no_header(tmp_path, above):
    text = above + "\n" + lines(
        lambda k, v, y: f"{10 * k};{plain(k, v, y)}".replace(",", ";"))
    check(loaded(tmp_path / "a.csv", text, label="-1"), None, ("1", "2"))


def test_a_name_above_a_date_and_a_time_is_that_of_both(tmp_path):
    text = "timestamp ax ay label\n" + lines(
        lambda k, v, y: f"2024-03-05 12:00:00.{10 * k:03d} {v[0]} {v[1]} {y}")
    check(loaded(tmp_path / "a.csv", text), 100.0)
    check(loaded(tmp_path / "b.csv", text.replace("timestamp", "date")), 100.0)
    with pytest.raises(UserError, match="5 cells a row under a header of 4"):
        loaded(tmp_path / "d.csv", text.replace("timestamp ax ay", "date time ax"))
    named = "date time ax ay label\n" + lines(  # R names no column of rows
        lambda k, v, y: f'"{k}" 2024-03-05 12:00:00.{10 * k:03d} {v[0]} {v[1]} {y}')
    check(loaded(tmp_path / "c.csv", named), 100.0)


def test_no_header_and_headers_of_numbers(tmp_path):
    check(loaded(tmp_path / "a.csv", lines(plain)), channels=("0", "1"))
    check(loaded(tmp_path / "b.csv", lines(lambda k, v, y: f"{v[0]},{v[1]},{int(y == 'ok')}"),
                 label="-1"), channels=("0", "1"))
    for header in ("0,1,label", "1,2,label"):
        dataset = loaded(tmp_path / "c.csv", f"{header}\n{lines(plain)}")
        check(dataset, channels=tuple(header.split(",")[:2]))
        assert "taken as a header of numbers" in dataset.account.text()


def test_files_that_start_with_time_and_rate(tmp_path):
    for label in ("rest", "walk"):
        written(tmp_path / "e4" / label / "ACC.csv", "1709640000.00,1709640000.00\n"
                "32.000000,32.000000\n" + lines(lambda k, v, y: f"{v[0]},{v[1]}"))
    dataset = load(str(tmp_path / "e4"), window=8)
    assert dataset.rate_hz == 32.0 and "as Empatica does" in dataset.account.text()
    np.testing.assert_allclose(dataset.x[dataset.y == 0].reshape(-1, 2), values(), atol=1e-6)


def test_a_clock_without_a_name_is_no_channel(tmp_path):
    """Whole milliseconds at 1600 Hz stand still now and then; nanoseconds go back once."""
    check(loaded(tmp_path / "a.csv", lines(lambda k, v, y: f"{k * 5 // 8},{plain(k, v, y)}")),
          channels=("1", "2"))
    dataset = loaded(tmp_path / "b.csv", lines(
        lambda k, v, y: f"{(1709640000 * 100 + k) * 10**7},{plain(k, v, y)}"))
    check(dataset, 100.0, ("1", "2"))
    with pytest.raises(UserError, match="row 21, column '0': time does not increase"):
        loaded(tmp_path / "b.csv", lines(
            lambda k, v, y: f"{(1709640000 * 100 + k - 9 * (k == 20)) * 10**7},{plain(k, v, y)}"))


def test_a_name_that_stands_twice(tmp_path):
    dataset = loaded(tmp_path / "a.csv", "x,x ,label\n" + lines(plain))
    check(dataset, channels=("x", "x.1"))
    assert "Two columns are named 'x'" in dataset.account.text()


@pytest.mark.parametrize(("form", "words"), [
    (lambda n, x: f"{n:,}".replace(",", ".") + f";{comma(x)}", "dots beside decimal commas"),
    (lambda n, x: f"{n:,}".replace(",", "\u00a0") + f";{comma(x)}", "blanks that do not break"),
    (lambda n, x: f"{n:,}".replace(",", " ") + f";{comma(x)}", "blanks"),
    (lambda n, x: f"{n:,}".replace(",", "'") + f";{x}", "apostrophes"),
    (lambda n, x: f'"{n:,}";{x}', "commas beside decimal points"),
])
def test_marks_between_thousands(tmp_path, form, words):
    numbers = [900 + (37 * k) % 1500 for k in range(ROWS)]
    text = "adc;ay;label\n" + lines(lambda k, v, y: f"{form(numbers[k], v[1])};{y}")
    dataset = loaded(tmp_path / "a.csv", text)
    np.testing.assert_allclose(dataset.x[..., 0].ravel(), numbers)
    np.testing.assert_allclose(dataset.x[..., 1].ravel(), values()[:, 1], atol=1e-6)
    assert "thousands in 'adc' understood" in dataset.account.text()


def test_a_mark_that_shows_late_counts_from_the_start(tmp_path):
    """The first hundreds of rows hold whole numbers alone; a comma and thousands come after."""
    rows = [f"{k % 90};{1 + k % 7};{'xy'[k // 1000]}" for k in range(1999)]
    path = written(tmp_path / "a.csv", "a;b;label\n" + "\n".join([*rows, "1,5;1.250;y"]))
    dataset = load(path, window=2)
    assert dataset.x[-1, -1].tolist() == [1.5, 1250.0] or dataset.x[-1, 0].tolist() == [1.5, 1250.0]


BAD = {
    "points and commas": ("ax;ay;label\n" + lines(
        lambda k, v, y: f"{comma(v[0])};{v[1] + 0.01:.2f};{y}"),
        "column 'ay': '.*' has a decimal point in a file of decimal commas"),
    "text in a number": ("ax,ay,label\n" + lines(
        lambda k, v, y: f"{'broken' if k == 9 else v[0]},{v[1]},{y}"), "row 11, column 'ax'"),
    "missing value": ("ax,ay,label\n" + lines(
        lambda k, v, y: f"{'#N/A' if k == 9 else v[0]},{v[1]},{y}"),
        "row 11, column 'ax': '#N/A'"),
    "more cells than names": ("ax,ay\n" + lines(
        lambda k, v, y: f"{comma(v[0])},{comma(v[1])},{y}"),
        "line 1, 'ax,ay', has 2 cells and the rows below have 5"),
    "a row a value": ("t_ms,sensor,value,label\n" + lines(
        lambda k, v, y: f"{k},{'ab'[k % 2]},{v[0]},{y}"), "column 'sensor' says of each row"),
    "a workbook": (b"PK\x03\x04 and more", "an Excel workbook or a zip"),
    "HDF5": (b"\x89HDF\r\n", "HDF5"),
    "bytes": (bytes(range(256)) * 8, "not a text file"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_read_is_one_line(tmp_path, case):
    content, message = BAD[case]
    with pytest.raises(UserError, match=message) as caught:
        loaded(tmp_path / "a.csv", content)
    assert "\n" not in str(caught.value)


@st.composite
def written_tables(draw):
    """A table's numbers and one way to write them."""
    separator = draw(st.sampled_from(",;\t| "))
    decimal = draw(st.sampled_from(".,"))
    thousands = draw(st.booleans())
    two_ways = thousands or separator == decimal  # three digits behind a mark would read two ways
    return {
        "separator": separator, "decimal": decimal, "thousands": thousands,
        "quoted": draw(st.booleans()) or (separator == "," and (decimal == "," or thousands)),
        "digits": draw(st.sampled_from([1, 2, 4] if two_ways else [0, 1, 2, 3, 4])),
        "encoding": draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"])),
        "end": draw(st.sampled_from(["\n", "\r\n", "\r"])), "header": draw(st.booleans()),
        "units": draw(st.booleans()), "trailing": draw(st.booleans()) and separator != " ",
        "above": draw(st.sampled_from(["", "# 3 comments", "Device,Log", "Unit;X\nGain;2\n"])),
    }


def as_text(how, x, y):
    separator, names = how["separator"], ["ax", "ay", "az"][: x.shape[1]]

    def cell(text):
        return f'"{text}"' if how["quoted"] else text

    def number(value):
        text = f"{value:{',' if how['thousands'] else ''}.{how['digits']}f}"
        return text.translate({44: 46, 46: 44}) if how["decimal"] == "," else text

    rows = [[*map(number, row), label] for row, label in zip(x, y, strict=True)]
    if how["header"]:
        rows = [[*names, "label"], *([["g"] * len(names) + ["-"]] if how["units"] else []), *rows]
    tail = separator if how["trailing"] else ""
    text = [separator.join(map(cell, row)) + tail for row in rows]
    above = how["above"].split("\n") if how["above"] and how["header"] else []
    return how["end"].join([*above, *text, ""])


@given(how=written_tables(), seed=st.integers(0, 10**6), rows=st.integers(4, 30),
       channels=st.integers(1, 3), scale=st.sampled_from([1.0, 50.0, 5000.0]))
@settings(max_examples=60, deadline=None)
def test_any_table_in_any_dialect_is_read_back(tmp_path_factory, how, seed, rows, channels, scale):
    x = (scale * values(rows, channels, seed)).round(how["digits"])
    path = tmp_path_factory.mktemp("t") / "a.csv"
    path.write_bytes(as_text(how, x, labels(rows)).encode(how["encoding"]))
    table = read_table(path)
    names = ["ax", "ay", "az"][:channels] if how["header"] else [str(k) for k in range(channels)]
    assert table.names[:-1] == names
    np.testing.assert_allclose(table.numbers(names), x, atol=1e-9)
    assert [str(each) for each in table.cells.iloc[:, -1]] == labels(rows)


def test_parquet(tmp_path):
    pytest.importorskip("pyarrow", reason="the extra 'parquet' is not installed")
    frame = pd.DataFrame(values(), columns=["ax", "ay"]).assign(label=labels())
    frame.index = pd.date_range("2024-03-05", periods=ROWS, freq="10ms")
    frame.to_parquet(tmp_path / "a.parquet")
    check(load(str(tmp_path / "a.parquet"), window=8), 100.0)
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    with pytest.raises(UserError, match="damaged, or not a Parquet file"):
        load(str(tmp_path / "a.parquet"))


def test_parquet_without_its_extra(tmp_path, monkeypatch):
    for name in ("pyarrow", "fastparquet"):
        monkeypatch.setitem(sys.modules, name, None)
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    with pytest.raises(UserError, match="Parquet needs pyarrow"):
        load(str(tmp_path / "a.parquet"))


def test_a_mark_that_could_be_either_is_refused(tmp_path):
    numbers = [900 + (37 * k) % 1500 for k in range(ROWS)]
    for mark in ".,":
        text = "adc;label\n" + lines(
            lambda k, v, y, mark=mark: f"{numbers[k]:,}".replace(",", mark) + f";{y}")
        with pytest.raises(UserError, match=r"column 0 holds '1.\d{3}' beside '9\d\d': thousands"):
            loaded(tmp_path / "a.csv", text)


def test_numbers_as_names_beside_a_known_one(tmp_path):
    check(loaded(tmp_path / "a.csv", "101,102,label\n" + lines(plain)), channels=("101", "102"))


def test_labels_that_start_with_a_comment_mark(tmp_path):
    text = "label,ax,ay\n" + lines(lambda k, v, y: f"#{y},{v[0]},{v[1]}")
    assert loaded(tmp_path / "a.csv", text).classes == ("#ok", "#worn")


def test_unquoted_thousands_between_commas_are_refused(tmp_path):
    text = "ax,ay,label\n" + lines(lambda k, v, y: f"1,{100 + k},{v[1]},{y}")
    with pytest.raises(UserError, match="4 cells a row under a header of 3"):
        loaded(tmp_path / "a.csv", text)


def test_three_digits_behind_every_comma_in_a_file_of_commas_are_thousands_and_told(tmp_path):
    (tmp_path / "a.csv").write_text('"6,300",a\n"-6,600",b\n"32,000",a\n"5,250",b\n')
    table = read_table(tmp_path / "a.csv")
    np.testing.assert_array_equal(table.numbers(["0"]).ravel(), [6300, -6600, 32000, 5250])
    assert "Marks between thousands in '0' understood." in table.notes
