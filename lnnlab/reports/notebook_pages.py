"""Notebooks as they ran, as pages of the report: no script or font from elsewhere."""

import re
from pathlib import Path
from urllib.parse import unquote

import nbformat
from jinja2 import Environment
from nbconvert import HTMLExporter
from pygments.formatters import HtmlFormatter

from lnnlab import store

LIGHT, DARK = "default", "github-dark"  # pygments' styles
_LINK = re.compile(r'<a [^>]*href="([^"/:]+)\.ipynb(#[^"]*)?"[^>]*>(.*?)</a>', re.DOTALL)


def write_notebook_pages(folder: Path, environment: Environment) -> list[str]:
    """Write ``notebooks/<name>.html`` beside every notebook that ran; returns the names."""
    paths = sorted((folder / "notebooks").glob("*.ipynb"))
    names = [path.stem for path in paths]
    template = environment.get_template("notebook.html")
    exporter = HTMLExporter(template_name="basic")
    exporter.log.setLevel("ERROR")  # it warns of every picture of a plot
    for number, path in enumerate(paths):
        content, _ = exporter.from_notebook_node(nbformat.read(path, as_version=4))
        page = template.render(
            name=path.stem, content=_linked(content, names), root="../",
            before=names[number - 1] if number else "",
            after=names[number + 1] if number + 1 < len(names) else "")
        store.write_text(path.with_suffix(".html"), page)
    return names


def _linked(content: str, names: list[str]) -> str:
    """Links to notebooks lead to their pages; of a notebook that did not run the words stay."""
    def there(found: re.Match) -> str:
        name, place, words = found.groups()
        known = unquote(name) in names
        return f'<a href="{name}.html{place or ""}">{words}</a>' if known else words
    return _LINK.sub(there, content)


def colours() -> str:
    """Colours of code, by day and by night."""
    light, dark = (HtmlFormatter(style=style).get_style_defs(".highlight")
                   for style in (LIGHT, DARK))
    return f"{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}"
