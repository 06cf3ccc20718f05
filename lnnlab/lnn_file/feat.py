"""The ``FEAT`` record to and from features (FORMAT.md, section 2)."""

import struct
from dataclasses import astuple, dataclass, replace

import numpy as np

from lnnlab.errors import UserError
from lnnlab.features import FeatureSpec, Mel, band_edges
from lnnlab.features.mel import segments
from lnnlab.features.spec import KINDS, LOG_BANDS, MEL_KINDS, MFCC, PCEN, RAW
from lnnlab.integer.features import LARGEST_FACTOR, IntegerFeatures
from lnnlab.integer.mel import exponent_q15
from lnnlab.lnn_file.packing import Pool, Reader

FEAT = struct.Struct("<8H I 2f I 2H 10I 4f 2H")
MOST_CHANNELS, MOST_FEATURES, MOST_SAMPLES, LARGEST_FLOOR = 16, 512, 1 << 24, 1 << 28
INTEGER_TABLES = (("window", "<i2"), ("twiddle", "<i2"), ("split", "<i2"), ("reversed", "<u2"))


@dataclass
class Feat:
    """The fields of ``FEAT`` in their order; ``…_at``: offsets in ``DATA``."""

    kind: int
    channels: int
    frame: int
    hop: int
    bands: int
    flags: int
    size: int
    steps: int
    window: int
    rate_hz: float
    full_scale: float
    floor: int
    most_shift: int
    shift: int
    window_at: int = 0
    twiddle_at: int = 0
    split_at: int = 0
    reversed_at: int = 0
    edges_at: int = 0
    offset_at: int = 0
    factor_at: int = 0
    reciprocal: int = 0
    rising_at: int = 0
    more_at: int = 0
    low_hz: float = 0.0
    high_hz: float = 0.0
    bias: float = 0.0
    root: float = 0.0
    exponent: int = 0
    smoothing_shift: int = 0

    def pack(self) -> bytes:
        """The 96 bytes."""
        return FEAT.pack(*astuple(self))

    @classmethod
    def unpack(cls, data: bytes) -> "Feat":
        """The fields of 96 bytes."""
        return cls(*FEAT.unpack(data))


def described(
    spec: FeatureSpec, channels: int, window: int, rate_hz: float, floor: int
) -> Feat:
    """The fields that both arithmetics share, without arrays and shifts."""
    relative = spec.kind == LOG_BANDS and spec.relative
    feat = Feat(
        KINDS.index(spec.kind), channels, spec.frame, spec.hop,
        spec.bands if spec.kind != RAW else 0, int(relative),
        spec.size(channels), spec.frames(window), window, rate_hz, spec.full_scale, floor, 0, 0,
        reciprocal=round(65536 / spec.bands) if relative else 0,
    )
    if spec.kind in MEL_KINDS:
        feat.low_hz, feat.high_hz = spec.mel.low_hz, spec.mel.high_hz
    if spec.kind == PCEN:
        feat.bias, feat.root = spec.mel.bias, spec.mel.root
        feat.exponent, feat.smoothing_shift = exponent_q15(spec), spec.mel.smoothing_shift
    return feat


def encode_features(features: IntegerFeatures, pool: Pool) -> bytes:
    """The record; its arrays go into ``pool``."""
    spec, tables = features.spec, features.tables
    feat = described(
        spec, features.channels, features.window, features.rate_hz, features.floor
    )
    if tables is not None:
        for name, kind in INTEGER_TABLES:
            setattr(feat, f"{name}_at", pool.add(getattr(tables, name), kind))
        edges = band_edges(spec) if spec.kind == LOG_BANDS else features.filters.starts
        feat.edges_at = pool.add(edges, "<u2")
    if features.filters is not None:
        feat.rising_at = pool.add(features.filters.rising, "<i2")
    for further in (features.rows, features.curve):
        if further is not None:
            feat.more_at = pool.add(further, "<i2")
    feat.most_shift, feat.shift = features.most_shift, features.shift
    feat.offset_at = pool.add(features.offset, "<i2")
    feat.factor_at = pool.add(features.factor, "<i2")
    return feat.pack()


def decode_features(data: bytes, at: int, reader: Reader) -> IntegerFeatures:
    """The features of a record that starts at ``at`` of the file."""
    feat = Feat.unpack(data)
    spec = decode_spec(feat, feat.floor * 16 / 3 / 2**30, at, reader)
    if feat.kind and not 1 <= feat.floor <= LARGEST_FLOOR:
        raise reader.refuse(at + 28, f"floor {feat.floor}")
    if not 1 <= feat.shift <= 30:
        raise reader.refuse(at + 34, f"shift {feat.shift} of the affine map")
    features = IntegerFeatures(
        spec, feat.channels, feat.window, feat.rate_hz,
        reader.take(feat.offset_at, feat.size, "<i2", at + 56),
        reader.take(feat.factor_at, feat.size, "<i2", at + 60), feat.shift,
    )
    if features.factor.min() < 0 or features.factor.max() > LARGEST_FACTOR:
        raise reader.refuse(at + 60, "a factor outside 0 … 16383")
    if features.tables is not None:
        _check_tables(features, feat, at, reader)
    again = Feat.unpack(encode_features(features, Pool()))
    places = {name: getattr(feat, name) for name in vars(feat) if name.endswith("_at")}
    if replace(again, **places) != feat:
        raise reader.refuse(at, "fields that contradict each other")
    return features


