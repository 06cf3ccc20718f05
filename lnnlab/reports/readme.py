"""The README's tables and every sentence in it that holds a figure, from a profile's tables.

``python -m lnnlab.reports.readme`` renews what stands between ``<!-- name -->`` and
``<!-- end -->``.
"""

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd

from lnnlab import paths, store
from lnnlab.errors import UserError
from lnnlab.experiments.always_on import DECISIONS_PER_S
from lnnlab.models.kinds import KINDS
from lnnlab.reports import findings, sentences, tables
from lnnlab.reports.numbers import number, spread
from lnnlab.reports.policies import BEST_WITHIN, CHEAPEST
from lnnlab.reports.sentences import brief, listed, ranking, read_pairs, short, standing_lines
from lnnlab.reports.variants import standing_value_lines, variant_lines
from lnnlab.reports.views import is_measured, is_stale, parameters, together

README = paths.ROOT / "README.md"
FULL = paths.ROOT / "reports" / "full"
SPLITS = {  # start of (corpus, split) → heading
    ("cwru", "leave one load out"): "CWRU bearings, unseen load, %",
    ("cwru", "leave one fault size out"): "CWRU bearings, unseen fault size, %",
    ("ceiling_fan", "by file order"): "ceiling fan, last fifth of the files, %",
    ("pronostia", "leave one condition out"): "PRONOSTIA bearings, unseen speed and load, %",
}
TARGET = {  # metric → heading, decimals
    "latency": ("ms", 2), "flash_latency": ("ms, its flash", 2), "ram": ("RAM, B", 0),
}
KEYWORDS = {  # metric → heading and decimals of the second table
    "accuracy": ("float, %", 1), "accuracy_int8": ("int8 (twin), %", 1),
    "cycles_per_s": ("cycles/s", 0), "power_nrf52840": ("mW, nRF52840", 2),
    "flash_power_nrf52840": ("mW, with its flash", 2),
}
SHARES, LEVEL = ("10 % speech", "20 % speech"), "at most 20 % of the cycles"
WORDS = "speech_commands"
LIQUID, LIQUID_WORDS = KINDS["linear_ltc"].label, KINDS["keyword_linear_ltc"].label
VERDICTS = {"reached": "reached", "missed": "missed", "a board cannot": "beyond what a board can",
            "not comparable": "on data that cannot be compared"}


def vibration(folder: Path) -> str:
    """Test accuracy and the cost of a decision, a row per model, as Markdown."""
    tidy = _ours("vibration_benchmark", folder)
    view = pd.DataFrame(index=pd.Index(tidy["model"].unique(), name="model"))
    accuracy = tidy[tidy["metric"] == "accuracy"]
    view["parameters"] = [parameters(accuracy[accuracy["model"] == name]) for name in view.index]
    for (corpus, split), heading in SPLITS.items():
        own = _part(tidy, corpus, split)
        view[heading] = [_accuracies(own, name) for name in view.index]
    first = _part(tidy, *next(iter(SPLITS)))
    for metric, (heading, decimals) in TARGET.items():
        view[heading] = [_figure(first, name, metric, decimals) for name in view.index]
    board = listed(list(first[first["metric"] == "latency"]["board"].dropna().unique()) or [""])
    return _caption(accuracy) + _markdown(view) + (
        f"\nMilliseconds and bytes: one decision of the int8 network in C, features included, "
        f"emulated for {board}: with a flash that answers at once, and with its own.\n"
        if board else "")


def vibration_findings(folder: Path) -> str:
    """What the first table says, as a list."""
    tidy = _ours("vibration_benchmark", folder)
    pairs = read_pairs("vibration_benchmark", folder)
    lines = brief(standing_lines(tidy, pairs)) + standing_value_lines(tidy, pairs)
    lines += findings.int8_lines(tidy) + _parity(set(tidy["corpus"]), folder)
    return _list([*lines, *variant_lines(folder), *_claims(folder)])


