"""The page that opens a profile's reports: every table and figure that is there."""

from pathlib import Path

import pandas as pd
from jinja2 import Environment, PackageLoader, select_autoescape

from lnnlab import store
from lnnlab.reports import figures, tables, views
from lnnlab.reports.sentences import pairs_name, read_pairs, standing_lines

PAIRS = pairs_name("")  # end of the names of tables of pairs


def write_index(profile: str, folder: Path) -> Path:
    """Write ``index.html`` from the tables, figures and notebooks of a profile.

    Returns:
        The page's path.
    """
    environment = Environment(
        loader=PackageLoader("lnnlab.reports"), autoescape=select_autoescape(),
        trim_blocks=True, lstrip_blocks=True,
    )
    page = environment.get_template("index.html").render(
        profile=profile,
        tables=[_table(path, folder) for path in sorted((folder / "tables").glob("*.csv"))],
        figures=[
            {"name": path.name, "caption": figures.caption(path)}
            for path in sorted((folder / "figures").glob("*.png"))
        ],
        notebooks=[path.name for path in sorted((folder / "notebooks").glob("*.ipynb"))],
        runs=f"{_count_records(folder / 'records'):,}",
        versions=store.versions(),
    )
    path = folder / "index.html"
    store.write_text(path, page)
    return path


def _table(path: Path, folder: Path) -> dict:
    frame = pd.read_csv(path)
    notes, sentences = [], []
    if "metric" in frame and "value" in frame:  # tidy: pivoted for reading
        notes = views.notes(frame)
        sentences = standing_lines(frame, read_pairs(path.stem, folder)) if _has_pairs(path) else []
        frame = views.wide(frame)
    return {
        "name": path.stem, "title": tables.TITLES.get(path.stem, path.stem), "notes": notes,
        "sentences": sentences, "long": path.stem.endswith(PAIRS),
        "html": views.readable(frame).to_html(index=False, border=0, na_rep=""),
    }


def _has_pairs(path: Path) -> bool:
    return path.with_name(f"{pairs_name(path.stem)}.csv").exists()


def _count_records(folder: Path) -> int:
    """Records in the files of tables, and those that still lie beside them."""
    settled = sum(1 for path in folder.glob("*.jsonl") for line in path.read_text().splitlines()
                  if line.strip())
    return settled + len(list(folder.rglob("*.json")))
