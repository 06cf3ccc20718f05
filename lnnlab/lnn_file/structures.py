"""Every record of a ``.lnn`` file as a structure: names, widths and places of its fields.

``lnnlab/runtime/FORMAT.md`` defines them. ``bytes(record)`` are a record's bytes,
``from_buffer_copy`` reads them, and a message takes a field's place from its structure, as
``LayerRecord.units.offset``. Names that end in ``_at`` hold offsets in ``DATA``.
"""

import ctypes
from ctypes import c_float as f32
from ctypes import c_int16 as i16
from ctypes import c_uint8 as u8
from ctypes import c_uint16 as u16
from ctypes import c_uint32 as u32
from enum import IntEnum, auto

from lnnlab.errors import UserError


class LayerKind(IntEnum):
    """The kinds of layers, by their numbers."""

    LINEAR_LTC = auto()
    CFC = auto()
    LSTM = auto()
    GRU = auto()
    MIX = auto()
    CONVOLUTION = auto()
    DEPTHWISE = auto()
    POOL = auto()
    READOUT = auto()
    DENSE = auto()
    LEAKY_POOL = auto()


ABSOLUTE = RELU = LAST = 1  # bit 0 of a layer's flags: what it says depends on the kind
RESIDUAL = 2  # bit 1 of LINEAR_LTC's
RELATIVE = MEAN = 1  # bit 0 of the features' flags: of log-bands, of autocorrelations
NO_LEVEL, NO_MEAN = 2, 4  # of autocorrelations: left out of the features; the mean is taken off


class Structure(ctypes.LittleEndianStructure):
    """A record that refuses whole numbers for which a field is too narrow."""

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        kept = getattr(self, name)
        if isinstance(kept, ctypes.Array):
            kept, value = list(kept)[: len(value)], list(value)
        if isinstance(kept, int | list) and kept != value:
            raise UserError(f"{name} {value}: its field of a .lnn file is too narrow")

    def values(self) -> dict[str, object]:
        """Fields by name, arrays as tuples; of names for one place the first."""
        found = {}
        for name, kind in self._fields_:
            name = kind._fields_[0][0] if issubclass(kind, ctypes.Union) else name
            value = getattr(self, name)
            found[name] = tuple(value) if isinstance(value, ctypes.Array) else value
        return found


class Header(Structure):
    """The first bytes of a file."""

    _fields_ = (
        ("magic", u8 * 4), ("version", u16), ("arithmetic", u16), ("size", u32),
        ("checksum", u32), ("sections", u32), ("reserved", u32 * 3),
    )


class SectionEntry(Structure):
    """Where a section lies: one row of the table behind the header."""

    _fields_ = (("tag", u8 * 4), ("offset", u32), ("size", u32), ("items", u32))


class _Floor(ctypes.LittleEndianUnion):
    _fields_ = (("floor", u32), ("power_floor", f32))  # of int8 files, of float32 files


class _Bands(ctypes.LittleEndianUnion):
    _fields_ = (("bands", u16), ("lags", u16))  # of spectra, of autocorrelations


class _Smoothing(ctypes.LittleEndianUnion):
    _fields_ = (("smoothing_shift", u16), ("average", u16))  # of PCEN, of log-bands


class _Exponent(ctypes.LittleEndianUnion):
    _fields_ = (("exponent", u16), ("stride", u16))  # of PCEN, of autocorrelations


class FeatureRecord(Structure):
    """``FEAT``; names of one place belong to different kinds of features."""

    _anonymous_ = ("either_floor", "either_bands", "either_exponent",
                    "either_smoothing")
    _fields_ = (
        ("kind", u16), ("channels", u16), ("frame", u16), ("hop", u16),
        ("either_bands", _Bands),
        ("flags", u16), ("size", u16), ("steps", u16), ("window", u32), ("rate_hz", f32),
        ("full_scale", f32), ("either_floor", _Floor), ("most_shift", u16), ("shift", u16),
        ("window_at", u32), ("twiddle_at", u32), ("split_at", u32), ("reversed_at", u32),
        ("edges_at", u32), ("offset_at", u32), ("factor_at", u32), ("reciprocal", u32),
        ("rising_at", u32), ("more_at", u32), ("low_hz", f32), ("high_hz", f32), ("bias", f32),
        ("root", f32), ("either_exponent", _Exponent), ("either_smoothing", _Smoothing),
    )


class Requantisation(Structure):
    """Shifts of one product."""

    _fields_ = (("up", u8), ("down", u8))


