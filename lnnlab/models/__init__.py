"""Networks: liquid cells, their baselines, one classifier around any of them, one table of all."""

from lnnlab.models.cell import Cell
from lnnlab.models.cfc import CfC
from lnnlab.models.classifier import Classifier, Layer, SequenceClassifier, parameter_count
from lnnlab.models.cnn import CNN
from lnnlab.models.fastgrnn import FastGRNN
from lnnlab.models.keyword import KeywordClassifier
from lnnlab.models.kinds import KINDS, ModelKind, build, kind_of, within_budget
from lnnlab.models.linear_ltc import LinearLTC
from lnnlab.models.ltc import LTC
from lnnlab.models.null import BandStatistics, Majority
from lnnlab.models.recurrent import GRU, LSTM

__all__ = [
    "CNN", "GRU", "KINDS", "LSTM", "LTC", "BandStatistics", "Cell", "CfC", "Classifier",
    "FastGRNN", "KeywordClassifier", "Layer", "LinearLTC", "Majority", "ModelKind",
    "SequenceClassifier", "build", "kind_of", "parameter_count", "within_budget",
]
