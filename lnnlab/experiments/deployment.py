"""What was measured of a network on a microcontroller, typed."""

from dataclasses import dataclass, field
from functools import cached_property

from lnnlab.experiments.results import Answers, RunRecord
from lnnlab.profiling.measure import Range

HOST = "host"
CORES = (HOST, "cortex-m0plus", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33", "rv32imc")


@dataclass(frozen=True)
class Target:
    """What networks are deployed on, and how closely the C is compared.

    Attributes:
        board_name: whose cycles, milliseconds and energy are given.
        parity_cores: cores on which the C must equal the twin, for runs of the first seed.
        parity_windows: test windows per core; 0: all of them.
        tune_epochs: of int8 training, whose best epoch replaces a network where its validation
            windows say so; 0: none.
        tune_as_trained: with the noise on the inputs and the smoothed labels of its recipe, beside
            which a row that rests on them is not tuned away from what carries over.
    """

    board_name: str = "stm32l476"
    parity_cores: tuple[str, ...] = CORES
    parity_windows: int = 0
    tune_epochs: int = 5
    tune_as_trained: bool = False


@dataclass(frozen=True)
class Deployment:
    """A run's network on a board.

    Attributes:
        record: of the run.
        board: name of the board.
        results: plain values, as :func:`lnnlab.experiments.deploy.on_target` gives them.
        stale: why the record is stale, in words; ``""``: it is not.
    """

    record: RunRecord
    board: str
    results: dict = field(repr=False)
    stale: str = ""

    @property
    def label(self) -> str:
        """How tables call its row."""
        return self.record.label

    @property
    def seed(self) -> int:
        """Of the run."""
        return self.record.seed

    @property
    def frames_per_s(self) -> float:
        """Frames of a stream a second, by the hop of its features."""
        features = self.record.recipe.features
        rate_hz = features.mel.rate_hz if features.mel else self.record.run.dataset.rate_hz
        return rate_hz / features.hop

    @property
    def parameters(self) -> int:
        """Trained numbers of the model."""
        return self.record.parameters

    @cached_property
    def int8(self) -> Answers:
        """The integer twin's answers to the test windows; the C equals it on ``parity``'s cores."""
        return Answers.from_dict(self.results["int8"])

    @cached_property
    def before(self) -> Answers:
        """Answers of the same network in float, before int8 training."""
        return Answers.from_dict(self.results["float"])

    @property
    def tuned(self) -> bool:
        """Whether int8 training replaced the network."""
        return self.results["tuned"]

    @property
    def cycles(self) -> Range | None:
        """(low, high) of one decision; None where the core has no validated cycle model."""
        return self.results["cycles"]

    @property
    def step_cycles(self) -> Range | None:
        """(low, high) of one frame; None for models that run over whole windows."""
        return self.results["step_cycles"]

    @property
    def stages(self) -> dict[str, Range]:
        """Stage → (low, high) cycles of one decision."""
        return self.results["stages"]

    @property
    def steps(self) -> int:
        """Frames of a decision."""
        return self.results["steps"]

    @property
    def flash_bytes(self) -> int:
        """Code, tables and model."""
        return sum(self.results["flash_bytes"].values())

    @property
    def ram_bytes(self) -> int:
        """Arena, record and stack."""
        return sum(self.results["ram_bytes"].values())

    @property
    def latency_ms(self) -> Range | None:
        """(low, high) of one decision at the board's clock."""
        return self.results.get("latency_ms")

    @property
    def energy_mj(self) -> float | None:
        """Of one decision, modelled."""
        return self.results["energy_mj"][0] if "energy_mj" in self.results else None

    def waits(self, board_name: str = "") -> dict[str, float] | None:
        """Stage → cycles of a decision that wait for a board's flash; None where nothing is known.

        Args:
            board_name: with the same core; ``""``: its own.
        """
        found = self.results.get("flash", {}).get(board_name or self.board)
        return found["waits"] if found else None

    def frame_waits(self, board_name: str = "") -> float | None:
        """Cycles of a stream's frame that wait for a board's flash; None as above."""
        found = self.results.get("flash", {}).get(board_name or self.board, {})
        return found.get("frame_waits")

    @property
    def flash_cycles(self) -> Range | None:
        """(low, high) of one decision with the board's flash."""
        waits = self.waits()
        if waits is None:
            return None
        waited = sum(waits.values())
        return (self.cycles[0] + waited, self.cycles[1] + waited)

    @property
    def stream_frame_cycles(self) -> Range | None:
        """(low, high) of one frame of a stream, decision included; None: it does not stream."""
        stream = self.results.get("stream")
        return stream["frame_cycles"] if stream else None

    @property
    def parity(self) -> dict[str, dict]:
        """Core → ``windows`` compared, ``outputs`` a window, ``mismatches``."""
        return self.results["parity"]
