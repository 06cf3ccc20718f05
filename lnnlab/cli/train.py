"""``lnnlab train``: one network from a corpus or your own recordings to a file."""

import argparse
from pathlib import Path

from lnnlab.data import load, make_splits
from lnnlab.errors import UserError, unknown
from lnnlab.experiments.recipes import NULLS, recipe
from lnnlab.experiments.run import run
from lnnlab.training.trainer import one_thread


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add ``train`` to the parser's commands."""
    parser = commands.add_parser("train", help="train one network and save it as model.pt")
    parser.add_argument("--corpus", default="bearing_sim",
                        help="bearing_sim (default), cwru, ceiling_fan, or your CSV file or folder")
    parser.add_argument("--model", default="linear_ltc", help="linear_ltc (default), lstm, ...")
    parser.add_argument("--split", default="load", help="rule, such as load or file_order")
    parser.add_argument("--fold", type=int, default=0, help="number of the fold (default 0)")
    parser.add_argument("--window", type=int, help="samples per decision")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, default=Path("model.pt"))
    parser.set_defaults(command=_train)


def _train(options: argparse.Namespace) -> None:
    dataset = load(options.corpus, window=options.window)
    splits = make_splits(dataset, options.split)
    if not 0 <= options.fold < len(splits):
        raise UserError(f"fold {options.fold}: rule '{options.split}' has {len(splits)} fold(s)")
    chosen = recipe(options.model, dataset)
    if options.model in NULLS:
        raise unknown("model to train", options.model, ("linear_ltc", "cfc", "lstm", "gru"))
    split = splits[options.fold]
    with one_thread():
        results = run(dataset, split, chosen, options.seed, options.epochs,
                      max(5, options.epochs // 3), keep=options.output)
    print(f"{chosen.label}, {results['parameters']:,} parameters, {dataset.name}, {split.name}: "
          f"test accuracy {100 * results['test']['accuracy']:.2f} % (measured, "
          f"{results['test']['items']} windows)")
    print(options.output)
