"""Networks of a benchmark in ONNX Runtime and TensorFlow Lite Micro, beside torch, on test windows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

from lnnlab.experiments.results import RunRecord
from lnnlab.experiments.run import Run, as_saved, fresh
from lnnlab.experiments.trained import FOLDER, trained
from lnnlab.models import Classifier, KeywordClassifier, kind_of, parameter_count
from lnnlab.models.kinds import BLOCKS, CELL
from lnnlab.models.saved import SavedModel
from lnnlab.runtime.steps.export import FORMATS, written
from lnnlab.runtime.steps.networks import INPUT
from lnnlab.runtime.steps.packages import PACKAGES, installed
from lnnlab.runtime.steps.source import from_saved
from lnnlab.training.predictions import one_thread

UNTRAINED = ", untrained"  # behind the label of a model that no table has trained
AT_ONCE = 512  # windows that torch computes together


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
        decisions: compared: one a window, of networks that decide after every frame one a frame.
        apart: largest difference of a logit from torch's.
        differ: decisions that differ.
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
    decisions: int
    apart: float
    differ: int


def compare_runtimes(
    records: Sequence[RunRecord], folder: Path, untrained: Iterable[str] = ()
) -> list[Compared]:
    """Run the networks of some records in every other runtime that is installed.

    Networks that need the whole window at once are passed over; see :func:`without_step`.

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
        test = run.samples("test")
        x, spans = np.asarray(test.x, np.float32), test.timespans
        wanted = _torch(saved.network, x, spans)
        for form in FORMATS:
            if installed(FORMATS[form].runtime):
                found.append(_compared(run, label, saved, form, (x, spans, wanted)))
    return found


def missing_packages() -> list[str]:
    """What is not installed of the runtimes."""
    return [PACKAGES[each.runtime] for each in FORMATS.values() if not installed(each.runtime)]


def without_step(records: Sequence[RunRecord]) -> list[str]:
    """Labels of the trained rows that need the whole window at once and run in no stream."""
    return list(dict.fromkeys(
        each.label for each in records if not each.run.null and not _steps(each.run)))


def _steps(run: Run) -> bool:
    return kind_of(run.recipe.model).family in (CELL, BLOCKS)


def _started(run: Run, name: str) -> SavedModel:
    """A network of some kind with its weights as they start, for a run's data."""
    other = replace(run, recipe=replace(run.recipe, model=name, options={}))
    network, options = fresh(other, other.samples("train").x)
    return as_saved(other, network.eval(), options)


def _torch(network: Classifier, x: np.ndarray, spans: np.ndarray | None) -> np.ndarray:
    """Logits of torch after every frame where the network says them, else after the last one;
    (window, time or 1, class)."""
    found = []
    with torch.no_grad(), one_thread():
        for first in range(0, len(x), AT_ONCE):
            part = torch.from_numpy(x[first : first + AT_ONCE])
            given = None if spans is None else torch.from_numpy(spans[first : first + AT_ONCE])
            if isinstance(network, KeywordClassifier):
                found.append(network.stream(part).numpy())
            else:
                found.append(network(part, given)[:, None].numpy())
    return np.concatenate(found)


def _compared(
    run: Run, label: str, saved: SavedModel, form: str,
    given: tuple[np.ndarray, np.ndarray | None, np.ndarray],
) -> Compared:
    x, spans, wanted = given
    source = from_saved(saved)
    each = written(source, form, 1.0 if spans is None else INPUT)
    logits = FORMATS[form].runner(each.content).stream(x, spans)[:, -wanted.shape[1]:]
    package = PACKAGES[FORMATS[form].runtime]
    return Compared(
        run, label, parameter_count(saved.network), form, f"{package} {version(package)}",
        FORMATS[form].opset, FORMATS[form].nodes(each.content), len(each.content), len(x),
        wanted.shape[0] * wanted.shape[1], float(np.abs(logits - wanted).max()),
        int((logits.argmax(axis=2) != wanted.argmax(axis=2)).sum()))
