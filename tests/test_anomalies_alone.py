"""A detector from a folder of sound running alone, and what an odd window among it does."""

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from lnnlab import lnn_file
from lnnlab.data import Dataset
from lnnlab.data.one_machine import load_machine
from lnnlab.data.wav import write_wav
from lnnlab.errors import UserError
from lnnlab.experiments.anomalies.alone import made_alone, split_alone
from lnnlab.experiments.anomalies.problem import Teaching
from lnnlab.features import FeatureSpec
from lnnlab.target.anomaly import AnomalyRunner

FEW = Teaching(FeatureSpec(frame=64, hop=64, bands=8), epochs=3, quantile=1.0)


def hum(seed: int, count: int = 16_000) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.05, count)


def folder_of(tmp_path, kind, odd=False):
    folder = tmp_path / f"pump {kind}"
    folder.mkdir()
    for k in range(3):
        x = hum(k)
        if odd and k == 1:
            x[10_752:11_264] *= 12  # one window of those that set the threshold
        if kind == "wav":
            write_wav(folder / f"{k}.wav", x)
        else:
            table = np.column_stack([np.arange(len(x)) / 1000, x])
            np.savetxt(folder / f"{k}.csv", table, header="time_s;acc_x", comments="",
                       delimiter=";", fmt="%.5f")
    return folder


@pytest.mark.parametrize("kind", ["wav", "csv"])
def test_a_folder_of_sound_running_gives_a_threshold_and_a_file(kind, tmp_path):
    dataset = load_machine(folder_of(tmp_path, kind), 512, None if kind == "wav" else 1000.0)
    assert dataset.x.shape == (93, 512, 1) and not dataset.y.any()
    found = made_alone(dataset, FEW)
    assert found.false_alarms < 0.25 and 0.8 < found.shift < 1.2
    count = len(found.problem.split.train)
    assert found.text().startswith("First 60 % of each recording train")
    assert f" {count} windows to train" in found.text()
    assert "listen to it" not in found.text()
    blob = lnn_file.to_bytes(found.made.model)
    samples = found.made.model.quantise(dataset.x[:1])[0]
    assert len(AnomalyRunner(blob).run(samples).score) == 8


def folder_of_counts(folder, windows, length=512):
    """Recordings of so many windows of 512 samples each."""
    for k, count in enumerate(windows):
        write_wav(folder / f"{k:03}.wav", hum(k, length * count))
    return load_machine(folder, length)


def counts_of(split):
    return [len(each) for each in (split.train, split.validation, split.test)]


def test_recordings_too_short_to_be_cut_are_taken_whole(tmp_path):
    dataset = folder_of_counts(tmp_path, [4] * 20)  # four windows: none to spare
    found = made_alone(dataset, FEW)
    recordings, split = dataset.groups["recording"], found.problem.split
    sides = [set(recordings[part]) for part in (split.train, split.validation, split.test)]
    assert [len(each) for each in sides] == [12, 4, 4] and len(set.union(*sides)) == 20
    assert counts_of(split) == [48, 16, 16]
    assert found.text().startswith("20 recordings too short to be cut in time are taken whole: "
                                   "12 to train, 4 for the threshold and 4 to test.")
    early, late = (set(list(dict.fromkeys(recordings))[half]) for half in
                   (slice(0, 10), slice(10, 20)))
    assert all(side & early and side & late for side in sides)  # of two conditions in order


@pytest.mark.parametrize("windows, counts", [
    ([15] + [1] * 100, [69, 23, 23]), ([1] * 100 + [15], [69, 23, 23]),  # a long one among many
    ([4, 4, 4, 4, 4, 2, 4], [18, 4, 4]), ([1] * 12, [7, 3, 2]), ([4] * 3, [4, 4, 4]),
])
def test_every_window_of_short_recordings_has_a_part(windows, counts, tmp_path):
    dataset = folder_of_counts(tmp_path, windows)
    split = split_alone(dataset)
    assert sum(counts_of(split)) == len(dataset) and counts_of(split) == counts
    whole = sum(count < 5 for count in windows)
    assert f"{whole} recordings too short to be cut in time are taken whole" in split.rule
    assert split.rule.startswith("first 60 % of each recording") == (max(windows) > 4)


