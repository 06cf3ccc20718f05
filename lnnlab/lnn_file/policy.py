"""The ``PLCY`` record to and from timestep policies (FORMAT.md, section 6)."""

from ctypes import sizeof
from itertools import pairwise

from lnnlab.errors import UserError
from lnnlab.integer.features import IntegerFeatures
from lnnlab.integer.layers import Layer
from lnnlab.integer.policy import (
    INPUTS,
    LIMITS,
    EnergyGate,
    LearnedGate,
    Policy,
    Uniform,
    refuse_unfit,
)
from lnnlab.integer.policy import KINDS as policy_kinds
from lnnlab.integer.ranges import fits
from lnnlab.lnn_file.container import damaged
from lnnlab.lnn_file.reading import Sections
from lnnlab.lnn_file.structures import PolicyRecord

KINDS = tuple(policy_kinds.values())
CALLED = {"look_back": "look-back", "steps": "timestep", "w": "weight", "v": "weight"}


def encode_policy(policy: Policy) -> bytes:
    """The record of a policy."""
    record = PolicyRecord(KINDS.index(type(policy)), policy.look_back, policy.steps)
    for name in ("hangover", "open", "close", "rise", "fall", "thresholds", "decay", "bias",
                 "enough", "b", "v"):
        if hasattr(policy, name):
            setattr(record, name, getattr(policy, name))
    if isinstance(policy, LearnedGate):
        record.hidden = len(policy.w)
        record.w = tuple(number for row in policy.w for number in row)
    return bytes(record)


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
    if len(content) != sizeof(PolicyRecord) or items != 1:
        raise damaged(name, at, f"PLCY has {len(content)} bytes, not {sizeof(PolicyRecord)}")
    try:
        refuse_unfit(features, layers)
    except UserError as error:
        raise damaged(name, at, str(error)) from error
    record = PolicyRecord.from_buffer_copy(content)
    for place, right, what in _checks(record):
        if not right:
            raise damaged(name, at + place, what)
    policy = _decoded(record)
    again = encode_policy(policy)
    for offset, (made, stored) in enumerate(zip(again, content, strict=True)):
        if made != stored:
            raise damaged(name, at + offset, "a field that this kind of policy does not use")
    return policy


def _checks(record: PolicyRecord) -> list[tuple[int, bool, str]]:
    """(place, whether the field is right, what to say) of each field, in their order."""
    found = [(PolicyRecord.place("kind"), record.kind < len(KINDS), f"policy kind {record.kind}")]
    for name, value in record.values().items():
        if name in LIMITS:
            found += _in_range(name, value if isinstance(value, tuple) else (value,))
        if name == "steps":
            found += [(PolicyRecord.place(name, k + 1), a <= b, "timesteps that fall")
                      for k, (a, b) in enumerate(pairwise(value))]
        if name == "close":
            found.append((PolicyRecord.place(name), value <= record.open,
                          f"close {value} above open {record.open}"))
        if name == "thresholds":
            found += [(PolicyRecord.place(name, k + 1), a >= b, "thresholds that rise")
                      for k, (a, b) in enumerate(pairwise(value))]
    return found


def _in_range(name: str, values: tuple[int, ...]) -> list[tuple[int, bool, str]]:
    said = {"hidden": "{} hidden units"}.get(name, f"{CALLED.get(name, name)} {{}}")
    return [(PolicyRecord.place(name, k), fits(value, LIMITS[name]), said.format(value))
            for k, value in enumerate(values)]


def _decoded(record: PolicyRecord) -> Policy:
    """The policy of fields in range, whatever stands in those that its kind does not use."""
    kind, steps = KINDS[record.kind], tuple(record.steps)
    floors = (record.look_back, record.rise, record.fall)
    if kind is Uniform:
        return Uniform(steps[0])
    if kind is LearnedGate:
        j, w = record.hidden, tuple(record.w)
        rows = tuple(w[INPUTS * k : INPUTS * (k + 1)] for k in range(j))
        return LearnedGate(steps, tuple(record.thresholds), record.decay, record.bias, rows,
                           tuple(record.b[:j]), tuple(record.v[:j]), *floors)
    gate = (steps[0], steps[-1], record.open, record.close, record.hangover)
    own = floors if kind is EnergyGate else ()
    return kind(*gate, *own, between=steps[1:-1], enough=record.enough)
