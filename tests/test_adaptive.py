"""When to compute: budgets, what a controller leaves, studies."""

import re
import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnnlab import lnn_file
from lnnlab.adaptive import Search, Use, learn_timestep_controller, sleep_plot
from lnnlab.adaptive.budgets import choose, longest_step
from lnnlab.adaptive.explorer import Explorer
from lnnlab.data.streams import Event
from lnnlab.errors import UserError
from lnnlab.experiments.policies import corpora, parity
from lnnlab.experiments.policies.choices import chosen_at_levels
from lnnlab.experiments.policies.lines import BEST, FREE
from lnnlab.experiments.policies.machines import MachineStreams
from lnnlab.integer.policy import MOST_HOPS
from lnnlab.target.boards import board

QUIET = Search(progress=False)


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


@given(budget=st.floats(0.5, 1e5), hop_s=st.sampled_from((0.001, 0.00533, 0.02, 0.3)))
def test_the_longest_step_leaves_a_hop_to_compute_in(budget, hop_s):
    hops, hop_ms = longest_step(budget, hop_s), 1e3 * hop_s
    assert 1 <= hops <= MOST_HOPS
    assert hops == 1 or (hops + 1) * hop_ms <= budget + 1e-3
    assert hops == MOST_HOPS or (hops + 2) * hop_ms > budget - 1e-3  # and no longer than needed


@pytest.mark.parametrize(("budget", "hop_s", "hops"), [
    (400.0, 0.02, 19), (401.0, 0.02, 19), (419.0, 0.02, 19), (420.0, 0.02, 20), (5.0, 0.02, 1),
    (16.0, 0.0016, 9), (float("inf"), 0.02, MOST_HOPS),
])
def test_the_longest_step_by_hand(budget, hop_s, hops):
    assert longest_step(budget, hop_s) == hops


@pytest.mark.parametrize(("arguments", "named"), [
    (lambda: {"power_budget": 0}, "power_budget = 0: choose a number above zero"),
    (lambda: {"power_budget": "1"}, "power_budget = '1': choose a number"),
    (lambda: {"dataset": "google_speech_commands"},
     "dataset = 'google_speech_commands': give a stream"),
    (lambda: {"latency_budget": -3.0}, "latency_budget = -3.0"),
    (lambda: {"how": Search(trials=0)}, "trials = 0"),
    (lambda: {"how": Search(("energi",))}, "energi"),
    (lambda: {"use": Use("nrf5284")}, "nrf52840"),
])
def test_a_users_mistakes_are_named(saved, stream, arguments, named):
    with pytest.raises(UserError, match=named):
        learn_timestep_controller(saved, **{"dataset": stream, "how": QUIET} | arguments())


def test_isolated_clips_are_refused_with_the_way_out(saved, words):
    with pytest.raises(UserError, match=r"isolated clips.*plan=StreamPlan\(600, activity=0.1\)\)"):
        learn_timestep_controller(model=saved, dataset=words[0], power_budget=1.0)


def test_a_controller_end_to_end(saved, stream, tmp_path):
    """Searched for, described, drawn, saved; the C follows it to the bit."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a network of many timesteps gives no warning
        controller = learn_timestep_controller(
            model=saved, dataset=stream, power_budget=0.5, latency_budget=2000,
            how=Search(("energy", "learned"), trials=3, progress=False))
    assert controller.power_mw <= 0.5
    assert all(each.worst_latency_ms <= 2000 for each in controller.outcomes)
    assert 0 <= controller.accuracy <= 1 and "mW modelled" in str(controller)
    assert controller.plot_policy(10.0).axes
    shown_as_slept_through(controller)
    path = controller.save(tmp_path / "model.lnn")
    assert lnn_file.read(path).policy == controller.chosen.policy
    samples = controller.model.quantise(stream.samples[:160000])
    compared = parity.compare(controller.model, samples, ("host", "cortex-m4"))
    assert compared["differ"].sum() == 0 and compared["decisions"].min() > 10


def test_a_network_of_one_timestep_is_told_what_it_loses(saved, stream):
    fixed = replace(saved, origin={k: v for k, v in saved.origin.items() if k != "timesteps"})
    with pytest.warns(UserWarning, match=r"one timestep only.*timesteps=\(1, 2, 4\)"):
        controller = learn_timestep_controller(
            fixed, stream, how=Search(("uniform",), trials=1, progress=False))
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
        learn_timestep_controller(saved, replace(stream, **change), how=QUIET)


def test_streams_of_other_than_three_lengths_are_refused():
    for minutes in ([2.0, 2.0], 2.0, "abc", [2.0, 2.0, "two"]):
        with pytest.raises(UserError, match=f"^minutes = {re.escape(str(minutes))}: give three"):
            corpora.WordStreams(minutes)
    with pytest.raises(UserError, match=r"minutes = \[2.0\]: give three lengths"):
        MachineStreams("cwru", "load", minutes=[2.0])


@pytest.mark.parametrize("shares", [0.1, [], ["10 %"], "abc"], ids=str)
def test_shares_that_are_no_numbers_are_refused(shares):
    with pytest.raises(UserError, match=f"^shares = {re.escape(str(shares))}: give a list of"):
        corpora.WordStreams(shares=shares)


def shown_as_slept_through(controller):
    """The picture's bars are the hops with decisions, and its mean power is the policy's."""
    sound, awake, power = controller.plot_sleep(60.0).axes
    heard = controller.listener.hear(controller.chosen.policy)
    assert len(awake.patches) == len(heard.hop)
    steps = power.patches[0].get_data()
    hops = len(steps.values) * round(sleep_plot.WINDOW_S / controller.listener.hop_s)
    if hops > 0.98 * heard.hops:
        assert np.mean(steps.values) == pytest.approx(controller.power_mw, rel=0.05)
    assert len(sound.lines) - 1 <= len(controller.listener.stream.events) * 2


def test_a_gate_turned_by_hand_is_scored_as_it_would_be_in_a_search(listener):
    explorer = Explorer(listener, 20.0)
    gate = explorer.gate(2.0, 400, 200)
    assert gate.open == 2048 and gate.most * listener.hop_s == pytest.approx(0.4, abs=0.02)
    outcome = listener.outcome(gate, 0.4)
    title = explorer.figure(2.0, 400, 200, 0.4).get_suptitle()
    assert f"{outcome.score.hits} of {outcome.score.events} found" in title
    assert f"{outcome.power_mw:.2f} mW ({explorer.always.power_mw:.2f})" in title


def test_a_file_with_a_policy_is_drawn_as_its_controller_was(outcomes, listener):
    chosen = outcomes[1]
    meta = {"stream": {"threshold_q15": int(32768 * chosen.threshold), "smoothing_shift": 3,
                       "refractory": 25}}
    policed = replace(listener.model, policy=chosen.policy, meta=listener.model.meta | meta)
    drawn = sleep_plot.sleep_of(policed, listener.stream, listener.board, 60.0)
    awake = drawn.axes[1].patches
    assert len(awake) == len(listener.hear(chosen.policy).hop)
    with pytest.raises(UserError, match="no timestep policy"):
        sleep_plot.sleep_of(listener.model, listener.stream, listener.board)
