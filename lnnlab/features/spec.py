"""What a network is fed, as one frozen description that models, files and C share."""

from dataclasses import InitVar, asdict, dataclass, replace
from numbers import Integral, Real

import numpy as np

from lnnlab.errors import UserError, unknown

RAW, LOG_BANDS, LOG_MEL, MFCC, PCEN, ACF = "raw", "log_bands", "log_mel", "mfcc", "pcen", "acf"
KINDS = (RAW, LOG_BANDS, LOG_MEL, MFCC, PCEN, ACF)
MEL_KINDS = (LOG_MEL, MFCC, PCEN)
SPECTRAL_KINDS = (LOG_BANDS, *MEL_KINDS)
LAGS = (8, 16, 24, 32)  # eight share the registers of a core
ACF_SETTINGS = {"lags": 16, "stride": 2, "mean": False, "headroom": 4.0}
REMOVED = "removed"  # of a frame's mean: taken off and not given
HANN, RECT, SINE = WINDOWS = ("hann", "rect", "sine")
BANDS_SETTINGS = {"window": HANN, "average": 1}  # absent from records where they are these
SPACINGS = ("linear", "log")
MARGIN = 1.25  # of full scale above the largest training sample
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
    ``log_bands`` where a fault shows as energy in a resonance, as in bearings; ``acf`` for the
    same where cycles are few; ``pcen`` for speech and other sounds whose level and background
    vary; ``log_mel`` and ``mfcc`` to compare with the literature.

    Attributes:
        kind: one of ``KINDS``.
        frame: samples per frame; a power of two for kinds with a spectrum (``average`` times one),
            even for ``acf``.
        hop: samples from one frame's start to the next.
        bands: number of bands; of ``log_bands`` the bins 1 … frame/2 are summed into them (bin 0,
            the offset of the sensor, is left out), of the mel kinds they are triangles.
        spacing: of ``log_bands``: ``"linear"`` (equal widths) or ``"log"`` (widths that grow).
        floor: power added before the logarithm; full scale has power 1.
        relative: only the shape of the spectrum remains and not its level: of ``log_bands`` each
            frame's mean over its bands is subtracted, of ``acf`` the level is left out.
        full_scale: sensor value that is mapped to 1.0; larger values saturate, as they would in
            fixed point.
        mel: of the mel kinds; a plain dictionary of its fields does as well.
        lags: of ``acf``, how many correlations follow the level: 8, 16 (the default), 24 or 32.
        stride: of ``acf``, pairs of samples from one place where products are taken to the next,
            2 if not given; twice the stride takes half the cycles.
        mean: of ``acf``: take each channel's mean off a frame first and give it as one feature
            more, as accelerometers ask for that stand at an angle; ``"removed"``: take it off and
            do not give it, so that how the sensor stands cannot be told.
        headroom: of ``acf``, 4 if not given: full scale lies so many times higher than that of
            other kinds, see :meth:`scaled_to`, so that sums of squares seldom leave 32 bits.
        window: of a transform: ``"hann"``; ``"sine"``, from which sound can be made again; of
            ``log_bands`` also ``"rect"``, all alike, whose lines leak further.
        average: of ``log_bands``, parts of a frame; the mean of their powers is taken before the
            logarithm (Bartlett's method), which varies less than a network's mean of logarithms.
        block: frame and hop in one word, for frames that do not overlap; not kept.
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
    lags: int | None = None
    stride: int | None = None
    mean: bool | str | None = None
    headroom: float | None = None
    window: str = HANN
    average: int = 1
    block: InitVar[int | None] = None

    def __post_init__(self, block: int | None) -> None:
        if block is not None:
            object.__setattr__(self, "frame", block)
            object.__setattr__(self, "hop", block)
        self._check_types()
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
        self._settle_acf()
        self._check_window()
        if self.kind in SPECTRAL_KINDS:
            self._check_bands()
        elif self.kind == ACF:
            self._check_acf()

    def _check_types(self) -> None:
        given = {name: value for name, value in vars(self).items()
                 if value is not None or name not in ACF_SETTINGS}
        for name in ("frame", "hop", "bands", "average", "lags", "stride"):
            value = given.get(name, 1)
            if isinstance(value, bool) or not isinstance(value, Integral):
                raise UserError(f"{name} {value!r}: must be a whole number")
        for name, further in (("relative", ()), ("mean", (REMOVED,))):
            value, words = given.get(name, False), "".join(f" or {each!r}" for each in further)
            if value not in (True, False, *further):
                raise UserError(f"{name} {value!r}: choose True or False{words}")
        for name in ("full_scale", "floor", "headroom"):
            value = given.get(name, 1.0)
            if not isinstance(value, Real) or not np.isfinite(value):
                raise UserError(f"{name} {value!r}: must be a number above zero")

    def _check_bands(self) -> None:
        length, several = self.transform, f" of {self.average} parts" if self.average > 1 else ""
        if length < 4 or length & (length - 1) or self.frame % self.average:
            raise UserError(f"frame {self.frame}{several}: {self.kind} needs a power of two, 4 or "
                            "more" + " in each part" * bool(several))
        if not 1 <= self.bands <= length // 2:
            raise UserError(f"bands {self.bands}: choose 1 to {length // 2}")
        if self.kind == MFCC and not 1 <= self.mel.coefficients <= self.bands:
            raise UserError(f"coefficients {self.mel.coefficients}: choose 1 to {self.bands}")

    def _check_window(self) -> None:
        if self.window not in WINDOWS:
            raise unknown("window", self.window, WINDOWS)
        if self.average < 1:
            raise UserError(f"average {self.average}: choose 1 or more parts of a frame")
        own = {SINE} if self.kind in MEL_KINDS else set()
        for name, usual in BANDS_SETTINGS.items():
            if self.kind != LOG_BANDS and getattr(self, name) not in {usual, *own}:
                raise UserError(f"feature kind '{self.kind}' takes no {name}; 'log_bands' does")

    def _settle_acf(self) -> None:
        """Settings of ``acf`` that were not given, and a refusal of them for other kinds."""
        for name, usual in ACF_SETTINGS.items():
            given = getattr(self, name)
            if self.kind == ACF:
                object.__setattr__(self, name, usual if given is None else given)
            elif given is not None:
                raise UserError(f"feature kind '{self.kind}' takes no {name}; kind 'acf' does")

    def _check_acf(self) -> None:
        if self.frame % 2:
            raise UserError(f"block {self.frame}: acf takes samples in pairs, choose an even one")
        if self.lags not in LAGS:
            raise UserError(f"lags {self.lags}: choose 8, 16, 24 or 32")
        if self.frame < self.lags + 2:
            raise UserError(f"block {self.frame}: shorter than its {self.lags} lags; choose "
                            f"{self.lags + 2} samples or more, or fewer lags")
        if not 1 <= self.stride <= self.frame // 2:
            raise UserError(f"stride {self.stride}: choose 1 to {self.frame // 2} pairs of samples")
        if not self.headroom > 0:
            raise UserError(f"headroom {self.headroom}: choose a number above zero, such as 4")

    def as_dict(self) -> dict:
        """The spec as plain values, for records and checkpoints, but for what its kind lacks."""
        return {name: value for name, value in asdict(self).items()
                if value is not None and (name, value) not in BANDS_SETTINGS.items()}

    def scaled_to(self, x: np.ndarray, margin: float = MARGIN) -> "FeatureSpec":
        """The same spec with ``full_scale`` set from training samples.

        The mel kinds keep theirs: recordings of sound have a full scale of their own.

        Args:
            x: training samples, any shape, in the sensor's unit.
            margin: how far above the largest training sample full scale lies, times ``headroom``
                where the kind has one.
        """
        if self.kind in MEL_KINDS:
            return self
        largest = float(np.abs(x).max()) * (self.headroom or 1.0)
        return replace(self, full_scale=margin * largest if largest > 0 else 1.0)

    def frames(self, samples: int) -> int:
        """How many frames a window of that many samples gives."""
        return 0 if samples < self.frame else 1 + (samples - self.frame) // self.hop

    @property
    def transform(self) -> int:
        """Samples of each transform."""
        return self.frame // self.average

    @property
    def gives_mean(self) -> bool:
        """Whether the mean of a frame is a feature."""
        return bool(self.mean) and self.mean != REMOVED

    @property
    def per_channel(self) -> int:
        """Features of one channel in one frame."""
        if self.kind == RAW:
            return self.frame
        if self.kind == ACF:
            return (not self.relative) + self.lags + self.gives_mean
        return self.mel.coefficients if self.kind == MFCC else self.bands

    def size(self, channels: int) -> int:
        """Length of one feature vector."""
        return channels * self.per_channel
