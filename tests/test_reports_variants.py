"""What rows tell that differ in one thing: sentences from figures."""

from dataclasses import replace

import pytest
from made_records import answers, records

from lnnlab.data import load
from lnnlab.experiments.results import RunRecord
from lnnlab.experiments.variants import (
    CORRELATED,
    NO_BAND_LEVEL,
    NO_LEVEL,
    PLAIN,
    WITH_MEANS,
    WITHOUT_MEANS,
)
from lnnlab.reports import tables
from lnnlab.reports.rows import benchmark_rows
from lnnlab.reports.sentences import pair_rows
from lnnlab.reports.variants import level_line, standing_value_lines, variant_lines


@pytest.fixture(scope="module")
def dataset():
    return load("bearing_sim", windows_per_recording=6)


def made(dataset, shares, model="linear_ltc"):
    """Records of one model: variant → share of right answers."""
    found = []
    for number, (variant, share) in enumerate(shares.items()):
        for each in records(dataset, {model: share}):
            run = replace(each.run, recipe=replace(each.run.recipe, variant=variant))
            results = each.results | {"test": answers(run, share, number).as_dict()}
            found.append(RunRecord(run, results, ""))
    return found


def test_what_is_left_without_level_stands_beside_what_was(dataset):
    shares = {PLAIN: 0.9, NO_BAND_LEVEL: 0.5, CORRELATED: 0.5, NO_LEVEL: 0.9, "more noise": 0.1}
    null = made(dataset, {CORRELATED: 0.6}, "logistic_regression")  # alone: nothing to compare
    line = level_line(benchmark_rows([*made(dataset, shares), *null]))
    first, second = line.removeprefix("test accuracy without level: ").split("; ")
    for said, start in ((first, "liquid (LinearLTC), plain: "),
                        (second, "liquid (LinearLTC), autocorrelation: ")):
        left, _, was = said.removeprefix(start).removesuffix(" %").partition(" in place of ")
        assert (float(left) < float(was)) == ("plain" in start)
    assert level_line(benchmark_rows(null)) == ""


@pytest.mark.parametrize(("without", "told"), [(0.5, True), (0.95, False)])
def test_a_standing_value_is_told_where_networks_need_it(dataset, without, told):
    given = made(dataset, {WITH_MEANS: 0.95, WITHOUT_MEANS: without})
    table, pairs = benchmark_rows(given), pair_rows(given)
    (line,) = standing_value_lines(table, pairs)
    assert f", leave one load out: liquid (LinearLTC), {WITH_MEANS}: " in line
    assert ("may be its placement" in line) == told
    assert ("not distinguishable" in line) != told
    assert standing_value_lines(table, pairs.iloc[:0]) == []
    alone = table["model"].str.endswith(WITH_MEANS)
    assert standing_value_lines(table[alone], pair_rows(given[: len(given) // 2])) == []


def test_every_table_of_variants_says_who_leads_and_what_level_gives(dataset, tmp_path):
    rows = benchmark_rows(made(dataset, {PLAIN: 0.9, NO_BAND_LEVEL: 0.5}))
    for name in ("fault_size_variants", "condition_variants"):
        tables.update(name, rows, tmp_path)
    lines = variant_lines(tmp_path)
    assert [line.partition(":")[0] for line in lines] == [
        *["variants for unseen fault sizes"] * 2, *["variants for unseen speeds and loads"] * 2]
    assert "has the highest test accuracy" in lines[0] and "in place of" in lines[3]