@given(st.lists(st.integers(1, 14), min_size=1, max_size=25))
def test_no_recording_is_in_two_parts_but_where_it_was_cut(windows):
    recordings = np.repeat([f"r{k}" for k in range(len(windows))], windows)
    start = np.concatenate([100 * np.arange(count) for count in windows])
    x = np.zeros((len(start), 100, 1), np.float32)
    dataset = Dataset("d", x, np.zeros(len(x), int), ("normal",), ("a",), 1.0,
                      {"recording": recordings}, start, background_classes=("normal",))
    try:
        split = split_alone(dataset)
    except UserError as error:
        assert "3, 3 and 1 are needed; take longer or more" in str(error)
        assert sum(windows) < 7 or len(windows) < 7
        return
    parts = [split.train, split.validation, split.test]
    assert all(len(part) >= least for part, least in zip(parts, (3, 3, 1), strict=True))
    assert len(np.unique(np.concatenate(parts))) == sum(map(len, parts))
    for k, count in enumerate(windows):
        found = [np.sum(recordings[part] == f"r{k}") for part in parts]
        if count < 5 or sum(map(bool, found)) == 1:  # whole, with all of its windows
            assert sorted(found) == [0, 0, count]
        else:
            assert all(found) and found[0] >= max(found)


def test_one_anomaly_among_the_normals_is_named_with_what_it_does(tmp_path):
    clean = made_alone(load_machine(folder_of(tmp_path, "wav"), 512), FEW)
    other = tmp_path / "other"
    other.mkdir()
    found = made_alone(load_machine(folder_of(other, "wav", odd=True), 512), FEW)
    assert found.odd == "1.wav" and found.shift > 2
    assert found.made.score.threshold > 2 * clean.made.score.threshold
    assert "'1.wav'" in found.text() and "listen to it" in found.text()


def test_folders_of_nothing_or_of_both_are_refused(tmp_path):
    with pytest.raises(UserError, match="no table in it"):
        load_machine(tmp_path, 512)
    (tmp_path / "a.xlsx").write_bytes(b"PK")
    with pytest.raises(UserError, match="a.xlsx is a workbook: save its sheet as CSV"):
        load_machine(tmp_path, 512)
    with pytest.raises(UserError, match="nothing: no such file or folder"):
        load_machine(tmp_path / "nothing", 512)
    folder = folder_of(tmp_path, "wav")
    for k in range(3):
        (folder / f"{k}.csv").write_text("a;b\n1;2\n")
    with pytest.raises(UserError, match=r"tables \(3\) and sound files \(3\), such as 0.csv and 0"):
        load_machine(folder, 512)
    (folder / "0.csv").unlink()
    assert "1.csv (no sound)" in load_machine(folder, 512).account.text()
    with pytest.raises(UserError, match="16000 samples, fewer than a window of 20000"):
        load_machine(folder, 20_000)
    with pytest.raises(UserError, match="3 windows in 3 recordings leave 3 to train, 0 .* 3, 3"):
        made_alone(load_machine(folder, 16_000), FEW)
    (folder / "talk.m4a").write_bytes(b"0")
    with pytest.raises(UserError, match=r"of a kind that is not read \(.m4a\); convert"):
        load_machine(folder, 512)


@pytest.mark.parametrize("rate_hz", [-5.0, 0.0, 0.4, float("nan"), float("inf"), 1e9, 44100.7])
def test_sound_is_taken_at_rates_of_sound(rate_hz, tmp_path):
    with pytest.raises(UserError, match="rate_hz = .*sound is taken at a whole number of samples"):
        load_machine(folder_of(tmp_path, "wav"), 512, rate_hz)


