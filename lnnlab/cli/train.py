"""``lnnlab train``: one network from a corpus, your own recordings or a record, to a file."""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from lnnlab import paths
from lnnlab.data import CORPORA, Dataset, load, make_splits
from lnnlab.data.speech_commands import SOUND
from lnnlab.data.splits import OFFICIAL
from lnnlab.errors import UserError, unknown
from lnnlab.experiments.augmented import augmented
from lnnlab.experiments.from_record import network_of_record
from lnnlab.experiments.keyword_recipes import sound_recipe
from lnnlab.experiments.recipes import Recipe, recipe
from lnnlab.experiments.run import Budget, Run, train
from lnnlab.experiments.trained import judged
from lnnlab.models import parameter_count
from lnnlab.models.kinds import KINDS, NULL, kind_of
from lnnlab.models.saved import SavedModel, save
from lnnlab.training.predictions import one_thread


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add ``train`` to the parser's commands."""
    parser = commands.add_parser("train", help="train one network and save it as model.pt")
    parser.add_argument("--corpus", default="bearing_sim",
                        help=f"{', '.join(CORPORA)}, or your CSV file or folder (default "
                             "bearing_sim)")
    parser.add_argument("--model",
                        help="linear_ltc, lstm, ...; for sound also keyword_linear_ltc (the "
                             "defaults: the first, for sound the last)")
    parser.add_argument("--split",
                        help="rule, such as file_order (default load, for sound official)")
    parser.add_argument("--fold", type=int, default=0, help="number of the fold (default 0)")
    parser.add_argument("--window", type=int, help="samples per decision")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--versions", type=int, default=4,
                        help="augmented versions of each training clip of sound (default 4)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--from-record", metavar="KEY",
                        help="the network of a table's record, by its key, or the first of a row "
                             "by its label; the other options but --profile and --output are moot")
    parser.add_argument("--profile", default="full",
                        help="whose records --from-record reads (default full)")
    parser.add_argument("--output", type=Path, default=Path("model.pt"))
    parser.set_defaults(command=_train)


def _train(options: argparse.Namespace) -> None:
    if options.from_record:
        run, saved = network_of_record(options.from_record, paths.reports(options.profile))
    else:
        run = _run(options)
        with one_thread():
            made = train(run, versions=augmented(run))
        saved = made.saved
        if made.fit.still_falling:
            print(f"the validation loss was lowest at the last epoch: more than {options.epochs} "
                  "epochs may give a better network")
    _report(run, saved, options.output)


def _run(options: argparse.Namespace) -> Run:
    dataset = load(options.corpus, window=options.window)
    sound = dataset.channels == SOUND
    rule = options.split or (OFFICIAL if sound else "load")
    splits = make_splits(dataset, rule)
    if not 0 <= options.fold < len(splits):
        raise UserError(f"fold {options.fold}: rule '{rule}' has {len(splits)} fold(s)")
    chosen = _recipe(options, dataset, sound)
    return Run(dataset, splits[options.fold], chosen, options.seed,
               Budget(options.epochs, options.epochs))


def _recipe(options: argparse.Namespace, dataset: Dataset, sound: bool) -> Recipe:
    model = options.model or ("keyword_linear_ltc" if sound else "linear_ltc")
    if kind_of(model).family == NULL:
        trained = [each.name for each in KINDS.values() if each.family != NULL]
        raise unknown("model to train", model, trained)
    return sound_recipe(model, dataset, options.versions) if sound else recipe(model, dataset)


def _report(run: Run, saved: SavedModel, output: Path) -> None:
    origin = saved.origin | {"corpus": run.dataset.name}
    save(replace(saved, origin=origin), output)
    test = judged(run, saved)
    print(f"{run.recipe.label}, {parameter_count(saved.network):,} parameters, "
          f"{run.dataset.name}, {run.split.name}: test accuracy {100 * test.accuracy:.2f} % "
          f"(measured, {len(test.truth)} windows of {len(np.unique(test.groups))} "
          f"{test.unit}s)")
    print(output)
