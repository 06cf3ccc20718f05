"""When to compute: candidates, searches, budgets, what a controller leaves."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lnnlab import lnn_file
from lnnlab.adaptive import candidates, corpora, learn_timestep_controller, parity
from lnnlab.adaptive.controller import choose
from lnnlab.adaptive.listening import describe
from lnnlab.adaptive.search import KINDS, front, search
from lnnlab.adaptive.study import BEST, FREE, chosen_at_levels
from lnnlab.data.streams import Event
from lnnlab.errors import UserError
from lnnlab.experiments.keyword_recipes import any_timestep, family
from lnnlab.integer.policy import ALWAYS
from lnnlab.integer.policy import KINDS as policy_kinds
from lnnlab.reports import policies
from lnnlab.target.boards import board

SEEDS = st.integers(0, 2**31)


@pytest.fixture(scope="module")
def outcomes(listener):
    return search(listener, KINDS, trials=4, progress=False)


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, kind=st.sampled_from(KINDS), hop_s=st.sampled_from((0.001, 0.02, 0.3)))
def test_candidates_of_every_kind_are_policies_and_stay_of_their_kind(grounds, seed, kind, hop_s):
    """Their constructors refuse what the file has no place for."""
    random, grounds = np.random.default_rng(seed), replace(grounds, hop_s=hop_s)
    assert type(candidates.start(kind, grounds)) is policy_kinds[kind]
    policy = candidates.draw(kind, grounds, random)
    for _ in range(40):
        after = candidates.vary(policy, grounds, random)
        assert type(after) is type(policy) and list(after.steps) == sorted(after.steps)
        if kind == "learned":  # its thresholds are those of its own score
            assert (after.w, after.v, after.rise) == (policy.w, policy.v, policy.rise)
        policy = after
    assert describe(policy)


def test_the_front_holds_what_no_other_beats(outcomes):
    best = front(outcomes)
    for each in outcomes:
        beaten = [other for other in outcomes if other.cycles_per_s <= each.cycles_per_s
                  and other.score.f1 > each.score.f1]
        assert (each in best) <= (not beaten)
        assert any(other.cycles_per_s <= each.cycles_per_s and other.score.f1 >= each.score.f1
                   for other in best)


def test_every_kind_gets_its_trials_and_costs_add_up(outcomes, listener):
    assert outcomes[0].policy == ALWAYS and {each.kind for each in outcomes} == set(KINDS)
    for each in outcomes:
        assert each.score.hits + each.score.misses == outcomes[0].score.events
        assert 0 < each.mean_latency_ms <= each.worst_latency_ms
        hop_ms = 1e3 * listener.hop_s
        assert each.worst_latency_ms >= hop_ms * each.policy.steps[-1]
    assert outcomes[0].steps_percent == 100


def test_a_search_is_repeatable(listener, outcomes):
    again = search(listener, ("energy", "learned"), trials=4, progress=False)
    same = [outcomes[0], *(each for each in outcomes if each.kind in ("energy", "learned"))]
    assert [each.policy for each in again] == [each.policy for each in same]


@pytest.mark.parametrize(("budgets", "named"), [
    ((1e-3, None), "power_budget = 0.001 mW cannot be met on nRF52840"),
    ((None, 5.0), "latency_budget = 5.0 ms cannot be met"),
    ((0.05, 21.0), "power_budget = 0.05 mW with latency_budget = 21.0 ms cannot be met"),
])
def test_a_budget_that_cannot_be_met_names_the_nearest(outcomes, budgets, named):
    with pytest.raises(UserError) as caught:
        choose(outcomes, board("nrf52840"), *budgets)
    assert named in str(caught.value) and "the nearest takes" in str(caught.value)


def test_the_choice_keeps_to_budgets_and_takes_the_best(outcomes):
    power, latency = sorted(each.power_mw for each in outcomes)[len(outcomes) // 2], 500.0
    best = choose(outcomes, board("nrf52840"), power, latency)
    fitting = [each for each in outcomes
               if each.power_mw <= power and each.worst_latency_ms <= latency]
    assert best in fitting and best.score.f1 == max(each.score.f1 for each in fitting)
    assert choose(outcomes, board("nrf52840"), None, None).score.f1 == max(
        each.score.f1 for each in outcomes)


@pytest.mark.parametrize(("arguments", "named"), [
    ({"power_budget": 0}, "power_budget = 0: choose a number above zero"),
    ({"power_budget": "1"}, "power_budget = '1': choose a number"),
    ({"dataset": "google_speech_commands"}, "dataset = 'google_speech_commands': give a stream"),
    ({"latency_budget": -3.0}, "latency_budget = -3.0"),
    ({"trials": 0}, "trials = 0"),
    ({"kinds": ("energi",)}, "energi"),
    ({"board": "nrf5284"}, "nrf52840"),
])
def test_a_users_mistakes_are_named(saved, stream, arguments, named):
    with pytest.raises(UserError, match=named):
        learn_timestep_controller(saved, **{"dataset": stream, "progress": False} | arguments)


def test_isolated_clips_are_refused_with_the_way_out(saved, words):
    with pytest.raises(UserError, match=r"isolated clips.*plan=StreamPlan\(600, activity=0.1\)"):
        learn_timestep_controller(model=saved, dataset=words[0], power_budget=1.0)


def test_a_controller_end_to_end(saved, stream, tmp_path):
    """Searched for, described, drawn, saved; the C follows it to the bit."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a network of many timesteps gives no warning
        controller = learn_timestep_controller(
            model=saved, dataset=stream, power_budget=0.5, latency_budget=2000,
            kinds=("energy", "learned"), trials=3, progress=False)
    assert controller.power_mw <= 0.5 and controller.worst_latency_ms <= 2000
    assert 0 <= controller.accuracy <= 1 and "mW modelled" in str(controller)
    assert controller.plot_policy(10.0).axes
    path = controller.save(tmp_path / "model.lnn")
    assert lnn_file.read(path).policy == controller.chosen.policy
    samples = controller.model.quantise(stream.samples[:160000])
    compared = parity.compare(controller.model, samples, ("host", "cortex-m4"))
    assert compared["differ"].sum() == 0 and compared["decisions"].min() > 10


