"""``lnnlab sweep``: a grid of runs over processes or a cluster."""

import argparse
import sys
from contextlib import closing

from lnnlab.errors import UserError
from lnnlab.sweep.cluster import Cluster
from lnnlab.sweep.connection import Access
from lnnlab.sweep.driver import Options, Pool, Result, sweep
from lnnlab.sweep.grid import read_grid
from lnnlab.sweep.local import Local
from lnnlab.sweep.shelf import FAILED, Shelf

SOME_FAILED = 3  # exit status


def run_grid(options: argparse.Namespace) -> int:
    """Make what is missing of a grid; 0 when all of it is there, 3 when some runs failed.

    Raises:
        UserError: the grid, an option or the cluster is wrong.
    """
    _check(options)
    grid = read_grid(options.grid, options.yes)
    how = Options(options.retries, options.part, options.renew)
    with closing(_pool(options, Shelf(grid))) as pool:
        result = sweep(grid, pool, how)
    return _report(result)


def _check(options: argparse.Namespace) -> None:
    if options.jobs is not None and options.scheduler:
        raise UserError("--jobs is for this machine and --scheduler for a cluster; give one")
    wrong = [(name, value) for name, value, least in (
        ("jobs", options.jobs, 1), ("retries", options.retries, 0)) if
        value is not None and value < least]
    for name, value in wrong:
        raise UserError(f"--{name} {value}: too small")
    if options.timeout is not None and not options.timeout > 0:
        raise UserError(f"--timeout {options.timeout:g}: give the seconds that a run may take")


def _pool(options: argparse.Namespace, shelf: Shelf) -> Pool:
    if options.scheduler:
        access = Access(options.scheduler, options.tls and tuple(options.tls),
                        options.trust_network, options.wait)
        return Cluster(access, options.timeout, shelf.folder if options.shared_disk else None)
    return Local(options.jobs or 1, options.timeout)


def _report(result: Result) -> int:
    made = result.asked - result.skipped - len(result.failed)
    print(f"{result.asked} runs: {result.skipped} were recorded, {made} made, "
          f"{len(result.failed)} failed: {result.place}")
    if result.stale:
        print(f"{result.stale} of the recorded were made by another version of the package; "
              "--renew makes the grid anew")
    for outcome in list(result.failed.values())[:1]:
        print(f"lnnlab: {len(result.failed)} failed, the first: {outcome.state}, {outcome.line}; "
              f"all are in {result.place / FAILED}", file=sys.stderr)
    return SOME_FAILED if result.failed else 0
