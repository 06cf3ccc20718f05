"""What people read of a tidy table: a row per model, a column per figure, numbers in words."""

from collections.abc import Iterator

import pandas as pd

from lnnlab.reports.numbers import heading_of, number, spread

KEYS = ["corpus", "split", "model"]
LAST = ["basis", "board", "seeds", "items", "groups"]
BY_FOLD = "accuracy by fold, %"
STALE = "stale"  # last word of the basis of what rests on stale records
DAGGER = " †"
STALE_NOTE = ("† rests on stale records: data or code have changed since. "
              "`lnnlab reports --renew` makes them anew.")
INTERVAL_NOTE = ("In brackets: 95 % interval by bootstrap over groups; left out where groups are "
                 "too few or too uneven.")
FOLD_NOTE = ("Accuracy is pooled over the answers of all folds; a window that several folds test "
             "counts once among the items.")


def together(tidy: pd.DataFrame) -> pd.DataFrame:
    """The rows of all folds together; rows of single folds are left out."""
    return tidy if "fold" not in tidy else tidy[_empty(tidy["fold"])]


def is_measured(tidy: pd.DataFrame) -> pd.Series:
    """Which rows rest on a measurement, stale ones too."""
    return tidy["basis"].str.startswith("measured")


def is_stale(tidy: pd.DataFrame) -> pd.Series:
    """Which rows rest on stale records."""
    return tidy["basis"].str.endswith(f", {STALE}")


def wide(tidy: pd.DataFrame) -> pd.DataFrame:
    """The view that people read: a row per corpus, split and model, a column per metric.

    Cells are text: mean ± spread over seeds, then the 95 % interval in brackets where there is
    one. ``basis`` lists what the row's figures rest on; a dagger marks stale ones.
    """
    lines = []
    named = tidy.assign(**{key: tidy[key].astype(object).fillna("") for key in KEYS})
    for values, group in named.groupby(KEYS, sort=False):
        line = dict(zip(KEYS, values, strict=True))
        if is_stale(group).any():
            line["model"] += DAGGER
        if group["parameters"].notna().any():
            line["parameters"] = parameters(group)
        for row in together(group).itertuples():
            line[heading_of(row.metric, row.unit).text] = cell(row)
            if row.metric == "accuracy":
                line |= dict(_by_fold(group))
        lines.append(line | _support(group))
    view = pd.DataFrame(lines).fillna("")
    last = [name for name in LAST if name in view]
    view = view[[name for name in view if name not in last] + last]
    return view.loc[:, (view != "").any()]  # columns that say nothing are left out


def cell(row: object) -> str:
    """A tidy row's figure as text: ``mean ± spread (low to high)``."""
    decimals = heading_of(row.metric, row.unit).decimals
    text = spread(row.value, row.spread, decimals)
    low, high = getattr(row, "low", None), getattr(row, "high", None)
    if pd.isna(low) or pd.isna(high):
        return text
    return f"{text} ({number(low, decimals)} to {number(high, decimals)})"


def parameters(group: pd.DataFrame) -> str:
    """How many parameters a model has; "up to" where folds differ, as recipes are chosen a fold."""
    counts = group["parameters"].dropna()
    return ("up to " if counts.nunique() > 1 else "") + number(counts.max(), 0)


def notes(tidy: pd.DataFrame) -> list[str]:
    """The lines that belong below a view: what brackets, pooled figures and daggers mean."""
    lines = []
    if "low" in tidy and tidy["low"].notna().any():
        lines.append(INTERVAL_NOTE)
    if "fold" in tidy and not _empty(tidy["fold"]).all():
        lines.append(FOLD_NOTE)
    if is_stale(tidy).any():
        lines.append(STALE_NOTE)
    return lines


def markdown(tidy: pd.DataFrame) -> str:
    """The view as a Markdown table, with its notes."""
    text = wide(tidy).to_markdown(index=False, disable_numparse=True) + "\n"
    return text + "".join(f"\n{line}\n" for line in notes(tidy))


def readable(frame: pd.DataFrame) -> pd.DataFrame:
    """A table of any columns with its numbers written for people."""
    return frame.map(number)


def _by_fold(group: pd.DataFrame) -> Iterator[tuple[str, str]]:
    if "fold" not in group:
        return
    folds = group[(group["metric"] == "accuracy") & ~_empty(group["fold"])]
    if len(folds):
        yield BY_FOLD, ", ".join(
            f"{row.fold}: {number(row.value, 2)}" for row in folds.itertuples())


def _support(group: pd.DataFrame) -> dict[str, str]:
    """What a row's figures rest on: basis, board, seeds, items, groups."""
    basis = [each for text in group["basis"] for each in text.split(", ") if each != STALE]
    named = [str(each) for each in group["board"].dropna() if each]
    found = {"basis": ", ".join(dict.fromkeys(basis)), "board": ", ".join(dict.fromkeys(named))}
    group = together(group)
    for key in ("seeds", "items", "groups"):
        given = group[key].dropna() if key in group else pd.Series()
        given = given[given != ""]
        if len(given):
            first = given.iloc[0]
            found[key] = str(first).removesuffix(".0") if key == "seeds" else number(first, 0)
    on_target = group[group["metric"] == "accuracy_int8"]["items"].dropna()
    if len(on_target) and found.get("items") != number(on_target.iloc[0], 0):
        found["items"] += f" (int8: {number(on_target.iloc[0], 0)})"
    if found.get("groups") and "grouping" in group and group["grouping"].notna().any():
        found["groups"] += f" {group['grouping'].dropna().iloc[0]}"
    return found


def _empty(column: pd.Series) -> pd.Series:
    return column.isna() | (column == "")
