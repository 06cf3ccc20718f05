"""What instruments, phones and scripts write, each against the numbers behind it."""

import json

import numpy as np
import pytest
from made_tables import ROWS, check, comma, labels, lines, loaded, values, written
from scipy.io import savemat

from lnnlab.data import load
from lnnlab.data.tables.preamble import rate_above
from lnnlab.errors import UserError

LVM = ("LabVIEW Measurement\t\nSeparator\tTab\nX_Columns\t{columns}\nDate\t2024/03/05\n"
       "Time\t12:00:00.123456\n***End_of_Header***\t\n\t\n")
SEGMENT = ("Channels\t2\t\t\nSamples\t16\t16\t\nDate\t2024/03/05\t2024/03/05\t\n"
           "Time\t12:00:00.123\t12:00:00.123\t\nX_Dimension\tTime\tTime\t\nX0\t0.0E+0\t0.0E+0\t\n"
           "Delta_X\t0.001\t0.001\t\n***End_of_Header***\t\t\t\nX_Value\tax\tay\tlabel\tComment\n")
SIGLENT = ("Record Length,Analog:64\nSample Interval,CH1:1.0E-06\nVertical Scale,CH1:1.00\n"
           "Horizontal Units,s\nSoftware Version,7.0\nSource,CH1,CH2,\nSecond,Value,Volt,label\n")


def plain(k, v, label):
    return f"{v[0]},{v[1]},{label}"


def records():
    return [{"t_ms": 10 * k, "ax": float(v[0]), "ay": float(v[1]), "label": label}
            for k, (v, label) in enumerate(zip(values(), labels(), strict=True))]


def beside(k):
    """What a Tektronix oscilloscope writes beside the data of a row."""
    return {0: "Record Length,6.4e1", 1: "Sample Interval,4.0e-05", 6: "Source,CH1"}.get(k, ",")


FILES = {  # name → text, rate, channels
    "LabVIEW without times": (
        LVM.format(columns="No") + SEGMENT + lines(lambda k, v, y: f"\t{v[0]}\t{v[1]}\t{y}\t"),
        1000.0, ("ax", "ay")),
    "LabVIEW without trailing tabs": (
        LVM.format(columns="One") + SEGMENT + lines(
            lambda k, v, y: f"{k / 1000:.6f}\t{v[0]}\t{v[1]}\t{y}"), 1000.0, ("ax", "ay")),
    "units in cells": (
        "time,ax,ay,label\n" + lines(lambda k, v, y: f"{10 * k} ms,{v[0]} m/s²,{v[1]}mV,{y}"),
        100.0, ("ax", "ay")),
    "units and decimal commas": (
        "ax;ay;label\n" + lines(lambda k, v, y: f"{comma(v[0])} mV;{comma(v[1])} mV;{y}"),
        None, ("ax", "ay")),
    "a timetable of MATLAB": (
        "Time,ax,ay,label\n" + lines(lambda k, v, y: f"{k / 100:g} sec,{plain(k, v, y)}"), 100.0,
        ("ax", "ay")),
    "JSON by the line": ("\n".join(map(json.dumps, records())), 100.0, ("ax", "ay")),
    "JSON, a list": (json.dumps(records(), indent=1), 100.0, ("ax", "ay")),
    "JSON by column": (json.dumps({name: [each[name] for each in records()]
                                   for name in records()[0]}), 100.0, ("ax", "ay")),
    "JSON, a list within": (json.dumps({"device": "x", "data": records()}), 100.0, ("ax", "ay")),
    "a stamped plotter": (lines(
        lambda k, v, y: f"12:00:0{k // 50}.{k % 50 * 20:03d} -> ax:{v[0]},ay:{v[1]},label:"
                        f"{labels().index(y)}"), 50.0, ("ax", "ay")),
    "Siglent": (SIGLENT + lines(lambda k, v, y: f"{k * 1e-6:.9E},{plain(k, v, y)}"), 1e6,
                ("Value", "Volt")),
    "Tektronix": (lines(lambda k, v, y: f"{beside(k)},,{k * 4e-5 - 0.001:.6f},{plain(k, v, y)},"),
                  25_000.0, ("4", "5")),
    "a rate behind other numbers": (
        "# {\"00:07\": {\"sampling rate\": 1000, \"column\": [\"nSeq\", \"ax\", \"ay\"]}}\n"
        + lines(lambda k, v, y: f"{k % 16}\t{v[0]}\t{v[1]}\t{y}"), 1000.0, ("1", "2")),
    "JSON of pandas": (json.dumps({name: {str(k): each[name] for k, each in enumerate(records())}
                                   for name in records()[0]}), 100.0, ("ax", "ay")),
    "JSON of pandas, split": (json.dumps({
        "columns": list(records()[0]), "index": list(range(ROWS)),
        "data": [list(each.values()) for each in records()]}), 100.0, ("ax", "ay")),
    "JSON with a rate": (json.dumps({"sample_rate": 400} | {
        name: [each[name] for each in records()] for name in ("ax", "ay", "label")}), 400.0,
        ("ax", "ay")),
    "Fortran": ("ax ay label\n" + lines(
        lambda k, v, y: f"{v[0]:.6E} {v[1]:.6E} ".replace("E", "D") + y), None, ("ax", "ay")),
    "HOBO": ("#,Date Time,ax,ay,label,Host Connected,End Of File\n" + lines(
        lambda k, v, y: f"{k + 1},03/05/24 12:{k // 60:02d}:{k % 60:02d} PM,{plain(k, v, y)},,")
        + "65,03/05/24 12:01:04 PM,,,,Logged,Logged\n", 1.0, ("ax", "ay")),
    "ActiGraph": (
        "--- Data File Created By ActiGraph GT3X+ date format dd.MM.yyyy at 30 Hz Filter Normal\n"
        "Serial Number: TAS1\nax,ay,label\n" + lines(plain), 30.0, ("ax", "ay")),
    "files behind each other, each with a mark": (
        "\ufeffax,ay,label\n" + lines(
            lambda k, v, y: ("\ufeffax,ay,label\n" if k == 32 else "") + plain(k, v, y)), None,
        ("ax", "ay")),
}


