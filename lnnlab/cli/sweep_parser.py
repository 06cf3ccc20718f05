"""What ``lnnlab sweep`` takes; like :mod:`lnnlab.cli.parsers` it imports nothing heavy."""

import argparse
from pathlib import Path


def add_sweep(commands: argparse._SubParsersAction) -> None:
    """Add ``sweep`` to the commands of ``lnnlab``."""
    parser = commands.add_parser(
        "sweep", help="run a grid of a notebook's parameters, or of training runs, over processes "
                      "or a cluster")
    parser.add_argument("grid", type=Path, metavar="GRID.toml",
                        help="what is run and varied; lnnlab/sweep/SWEEPS.md shows one")
    parser.add_argument("--jobs", type=int, help="processes on this machine (default 1)")
    parser.add_argument("--timeout", type=float, metavar="S", help="seconds that a run may take")
    parser.add_argument("--retries", type=int, default=2,
                        help="further attempts at a run that failed (default 2)")
    parser.add_argument("--part", default="", metavar="I/N",
                        help="only the I-th of N parts, for job arrays")
    parser.add_argument("--renew", action="store_true", help="make anew what is done")
    parser.add_argument("--yes", action="store_true", help="a very large grid is meant")
    cluster = parser.add_argument_group("on a cluster of Dask")
    cluster.add_argument("--scheduler", metavar="ADDRESS",
                         help="tls://host:8786, or tcp:// on this machine")
    cluster.add_argument("--tls", nargs=3, type=Path, metavar=("CA", "CERT", "KEY"),
                         help="files for tls:// (default: as Dask is configured)")
    cluster.add_argument("--trust-network", action="store_true",
                         help="tcp:// to another machine: whoever reaches the scheduler can run "
                              "programs as you")
    cluster.add_argument("--shared-disk", action="store_true",
                         help="workers see your files and the reports where you see them; "
                              "otherwise recordings and results travel over the network")
    cluster.add_argument("--wait", type=float, default=60, metavar="S",
                         help="seconds to wait for a scheduler or workers (default 60)")
    parser.set_defaults(work="sweep:run_grid")