class ProductArrays(Structure):
    """Offsets in ``DATA`` of one product's arrays."""

    _fields_ = (("weights", u32), ("bias", u32), ("factor", u32))


class _Own(ctypes.LittleEndianUnion):
    _fields_ = (("hidden", u16), ("taps", u16), ("rate", u16), ("background", u16))


class LayerRecord(Structure):
    """One layer of ``LAYR``.

    One place holds, by kind: ``hidden`` units (CfC), ``taps`` (mix and convolutions), the
    ``rate`` of a leaky pool in Q15, or the number of ``background`` classes (readout).
    """

    _anonymous_ = ("own",)
    _fields_ = (
        ("kind", u16), ("flags", u16), ("inputs", u16), ("units", u16), ("own", _Own),
        ("stride", u16), ("steps_in", u16), ("steps_out", u16),
        ("first", Requantisation), ("reserved", u8), ("out_shift", u8),
        ("further", Requantisation * 2), ("cell_shift", u8), ("reserved_end", u8 * 3),
        ("products", ProductArrays * 3),
    )

    @classmethod
    def read(cls, data: bytes, offset: int) -> "LayerRecord":
        """The record at ``offset``; what stands in reserved bytes is passed over."""
        record = cls.from_buffer_copy(data, offset)
        record.reserved, record.reserved_end = 0, (0, 0, 0)
        return record

    def requantisation(self, number: int) -> Requantisation:
        """Shifts of product 0, 1 or 2."""
        return self.further[number - 1] if number else self.first

    def set_product(self, number: int, shifts: tuple[int, int], *arrays: int) -> None:
        """Shifts (up, down) and offsets of weights, bias and factor of product 0, 1 or 2."""
        own = self.requantisation(number)
        own.up, own.down = shifts
        self.products[number] = arrays

    def without_offsets(self) -> bytes:
        """The bytes with zeros for the places of arrays."""
        return bytes(self)[: LayerRecord.products.offset]

    @classmethod
    def place(cls, number: int, name: str = "weights") -> int:
        """Where in the record the offset of an array of product 0, 1 or 2 stands."""
        of_product = number * ctypes.sizeof(ProductArrays)
        return cls.products.offset + of_product + getattr(ProductArrays, name).offset


class PolicyRecord(Structure):
    """``PLCY``."""

    _fields_ = (
        ("kind", u16), ("look_back", u16), ("steps", u16 * 5), ("hangover", u16), ("rise", u16),
        ("fall", u16), ("open", i16), ("close", i16), ("thresholds", i16 * 4), ("decay", u16),
        ("hidden", u16), ("bias", i16), ("enough", u16), ("w", i16 * 40), ("b", i16 * 8),
        ("v", i16 * 8),
    )

    @classmethod
    def place(cls, name: str, number: int = 0) -> int:
        """Where in the record a field, or one of its numbers, stands."""
        return getattr(cls, name).offset + number * ctypes.sizeof(u16)


class StreamRecord(Structure):
    """The ``STRM`` section, 8 bytes: how a network reports in a stream."""

    _fields_ = (("flags", u16), ("smoothing_shift", u16), ("refractory", u16),
                ("threshold_q15", i16))


class CostRecord(Structure):
    """The ``COST`` section, 88 bytes: energies on a board; hop, frame, long frame by policy."""

    _fields_ = (("board", u8 * 24), ("idle_nw", u32), ("by_policy", u32 * 15))


class GainRecord(Structure):
    """The ``GAIN`` section, 8 bytes: the outputs are gains of the bands."""

    _fields_ = (("depth_q15", u16), ("reserved", u16 * 3))


class AnomalyRecord(Structure):
    """The start of the ``ANOM`` section, 12 bytes: how prediction errors become a score."""

    _fields_ = (("threshold", u32), ("unit", u16), ("shift", u8), ("smoothing_shift", u8),
                ("most", u16), ("features", u16))


class AnomalyFeature(Structure):
    """What follows it for each feature, 4 bytes."""

    _fields_ = (("factor", u16), ("offset", i16))


class OwnRecord(Structure):
    """The end of an ``ANOM`` section of two items, 4 bytes: calibration on the machine itself."""

    _fields_ = (("calibration_frames", u16), ("error_smoothing_shift", u8), ("reserved", u8))


def has_residual(record: LayerRecord) -> bool:
    """Whether a layer adds its input to its state."""
    return record.kind == LayerKind.LINEAR_LTC and bool(record.flags & RESIDUAL)
