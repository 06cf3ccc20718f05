"""Tables on disk: tidy files, one figure a row, beside the views that people read."""

from pathlib import Path

import numpy as np
import pandas as pd

from lnnlab import store
from lnnlab.errors import UserError
from lnnlab.reports.documents import claimed_rows
from lnnlab.reports.views import STALE, is_measured, markdown, readable, together, wide

__all__ = ["COLUMNS", "TITLES", "claims", "is_measured", "marked", "read", "rows_of",
           "summary", "together", "update", "wide", "write", "write_plain"]

COLUMNS = (  # of a tidy table
    "model", "parameters", "metric", "value", "spread", "low", "high", "unit", "basis", "board",
    "corpus", "split", "fold", "seeds", "items", "groups", "grouping",
)
PAIRS = "_pairs"  # at the end of a table's name
PAIRS_NOTE = ("Intervals are each pair's own; verdicts hold for all pairs of a figure together, "
              "corrected for their number: an interval beside 0 may be not distinguishable.")
TITLES = {
    "vibration_benchmark": "Table 1. Vibration: accuracy and weight bytes",
    "vibration_benchmark_pairs": "Table 1, every pair of rows",
    "keyword_wide": "Table 2. Keywords, many speakers: eight commands, and words never heard",
    "keyword_wide_pairs": "Table 2, every pair of rows",
    "keyword_benchmark": "Table 3. Keywords, twelve classes: accuracy, bytes, power",
    "keyword_benchmark_pairs": "Table 3, every pair of rows",
    "wake_word": "Wake word: misses and false accepts",
    "voice_activity": "Voice activity: who speaks when, frame by frame",
    "voice_activity_pairs": "Voice activity, the liquid network against every other row",
    "noise_suppression": "Quieter speech: what is gained at each level, and what it takes",
    "noise_suppression_pairs": "Quieter speech, every pair of rows",
    "sound_events": "Table 4. Sound events: average precision, bytes, power",
    "sound_events_pairs": "Table 4, every pair of rows",
    "wildlife": "Wildlife: calls against weather, and days in the field",
    "wildlife_pairs": "Wildlife, every pair of rows",
    "timestep_policies": "When to compute: policies on streams",
    "fault_size_variants": "Across fault sizes: what helps",
    "fault_size_variants_pairs": "Across fault sizes, every pair of rows",
    "condition_variants": "Across speeds and loads: what helps",
    "condition_variants_pairs": "Across speeds and loads, every pair of rows",
    "anomalies": "Anomalies: normal running learned, faults unseen",
    "anomalies_pairs": "Anomalies: the liquid network against every other row",
    "solvers": "Solvers: error against work",
    "training_speed": "Training speed beside ncps",
    "training_speed_sizes": "Training speed by size and device: LinearLTC's ratio to each layer",
    "training_speed_cuda": "Training on a GPU: kernel by kernel, captured, stacked",
    "corpus_growth": "What a benchmark of N one-second clips takes",
    "stages": "Cycles of one decision by stage",
    "c_parity": "The C against the integer twin",
    "compression": "From float32 to pruned int8",
    "other_runtimes": "One step in ONNX Runtime and TensorFlow Lite Micro, float32, beside torch",
    "power": "Power, latency, battery",
    "energy_evidence": "The energy model against measured boards",
    "cycle_evidence": "The cycle model: how much faster one core is than another, beside published "
                      "scores of other programs of the same kind",
    "claims_audit": "The documents' claims",
}
MAKERS = {  # start of a table's name → number of the notebook that makes it
    "solvers": "03", "training_speed": "03", "vibration_benchmark": "04", "stages": "04",
    "c_parity": "04", "fault_size_variants": "04", "condition_variants": "04",
    "keyword_benchmark": "05", "keyword_wide": "05",
    "other_runtimes": "04", "timestep_policies": "06", "equal_cycles": "06", "compression": "07",
    "energy_evidence": "09",
    "cycle_evidence": "09", "power": "09", "claims_audit": "09", "wake_word": "11",
    "voice_activity": "13",
    "noise_suppression": "16",
    "sound_events": "10", "wildlife": "15",
    "anomalies": "14",
}
COMMANDS = {"quick": "make reports", "full": "make full"}  # profile → what makes all its tables


def claims(key: str = "vibration") -> pd.DataFrame:
    """What a printed table claims, in the tables' columns.

    Args:
        key: of :func:`lnnlab.reports.documents.printed`.
    """
    return pd.DataFrame(claimed_rows(key), columns=COLUMNS)


def summary(metric: str, values: list[float], unit: str, basis: str) -> dict:
    """The columns of one figure: mean and spread (n − 1) of its values."""
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else np.nan
    return {
        "metric": metric, "value": float(np.mean(values)), "spread": spread, "unit": unit,
        "basis": basis, "board": "",
    }


def marked(basis: str, stale: bool) -> str:
    """A basis that says so where it rests on stale records."""
    return f"{basis}, {STALE}" if stale else basis


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
    return _write(name, tidy, markdown(tidy), folder)


def write_plain(name: str, frame: pd.DataFrame, folder: Path) -> Path:
    """Write a table whose columns are its own, such as one of words; returns the CSV's path."""
    view = readable(frame).to_markdown(index=False, disable_numparse=True) + "\n"
    if name.endswith(PAIRS):
        view += f"\n{PAIRS_NOTE}\n"
    return _write(name, frame, view, folder)


def update(name: str, rows: pd.DataFrame, folder: Path) -> Path:
    """Write a table anew for the corpora and splits of ``rows``, and keep its other rows.

    Processes that update a table together wait for one another, so that no row is lost; corpora
    stand in the order of their names, whoever comes first. A table of other columns than
    ``COLUMNS`` keeps its own; ``corpus`` and ``split`` must be among them.
    """
    path = folder / "tables" / f"{name}.csv"
    plain = "metric" not in rows or "value" not in rows
    with store.locked(path):
        if path.exists():
            kept = pd.read_csv(path)
            renewed = set(map(tuple, rows[["corpus", "split"]].fillna("").to_numpy()))
            keys = map(tuple, kept[["corpus", "split"]].fillna("").to_numpy())
            kept = kept[[key not in renewed for key in keys]]
            if len(kept):
                before = (kept["corpus"].fillna("") <= str(rows["corpus"].iloc[0])).to_numpy()
                rows = pd.concat([kept[before], rows, kept[~before]])
        if plain:
            return write_plain(name, rows, folder)
        claimed = rows["basis"] == "claimed"
        return write(name, pd.concat([rows[claimed], rows[~claimed]]), folder)


def read(name: str, folder: Path) -> pd.DataFrame:
    """A table that was written.

    Raises:
        UserError: it was not written yet; the message names the commands that make it.
    """
    path = folder / "tables" / f"{name}.csv"
    if not path.exists():
        raise UserError(f"{path}: no such table yet; {_makers(name, folder)}")
    return pd.read_csv(path)


def _makers(name: str, folder: Path) -> str:
    """The commands that make a table, in words."""
    numbers = [number for start, number in MAKERS.items() if name.startswith(start)]
    single = [f"'lnnlab run {number} --profile {folder.name}'" for number in numbers]
    every = COMMANDS.get(folder.name, f"lnnlab reports --profile {folder.name}")
    ways = [*single, f"'{every}'"]
    return " or ".join(ways) + (" make it" if len(ways) > 1 else " makes it")


def _write(name: str, frame: pd.DataFrame, view: str, folder: Path) -> Path:
    path = folder / "tables" / f"{name}.csv"
    store.write_text(path, frame.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
    store.write_text(path.with_suffix(".md"), view)
    return path
