"""Features in integers: of int16 samples raw frames, bands, mel features or lags, as int8.

The float definition is :mod:`lnnlab.features`; steps and roundings are those of
``lnnlab/runtime/FORMAT.md``, section 2.
"""

from dataclasses import dataclass, field

import numpy as np

from lnnlab.errors import UserError
from lnnlab.features import FeatureSpec, band_edges
from lnnlab.features.acf import places
from lnnlab.features.spec import ACF, LOG_BANDS, MEL_KINDS, MFCC, PCEN, RAW, SPECTRAL_KINDS
from lnnlab.integer import acf, mel
from lnnlab.integer.arithmetic import halved, int32, sat8, sat16
from lnnlab.integer.logs import band_logs, bands_of_parts
from lnnlab.integer.ranges import FLOOR, FRAME, PCEN_FLOOR, PLACES, fits
from lnnlab.integer.spectrum import Tables, bin_powers, transform_tables

STREAM_CHUNK = 128  # frames at a time: a transform stays in the cache


def quantise_samples(x: np.ndarray, full_scale: float) -> np.ndarray:
    """Sensor values as int16 samples: ``full_scale`` becomes 32768; larger values saturate."""
    return sat16(np.round(np.asarray(x, dtype=np.float64) / full_scale * 32768)).astype(np.int16)


