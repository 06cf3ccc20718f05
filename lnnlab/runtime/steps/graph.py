"""One step of a network as a list of few, plain operations, from which every format is written.

A step is recorded once, by :class:`Step`'s methods; a format needs a line for each kind of
operation and nothing of networks. Values have a batch axis in front that no shape here counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

FEATURES, TIMESPAN, LOGITS = "features", "timespan", "logits"  # names of inputs and the output


@dataclass(frozen=True, eq=False)
class Value:
    """What an operation gives.

    Attributes:
        name: unique in its step.
        shape: without the batch.
    """

    name: str
    shape: tuple[int, ...]


Operand = Value | np.ndarray


@dataclass(frozen=True, eq=False)
class Operation:
    """One operation.

    Attributes:
        kind: name of the method of :class:`Step` that recorded it.
        operands: values and float32 constants; of ``"affine"`` input, weight (row, input) and, if
            there is one, bias (row,).
        result: what it gives.
    """

    kind: str
    operands: tuple[Operand, ...]
    result: Value


@dataclass(frozen=True)
class State:
    """What a step hands to the next one; zeros before the first.

    Attributes:
        before: as the step finds it.
        after: as it leaves it.
    """

    before: Value
    after: Value


@dataclass
class Step:
    """A step under construction: inputs, operations in order, states, and the logits.

    The arithmetic takes values, numbers and arrays, which broadcast to (batch, …) as in numpy.

    Attributes:
        features: what comes in, (feature,).
        timespan: how long the step stands for, (1,); None where that is fixed.
    """

    features: Value
    timespan: Value | None = None
    operations: list[Operation] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    logits: Value | None = None
    scope: str = ""

    @property
    def inputs(self) -> list[Value]:
        """Those that are no states."""
        return [self.features, *([self.timespan] if self.timespan else [])]

    def state(self, name: str, *shape: int) -> Value:
        """What the step before left under a name; :meth:`keep` says what this one leaves."""
        return Value(f"{self.scope}{name}", shape)

    def keep(self, before: Value, after: Value) -> Value:
        """Leave a value for the next step; gives it back."""
        self.states.append(State(before, after))
        return after

    def affine(self, x: Value, weight: np.ndarray, bias: np.ndarray | None = None) -> Value:
        """weight · x + bias, (row,) from x (input,) and weight (row, input)."""
        operands = (x, _constant(weight), *([] if bias is None else [_constant(bias)]))
        return self._record("affine", operands, (len(weight),))

    def add(self, one: object, other: object) -> Value:
        """Sum."""
        return self._binary("add", one, other)

    def sub(self, one: object, other: object) -> Value:
        """Difference."""
        return self._binary("sub", one, other)

    def mul(self, one: object, other: object) -> Value:
        """Product by element."""
        return self._binary("mul", one, other)

    def div(self, one: object, other: object) -> Value:
        """Quotient."""
        return self._binary("div", one, other)

    def maximum(self, one: object, other: object) -> Value:
        """The larger of two."""
        return self._binary("maximum", one, other)

    def sigmoid(self, x: Value) -> Value:
        """1 / (1 + e^−x)."""
        return self._record("sigmoid", (x,), x.shape)

    def tanh(self, x: Value) -> Value:
        """Hyperbolic tangent."""
        return self._record("tanh", (x,), x.shape)

    def relu(self, x: Value) -> Value:
        """The positive part."""
        return self._record("relu", (x,), x.shape)

    def abs(self, x: Value) -> Value:
        """Absolute value."""
        return self._record("abs", (x,), x.shape)

    def exp(self, x: Value) -> Value:
        """e^x."""
        return self._record("exp", (x,), x.shape)

    def softplus(self, x: Value) -> Value:
        """log(1 + e^x)."""
        return self._record("softplus", (x,), x.shape)

    def concat(self, *parts: Value) -> Value:
        """Values behind one another along their first axis."""
        shape = (sum(each.shape[0] for each in parts), *parts[0].shape[1:])
        return self._record("concat", parts, shape)

    def without_first(self, x: Value) -> Value:
        """All but the first row of (row, …)."""
        return self._record("without_first", (x,), (x.shape[0] - 1, *x.shape[1:]))

    def row(self, x: Value) -> Value:
        """(n,) as (1, n)."""
        return self._record("row", (x,), (1, *x.shape))

    def column(self, x: Value) -> Value:
        """(n,) as (n, 1)."""
        return self._record("column", (x,), (*x.shape, 1))

    def sum(self, x: Value) -> Value:
        """Over the first axis."""
        return self._record("sum", (x,), x.shape[1:])

    def _binary(self, kind: str, one: object, other: object) -> Value:
        operands = tuple(each if isinstance(each, Value) else _constant(each)
                         for each in (one, other))
        shape = np.broadcast_shapes(*(each.shape for each in operands))
        return self._record(kind, operands, shape)

    def _record(self, kind: str, operands: Sequence[Operand], shape: tuple[int, ...]) -> Value:
        result = Value(f"{self.scope}{kind}_{len(self.operations)}", shape)
        self.operations.append(Operation(kind, tuple(operands), result))
        return result


def _constant(value: object) -> np.ndarray:
    """As float32, a number as (1,)."""
    return np.ascontiguousarray(np.atleast_1d(value), dtype=np.float32)
