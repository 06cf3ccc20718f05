"""What a network is fed, as one frozen description that models, files and C share."""

from dataclasses import asdict, dataclass, replace

import numpy as np

from lnnlab.errors import UserError, unknown

RAW, LOG_BANDS, LOG_MEL, MFCC, PCEN = "raw", "log_bands", "log_mel", "mfcc", "pcen"
KINDS = (RAW, LOG_BANDS, LOG_MEL, MFCC, PCEN)
MEL_KINDS = (LOG_MEL, MFCC, PCEN)
SPACINGS = ("linear", "log")
LARGEST_SHIFT = 12  # of PCEN's smoothing


@dataclass(frozen=True)
class Mel:
    """What the mel kinds of a :class:`FeatureSpec` need beside frames and bands.

    Attributes:
        rate_hz: samples per second; the filters lie at frequencies, so they depend on it.
        low_hz, high_hz: where the lowest filter starts and the highest ends.
        coefficients: of ``mfcc``, the first ones of the cosine transform.
        exponent: of ``pcen``, how much of a band's own level is taken away, 0 to 1.
        smoothing: of ``pcen``, share of the newest frame in a band's running level; a power of
            two, so that a microcontroller shifts.
        bias, root: of ``pcen``, δ and r of (x + δ)^r − δ^r.
    """

    rate_hz: float = 16_000.0
    low_hz: float = 60.0
    high_hz: float = 7_600.0
    coefficients: int = 13
    exponent: float = 0.8
    smoothing: float = 2.0**-5
    bias: float = 2.0
    root: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.low_hz < self.high_hz <= self.rate_hz / 2:
            raise UserError(
                f"mel filters from {self.low_hz:g} to {self.high_hz:g} Hz: they must rise and "
                f"stay below half the rate, {self.rate_hz / 2:g} Hz"
            )
        if not (0 <= self.exponent <= 1 and self.bias >= 0 and 0 < self.root <= 1):
            raise UserError("pcen: choose 0 ≤ exponent ≤ 1, bias ≥ 0, 0 < root ≤ 1")
        if self.smoothing not in [2.0**-shift for shift in range(1, LARGEST_SHIFT + 1)]:
            raise UserError(
                f"pcen: smoothing {self.smoothing:g} must be a power of two from "
                f"2^-{LARGEST_SHIFT} to 1/2, such as {2.0**-5:g}"
            )

    @property
    def smoothing_shift(self) -> int:
        """k of smoothing = 2^−k."""
        return round(-np.log2(self.smoothing))


@dataclass(frozen=True)
class FeatureSpec:
    """How samples become feature vectors.

    Choose ``raw`` for slow sensors (hundreds of hertz) and for convolutional networks;
    ``log_bands`` where a fault shows as energy in a resonance, as in bearings; ``pcen`` for
    speech and other sounds whose level and background vary; ``log_mel`` and ``mfcc`` to compare
    with the literature.

    Attributes:
        kind: one of ``KINDS``.
        frame: samples per frame; a power of two for all kinds but ``raw``.
        hop: samples from one frame's start to the next.
        bands: number of bands; of ``log_bands`` the bins 1 … frame/2 are summed into them (bin 0,
            the offset of the sensor, is left out), of the mel kinds they are triangles.
        spacing: of ``log_bands``: ``"linear"`` (bands of equal width) or ``"log"`` (widths that
            grow).
        floor: power added before the logarithm; full scale has power 1.
        relative: of ``log_bands``: subtract each frame's mean over its bands, so that only the
            shape of the spectrum remains and not its level.
        full_scale: sensor value that is mapped to 1.0; larger values saturate, as they would in
            fixed point.
        mel: of the mel kinds; a plain dictionary of its fields does as well.
    """

    kind: str = LOG_BANDS
    frame: int = 64
    hop: int = 64
    bands: int = 16
    spacing: str = "linear"
    floor: float = 2.0**-20
    relative: bool = False
    full_scale: float = 1.0
    mel: Mel | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise unknown("feature kind", self.kind, KINDS)
        if self.spacing not in SPACINGS:
            raise unknown("band spacing", self.spacing, SPACINGS)
        if self.frame < 1 or self.hop < 1:
            raise UserError(f"frame {self.frame} and hop {self.hop} must be 1 sample or more")
        if self.full_scale <= 0 or self.floor <= 0:
            raise UserError("full_scale and floor must be above zero")
        if self.kind in MEL_KINDS:
            given = self.mel or {}
            object.__setattr__(self, "mel", Mel(**given) if isinstance(given, dict) else given)
        elif self.mel is not None:
            raise UserError(f"feature kind '{self.kind}' takes no mel settings")
        if self.kind != RAW:
            self._check_bands()

    def _check_bands(self) -> None:
        if self.frame < 4 or self.frame & (self.frame - 1):
            raise UserError(f"frame {self.frame}: {self.kind} needs a power of two, 4 or more")
        if not 1 <= self.bands <= self.frame // 2:
            raise UserError(f"bands {self.bands}: choose 1 to {self.frame // 2}")
        if self.kind == MFCC and not 1 <= self.mel.coefficients <= self.bands:
            raise UserError(f"coefficients {self.mel.coefficients}: choose 1 to {self.bands}")

    def as_dict(self) -> dict:
        """The spec as plain values, for records and checkpoints; ``mel`` only where it is used."""
        plain = asdict(self)
        return plain if self.mel is not None else {k: v for k, v in plain.items() if k != "mel"}

    def scaled_to(self, x: np.ndarray, headroom: float = 1.25) -> "FeatureSpec":
        """The same spec with ``full_scale`` set from training samples.

        The mel kinds keep theirs: recordings of sound have a full scale of their own.

        Args:
            x: training samples, any shape, in the sensor's unit.
            headroom: how far above the largest training sample full scale lies.
        """
        if self.kind in MEL_KINDS:
            return self
        largest = float(np.abs(x).max())
        return replace(self, full_scale=headroom * largest if largest > 0 else 1.0)

    def frames(self, samples: int) -> int:
        """How many frames a window of that many samples gives."""
        return 0 if samples < self.frame else 1 + (samples - self.frame) // self.hop

    @property
    def per_channel(self) -> int:
        """Features of one channel in one frame."""
        if self.kind == RAW:
            return self.frame
        return self.mel.coefficients if self.kind == MFCC else self.bands

    def size(self, channels: int) -> int:
        """Length of one feature vector."""
        return channels * self.per_channel
