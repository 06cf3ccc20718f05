"""Features in integers: raw frames or log-band energies of int16 samples, as int8.

The float definition is :mod:`lnnlab.features`; steps and roundings are those of
``lnnlab/runtime/FORMAT.md``, section 2.
"""

from dataclasses import dataclass, field

import numpy as np

from lnnlab.errors import UserError
from lnnlab.features import FeatureSpec, band_edges
from lnnlab.integer.arithmetic import (
    halved,
    int16,
    int32,
    leading_zeros,
    log2_q10,
    sat8,
    sat16,
    uint32,
)

FULL_Q15 = 32767
LARGEST_FACTOR = 16383


def quantise_samples(x: np.ndarray, full_scale: float) -> np.ndarray:
    """Sensor values as int16 samples: ``full_scale`` becomes 32768; larger values saturate."""
    return sat16(np.round(np.asarray(x, dtype=np.float64) / full_scale * 32768)).astype(np.int16)


@dataclass(frozen=True)
class Tables:
    """The constants of a transform of ``frame`` samples, all int16 in Q15 but ``reversed``."""

    window: np.ndarray  # (frame,) periodic Hann
    twiddle: np.ndarray  # (frame/4, 2)
    split: np.ndarray  # (frame/4, 2)
    reversed: np.ndarray  # (frame/2,)


