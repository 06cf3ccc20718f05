"""The optional packages of other runtimes, asked for by name when they are needed."""

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from lnnlab.errors import UserError

EXTRA = "pip install 'lnnlab[runtimes]'"
PACKAGES = {  # module → package
    "flatbuffers": "flatbuffers", "onnx": "onnx", "onnxruntime": "onnxruntime",
    "tflite_micro": "tflite-micro",
}


def package(module: str) -> ModuleType:
    """A module of an optional package.

    Raises:
        UserError: the package is not installed; the message says what installs it.
    """
    try:
        return import_module(module)
    except ImportError as error:
        name = PACKAGES[module.split(".")[0]]
        raise UserError(f"{name} is not installed: {EXTRA}, or pip install {name}") from error


def installed(name: str) -> bool:
    """Whether a package is there: a key of ``PACKAGES``."""
    return find_spec(name) is not None
