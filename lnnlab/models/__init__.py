"""Networks: liquid cells, their baselines, one classifier around any of them."""

from torch import nn

from lnnlab.errors import UserError, unknown
from lnnlab.models.cell import Cell
from lnnlab.models.cfc import CfC
from lnnlab.models.classifier import Classifier, Layer, SequenceClassifier
from lnnlab.models.cnn import CNN, SIZES
from lnnlab.models.fastgrnn import FastGRNN
from lnnlab.models.keyword import KeywordClassifier
from lnnlab.models.linear_ltc import LinearLTC
from lnnlab.models.ltc import LTC
from lnnlab.models.null import BandStatistics, Majority
from lnnlab.models.recurrent import GRU, LSTM

__all__ = [
    "CELLS", "CNN", "GRU", "LSTM", "LTC", "MODELS", "BandStatistics", "Cell", "CfC", "Classifier",
    "FastGRNN", "KeywordClassifier", "Layer", "LinearLTC", "Majority", "SequenceClassifier",
    "build", "parameter_count", "units_for_budget",
]

CELLS: dict[str, type[Cell]] = {
    "linear_ltc": LinearLTC, "cfc": CfC, "ltc": LTC, "lstm": LSTM, "gru": GRU,
    "fastgrnn": FastGRNN,
}
KEYWORD = "keyword_"  # before a cell's name: that cell in the frame of KeywordClassifier
MODELS = (*CELLS, *SIZES, *(KEYWORD + cell for cell in CELLS))
WIDEST = 512  # units that a budget is searched up to


def build(
    name: str,
    input_size: int,
    classes: int,
    steps: int = 1024,
    units: int | list[int] = 32,
    layers: int = 1,
    mixing: int = 0,
    pool: str = "mean",
    **cell_options: object,
) -> Classifier:
    """A classifier by name.

    Args:
        name: one of ``MODELS``.
        input_size: features per step.
        classes: number of classes.
        steps: length of the sequences; only the convolutional networks ask for it.
        units, layers, mixing, pool: of the recurrent ones, see :class:`SequenceClassifier`; a
            list of ``units`` holds one number a layer.
        cell_options: further arguments of the cell, or of the network with convolutions. A
            ``cfc`` gets a shared layer as wide as its state unless ``backbone_units`` says
            otherwise.

    Raises:
        UserError: the name is unknown.
    """
    if name in SIZES:
        return CNN(input_size, classes, steps, name, **cell_options)
    if name.removeprefix(KEYWORD) in CELLS and name.startswith(KEYWORD):
        return _keyword(name.removeprefix(KEYWORD), input_size, classes, **cell_options)
    if name not in CELLS:
        raise unknown("model", name, MODELS)
    widths = units if isinstance(units, list) else [units] * layers
    if name == "cfc":
        cell_options = {"backbone_units": widths[0]} | cell_options
    sizes = [input_size, *widths]
    cells = [
        CELLS[name](size, width, **cell_options)
        for size, width in zip(sizes, widths, strict=False)
    ]
    return SequenceClassifier(cells, classes, mixing, pool)


def _keyword(cell: str, input_size: int, classes: int, **options: object) -> KeywordClassifier:
    """That cell in the frame; a ``cfc`` as in :func:`build`."""
    def made(size: int, units: int) -> Cell:
        further = {"backbone_units": backbone or units} if cell == "cfc" else {}
        return CELLS[cell](size, units, **further)

    backbone = options.pop("backbone_units", None)
    return KeywordClassifier(input_size, classes, made, **options)


def parameter_count(model: nn.Module) -> int:
    """Trained numbers of a model."""
    return sum(each.numel() for each in model.parameters())


def units_for_budget(
    name: str, input_size: int, classes: int, budget: int, **options: object
) -> int:
    """The most units with which a recurrent model has at most ``budget`` parameters.

    Raises:
        UserError: not even one unit fits.
    """
    best = 0
    for units in range(1, WIDEST + 1):
        model = build(name, input_size, classes, units=units, **options)
        if parameter_count(model) > budget:
            break
        best = units
    if not best:
        raise UserError(
            f"{name}: {input_size} features and {classes} classes do not fit in {budget} "
            "parameters; use fewer features"
        )
    return best
