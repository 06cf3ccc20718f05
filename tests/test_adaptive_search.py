"""Searches for policies: what is tried, in which order, and what is the front of it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lnnlab.adaptive import candidates
from lnnlab.adaptive import search as searches
from lnnlab.adaptive.listening import describe
from lnnlab.adaptive.search import KINDS, Search, front, parent_within, search
from lnnlab.integer.policy import ALWAYS, Uniform
from lnnlab.integer.policy import KINDS as policy_kinds
from lnnlab.scoring import events

SEEDS = st.integers(0, 2**31)


@settings(max_examples=60)
@given(seed=SEEDS, kind=st.sampled_from(KINDS), hop_s=st.sampled_from((0.001, 0.02, 0.3)),
       longest=st.sampled_from((1, 7, 49, 255)), known=st.booleans())
def test_candidates_of_every_kind_are_policies_and_stay_of_their_kind(
    grounds, seed, kind, hop_s, longest, known,
):
    """Their constructors refuse what the file has no place for."""
    random, grounds = np.random.default_rng(seed), replace(grounds, hop_s=hop_s, longest=longest)
    first = candidates.start(kind, grounds)
    assert type(first) is policy_kinds[kind] and first.steps[-1] <= longest
    policy = first if known else candidates.draw(kind, grounds, random)
    for _ in range(40):
        after = candidates.vary(policy, grounds, random)
        assert type(after) is type(policy) and list(after.steps) == sorted(after.steps)
        assert after.steps[-1] <= longest
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
    again = search(listener, Search(("energy", "learned"), trials=4, progress=False))
    same = [outcomes[0], *(each for each in outcomes if each.kind in ("energy", "learned"))]
    assert [each.policy for each in again] == [each.policy for each in same]


@settings(max_examples=30)
@given(shares=st.lists(st.tuples(st.floats(0.01, 1.0), st.floats(0.0, 1.0)), min_size=1),
       most=st.floats(0.01, 1.2))
def test_variations_start_from_the_best_that_keeps_to_its_share(outcomes, shares, most):
    made = [replace(outcomes[0], policy=Uniform(1 + k % 255), cycles_per_s=cycles,
                    score=events.Score(round(1000 * f1), 1000 - round(1000 * f1), 0, 1.0))
            for k, (cycles, f1) in enumerate(shares)]
    parent = next(each for each in made if each.policy == parent_within(front(made), most))
    within = [each for each in made if each.cycles_per_s <= most]
    if within:
        assert parent.cycles_per_s <= most
        assert parent.score.f1 == max(each.score.f1 for each in within)
    else:
        assert parent.cycles_per_s == min(each.cycles_per_s for each in made)


@pytest.mark.parametrize("span", [(0.1, 0.5), (0.5, 1.0)], ids=str)
def test_variations_start_within_the_span(listener, monkeypatch, span):
    """Of always-on's cycles; where nothing is as cheap, from the cheapest."""
    shares, varied, vary = [], [], candidates.vary

    def within(own, most):
        shares.append(most)
        return parent_within(own, most)

    def noted(policy, ground, random):
        varied.append(policy)
        return vary(policy, ground, random)

    monkeypatch.setattr(searches, "parent_within", within)
    monkeypatch.setattr(searches, "vary", noted)
    always, *found = search(listener, Search(("energy",), 10, span=span, progress=False))
    low, high = (share * always.cycles_per_s for share in span)
    assert len(shares) == 7 and all(low <= each <= high for each in shares)
    assert max(shares) > 1.2 * min(shares)  # another one each time
    tried = [each.policy for each in found]
    assert len(varied) == 7 and all(each in tried for each in varied)


def test_no_step_is_longer_than_was_asked_for(listener):
    found = search(listener, Search(trials=4, progress=False), longest=6)
    assert max(each.policy.steps[-1] for each in found) == 6
