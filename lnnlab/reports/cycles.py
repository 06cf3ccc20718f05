"""The cycle model's evidence: ratios between cores, and what a board's flash adds."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lnnlab.reports.tables import COLUMNS, summary
from lnnlab.target import evidence
from lnnlab.target.toolchain import Compiler

SETS = {True: "one instruction set", False: "two instruction sets: compilers count as well"}
KINDS = {"CoreMark": "lists, matrices, a scanner, CRC", "DMIPS": "records, strings, small calls"}


def cycle_evidence(builders: Sequence[Compiler]) -> pd.DataFrame:
    """How much faster each core is than another by the model, and by published scores.

    Args:
        builders: the compilers and levels that the workloads are built with.

    Returns:
        A tidy table; ``model`` names the pair, ``corpus`` the kinds of work, ``split`` whether both
        cores have one instruction set, ``items`` how many builds. Below them what the flash of
        some boards adds, in percent.
    """
    rows = []
    for each in evidence.ratios(builders):
        shared = {
            "model": f"{each.core} over {each.over}", "items": len(each.builds),
            "corpus": f"{each.score}: {KINDS[each.score]}", "split": SETS[each.one_set],
        }
        figures = [
            ("model", each.modelled, "x", "emulated"),
            ("least of builds", min(each.builds), "x", "emulated"),
            ("most of builds", max(each.builds), "x", "emulated"),
            ("least published", min(each.published), "x", "published"),
            ("most published", max(each.published), "x", "published"),
            ("model to published median", each.difference_percent, "%", "emulated"),
        ]
        if each.parts:
            figures += [("least of parts", min(each.parts), "x", "emulated"),
                        ("most of parts", max(each.parts), "x", "emulated")]
        rows += [shared | summary(metric, [value], unit, basis)
                 for metric, value, unit, basis in figures]
    return pd.DataFrame(rows + _flash_rows(builders), columns=COLUMNS)


def _flash_rows(builders: Sequence[Compiler]) -> list[dict]:
    rows = []
    for each in evidence.waits(builders):
        shared = {
            "model": f"{each.board.title}'s flash at {each.wait_states} wait states",
            "items": len(each.builds), "corpus": f"CoreMark: {KINDS['CoreMark']}",
            "split": "waits over all other cycles",
        }
        emulated = each.board.on_flash("emulated")
        figures = [
            ("model", float(np.mean(each.builds)), emulated),
            ("least of builds", min(each.builds), emulated),
            ("most of builds", max(each.builds), emulated),
            ("least published", min(each.published), "published"),
            ("most published", max(each.published), "published"),
        ]
        rows += [shared | summary(metric, [value], "%", basis) | {"board": each.board.name}
                 for metric, value, basis in figures]
    return rows