def test_a_network_of_one_timestep_is_told_what_it_loses(saved, stream):
    fixed = replace(saved, origin={k: v for k, v in saved.origin.items() if k != "timesteps"})
    with pytest.warns(UserWarning, match=r"one timestep only.*timesteps=\(1, 2, 4\)"):
        controller = learn_timestep_controller(fixed, stream, kinds=("uniform",), trials=1,
                                               progress=False)
    assert controller.notes


def test_choices_at_levels_keep_to_their_cycles(outcomes, listener):
    """The second stream being the first, the choice is the best of it."""
    always = outcomes[0]
    for level, each in chosen_at_levels(outcomes, listener)[1:]:
        if level == FREE:
            assert each.score.f1 >= always.score.f1
        elif level == BEST:
            within = [other.score.f1 for other in outcomes[1:]
                      if other.cycles_per_s <= 0.2 * always.cycles_per_s]
            assert each.score.f1 == max(within)
        else:
            within = [other for other in outcomes if other.kind == each.kind
                      and other.cycles_per_s <= float(level) * always.cycles_per_s]
            assert each.policy in [other.policy for other in within]
            assert each.score.f1 == max(other.score.f1 for other in within)


@pytest.mark.parametrize(("change", "named"), [
    ({"x": np.zeros((16000, 3), np.float32)}, "3 channels, but the network takes 1"),
    ({"rate_hz": 8000.0}, "8000 Hz, but the network takes 16000"),
    ({"events": (Event("thunder", 1.0, 2.0),)}, "no event that the network reports"),
])
def test_a_strange_stream_is_refused(saved, stream, change, named):
    with pytest.raises(UserError, match=named):
        learn_timestep_controller(saved, replace(stream, **change), progress=False)


def test_a_study_is_recorded_once_and_makes_a_table(words, tmp_path, monkeypatch):
    monkeypatch.setenv("LNNLAB_CACHE", str(tmp_path / "cache"))
    streams = corpora.WordStreams(*words, (0.7, 0.7), 0.25, (0.2,))
    recipe = any_timestep(family("liquid_small", words[0], 1, versions=1)[0])
    record = corpora.word_study(streams, recipe, 0, 1, tmp_path, trials=2, passes=0)
    assert corpora.word_study(streams, recipe, 0, 1, tmp_path, 2, 0) == record
    assert len(list((tmp_path / "records").rglob("*.json"))) == 1
    rows = policies.policy_rows([record])
    assert set(rows["basis"]) == {"measured", "modelled"}
    assert rows["split"].unique().tolist() == ["stream of test material, 20 % speech"]
    assert set(policies.at_equal_cycles([record])["kind"]) == set(KINDS) - {"learned"}
