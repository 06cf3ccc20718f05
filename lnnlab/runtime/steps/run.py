"""A written step, run in the runtime that it was written for: windows and streams.

onnxruntime takes all windows at once; the interpreter of TensorFlow Lite Micro, a frame of one
window after the other.
"""

from abc import ABC, abstractmethod
from copy import deepcopy

import numpy as np
import torch

from lnnlab.models import Classifier, KeywordClassifier
from lnnlab.runtime.steps.graph import FEATURES, LOGITS, TIMESPAN
from lnnlab.runtime.steps.onnx_file import NEXT
from lnnlab.runtime.steps.packages import package

AT_ONCE = 512  # windows that torch computes together
ARENA_BYTES = 1 << 20  # beside what the model's size asks for, on this machine


class Runner(ABC):
    """A step in a runtime: ``stream(x) -> logits`` after every frame."""

    @abstractmethod
    def stream(self, x: np.ndarray, timespans: np.ndarray | None = None) -> np.ndarray:
        """Logits after every step, (window, time, class), from states of zeros.

        Args:
            x: features, (window, time, feature).
            timespans: (window, time), where the file takes them.
        """


class OnnxRunner(Runner):
    """An ONNX file in onnxruntime, on one thread.

    Raises:
        UserError: the package is not installed.
    """

    def __init__(self, content: bytes) -> None:
        ort = package("onnxruntime")
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = ort.InferenceSession(content, options,
                                             providers=["CPUExecutionProvider"])
        self._states = {each.name: each.shape[1:] for each in self._session.get_inputs()
                        if each.name not in (FEATURES, TIMESPAN)}

    def stream(self, x: np.ndarray, timespans: np.ndarray | None = None) -> np.ndarray:
        """See :meth:`Runner.stream`."""
        names = [LOGITS, *(name + NEXT for name in self._states)]
        states = [np.zeros((len(x), *shape), np.float32) for shape in self._states.values()]
        found = []
        for t in range(x.shape[1]):
            fed = {FEATURES: x[:, t], **dict(zip(self._states, states, strict=True))}
            if timespans is not None:
                fed[TIMESPAN] = timespans[:, t, None]
            logits, *states = self._session.run(
                names, {name: np.ascontiguousarray(each, np.float32) for name, each in fed.items()})
            found.append(logits)
        return np.stack(found, axis=1)


class TfliteRunner(Runner):
    """A ``.tflite`` file in the interpreter of TensorFlow Lite Micro.

    Raises:
        UserError: the package is not installed.
    """

    def __init__(self, content: bytes) -> None:
        runtime = package("tflite_micro.python.tflite_micro.runtime")
        self._interpreter = runtime.Interpreter.from_bytes(
            content, arena_size=ARENA_BYTES + 4 * len(content))

    def stream(self, x: np.ndarray, timespans: np.ndarray | None = None) -> np.ndarray:
        """See :meth:`Runner.stream`."""
        x = np.ascontiguousarray(x, np.float32)
        found = []
        for number, window in enumerate(x):
            self._interpreter.reset()
            for t in range(len(window)):
                self._interpreter.set_input(window[None, t], 0)
                if timespans is not None:
                    span = timespans[number, t].reshape(1, 1).astype(np.float32)
                    self._interpreter.set_input(span, 1)
                self._interpreter.invoke()
                found.append(self._interpreter.get_output(0)[0].copy())
        return np.stack(found).reshape(*x.shape[:2], -1)


def torch_logits(
    network: Classifier, x: np.ndarray, timespans: np.ndarray | None = None, double: bool = False
) -> np.ndarray:
    """What torch says of the same windows, (window, time, class); the time is 1, the last step,
    of networks that decide on windows, and of all where timespans are given.

    Args:
        network: in evaluation mode.
        x, timespans: as in :meth:`Runner.stream`.
        double: compute in float64: how far float32 is from it is what rounding alone does.
    """
    kind = torch.float64 if double else torch.float32
    network, found = deepcopy(network).to(kind), []
    with torch.no_grad():
        for first in range(0, len(x), AT_ONCE):
            rows = slice(first, first + AT_ONCE)
            part = torch.from_numpy(x[rows]).to(kind)
            if timespans is not None:
                found.append(network(part, torch.from_numpy(timespans[rows]).to(kind))[:, None])
            elif isinstance(network, KeywordClassifier):
                found.append(network.stream(part))
            else:
                found.append(network(part)[:, None])
    return torch.cat(found).numpy()
