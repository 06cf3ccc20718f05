"""Studies of policies as records: made once, found without a network, stale when they must be."""

import shutil
from copy import deepcopy
from dataclasses import replace

import pytest

from lnnlab.adaptive.search import KINDS
from lnnlab.experiments import Work
from lnnlab.experiments.policies import corpora, lines, parity, study
from lnnlab.experiments.policies.machines import MachineStreams, machine_study
from lnnlab.experiments.run import Budget
from lnnlab.records import RENEW, Records, difference
from lnnlab.reports import policies
from lnnlab.target import boards

STREAMS = corpora.WordStreams((0.7, 0.8, 0.9), 0.25, (0.2,))


@pytest.fixture(scope="module")
def given(word_run):
    recipe = replace(word_run.recipe, versions=1)
    run = replace(word_run, recipe=recipe, budget=Budget(1))
    return corpora.word_study(STREAMS, run, trials=2, passes=0)


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    return Work(tmp_path_factory.mktemp("reports"), progress=False)


@pytest.fixture(scope="module")
def made(given, work):
    return study.studies([given], work)[0]


@pytest.fixture
def idle(monkeypatch):
    """Whatever makes a network, a stream or a teacher raises."""
    def refuse(*_, **__):
        raise AssertionError("nothing may be made")

    for name in ("network", "stream", "prepare"):
        monkeypatch.setattr(corpora.WordTask, name, refuse)
    for name in ("augmented", "teacher_of", "up_to_date", "tuned_on_streams"):
        monkeypatch.setattr(corpora, name, refuse)
    monkeypatch.setattr("lnnlab.experiments.trained.train", refuse)


def test_a_study_makes_a_table(made):
    rows = policies.policy_rows([made])
    assert set(rows["basis"]) == {"measured", "modelled", "modelled (wake-up from memory)",
                                  "modelled (wake-up from memory), flash assumed"}
    assert rows["split"].unique().tolist() == ["stream of test material, 20 % speech"]
    assert set(policies.at_equal_cycles([made])["kind"]) == set(KINDS) - {"learned"}
    assert made.tests["20 % speech"][0].level == "always" and len(made.validation) > len(KINDS)


def test_with_a_record_nothing_is_made(made, given, work, idle):
    assert study.studies([given], work) == [made]
    assert len(Records(work.folder / "records" / "timestep_policies.jsonl").read()) == 1


def test_another_seed_is_another_record(given):
    other = corpora.word_study(STREAMS, replace(given.task.run, seed=1), 2, 0)
    one, two = given.subject, other.subject
    assert one.key != two.key and one.basis == two.basis
    assert two.identity["streams"]["searched"]["seed"] == 1
    assert {one.key, two.key}.isdisjoint({corpora.word_study(
        STREAMS, given.task.run, 3, 0).subject.key})


def test_a_changed_board_makes_costs_stale_and_not_the_study(
    made, given, work, idle, monkeypatch, capsys
):
    plain = boards.board

    def slower(name):
        waits = replace(plain(name).wait_states, value=9)
        return replace(plain(name), wait_states=waits)

    monkeypatch.setattr(boards, "board", slower)
    found = study.studies([given], work)[0]
    assert found.stale == "the board's entry changed" and found.tests == made.tests
    said = capsys.readouterr().out
    assert "policy_costs: 1 stale record (" in said and "timestep_policies" not in said
    assert policies.policy_rows([found])["basis"].str.endswith(", stale").any()
    monkeypatch.setenv(RENEW, "stale")
    with pytest.raises(AssertionError, match="nothing may be made"):
        study.studies([given], work)


def test_slower_code_needs_costs_alone(made, given, work, monkeypatch, tmp_path):
    """Another C needs a network and a stream to count on, and neither tuning nor a search."""
    shutil.copytree(work.folder, tmp_path / "reports")
    work = replace(work, folder=tmp_path / "reports")
    basis = given.task.basis()
    basis["target"] = basis["target"] | {"cycles": [1.02 * each for each in
                                                    basis["target"]["cycles"]]}
    monkeypatch.setattr(corpora.WordTask, "basis", lambda _: deepcopy(basis))
    monkeypatch.setattr(study, "search", None)
    monkeypatch.setenv(RENEW, "stale")
    found = study.studies([given], work)[0]
    assert not found.stale and found.tests == made.tests  # the core counts as before


def test_much_slower_code_makes_a_study_stale(given, monkeypatch):
    own = given.subject
    basis = given.task.basis()
    cycles = [1.2 * each for each in basis["target"]["cycles"]]
    basis["target"] = basis["target"] | {"cycles": cycles}
    monkeypatch.setattr(corpora.WordTask, "basis", lambda _: basis)
    assert "cycles moved" in difference(own.basis, given.subject.basis)


def test_power_is_that_of_todays_board(made, given, work, idle, monkeypatch):
    plain = lines.board

    def hungry(name):
        current = replace(plain(name).run_ua_per_mhz, value=2 * plain(name).run_ua_per_mhz.value)
        return replace(plain(name), run_ua_per_mhz=current)

    monkeypatch.setattr(lines, "board", hungry)
    found = study.studies([given], work)[0]
    for one, other in zip(found.tests["20 % speech"], made.tests["20 % speech"], strict=True):
        assert one.cycles_per_s == other.cycles_per_s and not found.stale
        assert one.power_mw["nrf52840"] > other.power_mw["nrf52840"]


def test_a_changed_stream_makes_a_study_stale(given, monkeypatch):
    before = given.subject.basis["probe"]
    monkeypatch.setattr("lnnlab.experiments.policies.probe._made", {})
    monkeypatch.setattr("lnnlab.data.streams.words.FADE", 800)
    assert given.subject.basis["probe"] != before


def test_parity_is_recorded(made, given, work, monkeypatch):
    compared = parity.Comparison(given, STREAMS.part("test", 0.2, 0.2, 9), ("host",))
    found = parity.parity_of(compared, work.folder)
    assert found.differ == {"host": 0} and found.decisions["host"] > 0
    assert list((work.folder / "c").glob("*_policy.lnn"))
    monkeypatch.setattr(parity.Comparison, "learned", None)
    assert parity.parity_of(compared, work.folder) == found
    rows = policies.parity_rows(found)
    assert rows["value"].tolist() == [0] and rows["items"].tolist() == [found.decisions["host"]]


def test_a_machine_s_subject_needs_no_stream_of_it(monkeypatch):
    streams = MachineStreams("bearing_sim", "load", minutes=[1, 1, 1], faulty=[0.1],
                             options={"windows_per_recording": 6})
    given = [machine_study(streams, seed, 1) for seed in (0, 1)]
    subjects = [each.subject for each in given]
    assert subjects[0].key != subjects[1].key
    assert "windows" not in vars(given[0].task.task)  # those to train on were never cut
    assert subjects[0].identity["streams"]["10 % faulty"]["fault"] == 0.1
