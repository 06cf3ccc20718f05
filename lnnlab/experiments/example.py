"""The network that power and battery are shown with: one of table 1, or a small example."""

from pathlib import Path

from lnnlab.compress import quantise
from lnnlab.data import load, make_splits
from lnnlab.experiments.recipes import recipe
from lnnlab.experiments.trained import trained
from lnnlab.integer import IntegerModel
from lnnlab.models.saved import load as load_model


def example_network(folder: Path, corpus: str, label: str, epochs: int = 20) -> IntegerModel:
    """The first network of a row of table 1 that lies in ``folder/models``.

    Args:
        folder: of the profile's reports.
        corpus: as it stands in the table; " (synthetic)" is passed over.
        label: of the model.
        epochs: of training the example where no such network lies there: a liquid network on the
            first held-out load.
    """
    name = corpus.removesuffix(" (synthetic)")
    for path in sorted((folder / "models" / name).glob("*.pt")):
        saved = load_model(path)
        if saved.origin.get("label") == label:
            return quantise(saved)
    dataset = load("bearing_sim")
    split = make_splits(dataset, "load")[0]
    chosen = recipe("linear_ltc", dataset)
    return quantise(trained(dataset, split, chosen, 0, folder / "models", epochs))
