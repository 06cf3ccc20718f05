"""``lnnlab fetch``: a published corpus into the data folder."""

import argparse

from lnnlab.data.fetch import fetch


def fetch_one(options: argparse.Namespace) -> None:
    """Download one corpus and print where it lies."""
    print(fetch(options.name))
