"""The table of voice activity, its pairs, and what they say."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lnnlab.experiments.voice.study import VoiceResult
from lnnlab.reports import sentences
from lnnlab.reports.numbers import number
from lnnlab.reports.tables import COLUMNS, marked, summary
from lnnlab.scoring.activity import Activity, intervals
from lnnlab.scoring.pairs import AHEAD, BEHIND, EQUAL
from lnnlab.target.boards import board
from lnnlab.target.energy import rests_on

TABLE = "voice_activity"
SPLIT = "speakers unheard, trained on {}"
SHARES = {"auc": "1", "f1": "%", "missed": "%", "passed": "%"}  # figure → unit in the table
FEWEST = 5  # speakers, or groups of them, from which an interval is printed
LEVEL = 0.95


def voice_rows(results: Sequence[VoiceResult], board_name: str) -> pd.DataFrame:
    """Area under the curve, F1, speech missed and noise passed of each row on each test; what a
    row takes on the board stands beside its first test."""
    rows = []
    for name in results[0].tests:
        for own in _by_label(results):
            tests = [each.tests[name] for each in own]
            shared = _shared(own, name) | {
                "items": int(tests[0].speech.sum() + tests[0].pauses.sum()),
                "groups": len(tests[0].who), "grouping": "speakers or fours of them"
                if " " in tests[0].who[0] else "speakers"}
            rows += [shared | each for each in _figures(own, tests)]
            if name == next(iter(results[0].tests)):
                rows += [shared | each for each in _costs(own, board_name)]
            if own[0].by_snr and name == list(results[0].tests)[-1]:
                stale = any(each.stale for each in own)
                rows += [shared | summary(f"auc at {ratio:g} dB", [e.by_snr[ratio] for e in own],
                                          "1", marked("measured", stale))
                         for ratio in sorted(own[0].by_snr)]
    return pd.DataFrame(rows, columns=COLUMNS)


def voice_pairs(results: Sequence[VoiceResult]) -> pd.DataFrame:
    """The first row against every other one, area under the curve on the same speakers drawn.

    Intervals are of each pair alone; a verdict holds for all pairs of a test together (the level
    is divided by their number, after Bonferroni).
    """
    first, *others = _by_label(results)
    rows = []
    for name in results[0].tests:
        mine = [each.tests[name] for each in first]
        for other in others:
            theirs = [each.tests[name] for each in other]
            value, low, high = intervals(mine, theirs)["auc"]
            strict = intervals(mine, theirs, level=1 - (1 - LEVEL) / len(others))["auc"]
            verdict = AHEAD if strict[1] > 0 else BEHIND if strict[2] < 0 else EQUAL
            reliable = len(mine[0].who) >= FEWEST
            rows.append([
                name, SPLIT.format(first[0].corpus), "auc", first[0].label, other[0].label, value,
                low, high, len(mine[0].who), "speakers", reliable, verdict if reliable else ""])
    return pd.DataFrame(rows, columns=sentences.COLUMNS)


def voice_lines(table: pd.DataFrame, pairs: pd.DataFrame) -> list[str]:
    """What the table says: each test's best row, the detector's figures, and who is behind whom.

    Args:
        table: rows of ``voice_activity``; pairs: rows of ``voice_activity_pairs``.
    """
    lines = []
    for corpus, own in table.groupby("corpus", sort=False):
        auc = own[own["metric"] == "auc"].set_index("model")
        name = auc.index[0]
        at = own[own["model"] == name].drop_duplicates("metric").set_index("metric")["value"]
        best = auc["value"].idxmax()
        line = (f"{corpus}: {name} AUC {_auc(auc.loc[name])}; at the point chosen on validation "
                f"{number(at['missed'], 1)} % of speech missed, {number(at['passed'], 1)} % of "
                "noise passed")
        lines.append(line + ("" if best == name else f"; the best is {best} with "
                             f"{_auc(auc.loc[best])}"))
        lines += _against(pairs[pairs["corpus"] == corpus])
    return lines + _taken(table)


def _against(pairs: pd.DataFrame) -> list[str]:
    """One line a test: whom the first row is ahead of, behind, and not told from."""
    said = []
    for verdict in (AHEAD, BEHIND, EQUAL):
        names = [f"{row.second} ({number(row.difference, 3)})"
                 for row in pairs.itertuples() if row.verdict == verdict]
        word = {AHEAD: "ahead of", BEHIND: "behind", EQUAL: "not distinguishable from"}[verdict]
        said += [f"{word} {', '.join(names)}"] if names else []
    return [f"  {'; '.join(said)}"] if said else []


def _taken(table: pd.DataFrame) -> list[str]:
    """What the first row with a board's figures takes."""
    power = table[table["metric"].str.startswith("power_")]
    if not len(power):
        return []
    row = power.iloc[0]
    own = table[table["model"] == row["model"]].drop_duplicates("metric").set_index("metric")
    name = row["metric"].removeprefix("power_")
    flash = own["value"].get(f"flash_power_{name}")
    waits = "" if flash is None else f", {number(flash, 3)} with the waits of its flash"
    return [f"{row['model']}: {number(row['parameters'])} parameters, "
            f"{number(own['value']['model_bytes'], 0)} B, {number(row['value'], 3)} mW on average "
            f"on {board(name).title} (modelled{waits})"]


