"""The records of a table as a page: what stands behind a row, run by run."""

import json
from pathlib import Path

import numpy as np
from jinja2 import Environment

from lnnlab import store
from lnnlab.experiments.results import Answers
from lnnlab.reports.numbers import number
from lnnlab.reports.page_tables import anchor


def write_record_pages(folder: Path, environment: Environment) -> list[Path]:
    """Write ``records/<table>.html`` for every ``records/<table>.jsonl``; returns their paths."""
    template = environment.get_template("records.html")
    written = []
    for path in sorted((folder / "records").glob("*.jsonl")):
        rows: dict[str, list[dict]] = {}
        for line, text in enumerate(path.read_text().splitlines(), start=1):
            record = json.loads(text)
            rows.setdefault(record["label"], []).append(_summary(record, line))
        groups = [{"label": label, "anchor": anchor(label), "rows": own}
                  for label, own in rows.items()]
        page = path.with_suffix(".html")
        store.write_text(page, template.render(name=path.stem, file=path.name, groups=groups,
                                              root="../"))
        written.append(page)
    return written


def _summary(record: dict, line: int) -> dict[str, str]:
    """A record's line, key and run, and what a person looks for first in its results."""
    results = record["results"]
    answers = results.get("test") or results.get("int8")
    scored = isinstance(answers, dict) and {"truth", "guess"} <= set(answers)
    figures = {
        "accuracy, %": 100 * Answers.from_dict(answers).accuracy if scored else None,
        "parameters": results.get("parameters"), "best epoch": results.get("best_epoch"),
        "cycles": np.mean(results["cycles"]) if results.get("cycles") else None,
    }
    said = ", ".join(f"{name}: {number(value)}" for name, value in figures.items()
                     if value is not None)
    return {"name": record["name"], "key": record["key"], "line": f"{line:,}", "said": said,
            "versions": ", ".join(f"{k} {v}" for k, v in record["versions"].items())}
