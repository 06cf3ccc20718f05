"""CONTRIBUTING.md holds: its rooms, and its ways to add a corpus and a layer kind.

A cell is added in test_models_kinds.py, a board in test_contributing_boards.py.
"""

import re

import numpy as np
import pytest
from test_house import FLOORS

from lnnlab import cli, lnn_file, paths
from lnnlab.data import CORPORA, load, make_splits
from lnnlab.data.windows import Corpus, Recording, cut_windows
from lnnlab.experiments import Benchmark, Budget, Work, benchmark, model_rows
from lnnlab.experiments.from_record import run_of
from lnnlab.integer import layers
from lnnlab.models.saved import load as load_model
from lnnlab.reports.rows import benchmark_rows

TEXT = (paths.ROOT / "CONTRIBUTING.md").read_text()
PUMPS, RATE_HZ = ("north", "south", "west"), 2000.0


def rows_after(heading):
    """Rows of the first table under a heading, a list of cells each."""
    lines = TEXT.split(f"\n## {heading}\n")[1].splitlines()
    first = next(k for k, line in enumerate(lines) if line.startswith("|"))
    taken = []
    for line in lines[first + 2 :]:
        if not line.startswith("|"):
            break
        cells = re.split(r"(?<!\\)\|", line)[1:-1]
        taken.append([each.strip().replace(r"\|", "|") for each in cells])
    return taken


def quoted(cell):
    return re.findall(r"`([^`]+)`", cell)


def flat(text):
    return " ".join(text.split())


# ---- rooms ----


def test_the_rooms_of_the_table_are_those_of_the_house_in_its_order():
    rooms = [name.rstrip("/") for row in rows_after("Rooms") for name in quoted(row[0])]
    assert ["lnnlab", *rooms] == FLOORS
    for row in rows_after("Rooms"):
        for name in quoted(row[0]):
            place = paths.ROOT / "lnnlab" / name
            assert place.is_dir() if name.endswith("/") else place.with_suffix(".py").is_file()


def test_every_path_that_is_named_exists():
    named = re.findall(r"`((?:lnnlab|tests)/[\w/.]+)`", TEXT)
    assert len(named) > 30
    for each in named:
        assert (paths.ROOT / each).exists(), each


# ---- a corpus ----


def load_pumps(window: int = 128):
    """Generated recordings of three pumps: running, or dry with a tone."""
    random, recordings = np.random.default_rng(0), []
    time = np.arange(1024) / RATE_HZ
    for pump in PUMPS:
        for number in range(4):
            for label in ("running", "dry"):
                x = random.normal(size=1024) + 2 * (label == "dry") * np.sin(600 * time)
                recordings.append(Recording(f"{pump} {label} {number}", label, x[:, None],
                                            {"pump": pump}))
    return cut_windows(recordings, window, 0.0, Corpus(
        "pumps", ("pressure_bar",), RATE_HZ, ("running", "dry"), synthetic=True))


@pytest.fixture
def pumps(monkeypatch):
    """One line more in the table."""
    monkeypatch.setitem(CORPORA, "pumps", load_pumps)


def test_a_new_corpus_trains_by_the_command(pumps, tmp_path, capsys):
    path = tmp_path / "m.pt"
    arguments = ["train", "--corpus", "pumps", "--split", "pump", "--epochs", "1", "--window",
                 "256", "--output", str(path)]
    assert cli.main(arguments) == 0
    assert "pumps, pump north: test accuracy" in capsys.readouterr().out
    saved = load_model(path)
    assert saved.window == 256 and saved.classes == ("running", "dry")
    for wrong, message in ((["--split", "pum"], "did you mean 'pump'"),
                           (["--corpus", "pump"], "did you mean 'pumps'")):
        assert cli.main([*arguments, *wrong]) == 1
        said = capsys.readouterr().err
        assert message in said and len(said.splitlines()) == 1


def test_a_new_corpus_is_in_benchmarks_and_tables(pumps, tmp_path):
    dataset = load("pumps")
    folds = make_splits(dataset, "pump")
    assert [each.name for each in folds] == [f"pump {pump}" for pump in PUMPS]
    found = benchmark(Benchmark(dataset, "pump", (0,), Budget(1)),
                      model_rows(["linear_ltc", "majority"], dataset),
                      Work(tmp_path, progress=False))
    rows = benchmark_rows(found)
    assert set(rows["corpus"]) == {"pumps (synthetic)"}
    assert set(rows["split"]) == {"leave one pump out"}
    pooled = rows[(rows["metric"] == "accuracy") & rows["fold"].isna()]
    assert list(pooled["items"]) == [len(dataset)] * 2
    assert set(rows["fold"].dropna()) == {each.name for each in folds}
    again = run_of(found[0].run.identity)
    assert again.key == found[0].run.key and again.data == found[0].run.data


def test_a_corpus_of_clips_that_take_no_window_comes_back_from_its_record(monkeypatch, tmp_path):
    monkeypatch.setitem(CORPORA, "pumps", lambda: load_pumps())
    dataset = load("pumps")
    found = benchmark(Benchmark(dataset, "pump"), model_rows(["majority"], dataset),
                      Work(tmp_path, progress=False))
    assert run_of(found[0].run.identity).key == found[0].run.key


# ---- a layer kind ----

PLACES = rows_after("To add a layer kind")
EXAMPLES = {  # column → its class, how source files name it
    2: (layers.LeakyPool, re.compile(r"LeakyPool|LEAKY_POOL|leaky_pool")),
    3: (layers.Dense, re.compile(r'\bDense\b|DENSE\b|"dense"')),
}
SOURCES = [each for each in sorted((paths.ROOT / "lnnlab").rglob("*"))
           if each.suffix in (".py", ".c", ".h")]


@pytest.mark.parametrize("place, column", [(row[0], column) for row in PLACES for column in (2, 3)])
def test_a_place_has_what_the_list_quotes(place, column):
    cell = next(row for row in PLACES if row[0] == place)[column]
    path = paths.ROOT / quoted(place)[0]
    assert path.exists() and (cell == "—") == (not quoted(cell))
    for each in quoted(cell):
        if path.is_dir():
            kinds = {type(layer) for layer in lnn_file.read(path / each).layers}
            assert EXAMPLES[column][0] in kinds
        else:
            assert flat(each) in flat(path.read_text())


@pytest.mark.parametrize("column", EXAMPLES)
def test_the_list_of_places_is_complete(column):
    listed = {quoted(row[0])[0] for row in PLACES if row[column] != "—"}
    name = EXAMPLES[column][1]
    mention = {str(each.relative_to(paths.ROOT)) for each in SOURCES
               if name.search(each.read_text())}
    assert mention <= listed, sorted(mention - listed)
    assert len(mention) > 10


def test_the_example_is_the_code():
    quotes = re.findall(r"```\w+\n(.*?)```", TEXT.split("## To add a layer kind")[1], re.DOTALL)
    places = ("integer/layers.py", "runtime/c/lnn_cells.c")
    for quote, place in zip(quotes, places, strict=True):
        text = flat((paths.ROOT / "lnnlab" / place).read_text())
        for line in quote.splitlines():
            assert flat(line.split("  #")[0]) in text, line
