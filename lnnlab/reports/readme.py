"""The README's table, read from ``reports/full``; ``python -m lnnlab.reports.readme`` renews it."""

import re

import pandas as pd

from lnnlab import paths, records
from lnnlab.reports import tables

README = paths.ROOT / "README.md"
SPLITS = {  # start of (corpus, split) → heading
    ("cwru", "leave one load out"): "CWRU bearings, unseen load",
    ("cwru", "leave one fault size out"): "CWRU bearings, unseen fault size",
    ("ceiling_fan", "by file order"): "ceiling fan, last fifth of the files",
}
TARGET = {  # metric → heading; of the first split, on the board of table 1
    "latency": "ms", "energy": "uJ", "ram": "RAM, B", "flash": "flash, B",
}
_BLOCK = re.compile(r"(?<=<!-- table -->\n).*?(?=<!-- end -->)", flags=re.DOTALL)


def table() -> str:
    """Test accuracy in percent and the cost of a decision, a row per model, as Markdown."""
    everything = tables.read("vibration_benchmark", paths.ROOT / "reports" / "full")
    everything = everything[everything["basis"] != "claimed"]
    tidy = everything[everything["metric"] == "accuracy"]
    view = pd.DataFrame({"model": tidy["model"].unique()}).set_index("model")
    count = tidy.groupby("model")["parameters"]
    view["parameters"] = [
        f"{low:,.0f}" if low == high else f"{low:,.0f}–{high:,.0f}"
        for low, high in zip(count.min()[view.index], count.max()[view.index], strict=True)
    ]
    for (corpus, split), heading in SPLITS.items():
        rows = tidy[(tidy["corpus"] == corpus) & tidy["split"].str.startswith(split)]
        view[heading] = rows.set_index("model").apply(_cell, axis=1)
    corpus, split = next(iter(SPLITS))
    first = everything[(everything["corpus"] == corpus)
                       & everything["split"].str.startswith(split)]
    for metric, heading in TARGET.items():
        view[heading] = first[first["metric"] == metric].set_index("model")["value"].map(_number)
    view = view.fillna("")
    return view.reset_index().to_markdown(index=False, disable_numparse=True) + "\n"


def renewed(text: str) -> str:
    """A README's text with today's table between its two marks."""
    return _BLOCK.sub(lambda _: table(), text)


def _cell(row: pd.Series) -> str:
    value = f"{row['value']:.2f}"
    return value if pd.isna(row["spread"]) else f"{value} ± {row['spread']:.2f}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 20 else f"{value:.2f}"


if __name__ == "__main__":
    records.write_text(README, renewed(README.read_text()))
