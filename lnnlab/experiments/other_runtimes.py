"""Networks of a benchmark in ONNX Runtime and TensorFlow Lite Micro, beside torch, on test windows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np

from lnnlab.experiments.results import RunRecord
from lnnlab.experiments.run import Run
from lnnlab.experiments.trained import FOLDER, trained
from lnnlab.experiments.training import as_saved, fresh
from lnnlab.models import kind_of, parameter_count
from lnnlab.models.kinds import CELL
from lnnlab.models.saved import SavedModel
from lnnlab.runtime.steps.cells import LIQUID, STEPS
from lnnlab.runtime.steps.export import FORMATS, written
from lnnlab.runtime.steps.networks import INPUT
from lnnlab.runtime.steps.packages import PACKAGES, installed
from lnnlab.runtime.steps.run import torch_logits
from lnnlab.runtime.steps.source import from_saved

UNTRAINED = ", untrained"  # behind the label of a model that no table has trained


@dataclass(frozen=True)
class Compared:
    """One network in one runtime.

    Attributes:
        run: for its data, split and seed.
        label: of its row.
        parameters: trained numbers.
        form: key of :data:`lnnlab.runtime.steps.export.FORMATS`.
        runtime: package and version that ran it.
        opset: version of the format's operators.
        nodes: operations of a step.
        file_bytes: of the file.
        windows: how many test windows.
        apart: largest difference of a logit from torch's, in a network that decides after every
            frame of any of them.
        rounding: the same of torch in float32 from torch in float64.
        differ: decisions that differ from torch's.
    """

    run: Run
    label: str
    parameters: int
    form: str
    runtime: str
    opset: int
    nodes: int
    file_bytes: int
    windows: int
    apart: float
    rounding: float
    differ: int


def compare_runtimes(
    records: Sequence[RunRecord], folder: Path, untrained: Iterable[str] = ()
) -> list[Compared]:
    """Run the networks of some records in every other runtime that is installed.

    Networks without a step, as those that need the whole window at once, are passed over; see
    :func:`without_step`.

    Args:
        records: of a benchmark; see :func:`lnnlab.experiments.deploy.first_of`.
        folder: of the profile's reports, whose networks are taken.
        untrained: further kinds, with weights as they start and the data of the first record.
    """
    found = []
    plan = [(each.run, each.label, partial(trained, each.run, folder / FOLDER))
            for each in records if _steps(each.run)]
    if plan:
        first = plan[0][0]
        plan += [(first, kind_of(name).label + UNTRAINED, partial(_started, first, name))
                 for name in untrained]
    for run, label, network_of in plan:
        saved = network_of()
        given = _given(run, saved)
        found += [_compared(run, label, saved, form, given)
                  for form in FORMATS if installed(FORMATS[form].runtime)]
    return found


def missing_packages() -> list[str]:
    """What is not installed of the runtimes."""
    return [PACKAGES[each.runtime] for each in FORMATS.values() if not installed(each.runtime)]


def without_step(records: Sequence[RunRecord]) -> list[str]:
    """Labels of the trained rows that have no step, such as convolutional ones."""
    return list(dict.fromkeys(
        each.label for each in records if not each.run.null and not _steps(each.run)))


def _steps(run: Run) -> bool:
    """Whether a run's network has a step; at irregular times one into which the times come."""
    kind = kind_of(run.recipe.model)
    regular = run.dataset.timespans is None
    return kind.cell in STEPS and (regular or kind.family == CELL and (
        kind.timed or kind.cell in LIQUID))


def _started(run: Run, name: str) -> SavedModel:
    """A network of some kind with its weights as they start, for a run's data."""
    other = replace(run, recipe=replace(run.recipe, model=name, options={}))
    network, options = fresh(other, other.samples("train").x)
    return as_saved(other, network.eval(), options)


@dataclass(frozen=True)
class _Given:
    """Test windows, and what torch says of them in float32 and in float64."""

    x: np.ndarray
    spans: np.ndarray | None
    wanted: np.ndarray
    exact: np.ndarray


def _given(run: Run, saved: SavedModel) -> _Given:
    test = run.samples("test")
    x = np.array(test.x, np.float32)
    return _Given(x, test.timespans, *(torch_logits(saved.network, x, test.timespans, double)
                                       for double in (False, True)))


def _compared(run: Run, label: str, saved: SavedModel, form: str, given: _Given) -> Compared:
    timespan = 1.0 if given.spans is None else INPUT
    each, wanted = written(from_saved(saved), form, timespan), given.wanted
    runner = FORMATS[form].runner(each.content)
    logits = runner.stream(given.x, given.spans)[:, -wanted.shape[1]:]
    package = PACKAGES[FORMATS[form].runtime]
    return Compared(
        run, label, parameter_count(saved.network), form, f"{package} {version(package)}",
        FORMATS[form].opset, FORMATS[form].nodes(each.content), len(each.content), len(given.x),
        float(np.abs(logits - wanted).max()), float(np.abs(given.exact - wanted).max()),
        int((logits.argmax(axis=2) != wanted.argmax(axis=2)).sum()))