def keywords(folder: Path) -> str:
    """Keywords: test accuracy and what listening all the time takes, a row per model."""
    tidy = _ours("keyword_benchmark", folder)
    tidy = tidy[tidy["corpus"] == WORDS]
    view = pd.DataFrame(index=pd.Index(ranking(tidy)["model"], name="model"))
    view["parameters"] = [parameters(tidy[tidy["model"] == name]) for name in view.index]
    for metric, (heading, decimals) in KEYWORDS.items():
        view[heading] = [_figure(tidy, name, metric, decimals) for name in view.index]
    return _caption(tidy[tidy["metric"] == "accuracy"]) + _markdown(view)


def keyword_findings(folder: Path) -> str:
    """What the second table says, as a list."""
    tidy = _ours("keyword_benchmark", folder)
    tidy = tidy[tidy["corpus"] == WORDS]
    lines = standing_lines(tidy, read_pairs("keyword_benchmark", folder), LIQUID_WORDS)
    lines += _listening(tidy) + findings.int8_lines(tidy) + _parity({WORDS}, folder)
    return _list(lines)


def policies(folder: Path) -> str:
    """When to compute: policies on streams of words, two shares of speech side by side."""
    tidy = _ours("timestep_policies", folder)
    tidy = tidy[tidy["corpus"] == WORDS]
    names = [name for name in tidy["model"].unique()
             if name in ("always", CHEAPEST) or name.endswith(LEVEL)]
    view = pd.DataFrame(index=pd.Index(names, name="policy"))
    for share in SHARES:
        own = tidy[tidy["split"].str.endswith(f", {share}")]
        view[f"{share}: event F1, %"] = [_figure(own, name, "event_f1", 1) for name in names]
        view[f"{share}: times fewer cycles"] = [
            number(findings.fewer_cycles(own, name), 1) for name in names]
    return _markdown(view)


def policy_findings(folder: Path) -> str:
    """What the third table says, as a list."""
    tidy = _ours("timestep_policies", folder)
    words = tidy[tidy["corpus"] == WORDS]
    clips = _ours("keyword_benchmark", folder)
    lines = [findings.repeated_line(
        words[words["metric"] == "event_f1"],
        clips[(clips["corpus"] == WORDS) & (clips["metric"] == "accuracy")])]
    shown = words[words["split"].str.endswith(tuple(f", {share}" for share in SHARES))]
    lines += findings.policy_lines(shown, (BEST_WITHIN,))
    arena = words[words["metric"] == "arena"]["value"]
    if len(arena):
        lines.append(f"looking back needs RAM: an arena of {number(arena.min(), 0)} to "
                     f"{number(arena.max(), 0)} bytes, by policy")
    return _list(lines)


BLOCKS: dict[str, Callable[[Path], str]] = {
    "vibration": vibration, "vibration findings": vibration_findings, "keywords": keywords,
    "keyword findings": keyword_findings, "policies": policies,
    "policy findings": policy_findings,
}


def renewed(text: str, folder: Path = FULL) -> str:
    """A README's text with today's tables and findings between their marks.

    Raises:
        UserError: a mark is missing, or a table.
    """
    for mark, made in BLOCKS.items():
        block = re.compile(rf"(<!-- {mark} -->\n).*?(<!-- end -->)", flags=re.DOTALL)
        text, count = block.subn(lambda found, made=made: found[1] + made(folder) + found[2], text)
        if count != 1:
            raise UserError(f"README: {count} blocks '<!-- {mark} -->' with an end, expected one")
    return text


def _ours(name: str, folder: Path) -> pd.DataFrame:
    tidy = tables.read(name, folder).reindex(columns=tables.COLUMNS)
    return tidy[tidy["basis"] != "claimed"]


def _part(tidy: pd.DataFrame, corpus: str, split: str) -> pd.DataFrame:
    return tidy[(tidy["corpus"] == corpus) & tidy["split"].fillna("").str.startswith(split)]


