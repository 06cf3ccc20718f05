"""Wake words as a record: made once, found without a network, and said with what was allowed."""

from dataclasses import replace

import pytest

from lnnlab.data.streams import StreamPlan
from lnnlab.errors import UserError
from lnnlab.experiments import wake_study
from lnnlab.experiments.run import Budget
from lnnlab.experiments.wake_study import WakeStudy, wake_words
from lnnlab.experiments.wake_word import WAKE_THRESHOLDS
from lnnlab.records import Records
from lnnlab.reports import findings, keywords

MOST_PER_H = 10.0


@pytest.fixture(scope="module")
def given(word_run):
    recipe = replace(word_run.recipe, versions=1)
    run = replace(word_run, recipe=recipe, budget=Budget(2))
    return WakeStudy(run, ("yes", "go"), StreamPlan(120.0, gap_s=(0.0, 0.2)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("reports")


@pytest.fixture(scope="module")
def made(given, folder):
    return wake_words(given, folder)


def test_with_a_record_nothing_is_made(given, folder, made, monkeypatch):
    for name in ("trained", "quantise", "stream_costs"):
        monkeypatch.setattr(wake_study, name, None)
    monkeypatch.setattr(WakeStudy, "stream", None)
    assert wake_words(given, folder) == made
    assert len(Records(folder / "records" / "wake_word.jsonl").read()) == 1
    other = replace(given, run=replace(given.run, seed=1))
    assert other.subject.key != given.subject.key
    assert other.network(folder) is None  # it would have to be trained


def test_a_stream_says_what_it_repeats(given, made):
    heard = made.streams["test"]
    assert heard.events == sum(heard.spoken.values()) > heard.distinct_clips
    rows = given.run.split.test
    silence = given.run.dataset.classes.index("silence")
    assert heard.distinct_clips == (given.run.dataset.y[rows] != silence).sum()


def test_tables_and_sentences_say_what_was_allowed(made):
    rows = keywords.wake_rows(made, [MOST_PER_H])
    wide = rows[rows["model"].str.endswith("'yes'")].set_index("metric")["value"]
    threshold = made.threshold("yes", MOST_PER_H)
    assert set(made.scores["yes"]["test"]) == set(WAKE_THRESHOLDS)
    scores = {part: made.scores["yes"][part][threshold] for part in ("validation", "test")}
    assert wide["allowed on validation"] == MOST_PER_H and wide["threshold"] == threshold
    assert wide["validation gave"] == scores["validation"].false_accepts_per_h
    assert wide["false_accepts"] == scores["test"].false_accepts_per_h
    line = findings.wake_lines(rows)[0]
    assert "the threshold was chosen for at most 10 on 0.03 h of validation" in line


def test_a_changed_board_makes_it_stale(given, folder, made, monkeypatch, capsys):
    plain = wake_study.board
    monkeypatch.setattr(wake_study, "board", lambda name: replace(
        plain(name), clock_mhz=plain(name).clock_mhz / 2))
    found = wake_words(given, folder)
    assert "the board's entry changed" in found.stale and found.scores == made.scores
    assert "wake_word: 1 stale record (" in capsys.readouterr().out


def test_an_unknown_word_is_named(given, folder, made):
    with pytest.raises(UserError, match="wake word"):
        wake_words(replace(given, words=("yess",)), folder)