def _check_tables(features: IntegerFeatures, feat: Feat, at: int, reader: Reader) -> None:
    """Refuse constants other than those that the definition gives."""
    tables = [(getattr(features.tables, name), kind, getattr(feat, f"{name}_at"), 36 + 4 * number)
              for number, (name, kind) in enumerate(INTEGER_TABLES)]
    if features.filters is not None:
        tables += [(features.filters.starts, "<u2", feat.edges_at, 52),
                   (features.filters.rising, "<i2", feat.rising_at, 68)]
    tables += [(further, "<i2", feat.more_at, 72)
               for further in (features.rows, features.curve) if further is not None]
    for table, kind, offset, place in tables:
        stored = reader.take(offset, table.size, kind, at + place)
        if not np.array_equal(stored, table.ravel()):
            raise reader.refuse(at + place, "a table is not the defined one")


def decode_spec(feat: Feat, floor: float, at: int, reader: Reader) -> FeatureSpec:
    """The float definition behind a record whose fields are in range.

    Args:
        feat: the record; floor: its band floor as ``FeatureSpec`` counts it.
        at: where it stands in the file.
    """
    for offset, fits, what in _ranges(feat):
        if not fits:
            raise reader.refuse(at + offset, what)
    if KINDS[feat.kind] == RAW:
        return FeatureSpec(RAW, feat.frame, feat.hop, full_scale=feat.full_scale)
    if KINDS[feat.kind] in MEL_KINDS:
        return _mel_spec(feat, floor, at, reader)
    stored = reader.take(feat.edges_at, feat.bands + 1, "<u2", at + 52)
    for spacing in ("linear", "log"):
        try:
            spec = FeatureSpec("log_bands", feat.frame, feat.hop, feat.bands, spacing, floor,
                               bool(feat.flags & 1), feat.full_scale)
        except UserError as error:
            raise reader.refuse(at, str(error)) from error
        if np.array_equal(band_edges(spec), stored):
            return spec
    raise reader.refuse(at + 52, "band edges that no spacing gives")


def _mel_spec(feat: Feat, floor: float, at: int, reader: Reader) -> FeatureSpec:
    kind = KINDS[feat.kind]
    mel = {"rate_hz": feat.rate_hz, "low_hz": feat.low_hz, "high_hz": feat.high_hz}
    if kind == MFCC:
        mel["coefficients"] = feat.size // feat.channels
    if kind == PCEN:
        mel |= {"exponent": feat.exponent / 32768, "smoothing": 2.0**-feat.smoothing_shift,
                "bias": feat.bias, "root": feat.root}
    try:
        spec = FeatureSpec(kind, feat.frame, feat.hop, feat.bands, floor=floor,
                           full_scale=feat.full_scale, mel=Mel(**mel))
        segments(spec)  # whether every filter holds a bin
    except UserError as error:
        raise reader.refuse(at + 68, str(error)) from error
    return spec


def _ranges(feat: Feat) -> list[tuple[int, bool, str]]:
    """(offset, whether the field is in range, what to say) of each field."""
    frame, bands = feat.frame, feat.kind > 0
    whole = 8 <= frame <= 1024 and not frame & (frame - 1) if bands else frame >= 1
    own = feat.bands if bands else frame
    if feat.kind == KINDS.index(MFCC) and feat.channels:
        own = feat.size // feat.channels
    size = feat.channels * own
    steps = 1 + (feat.window - frame) // feat.hop if feat.hop and feat.window >= frame else 0
    return [
        (0, feat.kind < len(KINDS), f"feature kind {feat.kind}"),
        (2, 1 <= feat.channels <= MOST_CHANNELS, f"{feat.channels} channels"),
        (4, whole, f"frame {frame}"),
        (6, feat.hop >= 1, "hop 0"),
        (8, 1 <= feat.bands <= frame // 2 if bands else not feat.bands, f"{feat.bands} bands"),
        (12, 1 <= feat.size == size <= MOST_FEATURES, f"{feat.size} features"),
        (14, 1 <= feat.steps == steps, f"{feat.steps} frames a decision"),
        (16, feat.window <= MOST_SAMPLES, f"{feat.window} samples a decision"),
        (20, _positive(feat.rate_hz), f"a rate of {feat.rate_hz} Hz"),
        (24, _positive(feat.full_scale), f"full scale {feat.full_scale}"),
        (76, bool(np.isfinite([feat.low_hz, feat.high_hz, feat.bias, feat.root]).all()),
         "a mel setting that is not finite"),
    ]


def _positive(x: float) -> bool:
    return bool(np.isfinite(x)) and x > 0
