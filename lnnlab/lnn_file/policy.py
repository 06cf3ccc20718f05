"""The ``PLCY`` record to and from timestep policies (FORMAT.md, section 6)."""

import struct
from collections.abc import Callable
from dataclasses import astuple, dataclass

from lnnlab.errors import UserError
from lnnlab.integer.features import IntegerFeatures
from lnnlab.integer.layers import Layer
from lnnlab.integer.policy import (
    INPUTS,
    LARGEST_WEIGHT,
    MOST_FALL,
    MOST_HIDDEN,
    MOST_HOPS,
    MOST_LOOK_BACK,
    EnergyGate,
    LearnedGate,
    Policy,
    Uniform,
    refuse_unfit,
)
from lnnlab.integer.policy import KINDS as policy_kinds
from lnnlab.lnn_file.container import damaged
from lnnlab.lnn_file.reading import Sections

PLCY = struct.Struct("<2H 5H 3H 2h 4h 2H h H 40h 8h 8h")
KINDS = tuple(policy_kinds.values())
STEPS_AT, THRESHOLDS_AT, W_AT, V_AT = 4, 24, 40, 136


@dataclass
class _Fields:
    """The fields of ``PLCY`` in their order."""

    kind: int
    look_back: int
    steps: tuple[int, ...]
    hangover: int = 0
    rise: int = 0
    fall: int = 0
    open: int = 0
    close: int = 0
    thresholds: tuple[int, ...] = (0,) * 4
    decay: int = 0
    hidden: int = 0
    bias: int = 0
    enough: int = 0
    w: tuple[int, ...] = (0,) * (MOST_HIDDEN * INPUTS)
    b: tuple[int, ...] = (0,) * MOST_HIDDEN
    v: tuple[int, ...] = (0,) * MOST_HIDDEN

    def pack(self) -> bytes:
        """The 152 bytes."""
        values = (each if isinstance(each, tuple) else (each,) for each in astuple(self))
        return PLCY.pack(*(number for each in values for number in each))

    @classmethod
    def unpack(cls, data: bytes) -> "_Fields":
        """The fields of 152 bytes."""
        n = PLCY.unpack(data)
        return cls(*n[:2], n[2:7], *n[7:12], n[12:16], *n[16:20], n[20:60], n[60:68], n[68:])


def encode_policy(policy: Policy) -> bytes:
    """The record of a policy."""
    fields = _Fields(KINDS.index(type(policy)), policy.look_back, policy.steps)
    for name in ("hangover", "open", "close", "rise", "fall", "thresholds", "decay", "bias",
                 "enough"):
        if hasattr(policy, name):
            setattr(fields, name, getattr(policy, name))
    if isinstance(policy, LearnedGate):
        fields.hidden = len(policy.w)
        flat = tuple(number for row in policy.w for number in row)
        for name, values, size in (("w", flat, MOST_HIDDEN * INPUTS),
                                   ("b", policy.b, MOST_HIDDEN), ("v", policy.v, MOST_HIDDEN)):
            setattr(fields, name, values + (0,) * (size - len(values)))
    return fields.pack()


def policy_of(
    sections: Sections, name: str, features: IntegerFeatures, layers: list[Layer]
) -> Policy | None:
    """The policy of a file whose other sections were read; None without one.

    Raises:
        UserError: the record breaks a rule, or the network cannot follow a policy; the message
            names the check and its offset.
    """
    if "PLCY" not in sections:
        return None
    at, content, items = sections["PLCY"]
    if len(content) != PLCY.size or items != 1:
        raise damaged(name, at, f"PLCY has {len(content)} bytes, not {PLCY.size}")
    try:
        refuse_unfit(features, layers)
    except UserError as error:
        raise damaged(name, at, str(error)) from error
    fields = _Fields.unpack(content)
    for offset, fits, what in _ranges(fields):
        if not fits:
            raise damaged(name, at + offset, what)
    policy = _decoded(fields)
    again = encode_policy(policy)
    for offset, (made, stored) in enumerate(zip(again, content, strict=True)):
        if made != stored:
            raise damaged(name, at + offset, "a field that this kind of policy does not use")
    return policy


def _ranges(fields: _Fields) -> list[tuple[int, bool, str]]:
    """(offset, whether the field is in range, what to say) of each field."""
    steps, limits = fields.steps, fields.thresholds
    return [
        (0, fields.kind < len(KINDS), f"policy kind {fields.kind}"),
        (2, fields.look_back <= MOST_LOOK_BACK, f"look-back {fields.look_back}"),
        *_each(STEPS_AT, steps, lambda step: 1 <= step <= MOST_HOPS, "timestep"),
        *((STEPS_AT + 2 * k, steps[k - 1] <= steps[k], "timesteps that fall")
          for k in range(1, len(steps))),
        (18, fields.fall <= MOST_FALL, f"fall {fields.fall}"),
        (22, fields.close <= fields.open, f"close {fields.close} above open {fields.open}"),
        *((THRESHOLDS_AT + 2 * k, limits[k - 1] >= limits[k], "thresholds that rise")
          for k in range(1, len(limits))),
        (32, fields.decay <= 32767, f"decay {fields.decay}"),
        (34, fields.hidden <= MOST_HIDDEN, f"{fields.hidden} hidden units"),
        (38, fields.enough <= 32767, f"enough {fields.enough}"),
        *_each(W_AT, fields.w, lambda w: abs(w) <= LARGEST_WEIGHT, "weight"),
        *_each(V_AT, fields.v, lambda v: abs(v) <= LARGEST_WEIGHT, "weight"),
    ]


def _each(
    at: int, values: tuple[int, ...], fits: Callable[[int], bool], what: str
) -> list[tuple[int, bool, str]]:
    return [(at + 2 * k, fits(value), f"{what} {value}") for k, value in enumerate(values)]


def _decoded(fields: _Fields) -> Policy:
    """The policy of fields in range, whatever stands in those that its kind does not use."""
    kind, steps = KINDS[fields.kind], fields.steps
    floors = (fields.look_back, fields.rise, fields.fall)
    if kind is Uniform:
        return Uniform(steps[0])
    if kind is LearnedGate:
        j = fields.hidden
        rows = tuple(fields.w[INPUTS * k : INPUTS * (k + 1)] for k in range(j))
        return LearnedGate(steps, fields.thresholds, fields.decay, fields.bias, rows,
                           fields.b[:j], fields.v[:j], *floors)
    gate = (steps[0], steps[-1], fields.open, fields.close, fields.hangover)
    own = floors if kind is EnergyGate else ()
    return kind(*gate, *own, between=steps[1:-1], enough=fields.enough)
