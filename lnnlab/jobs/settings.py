"""What a person may choose for a job, checked before anything runs."""

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

from lnnlab import store
from lnnlab.errors import UserError, unknown
from lnnlab.jobs.files import from_json
from lnnlab.target.battery import BATTERIES
from lnnlab.target.boards import boards

FILE = "settings.json"
BUDGETS = {"quick": 300, "usual": 1000, "thorough": 5000}  # name → steps of either network
LAYOUTS = {  # of lnnlab.runtime.layouts, whose import takes seconds → for whom
    "cmake": "CMake", "cpp": "CMake and C++", "arduino": "the Arduino IDE",
    "platformio": "PlatformIO", "esp-idf": "ESP-IDF", "zephyr": "Zephyr",
    "rust": "Cargo, for Rust",
}
MOST_STEPS, MOST_WINDOW, MOST_SEED = 100_000, 65_536, 2**32 - 1


@dataclass(frozen=True)
class Settings:
    """How the recordings are read, and what is made of them.

    What is ``""``, ``()`` or None is found by the reader or left to its defaults.

    Attributes:
        label, time, recording: columns of these roles.
        channels, groups: columns of the signal, and to split by.
        rate_hz: samples per second.
        window: samples per decision; clips of sound have a length of their own.
        rule: of the split, see :func:`lnnlab.data.make_splits`.
        board: whose cycles and energy are given.
        battery: that has to last.
        layout: of the C in the zip.
        steps: of the optimiser, for each network; as passes over the training windows between
            the ends of ``EPOCHS``.
        seed: of initial weights and batches.

    Raises:
        UserError: a value cannot be.
    """

    label: str = ""
    channels: tuple[str, ...] = ()
    time: str = ""
    recording: str = ""
    groups: tuple[str, ...] = ()
    rate_hz: float | None = None
    window: int = 256
    rule: str = ""
    board: str = "nrf52840"
    battery: str = "CR2032"
    layout: str = "cmake"
    steps: int = BUDGETS["usual"]
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("label", "time", "recording", "rule", "board", "battery", "layout"):
            if not isinstance(getattr(self, name), str):
                raise UserError(f"{name} = {getattr(self, name)!r}: must be a text")
        for name in ("channels", "groups"):
            object.__setattr__(self, name, _columns(name, getattr(self, name)))
        if self.rate_hz is not None:
            _check_rate(self.rate_hz)
        for name, fewest, most in (("window", 1, MOST_WINDOW), ("steps", 1, MOST_STEPS),
                                   ("seed", 0, MOST_SEED)):
            value = getattr(self, name)
            whole = isinstance(value, int) and not isinstance(value, bool)
            if not (whole and fewest <= value <= most):
                raise UserError(f"{name} = {value!r}: choose a whole number from {fewest} to "
                                f"{most:,}")
        for name, known in (("board", boards()), ("battery", BATTERIES), ("layout", LAYOUTS)):
            if getattr(self, name) not in known:
                raise unknown(name, getattr(self, name), known)

    def save(self, folder: Path) -> None:
        """Write them into a job's folder."""
        store.write_text(folder / FILE, json.dumps(asdict(self), indent=1))

    @classmethod
    def of(cls, folder: Path) -> "Settings":
        """Those of a job; the defaults where none were chosen.

        Raises:
            UserError: their file is damaged, or a value in it cannot be.
        """
        return from_json(folder / FILE, lambda told: cls(**told)) or cls()


def _columns(name: str, value: object) -> tuple[str, ...]:
    """Names of columns; a text alone would be taken letter by letter."""
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise UserError(f"{name} = {value!r}: give a list of columns, such as ['x', 'y']")
    return tuple(value)


def _check_rate(rate_hz: object) -> None:
    if not isinstance(rate_hz, int | float) or isinstance(rate_hz, bool):
        raise UserError(f"rate = {rate_hz!r}: must be a number of Hz")
    if not 0 < rate_hz < math.inf:
        raise UserError(f"rate = {rate_hz:g} Hz: must be above zero; leave it empty where it is "
                        "unknown")
