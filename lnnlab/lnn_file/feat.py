"""The ``FEAT`` record to and from features (FORMAT.md, section 2)."""

import numpy as np

from lnnlab.errors import UserError
from lnnlab.features import FeatureSpec, Mel, band_edges
from lnnlab.features.acf import places
from lnnlab.features.mel import segments
from lnnlab.features.spec import (
    ACF,
    HANN,
    KINDS,
    LOG_BANDS,
    MEL_KINDS,
    MFCC,
    PCEN,
    RAW,
    RECT,
    REMOVED,
    SINE,
    SPECTRAL_KINDS,
)
from lnnlab.integer import ranges
from lnnlab.integer.features import IntegerFeatures
from lnnlab.integer.mel import exponent_q15
from lnnlab.integer.ranges import fits
from lnnlab.lnn_file.packing import Pool, Reader
from lnnlab.lnn_file.structures import MEAN, NO_LEVEL, NO_MEAN, RELATIVE, FeatureRecord

INTEGER_TABLES = (("window", "<i2"), ("twiddle", "<i2"), ("split", "<i2"), ("reversed", "<u2"))


def described(
    spec: FeatureSpec, channels: int, window: int, rate_hz: float
) -> FeatureRecord:
    """The fields that both arithmetics share: none of floor, arrays and shifts."""
    relative = spec.kind == LOG_BANDS and spec.relative
    feat = FeatureRecord(
        KINDS.index(spec.kind), channels, spec.frame, spec.hop, size=spec.size(channels),
        steps=spec.frames(window), window=window, rate_hz=rate_hz, full_scale=spec.full_scale,
    )
    if spec.kind in SPECTRAL_KINDS:
        feat.bands = spec.bands
    if spec.average > 1:
        feat.average = spec.average
    if relative:
        feat.flags, feat.reciprocal = RELATIVE, round(65536 / spec.bands)
    if spec.kind in MEL_KINDS:
        feat.low_hz, feat.high_hz = spec.mel.low_hz, spec.mel.high_hz
    if spec.kind == PCEN:
        feat.bias, feat.root = spec.mel.bias, spec.mel.root
        feat.exponent, feat.smoothing_shift = exponent_q15(spec), spec.mel.smoothing_shift
    if spec.kind == ACF:
        feat.lags, feat.stride = spec.lags, spec.stride
        feat.flags = (MEAN * bool(spec.mean) | NO_LEVEL * spec.relative
                      | NO_MEAN * (spec.mean == REMOVED))
    return feat


def encode_features(features: IntegerFeatures, pool: Pool) -> bytes:
    """The record; its arrays go into ``pool``."""
    spec, tables = features.spec, features.tables
    feat = described(spec, features.channels, features.window, features.rate_hz)
    feat.floor = features.floor
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
    return bytes(feat)


def decode_features(data: bytes, at: int, reader: Reader) -> IntegerFeatures:
    """The features of a record that starts at ``at`` of the file."""
    feat = FeatureRecord.from_buffer_copy(data)
    spec = decode_spec(feat, feat.floor * 16 / 3 / 2**30, at, reader)
    if spec.kind in SPECTRAL_KINDS and not fits(feat.floor, ranges.FLOOR):
        raise reader.refuse(at + FeatureRecord.floor.offset, f"floor {feat.floor}")
    if not fits(feat.shift, ranges.AFFINE_SHIFT):
        raise reader.refuse(at + FeatureRecord.shift.offset,
                            f"shift {feat.shift} of the affine map")
    factor_place = at + FeatureRecord.factor_at.offset
    features = IntegerFeatures(
        spec, feat.channels, feat.window, feat.rate_hz,
        reader.take(feat.offset_at, feat.size, "<i2", at + FeatureRecord.offset_at.offset),
        reader.take(feat.factor_at, feat.size, "<i2", factor_place), feat.shift,
    )
    if not fits(features.factor, ranges.AFFINE_FACTOR):
        raise reader.refuse(factor_place, "a factor outside 0 … 16383")
    if features.tables is not None:
        _check_tables(features, feat, at, reader)
    again = FeatureRecord.from_buffer_copy(encode_features(features, Pool()))
    if _without_offsets(again) != _without_offsets(feat):
        raise reader.refuse(at, "fields that contradict each other")
    return features


def _without_offsets(feat: FeatureRecord) -> dict[str, object]:
    return {name: value for name, value in feat.values().items() if not name.endswith("_at")}


def _check_tables(
    features: IntegerFeatures, feat: FeatureRecord, at: int, reader: Reader
) -> None:
    """Refuse constants other than those that the definition gives."""
    tables = [(getattr(features.tables, name), kind, f"{name}_at")
              for name, kind in INTEGER_TABLES]
    if features.filters is not None:
        tables += [(features.filters.starts, "<u2", "edges_at"),
                   (features.filters.rising, "<i2", "rising_at")]
    tables += [(further, "<i2", "more_at")
               for further in (features.rows, features.curve) if further is not None]
    for table, kind, name in tables:
        place = at + getattr(FeatureRecord, name).offset
        stored = reader.take(getattr(feat, name), table.size, kind, place)
        if not np.array_equal(stored, table.ravel()):
            raise reader.refuse(place, "a table is not the defined one")


