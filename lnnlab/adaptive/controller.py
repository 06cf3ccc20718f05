"""``learn_timestep_controller``: the best policy within budgets, as costed on a board."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from matplotlib.figure import Figure

from lnnlab import lnn_file
from lnnlab.adaptive import plots
from lnnlab.adaptive.budgets import choose, longest_step
from lnnlab.adaptive.costs import PolicyCostModel, excerpt
from lnnlab.adaptive.listening import Listener, Outcome, describe, refuse_strange_stream
from lnnlab.adaptive.search import SEARCH, Search, search
from lnnlab.adaptive.sleep_plot import sleep_figure
from lnnlab.compress import quantise
from lnnlab.data import Dataset, make_splits
from lnnlab.data.streams import Stream, StreamPlan, build_stream
from lnnlab.errors import UserError
from lnnlab.integer import IntegerModel
from lnnlab.integer.policy import MOST_HOPS, Uniform, refuse_unfit
from lnnlab.models.saved import SavedModel, load
from lnnlab.scoring.reporting import WORD_REPORTING, Reporting
from lnnlab.target.boards import Board, board

HALVED = Uniform(2)  # what a network that knows one timestep only is tried at


@dataclass(frozen=True)
class Controller:
    """A policy that was found, with what it is worth.

    Attributes:
        model: the network with the policy in it.
        chosen: what the policy did on the stream that it was chosen on.
        always: what the same network did there without a policy.
        outcomes: every policy that was tried there.
        board: whose power and latency are meant.
        power_budget_mw, latency_budget_ms: what was asked for; None: anything.
        notes: what the user should know.
    """

    model: IntegerModel
    chosen: Outcome
    always: Outcome
    outcomes: Sequence[Outcome] = field(repr=False)
    board: Board
    listener: Listener = field(repr=False)
    power_budget_mw: float | None = None
    latency_budget_ms: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def accuracy(self) -> float:
        """Event-level F1 on the stream that it was chosen on, 0 to 1."""
        return self.chosen.score.f1

    @property
    def power_mw(self) -> float:
        """Modelled mean power; microphone not counted."""
        return self.chosen.power_mw

    @property
    def mean_latency_ms(self) -> float:
        """From a sample to the end of the computation that takes it in, mean."""
        return self.chosen.mean_latency_ms

    @property
    def worst_latency_ms(self) -> float:
        """The same at worst."""
        return self.chosen.worst_latency_ms

    @property
    def steps_percent(self) -> float:
        """Share of the frames that are computed."""
        return self.chosen.steps_percent

    def __str__(self) -> str:
        always = self.always
        return (
            f"{describe(self.chosen.policy)}, threshold {self.chosen.threshold:g}, on "
            f"{self.board.title}: F1 {100 * self.accuracy:.1f} % "
            f"(always on {100 * always.score.f1:.1f} %), {self.power_mw:.2f} mW modelled "
            f"({always.power_mw:.2f}), {self.steps_percent:.0f} % of the frames, latency "
            f"{self.mean_latency_ms:.0f} ms mean, {self.worst_latency_ms:.0f} ms worst"
        )

    def plot_policy(self, seconds: float = 20.0) -> Figure:
        """Timestep against complexity, a timeline, and the front of F1 against power.

        Args:
            seconds: of the stream that the timeline shows.
        """
        return plots.policy_figure(self.listener, self.chosen, self.outcomes, seconds)

    def plot_sleep(self, seconds: float = 12.0) -> Figure:
        """The sound, when the network is awake, what it reports, and its running power.

        Args:
            seconds: of the stream that are shown.
        """
        return sleep_figure(self.listener, self.chosen, self.always, seconds)

    def save(self, path: str | Path) -> Path:
        """Write a ``.lnn`` file with the policy, and the stream's settings in META."""
        lnn_file.write(self.model, Path(path))
        return Path(path)


@dataclass(frozen=True)
class Use:
    """Where and how a network will listen.

    Attributes:
        board: see :func:`lnnlab.target.boards.board`.
        plan: how a stream is built of a dataset's validation clips; None: it is a stream already.
        reporting: how probabilities become reports, such as
            :data:`lnnlab.scoring.reporting.FAULT_REPORTING`.
    """

    board: str = "nrf52840"
    plan: StreamPlan | None = None
    reporting: Reporting = WORD_REPORTING


