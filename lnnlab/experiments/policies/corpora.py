"""Studies of policies on a corpus of words and on one of a machine, from the network on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch

from lnnlab import records
from lnnlab.compress import quantise
from lnnlab.data import Dataset, Split, load
from lnnlab.data.streams import Stream, StreamPlan, build_stream
from lnnlab.data.streams.machine import MachinePlan
from lnnlab.errors import UserError
from lnnlab.experiments.keyword_recipes import MANY_TIMESTEPS
from lnnlab.experiments.policies.study import Builder, Study, study
from lnnlab.experiments.policies.tuning import Tuning, tuned_on_streams
from lnnlab.experiments.policies.windows import Hearing
from lnnlab.experiments.recipes import Recipe
from lnnlab.experiments.stream_recipes import machine_task, stream_recipe, trained_detector
from lnnlab.experiments.teacher import teacher_networks
from lnnlab.experiments.trained import trained
from lnnlab.features import extract
from lnnlab.models import parameter_count
from lnnlab.models.saved import SavedModel
from lnnlab.scoring.reporting import FAULTS
from lnnlab.training.predictions import one_thread
from lnnlab.training.variation import merged

PASSES = Hearing.passes
SECOND_SEED, TEST_SEED = 50, 100  # added to the seed of second validation and test streams

FAULT_S = (1.0, 3.0)  # short faults: many of them fit into a stream


def clip_accuracy(
    saved: SavedModel, dataset: Dataset, rows: np.ndarray, timesteps: Sequence[int]
) -> dict[int, float]:
    """Accuracy on clips of which only every so-manieth frame is computed, by timestep."""
    x = torch.from_numpy(extract(dataset.x[rows], saved.features)).float()
    found = {}
    with torch.no_grad(), one_thread():
        for timestep in timesteps:
            frames = np.arange(timestep - 1, x.shape[1], timestep)
            seen, spans = merged(x, None, frames)
            guess = saved.network(seen, spans).argmax(dim=1).numpy()
            found[timestep] = float(np.mean(guess == dataset.y[rows]))
    return found


def _refuse_odd(minutes: Sequence[float]) -> None:
    if not _numbers(minutes) or len(minutes) != 3:
        raise UserError(f"minutes = {minutes}: give three lengths, of the stream that policies are "
                        "searched on, of the second ones, and of the test streams")


def _numbers(values: object) -> bool:
    return isinstance(values, Sequence) and all(isinstance(each, int | float) for each in values)


@dataclass(frozen=True)
class WordStreams:
    """Streams of a corpus of clips.

    Attributes:
        dataset, split: whose clips; a stream has one part's words and backgrounds only.
        minutes: length of the validation stream that policies are searched on, of each second one,
            and of each test stream.
        searched_share: of speech in the stream that policies are searched on.
        shares: of speech in the test streams, each with a second validation stream as active.

    Raises:
        UserError: there are not three lengths, or no shares.
    """

    dataset: Dataset
    split: Split
    minutes: Sequence[float] = (20.0, 20.0, 30.0)
    searched_share: float = 0.15
    shares: Sequence[float] = (0.1, 0.2)

    def __post_init__(self) -> None:
        _refuse_odd(self.minutes)
        if not _numbers(self.shares) or not self.shares:
            raise UserError(f"shares = {self.shares}: give a list of shares, such as [0.1, 0.2]")

    def validation(self, seed: int) -> Stream:
        """What policies are searched on."""
        return self.part("validation", self.minutes[0], self.searched_share, seed)

    def seconds(self, seed: int) -> dict[str, Builder]:
        """What decides among the best, by what is active."""
        return self._by_share("validation", self.minutes[1], SECOND_SEED + seed)

    def tests(self, seed: int) -> dict[str, Builder]:
        """What is reported, by what is active."""
        return self._by_share("test", self.minutes[2], TEST_SEED + seed)

    def _by_share(self, name: str, minutes: float, seed: int) -> dict[str, Builder]:
        return {f"{100 * share:g} % speech": partial(self.part, name, minutes, share, seed)
                for share in self.shares}

    def part(self, name: str, minutes: float, share: float, seed: int) -> Stream:
        """A stream of one part."""
        plan = StreamPlan(60 * minutes, activity=share, seed=seed)
        return build_stream(self.dataset, getattr(self.split, name), plan, name)


def word_network(
    dataset: Dataset, split: Split, recipe: Recipe, seed: int, epochs: int, folder: Path,
    passes: int = PASSES,
) -> SavedModel:
    """A network trained on clips at many timesteps, then tuned on streams heard through policies.

    Args:
        recipe: see :func:`lnnlab.experiments.keyword_recipes.any_timestep`.
        seed: of both; epochs: of the first training; folder: of the profile's reports.
        passes: how often tuning hears each training clip; 0: the network as the clips left it.
    """
    saved = trained(dataset, split, recipe, seed, folder / "models", epochs, epochs)
    if not passes:
        return saved
    how = Tuning(Hearing(passes=passes))
    if not recipe.teachers:
        return tuned_on_streams(saved, dataset, split, seed, folder / "models", how)
    taught = records.key([recipe.as_dict(), list(recipe.teacher_seeds), epochs])
    return tuned_on_streams(
        saved, dataset, split, seed, folder / "models", how, taught=taught,
        teachers=lambda: teacher_networks(dataset, split, recipe, epochs, epochs),
    )


def word_study(
    streams: WordStreams, recipe: Recipe, seed: int, epochs: int, folder: Path, trials: int,
    passes: int = PASSES,
) -> dict:
    """The record of one network: trained, quantised, searched for, tried.

    Args:
        streams: of the corpus. recipe, epochs, passes: see :func:`word_network`.
        seed: of the network, the streams and the search.
        folder: of the profile's reports; trials: policies of each kind.
    """
    saved = word_network(streams.dataset, streams.split, recipe, seed, epochs, folder, passes)
    heard = streams.validation(seed), streams.seconds(seed), streams.tests(seed)
    return study(_study(saved, streams.dataset, seed, trials, *heard), folder)


def machine_study(
    seed: int, folder: Path, trials: int, corpus: str, rule: str, fold: int = -1,
    minutes: Sequence[float] = (10.0, 10.0, 20.0), epochs: int = 30,
    faulty: Sequence[float] = (0.05, 0.1), **options: object,
) -> dict:
    """The same for a machine that is off, runs soundly, and shows faults that come and go.

    Args:
        corpus, options: see :func:`lnnlab.data.load`; rule, fold: of its splits.
        minutes: see :class:`WordStreams`.
        faulty: share of the time with a fault, one test stream each; half of it is off.

    Raises:
        UserError: there are not three lengths.
    """
    _refuse_odd(minutes)
    task = machine_task(load(corpus, **options), rule, fold, seed=seed)
    usual = stream_recipe(task.windows)
    recipe = replace(usual, variant=f"{usual.variant}, any timestep",
                     config=usual.config | MANY_TIMESTEPS)
    saved = trained_detector(task, folder / "models", seed, epochs, recipe)
    plan = MachinePlan(60 * minutes[0], fault_s=FAULT_S, cycle_s=30.0, seed=seed)

    def by_share(part: str, length: float, more: int) -> dict[str, Builder]:
        like = replace(plan, duration_s=60 * length, seed=more + seed)
        return {f"{100 * share:g} % faulty": partial(task.stream, replace(like, fault=share), part)
                for share in faulty}

    seconds = by_share("validation", minutes[1], SECOND_SEED)
    tests = by_share("test", minutes[2], TEST_SEED)
    searched = task.stream(plan, "validation")
    given = _study(saved, task.view, seed, trials, searched, seconds, tests)
    return study(replace(given, reporting=FAULTS), folder)


def _study(
    saved: SavedModel, dataset: Dataset, seed: int, trials: int,
    validation: Stream, seconds: dict[str, Builder], tests: dict[str, Builder],
) -> Study:
    with one_thread():
        model = quantise(saved)
    return Study(
        dataset.name, model, parameter_count(saved.network), saved.origin["label"], seed,
        validation, seconds, tests, dataset.hash, dataset.synthetic, trials=trials,
    )
