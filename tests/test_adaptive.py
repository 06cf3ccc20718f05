"""When to compute: candidates, the learned gate, searches, budgets, what a controller leaves."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lnnlab import lnn_file
from lnnlab.adaptive import candidates, corpora, learn_timestep_controller, parity
from lnnlab.adaptive.controller import choose
from lnnlab.adaptive.costs import Costs, excerpt
from lnnlab.adaptive.learned import (
    FLOORS,
    LOUD,
    gate_inputs,
    needed_hops,
    scores_of,
    train_gate,
)
from lnnlab.adaptive.listening import Listener, describe
from lnnlab.adaptive.search import KINDS, front, search
from lnnlab.adaptive.study import BEST, FREE, chosen_at_levels
from lnnlab.adaptive.tuning import Tuning, tuned_on_streams
from lnnlab.adaptive.windows import Hearing, stream_windows
from lnnlab.compress import quantise
from lnnlab.data import load, make_splits
from lnnlab.data.streams import Event, Stream, StreamPlan, build_stream
from lnnlab.errors import UserError
from lnnlab.experiments.keyword_recipes import any_timestep, family
from lnnlab.experiments.trained import trained
from lnnlab.integer.gate import gate_of
from lnnlab.integer.policy import ALWAYS, EnergyGate, FluxGate, LearnedGate, Uniform
from lnnlab.profiling.policy import policy_costs
from lnnlab.reports import policies
from lnnlab.target.boards import board

SEEDS = st.integers(0, 2**31)


@pytest.fixture(scope="module")
def words():
    dataset = load("spoken_words", voices=22)
    return dataset, make_splits(dataset, "official")[0]


@pytest.fixture(scope="module")
def saved(words, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LNNLAB_CACHE", str(tmp_path_factory.mktemp("cache")))
        recipe = any_timestep(family("liquid_small", words[0], 1, versions=3)[0])
        return trained(*words, recipe, 0, tmp_path_factory.mktemp("models"), 25, 25)


@pytest.fixture(scope="module")
def stream(words):
    dataset, split = words
    plan = StreamPlan(90, activity=0.25, seed=1)
    return build_stream(dataset, split.validation, plan, "validation")


@pytest.fixture(scope="module")
def listener(saved, stream):
    model, chosen = quantise(saved), board("nrf52840")
    return Listener(model, stream, chosen, Costs(model, chosen, excerpt(model, stream)))


@pytest.fixture(scope="module")
def outcomes(listener):
    return search(listener, KINDS, trials=4, progress=False)


def ground(seed=0):
    random = np.random.default_rng(seed)
    inputs = np.round(1024 * random.normal(size=(400, 5))).astype(int)
    gates = [train_gate(inputs, inputs[:, k] > 500, seed, floors)
             for k, floors in enumerate(FLOORS)]
    levels = random.integers(0, 300, (2, 400))
    return candidates.Ground(0.02, *levels, [(each, scores_of(each, inputs)) for each in gates])


@pytest.fixture(scope="module")
def grounds():
    return ground()


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, kind=st.sampled_from(KINDS))
def test_candidates_of_every_kind_are_policies_and_stay_of_their_kind(grounds, seed, kind):
    """Their constructors refuse what the file has no place for."""
    random = np.random.default_rng(seed)
    policy = candidates.draw(kind, grounds, random)
    for _ in range(5):
        after = candidates.vary(policy, grounds, random)
        assert type(after) is type(policy) and list(after.steps) == sorted(after.steps)
        if kind == "learned":  # its thresholds are those of its own score
            assert (after.w, after.v, after.rise) == (policy.w, policy.v, policy.rise)
        policy = after
    assert describe(policy)


def test_the_trained_gate_finds_what_was_needed():
    """Two clouds on a statistic that the others drown: integers tell them apart as float would."""
    random = np.random.default_rng(4)
    needed = random.random(4000) < 0.2
    inputs = random.normal(0, 1024, (4000, 5))
    inputs[:, 1] = random.normal(0, 300, 4000) + 1500 * needed
    inputs = np.round(inputs).astype(int)
    gate = train_gate(inputs, needed)
    said = scores_of(gate, inputs) > 0
    assert np.mean(said == needed) > 0.97


def test_a_gate_needs_both_kinds_of_hops():
    with pytest.raises(UserError, match="needs events, and time between them"):
        train_gate(np.zeros((50, 5), int), np.zeros(50, bool))


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, threshold=st.integers(-2000, 2000))
def test_the_score_is_the_one_the_running_gate_has(grounds, seed, threshold):
    """Without a memory of peaks, and a posterior of zero."""
    samples = (np.random.default_rng(seed).normal(size=(8000, 1)) * 900).astype(np.int16)
    frame, hop = 512, 320
    (own, _), floors = grounds.learned[seed % 2], FLOORS[seed % 2]
    gate = replace(own, steps=(1, 9, 9, 9, 9), thresholds=(threshold,) * 4, decay=32767)
    hops = 1 + (len(samples) - frame) // hop
    inputs = gate_inputs(samples, frame, hop, np.zeros(hops, int), floors)
    from lnnlab.integer.gate import statistics

    running = gate_of(gate, statistics(samples, frame, hop), list)
    wanted = np.array([running.wanted(t) for t in range(hops)])
    np.testing.assert_array_equal(wanted == 1, scores_of(gate, inputs) >= threshold)


def test_needed_hops_are_the_loud_ones_and_those_between_until_the_report():
    ends = np.arange(100) * 0.1
    energy = np.where((ends > 2.05) & (ends < 4.55), 9000, 9000 - LOUD - 1)
    energy[30:33] = 0  # a pause in a word
    energy[60:65] = 20000  # outside of events nothing counts, however loud
    events = (Event("go", 2.0, 5.0), Event("unknown", 7.0, 9.0))
    heard = Stream(np.zeros(160000, np.float32), 16000.0, events)
    missed = needed_hops(heard, [], ends, energy, ("unknown",))
    assert ends[missed].min() == pytest.approx(2.1) and ends[missed].max() == pytest.approx(4.5)
    assert missed.sum() == 25
    found = needed_hops(heard, [(3.0, "go"), (2.5, "stop")], ends, energy, ("unknown",))
    assert ends[found].max() < 3.1 and found.sum() == 9


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
            assert each in within
            assert each.score.f1 == max(other.score.f1 for other in within)


LEARNED = LearnedGate((1, 4, 8, 16, 16), (2048, 1024, 512, 256), 200, 0,
                      ((256, 64, 32, 16, 8),) * 8, (0,) * 8, (32,) * 8, look_back=1)


@pytest.mark.parametrize("policy", [
    ALWAYS, Uniform(8), EnergyGate(3, 30, 700, 400, 4, look_back=4), EnergyGate(1, 40, 700, 500, 3),
    EnergyGate(1, 40, 2600, 1500, 2, look_back=4, rise=11, between=(6, 17, 22)), LEARNED,
    FluxGate(1, 12, 60, 40, 2),
], ids=describe)
def test_modelled_cycles_are_those_that_are_counted(listener, stream, policy):
    """Unit costs times how often, against every cycle of other seconds: those shared by policies
    of a kind serve a search, those of the policy itself are what tables rest on."""
    blob = lnn_file.to_bytes(replace(listener.model, policy=policy))
    samples = listener.model.quantise(stream.samples[20 * 16000 : 24 * 16000])
    counted = sum(policy_costs(blob, listener.board, samples).cycles_per_s)
    heard = excerpt(listener.model, stream, 3.0)
    own = Costs(listener.model, listener.board, heard, exact=True).of(policy)
    for units, most in ((own, 0.015), (listener.costs.of(policy), 0.03)):
        modelled = sum(policy_costs(blob, listener.board, samples, units).cycles_per_s)
        assert modelled == pytest.approx(counted, rel=most)


def test_costs_are_counted_once_for_policies_that_take_the_same(listener, stream):
    costs = Costs(listener.model, listener.board, excerpt(listener.model, stream))
    first = costs.of(EnergyGate(1, 20, 700, 400, 4))
    assert costs.of(EnergyGate(1, 40, 2000, 400, 9, between=(5,))) is first
    assert costs.of(EnergyGate(1, 20, 700, 400, 4, look_back=4)).call > first.call


@pytest.mark.parametrize(("change", "named"), [
    ({"x": np.zeros((16000, 3), np.float32)}, "3 channels, but the network takes 1"),
    ({"rate_hz": 8000.0}, "8000 Hz, but the network takes 16000"),
    ({"events": (Event("thunder", 1.0, 2.0),)}, "no event that the network reports"),
])
def test_a_strange_stream_is_refused(saved, stream, change, named):
    with pytest.raises(UserError, match=named):
        learn_timestep_controller(saved, replace(stream, **change), progress=False)


def test_batch_normalisation_keeps_its_statistics_while_a_network_is_tuned(words, saved, tmp_path):
    dataset, split = words
    how = Tuning(Hearing(passes=1, context_s=1.0, gates=2), epochs=1)
    few = replace(split, train=split.train[:30])
    tuned = tuned_on_streams(saved, dataset, few, 0, tmp_path, how)
    before, after = saved.network.state_dict(), tuned.network.state_dict()
    for name in before:
        same = torch.equal(before[name], after[name])
        assert same == ("running" in name or "tracked" in name or name in ("offset", "scale")), name
    again = tuned_on_streams(saved, dataset, few, 0, tmp_path, how)
    assert all(torch.equal(after[name], each) for name, each in
               again.network.state_dict().items())


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


def test_windows_of_streams_end_with_what_they_are_called(words, saved):
    """Frames that last nothing fill windows up in front and change no answer."""
    dataset, split = words
    few = replace(split, train=split.train[:40])
    how = Hearing(passes=1, context_s=1.0, gates=3)
    windows = stream_windows(dataset, few, saved, how, 0)
    spans = windows.timespans
    assert (np.diff((spans > 0).astype(int), axis=1) >= 0).all()  # padding only in front
    assert (spans.sum(axis=1) <= 50).all() and (spans.sum(axis=1) > 0).all()
    row = int(np.argmin((spans > 0).sum(axis=1)))
    own = spans[row] > 0
    x = torch.from_numpy(windows.x[row : row + 1])
    with torch.no_grad():
        whole = saved.network(x, torch.from_numpy(spans[row : row + 1]))
        bare = saved.network(x[:, own], torch.from_numpy(spans[row : row + 1, own]))
    torch.testing.assert_close(whole, bare)
    right = 0
    with torch.no_grad():
        guess = saved.network(torch.from_numpy(windows.x), torch.from_numpy(spans)).argmax(1)
    right = float((guess.numpy() == windows.y).mean())
    assert right > 0.3  # chance is 1 in 12: labels and windows belong together


def test_some_windows_are_heard_asleep_unless_all_are_heard_always(words, saved):
    dataset, split = words
    few, how = replace(split, train=split.train[:40]), Hearing(passes=1, context_s=1.0, gates=3)
    asleep, awake = (stream_windows(dataset, few, saved, each, 0).timespans
                     for each in (how, replace(how, always=1.0)))
    some = ((asleep > 1).any(axis=1) & (asleep == 0).any(axis=1)).mean()
    assert 0.2 < some < 1
    assert (awake == 1).all() and awake.shape == asleep.shape


def test_a_gate_costs_less_than_it_saves_on_a_quiet_stream(listener):
    gated, always = listener.outcome(EnergyGate(1, 50, 2048, 1024, 5)), listener.outcome(ALWAYS)
    assert gated.cycles_per_s < always.cycles_per_s and gated.power_mw < always.power_mw


def test_teachers_hear_a_clip_s_length_of_every_frame(words, saved):
    """A stand-in that answers by how many frames it is given, and by the last one."""
    dataset, split = words
    seen = []

    class Teacher(torch.nn.Module):
        def forward(self, x):
            seen.append(x)
            return 8.0 * torch.nn.functional.one_hot(x[:, -1].argmax(dim=1) % 3, 12).float()

    few, how = replace(split, train=split.train[:30]), Hearing(1, context_s=1.5, gates=1)
    windows = stream_windows(dataset, few, saved, how, 0, [Teacher(), Teacher()])
    clip = saved.features.frames(dataset.x.shape[1])
    assert {x.shape[1] for x in seen} == {clip} and clip < windows.x.shape[1]
    heard = torch.cat(seen[::2])
    np.testing.assert_array_equal(windows.teacher.argmax(axis=1),
                                  heard[:, -1].argmax(dim=1).numpy() % 3)
    assert windows.teacher.max() > 0.7 and len(windows.teacher) == len(windows.y)


def test_teachers_are_asked_for_once_and_change_what_is_learned(words, saved, tmp_path):
    dataset, split = words
    few, how = replace(split, train=split.train[:20]), Tuning(Hearing(1, context_s=1.0, gates=1), 1)
    asked = []

    class Contrary(torch.nn.Module):
        def forward(self, x):
            return torch.eye(12)[torch.full((len(x),), 3)] * 20

    def teachers():
        asked.append(1)
        return [Contrary()]

    alone = tuned_on_streams(saved, dataset, few, 0, tmp_path, how)
    for _ in range(2):
        taught = tuned_on_streams(saved, dataset, few, 0, tmp_path, how, teachers, "contrary")
    assert len(asked) == 1 and len(list(tmp_path.rglob("*.pt"))) == 2
    pulled = [each.network.readout.bias[3].item() for each in (alone, taught)]
    assert pulled[1] > pulled[0]


@pytest.mark.parametrize("given", [
    {"passes": -1}, {"gates": 0}, {"activity": 1.0}, {"always": 1.5}, {"silences": -0.1},
    {"context_s": 0.0}, {"temperature": 0.0},
], ids=str)
def test_strange_hearing_is_refused(given):
    (name, value), = given.items()
    with pytest.raises(UserError, match=f"^{name} = {value:g}: choose "):
        Hearing(**given)
