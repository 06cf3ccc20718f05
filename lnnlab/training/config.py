"""The knobs of a training run; an unknown one is refused by name."""

from dataclasses import asdict, dataclass, fields
from math import isfinite

from lnnlab.errors import UserError, unknown
from lnnlab.training.variation import check_timesteps

EXACT, CLOSED_FORM = "exact", "closed_form"
SOLVERS = (EXACT, CLOSED_FORM, "fused", "adaptive_heun", "dopri5", "rk4", "euler")
CELLS = {  # cell → the solvers that it may be asked for
    "linear_ltc": tuple(each for each in SOLVERS if each != CLOSED_FORM),
    "cfc": (CLOSED_FORM,),
    "ltc": tuple(each for each in SOLVERS if each not in (EXACT, CLOSED_FORM)),
}


AT_LEAST_ONE = ("input_dim", "output_dim", "hidden_dim", "layers", "batch_size")
ABOVE_ZERO = ("learning_rate", "frame_rate_hz", "temperature")
SHARES = ("teacher_weight", "label_smoothing", "averaging", "timestep_share")


def _usual(solver: str) -> str:
    """The cell that a solver is named for where none is."""
    return "cfc" if solver == CLOSED_FORM else "linear_ltc"


@dataclass(frozen=True)
class TrainingConfig:
    """What to build and how to train it.

    ``input_dim``, ``hidden_dim``, ``output_dim``, ``ode_solver`` and ``complexity_penalty`` are
    the keys of liquid-audio-nets' listing; ``TrainingConfig.read`` takes such a dictionary.

    The listing names a solver and no cell. ``LinearLTC``, the default, is linear in its state: its
    exact step is what every solver comes to as its steps shrink, so it is taken whichever is named,
    and the network can go onto a microcontroller. ``cell="ltc"`` is the nonlinear cell of the
    paper, which the named solver integrates; it trains about a hundred times slower.
    """

    input_dim: int  # features per step
    output_dim: int  # classes
    hidden_dim: int = 32  # units per liquid layer
    ode_solver: str = "adaptive_heun"  # of SOLVERS; for "linear_ltc" the exact step stands for it
    cell: str = ""  # of CELLS; "": "cfc" for "closed_form", else "linear_ltc"
    complexity_penalty: float = 0.0  # price of a step, where the state moves
    layers: int = 1  # liquid layers
    mixing: int = 0  # taps of the causal depthwise convolution between layers; 0: none
    pool: str = "mean"  # what the readout sees: "mean" over time or the "last" step
    frame_rate_hz: float = 1.0  # steps per second, for the work per second
    learning_rate: float = 3e-3  # Adam's, at the start of the cosine
    weight_decay: float = 0.0  # decoupled (AdamW)
    batch_size: int = 64  # windows
    clip_norm: float = 1.0  # largest norm of the gradient; 0: unlimited
    input_noise: float = 0.0  # standard deviation of noise on training inputs, in noise_unit
    noise_unit: str = "spread"  # of each feature, or "own": the features' own, such as octaves
    label_smoothing: float = 0.0  # share of the truth that is spread over all classes
    mixup: float = 0.0  # α of the Beta that half the batches' windows are mixed by; 0: none
    teacher_weight: float = 0.0  # share of the loss that follows a teacher; 0: none is asked
    temperature: float = 1.0  # that the teacher's and the student's logits are divided by there
    averaging: float = 0.0  # decay of the running average of the weights that is kept; 0: none
    timesteps: tuple[int, ...] = ()  # frames that a step may stand for, such as (1, 2, 4)
    timestep_share: float = 0.5  # of the batches that leave frames out
    keep: str = "best"  # the epoch of the "best" validation loss, or the "last"
    device: str = "cpu"  # "auto": CUDA, then MPS, else CPU; see lnnlab.training.device
    seed: int = 0  # of the initial weights, the batches' order and the noise

    def __post_init__(self) -> None:
        object.__setattr__(self, "timesteps", tuple(self.timesteps))
        self._check_numbers()
        if self.ode_solver not in SOLVERS:
            raise unknown("ode_solver", self.ode_solver, SOLVERS)
        if self.cell and self.cell not in CELLS:
            raise unknown("cell", self.cell, CELLS)
        if self.ode_solver not in CELLS[self.model]:
            raise UserError(f"cell '{self.model}' with ode_solver '{self.ode_solver}': it takes "
                            f"{', '.join(CELLS[self.model])}")
        if self.pool not in ("mean", "last"):
            raise unknown("pool", self.pool, ("mean", "last"))
        if self.keep not in ("best", "last"):
            raise unknown("keep", self.keep, ("best", "last"))
        if self.noise_unit not in ("spread", "own"):
            raise unknown("noise_unit", self.noise_unit, ("spread", "own"))
        check_timesteps(self.timesteps, self.timestep_share)

    def _check_numbers(self) -> None:
        """Every number is one, of its kind, and in its range."""
        for each in fields(self):
            value, whole = getattr(self, each.name), each.type is int
            if each.type not in (int, float):
                continue
            kinds = int if whole else (int, float)
            if isinstance(value, bool) or not isinstance(value, kinds) or not isfinite(value):
                raise UserError(f"{each.name} = {value!r}: must be a{' whole' * whole} number")
            if each.name in AT_LEAST_ONE and value < 1:
                raise UserError(f"{each.name} = {value}: must be 1 or more")
            if each.name in ABOVE_ZERO and not value > 0:
                raise UserError(f"{each.name} = {value}: must be above zero")
            if each.name in SHARES and not 0 <= value <= 1:
                raise UserError(f"{each.name} = {value}: choose 0 to 1")
            if value < 0:
                raise UserError(f"{each.name} = {value}: must not be below zero")

    @property
    def model(self) -> str:
        """The kind of :data:`lnnlab.models.kinds.KINDS` that is built around the cell."""
        return self.cell or _usual(self.ode_solver)

    @property
    def options(self) -> dict:
        """What the liquid network is built with, beside its sizes."""
        options = {"units": self.hidden_dim, "layers": self.layers, "mixing": self.mixing,
                   "pool": self.pool}
        return options | ({"ode_solver": self.ode_solver} if self.model == "ltc" else {})

    @classmethod
    def read(cls, given: dict) -> "TrainingConfig":
        """A config from a plain dictionary.

        Raises:
            UserError: a key is unknown (the nearest is suggested) or a required one is absent.
        """
        known = [field.name for field in fields(cls)]
        for key in given:
            if key not in known:
                raise unknown("config key", key, known)
        for key in ("input_dim", "output_dim"):
            if key not in given:
                raise UserError(f"model config lacks '{key}'")
        return cls(**given)

    def as_dict(self) -> dict:
        """The config as plain values, for records and checkpoints; the CPU goes without saying, and
        so does the cell that the solver stands for."""
        usual = self.model if self.model == _usual(self.ode_solver) else ""
        unsaid = (("device", "cpu"), ("cell", ""), ("cell", usual))
        return {name: value for name, value in asdict(self).items() if (name, value) not in unsaid}
