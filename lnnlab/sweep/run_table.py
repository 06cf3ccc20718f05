"""The table of a grid of runs, from their records; what makes the runs does without."""

from collections.abc import Sequence
from pathlib import Path

from lnnlab.experiments.benchmark import Work, recorded
from lnnlab.reports import tables
from lnnlab.reports.rows import benchmark_rows
from lnnlab.sweep.runs import runs_of


def write_table(table: str, every: Sequence[dict], folder: Path) -> None:
    """The table of points whose records lie in a profile's folder, as a notebook would write it.

    Args:
        every: the parameters of the points, in the order of the grid.
    """
    runs = {run.key: run for given in every for run in runs_of(given)}
    records = recorded(list(runs.values()), table, Work(folder, progress=False), table)
    if records:
        tables.update(table, benchmark_rows(records), folder)
