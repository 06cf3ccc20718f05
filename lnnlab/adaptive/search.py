"""A search for policies: every kind gets as many trials, on the same stream, by the same rule."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from tqdm.auto import tqdm

from lnnlab.adaptive.candidates import Ground, draw, start, vary
from lnnlab.adaptive.learned import FLOORS, gate_inputs, needed_hops, scores_of, train_gate
from lnnlab.adaptive.listening import Listener, Outcome
from lnnlab.errors import UserError, unknown
from lnnlab.integer.gate import statistics
from lnnlab.integer.policy import ALWAYS, MOST_HOPS, LearnedGate, Policy
from lnnlab.integer.policy import KINDS as policy_kinds
from lnnlab.scoring.events import frame_ends_s
from lnnlab.target.stream import StreamRecord

KINDS = tuple(policy_kinds)
SEVERAL = 4  # hops between the features whose difference tells where delta gates open
DRAWN = 0.3  # share of the trials that are drawn; the others vary the best so far
SPAN = (0.1, 1.0)  # of always-on's cycles: where variations start


@dataclass(frozen=True)
class Search:
    """How policies are searched for.

    Attributes:
        kinds: of policies to try.
        trials: of each kind.
        seed: of the draws and of the learned gates.
        span: shares of always-on's cycles, lowest and highest, where policies will be chosen.
        progress: show a bar.

    Raises:
        UserError: a kind is unknown, or there are no trials.
    """

    kinds: Sequence[str] = KINDS
    trials: int = 40
    seed: int = 0
    span: tuple[float, float] = SPAN
    progress: bool = True

    def __post_init__(self) -> None:
        for each in self.kinds:
            if each not in KINDS:
                raise unknown("kind of policy", each, KINDS)
        if self.trials < 1:
            raise UserError(f"trials = {self.trials}: choose 1 or more")


SEARCH = Search()  # unless another is asked for


def survey(
    listener: Listener, kinds: Sequence[str] = KINDS, seed: int = 0
) -> tuple[Outcome, Ground]:
    """Always-on first: its outcome, and what the ranges of the candidates depend on."""
    heard = listener.hear(ALWAYS)
    always = listener.outcome(ALWAYS, heard=heard)
    features = listener.model.features.stream(listener.samples)  # (hop, feature)
    rise = np.maximum(np.diff(features, axis=0), 0).sum(axis=1)
    change = np.abs(features[SEVERAL:] - features[:-SEVERAL]).sum(axis=1)
    ground = Ground(listener.hop_s, rise, change)
    if "learned" in kinds:
        ground = replace(ground, learned=_trained(listener, heard, always.threshold, seed))
    return always, ground


def _trained(
    listener: Listener, heard: StreamRecord, threshold: float, seed: int
) -> list[tuple[LearnedGate, np.ndarray]]:
    """Learned gates, trained on what always-on needed, and their score on every hop."""
    spec = listener.model.features.spec
    reported = listener.model.classes[: len(listener.model.classes) - len(listener.background)]
    posterior = heard.smoothed_q15[:, : len(reported)].max(axis=1)
    before = np.concatenate([[0], posterior[:-1]])
    ends_s = frame_ends_s(listener.model, len(heard.hop))
    energy, _ = statistics(listener.samples, spec.frame, spec.hop)
    reports, found = listener.reports(heard, threshold), []
    needed = needed_hops(listener.stream, reports, ends_s, energy, listener.background)
    for floors in FLOORS:
        inputs = gate_inputs(listener.samples, spec.frame, spec.hop, before, floors)
        gate = train_gate(inputs, needed, seed, floors)
        found.append((gate, scores_of(gate, inputs)))
    return found


def search(
    listener: Listener, how: Search = SEARCH, longest: int = MOST_HOPS
) -> list[Outcome]:
    """Outcomes of always-on and of up to ``how.trials`` policies of every kind.

    A kind begins with what is known to work on words, goes on with some drawn at random, and
    varies the best that takes no more than a share of always-on's cycles, another share each time;
    the cheapest, where all take more. Uniform policies are drawn throughout.
    Choose it through :func:`lnnlab.adaptive.learn_timestep_controller`.

    Args:
        listener: of the stream.
        how: which kinds, how many of each; those shares are within its span.
        longest: hops that a step may last.
    """
    always, ground = survey(listener, how.kinds, how.seed)
    found, ground = [always], replace(ground, longest=longest)
    with tqdm(total=len(how.kinds) * how.trials, disable=not how.progress, unit="policy",
              desc="policies") as bar:
        for kind in how.kinds:
            found += _of_kind(kind, listener, ground, always.cycles_per_s, how, bar)
    return found


def front(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Those that no other beats in both F1 and cycles, from the cheapest on."""
    best: list[Outcome] = []
    for each in sorted(outcomes, key=lambda one: (one.cycles_per_s, -one.score.f1)):
        if not best or each.score.f1 > best[-1].score.f1:
            best.append(each)
    return best


def parent_within(own: Sequence[Outcome], most: float) -> Policy:
    """Of a :func:`front` the best that takes no more cycles a second, or else the cheapest."""
    within = [each for each in own if each.cycles_per_s <= most]
    return (within[-1] if within else own[0]).policy


def _of_kind(
    kind: str, listener: Listener, ground: Ground, always: float, how: Search, bar: tqdm
) -> list[Outcome]:
    """``always``: cycles a second that always-on takes."""
    random = np.random.default_rng([how.seed, KINDS.index(kind)])
    span = np.log(always * np.array(how.span))
    tried: dict[Policy, Outcome] = {}
    for number in range(how.trials):
        if not number:
            policy = start(kind, ground)
        elif number < max(2, DRAWN * how.trials):
            policy = draw(kind, ground, random)
        else:
            most = np.exp(random.uniform(*span))  # cycles a second
            policy = vary(parent_within(front(tried.values()), most), ground, random)
        if policy not in tried:
            tried[policy] = listener.outcome(policy)
        bar.update()
    return list(tried.values())
