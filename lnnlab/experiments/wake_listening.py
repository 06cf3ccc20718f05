"""What a keyword network says on a stream: frame by frame in C, by a policy, or by windows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import softmax

from lnnlab import lnn_file
from lnnlab.compress import quantise
from lnnlab.data.streams import Stream
from lnnlab.experiments.always_on import DECISIONS_PER_S
from lnnlab.features import extract
from lnnlab.integer import StreamConfig
from lnnlab.integer.decisions import detections
from lnnlab.integer.policy import Policy
from lnnlab.models.saved import SavedModel
from lnnlab.profiling import measure
from lnnlab.profiling.policy import Counts, UnitCosts, stream_counts, unit_costs
from lnnlab.scoring.events import Report
from lnnlab.scoring.reporting import WORD_REPORTING
from lnnlab.target.boards import Board
from lnnlab.target.energy import average_power_mw
from lnnlab.target.stream import StreamRunner
from lnnlab.training.predictions import one_thread, predict
from lnnlab.training.samples import Samples

ONE_Q15 = 1 << 15
CHUNK = 256  # windows at a time
CYCLES_S = 1.5  # of a stream on which a policy's stages are counted


@dataclass(frozen=True)
class Said:
    """What a network thinks along a stream.

    Attributes:
        shares: smoothed probabilities, Q15, (decision, class).
        timestep: hops since the decision before, (decision,), or None: 1 each.
        ends_s: when each decision is made, (decision,).
        refractory: hops of silence after a report.
        background: the last classes, never reported.
        counts: what a policy let be computed; None without one.
    """

    shares: np.ndarray
    timestep: np.ndarray | None
    ends_s: np.ndarray
    refractory: int
    background: int
    counts: Counts | None = None

    def reports(self, threshold: float, classes: Sequence[str]) -> list[Report]:
        """What is reported at a threshold."""
        config = StreamConfig(0, self.refractory, threshold)
        found = detections(self.shares, self.background, config, self.timestep)
        labels = self.shares[found].argmax(axis=1)
        return [Report(float(time), classes[k])
                for time, k in zip(self.ends_s[found], labels, strict=True)]


class Ear:
    """A trained network that listens to streams, as it would on a board.

    A network in blocks decides after every frame, by the C runtime on this machine, always or by a
    timestep policy. One that needs whole windows hears the last second ``DECISIONS_PER_S`` times a
    second, in float: its integer twin is slow, and streams are long.

    Args:
        saved: the network; policy: of one in blocks; None: every frame.
    """

    def __init__(self, saved: SavedModel, policy: Policy | None = None) -> None:
        self.saved, self.policy = saved, policy
        self.model = replace(quantise(saved), policy=policy)
        self.windowed = self.model.windowed
        self.blob = lnn_file.to_bytes(self.model)

    @property
    def basis(self) -> str:
        """What its answers rest on."""
        return "measured (float)" if self.windowed else "measured"

    def listen(self, stream: Stream) -> Said:
        """What it thinks of a stream."""
        return self._windows(stream) if self.windowed else self._frames(stream)

    def _frames(self, stream: Stream) -> Said:
        config = WORD_REPORTING.config(self.model, 0.5)
        samples = self.model.quantise(stream.samples)
        heard = StreamRunner(self.blob).run(samples, config)
        spec, rate_hz = self.model.features.spec, self.model.features.rate_hz
        counts = stream_counts(self.blob, samples, heard) if self.policy else None
        return Said(heard.smoothed_q15, heard.timestep, (heard.hop * spec.hop + spec.frame)
                    / rate_hz, config.refractory, self.model.layers[-1].background, counts)

    def _windows(self, stream: Stream) -> Said:
        length, hop = self.saved.window, int(stream.rate_hz / DECISIONS_PER_S)
        firsts = np.arange(0, len(stream.x) - length + 1, hop)
        with one_thread():
            shares = np.concatenate([
                softmax(predict(self.saved.network, Samples(extract(x, self.saved.features),
                                                            np.zeros(len(x), int))), axis=1)
                for x in _cut(stream.samples, firsts, length)])
        refractory = round(WORD_REPORTING.refractory_s * DECISIONS_PER_S)
        return Said(np.minimum(ONE_Q15 - 1, np.rint(ONE_Q15 * shares)).astype(np.int64), None,
                    (firsts + length) / stream.rate_hz, refractory,
                    self.model.layers[-1].background)

    def cycles_per_s(self, chosen: Board, stream: Stream, said: Said) -> tuple[float, float]:
        """Cycles a second, emulated, and mean power in mW, modelled, of listening to a stream."""
        spec, rate_hz = self.model.features.spec, self.model.features.rate_hz
        samples = self.model.quantise(stream.samples[: int(CYCLES_S * rate_hz)])
        if said.counts is not None:
            units: UnitCosts = unit_costs(self.blob, chosen, samples)
            total = sum(sum(band) / 2 for band in units.by_stage(said.counts).values())
            cycles, wakes = (each / said.counts.seconds for each in (total, said.counts.calls))
            return cycles, average_power_mw(chosen, cycles, wakes)
        found = measure(self.blob, chosen.core, samples[None, : self.saved.window], chosen.port())
        stages = {name: sum(band) / 2 for name, band in found.by_stage.items()}
        frames = (stages["features"] + stages["other"]) / found.steps * rate_hz / spec.hop
        cycles = frames + (stages["layers"] + stages["readout"]) * DECISIONS_PER_S
        return cycles, average_power_mw(chosen, cycles, rate_hz / spec.hop)


def _cut(x: np.ndarray, firsts: np.ndarray, length: int) -> Iterator[np.ndarray]:
    """Windows that begin there, (window, time, channel), some at a time."""
    for k in range(0, len(firsts), CHUNK):
        yield np.stack([x[first : first + length] for first in firsts[k : k + CHUNK]])
