"""A search for policies: every kind gets as many trials, on the same stream, by the same rule."""

from collections.abc import Iterable, Sequence

import numpy as np
from tqdm.auto import tqdm

from lnnlab.adaptive.candidates import Ground, draw, vary
from lnnlab.adaptive.learned import gate_inputs, needed_hops, scores_of, train_gate
from lnnlab.adaptive.listening import Listener, Outcome
from lnnlab.errors import UserError, unknown
from lnnlab.experiments.events import choose_threshold
from lnnlab.integer.keywords import detections
from lnnlab.integer.policy import ALWAYS, Policy

KINDS = ("uniform", "energy", "flux", "delta", "learned")
DRAWN = 0.5  # share of the trials that are drawn; the others vary what is on the front


def survey(listener: Listener, seed: int = 0) -> tuple[Outcome, Ground]:
    """Always-on first: its outcome, and what the ranges of the candidates depend on."""
    heard = listener.hear(ALWAYS)
    scores = {each: listener.score(heard, each) for each in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)}
    threshold = choose_threshold(scores)
    said = detections(heard.smoothed_q15, len(listener.background), listener.config(threshold),
                      heard.timestep)
    spec, rate_hz = listener.model.features.spec, listener.model.features.rate_hz
    ends_s = (np.arange(len(heard.hop)) * spec.hop + spec.frame) / rate_hz
    labels = heard.smoothed_q15.argmax(axis=1)
    reports = [(ends_s[k], listener.model.classes[labels[k]]) for k in np.flatnonzero(said)]
    keywords = heard.smoothed_q15[:, : len(listener.model.classes) - len(listener.background)]
    before = np.concatenate([[0], keywords.max(axis=1)[:-1]])
    inputs = gate_inputs(listener.samples, spec.frame, spec.hop, before)
    needed = needed_hops(listener.stream, reports, ends_s, inputs[:, 0], listener.background)
    gate = train_gate(inputs, needed, seed)
    features = listener.model.features.stream(listener.samples)  # (hop, feature)
    change = np.diff(features, axis=0, prepend=features[:1])
    ground = Ground(listener.hop_s, np.maximum(change, 0).sum(axis=1), np.abs(change).sum(axis=1),
                    gate, scores_of(gate, inputs))
    return listener.outcome(ALWAYS), ground


def search(
    listener: Listener, kinds: Sequence[str] = KINDS, trials: int = 40, seed: int = 0,
    progress: bool = True,
) -> list[Outcome]:
    """Outcomes of always-on and of ``trials`` policies of every kind.

    Half of a kind's trials are drawn at random, the others vary what is then on its front of F1
    against cycles. Choose it through :func:`lnnlab.adaptive.learn_timestep_controller`.

    Raises:
        UserError: a kind is unknown, or there are no trials.
    """
    check_search(kinds, trials)
    always, ground = survey(listener, seed)
    found = [always]
    with tqdm(total=len(kinds) * trials, disable=not progress, unit="policy",
              desc="policies") as bar:
        for kind in kinds:
            found += _of_kind(kind, listener, ground, trials, seed, bar)
    return found


def check_search(kinds: Sequence[str], trials: int) -> None:
    """Refuse a search that could not be made.

    Raises:
        UserError: a kind is unknown, or there are no trials.
    """
    for each in kinds:
        if each not in KINDS:
            raise unknown("kind of policy", each, KINDS)
    if trials < 1:
        raise UserError(f"trials = {trials}: choose 1 or more")


def front(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Those that no other beats in both F1 and cycles, from the cheapest on."""
    best: list[Outcome] = []
    for each in sorted(outcomes, key=lambda one: (one.cycles_per_s, -one.score.f1)):
        if not best or each.score.f1 > best[-1].score.f1:
            best.append(each)
    return best


def _of_kind(
    kind: str, listener: Listener, ground: Ground, trials: int, seed: int, bar: tqdm
) -> list[Outcome]:
    random = np.random.default_rng([seed, KINDS.index(kind)])
    tried: dict[Policy, Outcome] = {}
    for number in range(trials):
        if number < DRAWN * trials or not tried:
            policy = draw(kind, ground, random)
        else:
            own = front(tried.values())
            policy = vary(own[random.integers(len(own))].policy, ground, random)
        if policy not in tried:
            tried[policy] = listener.outcome(policy)
        bar.update()
    return list(tried.values())
