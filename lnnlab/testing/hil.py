"""``HILTester``: a board and a model through a whole test set."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from tqdm.auto import tqdm

from lnnlab import lnn_file
from lnnlab.data import Dataset, load, make_splits
from lnnlab.data.suiting import refuse_other_rate, truth_of
from lnnlab.errors import UserError
from lnnlab.integer import IntegerModel, StreamConfig
from lnnlab.integer.decisions import refuse_window_models
from lnnlab.scoring.confusion import figures
from lnnlab.target.boards import board
from lnnlab.target.energy import average_power_mw
from lnnlab.testing.kept_windows import Decided, decided
from lnnlab.testing.power import MeasuredPower, PowerMeter, measured_power
from lnnlab.testing.streams import StreamReport, run_streams
from lnnlab.testing.transport import EmulatedBoard, Transport

MEASURED = "measured"
ALIASES = {"google_speech_commands": "speech_commands"}
TIMED_WINDOWS = 8  # counting cycles is slow, and they hardly differ


@dataclass(frozen=True)
class TestReport:
    """What a test run found.

    Attributes:
        accuracy: share of right decisions, 0 to 1.
        confusion: counts (truth, guess); classes: their names.
        items: windows that were decided on.
        mismatches: windows whose logits differ from the integer twin's.
        mean_latency_ms, worst_latency_ms: of a decision, features included, waits for the board's
            flash too; None if not asked for or not known.
        avg_power_mw: of a board that decides on one window after the other without a gap, and
            sleeps in between; None as above.
        basis: figure → what it rests on.
        resumed: of the items, windows that an earlier run had decided on before it broke off.
        energy_uj, pin_latency_ms: mean energy and time of a decision, while the board's pin told
            the meter that it computed; None without a meter or without the pin.
        wire_power_mw: mean while samples came over the wire, all waits included; None without a
            meter.
    """

    __test__ = False  # no test of pytest's

    accuracy: float
    confusion: np.ndarray
    classes: tuple[str, ...]
    items: int
    mismatches: int
    mean_latency_ms: float | None
    worst_latency_ms: float | None
    avg_power_mw: float | None
    basis: dict[str, str]
    resumed: int = 0
    energy_uj: float | None = None
    pin_latency_ms: float | None = None
    wire_power_mw: float | None = None


class HILTester:
    """Tries a model on a board, window by window, and compares with the integer twin.

    Args:
        device: board, see :func:`lnnlab.target.boards.board`.
        model: a ``.lnn`` file, its bytes, or an integer network.
        transport: how the board is reached, such as a
            :class:`lnnlab.testing.serial_board.SerialBoard`; None: its core under emulation.
        meter: of the board's power; None: power is modelled.

    Raises:
        UserError: the board is unknown, the file damaged, what the transport reaches is another
            board or holds another model, or a meter is to measure an emulated board.
    """

    def __init__(
        self, device: str, model: str | Path | bytes | IntegerModel,
        transport: Transport | None = None, meter: PowerMeter | None = None,
    ) -> None:
        self.board = board(device)
        if isinstance(model, IntegerModel):
            blob = lnn_file.to_bytes(model)
        else:
            blob = model if isinstance(model, bytes) else lnn_file.checked_bytes(Path(model))
        self.model = lnn_file.from_bytes(blob)
        self.blob, self.transport = blob, transport or EmulatedBoard()
        self.transport.take(self.board, blob)
        if meter and self.transport.basis != MEASURED:
            raise UserError(f"{meter.name}: {self.board.name} is emulated there, and takes no "
                            "power; reach a board on a wire")
        self.meter = meter

    def run_tests(
        self, test_dataset: str | Dataset = "spoken_words", measure_power: bool = True,
        measure_latency: bool = True, split: str = "official", limit: int = 0,
        progress: bool = True,
    ) -> TestReport:
        """Decide on every test window.

        Args:
            test_dataset: a dataset, or what :func:`lnnlab.data.load` takes;
                ``"google_speech_commands"`` means ``"speech_commands"``.
            measure_power, measure_latency: whether to count cycles too; the first asks the meter.
            split: rule whose first fold's test windows are used.
            limit: at most so many windows, evenly spread; 0: all.
            progress: show a bar.

        Raises:
            UserError: dataset and model do not fit each other, or the limit is below 0.
        """
        dataset = test_dataset
        if not isinstance(dataset, Dataset):
            dataset = load(ALIASES.get(test_dataset, test_dataset))
        if limit < 0:
            raise UserError(f"limit = {limit}: choose 0, for all windows, or more")
        truth = truth_of(dataset, self.model.classes)
        self._refuse_misfit(dataset)
        rows = make_splits(dataset, split)[0].test
        if limit:
            rows = rows[np.linspace(0, len(rows) - 1, min(limit, len(rows))).astype(int)]
        samples = self.model.quantise(dataset.x[rows])
        told = self._decide(samples, progress)
        twin = self.model.run(samples).logits
        found = figures(truth[rows], told.logits.argmax(axis=1), len(self.model.classes))
        timed = samples[:: max(1, len(samples) // TIMED_WINDOWS)][:TIMED_WINDOWS]
        cycles = self.transport.cycles(timed) if measure_power or measure_latency else None
        metered = self._metered(timed) if measure_power and self.meter else None
        report = TestReport(
            found["accuracy"], np.array(found["confusion"]), self.model.classes, len(rows),
            int((told.logits != twin).any(axis=1).sum()),
            *(self._latency_ms(cycles) if measure_latency else (None, None)),
            self._power_mw(cycles) if measure_power else None,
            {"accuracy": self.transport.basis, "latency": self.transport.basis,
             "power": "modelled"},
            told.resumed,
        )
        return replace(report, **self._power_of(metered, report.basis)) if metered else report

    def run_streams(
        self, recordings: Sequence[np.ndarray], config: StreamConfig | None = None,
    ) -> StreamReport:
        """Hear uninterrupted recordings, each from a fresh state on.

        Args:
            recordings: int16 (time,) or (time, channel), a frame or longer each;
                ``model.quantise`` makes them of sensor values.
            config: of the reports; None: the model's own, or the defaults.

        Raises:
            UserError: the model cannot stream, or a recording is shorter than a frame.
        """
        refuse_window_models(self.model)
        channels = self.model.features.channels
        shaped = [np.asarray(each).reshape(-1, channels) for each in recordings]
        return run_streams(self.transport, self.model, shaped,
                           config or StreamConfig.own(self.model))

    def _decide(self, samples: np.ndarray, progress: bool) -> Decided:
        with tqdm(total=len(samples), disable=not progress, unit="window",
                  desc=f"{self.board.name}: {self.transport.basis}") as bar:
            return decided(self.transport, self.blob, samples, bar.update)

    def _latency_ms(self, cycles: list[float] | None) -> tuple[float | None, float | None]:
        if cycles is None:
            return None, None
        times_ms = 1e3 * np.array(cycles) / self.transport.clock_hz
        return float(times_ms.mean()), float(times_ms.max())

    def _power_mw(self, cycles: list[float] | None) -> float | None:
        if cycles is None or not self.model.features.rate_hz:
            return None
        decisions_per_s, wakes_per_s = self._paces()
        return average_power_mw(self.board, float(np.mean(cycles)) * decisions_per_s, wakes_per_s)

    def _paces(self) -> tuple[float, float]:
        """Decisions and wakes a second."""
        features = self.model.features
        decisions_per_s = features.rate_hz / features.window
        return decisions_per_s, decisions_per_s * (
            1 if self.model.windowed else features.steps)

    def _metered(self, samples: np.ndarray) -> MeasuredPower:
        return measured_power(self.transport, self.meter, samples)

    def _power_of(self, metered: MeasuredPower, basis: dict[str, str]) -> dict[str, object]:
        """The report's fields that a meter alone can fill."""
        found: dict[str, object] = {"wire_power_mw": metered.wire_mw,
                                    "basis": basis | {"wire_power": MEASURED}}
        if not metered.busy:
            return found
        found["energy_uj"] = float(np.mean([each.energy_uj for each in metered.busy]))
        found["pin_latency_ms"] = float(np.mean([each.time_ms for each in metered.busy]))
        found["basis"] |= {"energy": MEASURED, "pin_latency": MEASURED}
        if self.model.features.rate_hz:
            found["avg_power_mw"] = metered.average_mw(self.board, *self._paces())
            found["basis"] |= {"power": "measured while it computes, sleep and wake-up modelled"}
        return found

    def _refuse_misfit(self, dataset: Dataset) -> None:
        features = self.model.features
        shape = dataset.x.shape[1:]
        if shape != (features.window, features.channels):
            raise UserError(
                f"{dataset.name} has windows of {shape[0]} samples and {shape[1]} channel(s); the "
                f"model takes {features.window} and {features.channels}"
            )
        refuse_other_rate(dataset, features.rate_hz)
