"""The page that opens a profile's reports: every table and figure that is there."""

from pathlib import Path

import pandas as pd
from jinja2 import Environment, PackageLoader, select_autoescape

from lnnlab import records
from lnnlab.reports import figures, tables


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
        tables=[_table(path) for path in sorted((folder / "tables").glob("*.csv"))],
        figures=[
            {"name": path.name, "caption": figures.caption(path)}
            for path in sorted((folder / "figures").glob("*.png"))
        ],
        notebooks=[path.name for path in sorted((folder / "notebooks").glob("*.ipynb"))],
        runs=len(list((folder / "records").rglob("*.json"))),
        versions=records.versions(),
    )
    path = folder / "index.html"
    records.write_text(path, page)
    return path


def _table(path: Path) -> dict:
    view = pd.read_csv(path)
    if "metric" in view:  # tidy: pivoted for reading
        view = tables.wide(view)
    return {
        "name": path.stem,
        "title": tables.TITLES.get(path.stem, path.stem),
        "html": view.to_html(index=False, border=0, na_rep="", float_format="{:.4g}".format),
    }
