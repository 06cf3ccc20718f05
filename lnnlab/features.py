"""What a network is fed: raw frames or log-band energies, defined in numpy.

A stream can compute every feature: a frame needs its own samples only, and the two constants
(``full_scale``, ``floor``) are fixed before deployment. Frames are powers of two long and bands
are sums over whole FFT bins, so that a fixed-point port has the same definition.
"""

from dataclasses import asdict, dataclass, replace

import numpy as np

from lnnlab.errors import UserError, unknown

KINDS = ("raw", "log_bands")
SPACINGS = ("linear", "log")


@dataclass(frozen=True)
class FeatureSpec:
    """How samples become feature vectors.

    Choose ``raw`` for slow sensors (hundreds of hertz) and for convolutional networks;
    ``log_bands`` where a fault shows as energy in a resonance, as in bearings.

    Attributes:
        kind: ``"raw"`` or ``"log_bands"``.
        frame: samples per frame; a power of two for ``log_bands``.
        hop: samples from one frame's start to the next.
        bands: number of bands that the bins 1 … frame/2 are summed into (bin 0, the offset of the
            sensor, is left out).
        spacing: ``"linear"`` (bands of equal width) or ``"log"`` (widths that grow).
        floor: power added before the logarithm; full scale has power 1.
        relative: subtract each frame's mean over its bands, so that only the shape of the spectrum
            remains and not its level.
        full_scale: sensor value that is mapped to 1.0; larger values saturate, as they would in
            fixed point.
    """

    kind: str = "log_bands"
    frame: int = 64
    hop: int = 64
    bands: int = 16
    spacing: str = "linear"
    floor: float = 2.0**-20
    relative: bool = False
    full_scale: float = 1.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise unknown("feature kind", self.kind, KINDS)
        if self.spacing not in SPACINGS:
            raise unknown("band spacing", self.spacing, SPACINGS)
        if self.frame < 1 or self.hop < 1:
            raise UserError(f"frame {self.frame} and hop {self.hop} must be 1 sample or more")
        if self.full_scale <= 0 or self.floor <= 0:
            raise UserError("full_scale and floor must be above zero")
        if self.kind == "log_bands":
            if self.frame < 4 or self.frame & (self.frame - 1):
                raise UserError(f"frame {self.frame}: log_bands needs a power of two, 4 or more")
            if not 1 <= self.bands <= self.frame // 2:
                raise UserError(f"bands {self.bands}: choose 1 to {self.frame // 2}")

    def as_dict(self) -> dict:
        """The spec as plain values, for records and checkpoints."""
        return asdict(self)

    def scaled_to(self, x: np.ndarray, headroom: float = 1.25) -> "FeatureSpec":
        """The same spec with ``full_scale`` set from training samples.

        Args:
            x: training samples, any shape, in the sensor's unit.
            headroom: how far above the largest training sample full scale lies.
        """
        largest = float(np.abs(x).max())
        return replace(self, full_scale=headroom * largest if largest > 0 else 1.0)

    def frames(self, samples: int) -> int:
        """How many frames a window of that many samples gives."""
        return 0 if samples < self.frame else 1 + (samples - self.frame) // self.hop

    def size(self, channels: int) -> int:
        """Length of one feature vector."""
        return channels * (self.frame if self.kind == "raw" else self.bands)


def extract(x: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """The features of each window.

    Args:
        x: (window, time, channel) in the sensor's unit.

    Returns:
        float32 (window, frame, feature); the features of channel 0 come first.

    Raises:
        UserError: the windows are shorter than a frame.
    """
    _refuse_short(x.shape[1], spec)
    framed = _framed(np.clip(x / spec.full_scale, -1.0, 1.0), spec)
    if spec.kind == "log_bands":
        framed = log_bands(framed, spec)
    windows, count = framed.shape[:2]
    return np.ascontiguousarray(framed.reshape(windows, count, -1), dtype=np.float32)


def extract_timespans(timespans: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """The time from frame to frame where the samples are irregular, (window, frame) in seconds.

    Raises:
        UserError: bands of an irregular signal have no meaning; use raw frames.
    """
    if spec.kind != "raw":
        raise UserError(
            "irregular time column: frequency bands need a constant rate; use raw features "
            "(feature='raw')"
        )
    _refuse_short(timespans.shape[1], spec)
    ends = np.cumsum(timespans, axis=1)[:, spec.frame - 1 :: spec.hop]  # (window, frame)
    return np.diff(ends, axis=1, prepend=0.0).astype(np.float32)


def band_edges(spec: FeatureSpec) -> np.ndarray:
    """First FFT bin of each band, and one past the last: (bands + 1,) of int."""
    bins = spec.frame // 2
    if spec.spacing == "linear":
        return np.floor(1 + np.arange(spec.bands + 1) * bins / spec.bands + 0.5).astype(int)
    edges = np.round(np.geomspace(1, bins + 1, spec.bands + 1)).astype(int)
    for k in range(1, spec.bands + 1):  # a band is never empty
        edges[k] = max(edges[k], edges[k - 1] + 1)
    for k in range(spec.bands, 0, -1):
        edges[k] = min(edges[k], bins + 1 - (spec.bands - k))
    return edges


def log_bands(framed: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """log2 of the power in each band, the power of a full-scale square wave being 1.

    The frame is weighted with a periodic Hann window w. Bin k holds the one-sided power
    c_k·|X_k|² / (N·Σw²), with c = 2 and c = 1 at the Nyquist bin (Welch's periodogram at unit
    rate, divided by N), so that the bins of white noise add up to its variance.

    Args:
        framed: (window, frame, channel, sample), full scale at 1.

    Returns:
        (window, frame, channel, band)
    """
    length = spec.frame
    weight = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    spectrum = np.fft.rfft(framed * weight, axis=-1)
    power = 2 * np.abs(spectrum) ** 2 / (length * np.sum(weight**2))
    power[..., -1] /= 2
    edges = band_edges(spec)
    bands = np.add.reduceat(power, edges[:-1], axis=-1)  # (window, frame, channel, band)
    logs = np.log2(bands + spec.floor)
    return logs - logs.mean(axis=-1, keepdims=True) if spec.relative else logs


def _framed(x: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """(window, time, channel) → (window, frame, channel, sample)."""
    views = np.lib.stride_tricks.sliding_window_view(x, spec.frame, axis=1)
    return views[:, :: spec.hop]


def _refuse_short(samples: int, spec: FeatureSpec) -> None:
    if spec.frames(samples) < 1:
        raise UserError(f"a window of {samples} samples is shorter than a frame of {spec.frame}")
