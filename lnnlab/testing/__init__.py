"""A model against a board: accuracy, latency, power and mismatches on a whole test set."""

from lnnlab.testing.hil import HILTester, TestReport
from lnnlab.testing.transport import EmulatedBoard, Transport

__all__ = ["EmulatedBoard", "HILTester", "TestReport", "Transport"]
