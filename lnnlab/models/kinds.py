"""The one table of model kinds: what can be trained, how tables call it, whether it deploys.

A new cell is its class, in a file of its own, and one row of ``cell_kinds`` among ``_LATER_CELLS``:
training, benchmarks and tables know it from there on. A form on the microcontroller is more work
(``lnnlab/models/folded.py``, both arithmetics, the C); until it has one, its row says why not.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import partial

from lnnlab.errors import UserError, unknown
from lnnlab.models.cell import Cell
from lnnlab.models.cfc import CfC
from lnnlab.models.classifier import Classifier, SequenceClassifier, parameter_count
from lnnlab.models.cnn import CNN, Shape
from lnnlab.models.fastgrnn import FastGRNN
from lnnlab.models.keyword import KeywordClassifier
from lnnlab.models.linear_ltc import LinearLTC
from lnnlab.models.ltc import LTC
from lnnlab.models.null import BandStatistics, Majority
from lnnlab.models.recurrent import GRU, LSTM

CELL, BLOCKS, CONVOLUTION, NULL = "cell", "blocks", "convolution", "null"  # families
# family → the option that makes it wider, and its values from narrow to wide
WIDTHS = {CELL: ("units", range(1, 513)), BLOCKS: ("channels", range(2, 129, 2))}
NO_KERNEL = "no kernel computes its step"
_SOLVER = "a step is several passes of an ODE solver over every synapse, and no kernel does that"
_ONLY_LINEAR = "in blocks only LinearLTC has a kernel"
_NULL = "a null baseline is there to be compared with, not to be deployed"


@dataclass(frozen=True)
class ModelKind:
    """One kind of model.

    Attributes:
        name: how recipes, records and the command line call it.
        label: how tables call it.
        build: ``build(input_size, classes, steps, **options)`` gives the classifier, or the null
            baseline, which is fitted instead of trained.
        family: ``"cell"`` (cells under a pool), ``"blocks"`` (cells in the blocks of
            :class:`KeywordClassifier`), ``"convolution"`` or ``"null"``.
        cell: class of its cells, if it has any.
        timed: elapsed times mean nothing to its cell; ``timed=True`` gives them as one more input.
        missing: why it has no form on the microcontroller; empty: it has one.
    """

    name: str
    label: str
    build: Callable[..., Classifier | Majority | BandStatistics]
    family: str
    cell: type[Cell] | None = None
    timed: bool = False
    missing: str = ""

    @property
    def on_target(self) -> bool:
        """Whether it can be quantised and run on a microcontroller."""
        return not self.missing

    @property
    def streams(self) -> bool:
        """Whether it can decide there frame by frame, in a stream; the others decide on windows."""
        return self.on_target and self.family == BLOCKS


def cell_kinds(
    name: str, label: str, cell: type[Cell], on_target: tuple[str, ...] = (),
    missing: str = NO_KERNEL, timed: bool = False,
) -> tuple[ModelKind, ModelKind]:
    """The two kinds that follow from a cell: under a pool, and in blocks.

    Args:
        name, label: of the first; the second is ``keyword_<name>``, "<label> in blocks".
        cell: its class.
        on_target: which of the two families have a form on the microcontroller.
        missing: why the first has none, if so.
        timed: see :class:`ModelKind`.
    """
    return (
        ModelKind(name, label, partial(_sequence, cell), CELL, cell, timed,
                  "" if CELL in on_target else missing),
        ModelKind(f"keyword_{name}", f"{label} in blocks", partial(_blocks, cell), BLOCKS, cell,
                  missing="" if BLOCKS in on_target else _ONLY_LINEAR),
    )


@dataclass(frozen=True)
class _Stack:
    """Layers of cells under a pool.

    Attributes:
        units: of every layer, or a list of one number a layer.
        layers: how many, where ``units`` is one number.
        mixing, pool: see :class:`SequenceClassifier`.
    """

    units: int | list[int] = 32
    layers: int = 1
    mixing: int = 0
    pool: str = "mean"

    @property
    def widths(self) -> list[int]:
        """Units of each layer."""
        return self.units if isinstance(self.units, list) else [self.units] * self.layers


def _sequence(
    cell: type[Cell], input_size: int, classes: int, steps: int, **options: object
) -> SequenceClassifier:
    own = {each.name for each in fields(_Stack)} & set(options)
    stack = _Stack(**{name: options.pop(name) for name in own})  # the others are the cell's
    sizes = zip([input_size, *stack.widths], stack.widths, strict=False)
    cells = [cell.as_layer(size, width, **options) for size, width in sizes]
    return SequenceClassifier(cells, classes, stack.mixing, stack.pool)


def _blocks(
    cell: type[Cell], input_size: int, classes: int, steps: int, **options: object
) -> KeywordClassifier:
    return KeywordClassifier(input_size, classes, cell.as_layer, **options)


def _convolution(name: str, label: str, shape: Shape) -> ModelKind:
    return ModelKind(name, label, partial(CNN, shape=shape), CONVOLUTION)


def _null(name: str, label: str, baseline: type) -> ModelKind:
    return ModelKind(name, label, lambda *sizes, **_: baseline(), NULL, missing=_NULL)


_CELLS = (
    cell_kinds("linear_ltc", "liquid (LinearLTC)", LinearLTC, on_target=(CELL, BLOCKS)),
    cell_kinds("cfc", "liquid (CfC)", CfC, on_target=(CELL,)),
    cell_kinds("ltc", "liquid (LTC)", LTC, missing=_SOLVER),
    cell_kinds("lstm", "LSTM", LSTM, on_target=(CELL,), timed=True),
    cell_kinds("gru", "GRU", GRU, on_target=(CELL,), timed=True),
)
_LATER_CELLS = (
    cell_kinds("fastgrnn", "FastGRNN", FastGRNN),
)
# by name, in the order of the rows of published tables
KINDS: dict[str, ModelKind] = {kind.name: kind for kind in (
    *(plain for plain, _ in _CELLS),
    _convolution("cnn_42k", "CNN 42k (MobileNet-style)", Shape(16, 9, 9, (32, 64, 96, 128, 124))),
    _convolution("cnn_2k", "CNN 2k (MobileNet-style)", Shape(8, 9, 5, (16, 24, 42))),
    *(framed for _, framed in (*_CELLS, *_LATER_CELLS)),
    *(plain for plain, _ in _LATER_CELLS),
    _convolution(  # for spectra: a wide stem, bands as channels
        "ds_cnn_42k", "CNN 42k (DS-CNN-style)", Shape(64, 3, 9, (80, 96, 92, 88), (1, 2, 1, 1, 1))
    ),
    _null("logistic_regression", "logistic regression on band statistics (null)", BandStatistics),
    _null("majority", "majority class (null)", Majority),
)}


def kind_of(name: str) -> ModelKind:
    """The kind of that name.

    Raises:
        UserError: there is none; the nearest is suggested.
    """
    if name not in KINDS:
        raise unknown("model", name, KINDS)
    return KINDS[name]


def build(
    name: str, input_size: int, classes: int, steps: int = 1024, **options: object
) -> Classifier:
    """A classifier by the name of its kind.

    Args:
        name: key of ``KINDS``.
        input_size: features per step.
        classes: number of classes.
        steps: length of the sequences; only the convolutional networks ask for it.
        options: of cells ``units``, ``layers``, ``mixing`` and ``pool``, see
            :class:`SequenceClassifier` (a list of ``units`` holds one number a layer), and further
            arguments of the cell; in blocks those of :class:`KeywordClassifier`; of convolutions
            ``channels``.

    Raises:
        UserError: the name is unknown.
    """
    return kind_of(name).build(input_size, classes, steps, **options)


def within_budget(
    name: str, input_size: int, classes: int, budget: int, **options: object
) -> dict[str, int]:
    """The option that makes a model as wide as ``budget`` parameters allow.

    Returns:
        ``units`` of cells, ``channels`` of blocks; nothing where the kind itself sets the size.

    Raises:
        UserError: the name is unknown, or not even the narrowest fits.
    """
    family = kind_of(name).family
    if family not in WIDTHS:
        return {}
    option, widths = WIDTHS[family]
    best = 0
    for width in widths:
        model = build(name, input_size, classes, **{option: width}, **options)
        if parameter_count(model) > budget:
            break
        best = width
    if not best:
        raise UserError(
            f"{name}: {input_size} features and {classes} classes do not fit in {budget} "
            "parameters; use fewer features"
        )
    return {option: best}


def require_form(name: str) -> None:
    """Refuse a kind that has no form on the microcontroller.

    Raises:
        UserError: it has none; the message says why, and which kinds have one.
    """
    kind = kind_of(name)
    if not kind.on_target:
        raise _formless(kind.label, kind.missing)


def no_form(cell: type[Cell], family: str) -> UserError:
    """The error for a network of these cells, ``family`` being ``"cell"`` or ``"blocks"``."""
    for kind in KINDS.values():
        if kind.cell is cell and kind.family == family:
            return _formless(kind.label, kind.missing or NO_KERNEL)
    return _formless(cell.__name__, _ONLY_LINEAR if family == BLOCKS else NO_KERNEL)


def _formless(label: str, missing: str) -> UserError:
    ready = ", ".join(kind.name for kind in KINDS.values() if kind.on_target)
    return UserError(f"{label} has no form on the target: {missing}; choose one of {ready}")