def _accuracies(own: pd.DataFrame, model: str) -> str:
    """Accuracy, and below it balanced accuracy where classes are uneven."""
    text = _figure(own, model, "accuracy", 1)
    if not text or not sentences.uneven(own):
        return text
    return f"{text}<br>balanced {_figure(own, model, 'balanced_accuracy', 1)}"


def _figure(own: pd.DataFrame, model: str, metric: str, decimals: int) -> str:
    """A pooled figure as text, with its interval where it has one."""
    rows = together(own)
    rows = rows[(rows["model"] == model) & (rows["metric"] == metric)]
    if not len(rows):
        return ""
    row = rows.iloc[0]
    text = spread(row["value"], row["spread"], decimals)
    if pd.notna(row["low"]):
        text += f" ({number(row['low'], decimals)} to {number(row['high'], decimals)})"
    return text + (" †" if is_stale(rows).any() else "")


def _caption(accuracy: pd.DataFrame) -> str:
    """What the figures of a table are, on how many items and groups they rest."""
    rows = together(accuracy)
    seeds = [str(each).removesuffix(".0") for each in rows["seeds"].dropna() if str(each)]
    several = ", ".join(max(seeds, key=len, default="").split())
    held = [
        f"{corpus}, {short(split)}: {number(own['items'].max(), 0)} items"
        + (f" of {number(own['groups'].max(), 0)} {own['grouping'].dropna().iloc[0]}"
           if own["groups"].notna().any() else "")
        for (corpus, split), own in rows.groupby(["corpus", "split"], sort=False)
    ]
    stale = " † rests on stale records." if is_stale(accuracy).any() else ""
    return (f"Mean ± standard deviation over seeds {several}; in brackets the 95 % interval by "
            f"bootstrap over groups, where there are enough. Tested on {'; '.join(held)}.{stale}"
            "\n\n")


def _markdown(view: pd.DataFrame) -> str:
    return view.reset_index().to_markdown(index=False, disable_numparse=True) + "\n"


def _list(lines: Iterable[str]) -> str:
    """Sentences as a Markdown list; lines that begin with two spaces belong to the one above."""
    text = ""
    for line in filter(None, lines):
        inner = line.startswith("  ")
        said = line.strip().rstrip(".")
        text += ("  " if inner else "") + f"- {said}{'' if said.endswith(':') else '.'}\n"
    return text


def _parity(corpora: set[str], folder: Path) -> list[str]:
    parity = tables.read("c_parity", folder)
    return findings.parity_lines(parity[parity["corpus"].isin(corpora)])


def _claims(folder: Path) -> list[str]:
    """How many of the documents' claims are reached."""
    audit = tables.read("claims_audit", folder)
    verdicts = audit["verdict"].fillna("")
    count = {words: int(verdicts.str.startswith(start).sum())
             for start, words in VERDICTS.items()}
    said = [f"{claims} {words}" for words, claims in count.items() if claims]
    return [f"of {len(audit)} claims {listed(said)}"] if said else []


def _listening(tidy: pd.DataFrame) -> list[str]:
    """Cycles of the best rival that is on the target beside those of liquid ones, both ways."""
    rows = together(tidy[is_measured(tidy) | (tidy["basis"].str.startswith("emulated"))])
    per_s, once = (rows[rows["metric"] == metric].drop_duplicates("model").set_index("model")[
        "value"] for metric in ("cycles_per_s", "cycles"))
    ranked = [name for name in ranking(tidy)["model"] if name in per_s.index]
    other = next((name for name in ranked if not name.startswith(LIQUID_WORDS)), None)
    if other not in once.index:
        return []
    return [
        f"{name} takes {number(per_s[name], 0)} cycles a second (emulated) and decides after "
        f"every frame; {other} takes {number(per_s[other] / per_s[name], 1)} times that at "
        f"{number(DECISIONS_PER_S)} decisions a second, "
        f"{number(once[other] / per_s[name], 1)} times at one"
        for name in (LIQUID_WORDS, f"{LIQUID_WORDS}, large") if name in per_s.index]


if __name__ == "__main__":
    store.write_text(README, renewed(README.read_text()))
