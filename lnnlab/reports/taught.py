"""Which networks of a table learned from teachers' answers too, in sentences.

A network that is taught has more to learn from than its labels, so a table that holds taught ones
says so; what the teachers were stands in each run's recipe.
"""

import json
from collections import defaultdict
from pathlib import Path

import pandas as pd

from lnnlab.models import kind_of
from lnnlab.reports.sentences import listed, short


def taught_lines(rows: pd.DataFrame, table: str, folder: Path) -> list[str]:
    """Of each corpus and split of a table how many runs of each row were taught, and by whom.

    Args:
        rows: of the table.
        table: its name, which is that of its records too.
        folder: of the profile's reports.
    """
    path = folder / "records" / f"{table}.jsonl"
    if not path.exists():
        return []
    shown = set(zip(rows["corpus"], rows["split"], strict=True))
    counts: dict = defaultdict(lambda: defaultdict(lambda: [0, 0]))  # place → label → taught, all
    teachers: dict = defaultdict(dict)
    for line in path.read_text().splitlines():
        record = json.loads(line)
        run = record["identity"]
        place, masters = (run["corpus"], run["split"]), run["recipe"].get("teachers") or []
        if place not in shown:
            continue
        count = counts[place][record["label"]]
        count[0] += bool(masters)
        count[1] += 1
        teachers[place] |= dict.fromkeys(map(_named, masters))
    return [f"{corpus}, {short(split)}: taught by the mean answer of {listed(list(masters))}: "
            + "; ".join(f"{label} in {taught} of {runs} runs"
                        for label, (taught, runs) in counts[corpus, split].items() if taught)
            for (corpus, split), masters in teachers.items() if masters]


def _named(recipe: dict) -> str:
    """A teacher's label."""
    label = kind_of(recipe["model"]).label
    return f"{label}, {recipe['variant']}" if recipe.get("variant") else label
