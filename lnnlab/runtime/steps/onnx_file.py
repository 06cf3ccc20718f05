"""A step as ONNX, written node by node.

torch's own exporters are not used. The older one follows what the fused scan of LinearLTC does to
memory and not what it means: it stops, or answers with wrong logits without a word. The newer one
asks for packages that this project has no other use for. A step's operations are few, and each is
one node.
"""

from collections.abc import Mapping

import numpy as np

from lnnlab import __version__
from lnnlab.runtime.steps.graph import LOGITS, Operation, Step, Value
from lnnlab.runtime.steps.packages import package

OPSET, IR_VERSION = 17, 8  # of 2022: what runs on phones and in browsers has caught up with it
BATCH, NEXT = "batch", "_next"  # name of the free axis; a state's name with it is what it becomes
PRODUCER = "lnnlab"
NODES = {  # kind → ONNX operator
    "affine": "Gemm", "add": "Add", "sub": "Sub", "mul": "Mul", "div": "Div", "maximum": "Max",
    "sigmoid": "Sigmoid", "tanh": "Tanh", "relu": "Relu", "abs": "Abs", "exp": "Exp",
    "softplus": "Softplus", "concat": "Concat", "without_first": "Slice", "row": "Unsqueeze",
    "column": "Unsqueeze", "sum": "ReduceSum",
}
ATTRIBUTES = {"affine": {"transB": 1}, "concat": {"axis": 1}, "sum": {"keepdims": 0}}
FURTHER = {  # kind → int64 operands behind its own
    "without_first": {"from_second": [1], "to_end": [2**31 - 1], "rows": [1]},
    "row": {"axis_1": [1]}, "column": {"axis_2": [2]}, "sum": {"axis_1": [1]},
}


def onnx_bytes(step: Step, about: Mapping[str, str]) -> bytes:
    """The ONNX file of a step.

    Inputs are ``features`` (batch, feature), ``timespan`` (batch, 1) where it comes in, and every
    state; outputs ``logits`` (batch, class) and each state as ``<state>_next``.

    Args:
        step: complete.
        about: what the file says of itself, as its ``metadata_props``.

    Raises:
        UserError: the package ``onnx`` is not installed.
    """
    onnx = package("onnx")
    helper, constants = onnx.helper, _Constants(onnx)
    renamed = {state.after.name: state.before.name + NEXT for state in step.states}
    renamed[step.logits.name] = LOGITS
    nodes = [_node(helper, each, constants, renamed) for each in step.operations]

    def told(value: Value, name: str = "") -> object:
        return helper.make_tensor_value_info(
            name or value.name, onnx.TensorProto.FLOAT, [BATCH, *value.shape])

    graph = helper.make_graph(
        nodes, "step",
        [told(each) for each in (*step.inputs, *(state.before for state in step.states))],
        [told(step.logits, LOGITS),
         *(told(state.after, state.before.name + NEXT) for state in step.states)],
        constants.tensors,
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION,
        producer_name=PRODUCER, producer_version=__version__)
    helper.set_model_props(model, dict(about))
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)


def onnx_nodes(content: bytes) -> int:
    """Nodes of an ONNX file."""
    return len(package("onnx").load_model_from_string(content).graph.node)


class _Constants:
    """Initialisers, each kept once."""

    def __init__(self, onnx: object) -> None:
        self._onnx, self.tensors = onnx, []
        self._names: dict[tuple, str] = {}

    def add(self, array: np.ndarray, name: str) -> str:
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._names:
            self._names[key] = name
            self.tensors.append(self._onnx.numpy_helper.from_array(array, name))
        return self._names[key]


def _node(
    helper: object, operation: Operation, constants: _Constants, renamed: Mapping[str, str]
) -> object:
    name = operation.result.name
    inputs = [
        renamed.get(each.name, each.name) if isinstance(each, Value)
        else constants.add(each, f"{name}.{number}")
        for number, each in enumerate(operation.operands)
    ]
    inputs += [constants.add(np.array(value, np.int64), key)
               for key, value in FURTHER.get(operation.kind, {}).items()]
    return helper.make_node(NODES[operation.kind], inputs, [renamed.get(name, name)], name=name,
                            **ATTRIBUTES.get(operation.kind, {}))
