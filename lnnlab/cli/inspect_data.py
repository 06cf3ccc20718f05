"""``lnnlab inspect-data``: what is read of recordings, as a paragraph and a picture."""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt

from lnnlab import store
from lnnlab.cli.recordings import recordings
from lnnlab.data import Dataset
from lnnlab.reports.inspection import inspection


def inspect_data(options: argparse.Namespace) -> None:
    """Print the paragraph, draw the picture, and say how the data can be split.

    Raises:
        UserError: the data are wrong; the line says what and where.
    """
    dataset = recordings(options)
    if dataset.account is None:
        print(published(dataset))
    place = options.figure or Path(f"{dataset.name}.png")
    figure = inspection(dataset)
    with store.replacing(place) as path:
        figure.savefig(path, format="png", dpi=110, metadata={"Software": None})
    plt.close(figure)
    print(place)


def published(dataset: Dataset) -> str:
    """A corpus of the workbench in a sentence."""
    return (f"{dataset.name}: {len(dataset):,} windows of {dataset.x.shape[1]} samples, "
            f"{len(dataset.classes)} classes ({', '.join(dataset.classes)}), channels "
            f"{', '.join(dataset.channels)}, {dataset.rate_hz:g} Hz, groups "
            f"{', '.join(dataset.groups)}. {dataset.note}")