@pytest.mark.parametrize("name", FILES)
def test_files_of_tools(tmp_path, name):
    text, rate_hz, channels = FILES[name]
    label = {"label": "-1"} if name == "Tektronix" else {}
    check(loaded(tmp_path / "a.csv", text, **label), rate_hz, channels)


def test_json_of_rows(tmp_path):
    rows = [list(each.values())[1:] for each in records()]
    check(loaded(tmp_path / "a.json", json.dumps(rows)), None, ("0", "1"))


def test_segments_of_labview_are_recordings(tmp_path):
    segments = "".join(SEGMENT + "".join(
        f"{k / 1000:.6f}\t{v[0]}\t{v[1]}\tok\t\n" for k, v in enumerate(values(16, seed=seed)))
        for seed in (1, 2, 3))
    files = {"a.lvm": LVM.format(columns="One") + segments,
             "b.lvm": LVM.format(columns="One") + segments.replace("ok", "worn")}
    for name, text in files.items():
        written(tmp_path / "rig" / name, text)
    dataset = load(str(tmp_path / "rig"), window=16)
    assert len(dataset) == 6 and dataset.rate_hz == 1000
    np.testing.assert_allclose(dataset.x[1], values(16, seed=2), atol=1e-6)
    assert "and the like in 1 more file." in dataset.account.text()


def test_samples_of_edge_impulse(tmp_path):
    """As its export has them: parts, labels in names, and JSON with the interval."""
    for part in ("training", "testing"):
        for label in ("idle", "wave"):
            sample = {"payload": {"interval_ms": 16, "values": values(24).tolist(), "sensors": [
                {"name": "accX", "units": "m/s2"}, {"name": "accY", "units": "m/s2"}]}}
            written(tmp_path / "ei" / part / f"{label}.3fk2ja1.json", json.dumps(sample))
    written(tmp_path / "ei" / "info.labels", '{"version": 1, "files": []}')
    dataset = load(str(tmp_path / "ei"), window=8)
    assert dataset.classes == ("idle", "wave") and dataset.rate_hz == 62.5
    assert dataset.channels == ("accX", "accY") and set(dataset.groups["part"]) == {
        "training", "testing"}
    assert dict(dataset.account.channels) == {"accX": "m/s2", "accY": "m/s2"}


