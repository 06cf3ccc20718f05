"""No figure and no comparison is typed: README, notebooks and page take them from tables."""

import re

import nbformat
import pandas as pd
import pytest
from made_records import deployment, records

from lnnlab import paths, pipeline
from lnnlab.data import load
from lnnlab.errors import UserError
from lnnlab.reports import claims, readme, sections, tables
from lnnlab.reports.deployment import deployment_rows, parity_rows
from lnnlab.reports.keywords import always_on_rows
from lnnlab.reports.policies import BEST_WITHIN, CHEAPEST
from lnnlab.reports.rows import benchmark_rows
from lnnlab.reports.sentences import pair_rows, pairs_name

WORDS, SHARES = "speech_commands", ("10 % speech", "20 % speech")
MOST_LINES, MOST_BYTES = 90, 6 << 10
BLOCK = re.compile(r"<!-- [\w ]+ -->\n.*?<!-- end -->", re.DOTALL)
CODE = re.compile(r"```.*?```|`[^`]*`|\]\([^)]*\)", re.DOTALL)  # and targets of links
RANKING = re.compile(r"\b(ahead|behind|better|best|worse|worst)\b", re.IGNORECASE)
NUMBER = re.compile(r"(?<![\w.-])\d[\d.,]*")
ALLOWED = {"3.11"}  # the version of Python
MEASURED = re.compile(  # in notebooks, whose settings may be named: a figure with such a unit
    r"(?<![\w.-])\d[\d.,]*\s?(?:%|times\b|points\b|mW\b|uW\b|uJ\b|ms\b|kB\b|B\b|h\b|hours\b|days\b)"
    r"|±\s?\d")
SETTINGS = {"95 %", "100 ms", "10 times", "8 ms", "16 ms"}  # level of intervals; a board's buffer;
# steps of a cell; hop and frame of a denoiser
CLAIMED = re.compile(r"\b(ahead|behind|better|worse)\b", re.IGNORECASE)  # "best" tells of a search
TEMPLATE = paths.ROOT / "lnnlab" / "reports" / "templates" / "index.html"


def prose(text):
    return CODE.sub(" ", BLOCK.sub(" ", text))


def test_the_readme_is_what_the_tables_say():
    text = readme.README.read_text()
    assert readme.renewed(text) == text, "python -m lnnlab.reports.readme renews it"


def test_no_figure_is_typed_into_the_readme():
    typed = prose(readme.README.read_text())
    found = {each.rstrip(".,") for each in NUMBER.findall(typed)}
    assert found <= ALLOWED, found - ALLOWED
    assert not RANKING.findall(typed)


@pytest.mark.parametrize("line", [
    "The liquid network loses 3 points.", "It is ahead of GRU.", "at 1.45 the cycles"])
def test_a_typed_figure_would_be_noticed(line):
    typed = prose(readme.README.read_text() + line)
    assert RANKING.search(typed) or {each.rstrip(".,") for each in NUMBER.findall(typed)} - ALLOWED


