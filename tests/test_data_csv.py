"""Sensor CSVs as people have them, and what is wrong with some."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lnnlab.data import load
from lnnlab.errors import UserError


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return str(path)


def table(rows=64, separator=",", header=True, decimal="."):
    """Two channels and a label; the label changes half-way."""
    random = np.random.default_rng(0)
    values = random.normal(size=(rows, 2)).round(4)
    lines = ["ax,ay,label".replace(",", separator)] if header else []
    for k, row in enumerate(values):
        cells = [f"{value:.4f}".replace(".", decimal) for value in row]
        lines.append(separator.join([*cells, "ok" if k < rows // 2 else "worn"]))
    return "\n".join(lines) + "\n", values


@pytest.mark.parametrize(
    ("separator", "decimal"), [(",", "."), (";", "."), (";", ","), ("\t", ".")]
)
def test_separators_and_decimal_commas(tmp_path, separator, decimal):
    text, values = table(separator=separator, decimal=decimal)
    dataset = load(write(tmp_path / "a.csv", text), window=8)
    assert dataset.classes == ("ok", "worn") and dataset.channels == ("ax", "ay")
    np.testing.assert_allclose(dataset.x.reshape(-1, 2), values, atol=1e-6)


def test_without_a_header_columns_go_by_position(tmp_path):
    text, values = table(header=False)
    dataset = load(write(tmp_path / "a.csv", text), window=8, label="-1", channels=["1"])
    np.testing.assert_allclose(dataset.x.ravel(), values[:, 1], atol=1e-6)


def test_a_folder_per_class(tmp_path):
    for label, offset in (("ok", 0), ("worn", 5)):
        for number in range(3):
            lines = "\n".join(f"{offset + k % 7},{k % 3}" for k in range(20))
            write(tmp_path / "rig" / label / f"{number}.csv", lines)
    dataset = load(str(tmp_path / "rig"), window=10)
    assert len(dataset) == 2 * 3 * 2
    assert list(dict.fromkeys(dataset.groups["recording"])) == [
        f"{label}/{k}.csv" for label in ("ok", "worn") for k in range(3)
    ]
    assert dataset.x[dataset.y == 1, 0, 0].min() >= 5


@given(
    lengths=st.lists(st.integers(8, 40), min_size=2, max_size=5),
    window=st.integers(2, 8), overlap=st.sampled_from([0.0, 0.25, 0.5, 0.9]),
)
@settings(max_examples=25)
def test_windows_never_cross_recordings(tmp_path_factory, lengths, window, overlap):
    """Every sample carries its recording's number and its place in it."""
    lines = ["recording_number,place,label,name"]
    for number, length in enumerate(lengths):
        label = "a" if number % 2 else "b"
        lines += [f"{number},{place},{label},r{number}" for place in range(length)]
    if len(lengths) < 4:
        return  # a channel that is constant within a class is refused
    path = write(tmp_path_factory.mktemp("w") / "a.csv", "\n".join(lines))
    dataset = load(path, window=window, overlap=overlap, recording="name",
                   channels=["recording_number", "place"])
    numbers, places = dataset.x[..., 0], dataset.x[..., 1]
    assert (numbers == numbers[:, :1]).all()
    assert (np.diff(places, axis=1) == 1).all()
    np.testing.assert_array_equal(places[:, 0], dataset.start)
    hop = max(1, round(window * (1 - overlap)))
    assert len(dataset) == sum(1 + (length - window) // hop for length in lengths)


def timed(times, name="t_s"):
    half = len(times) // 2
    lines = [f"{name},a,label"]
    for k, time in enumerate(times):
        lines.append(f"{time!r},{(k * 7) % 5},{'x' if k < half else 'y'}")
    return "\n".join(lines)


def test_regular_times_give_a_rate(tmp_path):
    milliseconds = [2.5 * k for k in range(60)]
    dataset = load(
        write(tmp_path / "a.csv", timed(milliseconds, "t_ms")), window=10, time="t_ms"
    )
    assert dataset.rate_hz == pytest.approx(400.0) and dataset.timespans is None
    assert dataset.channels == ("a",)


def test_irregular_times_give_timespans(tmp_path):
    steps = np.random.default_rng(0).uniform(0.5, 2.0, 60)
    times = [float(each) for each in np.cumsum(steps)]
    dataset = load(write(tmp_path / "a.csv", timed(times)), window=10, time="t_s")
    assert dataset.rate_hz is None
    np.testing.assert_allclose(dataset.timespans[1], steps[10:20], rtol=1e-9)


def test_groups_come_from_columns(tmp_path):
    lines = ["a,load,label"]
    lines += [f"{k % 7},{k // 20},{'x' if (k // 10) % 2 else 'y'}" for k in range(60)]
    dataset = load(write(tmp_path / "a.csv", "\n".join(lines)), window=5, groups=["load"])
    assert set(dataset.groups["load"]) == {"0", "1", "2"}


def changed(row, column, cell):
    lines = table()[0].splitlines()
    cells = lines[row].split(",")
    cells[column] = cell
    lines[row] = ",".join(cells)
    return "\n".join(lines)


BAD = {
    "misspelt label": (table()[0], {"label": "lable"}, "did you mean 'label'.*ax, ay, label"),
    "text in a number": (changed(5, 1, "abc"), {}, "row 6, column 'ay': 'abc'"),
    "empty cell": (changed(5, 0, ""), {}, "row 6, column 'ax': an empty cell"),
    "NaN": (changed(5, 0, "nan"), {}, "row 6, column 'ax': 'nan'"),
    "infinite": (changed(9, 1, "inf"), {}, "row 10, column 'ay': 'inf'"),
    "no label": (changed(5, 2, ""), {}, "row 6: no label"),
    "short": (table()[0], {"window": 100}, "32 samples, fewer than a window of 100"),
    "one class": ("a,label\n1,x\n2,x\n3,x\n4,x\n", {"window": 2}, "two classes or more"),
    "constant": ("a,b,label\n" + "".join(f"{k},1,{'xy'[k // 8]}\n" for k in range(16)),
                 {"window": 2, "channels": ["b"]}, r"channel 'b' is constant \(1\) in class 'x'"),
    "constant in a class": (
        "a,b,label\n" + "".join(f"{k % 3},{k // 8},{'xy'[k // 8]}\n" for k in range(16)),
        {"window": 2}, r"channel 'b' is constant \(0\) in class 'x'"),
    "no channel": ("a,b,label\n" + "".join(f"{k},1,{'xy'[k // 8]}\n" for k in range(16)), {},
                   "no column is left for a channel.*'a' counts the rows.*'b' is constant"),
    "empty": ("", {}, "the file is empty"),
    "header only": ("a,label\n", {}, "a header and no rows"),
    "ragged": ("a,label\n1,x\n2,x,3\n4,y\n", {}, "line 3"),
    "time goes back": (timed([0.0, 1.0, 0.5, 3.0, 4.0, 5.0]), {"time": "t_s"},
                       "row 4, column 't_s': time does not increase"),
    "overlap": (table()[0], {"overlap": 1.0}, "overlap = 1.0"),
    "option": (table()[0], {"windw": 3}, "did you mean 'window'"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_clear_line(tmp_path, case):
    text, options, message = BAD[case]
    path = write(tmp_path / "bad.csv", text)
    with pytest.raises(UserError, match=message) as caught:
        load(path, **{"window": 4} | options)
    assert "\n" not in str(caught.value)


def test_unequal_channel_counts_name_both_files(tmp_path):
    write(tmp_path / "rig" / "a" / "0.csv", "1,2\n2,3\n3,5\n")
    write(tmp_path / "rig" / "b" / "0.csv", "1,2,3\n2,3,4\n4,5,6\n")
    with pytest.raises(UserError, match="b/0.csv: 3 columns, but .*a/0.csv has 2"):
        load(str(tmp_path / "rig"), window=2)


def test_absent_files_and_unknown_corpora(tmp_path):
    with pytest.raises(UserError, match="no such file"):
        load(str(tmp_path / "none.csv"))
    with pytest.raises(UserError, match="did you mean 'bearing_sim'"):
        load("bearing_sin")
    with pytest.raises(UserError, match="no CSV files"):
        load(str(tmp_path))