def test_samples_of_audacity_have_no_name(tmp_path):
    above = "Sample Rate: 44100 Hz. 1 channel\nPeak amplitude: 0.9 (linear)\n\n"
    for label in ("bad", "good"):
        written(tmp_path / "rig" / label / "1.txt", above + "\n".join(
            str(v[0]) for v in values(24, seed=len(label))))
    dataset = load(str(tmp_path / "rig"), window=8)
    assert dataset.channels == ("0",) and dataset.rate_hz == 44_100


def test_settings_beside_tables_are_no_tables(tmp_path):
    for label in ("bad", "good"):
        written(tmp_path / "rig" / label / "1.csv", "ax,ay\n" + "\n".join(
            f"{v[0]},{v[1]}" for v in values(24)))
    written(tmp_path / "rig" / "bad" / "settings.json", '[{"rate": 100}]')
    dataset = load(str(tmp_path / "rig"), window=8)
    assert dataset.account.left_out == {"bad/settings.json": "no table"}



def test_matlab_structures_of_named_signals(tmp_path):
    """As Paderborn's bearings have them: the variable is the file's name, signals have names."""
    for label, seed in (("K001", 1), ("KA01", 2)):
        name = f"N15_{label}_1"
        kind = [("Name", object), ("Data", object)]
        y = np.array([("force", values(5)[:, 0]), ("current", values(seed=seed)[:, 0]),
                      ("vibration", values(seed=seed)[:, 1])], dtype=kind)
        (tmp_path / "rig" / label).mkdir(parents=True)
        savemat(tmp_path / "rig" / label / f"{name}.mat", {name: {"Y": y}})
    dataset = load(str(tmp_path / "rig"), window=8)
    assert dataset.channels == ("Y.current", "Y.vibration")
    np.testing.assert_allclose(dataset.x[:8].reshape(-1, 2), values(seed=1), atol=1e-6)


def test_the_rate_of_sampling_and_not_of_a_shaft(tmp_path):
    """MFPT's bearings hold both: ``sr`` samples a second, and a shaft's ``rate``."""
    for label, hz in (("good", 48_828.0), ("bad", 48_828.0)):
        (tmp_path / "rig" / label).mkdir(parents=True)
        savemat(tmp_path / "rig" / label / "1.mat", {"bearing": {
            "rate": 25.0, "sr": hz, "load": 270.0, "gs": values()[:, :1]}})
    assert load(str(tmp_path / "rig"), window=8).rate_hz == 48_828


