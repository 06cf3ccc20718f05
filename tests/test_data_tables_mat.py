"""MATLAB's files as tables."""

import numpy as np
import pytest
from made_tables import ROWS, check, labels, values
from scipy.io import savemat

from lnnlab.data import load
from lnnlab.errors import UserError

LABELS = np.array(labels(), dtype=object)
FILES = {  # name → variables, channels, rate
    "vectors": ({"ax": values()[:, 0], "ay": values()[:, 1], "label": LABELS, "fs": 100.0},
                ("ax", "ay"), 100.0),
    "a matrix": ({"acc": values(), "label": LABELS}, ("acc_0", "acc_1"), None),
    "a matrix on its side": ({"acc": values().T, "label": LABELS, "sample_rate": 50},
                             ("acc_0", "acc_1"), 50.0),
    "a structure": ({"data": {"ax": values()[:, 0], "ay": values()[:, 1], "label": LABELS}},
                    ("data.ax", "data.ay"), None),
    "times": ({"t_ms": 10.0 * np.arange(ROWS), "acc": values(), "label": LABELS},
              ("acc_0", "acc_1"), 100.0),
    "numbers as classes": ({"acc": values(), "label": 1.0 * (np.arange(ROWS) < ROWS // 2)},
                           ("acc_0", "acc_1"), None),
}


@pytest.mark.parametrize("name", FILES)
def test_variables_of_one_length_are_columns(tmp_path, name):
    variables, channels, rate_hz = FILES[name]
    savemat(tmp_path / "a.mat", variables)
    check(load(str(tmp_path / "a.mat"), window=8), rate_hz, channels)


def test_what_is_left_out_is_told(tmp_path):
    savemat(tmp_path / "a.mat", {"acc": values(), "label": LABELS, "gain": np.arange(5)})
    dataset = load(str(tmp_path / "a.mat"), window=8)
    assert "Variable 'gain' left out: 5 values beside 64." in dataset.account.text()


@pytest.mark.parametrize("lengths", [(64, 40), (64, 64), (3, 3)])
def test_cell_arrays_of_vectors_are_left_out_and_alone_are_one_line(tmp_path, lengths):
    trials = np.empty(len(lengths), dtype=object)
    trials[:] = [np.arange(1.0 * length) for length in lengths]
    savemat(tmp_path / "a.mat", {"trials": trials})
    with pytest.raises(UserError, match="'trials' is a cell array of arrays or structures, which"):
        load(str(tmp_path / "a.mat"), window=8)
    savemat(tmp_path / "b.mat", {"trials": trials, "acc": values(), "label": LABELS})
    dataset = load(str(tmp_path / "b.mat"), window=8)
    check(dataset, None, ("acc_0", "acc_1"))
    assert "Variable 'trials' left out: a cell array of arrays" in dataset.account.text()


def test_a_row_without_a_label_is_named(tmp_path):
    """An empty text of a cell array is an empty array."""
    some = LABELS.copy()
    some[5] = ""
    savemat(tmp_path / "a.mat", {"acc": values(), "label": some})
    with pytest.raises(UserError, match="row 6: no label in column 'label'"):
        load(str(tmp_path / "a.mat"), window=8)


def test_a_folder_whose_variables_are_numbered(tmp_path):
    for label, number in (("good", 97), ("bad", 105)):
        (tmp_path / "rig" / label).mkdir(parents=True)
        savemat(tmp_path / "rig" / label / f"{number}.mat", {
            f"X{number:03d}_DE_time": values(seed=number)[:, :1], f"X{number:03d}RPM": 1797})
    dataset = load(str(tmp_path / "rig"), window=8)
    assert dataset.classes == ("bad", "good") and len(dataset.channels) == 1
    assert "taken as the same" in dataset.account.text()


@pytest.mark.parametrize(("content", "message"), [
    (b"nothing", "truncated or not a .mat file"),
    (b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM", "7.3"),
])
def test_damaged_and_new_files_are_one_line(tmp_path, content, message):
    (tmp_path / "a.mat").write_bytes(content)
    with pytest.raises(UserError, match=message):
        load(str(tmp_path / "a.mat"))
