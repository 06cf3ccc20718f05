"""Trained networks as files: made once, committed with their table, taken up by export and tests.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from torch import nn

from lnnlab import paths, records, store
from lnnlab.experiments.augmented import augmented
from lnnlab.experiments.probes import probe
from lnnlab.experiments.results import Answers
from lnnlab.experiments.run import Run, samples
from lnnlab.experiments.teacher import teacher_of, teachers_of
from lnnlab.experiments.training import Given, Trained, as_saved, train, train_together
from lnnlab.models.kinds import kind_of
from lnnlab.models.linear_ltc import LinearLTC
from lnnlab.models.saved import SavedModel, load, save, slim
from lnnlab.training.device import CUDA, kind_of_device
from lnnlab.training.predictions import one_thread, predict
from lnnlab.training.samples import FitResult
from lnnlab.training.stack import OWN

FOLDER = "networks"  # of a profile's reports
MOST_STACKED = 16  # networks of a stack


@dataclass(frozen=True)
class Kept:
    """A run's network at hand.

    Attributes:
        saved: the network, with its calibration windows.
        fit: how its training went; None where it was trained before.
    """

    saved: SavedModel
    fit: FitResult | None = None


def trained(run: Run, folder: Path) -> SavedModel:
    """The network of a run, trained now unless it lies in ``folder``.

    A file of another corpus of the same name, or of another split, is trained anew. One that
    today's code would train otherwise is taken, as the records that show it are, and said to be
    stale; ``lnnlab reports --renew`` trains it again.

    Args:
        folder: where networks are kept, such as ``reports/full/networks``.
    """
    path = place_of(run, folder)
    if not path.exists():
        return renewed(run, folder).saved
    saved = load(path)
    why = records.difference(saved.origin.get("basis", {}), basis_of(run))
    if why and why != records.WORDS["probe"]:
        return renewed(run, folder).saved
    if why:
        print(f"{path.name}: stale ({why}); 'lnnlab reports --renew' trains it anew")
    return replace(as_saved(run, saved.network, saved.options), origin=saved.origin)


def renewed(run: Run, folder: Path, jobs: int = 1) -> Kept:
    """Train the network of a run, whatever lies in ``folder``, and keep it there.

    Weights and all are kept without the windows, which the data give back. A killed training goes
    on from its last epoch.
    """
    return _kept(run, folder, trained_now(run, _checkpoint(run, folder), jobs))


def renewed_together(runs: Sequence[Run], folder: Path) -> list[Kept]:
    """:func:`renewed` for runs that :func:`stacks` put into one group."""
    with one_thread():
        given = [Given(_checkpoint(run, folder), augmented(run), teacher_of(run, teacher_network))
                 for run in runs]
        made = train_together(runs, given)
    return [_kept(run, folder, each) for run, each in zip(runs, made, strict=True)]


def stacks(runs: Sequence[Run]) -> list[list[int]]:
    """Numbers of the runs in groups that train together: on CUDA those that differ in seed, fold,
    learning rate or weight decay; the others alone.

    On the CPU every run trains alone: a stack is hardly faster there, and its last bits are not
    those of the records.
    """
    groups: dict[str, list[int]] = {}
    for number, run in enumerate(runs):
        groups.setdefault(_group(run) or f"alone {number}", []).append(number)
    return [group[first : first + MOST_STACKED] for group in groups.values()
            for first in range(0, len(group), MOST_STACKED)]


def _group(run: Run) -> str:
    """What runs of a stack have in common; "" where a run trains alone."""
    kind = kind_of(run.recipe.model)
    if kind_of_device(run.device) != CUDA or run.null or kind.cell not in (None, LinearLTC):
        return ""
    recipe = run.recipe.as_dict()
    recipe |= {"variant": "", "features": recipe["features"] | {"full_scale": None}}
    recipe["config"] = {name: each for name, each in recipe["config"].items() if name not in OWN}
    return store.key({**run.identity, "recipe": recipe, "seed": 0, "fold": "",
                      "classes": len(run.dataset.classes), "data": run.dataset.hash})


def _checkpoint(run: Run, folder: Path) -> Path:
    path = place_of(run, folder)
    return path.with_name(f"{path.stem}-{run.dataset.hash}.checkpoint")


def _kept(run: Run, folder: Path, made: Trained) -> Kept:
    saved = replace(made.saved, origin=made.saved.origin | {"basis": basis_of(run)})
    save(slim(saved), place_of(run, folder))
    _checkpoint(run, folder).unlink(missing_ok=True)
    return Kept(saved, made.fit)


def trained_now(run: Run, checkpoint: Path | None = None, jobs: int = 1) -> Trained:
    """Train the network of a run, with the augmented versions and teachers that its recipe names.

    Nothing is kept; choose :func:`renewed` for a table's network.
    """
    with one_thread():
        teacher = teacher_of(run, teacher_network, jobs)
        return train(run, checkpoint, augmented(run, jobs), teacher)


def basis_of(run: Run) -> dict:
    """What a run's figures rest on: data, rows of the split, and what the code makes of a signal.
    """
    return run.data | {"probe": probe(run)}


def teacher_network(run: Run) -> nn.Module:
    """A teacher's network, trained unless it lies in the cache."""
    return trained(run, paths.cache() / "teachers").network.eval()


def teacher_networks(run: Run) -> list[nn.Module]:
    """The teachers of a recipe themselves; [] without any.

    Choose it for what has no numbered versions, such as streams; see
    :func:`lnnlab.experiments.teacher.teacher_of`.
    """
    return [teacher_network(each) for each in teachers_of(run)]


def judged(run: Run, saved: SavedModel) -> Answers:
    """Answers of a network in float to the test windows of a run."""
    windows = samples(run.dataset, run.split.test, saved.features)
    guesses = predict(saved.network, windows).argmax(axis=1)
    return Answers.of(run.dataset, run.split.test, guesses)


def place_of(run: Run, folder: Path) -> Path:
    """Where the network of a run lies, or would lie."""
    return folder / f"{run.dataset.name}-{run.recipe.model}-{run.key}.pt"