BAD = {
    "another unit in one cell": (
        "ax,label\n" + lines(lambda k, v, y: f"{v[0]} {'V' if k == 9 else 'mV'},{y}"),
        "row 11, column 'ax': '.* V' where a finite number"),
    "names in another order": (
        lines(lambda k, v, y: f"ay:{v[1]},ax:{v[0]}" if k == 9 else f"ax:{v[0]},ay:{v[1]}"),
        "line 10 names ay, ax, other lines ax, ay"),
    "segments without times": (
        LVM.format(columns="No") + 2 * (SEGMENT + lines(
            lambda k, v, y: f"\t{v[0]}\t{v[1]}\t{y}\t") + "\n"), "segments without times"),
    "half of a JSON line": ('{"ax": 1, "label": "x"}\n{"ax": 2, "lab', "line 2: not JSON"),
    "JSON that is no table": ('{"version": 1}', "no table: expected an object a line"),
    "JSON of lists": ('[{"ax": [1, 2], "label": "x"}]', "'ax' holds lists"),
    "a sample without an interval": (
        '{"payload": {"values": [[1]], "sensors": [{"name": "x"}]}}', "interval_ms"),
    "a web page": ("\n<!DOCTYPE html><html></html>", "a web page or XML"),
    "a pointer": ("version https://git-lfs.github.com/spec/v1\noid sha256:4d\n", "git lfs pull"),
    "no separator that is known": (
        "ax^ay^label\n" + lines(lambda k, v, y: f"{v[0]}^{v[1]}^{y}"),
        "no column of numbers in it, such as '.*'; write"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_read_is_one_line(tmp_path, case):
    text, message = BAD[case]
    with pytest.raises(UserError, match=message) as caught:
        loaded(tmp_path / "a.csv", text, label="-1" if case.endswith("known") else None)
    assert "\n" not in str(caught.value)


def test_loads_and_classes_keep_their_units(tmp_path):
    """Few different cells with a unit are conditions, not measurements."""
    text = "ax,ay,label\n" + lines(
        lambda k, v, y: f"{v[0]},{v[1]},{'1500 rpm' if y == 'ok' else '3000 rpm'}")
    assert loaded(tmp_path / "a.csv", text).classes == ("1500 rpm", "3000 rpm")
    text = text.replace("label", "speed")
    assert loaded(tmp_path / "b.csv", text).classes == ("1500 rpm", "3000 rpm")
    assert len(labels()) == ROWS


LINES = {  # line above a table → its decimal mark, Hz
    "Delta_X\t0,001250\t0,001250": (",", 800), "Delta_X\t0,000625": (",", 1600),
    "Abtastzeit (s);0,00125": (",", 800), "# Abtastzeit (ms): 0,390625": (",", 2560),
    "Abtastrate (Hz);666,6667": (",", 666.667), "Abtastzeit: 0,0005 s": (",", 2000),
    "# Sample interval: 0,005 s": (".", 200), "# Sample interval (s): 0.005": (",", 200),
    "Sample Rate: 51.2 kSa/s": (".", 51_200), "Sample Rate (kS/s): 51.2": (".", 51_200),
    "Sampling rate: 1.25 MSa/s": (".", 1.25e6), "Sample rate [MHz]: 1.0": (".", 1e6),
    "Sample rate: 25 600 Hz": (".", 25_600), "Sample rate: 25'600 Hz": (".", 25_600),
    "Sample rate: 1.000.000 Hz": (",", 1e6), "Sample Rate: 12,800 Hz": (".", 12_800),
    "Sampling rate: 25.600 Hz": (",", 25_600), "Sampling rate: 25.6 kSPS": (".", 25_600),
    "Sampling rate: 600 samples/min": (".", 10), "Sample rate: 10 ms": (".", 100),
    "Sampling rate: every 5 ms": (".", 200), "Sampling rate: 0.0025 s": (".", 400),
    "Sample interval,5,ms": (".", 200), "sampling_period_ms: 5": (".", 200),
    "Sampling rate [1/s]: 100": (".", 100), "Sample rate (Hz),400,400": (".", 400),
    "Sampling rate,25600,Hz,Speed,1500,rpm": (".", 25_600), "400 Hz sampling rate": (".", 400),
    "Sample rate CH1: 5000 Hz": (".", 5000), "2024-03-05 sampling rate 400 Hz": (".", 400),
    "Sampling rate: 400, cutoff 50 Hz": (".", 400), "dt = 2500 us": (".", 400),
    "Sampling rate: 100 Hz (max. 3200 Hz)": (".", 100), "MAX30102 sample rate: 100": (".", 100),
    "Range 16 g sampling rate: 100 Hz": (".", 100), "ODR: 104": (".", 104),
    "Sample time: 0.5 s": (".", 2),
    "Logging rate: 100 Hz": (".", 100), "Scan rate (Hz),100": (".", 100),
    "Recording interval: 1 min": (".", 0.0166667), "Abtastfrequenz [Hz];25600": (",", 25_600),
    "100 samples per second": (".", 100), "Ts = 0.01 s": (".", 100), "Ts=10 ms": (".", 100),
    "Sampling rate: 100 Hz (resampled from 1 kHz)": (".", 100),
    "Resampling rate: 100 Hz": (".", 100), "Sampling rate: 100 Hz (resampled)": (".", 100),
    "Sampling rate after decimation: 100 Hz": (".", 100), "Resampled at 100 Hz": (".", 100),
    "Output data rate: 100 Hz, decimation filter sinc3": (".", 100),
    "Sample Rate: 44100 Hz. 1 channel": (".", 44_100), "Sample rate: 2.56e4": (".", 25_600),
}
NO_RATES = (
    "# FS: 16 g", "FS: +/-10 V", "Sample time,12:30:05", "dt: 2024-03-05 12:00",
    "Abtastzeit: 05.03.2024", "# Data rate: 115200 baud", "# Display update rate: 2 Hz",
    "# Sampling frequency deviation: 0.5 ppm", "Oversampling rate: 16", "Increment: 0.01 V",
    "Sample rate: 25 600", "Acquisition time: 10 s", "# Sampling time: 60 s\n# Samples: 800",
    "Samples per channel: 2000\nSampling time [s]: 1", "Number of samples: 800\nSample time: 0.5 s",
    "Sampling frequency range: 0.5-10000 Hz", "Max sampling rate: 3200 Hz", "ODR: 12.5 to 1600 Hz",
    "Maximale Abtastrate: 1000 Hz", "Sampling rate max.: 3200 Hz", "Sampling rate: 100 Hz to 2 kHz",
    "Sampling frequency: 1000 Hz, decimation 10", "Original sampling rate: 1000 Hz",
    "Sampling rate: 1000 Hz\nDecimation factor: 10", "ts = 1709640000", "TS: 0.01 s",
    "Recording period: 60 s", "Scan rate (mV/s): 50", "Scan Rate (V/s) = 0.1", "Scan rate: 5",
    "Recording interval 1 of 3", "Logging interval: 10", "Ts = 25 s",
    "Sample rate up to 3200 Hz", "Min. sampling rate: 10 Hz",
)


@pytest.mark.parametrize("line", LINES)
def test_lines_that_tell_a_rate(line):
    decimal, rate_hz = LINES[line]
    assert rate_above([line], decimal) == (rate_hz, line.strip("# "))


def test_a_count_of_samples_does_not_make_a_step_a_span():
    for count in ("Samples: 800", "Samples per channel: 800"):
        assert rate_above([count, "Sample time: 0.01 s"], ".") == (100, "Sample time: 0.01 s")
    in_a_second = ["Samples per second: 2", "Sample time: 0.5 s"]
    assert rate_above(in_a_second, ".")[0] == 2


def test_the_rate_behind_a_downsampling_counts():
    above = ["Original sampling rate: 1000 Hz", "Sampling frequency: 1000 Hz"]
    assert rate_above([*above, "Downsampled to: 100 Hz"], ".") == (100, "Downsampled to: 100 Hz")
    for without in ("Decimation: 1", "Resampling: off", "Decimation: 0", "Resampling: linear",
                    "Downsampling: disabled", "Decimation ratio: 256"):
        assert rate_above([above[1], without], ".") == (1000, above[1])


@pytest.mark.parametrize("line", NO_RATES)
def test_lines_that_tell_none(line):
    assert rate_above(line.split("\n"), ".") is None
    assert rate_above(line.split("\n"), ",") is None


@pytest.mark.parametrize("text", [
    '{"columns": ["x", "x", "z"], "data": [[1, 2, 3.5], [2, 3, 4.5]]}',
    '[[{"a": 1}, 2.0], [{"a": 2}, 3.0]]', '[{"x": [1, 2]}, {"x": [3, 4]}]',
])
def test_json_that_is_no_table_is_one_line(tmp_path, text):
    for label in ("bad", "good"):
        (tmp_path / label).mkdir()
        (tmp_path / label / "0.json").write_text(text)
    with pytest.raises(UserError, match="expected an object a line"):
        load(tmp_path, window=2)


def test_true_is_no_rate(tmp_path):
    for label in ("bad", "good"):
        (tmp_path / label).mkdir()
        (tmp_path / label / "0.json").write_text(
            json.dumps({"fs": True, "x": [k % 7 for k in range(40)]}))
    assert load(tmp_path, window=8).rate_hz is None