def learn_timestep_controller(
    model: IntegerModel | SavedModel | str | Path,
    dataset: Stream | Dataset,
    power_budget: float | None = None,
    latency_budget: float | None = None,
    use: Use = Use(),
    how: Search = SEARCH,
) -> Controller:
    """Find when a network should compute.

    Policies of every kind are tried on a stream, always-on among them; of those within both
    budgets the one of the best F1 is taken, of equals the cheapest. The learned kind is trained
    on the stream first and then searched like its rivals; it is taken only if it wins. What a
    policy costs is counted on the emulated core of the board, stage by stage.

    Args:
        model: ends in a leaky pool (``keyword_linear_ltc``); a file or a network, quantised here
            if it is not yet.
        dataset: a stream that the network was not trained on, such as
            :func:`lnnlab.data.streams.build_stream` makes; or clips, with a plan in ``use``.
        power_budget: mW on the board, microphone not counted; None: any.
        latency_budget: ms from a sample to the end of the next computation, at worst; None: any.
            Policies with longer steps are not tried.
        use: the board, and how the network listens.
        how: the search: which kinds, how many policies of each.

    Raises:
        UserError: a budget is not above zero or cannot be met (names the nearest that can), the
            dataset is isolated clips without a plan, or the model cannot follow a policy.
    """
    for name, value in (("power_budget", power_budget), ("latency_budget", latency_budget)):
        if value is not None and not (isinstance(value, int | float) and value > 0):
            raise UserError(f"{name} = {value!r}: choose a number above zero, or None for any")
    chosen_board, network = board(use.board), integer_model(model)
    refuse_unfit(network.features, network.layers)
    stream = _stream(dataset, use.plan)
    refuse_strange_stream(network, stream)
    costs = PolicyCostModel(network, chosen_board, excerpt(network, stream))
    listener = Listener(network, stream, chosen_board, costs, use.reporting)
    longest = MOST_HOPS if latency_budget is None else longest_step(latency_budget, listener.hop_s)
    outcomes = search(listener, how, longest)
    notes = _notes(listener, outcomes[0])
    for note in notes:
        warnings.warn(note, stacklevel=2)
    best = choose(outcomes, chosen_board, power_budget, latency_budget)
    config = listener.config(best.threshold)
    meta = network.meta | {"stream": {
        "smoothing_shift": config.smoothing_shift, "refractory": config.refractory,
        "threshold_q15": config.threshold_q15,
    }}
    return Controller(
        replace(network, policy=best.policy, meta=meta), best, outcomes[0], outcomes,
        chosen_board, listener, power_budget, latency_budget, notes,
    )


def integer_model(model: IntegerModel | SavedModel | str | Path) -> IntegerModel:
    """The integer network of whatever stands for one.

    Raises:
        UserError: a file is absent or damaged.
    """
    if isinstance(model, str | Path):
        path = Path(model)
        model = lnn_file.read(path) if path.suffix == ".lnn" else load(path)
    return quantise(model) if isinstance(model, SavedModel) else model


def _stream(dataset: Stream | Dataset, plan: StreamPlan | None) -> Stream:
    if isinstance(dataset, Stream):
        return dataset
    if not isinstance(dataset, Dataset):
        raise UserError(f"dataset = {dataset!r}: give a stream, or a dataset of lnnlab.data.load "
                        "and a plan")
    if plan is None:
        raise UserError(
            f"{dataset.name}: isolated clips; a policy learned on them learns how they were cut. "
            "Give a continuous recording, or use=Use(plan=StreamPlan(600, activity=0.1)) to "
            "build one of the validation clips"
        )
    split = make_splits(dataset, "official")[0]
    return build_stream(dataset, split.validation, plan, "validation")


def _notes(listener: Listener, always: Outcome) -> tuple[str, ...]:
    """What a network that was trained at one timestep only loses, measured here."""
    if listener.model.meta.get("timesteps"):
        return ()
    halved = listener.outcome(HALVED, always.threshold)
    return (
        "this network was trained at one timestep only: with every second frame left out its F1 "
        f"is {100 * halved.score.f1:.1f} % instead of {100 * always.score.f1:.1f} %; to lose "
        "less, train it with timesteps=(1, 2, 4) in the config",
    )