def decode_spec(
    feat: FeatureRecord, floor: float, at: int, reader: Reader, weights: str = "<i2"
) -> FeatureSpec:
    """The float definition behind a record whose fields are in range.

    Args:
        feat: the record; floor: its band floor as ``FeatureSpec`` counts it.
        at: where it stands in the file.
        weights: how the file holds a transform's window.
    """
    for field, right, what in _checks(feat):
        if not right:
            raise reader.refuse(at + getattr(FeatureRecord, field).offset, what)
    if KINDS[feat.kind] == RAW:
        return FeatureSpec(RAW, feat.frame, feat.hop, full_scale=feat.full_scale)
    if KINDS[feat.kind] == ACF:
        return _acf_spec(feat, at, reader)
    if KINDS[feat.kind] in MEL_KINDS:
        return _mel_spec(feat, floor, at, reader)
    edges_place = at + FeatureRecord.edges_at.offset
    stored = reader.take(feat.edges_at, feat.bands + 1, "<u2", edges_place)
    for spacing in ("linear", "log"):
        try:
            spec = FeatureSpec("log_bands", feat.frame, feat.hop, feat.bands, spacing, floor,
                               bool(feat.flags & RELATIVE), feat.full_scale,
                               window=_window_of(feat, at, reader, weights),
                               average=max(feat.average, 1))
        except UserError as error:
            raise reader.refuse(at, str(error)) from error
        if np.array_equal(band_edges(spec), stored):
            return spec
    raise reader.refuse(edges_place, "band edges that no spacing gives")


def _window_of(feat: FeatureRecord, at: int, reader: Reader, weights: str = "<i2") -> str:
    """By the first two weights; whether all weights are the window's is seen later."""
    place = at + FeatureRecord.window_at.offset
    first, second = reader.take(feat.window_at, 2, weights, place)
    if not first:
        return HANN
    return RECT if first == second else SINE


def _mel_spec(feat: FeatureRecord, floor: float, at: int, reader: Reader) -> FeatureSpec:
    kind = KINDS[feat.kind]
    mel = {"rate_hz": feat.rate_hz, "low_hz": feat.low_hz, "high_hz": feat.high_hz}
    if kind == MFCC:
        mel["coefficients"] = feat.size // feat.channels
    if kind == PCEN:
        mel |= {"exponent": feat.exponent / 32768, "smoothing": 2.0**-feat.smoothing_shift,
                "bias": feat.bias, "root": feat.root}
    try:
        spec = FeatureSpec(kind, feat.frame, feat.hop, feat.bands, floor=floor,
                           full_scale=feat.full_scale, mel=Mel(**mel),
                           window=_window_of(feat, at, reader))
        segments(spec)  # whether every filter holds a bin
    except UserError as error:
        raise reader.refuse(at + FeatureRecord.rising_at.offset, str(error)) from error
    return spec


def _acf_spec(feat: FeatureRecord, at: int, reader: Reader) -> FeatureSpec:
    try:
        spec = FeatureSpec(
            ACF, feat.frame, feat.hop, relative=bool(feat.flags & NO_LEVEL),
            full_scale=feat.full_scale, lags=feat.lags, stride=feat.stride,
            mean=REMOVED if feat.flags & NO_MEAN else bool(feat.flags & MEAN))
    except UserError as error:
        raise reader.refuse(at + FeatureRecord.lags.offset, str(error)) from error
    if not fits(len(places(spec)), ranges.PLACES):
        raise reader.refuse(at + FeatureRecord.stride.offset, f"{len(places(spec))} places")
    return spec


def _checks(feat: FeatureRecord) -> list[tuple[str, bool, str]]:
    """(name, whether the field is in range, what to say) of each field."""
    kind = KINDS[feat.kind] if feat.kind < len(KINDS) else RAW
    frame, bands = feat.frame, kind in SPECTRAL_KINDS
    parts = max(1, feat.average) if kind == LOG_BANDS else 1
    length = frame // parts
    whole = frame >= 1 if kind == RAW else fits(frame, ranges.FRAME)
    if bands:
        whole = (whole and length * parts == frame and fits(length, ranges.FRAME)
                 and not length & (length - 1))
    own = feat.bands if bands else frame
    if kind == MFCC and feat.channels:
        own = feat.size // feat.channels
    if kind == ACF:
        own = feat.lags + (not feat.flags & NO_LEVEL) + (feat.flags & (MEAN | NO_MEAN) == MEAN)
    size = feat.channels * own
    steps = 1 + (feat.window - frame) // feat.hop if feat.hop and feat.window >= frame else 0
    size_fits = feat.size == size and fits(size, ranges.FEATURES)
    settings = [feat.low_hz, feat.high_hz, feat.bias, feat.root]
    return [
        ("kind", feat.kind < len(KINDS), f"feature kind {feat.kind}"),
        ("channels", fits(feat.channels, ranges.CHANNELS), f"{feat.channels} channels"),
        ("frame", whole, f"frame {frame}"),
        ("hop", feat.hop >= 1, "hop 0"),
        ("bands", 1 <= feat.bands <= length // 2 if bands else kind == ACF or not feat.bands,
         f"{feat.bands} bands"),
        ("size", size_fits, f"{feat.size} features"),
        ("steps", 1 <= feat.steps == steps, f"{feat.steps} frames a decision"),
        ("window", fits(feat.window, ranges.SAMPLES), f"{feat.window} samples a decision"),
        ("rate_hz", feat.rate_hz == 0 or _positive(feat.rate_hz), f"a rate of {feat.rate_hz} Hz"),
        ("full_scale", _positive(feat.full_scale), f"full scale {feat.full_scale}"),
        ("low_hz", bool(np.isfinite(settings).all()), "a mel setting that is not finite"),
    ]


def _positive(x: float) -> bool:
    return bool(np.isfinite(x)) and x > 0
