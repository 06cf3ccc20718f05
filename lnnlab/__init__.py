"""lnnlab: a workbench for liquid neural networks on microcontrollers."""

__version__ = "0.1.0"
