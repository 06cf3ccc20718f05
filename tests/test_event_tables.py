"""The sound-event table from runs to rows: scores, ranking, streams, as notebook 10 makes it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import softmax
from sklearn.metrics import average_precision_score

from lnnlab.compress import quantise
from lnnlab.data import load, make_splits
from lnnlab.data.streams import StreamPlan, build_stream
from lnnlab.data.streams.words import sounding
from lnnlab.errors import UserError
from lnnlab.experiments import Benchmark, Budget, Work, benchmark
from lnnlab.experiments.event_recipes import MICRO, ROWS, event_families, event_family
from lnnlab.experiments.event_rooms import ROOM, stream_recipe, with_rooms
from lnnlab.experiments.event_streams import (
    EventStudy,
    event_studies,
    fold_studies,
    heard_events,
)
from lnnlab.experiments.keyword_recipes import TAUGHT
from lnnlab.experiments.run import Run
from lnnlab.experiments.scored import ranked, scored
from lnnlab.experiments.trained import FOLDER, trained
from lnnlab.reports import events
from lnnlab.reports.event_figures import Clips, Heard, precision_by_class

SMALL = {"sources": 2, "takes": 1, "folds": 2, "seconds": 0.4}


@pytest.fixture(scope="module")
def dataset():
    return load("event_sim", **SMALL)


@pytest.fixture(scope="module")
def made(dataset, tmp_path_factory):
    work = Work(tmp_path_factory.mktemp("events"), 1, False)
    given = Benchmark(dataset, "fold", [0], Budget(3), "sound_events")
    rows = event_families([MICRO, "logistic_regression", "majority"], dataset, 1, 2)
    runs = benchmark(given, rows, work)
    return work, runs, scored(runs, "sound_events", work)


def test_scores_by_the_c_are_the_twins(dataset, made):
    work, runs, found = made
    run = runs[0].run
    model = quantise(trained(run, work.folder / FOLDER))
    ran = model.run(model.quantise(dataset.x[run.split.test]))
    assert np.array_equal(256 * found[0].logits, ran.logits)
    assert found[0].results["basis"] == "int8" and found[-1].results["basis"] == "float"
    again = scored(runs, "sound_events", work)
    assert np.array_equal(again[0].logits, found[0].logits)


def test_the_rows_mean_is_scikit_learns(dataset, made):
    _, runs, found = made
    rows = events.ranking_rows(found)
    table = rows[rows["metric"] == "map"].set_index("model")
    own = [each for each in found if each.label == runs[0].label]
    expected = np.mean([average_precision_score(
        np.eye(7)[each.record.run.dataset.y[each.record.run.split.test]],
        softmax(each.logits, axis=1), average="macro") for each in own])
    assert table.loc[runs[0].label, "value"] == pytest.approx(expected)
    assert table.loc["majority class (null)", "value"] == pytest.approx(1 / 7)
    assert table["items"].eq(28).all() and table["groups"].eq(28).all()
    classes = rows[rows["metric"].str.startswith(events.CLASS)]
    by_row = classes.groupby("model")["value"].mean()
    assert by_row[runs[0].label] == pytest.approx(expected)
    assert len(ranked(own).folds) == 28


def test_a_number_added_to_all_logits_of_a_clip_changes_no_figure(made):
    _, _, found = made
    random = np.random.default_rng(0)
    moved = [replace(each, results=each.results | {"logits": (
        np.array(each.results["logits"]) + random.integers(-999, 999, (len(each.logits), 1))
    ).tolist()}) for each in found]
    rows, other = (events.ranking_rows(own) for own in (found, moved))
    assert other["value"].to_numpy() == pytest.approx(rows["value"].to_numpy())


def test_pairs_and_sentences_come_from_the_scores(made):
    _, _, found = made
    rows, pairs = events.ranking_rows(found), events.ranking_pairs(found)
    assert len(pairs) == 3 and set(pairs["metric"]) == {"map"}
    (line,) = events.ranking_lines(rows, pairs)
    assert "has the highest mean average precision" in line and "best null" in line


def test_every_row_has_the_same_front_end_and_care(dataset):
    usual = [event_family(row, dataset)[0] for row in ROWS]
    assert len({str(each.features.as_dict()) for each in usual}) == 1
    trained = [each for each in usual if each.config]
    assert len({str(each.config) for each in trained}) == 1
    assert len({str(each.augmentation) for each in trained}) == 1
    sizes = [Run(dataset, make_splits(dataset, "fold")[0], each, 0) for each in trained]
    assert len({each.key for each in sizes}) == 4
    for wrong, words in (("lnn", "row of the sound events"),):
        with pytest.raises(UserError, match=words):
            event_family(wrong, dataset)
    with pytest.raises(UserError, match="trials = 9"):
        event_family(MICRO, dataset, 9)
    with pytest.raises(UserError, match="rows: give at least one"):
        event_families([], dataset)


def test_every_row_may_be_taught_by_the_same_teachers(dataset):
    rows = [event_family(row, dataset, 2, 3, teachers=["mobilenet", "lnn_small"]) for row in ROWS]
    for own in rows:
        usual, taught = own[: len(own) // 2], own[len(own) // 2 :]
        if len(own) == 1:  # nulls are not taught
            assert not own[0].config
            continue
        assert not any(each.teachers for each in usual) and len(usual) == len(taught) == 2
        for before, after in zip(usual, taught, strict=True):
            assert after.config == before.config | TAUGHT
            assert [each.label for each in after.teachers] == [
                event_family(name, dataset)[0].label for name in ("mobilenet", "lnn_small")]
            assert {each.versions for each in after.teachers} == {3}
            assert after.features == before.features and after.model == before.model


def test_rooms_are_a_class_of_no_fold(dataset):
    view = with_rooms(dataset)
    assert view.classes[-1] == ROOM == view.background_classes[0]
    rooms = view.y == len(view.classes) - 1
    assert set(view.groups["fold"][rooms]) == {""} and not set(view.groups["fold"][~rooms]) & {""}
    for split in make_splits(view, "fold"):
        for rows in (split.train, split.validation, split.test):
            assert rooms[rows].any()
    with pytest.raises(UserError, match="has a class 'background' already"):
        with_rooms(view)
    assert stream_recipe(view).config["timesteps"]


def test_an_event_lasts_as_long_as_it_sounds(dataset):
    clip = np.zeros(8000)
    clip[3200:4800] = np.sin(np.arange(1600))
    assert sounding(clip, 16_000) == (3200, 4800)
    assert sounding(np.zeros(100), 16_000) == (0, 100)
    view = with_rooms(dataset)
    rows = make_splits(view, "fold")[0].test
    loose, tight = (build_stream(view, rows, StreamPlan(20.0), "test", (ROOM,), each)
                    for each in (False, True))
    assert len(loose.events) == len(tight.events)
    for one, other in zip(loose.events, tight.events, strict=True):
        assert one.start_s <= other.start_s < other.end_s <= one.end_s
    assert ROOM not in {each.label for each in tight.events}


@pytest.fixture(scope="module")
def study(dataset, made):
    work = made[0]
    given = fold_studies(dataset, "fold", 0.5, 1, Budget(2))[:1]
    return given, event_studies(given, work), work


def test_a_stream_is_scored_always_on_and_under_policies(study):
    given, (found,), _ = study
    assert found["mismatches"] == 0 and found["frames"] > 900
    levels = [line["level"] for line in found["lines"]]
    assert levels[0] == "always" and set(levels) <= {"always", "0.5", "0.2"}
    always = found["lines"][0]
    for line in found["lines"][1:]:
        assert line["power_mw"] < always["power_mw"]
    rows = events.stream_rows(given, [found])
    f1 = rows[rows["metric"] == "segment_f1"].set_index("model")["value"]
    hits, false, missed = (np.sum(always[name]) for name in ("hits", "false", "missed"))
    assert f1.iloc[0] == pytest.approx(100 * 2 * hits / (2 * hits + false + missed))
    assert "best constant answer (null)" in f1
    assert len(events.stream_lines(rows)) == len(levels) + 1
    assert isinstance(rows, pd.DataFrame) and rows["split"].str.startswith("events in a").all()


def test_streams_are_drawn_and_heard(study):
    given, (found,), work = study
    stream, said = heard_events(given[0], work, 0.2)
    heard = Heard(stream, said, 10.0)
    x, rate_hz = heard.sound(5.0)
    assert len(x) == 10 * rate_hz and np.abs(x).max() <= 1
    assert heard.figure(5.0).axes[1].get_xlim() == (5.0, 15.0)
    assert isinstance(given[0], EventStudy)


def test_figures_of_clips_and_classes(dataset, made):
    _, runs, found = made
    clips = Clips(dataset, runs[0].recipe.features)
    assert clips.figure("siren").axes[0].get_title() == "siren"
    drawn = precision_by_class(events.ranking_rows(found)).axes[0]
    assert [each.get_text() for each in drawn.get_yticklabels()] == list(dataset.classes)
