"""Learning curves, and a warning where training ended too early or went on too long."""

from collections.abc import Iterator, Sequence

import numpy as np
from matplotlib.figure import Figure

from lnnlab.experiments.results import RunRecord
from lnnlab.reports.figures import COLOURS, panels

RISEN = 1.1  # last validation loss over the lowest: from here on it is called rising
LATE = 0.8  # share of the epochs after which a lowest loss counts as that of the end


def learning_curves(records: Sequence[RunRecord]) -> Figure:
    """Validation loss after each epoch: a panel a row of the table, a line a run.

    Args:
        records: of one corpus and split; null baselines have no curve, nor have networks that were
            trained anew on validation windows too: give those that chose them, see
            :func:`lnnlab.experiments.benchmark.tried`.
    """
    shown = [each for each in records if "validation" in each.history]
    models = list(dict.fromkeys(each.label for each in shown))
    figure, axes = panels(models, 2.6, 2.2)
    for panel, model in zip(axes, models, strict=True):
        for each in shown:
            if each.label == model:
                losses = each.history["validation"]
                panel.plot(range(1, len(losses) + 1), losses, lw=0.7, alpha=0.8,
                           color=COLOURS["liquid"])
        panel.set_yscale("log")
        panel.spines[["top", "right"]].set_visible(False)
    figure.supxlabel("epoch", fontsize=9)
    figure.supylabel("validation loss", fontsize=9)
    return figure


def curve_warnings(records: Sequence[RunRecord]) -> list[str]:
    """A sentence for each row whose runs end before they have settled; [] where none does."""
    rows: dict[str, list[RunRecord]] = {}
    for each in records:
        if "validation" in each.history:
            rows.setdefault(each.label, []).append(each)
    return [line for label, own in rows.items() for line in _of_row(label, own)]


def _of_row(label: str, own: Sequence[RunRecord]) -> Iterator[str]:
    falling = sum(still_falling(each) for each in own)
    rising = sum(rises(each) for each in own)
    if falling:
        yield (f"{label}: in {falling} of {len(own)} runs the lowest validation loss is that of "
               "the last epoch allowed; more epochs may help")
    if rising:
        yield (f"{label}: in {rising} of {len(own)} runs the validation loss rises to the end; "
               "fewer epochs or more regularisation may help")


def still_falling(record: RunRecord) -> bool:
    """Whether the lowest validation loss is that of the last epoch allowed."""
    losses = record.history["validation"]
    return len(losses) >= record.budget.epochs and int(np.argmin(losses)) == len(losses) - 1


def rises(record: RunRecord) -> bool:
    """Whether the validation loss lies well above its lowest at the end, and that was long ago."""
    losses = np.asarray(record.history["validation"])
    return bool(losses[-1] >= RISEN * losses.min() and np.argmin(losses) < LATE * (len(losses) - 1))