def table_of(path, columns, count=3000, seed=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    cells = {"t_s": np.arange(count) / 500, "acc_x": random.normal(size=count)} | columns
    lines = [",".join(cells)] + [",".join(map(str, row)) for row in zip(*cells.values(),
                                                                        strict=True)]
    path.write_text("\n".join(lines) + "\n")


def test_tables_at_any_depth_are_taken_and_said(tmp_path):
    for k, name in enumerate(("a.csv", "x/b.csv", "x/y/c.csv", "z/d.csv")):
        table_of(tmp_path / name, {}, seed=k)
    (tmp_path / "list.csv").write_text("file,operator\na.csv,ann\nb.csv,bob\nc.csv,ann\n")
    dataset = load_machine(tmp_path, 500)
    text = dataset.account.text()
    assert "4 files read" in text and "Folders taken alike" in text and "x, x/y, z" in text
    assert "list.csv (a list of files)" in text
    assert len(set(dataset.groups["recording"])) == 4 and dataset.rate_hz == 500


@pytest.mark.parametrize("columns, words", [
    ({"label": [0] * 1500 + [1] * 1500}, r"column 'label' tells classes \(0, 1\)"),
    ({"label": ["p7"] * 3000, "fault": [0] * 1500 + [1] * 1500},
     r"column 'fault' tells classes \(0, 1\)"),
    ({"is_anomaly": [0] * 1500 + [1] * 1500}, r"column 'is_anomaly' tells classes \(0, 1\)"),
    ({"alarm": [0] * 1500 + [1] * 1500}, r"column 'alarm' tells classes \(0, 1\)"),
    ({"y": [0] * 1500 + [1] * 1500}, r"column 'y' tells classes \(0, 1\)"),
    ({"State": ["ok"] * 1500 + ["worn"] * 1500}, r"column 'State' tells classes \(ok, worn\)"),
])
def test_a_column_of_classes_is_no_sensor(columns, words, tmp_path):
    table_of(tmp_path / "a.csv", columns)
    with pytest.raises(UserError, match=words + ".*or name the channels"):
        load_machine(tmp_path, 500)
    assert load_machine(tmp_path, 500, channels=["acc_x"]).channels == ("acc_x",)
    table_of(tmp_path / "a.csv", {name: cells[:1] * 3000 for name, cells in columns.items()})
    assert load_machine(tmp_path, 500).channels == ("acc_x",)  # one class is told, and left out


def test_a_column_of_many_numbers_or_of_a_known_role_tells_no_classes(tmp_path):
    table_of(tmp_path / "a.csv", {"condition": 20 + np.sin(np.arange(3000) / 9).round(4)})
    assert load_machine(tmp_path, 500).channels == ("acc_x", "condition")
    table_of(tmp_path / "a.csv", {"operator": ["ann"] * 1500 + ["bob"] * 1500})
    with pytest.raises(UserError, match=r"column 'operator' tells classes"):
        load_machine(tmp_path, 500)
    for role in ({"groups": ["operator"]}, {"recording": "operator"}):
        assert load_machine(tmp_path, 500, **role).channels == ("acc_x",)


@pytest.mark.parametrize("columns", [
    {"alarm_temp": 20 + np.sin(np.arange(3000) / 9).round(1)},
    {"x": np.sin(np.arange(3000)), "y": np.arange(3000) % 3, "z": np.cos(np.arange(3000))},
])
def test_limits_set_points_and_axes_stay_sensors(columns, tmp_path):
    table_of(tmp_path / "a.csv", columns)
    assert load_machine(tmp_path, 500).channels == ("acc_x", *columns)


def test_a_list_that_tells_faults_is_not_overruled(tmp_path):
    for name in ("a.csv", "b.csv"):
        table_of(tmp_path / name, {})
    (tmp_path / "labels.csv").write_text("file,label\na.csv,normal\nb.csv,fault\n")
    with pytest.raises(UserError, match=r"labels.csv: tells classes \(fault, normal\)"):
        load_machine(tmp_path, 500)


@pytest.mark.parametrize("heading, cells, tells", [
    ("label", "ok bad ok", True), ("result", "ok nok ok", True), ("kind", "new worn new", True),
    ("machine_state", "run idle run", True), ("operator", "ann bob ann", False),
    ("recorded_at", "12:00:00 12:10:00 12:20:00", False), ("comment", "first second third", False),
    ("temperature", "20.0 20.1 20.0", False), ("sha256", "0a1 0a2 0a3", False),
    ("machine", "m1 m2 m1", False), ("label", "ok ok ok", False),
])
@pytest.mark.parametrize("kind", ["wav", "csv"])
def test_lists_that_say_who_when_and_how_are_left_out(kind, heading, cells, tells, tmp_path):
    for k in range(3):
        if kind == "wav":
            soundfile.write(tmp_path / f"r{k}.wav", hum(k), 16_000)
        else:
            table_of(tmp_path / f"r{k}.csv", {}, seed=k)
    (tmp_path / "notes.csv").write_text(f"file,{heading}\n" + "".join(
        f"r{k}.{kind},{cell}\n" for k, cell in enumerate(cells.split())))
    if tells:
        with pytest.raises(UserError, match="notes.csv: tells classes .*; leave out that all is"):
            load_machine(tmp_path, 500)
    else:
        assert "notes.csv" in load_machine(tmp_path, 500).account.left_out


@pytest.mark.parametrize("column", [
    "machine_status", "device_status", "bearing_condition", "is_normal", "y_true", "healthy",
    "error", "label_1", "pass_fail",
])
@pytest.mark.parametrize("states", [("0", "1"), ("NORMAL", "RECOVERING")])
def test_states_under_other_names_are_classes(column, states, tmp_path):
    table_of(tmp_path / "a.csv", {column: [states[0]] * 1500 + [states[1]] * 1500})
    with pytest.raises(UserError, match=f"column '{column}' tells classes"):
        load_machine(tmp_path, 500)
    assert load_machine(tmp_path, 500, channels=["acc_x"]).channels == ("acc_x",)
    if states[0] != "0":  # a known role
        assert load_machine(tmp_path, 500, groups=[column]).channels == ("acc_x",)


@pytest.mark.parametrize("column, hold, tells", [
    ("position_error", 1, False), ("position_error", 300, True), ("error", 1, False)])
def test_errors_in_whole_numbers_that_do_not_stay_are_measured(column, hold, tells, tmp_path):
    table_of(tmp_path / "a.csv", {column: [k // hold * 3 % 7 for k in range(3000)]})
    if tells:
        with pytest.raises(UserError, match=f"column '{column}' tells classes"):
            load_machine(tmp_path, 500)
    else:
        assert load_machine(tmp_path, 500).channels == ("acc_x", column)


@pytest.mark.parametrize("column", ["error_rate", "valve_state", "door"])
def test_rates_and_states_of_parts_stay_sensors(column, tmp_path):
    table_of(tmp_path / "a.csv", {column: [0] * 1500 + [1] * 1500})
    assert load_machine(tmp_path, 500).channels == ("acc_x", column)


def test_a_log_beside_sounds_is_no_list_of_them(tmp_path):
    for k in range(4):
        soundfile.write(tmp_path / f"{k}.wav", hum(k), 16_000)
    (tmp_path / "log.csv").write_text("t,level\n" + "".join(f"{k},{k % 2}\n" for k in range(60)))
    assert load_machine(tmp_path, 500).account.left_out == {"log.csv": "no sound"}


def test_a_condition_may_be_a_group(tmp_path):
    table_of(tmp_path / "a.csv", {"load": [0] * 1500 + [1] * 1500})
    assert "'load' keeps whole numbers" in load_machine(tmp_path, 500).account.text()
    dataset = load_machine(tmp_path, 500, groups=["load"])
    assert dataset.channels == ("acc_x",) and set(dataset.groups["load"]) == {"0", "1"}


def test_channels_that_every_file_has_are_enough(tmp_path):
    table_of(tmp_path / "a.csv", {"temp": np.arange(3000) % 7})
    table_of(tmp_path / "b.csv", {}, seed=1)
    with pytest.raises(UserError, match="name the channels"):
        load_machine(tmp_path, 500)
    assert load_machine(tmp_path, 500, channels=["acc_x"]).channels == ("acc_x",)


def test_a_number_beyond_32_bits_is_named(tmp_path):
    table_of(tmp_path / "a.csv", {"temp": [1.0] * 1500 + [1e300] + [2.0] * 1499})
    with pytest.raises(UserError, match="row 1502, column 'temp': 1e.300 is larger than what can"):
        load_machine(tmp_path, 500)


def test_what_was_done_to_sound_is_told_and_silence_refused(tmp_path):
    folder = tmp_path / "pump"
    folder.mkdir()
    soundfile.write(folder / "a.wav", np.column_stack([hum(0, 48_000), hum(1, 48_000)]), 96_000)
    soundfile.write(folder / "b.wav", hum(2, 8000), 8000)
    text = load_machine(folder, 512).account.text()
    assert "Rate: 16000 Hz" in text and "a.wav: 2 channels mixed down." in text
    assert "a.wav: resampled from 96000 to 16000 Hz; and the like in 1 more file." in text
    soundfile.write(folder / "c.wav", np.zeros(16_000), 16_000)
    with pytest.raises(UserError, match="c.wav: silence throughout.*leave it out"):
        load_machine(folder, 512)
