"""``lnnlab train``: one network from a corpus or your own recordings to a file."""

import argparse
from pathlib import Path

from lnnlab.data import load, make_splits
from lnnlab.data.speech_commands import SOUND
from lnnlab.data.splits import OFFICIAL
from lnnlab.errors import UserError, unknown
from lnnlab.experiments.keyword_recipes import sound_recipe
from lnnlab.experiments.recipes import NULLS, recipe
from lnnlab.experiments.run import run
from lnnlab.training.predictions import one_thread


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add ``train`` to the parser's commands."""
    parser = commands.add_parser("train", help="train one network and save it as model.pt")
    parser.add_argument("--corpus", default="bearing_sim",
                        help="bearing_sim (default), cwru, ceiling_fan, spoken_words, "
                             "speech_commands, or your CSV file or folder")
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
    parser.add_argument("--output", type=Path, default=Path("model.pt"))
    parser.set_defaults(command=_train)


def _train(options: argparse.Namespace) -> None:
    dataset = load(options.corpus, window=options.window)
    sound = dataset.channels == SOUND
    rule = options.split or (OFFICIAL if sound else "load")
    model = options.model or ("keyword_linear_ltc" if sound else "linear_ltc")
    splits = make_splits(dataset, rule)
    if not 0 <= options.fold < len(splits):
        raise UserError(f"fold {options.fold}: rule '{rule}' has {len(splits)} fold(s)")
    if model in NULLS:
        raise unknown("model to train", model, ("linear_ltc", "cfc", "lstm", "gru"))
    chosen = sound_recipe(model, dataset, options.versions) if sound else recipe(model, dataset)
    split = splits[options.fold]
    patience = options.epochs if sound else max(5, options.epochs // 3)
    with one_thread():
        results = run(dataset, split, chosen, options.seed, options.epochs, patience,
                      keep=options.output)
    print(f"{chosen.label}, {results['parameters']:,} parameters, {dataset.name}, {split.name}: "
          f"test accuracy {100 * results['test']['accuracy']:.2f} % (measured, "
          f"{results['test']['items']} windows)")
    print(options.output)
