"""Liquid networks that listen to a machine without end: what they are fed and trained on.

The network is that of the keywords, a stem, causal blocks around LinearLTC and a leaky pool, on
band energies. It is trained on windows of streams and then runs frame by frame.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from lnnlab.data import Dataset, Split, make_splits
from lnnlab.data.streams import Stream
from lnnlab.data.streams.machine import MachinePlan, build_machine_stream
from lnnlab.data.streams.view import for_stream
from lnnlab.data.streams.windows import cut_stream_windows
from lnnlab.errors import UserError
from lnnlab.experiments.recipes import FAST_HZ, Recipe
from lnnlab.experiments.run import Budget, Run
from lnnlab.experiments.trained import trained
from lnnlab.features import FeatureSpec
from lnnlab.integer import IntegerModel, StreamConfig
from lnnlab.models.saved import SavedModel
from lnnlab.scoring.reporting import FAULT_REPORTING

CHANNELS = 20  # 2,446 parameters with 16 bands and 5 classes
FRAMES = 32  # a training window's length
MEMORY = 8.0  # frames until the pool has forgotten about two thirds
CONFIG = {"learning_rate": 8e-3, "weight_decay": 0.01, "input_noise": 0.1, "averaging": 0.99}
FLOOR = 2.0**-24  # of full scale's power: a machine that is off lies far below its faults
# shares of the training stream: every state often enough to be learned
LEARNING = {"off": 0.2, "fault": 0.5, "fault_s": (2.0, 6.0), "cycle_s": 15.0}
BUDGET = Budget(30, 10)
SECONDS = {"train": 900.0, "validation": 240.0, "test": 240.0}


def stream_front(dataset: Dataset) -> FeatureSpec:
    """Band energies: 16 bands every 10.7 ms at 12 kHz; of slow sensors every 16 samples.

    Raises:
        UserError: the rate is irregular or unknown.
    """
    if dataset.rate_hz is None:
        raise UserError(f"{dataset.name}: no steady rate is known; a stream needs one, give "
                        "rate_hz")
    if dataset.rate_hz >= FAST_HZ:
        return FeatureSpec(frame=128, hop=128, bands=16, floor=FLOOR)
    return FeatureSpec(frame=64, hop=16, bands=8, spacing="log", floor=FLOOR)


def stream_recipe(dataset: Dataset, channels: int = CHANNELS, memory: float = MEMORY) -> Recipe:
    """A liquid network in blocks for a machine's streams, at most about 3,000 parameters.

    Args:
        dataset: what it listens to, for the sampling rate.
        channels: its width.
        memory: of its pool, in frames.
    """
    options = {"channels": channels, "memory": memory, "taps": 3}
    return Recipe("keyword_linear_ltc", stream_front(dataset), options, dict(CONFIG), "stream")


def report_config(model: IntegerModel, threshold: float = 0.7) -> StreamConfig:
    """How a machine's faults are reported: smoothed over about 0.2 s, then silence for 2 s.

    Args:
        model: for the frames a second that it decides on.
        threshold: see :class:`lnnlab.integer.StreamConfig`;
            :func:`lnnlab.scoring.events.choose_threshold` finds one.
    """
    return FAULT_REPORTING.config(model, threshold)


@dataclass(frozen=True)
class MachineTask:
    """A machine's corpus made ready for streams.

    Attributes:
        view: the corpus with its background classes last and ``off`` among them.
        split: of the view: whose windows which stream is built from.
        seconds: part → length of the stream that windows to train on are cut from.
        seed: of those streams.
    """

    view: Dataset
    split: Split
    seconds: dict[str, float] = field(default_factory=lambda: dict(SECONDS))
    seed: int = 0

    @cached_property
    def windows(self) -> Dataset:
        """Of streams, to train on, made when first asked for; the split ``"official"`` is theirs.
        """
        front, streams = stream_front(self.view), {}
        for number, (part, length_s) in enumerate(self.seconds.items()):
            plan = MachinePlan(length_s, seed=1000 * self.seed + 900 + number, **LEARNING)
            streams[part] = self.stream(plan, part)
        window = front.frame + (FRAMES - 1) * front.hop
        return cut_stream_windows(self.view, streams, window, window // 2)

    def stream(self, plan: MachinePlan, part: str = "test") -> Stream:
        """A stream of a part's windows."""
        return build_machine_stream(self.view, getattr(self.split, part), plan)

    def run(
        self, seed: int = 0, recipe: Recipe | None = None, budget: Budget = BUDGET
    ) -> Run:
        """The run that trains a detector on the windows.

        Args:
            seed: of the training.
            recipe: None: :func:`stream_recipe`.
            budget: the longest training; it stops early on validation windows.
        """
        split = replace(make_splits(self.windows, "official")[0], rule=self.split.rule,
                        name=self.split.name)
        return Run(self.windows, split, recipe or stream_recipe(self.view), seed, budget)


def machine_task(
    dataset: Dataset, rule: str, fold: int = -1, seconds: dict[str, float] | None = None,
    seed: int = 0, background: tuple[str, ...] | None = None,
) -> MachineTask:
    """Split a corpus for streams; none is built yet.

    Args:
        dataset: of a machine; windows of about a thousand samples do, they are joined again.
        rule: see :func:`lnnlab.data.make_splits`.
        fold: which of its splits.
        seconds: part → length of its stream; None: ``SECONDS``.
        seed: of the streams.
        background: see :func:`lnnlab.data.streams.view.for_stream`.

    Raises:
        UserError: see those two, and :func:`build_machine_stream`.
    """
    view = for_stream(dataset, background, seed)
    stream_front(view)  # refuses irregular sampling
    return MachineTask(view, make_splits(view, rule)[fold], dict(seconds or SECONDS), seed)


def trained_detector(
    task: MachineTask, folder: Path, seed: int = 0, budget: Budget = BUDGET
) -> SavedModel:
    """The streaming network of a task, trained now unless it lies in ``folder`` already.

    Args:
        folder: where networks are kept.
        seed: of the training.
        budget: see :meth:`MachineTask.run`.
    """
    return trained(task.run(seed, budget=budget), folder)
