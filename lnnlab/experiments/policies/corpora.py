"""Studies of policies on a corpus of words and on one of a machine, from the network on."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from lnnlab.data import Dataset, Split
from lnnlab.data.streams import Stream, StreamPlan, build_stream
from lnnlab.errors import UserError
from lnnlab.experiments.augmented import augmented
from lnnlab.experiments.policies.lines import BOARDS
from lnnlab.experiments.policies.plan import Planned, Study
from lnnlab.experiments.policies.probe import Small, policy_probe
from lnnlab.experiments.policies.tuning import Tuning, tuned_on_streams, up_to_date
from lnnlab.experiments.policies.windows import Hearing
from lnnlab.experiments.probes import fixed_run
from lnnlab.experiments.run import Run
from lnnlab.experiments.teacher import teacher_of
from lnnlab.experiments.trained import FOLDER, teacher_network
from lnnlab.features import extract
from lnnlab.models.saved import SavedModel
from lnnlab.target.boards import board
from lnnlab.training.predictions import one_thread
from lnnlab.training.variation import merged

PASSES = Hearing.passes
SECOND_SEED, TEST_SEED = 50, 100  # added to the seed of second validation and test streams
FAULT_S = (1.0, 3.0)  # short faults: many of them fit into a stream
PROBED_S = 12.0  # of the fixed stream that today's code is tried on


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


def refuse_odd_minutes(minutes: Sequence[float]) -> None:
    """A study takes three lengths.

    Raises:
        UserError: it is given something else.
    """
    if not _numbers(minutes) or len(minutes) != 3:
        raise UserError(f"minutes = {minutes}: give three lengths, of the stream that policies are "
                        "searched on, of the second ones, and of the test streams")


def _numbers(values: object) -> bool:
    return isinstance(values, Sequence) and all(isinstance(each, int | float) for each in values)


@dataclass(frozen=True)
class WordTask:
    """A network that knows words, tuned on streams heard through policies.

    Attributes:
        run: of its training on clips, see
            :func:`lnnlab.experiments.keyword_recipes.any_timestep`.
        passes: how often tuning hears each training clip; 0: the network as the clips left it.
    """

    run: Run
    passes: int = PASSES

    @property
    def dataset(self) -> Dataset:
        """The clips."""
        return self.run.dataset

    @property
    def label(self) -> str:
        """How tables call the network."""
        return self.run.label

    @property
    def seed(self) -> int:
        """Of training, tuning, streams and search."""
        return self.run.seed

    @property
    def tuning(self) -> Tuning | None:
        """How it is tuned; None: it is not."""
        return Tuning(Hearing(passes=self.passes)) if self.passes else None

    @property
    def identity(self) -> dict:
        """Plain values that name the network."""
        return self.run.identity | {"tuning": asdict(self.tuning) if self.passes else None}

    def basis(self) -> dict:
        """Data, rows of the split, and what the code makes of fixed words."""
        small = fixed_run(self.run)
        plan = StreamPlan(PROBED_S, activity=0.5)
        stream = build_stream(small.dataset, small.split.train, plan, "train")
        found = policy_probe(Small(small, stream, self.tuning), board(BOARDS[0]))
        return self.run.data | found

    def prepare(self, folder: Path, jobs: int) -> None:
        """Augmented clips and teachers; what is there is left alone."""
        augmented(self.run, jobs)
        teacher_of(self.run, teacher_network, jobs)

    def network(self, folder: Path) -> SavedModel:
        """The network, trained and tuned unless it lies in ``folder/networks``."""
        if self.tuning:
            return tuned_on_streams(self.run, self.tuning, folder / FOLDER)
        return up_to_date(self.run, folder / FOLDER)

    def stream(self, planned: Planned) -> Stream:
        """A stream of one part."""
        rows = getattr(self.run.split, planned.part)
        return build_stream(self.dataset, rows, planned.plan, planned.part)


@dataclass(frozen=True)
class WordStreams:
    """Streams of a corpus of clips, as they are planned; each has one part's material only.

    Attributes:
        minutes: length of the validation stream that policies are searched on, of each second one,
            and of each test stream.
        searched_share: of speech in the stream that policies are searched on.
        shares: of speech in the test streams, each with a second validation stream as active.

    Raises:
        UserError: there are not three lengths, or no shares.
    """

    minutes: Sequence[float] = (20.0, 20.0, 30.0)
    searched_share: float = 0.15
    shares: Sequence[float] = (0.1, 0.2)

    def __post_init__(self) -> None:
        refuse_odd_minutes(self.minutes)
        if not _numbers(self.shares) or not self.shares:
            raise UserError(f"shares = {self.shares}: give a list of shares, such as [0.1, 0.2]")

    def searched(self, seed: int) -> Planned:
        """What policies are searched on."""
        return self.part("validation", self.minutes[0], self.searched_share, seed)

    def seconds(self, seed: int) -> dict[str, Planned]:
        """What decides among the best, by what is active."""
        return {f"{100 * share:g} % speech": self.part("validation", self.minutes[1], share,
                                                       SECOND_SEED + seed)
                for share in self.shares}

    def tests(self, seed: int) -> dict[str, Planned]:
        """What is reported, by what is active."""
        return {f"{100 * share:g} % speech": self.part("test", self.minutes[2], share,
                                                       TEST_SEED + seed)
                for share in self.shares}

    def part(self, name: str, minutes: float, share: float, seed: int) -> Planned:
        """A stream of one part."""
        return Planned(name, StreamPlan(60 * minutes, activity=share, seed=seed))


def word_study(streams: WordStreams, run: Run, trials: int, passes: int = PASSES) -> Study:
    """What is tried with one network of words.

    Args:
        streams: as planned. run, passes: see :class:`WordTask`.
        trials: policies of each kind.
    """
    return Study(WordTask(run, passes), streams.searched(run.seed), streams.seconds(run.seed),
                 streams.tests(run.seed), trials)


def said(dataset: Dataset, split: Split, planned: Planned) -> str:
    """What a stream of words will hold, in words; it need not be built for that."""
    silent = [k for k, name in enumerate(dataset.classes) if name == "silence"]
    rows, plan = getattr(split, planned.part), planned.plan
    played = round(plan.activity * plan.duration_s * dataset.rate_hz / dataset.x.shape[1])
    distinct = min(played, int((~np.isin(dataset.y[rows], silent)).sum()))
    return (f"{plan.duration_s / 60:g} minutes, {played} words, {plan.activity:.0%} of the time, "
            f"{distinct} distinct clips")