def _auc(row: pd.Series) -> str:
    text = number(row["value"], 3)
    return text if pd.isna(row["low"]) else (
        f"{text} ({number(row['low'], 3)} to {number(row['high'], 3)})")


def _by_label(results: Sequence[VoiceResult]) -> list[list[VoiceResult]]:
    found: dict[str, list[VoiceResult]] = {}
    for each in results:
        found.setdefault(each.label, []).append(each)
    return list(found.values())


def _shared(own: Sequence[VoiceResult], corpus: str) -> dict:
    seeds = [str(each.seed) for each in own if each.seed is not None]
    return {"model": own[0].label, "parameters": own[0].parameters or np.nan, "corpus": corpus,
            "split": SPLIT.format(own[0].corpus), "seeds": ", ".join(seeds)}


def _figures(own: Sequence[VoiceResult], tests: Sequence[Activity]) -> list[dict]:
    basis = marked("measured", any(each.stale for each in own))
    spans, rows = intervals(tests), []
    for name, unit in SHARES.items():
        scale = 100.0 if unit == "%" else 1.0
        each = [scale * float(test.figures()[name][0]) for test in tests]
        _, low, high = (scale * end for end in spans[name])
        known = len(tests[0].who) >= FEWEST
        rows.append(summary(name, each, unit, basis) | (
            {"low": low, "high": high} if known else {}))
    return [*rows, summary("hop", [1e3 * own[0].hop_s], "ms", basis),
            summary("hangover", [1e3 * e.hop_s * e.holding.hangover for e in own], "ms", basis)]


def _costs(own: Sequence[VoiceResult], board_name: str) -> list[dict]:
    if not own[0].costs:
        return []
    stale = any(each.stale for each in own)
    basis, chosen = rests_on(board(board_name)), board(board_name)
    figures = {
        "model_bytes": ("model_bytes", "B", "emulated"), "arena": ("arena_bytes", "B", "emulated"),
        "step_cycles": ("frame_cycles", "cycles", "emulated"),
        "cycles_per_s": ("cycles_per_s", "cycles", "emulated"),
        f"power_{board_name}": ("power_mw", "mW", basis),
        f"flash_power_{board_name}": ("flash_power_mw", "mW", chosen.on_flash(basis)),
    }
    rows = [summary(metric, [each.costs[key] for each in own], unit, marked(rest, stale))
            | {"board": board_name} for metric, (key, unit, rest) in figures.items()
            if key in own[0].costs]  # under a policy waits for the flash are not counted
    for core in own[0].parity:
        differ = sum(each.parity[core][1] for each in own)
        rows.append(summary(f"decisions that differ on {core}", [float(differ)], "",
                            marked("emulated" if core != "host" else "measured", stale)))
    return rows
