"""The README's tables, read from ``reports/full``; ``python -m lnnlab.reports.readme`` renews them.
"""

import re

import pandas as pd

from lnnlab import paths, records
from lnnlab.reports import tables
from lnnlab.reports.policies import CHEAPEST

README = paths.ROOT / "README.md"
SPLITS = {  # start of (corpus, split) → heading
    ("cwru", "leave one load out"): "CWRU bearings, unseen load",
    ("cwru", "leave one fault size out"): "CWRU bearings, unseen fault size",
    ("ceiling_fan", "by file order"): "ceiling fan, last fifth of the files",
}
TARGET = {  # metric → heading; of the first split, on the board of table 1
    "latency": "ms", "energy": "uJ", "ram": "RAM, B", "flash": "flash, B",
}
KEYWORDS = {  # metric → heading and format of the second table
    "accuracy": ("float", "{:.1f}"), "accuracy_int8": ("int8 in C", "{:.1f}"),
    "accuracy_lost": ("points lost", "{:z.1f}"),
    "cycles_per_s": ("cycles/s", "{:,.0f}"), "power_nrf52840": ("mW, nRF52840", "{:.2f}"),
    "power_stm32f407": ("mW, STM32F407", "{:.1f}"), "ram": ("RAM, B", "{:,.0f}"),
    "flash": ("flash, B", "{:,.0f}"),
}

POLICIES = {  # metric → heading and format of the third table
    "event_f1": ("event F1, %", "{:.1f}"), "f1_lost": ("points lost", "{:z.1f}"),
    "fewer_cycles": ("times fewer cycles", "{:.1f}"), "power_nrf52840": ("mW, nRF52840", "{:.2f}"),
}
SHARES, LEVEL = ("10 % speech", "20 % speech"), "at most 20 % of the cycles"


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


def keyword_table() -> str:
    """Keywords: test accuracy and what listening all the time takes, a row per model."""
    tidy = tables.read("keyword_benchmark", paths.ROOT / "reports" / "full")
    tidy = tidy[tidy["basis"] != "claimed"]
    models = tidy[tidy["metric"] == "accuracy"].sort_values("value", ascending=False)["model"]
    view = pd.DataFrame({"model": models}).set_index("model")
    view["parameters"] = tidy.groupby("model")["parameters"].first().map("{:,.0f}".format)
    for metric, (heading, form) in KEYWORDS.items():
        rows = tidy[tidy["metric"] == metric].set_index("model")
        view[heading] = [_formatted(rows, model, form) for model in models]
    return view.reset_index().to_markdown(index=False, disable_numparse=True) + "\n"


def policy_table() -> str:
    """When to compute: policies on streams of words, two shares of speech side by side."""
    tidy = tables.read("timestep_policies", paths.ROOT / "reports" / "full")
    tidy = tidy[tidy["corpus"] == "speech_commands"]
    names = [name for name in tidy["model"].unique()
             if name in ("always", CHEAPEST) or name.endswith(LEVEL)]
    view = pd.DataFrame({"policy": names}).set_index("policy")
    for share in SHARES:
        own = tidy[tidy["split"].str.endswith(f", {share}")]
        for metric, (heading, form) in POLICIES.items():
            rows = own[own["metric"] == metric].set_index("model")
            view[f"{share}: {heading}"] = [_formatted(rows, name, form) for name in names]
    return view.reset_index().to_markdown(index=False, disable_numparse=True) + "\n"


BLOCKS = {"table": table, "keywords": keyword_table, "policies": policy_table}


def renewed(text: str) -> str:
    """A README's text with today's tables between their marks."""
    for mark, made in BLOCKS.items():
        block = re.compile(rf"(?<=<!-- {mark} -->\n).*?(?=<!-- end -->)", flags=re.DOTALL)
        text = block.sub(lambda _, made=made: made(), text)
    return text


def _formatted(rows: pd.DataFrame, model: str, form: str) -> str:
    if model not in rows.index:
        return ""
    value, spread = rows.loc[model, "value"], rows.loc[model, "spread"]
    return form.format(value) + ("" if pd.isna(spread) else f" ± {form.format(spread)}")


def _cell(row: pd.Series) -> str:
    value = f"{row['value']:.2f}"
    return value if pd.isna(row["spread"]) else f"{value} ± {row['spread']:.2f}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 20 else f"{value:.2f}"


if __name__ == "__main__":
    records.write_text(README, renewed(README.read_text()))
