"""``lnnlab evaluate``: a ``.pt`` or ``.lnn`` model on a folder of recordings."""

import argparse

import numpy as np

from lnnlab.cli.outputs import refuse_without_classes
from lnnlab.cli.recordings import recordings
from lnnlab.data import make_splits
from lnnlab.errors import UserError
from lnnlab.experiments.evaluation import Evaluation, candidate, evaluate
from lnnlab.scoring.pairs import percent

MOST_GROUPS = 10  # that are listed, the worst first


def evaluate_model(options: argparse.Namespace) -> None:
    """Print accuracy with interval and null, confusion, and the groups.

    Raises:
        UserError: model or data are damaged, or not for each other.
    """
    refuse_without_classes(options.model)
    model = candidate(options.model, options.on)
    dataset = recordings(options, window=model.window)
    rows, which = np.arange(len(dataset)), "all windows"
    if options.split:
        splits = make_splits(dataset, options.split)
        if not 0 <= options.fold < len(splits):
            raise UserError(f"fold {options.fold}: rule '{options.split}' has {len(splits)}")
        rows, which = splits[options.fold].test, f"test windows of '{splits[options.fold].name}'"
    print("\n".join(lines(evaluate(model, dataset, rows), f"{dataset.name}, {which}")))


def lines(found: Evaluation, title: str) -> list[str]:
    """The report, a line each."""
    width = max(map(len, found.classes))
    text = [
        f"{title}: accuracy {percent(found.accuracy, found.unit)}, {found.accuracy.items:,} "
        f"windows ({found.basis}).",
        *found.notes,
        f"Null: always '{found.null_class}' gets {100 * found.null:.1f} %.",
        "Confusion, a row for each true class, a column for each answer:",
        f"  {'':<{width}} " + " ".join(f"{name[:6]:>6}" for name in found.classes),
    ]
    for name, row in zip(found.classes, found.confusion, strict=True):
        if row.any():
            text.append(f"  {name:<{width}} " + " ".join(f"{count:>6}" for count in row))
    shown = list(found.by_group.items())[:MOST_GROUPS]
    text.append(f"By {found.unit}, the worst first:")
    text += [f"  {name}: {100 * share:.1f} % of {count}" for name, (share, count) in shown]
    if len(found.by_group) > MOST_GROUPS:
        text.append(f"  and {len(found.by_group) - MOST_GROUPS} more, better ones")
    return text