@pytest.mark.parametrize("path", pipeline.notebooks(), ids=lambda path: path.stem[:2])
def test_no_figure_is_typed_into_a_notebook(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            typed = CODE.sub(" ", cell.source)
            found = {each.group().strip() for each in MEASURED.finditer(typed)} - SETTINGS
            assert not found, f"{found} in: {cell.source}"
            assert not CLAIMED.search(typed), cell.source


def test_no_figure_is_typed_into_the_page():
    text = re.sub(r"<style>.*?</style>|<[^>]*>|\{[{%].*?[%}]\}", " ", TEMPLATE.read_text(),
                  flags=re.DOTALL)
    assert not NUMBER.findall(text) and not RANKING.search(text)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A profile's tables from made-up records, under the names that the README looks for."""
    place = tmp_path_factory.mktemp("full")
    dataset = load("bearing_sim", windows_per_recording=6)
    shares = {"linear_ltc": 0.95, "lstm": 0.95, "cnn_42k": 0.5, "logistic_regression": 0.5,
              "majority": 0.25}
    made = records(dataset, shares)
    deployed = [deployment(each) for each in made if not each.run.null]
    named = {"corpus": "cwru"}
    rows = pd.concat([benchmark_rows(made), deployment_rows(deployed)]).assign(**named)
    tables.update("vibration_benchmark", rows, place)
    tables.update(pairs_name("vibration_benchmark"), pair_rows(made).assign(**named), place)
    for name in ("fault_size_variants", "condition_variants"):
        tables.update(name, benchmark_rows(made).assign(**named), place)
    words = records(dataset, {"keyword_linear_ltc": 0.9, "ds_cnn_42k": 0.9, "majority": 0.25})
    spoken = [deployment(each) for each in words if not each.run.null]
    named = {"corpus": WORDS}
    rows = pd.concat([benchmark_rows(words), deployment_rows(spoken),
                      always_on_rows(spoken, ["nrf52840"])]).assign(**named)
    tables.update("keyword_benchmark", rows, place)
    tables.update(pairs_name("keyword_benchmark"), pair_rows(words).assign(**named), place)
    parity = parity_rows(deployed).assign(corpus="cwru")
    tables.update("c_parity", pd.concat([parity, parity.assign(corpus=WORDS)]), place)
    tables.write_plain("claims_audit", claims.claims_audit(claims.ours_in(place, "cwru")), place)
    _policies(place)
    return place


def _policies(place):
    rows = [{"model": name, "corpus": WORDS, "split": f"stream, {share}", "items": 900}
            | tables.summary(metric, values, unit, "modelled")
            for share in SHARES
            for name, cycles in (("always", [90.0] * 3), (BEST_WITHIN, [15.0] * 3),
                                 (CHEAPEST, [90.0, 90.0, 12.0]))
            for metric, values, unit in (("event_f1", [80.0, 81.0], "%"),
                                         ("f1_lost", [1.0, 2.0], "points"),
                                         ("cycles_per_s", cycles, "cycles"))]
    tables.update("timestep_policies", pd.DataFrame(rows, columns=tables.COLUMNS), place)


def test_the_block_is_made_from_whatever_tables_hold(folder):
    text = readme.renewed(readme.README.read_text(), folder)
    blocks = BLOCK.findall(text)
    assert len(blocks) == len(readme.BLOCKS) == 1 and blocks[0].count("\n") > 10
    made = tables.together(tables.read("vibration_benchmark", folder))
    own = made[(made["model"] == "CNN 42k (MobileNet-style)")
               & (made["metric"] == "accuracy_int8")]
    assert f"97.2 % → {own['value'].iloc[0]:.1f}" in text and "no such row yet" in text
    assert prose(text) == prose(readme.README.read_text())
    assert readme.renewed(text, folder) == text


def test_the_readme_fits_a_screen_or_two():
    text = readme.README.read_text()
    assert len(text.splitlines()) <= MOST_LINES and len(text.encode()) <= MOST_BYTES


def test_all_that_the_readme_links_to_is_there():
    for target in re.findall(r"\]\(([^)]+)\)", readme.README.read_text()):
        assert (paths.ROOT / target).exists(), target


def test_the_pages_sentences_come_from_whatever_tables_hold(folder):
    lines = {each.key: sections.said(each, folder) for each in sections.SECTIONS}
    text = "\n".join(line for both in lines.values() for part in both for line in part)
    absent = ("energy", "anomalies")  # their tables
    assert all(len(first) == 2 for key, (first, _) in lines.items() if key not in absent)
    assert "variants for unseen speeds and loads: " in text
    assert "best null: logistic regression" in text and "12 bearings" in text
    assert "not distinguishable from" in text and "networks of seed 0 on 2 cores" in text
    assert "times that at 4 decisions a second" in text
    assert "6 times fewer cycles than always-on" in text.replace("6.0", "6")
    assert "claims" in text and "missed" in text


def test_a_mark_that_is_gone_and_a_table_that_is_absent_are_named(folder, tmp_path):
    text = readme.README.read_text()
    with pytest.raises(UserError, match="0 blocks '<!-- published -->'"):
        readme.renewed(text.replace("<!-- published -->", ""), folder)
    with pytest.raises(UserError, match="'lnnlab run 04 --profile full' or 'make full'"):
        readme.renewed(text, tmp_path / "full")
