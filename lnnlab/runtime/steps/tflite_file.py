"""A step for TensorFlow Lite Micro: one subgraph computes it, another sets its states to zero.

The states are resource variables: CALL_ONCE runs the second subgraph before the first step, every
step reads and assigns them. The flatbuffer's tables come with the package ``tflite-micro``.
"""

import json
from collections.abc import Mapping

import numpy as np

from lnnlab import __version__
from lnnlab.runtime.steps.graph import LOGITS, Operation, Step, Value
from lnnlab.runtime.steps.packages import package

SCHEMA = "tflite_micro.tensorflow.lite.micro.python.schema_py_generated"
VERSION, IDENTIFIER, NOTE = 3, b"TFL3", b"lnnlab"  # of the format; name of our metadata
OPERATORS = {  # kind → operators, from the first to the last
    "affine": ["FULLY_CONNECTED"], "add": ["ADD"], "sub": ["SUB"], "mul": ["MUL"], "div": ["DIV"],
    "maximum": ["MAXIMUM"], "sigmoid": ["LOGISTIC"], "tanh": ["TANH"], "relu": ["RELU"],
    "abs": ["ABS"], "exp": ["EXP"],
    "softplus": ["NEG", "LOGISTIC", "LOG", "NEG"],  # −log σ(−x): there is no softplus
    "concat": ["CONCATENATION"], "without_first": ["SLICE"], "row": ["RESHAPE"],
    "column": ["RESHAPE"], "sum": ["SUM"],
}
OPTIONS = {  # operator → table of its options; of those that have none, no line
    "FULLY_CONNECTED": "FullyConnectedOptions", "ADD": "AddOptions", "SUB": "SubOptions",
    "MUL": "MulOptions", "DIV": "DivOptions", "MAXIMUM": "MaximumMinimumOptions",
    "ABS": "AbsOptions", "EXP": "ExpOptions", "NEG": "NegOptions",
    "CONCATENATION": "ConcatenationOptions", "SLICE": "SliceOptions", "RESHAPE": "ReshapeOptions",
    "SUM": "ReducerOptions", "CALL_ONCE": "CallOnceOptions", "VAR_HANDLE": "VarHandleOptions",
    "READ_VARIABLE": "ReadVariableOptions", "ASSIGN_VARIABLE": "AssignVariableOptions",
}


def tflite_bytes(step: Step, about: Mapping[str, str]) -> bytes:
    """The ``.tflite`` file of a step.

    Inputs are ``features`` (1, feature) and, where it comes in, ``timespan`` (1, 1); the output is
    ``logits`` (1, class). An interpreter's ``Reset`` sets the states to zero again.

    Args:
        step: complete.
        about: what the file says of itself, as JSON in its metadata named ``lnnlab``.

    Raises:
        UserError: the package ``tflite-micro`` is not installed.
    """
    model = _Model(package(SCHEMA))
    _compute(_Subgraph(model, "step"), step)
    _initialise(_Subgraph(model, "initialise"), step)
    return model.packed(json.dumps(dict(about), ensure_ascii=False))


def tflite_nodes(content: bytes) -> int:
    """Operators of a ``.tflite`` file's step; those that set its states at first do not count."""
    model = package(SCHEMA).Model.GetRootAs(bytearray(content), 0)
    return model.Subgraphs(0).OperatorsLength()


class _Model:
    """A model under construction: buffers and operator codes, each kept once."""

    def __init__(self, schema: object) -> None:
        self.schema, self.table = schema, schema.ModelT()
        self.table.version, self.table.description = VERSION, f"lnnlab {__version__}, float32"
        self.table.buffers = [schema.BufferT()]  # number 0 is empty
        self.table.operatorCodes, self.table.subgraphs = [], []
        self._buffers: dict[bytes, int] = {}
        self._codes: dict[str, int] = {}

    def buffer(self, content: bytes) -> int:
        if content not in self._buffers:
            added = self.schema.BufferT()
            added.data = np.frombuffer(content, np.uint8)
            self._buffers[content] = len(self.table.buffers)
            self.table.buffers.append(added)
        return self._buffers[content]

    def code(self, operator: str) -> int:
        if operator not in self._codes:
            added, number = self.schema.OperatorCodeT(), getattr(
                self.schema.BuiltinOperator, operator)
            added.builtinCode, added.deprecatedBuiltinCode = number, min(number, 127)
            added.version = 1
            self._codes[operator] = len(self.table.operatorCodes)
            self.table.operatorCodes.append(added)
        return self._codes[operator]

    def packed(self, said: str) -> bytes:
        note = self.schema.MetadataT()
        note.name, note.buffer = NOTE, self.buffer(said.encode())
        self.table.metadata = [note]
        builder = package("flatbuffers").Builder(1 << 16)
        builder.Finish(self.table.Pack(builder), IDENTIFIER)
        return bytes(builder.Output())