def transform_tables(frame: int) -> Tables:
    """The tables of a frame length, a power of two from 8 to 1024."""
    half = frame // 2
    turn = np.arange(frame // 4)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(frame) / frame)
    twiddle = np.exp(-2j * np.pi * turn / half)
    split = -1j * np.exp(-2j * np.pi * turn / frame)
    bits = half.bit_length() - 1
    order = [int(f"{n:0{bits}b}"[::-1], 2) for n in range(half)]
    return Tables(_q15(window), _pairs(twiddle), _pairs(split), np.array(order))


@dataclass(frozen=True)
class IntegerFeatures:
    """How int16 samples become the int8 that the first layer sees.

    Attributes:
        spec: the float definition that this is the twin of.
        channels: channels of the signal.
        window: samples per decision.
        rate_hz: samples per second.
        offset, factor, shift: the affine map of each feature, see :meth:`affine`.
    """

    spec: FeatureSpec
    channels: int
    window: int
    rate_hz: float
    offset: np.ndarray  # (feature,) int16
    factor: np.ndarray  # (feature,) 0 … 16383
    shift: int
    tables: Tables | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.spec.kind == "log_bands":
            if not 8 <= self.spec.frame <= 1024:
                raise UserError(f"frame {self.spec.frame}: the runtime takes 8 to 1024 samples")
            object.__setattr__(self, "tables", transform_tables(self.spec.frame))

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
        """The spec's floor in the unit of a band's integer power; 0 for raw frames."""
        if self.spec.kind == "raw":
            return 0
        return min(2**28, max(1, round(self.spec.floor * 2**30 * 3 / 16)))

    @property
    def most_shift(self) -> int:
        """Largest normalising shift E, so that floor·2^(2E) stays at 2^30 or below."""
        if self.spec.kind == "raw":
            return 0
        return max(e for e in range(16) if self.floor << (2 * e) <= 2**30)

    def values(self, samples: np.ndarray) -> np.ndarray:
        """Samples, or log2 of band power in Q10, before the affine map.

        Args:
            samples: int16 (window, time, channel).

        Returns:
            int64 (window, frame, feature)
        """
        views = np.lib.stride_tricks.sliding_window_view(
            samples[:, : self.window].astype(np.int64), self.spec.frame, axis=1
        )
        framed = views[:, :: self.spec.hop][:, : self.steps]  # (window, frame, channel, sample)
        if self.spec.kind == "log_bands":
            framed = self._log_bands(framed)
        return framed.reshape(*framed.shape[:2], -1)

    def frame(self, samples: np.ndarray) -> np.ndarray:
        """One frame's int16 samples (window, frame, channel) → int8 values (window, feature)."""
        framed = samples.astype(np.int64).swapaxes(1, 2)[:, None]
        values = self._log_bands(framed) if self.spec.kind == "log_bands" else framed
        return self.affine(values.reshape(len(samples), -1))

    def affine(self, values: np.ndarray) -> np.ndarray:
        """q = sat8((v − offset)·factor / 2^shift), halves rounded up."""
        return sat8(halved(int32((values - self.offset) * self.factor), self.shift))

    def run(self, samples: np.ndarray) -> np.ndarray:
        """int16 samples (window, time, channel) → int8 values (window, frame, feature), int64."""
        return self.affine(self.values(samples))

    def _log_bands(self, x: np.ndarray) -> np.ndarray:
        bits = np.bitwise_or.reduce(x ^ (x >> 15), axis=-1)  # (window, frame, channel)
        e = np.minimum(self.most_shift, leading_zeros(bits) - 17)
        y = int32((x << e[..., None]) * self.tables.window + 32768) >> 16
        power = self._power(y)  # (window, frame, channel, bin 1 … frame/2)
        edges = band_edges(self.spec)
        bands = np.add.reduceat(power[..., : edges[-1] - 1], edges[:-1] - 1, axis=-1)
        power = uint32(bands + (self.floor << (2 * e[..., None])))
        logs = log2_q10(power) - 2048 * e[..., None]
        if self.spec.relative:
            mean = logs.sum(axis=-1, keepdims=True) * self.reciprocal
            logs = logs - ((mean + 32768) >> 16)
        return logs

    @property
    def reciprocal(self) -> int:
        """1/bands in Q16, for the mean of a relative spec."""
        relative = self.spec.kind == "log_bands" and self.spec.relative
        return round(65536 / self.spec.bands) if relative else 0

    def _power(self, y: np.ndarray) -> np.ndarray:
        """|X|² of bins 1 … frame/2 from windowed samples (…, sample)."""
        m = self.spec.frame // 2
        re, im = np.empty((*y.shape[:-1], m), np.int64), np.empty((*y.shape[:-1], m), np.int64)
        re[..., self.tables.reversed], im[..., self.tables.reversed] = y[..., 0::2], y[..., 1::2]
        transform(re, im, self.tables.twiddle)
        k = np.arange(1, m // 2)
        low, high = (re[..., k], im[..., k]), (re[..., m - k], im[..., m - k])
        s = [(a + b) >> 1 for a, b in zip(low, high, strict=True)]
        d = [(a - b) >> 1 for a, b in zip(low, high, strict=True)]
        (ur, ui), (er, ei), (odd_r, odd_i) = self.tables.split[k].T, (s[0], d[1]), (d[0], s[1])
        tr, ti = (int32(odd_r * ur - odd_i * ui) >> 15, int32(odd_r * ui + odd_i * ur) >> 15)
        for each in (er + tr, ei + ti, er - tr, ei - ti):
            int16(each)  # so that squares and their sums fit uint32
        power = np.empty((*y.shape[:-1], m), np.int64)
        power[..., k - 1] = (er + tr) ** 2 + (ei + ti) ** 2
        power[..., m - k - 1] = (er - tr) ** 2 + (ei - ti) ** 2
        power[..., m // 2 - 1] = re[..., m // 2] ** 2 + im[..., m // 2] ** 2
        power[..., m - 1] = ((re[..., 0] - im[..., 0]) ** 2) >> 1
        return power


def transform(re: np.ndarray, im: np.ndarray, twiddle: np.ndarray) -> None:
    """Complex FFT of bit-reversed input in place, divided by its length.

    Each stage halves. The error of a value is at most 2.8 a stage (2.1 of truncation, 0.6 of
    twiddles in Q15 at full scale), whatever the input.

    Args:
        re, im: (…, length); twiddle: (length/2, 2) in Q15.
    """
    length, half = re.shape[-1], 1
    while half < length:
        k = np.arange(half)
        starts = np.arange(0, length, 2 * half)[:, None]
        a, b = starts + k, starts + k + half  # (block, butterfly)
        ar, ai, br, bi = re[..., a], im[..., a], re[..., b], im[..., b]
        if half <= 2:
            quarter = k == 1  # of stage 2: b is turned by −i
            br, bi = np.where(quarter, bi, br), np.where(quarter, -br, bi)
            re[..., a], im[..., a] = (ar + br) >> 1, (ai + bi) >> 1
            re[..., b], im[..., b] = (ar - br) >> 1, (ai - bi) >> 1
        else:
            wr, wi = twiddle[k * (length // 2) // half].T
            tr, ti = int32(br * wr - bi * wi) >> 16, int32(br * wi + bi * wr) >> 16
            re[..., a], im[..., a] = (ar >> 1) + tr, (ai >> 1) + ti
            re[..., b], im[..., b] = (ar >> 1) - tr, (ai >> 1) - ti
        int16(re), int16(im)
        half *= 2


def _q15(x: np.ndarray) -> np.ndarray:
    return np.round(FULL_Q15 * x).astype(np.int64)


def _pairs(x: np.ndarray) -> np.ndarray:
    return np.stack([_q15(x.real), _q15(x.imag)], axis=-1)
