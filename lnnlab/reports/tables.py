"""Tables: tidy files, one figure a row, and the views that people read."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from lnnlab import records
from lnnlab.errors import UserError
from lnnlab.experiments import LABELS
from lnnlab.experiments.recipes import recorded
from lnnlab.scoring.confusion import balanced_accuracy

COLUMNS = (
    "model", "parameters", "metric", "value", "spread", "unit", "basis", "board", "corpus",
    "split", "seeds", "items",
)
TITLES = {
    "vibration_benchmark": "Table 1. Vibration: accuracy and weight bytes",
    "keyword_benchmark": "Table 2. Keywords: accuracy, bytes, power",
    "wake_word": "Wake word: misses and false accepts",
    "timestep_policies": "When to compute: policies on streams",
    "fault_size_variants": "Across fault sizes: what helps",
    "solvers": "Solvers: error against work",
    "training_speed": "Training speed beside ncps",
    "stages": "Cycles of one decision by stage",
    "c_parity": "The C against the integer twin",
    "compression": "From float32 to pruned int8",
    "power": "Power, latency, battery",
    "energy_evidence": "The energy model against measured boards",
    "claims_audit": "The documents' claims",
}
HEADINGS = {  # metric → heading and number format of the read views
    "accuracy": ("accuracy, %", "{:.2f}"),
    "balanced_accuracy": ("balanced accuracy, %", "{:.2f}"),
    "weight_bytes_float32": ("float32 weights, B", "{:,.0f}"),
    "weight_bytes_int8": ("int8 weights, B", "{:,.0f}"),
    "macs": ("MAC per window", "{:,.0f}"),
    "error": ("largest error", "{:.1e}"),
    "evaluations": ("evaluations per step", "{:.0f}"),
    "sequences_per_second": ("sequences/s", "{:,.0f}"),
    "ratio": ("ratio to ncps CfC", "{:.1f}"),
    "accuracy_float": ("float accuracy before int8, %", "{:.2f}"),
    "accuracy_int8": ("int8 accuracy, %", "{:.2f}"),
    "accuracy_lost": ("lost in int8, points", "{:z.2f}"),
    "flash": ("flash, B", "{:,.0f}"),
    "ram": ("RAM, B", "{:,.0f}"), "arena": ("arena, B", "{:,.0f}"),
    "cycles": ("cycles per decision", "{:,.0f}"),
    "step_cycles": ("cycles per frame", "{:,.0f}"),
    "latency": ("ms per decision", "{:.3f}"),
    "energy": ("uJ per decision", "{:.1f}"),
    "tuned_networks": ("networks tuned in int8", "{:.0f}"),
    "cycles_per_s": ("cycles per second", "{:,.0f}"),
    "power_nrf52840": ("mW on nRF52840", "{:.2f}"),
    "power_stm32f407": ("mW on STM32F407", "{:.2f}"),
    "frame_latency_nrf52840": ("ms to a decision, nRF52840", "{:.2f}"),
    "frame_latency_stm32f407": ("ms to a decision, STM32F407", "{:.2f}"),
    "aa_days_nrf52840": ("days of 2 AA, nRF52840", "{:,.0f}"),
    "aa_days_stm32f407": ("days of 2 AA, STM32F407", "{:,.0f}"),
    "cr2032_days_nrf52840": ("days of CR2032, nRF52840", "{:,.1f}"),
    "miss_rate": ("missed, %", "{:.1f}"),
    "false_accepts": ("false accepts/h", "{:.1f}"),
    "false_accepts_low": ("95 % from", "{:.1f}"),
    "false_accepts_high": ("95 % to", "{:.1f}"),
    "event_f1": ("event F1, %", "{:.1f}"),
    "f1_lost": ("F1 lost, points", "{:z.1f}"),
    "steps": ("frames computed, %", "{:.1f}"),
    "fewer_cycles": ("times fewer cycles", "{:.1f}"),
    "features": ("transforms, %", "{:.1f}"),
    "power_nrf52840_batched": ("mW on nRF52840, 10 wakes/s", "{:.2f}"),
    "power_stm32f407_batched": ("mW on STM32F407, 10 wakes/s", "{:.2f}"),
    "worst_latency": ("ms latency at worst", "{:.0f}"),
    "threshold": ("threshold", "{:.2f}"),
    "delay": ("ms from clip's start to report", "{:.0f}"),
    "stream": ("hours of stream", "{:.2f}"),
}
CLAIMS = Path(__file__).with_name("claims.csv")


def claims() -> pd.DataFrame:
    """What the first seed claims for its two networks, in the tables' columns."""
    return pd.read_csv(CLAIMS).reindex(columns=COLUMNS)


def benchmark_rows(runs: Iterable[dict]) -> pd.DataFrame:
    """Rows of a benchmark from its run records.

    Accuracy is pooled: for each seed, right answers over items of all folds together. Value and
    spread are mean and standard deviation (n − 1) over seeds, in percent. Items are the test
    windows of all folds, counted once.
    """
    rows = []
    for (corpus, split, label), group in grouped(runs).items():
        seeds = sorted({run["seed"] for run in group})
        confusions = [
            np.sum([run["results"]["test"]["confusion"] for run in group if run["seed"] == seed],
                   axis=0)
            for seed in seeds
        ]
        count = group[0]["results"]["parameters"]
        shared = {
            "model": label, "parameters": count, "corpus": corpus, "split": split,
            "seeds": " ".join(str(seed) for seed in seeds), "items": int(confusions[0].sum()),
        }
        accuracies = {
            "accuracy": [100 * np.trace(each) / each.sum() for each in confusions],
            "balanced_accuracy": [100 * balanced_accuracy(each) for each in confusions],
        }
        for metric, values in accuracies.items():
            rows.append(shared | summary(metric, values, "%", "measured"))
        if "macs" in group[0]["results"]:
            bare = {key: shared[key] for key in ("model", "parameters", "corpus", "split")}
            rows.append(bare | summary("weight_bytes_float32", [4 * count], "B", "measured"))
            rows.append(bare | summary("weight_bytes_int8", [count], "B", "modelled"))
            macs = group[0]["results"]["macs"]
            rows.append(bare | summary("macs", [macs], "MAC", "measured"))
    return pd.DataFrame(rows, columns=COLUMNS)