class _Subgraph:
    """A subgraph under construction; its tensors have the batch of 1 in front."""

    def __init__(self, model: _Model, name: str) -> None:
        self.model, self._tensors = model, {}
        self.table = model.schema.SubGraphT()
        self.table.name = name.encode()
        self.table.tensors, self.table.operators = [], []
        self.table.inputs, self.table.outputs = [], []
        model.table.subgraphs.append(self.table)

    def tensor(self, name: str, shape: tuple[int, ...], data: np.ndarray | None = None,
               resource: bool = False) -> int:
        """Number of a new tensor."""
        schema, added = self.model.schema, self.model.schema.TensorT()
        kinds = schema.TensorType
        whole = data is not None and data.dtype == np.int32
        added.name, added.shape = name.encode(), list(shape)
        added.type = kinds.RESOURCE if resource else kinds.INT32 if whole else kinds.FLOAT32
        added.buffer = 0 if data is None else self.model.buffer(data.tobytes())
        self.table.tensors.append(added)
        return len(self.table.tensors) - 1

    def value(self, value: Value, name: str = "") -> int:
        """Number of a value's tensor."""
        if value.name not in self._tensors:
            self._tensors[value.name] = self.tensor(name or value.name, (1, *value.shape))
        return self._tensors[value.name]

    def operate(self, operator: str, inputs: list[int], outputs: list[int],
                **options: object) -> None:
        """Add one operator."""
        schema, added = self.model.schema, self.model.schema.OperatorT()
        added.opcodeIndex = self.model.code(operator)
        added.inputs, added.outputs = inputs, outputs
        if operator in OPTIONS:
            added.builtinOptionsType = getattr(schema.BuiltinOptions, OPTIONS[operator])
            added.builtinOptions = getattr(schema, f"{OPTIONS[operator]}T")()
            for name, value in options.items():
                setattr(added.builtinOptions, name, value)
        self.table.operators.append(added)

    def handle(self, value: Value) -> int:
        """Number of the tensor that stands for a state's variable."""
        tensor = self.tensor(f"{value.name}_variable", (1,), resource=True)
        self.operate("VAR_HANDLE", [], [tensor], container=b"", sharedName=value.name.encode())
        return tensor


def _compute(graph: _Subgraph, step: Step) -> None:
    graph.table.inputs = [graph.value(each) for each in step.inputs]
    graph.operate("CALL_ONCE", [], [], initSubgraphIndex=1)
    handles = [graph.handle(state.before) for state in step.states]
    for state, handle in zip(step.states, handles, strict=True):
        graph.operate("READ_VARIABLE", [handle], [graph.value(state.before)])
    graph.value(step.logits, LOGITS)
    for each in step.operations:
        _operation(graph, each)
    for state, handle in zip(step.states, handles, strict=True):
        graph.operate("ASSIGN_VARIABLE", [handle, graph.value(state.after)], [])
    graph.table.outputs = [graph.value(step.logits)]


def _initialise(graph: _Subgraph, step: Step) -> None:
    for state in step.states:
        shape = (1, *state.before.shape)
        zeros = graph.tensor(f"{state.before.name}_zero", shape, np.zeros(shape, np.float32))
        graph.operate("ASSIGN_VARIABLE", [graph.handle(state.before), zeros], [])


def _operation(graph: _Subgraph, operation: Operation) -> None:
    """The operators of one operation; what one of several gives, the next one takes."""
    kind, result = operation.kind, operation.result
    inputs = [graph.value(each) if isinstance(each, Value)
              else graph.tensor(f"{result.name}.{number}", each.shape, each)
              for number, each in enumerate(operation.operands)]
    inputs += [graph.tensor(f"{result.name}.{name}", value.shape, value)
               for name, value in _further(operation).items()]
    if kind == "affine" and len(inputs) == 2:
        inputs.append(-1)  # no bias
    options = {"concat": {"axis": 1}, "row": {"newShape": [1, *result.shape]},
               "column": {"newShape": [1, *result.shape]}}.get(kind, {})
    *before, last = OPERATORS[kind]
    for number, operator in enumerate(before):
        between = graph.tensor(f"{result.name}.part_{number}", (1, *result.shape))
        graph.operate(operator, inputs, [between])
        inputs = [between]
    graph.operate(last, inputs, [graph.value(result)], **options)


def _further(operation: Operation) -> dict[str, np.ndarray]:
    """int32 operands behind an operation's own."""
    shape = (1, *operation.result.shape)
    if operation.kind == "without_first":
        begin = [0, 1, *[0] * (len(shape) - 2)]
        return {"begin": np.array(begin, np.int32), "size": np.array(shape, np.int32)}
    if operation.kind in ("row", "column"):
        return {"shape": np.array(shape, np.int32)}
    return {"axis": np.array([1], np.int32)} if operation.kind == "sum" else {}
