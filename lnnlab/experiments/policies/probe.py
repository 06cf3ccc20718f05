"""What today's code makes of a small fixed task: a study's proof that its figures still hold.

Streams, tuning, the policies that are drawn and chosen, decisions in C and counted cycles: change a
constant in any of them, and a number here changes; rename a function, and they stay.
"""

from dataclasses import astuple, dataclass, replace

import numpy as np
import torch

from lnnlab import lnn_file, store
from lnnlab.adaptive.candidates import Ground, draw, start, vary
from lnnlab.adaptive.costs import PolicyCostModel
from lnnlab.adaptive.learned import scores_of, train_gate
from lnnlab.adaptive.listening import Outcome
from lnnlab.adaptive.search import KINDS
from lnnlab.compress import quantise
from lnnlab.data.streams import Stream
from lnnlab.experiments.policies.choices import chosen_at_levels
from lnnlab.experiments.policies.tuning import Tuning, tuned
from lnnlab.experiments.probes import DIGITS, probe, projected
from lnnlab.experiments.run import Run
from lnnlab.experiments.training import as_saved, fresh
from lnnlab.integer import IntegerModel
from lnnlab.integer.policy import (
    ALWAYS,
    DeltaGate,
    EnergyGate,
    FluxGate,
    LearnedGate,
    Policy,
    Uniform,
)
from lnnlab.integer.policy_run import run_policy
from lnnlab.models.saved import SavedModel
from lnnlab.profiling.policy import Counts, stream_counts
from lnnlab.scoring import events
from lnnlab.scoring.events import Score
from lnnlab.target.boards import Board
from lnnlab.training.predictions import one_thread

HOPS = 48  # that each policy is counted on
GATE = EnergyGate(1, 12, 700, 400, 3, look_back=2, between=(2, 4, 8))
LEARNED = LearnedGate((1, 2, 4, 8, 12), (2048, 1024, 512, 256), 200, 0,
                      ((256, 64, 32, 16, 8),) * 8, (0,) * 8, (32,) * 8, look_back=1)
POLICIES = (ALWAYS, Uniform(3), GATE, FluxGate(1, 12, 60, 40, 2), DeltaGate(1, 12, 60, 40, 2),
            LEARNED)
_made: dict[str, dict] = {}


@dataclass(frozen=True)
class Small:
    """A study's task, on fixed signals.

    Attributes:
        run: the same recipe on two windows a class.
        stream: some seconds of the same material.
        tuning: how the network is tuned on streams; None: it is not.
    """

    run: Run
    stream: Stream
    tuning: Tuning | None = None


def policy_probe(small: Small, chosen: Board) -> dict:
    """``probe`` and ``target`` of a study's basis, see :mod:`lnnlab.experiments.probes`.

    Args:
        small: of the study's task.
        chosen: board whose core counts the cycles.
    """
    run = small.run
    key = store.key([run.recipe.as_dict(), run.dataset.x.shape, run.dataset.classes,
                     run.dataset.rate_hz, repr(small.tuning), len(small.stream.x), chosen.name])
    if key not in _made:
        with one_thread():
            saved = as_saved(run, *fresh(run, run.samples("train").x))
            saved = replace(saved, network=saved.network.eval())
            found = [*stream_numbers(small.stream), *choice_numbers()]
            if small.tuning:
                found += _tuning_numbers(run, saved, small.tuning)
            _made[key] = {
                "probe": probe(run) + [float(f"{each:.{DIGITS}g}") for each in found],
                "target": _on_target(quantise(saved), small.stream, chosen),
            }
    return _made[key]


def stream_numbers(stream: Stream) -> list[float]:
    """A stream's samples and events, and how reports of them are scored."""
    said = [(each.start_s + 0.1, each.label) for each in stream.events[::2]] * 2
    found = events.score(said, stream.events, stream.hours, forgive_repeats=True)
    return [*projected(stream.samples), float(len(stream.events)), stream.activity,
            float(found.hits), float(found.repeats), found.f1]


def choice_numbers() -> list[float]:
    """The policies that are drawn of every kind but the learned one, and those chosen of a few."""
    random = np.random.default_rng(0)
    ground, found = Ground(0.02, *random.integers(0, 300, (2, 400))), []
    for kind in (each for each in KINDS if each != "learned"):
        first = start(kind, ground)
        for policy in (first, draw(kind, ground, random), vary(first, ground, random)):
            found += np.hstack(astuple(policy)).astype(float).tolist()
    outcomes = [_made_up(ALWAYS, 1.0, 800)]
    outcomes += [_made_up(kind(1, 10 + k, 900, 400, 3), 0.93**k, 790 - 9 * k + 40 * (k % 5))
                 for kind in (EnergyGate, FluxGate) for k in range(40)]
    chosen = chosen_at_levels(outcomes, _Louder())
    return found + [float(each.policy.steps[-1]) for _, each in chosen]


class _Louder:
    """A second stream on which everything costs a tenth more and finds a little less."""

    def outcome(self, policy: Policy) -> Outcome:
        most = policy.steps[-1]
        return _made_up(policy, 1.1 * 0.93 ** (most - 10) if most > 1 else 1.0,
                        780 - 11 * most + 37 * (most % 4) if most > 1 else 790)


def _made_up(policy: Policy, cycles: float, hits: int) -> Outcome:
    score = Score(hits, 1000 - hits, 100, 1.0)
    return Outcome(policy, 0.5, score, Counts(1, 1, 1, 1, 1, 1.0), 1, cycles, 1.0, 1.0, 1.0,
                   0.0, {0.5: score})


def _tuning_numbers(run: Run, saved: SavedModel, how: Tuning) -> list[float]:
    """A network tuned for one epoch on streams of the fixed signals."""
    little = replace(how, hearing=replace(how.hearing, passes=1), epochs=1)
    network = tuned(run, saved, little).network
    with torch.no_grad():
        logits = network(torch.from_numpy(run.samples("train").x)).numpy()
    return [*projected(logits), float(how.epochs), float(how.hearing.passes)]


def _on_target(model: IntegerModel, stream: Stream, chosen: Board) -> dict[str, list[float]]:
    """Each kind of policy on the fixed stream, by the twin and by the C; cycles of a gate."""
    spec = model.features.spec
    samples = model.quantise(stream.samples[: spec.frame + HOPS * spec.hop])
    found, counted, probabilities = [], [], []
    for policy in POLICIES:
        own = replace(model, policy=policy)
        twin, counts = run_policy(own, samples), stream_counts(lnn_file.to_bytes(own), samples)
        found += [len(twin.hop), twin.layer_steps, twin.features_computed, *astuple(counts)]
        probabilities.append(np.sqrt(np.mean((twin.smoothed_q15 / 32768) ** 2)))
        if policy == GATE:
            cycles = PolicyCostModel(model, chosen, samples).of(policy).by_stage(counts)
            counted += [each for band in cycles.values() for each in band]
    inputs = np.round(1024 * np.random.default_rng(0).normal(size=(400, 5))).astype(int)
    scores = scores_of(train_gate(inputs, inputs[:, 0] > 500), inputs)
    outputs = [*probabilities, np.sqrt(np.mean(scores.astype(float) ** 2))]
    return {"counts": [float(each) for each in found], "cycles": counted,
            "int8": [float(f"{each:.3g}") for each in outputs]}
