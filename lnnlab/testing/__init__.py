"""A model against a board: accuracy, latency, power and mismatches on a whole test set."""

from lnnlab.testing.hil import HILTester, TestReport
from lnnlab.testing.line import Patience
from lnnlab.testing.power import PowerMeter, PowerTrace
from lnnlab.testing.serial_board import SerialBoard
from lnnlab.testing.streams import StreamReport
from lnnlab.testing.transport import EmulatedBoard, StreamDecisions, Transport

__all__ = ["EmulatedBoard", "HILTester", "Patience", "PowerMeter", "PowerTrace",
           "SerialBoard", "StreamDecisions", "StreamReport", "TestReport", "Transport"]
