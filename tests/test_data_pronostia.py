"""Bearings run to failure: which snapshots are taken, and what no side of a split shares."""

import numpy as np
import pytest
from test_data_corpora import real

from lnnlab.data import load, make_splits, pronostia
from lnnlab.errors import UserError


def write_life(folder, last, numbers, separator=",", samples=2048):
    """Snapshots of a bearing whose level is its age."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(last)
    for number in numbers:
        x = random.normal(0, number, (samples, 2))
        rows = [separator.join(["9", "39", "39", "65664", f"{a:.4f}", f"{b:.4f}"]) for a, b in x]
        (folder / f"acc_{number:05d}.csv").write_text("\n".join(rows) + "\n")


@pytest.fixture
def lives(tmp_path, monkeypatch):
    """Two bearings under each of two conditions; one is written with semicolons."""
    monkeypatch.setenv("LNNLAB_DATA", str(tmp_path))
    monkeypatch.setattr(pronostia, "LIVES", {})  # these are shorter
    numbers = [*range(1, 61, 4), 75, 95, 96, 98, 100]
    for name, separator in (("Learning_set/Bearing1_1", ","), ("Learning_set/Bearing1_2", ";"),
                            ("Full_Test_Set/Bearing2_1", ","), ("Full_Test_Set/Bearing2_3", ",")):
        write_life(tmp_path / "pronostia" / name, 100, numbers, separator)
    return tmp_path / "pronostia"


def test_ages_are_classes_and_what_lies_between_is_left_out(lives):
    dataset = load("pronostia", window=1024)
    names = np.unique(dataset.groups["recording"])
    healthy = [int(each[-9:-4]) for each in names if each.startswith("Bearing1_1")]
    assert len(dataset) == 2 * 4 * 13 and dataset.x.shape[1:] == (1024, 2)  # 10 healthy, 3 worn
    assert sorted(healthy)[-3:] == [96, 98, 100] and sorted(healthy)[9] == 49
    levels = [dataset.x[dataset.y == k].std() for k in (0, 1)]
    assert levels[1] > 2 * levels[0]
    assert dataset.rate_hz == 25_600 and set(dataset.groups["condition"]) == {"1", "2"}


def test_no_bearing_and_no_condition_stands_on_two_sides(lives):
    dataset = load("pronostia")
    bearings = dataset.groups["bearing"]
    for rule, folds in (("condition", 2), ("bearing", 4)):
        splits = make_splits(dataset, rule)
        assert len(splits) == folds
        for split in splits:
            sides = [set(bearings[part]) for part in (split.train, split.validation, split.test)]
            assert not (sides[0] & sides[1] or sides[0] & sides[2] or sides[1] & sides[2])
            for part in (split.train, split.validation, split.test):
                assert set(dataset.y[part]) == {0, 1}


@pytest.mark.parametrize(("text", "said"), [
    ("1,2,3\n", "not six columns of numbers"), ("", "not six columns of numbers"),
    ("9,39,39,65664,nan,0.1\n", "not finite"), ("9,39,39,65664,x,0.1\n", "not six columns"),
])
def test_damaged_snapshots_are_named(lives, text, said):
    (lives / "Learning_set/Bearing1_1/acc_00100.csv").write_text(text)
    with pytest.raises(UserError, match=f"acc_00100.csv: .*{said}"):
        load("pronostia")


def test_a_snapshot_that_cannot_be_read_is_named(lives):
    file = lives / "Learning_set/Bearing1_1/acc_00100.csv"
    file.unlink(missing_ok=True)
    file.symlink_to(lives / "elsewhere")
    with pytest.raises(UserError, match="acc_00100.csv: cannot be read"):
        load("pronostia")


def test_a_life_that_ends_too_early_is_named(lives, monkeypatch):
    monkeypatch.setattr(pronostia, "LIVES", {"1_2": 101})
    with pytest.raises(UserError, match="Bearing1_2: ends at snapshot 100, the recording at 101"):
        load("pronostia")


def test_names_that_are_no_snapshots_are_left_alone(lives):
    before = load("pronostia")
    for name in ("acc_00000", "acc_\u00b2\u00b3", "acc_"):
        (lives / f"Learning_set/Bearing1_1/{name}.csv").write_text("no numbers\n")
    np.testing.assert_array_equal(load("pronostia").x, before.x)


def test_an_empty_folder_is_named(lives, monkeypatch, tmp_path):
    (tmp_path / "none" / "pronostia").mkdir(parents=True)
    monkeypatch.setenv("LNNLAB_DATA", str(tmp_path / "none"))
    with pytest.raises(UserError, match="no Learning_set/Bearing"):
        load("pronostia")


@real("pronostia")
def test_the_real_corpus():
    dataset = load("pronostia")
    assert len(dataset) == 520 and np.bincount(dataset.y).tolist() == [260, 260]
    folds = {rule: len(make_splits(dataset, rule)) for rule in ("bearing", "condition")}
    assert folds == {"bearing": 13, "condition": 3}
