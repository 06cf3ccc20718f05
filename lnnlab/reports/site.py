"""The page that opens a profile's reports, and the pages behind it."""

from pathlib import Path

import matplotlib.pyplot as plt
from jinja2 import Environment, PackageLoader, select_autoescape

from lnnlab import store
from lnnlab.reports import figures, growth_figures, published, tables
from lnnlab.reports.cost_figures import drawn_from_tables
from lnnlab.reports.notebook_pages import colours, write_notebook_pages
from lnnlab.reports.page_tables import files_of, published_html, tables_of
from lnnlab.reports.record_pages import write_record_pages
from lnnlab.reports.sections import SECTIONS, Part, Section, said
from lnnlab.reports.views import INTERVAL_NOTE


def write_index(profile: str, folder: Path) -> Path:
    """Write ``index.html``, ``published.md``, the pages of records and notebooks, their style.

    Returns:
        The page's path.
    """
    for name, (figure, caption) in (
            drawn_from_tables(folder) | growth_figures.drawn(folder)).items():
        figures.save(figure, name, caption, folder)
        plt.close(figure)
    environment = _environment()
    style, script = (environment.get_template(name).render() for name in ("style.css", "sort.js"))
    store.write_text(folder / "page.css", f"{style}\n{colours()}\n")
    store.write_text(folder / "page.js", f"{script}\n")
    write_record_pages(folder, environment)
    shown = published.shown(folder)
    page = environment.get_template("index.html").render(
        profile=profile,
        published=[{"title": each.title, "notes": each.notes, "html": published_html(each)}
                   for each in shown],
        sections=[_section(each, folder) for each in SECTIONS],
        figures=[_figure(path) for path in sorted((folder / "figures").glob("*.png"))],
        notebooks=write_notebook_pages(folder, environment),
        runs=f"{_count_records(folder / 'records'):,}",
        versions=store.versions(), interval_note=INTERVAL_NOTE,
    )
    store.write_text(folder / "published.md", published.markdown(shown))
    path = folder / "index.html"
    store.write_text(path, page)
    return path


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("lnnlab.reports"),
        autoescape=select_autoescape(enabled_extensions=("html",)), trim_blocks=True,
        lstrip_blocks=True,
    )


def _section(section: Section, folder: Path) -> dict:
    first, others = said(section, folder)
    drawn = sorted((folder / "figures").glob(f"{section.figure}*.png"))
    parts = [_part(each, folder) for each in section.parts]
    return {
        "key": section.key, "title": section.title, "first": first, "others": others,
        "figure": _figure(drawn[0]) if drawn else None,
        "parts": [each for each in parts if each["tables"]],
    }


def _part(part: Part, folder: Path) -> dict:
    return {
        "name": part.table, "title": tables.TITLES.get(part.table, part.table.replace("_", " ")),
        "tables": tables_of(part, folder), "files": [path.stem for path in files_of(part, folder)],
    }


def _figure(path: Path) -> dict[str, str]:
    return {"name": path.name, "caption": figures.caption(path) or path.stem}


def _count_records(folder: Path) -> int:
    """Records in the files of tables, and those that still lie beside them."""
    settled = sum(1 for path in folder.glob("*.jsonl") for line in path.read_text().splitlines()
                  if line.strip())
    return settled + len(list(folder.rglob("*.json")))