@dataclass(frozen=True)
class IntegerFeatures:
    """How int16 samples become the int8 that the first layer sees.

    Attributes:
        spec: the float definition that this is the twin of.
        channels: channels of the signal.
        window: samples per decision.
        rate_hz: samples per second; 0 where it is unknown.
        offset, factor, shift: the affine map of each feature, see :meth:`affine`.
        tables, filters, rows, curve: the constants that the kind needs, made from ``spec``.
    """

    spec: FeatureSpec
    channels: int
    window: int
    rate_hz: float
    offset: np.ndarray  # (feature,) int16
    factor: np.ndarray  # (feature,) 0 … 16383
    shift: int
    tables: Tables | None = field(default=None, compare=False)
    filters: mel.Chain | None = field(default=None, compare=False)
    rows: np.ndarray | None = field(default=None, compare=False)
    curve: np.ndarray | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        spec = self.spec
        for name, length in (("frame", spec.frame), ("part of a frame", spec.transform)):
            if spec.kind != RAW and not fits(length, FRAME):
                low, high = FRAME
                raise UserError(f"{name} {length}: the runtime takes {low} to {high} samples")
        if spec.kind == ACF and not fits(len(places(spec)), PLACES):
            raise UserError(f"block {spec.frame}: products at {len(places(spec))} places, the "
                            f"runtime sums {PLACES[1]}; choose stride {2 * spec.stride}")
        if spec.kind in SPECTRAL_KINDS:
            object.__setattr__(self, "tables", transform_tables(spec.transform, spec.window))
        if spec.kind in MEL_KINDS:
            if spec.mel.rate_hz != self.rate_hz:
                raise UserError(f"mel filters for {spec.mel.rate_hz:g} Hz on {self.rate_hz:g} Hz")
            object.__setattr__(self, "filters", mel.chain(spec))
        if spec.kind == MFCC:
            if spec.bands > mel.MOST_COSINE_BANDS:
                raise UserError(f"mfcc of {spec.bands} bands: the runtime takes up to 128")
            object.__setattr__(self, "rows", mel.cosines(spec))
        if spec.kind == PCEN:
            if not fits(self.floor, PCEN_FLOOR):
                raise UserError(f"pcen: floor {spec.floor:g} is too large for the runtime")
            object.__setattr__(self, "curve", mel.curve(spec))

    @property
    def steps(self) -> int:
        """Frames per decision."""
        return self.spec.frames(self.window)

    @property
    def size(self) -> int:
        """Length of one feature vector."""
        return self.spec.size(self.channels)

    @property
    def floor(self) -> int:
        """The spec's floor in the unit of a band's integer power; 0 where there are no bands."""
        if self.spec.kind not in SPECTRAL_KINDS:
            return 0
        return int(np.clip(round(self.spec.floor * 2**30 * 3 / 16), *FLOOR))

    @property
    def most_shift(self) -> int:
        """Largest normalising shift E, so that floor·2^(2E) stays at 2^30 or below."""
        if self.spec.kind not in SPECTRAL_KINDS:
            return 0
        return max(e for e in range(16) if self.floor << (2 * e) <= 2**30)

    @property
    def reciprocal(self) -> int:
        """1/bands in Q16, for the mean of a relative spec."""
        relative = self.spec.kind == LOG_BANDS and self.spec.relative
        return round(65536 / self.spec.bands) if relative else 0

    def values(self, samples: np.ndarray) -> np.ndarray:
        """Samples, log2 of band power in Q10, mel features or lags, before the affine map.

        Args:
            samples: int16 (window, time, channel).

        Returns:
            int64 (window, frame, feature)
        """
        views = np.lib.stride_tricks.sliding_window_view(
            samples[:, : self.window].astype(np.int64), self.spec.frame, axis=1
        )
        framed = views[:, :: self.spec.hop][:, : self.steps]  # (window, frame, channel, sample)
        values, _ = self._of(framed, None)
        return values.reshape(*values.shape[:2], -1)

    def stream(self, samples: np.ndarray) -> np.ndarray:
        """All frames of an uninterrupted stream, int16 (time, channel) → int8 (frame, feature)."""
        return self.remembered(*self.stream_bands(samples))[0]

    def stream_bands(self, samples: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """Of each frame of a stream what no frame before it changes.

        Args:
            samples: int16 (time, channel), a frame or longer.

        Returns:
            (frame, channel, value) for :meth:`remembered`, and of PCEN the bands' energies.
        """
        views = np.lib.stride_tricks.sliding_window_view(samples, self.spec.frame, axis=0)
        framed = views[:: self.spec.hop]  # (frame, channel, sample)
        parts = [self._bands(framed[first : first + STREAM_CHUNK].astype(np.int64))
                 for first in range(0, len(framed), STREAM_CHUNK)]
        values, energy = zip(*parts, strict=True)
        return np.concatenate(values), None if energy[0] is None else np.concatenate(energy)

    def remembered(
        self, values: np.ndarray, energy: np.ndarray | None,
        level: np.ndarray | None = None, timestep: int | np.ndarray = 1,
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Features of the frames of a stream that are computed, (frame, feature) as int8.

        Args:
            values, energy: of those frames, from :meth:`stream_bands`.
            level: what PCEN remembered before them, (channel, band); None: nothing.
            timestep: hops that each stands for, one number or (frame,).

        Returns:
            The features, and of PCEN what it remembers after each, (frame, channel, band).
        """
        levels = None
        if energy is not None:
            before = None if level is None else level[None]
            values, after = self._pcen(values[None], energy[None], before, timestep)
            values, levels = values[0], after[0]
        return self.affine(values.reshape(len(values), -1)), levels

    def frame(
        self, samples: np.ndarray, level: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """One frame, as a stream takes it.

        Args:
            samples: int16 (window, frame, channel).
            level: what the frame before gave; None: there was none.

        Returns:
            int8 values (window, feature), and PCEN's running levels.
        """
        framed = samples.astype(np.int64).swapaxes(1, 2)[:, None]
        values, level = self._of(framed, level)
        return self.affine(values.reshape(len(samples), -1)), level

    def affine(self, values: np.ndarray) -> np.ndarray:
        """q = sat8((v − offset)·factor / 2^shift), halves rounded up."""
        return sat8(halved(int32((values - self.offset) * self.factor), self.shift))

    def run(self, samples: np.ndarray) -> np.ndarray:
        """int16 samples (window, time, channel) → int8 values (window, frame, feature), int64."""
        return self.affine(self.values(samples))

    def _of(
        self, x: np.ndarray, level: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """(window, frame, channel, sample) → (window, frame, channel, value) and the level."""
        values, energy = self._bands(x)
        if energy is None:
            return values, None
        values, levels = self._pcen(values, energy, level)
        return values, levels[:, -1]

    def _bands(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """(…, channel, sample) → (…, channel, value); of PCEN the logs and the energies."""
        if self.spec.kind == RAW:
            return x, None
        if self.spec.kind == ACF:
            return acf.values(x, self.spec), None
        x = x.reshape(*x.shape[:-1], self.spec.average, self.spec.transform)
        power, e = bin_powers(x, self.tables, self.most_shift)
        if self.spec.kind == LOG_BANDS:
            edges = band_edges(self.spec)
            bands = np.add.reduceat(power[..., : edges[-1] - 1], edges[:-1] - 1, axis=-1)
            return self._relative(bands_of_parts(bands, e, self.floor)), None
        power, e = power[..., 0, :], e[..., 0]
        bands = mel.energies(power, self.filters)
        logs = band_logs(bands, e, self.floor)
        if self.spec.kind == PCEN:
            return logs, mel.level_of(bands, e)
        return mel.cepstral(logs, self.rows) if self.spec.kind == MFCC else logs, None

    def _relative(self, logs: np.ndarray) -> np.ndarray:
        if not self.spec.relative:
            return logs
        mean = logs.sum(axis=-1, keepdims=True) * self.reciprocal
        return logs - ((mean + 32768) >> 16)

    def _pcen(
        self, logs: np.ndarray, energy: np.ndarray, level: np.ndarray | None,
        timestep: int | np.ndarray = 1,
    ) -> tuple[np.ndarray, np.ndarray]:
        """2^k running means: ``level`` before (window, channel, band); given after each frame."""
        shift = self.spec.mel.smoothing_shift
        hops = np.broadcast_to(timestep, logs.shape[1])
        levels = mel.running_levels(energy, level, shift, hops)
        values = mel.normalised(logs, levels >> shift, self.floor, self.spec, self.curve)
        return values, levels
