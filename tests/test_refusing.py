"""What keyword networks refuse: recorded once, two figures apart, the score from the C's logits."""

import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from lnnlab import lnn_file
from lnnlab.compress import quantise
from lnnlab.data import load, make_splits
from lnnlab.errors import UserError
from lnnlab.experiments import Benchmark, Budget, Work, benchmark
from lnnlab.experiments.keyword_recipes import families
from lnnlab.experiments.refusing import (
    heard_of,
    refusing,
    rejection_score,
    score_unit,
    table_of,
    tells_words,
)
from lnnlab.experiments.trained import FOLDER, trained
from lnnlab.records import Records
from lnnlab.reports import refusal_figures, refusal_plain, refusals
from lnnlab.target.batch import BatchRunner

ROWS = ["liquid_small", "logistic_regression", "majority"]


@pytest.fixture(scope="module")
def dataset():
    return load("spoken_words_wide")


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    return Work(tmp_path_factory.mktemp("reports"), progress=False)


@pytest.fixture(scope="module")
def runs(dataset, work, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LNNLAB_CACHE", str(tmp_path_factory.mktemp("cache")))
        given = Benchmark(dataset, "official", [0], Budget(12), table_of(dataset))
        return benchmark(given, families(ROWS, dataset, 1, 1), work)


@pytest.fixture(scope="module")
def found(runs, work):
    return refusing(runs, work)


def test_the_embedded_corpus_holds_words_that_training_never_hears(dataset):
    split = make_splits(dataset, "official")[0]
    words = dataset.groups["word"]
    assert tells_words(dataset) and table_of(dataset) == "keyword_wide"
    assert {"bed", "cat", "happy", "spliced"} <= set(words[split.train])
    assert {"house", "marvin"} & set(words[split.test]) and "house" not in set(words[split.train])
    assert table_of(load("spoken_words", voices=22)) == "keyword_benchmark"


def test_a_corpus_that_does_not_tell_is_refused(work):
    plain = load("spoken_words", voices=22)
    given = Benchmark(plain, "official", [0], Budget(1), "keyword_benchmark")
    records = benchmark(given, families(["majority"], plain, 1, 1), work)
    assert refusals.refused_by(records, work) == []
    with pytest.raises(UserError, match="speech_commands_wide"):
        refusing(records, work)


def test_the_cs_logits_give_the_score_that_is_recorded(found, dataset, work):
    """Whole numbers made of what the runtime gives, on this machine and on a Cortex-M4."""
    own = found[0]
    assert own.record.recipe.model == "keyword_linear_ltc"
    model = quantise(trained(own.record.run, work.folder / FOLDER))
    rows = own.record.run.split.test
    rows = rows[dataset.groups["word"][rows] != ""]
    samples = model.quantise(dataset.x[rows])
    for core, count in (("host", len(rows)), ("cortex-m4", 12)):
        logits = BatchRunner(lnn_file.to_bytes(model), core).run(samples[:count]).logits
        heard = heard_of(dataset, rows[:count], logits)
        for name in ("score", "guess", "taken", "share"):
            np.testing.assert_array_equal(
                getattr(heard, name), getattr(own.parts["test"], name)[:count])


def test_the_score_is_the_best_logit_above_the_middle_of_unknown_words_and_the_mean_command():
    logits = np.random.default_rng(0).integers(-3000, 3000, (50, 10))
    commands, unknown = logits[:, :8], logits[:, 8]
    found = rejection_score(commands, unknown) / score_unit(8)
    wanted = (commands.max(axis=1) - unknown / 2 - commands.mean(axis=1) / 2) / 256
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
    moved = rejection_score(commands + 700, unknown + 700)
    np.testing.assert_array_equal(moved, rejection_score(commands, unknown))


def test_areas_are_those_of_scikit_learn(found):
    for by, metric in (("score", "unknown_auc"), ("share", "softmax_unknown_auc")):
        for each in found:
            scored = each.scored(by=by)
            rows = refusals.refusal_rows([each]).set_index("metric")["value"]
            assert rows[metric] == pytest.approx(roc_auc_score(scored.known, scored.values[0]))


def test_both_figures_are_those_of_their_own_clips(found, dataset):
    own, rows = found[0], refusals.refusal_rows(found)
    heard = own.parts["test"]
    command = heard.truth < own.commands
    assert set(dataset.classes[own.commands :]) == {"unknown", "silence"}
    value = rows[rows["model"] == own.record.label].set_index("metric")["value"]
    right = heard.guess == heard.truth
    assert value["commands_accuracy"] == pytest.approx(100 * right[command].mean())
    assert value["commands_of_all_classes"] == pytest.approx(
        100 * (right & heard.taken)[command].mean())
    apart = heard.score[command][:, None] - heard.score[heard.never][None]
    assert value["unknown_auc"] == pytest.approx(np.mean((apart > 0) + (apart == 0) / 2))
    assert value["unknown_auc"] > 0.6
    null = rows[rows["model"].str.startswith("majority")].set_index("metric")["value"]
    assert null["unknown_auc"] == 0.5 and null["unknown_accepted"] == 100
    assert set(own.words()[heard.never]).isdisjoint({"bed", "cat", "happy", "yes"})


def test_records_are_read_and_pairs_name_every_two_rows(found, runs, work):
    again = refusing(runs, work)
    assert [each.results for each in again] == [each.results for each in found]
    pairs = refusals.refusal_pairs(found)
    assert pairs.groupby("metric").size().to_dict() == dict.fromkeys(
        (*refusals.COMMANDS, *refusals.FIGURES), 3)
    lines = refusal_figures.refusal_lines(refusals.refusal_rows(found), pairs)
    assert any("tells words never heard from commands best" in line for line in lines)
    assert not any(line.endswith(": ") for line in lines)


def test_thresholds_of_a_network_trained_anew_are_of_the_one_that_held_clips_out(
    dataset, tmp_path, monkeypatch
):
    monkeypatch.setenv("LNNLAB_CACHE", str(tmp_path / "cache"))
    work = Work(tmp_path, progress=False)
    given = Benchmark(dataset, "official", [1, 0], Budget(2), table_of(dataset), refit=True)
    rows = families(["liquid_small", "logistic_regression"], dataset, 1, 1)
    anew = refusing(benchmark(given, rows, work), work)
    held = refusing(benchmark(replace(given, refit=False, seeds=[1]), rows, work), work)
    before = {each.record.run.recipe.model: each for each in held}
    assert [each.record.seed for each in anew] == [1, 0, 1]  # the last is the null
    for each in anew:
        first = before[each.record.run.recipe.model]
        assert not len(each.record.run.split.validation)
        np.testing.assert_array_equal(each.words("validation"), first.words("validation"))
        np.testing.assert_array_equal(
            each.parts["validation"].score, first.parts["validation"].score)
        assert (each.parts["test"].score != first.parts["test"].score).any()  # learnt from more
    other = refusing(benchmark(replace(given, seeds=[0, 1]), rows, work), work)
    (own,) = (each for each in other if each.record.seed == 1 and not each.record.run.null)
    assert (own.parts["validation"].score != anew[0].parts["validation"].score).any()  # of seed 0


def test_beside_the_plain_network_stands_what_it_accepts_by_softmax(found, work, tmp_path):
    """The plain one here: the same network, so what is left is its score beside its softmax."""
    assert not len(refusal_plain.plain_rows(found, work.folder))
    kept = Records(work.folder / "records" / "keyword_refusal.jsonl").read().values()
    records = [{**each, "identity": each["identity"] | {"corpus": "spoken_words_wide_unmade"}}
               for each in kept]
    place = tmp_path / "records" / "keyword_refusal.jsonl"
    place.parent.mkdir()
    place.write_text("".join(json.dumps(each) + "\n" for each in records))
    rows = refusal_plain.plain_rows(found[:1], tmp_path)
    value = rows.set_index("metric")["value"]
    own = refusals.refusal_rows(found[:1]).set_index("metric")["value"]
    assert value["accepted_of_plain"] == pytest.approx(
        own["unknown_accepted"] / own["softmax_unknown_accepted"])
    assert value["auc_above_plain"] == pytest.approx(
        own["unknown_auc"] - own["softmax_unknown_auc"])
    assert (rows["low"] <= rows["value"]).all() and (rows["value"] <= rows["high"]).all()
    (line,) = refusal_plain.plain_lines(rows)
    assert found[0].record.label in line and "without added words" in line


def test_drawings_show_every_row_and_every_word(found):
    drawn = refusal_figures.tradeoff(found).axes[0]
    assert len(drawn.get_legend().get_texts()) == 3
    own = refusal_figures.first_network(found)
    axis = refusal_figures.at_a_threshold(own, -100.0).axes[0]
    assert axis.get_title().startswith("0.0% of the commands refused, 100.0% of the words")
    names = [each.get_text() for each in axis.get_yticklabels()]
    assert set(names) == {"commands", *own.words()[own.parts["test"].never]}