def rows_of(metric: str, values: dict[str, list[float]], unit: str, **columns: object) -> list:
    """Measured rows, one a model: mean and spread of its values.

    Args:
        metric: name of the figure.
        values: model → its values.
        unit: of the figure.
        columns: whatever else of ``COLUMNS`` holds for all rows.
    """
    return [
        {"model": model} | columns | summary(metric, each, unit, "measured")
        for model, each in values.items()
    ]


def write(name: str, rows: pd.DataFrame, folder: Path) -> Path:
    """Write ``tables/<name>.csv`` and its Markdown view; returns the CSV's path."""
    tidy = pd.DataFrame(rows, columns=COLUMNS)
    path = folder / "tables" / f"{name}.csv"
    records.write_text(path, tidy.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
    view = wide(tidy).to_markdown(index=False, disable_numparse=True)
    records.write_text(path.with_suffix(".md"), view + "\n")
    return path


def write_plain(name: str, frame: pd.DataFrame, folder: Path) -> Path:
    """Write a table whose columns are its own, such as one of words; returns the CSV's path."""
    path = folder / "tables" / f"{name}.csv"
    records.write_text(path, frame.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
    records.write_text(path.with_suffix(".md"), frame.fillna("").to_markdown(index=False) + "\n")
    return path


def update(name: str, rows: pd.DataFrame, folder: Path) -> Path:
    """Write a table anew for the corpora and splits of ``rows``, and keep its other rows."""
    path = folder / "tables" / f"{name}.csv"
    if path.exists():
        kept = pd.read_csv(path)
        renewed = set(map(tuple, rows[["corpus", "split"]].fillna("").to_numpy()))
        keys = map(tuple, kept[["corpus", "split"]].fillna("").to_numpy())
        rows = pd.concat([kept[[key not in renewed for key in keys]], rows])
    claimed = rows["basis"] == "claimed"
    return write(name, pd.concat([rows[claimed], rows[~claimed]]), folder)


def read(name: str, folder: Path) -> pd.DataFrame:
    """A table that was written.

    Raises:
        UserError: it was not written yet.
    """
    path = folder / "tables" / f"{name}.csv"
    if not path.exists():
        raise UserError(f"{path}: no such table yet; run 'make reports' or its notebook")
    return pd.read_csv(path)


def wide(tidy: pd.DataFrame) -> pd.DataFrame:
    """The view that people read: a row per corpus, split and model, a column per metric.

    Cells are text, ``mean ± spread``; ``basis`` lists what the row's figures rest on.
    """
    keys = ["corpus", "split", "model"]
    lines = []
    for values, group in tidy.fillna({key: "" for key in keys}).groupby(keys, sort=False):
        line = dict(zip(keys, values, strict=True))
        if group["parameters"].notna().any():
            line["parameters"] = f"{group['parameters'].dropna().iloc[0]:,.0f}"
        for row in group.itertuples():
            heading, form = HEADINGS.get(row.metric, (f"{row.metric}, {row.unit}", "{:.4g}"))
            text = form.format(row.value)
            line[heading] = text if np.isnan(row.spread) else f"{text} ± {form.format(row.spread)}"
        line["basis"] = ", ".join(dict.fromkeys(group["basis"]))
        named = [str(each) for each in group["board"].dropna() if each]
        line["board"] = ", ".join(dict.fromkeys(named))
        for key in ("seeds", "items"):
            if group[key].notna().any():
                line[key] = str(group[key].dropna().iloc[0]).removesuffix(".0")
        lines.append(line)
    view = pd.DataFrame(lines).fillna("")
    last = [name for name in ("basis", "board", "seeds", "items") if name in view]
    view = view[[name for name in view if name not in last] + last]
    return view.loc[:, (view != "").any()]  # columns that say nothing are left out


def summary(metric: str, values: list[float], unit: str, basis: str) -> dict:
    """The columns of one figure: mean and spread (n − 1) of its values."""
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else np.nan
    return {
        "metric": metric, "value": float(np.mean(values)), "spread": spread, "unit": unit,
        "basis": basis, "board": "",
    }


def grouped(runs: Iterable[dict]) -> dict[tuple[str, str, str], list[dict]]:
    """Records by (corpus, split in words, model's label), in the order of the labels."""
    found: dict[tuple[str, str, str], list[dict]] = {}
    order = list(LABELS)
    for run in sorted(runs, key=lambda each: order.index(each["recipe"]["model"])):
        corpus = run["corpus"] + (" (synthetic)" if run["synthetic"] else "")
        found.setdefault((corpus, run["split"], recorded(run).label), []).append(run)
    return dict(sorted(found.items(), key=lambda item: item[0][:2]))
