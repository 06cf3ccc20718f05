"""Splits: nothing leaks, whatever the corpus looks like."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lnnlab.data import Split, check_split, load, make_splits, one_of_each
from lnnlab.data.windows import Corpus, Recording, cut_windows
from lnnlab.errors import UserError


def corpus(loads=3, bearings=2, classes=3, windows=10, overlap=0.0, unlabelled=False):
    recordings = [
        Recording(
            f"{c}-{b}-{k}", f"class{c}",
            np.random.default_rng([c, b, k]).normal(size=(windows * 8, 1)),
            {"load": "" if unlabelled and c == 0 else str(k), "bearing": f"{c}-{b}"},
        )
        for c in range(classes) for b in range(bearings) for k in range(loads)
    ]
    return cut_windows(recordings, 8, overlap, Corpus("made", ("a",), 100.0))


@given(
    loads=st.integers(2, 4), bearings=st.integers(1, 3), classes=st.integers(2, 4),
    overlap=st.sampled_from([0.0, 0.5, 0.75]), rule=st.sampled_from(["load", "file_order", "time"]),
    unlabelled=st.booleans(),
)
@settings(max_examples=60)
def test_no_rule_leaks(loads, bearings, classes, overlap, rule, unlabelled):
    dataset = corpus(loads, bearings, classes, overlap=overlap, unlabelled=unlabelled)
    if rule == "file_order" and loads * bearings < 3:
        with pytest.raises(UserError, match="too few"):
            make_splits(dataset, rule)
        return
    splits = make_splits(dataset, rule)
    assert len(splits) == (loads if rule == "load" else 1)
    for split in splits:
        parts = [split.train, split.validation, split.test]
        assert all(len(part) for part in parts)
        samples = [_samples(dataset, part) for part in parts]
        assert not (samples[0] & samples[1] or samples[0] & samples[2] or samples[1] & samples[2])
        if rule == "load":
            labels = dataset.groups["load"]
            assert not (set(labels[split.train]) | set(labels[split.validation])) & (
                set(labels[split.test]) - {""}
            )
        assert set(dataset.y[split.test]) <= set(dataset.y[split.train])


def test_folds_test_every_window_of_the_groups_once():
    dataset = corpus()
    tested = np.concatenate([split.test for split in make_splits(dataset, "load")])
    np.testing.assert_array_equal(np.sort(tested), np.arange(len(dataset)))


def test_validation_leaves_every_bearing_a_recording_to_train_on():
    dataset = corpus(loads=3, bearings=3)
    for split in make_splits(dataset, "load"):
        assert len(set(dataset.groups["bearing"][split.train])) == 9


def test_leaks_are_refused():
    dataset = corpus(overlap=0.5)
    good = make_splits(dataset, "load")[0]
    leaky = replace(good, train=np.append(good.train, good.test[:1]))
    with pytest.raises(UserError, match="load 0 is both trained on and tested on"):
        check_split(dataset, leaky)
    order = np.arange(len(dataset))
    random = Split("random", order[::3], order[1::3], order[2::3], "random", "recording")
    with pytest.raises(UserError, match="share samples of recording"):
        check_split(dataset, random)
    with pytest.raises(UserError, match="no windows to test"):
        check_split(dataset, replace(good, test=good.test[:0]))


def test_a_class_that_is_tested_must_be_trained():
    dataset = corpus(loads=2, classes=2)
    split = make_splits(dataset, "load")[0]
    with pytest.raises(UserError, match="class class1 is tested but has no training windows"):
        check_split(dataset, replace(split, train=split.train[dataset.y[split.train] == 0]))


def test_rules_that_do_not_exist():
    with pytest.raises(UserError, match="did you mean 'load'"):
        make_splits(corpus(), "laod")
    with pytest.raises(UserError, match="fewer than two labels"):
        make_splits(corpus(loads=1), "load")


def test_the_embedded_corpus_by_every_rule():
    dataset = load("bearing_sim")
    folds = {rule: len(make_splits(dataset, rule)) for rule in ("load", "fault_size", "bearing")}
    assert folds == {"load": 3, "fault_size": 3, "bearing": 12}


def _samples(dataset, rows):
    recordings, length = dataset.groups["recording"], dataset.x.shape[1]
    return {
        (recordings[row], int(dataset.start[row]) + k) for row in rows for k in range(length)
    }


def test_one_of_each_class_or_one_line():
    dataset = load("spoken_words", voices=5)
    split = make_splits(dataset, "official")[0]
    chosen = one_of_each(dataset, split.train, ["yes", "silence"])
    assert [dataset.classes[dataset.y[row]] for row in chosen] == ["yes", "silence"]
    assert set(chosen) <= set(split.train)
    with pytest.raises(UserError, match="unknown class of spoken_words 'yess': did you mean 'yes'"):
        one_of_each(dataset, split.train, ["yess"])
    with pytest.raises(UserError, match="none of class 'no' is in this part"):
        one_of_each(dataset, split.train[:0], ["no"])


def test_recordings_too_short_for_time_say_what_to_choose():
    def cut(window, lengths=(1600, 1600)):
        made = [Recording(f"{k}", "ab"[k % 2], np.zeros((each, 1)), {})
                for k, each in enumerate(lengths)]
        return cut_windows(made, window, 0.0, Corpus("c", ("x",), None))

    with pytest.raises(UserError, match="recordings of 1,536 samples.*windows of 256; choose a "
                                        "window of 153 samples or less, or record longer"):
        make_splits(cut(256), "time")
    assert make_splits(cut(153), "time")
    with pytest.raises(UserError, match="2: 20 samples, .*too short beside the others: leave it"):
        cut(256, (1600, 1600, 20))
    with pytest.raises(UserError, match="0: 20 samples, .*choose window = 20 or less"):
        cut(256, (20, 1600))
