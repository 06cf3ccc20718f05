"""A record back into its run: data loaded, split found, network taken or trained again."""

from dataclasses import replace
from pathlib import Path

from lnnlab.data import Dataset, Split, load, make_splits, options_of, refitted
from lnnlab.data.splits import FILE_ORDER, OFFICIAL, REFITTED, TIME
from lnnlab.errors import UserError, unknown
from lnnlab.experiments.recipes import from_dict
from lnnlab.experiments.run import Budget, Run
from lnnlab.experiments.trained import FOLDER, trained
from lnnlab.models.saved import SavedModel
from lnnlab.records import every_record
from lnnlab.training.device import CPU


def network_of_record(name: str, folder: Path) -> tuple[Run, SavedModel]:
    """The run of a record, and its network with the windows that compression needs.

    Args:
        name: key of the record, or label of a row, whose first fold and seed are taken.
        folder: of the profile's reports, such as ``reports/full``.

    Raises:
        UserError: there is no such record, or its data are not here.
    """
    record = find_record(name, folder)
    run = run_of(record["identity"])
    if run.dataset.hash != record["basis"]["data"]:
        raise UserError(f"{run.dataset.name}: the data here are not those of the record "
                        f"{record['key']}; point LNNLAB_DATA at them, or train without it")
    return run, trained(run, folder / FOLDER)


def row_run(like: Run, folder: Path) -> Run:
    """The run behind a row of a table: the same data, model and seed with the recipe that was
    chosen for its fold, and the budget it had; ``like`` itself where no table has such a row.

    Args:
        like: with the model's usual recipe.
        folder: of the profile's reports.
    """
    named = {"corpus": like.dataset.name, "split": like.split.rule, "fold": like.split.name,
             "window": like.dataset.x.shape[1]}
    own = [
        each for each in every_record(folder)
        if each["label"] == like.label and "validation_loss" in each["results"]
        and named.items() <= each["identity"].items()
    ]
    if not own:
        return like
    best = _chosen(own)["identity"]
    return replace(like, recipe=from_dict(best["recipe"]),
                   budget=Budget(best["epochs"], best["patience"]))


def row_recipe(label: str, like: Run, folder: Path) -> Run:
    """A run with the recipe and the budget of a table's row; of several corpora's the run's own.

    Args:
        label: of the row.
        like: data, split and seed.
        folder: of the profile's reports.

    Raises:
        UserError: no table has such a row.
    """
    own = [each for each in every_record(folder)
           if "recipe" in each["identity"] and "validation_loss" in each["results"]]
    named = [each for each in own if each["label"] == label]
    if not named:
        raise unknown(f"row of {folder}", label, sorted({each["label"] for each in own}))
    here = [each for each in named if each["identity"]["corpus"] == like.dataset.name]
    best = _chosen(here or named)["identity"]
    return replace(like, recipe=from_dict(best["recipe"]),
                   budget=Budget(best["epochs"], best["patience"]))


def find_record(name: str, folder: Path) -> dict:
    """The record of a trained run by its key, or by a row's label: what its first fold chose.

    Raises:
        UserError: there is none; the nearest label or key is suggested.
    """
    runs = [each for each in every_record(folder) if "recipe" in each["identity"]
            and "board" not in each["identity"] and "options" in each["results"]]
    for each in runs:
        if name == each["key"]:
            return each
    own = [each for each in runs if name == each["label"]]
    own.sort(key=lambda each: REFITTED not in each["identity"]["split"])  # tables show these
    if own:
        place = ("corpus", "split", "fold", "window")
        return _chosen([each for each in own
                        if all(each["identity"][key] == own[0]["identity"][key] for key in place)])
    if not runs:
        raise UserError(f"{folder}: no records of trained networks; 'lnnlab reports --profile "
                        f"{folder.name}' makes them")
    labels = sorted({each["label"] for each in runs})
    raise unknown(f"record in {folder}", name, labels, [each["key"] for each in runs])


def _chosen(own: list[dict]) -> dict:
    """Of the records of one row and fold the candidate that validation chose, with its seed."""
    first = min(each["identity"]["seed"] for each in own)
    tried = [each for each in own if each["identity"]["seed"] == first]
    return min(tried, key=lambda each: each["results"].get("validation_loss", 0.0))


def run_of(identity: dict) -> Run:
    """The run that a record's identity stands for.

    Raises:
        UserError: the data are not here, or hold no such fold any more.
    """
    corpus = identity["corpus"]
    window = identity["window"] if "window" in options_of(corpus) else None
    dataset = load(corpus, window=window)
    split = _split(dataset, identity["split"], identity["fold"])
    budget = Budget(identity["epochs"], identity["patience"])
    return Run(dataset, split, from_dict(identity["recipe"]), identity["seed"], budget,
               identity.get("device", CPU))


def _split(dataset: Dataset, rule: str, fold: str) -> Split:
    for name in (FILE_ORDER, TIME, OFFICIAL, *dataset.groups):
        try:
            splits = make_splits(dataset, name)
        except UserError:  # a rule that these data do not offer
            continue
        for split in [each for held in splits for each in (held, refitted(held))]:
            if (split.rule, split.name) == (rule, fold):
                return split
    raise UserError(f"{dataset.name}: no fold '{fold}' by '{rule}' any more; run its notebook")
