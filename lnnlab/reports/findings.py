"""Sentences about costs: where the C was compared, what int8 and policies take and give."""

from collections.abc import Mapping, Sequence

import pandas as pd

from lnnlab.experiments.always_on import DECISIONS_PER_S
from lnnlab.models.kinds import KINDS
from lnnlab.reports.numbers import number, spread
from lnnlab.reports.sentences import listed, ranking, short
from lnnlab.reports.views import is_measured, together
from lnnlab.scoring.pairs import points

LOST = "accuracy_lost"
LIQUID_WORDS = KINDS["keyword_linear_ltc"].label
VERDICTS = {"reached": "reached", "missed": "missed", "a board cannot": "beyond what a board can",
            "not comparable": "on data that cannot be compared"}


def parity_lines(parity: pd.DataFrame) -> list[str]:
    """Where the C was compared with the twin, a sentence a corpus and split.

    Args:
        parity: rows of the table ``c_parity``.
    """
    lines = []
    for (corpus, split), own in parity.groupby(["corpus", "split"], sort=False):
        cores, models = own["board"].nunique(), own["model"].nunique()
        seeds = sorted({seed for text in own["seeds"].astype(str)
                        for seed in text.removesuffix(".0").split()})
        differ, compared = int(own["value"].sum()), int(own["items"].sum())
        which = f"seed{'s' * (len(seeds) > 1)} {' '.join(seeds)}" if seeds else "no seed"
        said = ("the C equals the twin in every layer's output" if not differ else
                f"the C differs from the twin {number(differ)} times")
        lines.append(
            f"{corpus}, {short(split)}: {said}, {models} network{'s' * (models > 1)} of {which} "
            f"on {cores} core{'s' * (cores > 1)}, {number(compared)} comparisons in all; other "
            "seeds ran in the twin alone")
    return lines


def twin_line(differing: Mapping[str, int], windows: int) -> str:
    """What a comparison of C and twin on some windows found.

    Args:
        differing: where the C ran → windows in which any layer's output or logit differs.
        windows: compared on each.
    """
    counts = ", ".join(f"{number(each)} on {where}" for where, each in differing.items())
    verdict = ("The C gives the twin's bits" if windows and not any(differing.values())
               else "The C does not give the twin's bits" if windows else "Nothing was compared")
    return f"{verdict}: of {number(windows)} windows differ {counts}"


def int8_lines(table: pd.DataFrame) -> list[str]:
    """What int8 costs where it costs most, a sentence a corpus and split.

    Args:
        table: rows of a benchmark with its deployments.
    """
    lost = together(table)
    lost = lost[lost["metric"] == LOST]
    lines = []
    for (corpus, split), own in lost.groupby(["corpus", "split"], sort=False):
        row = own.loc[own["value"].idxmax()]
        gains = round(row["value"], 2) < 0
        size, band = abs(row["value"]), ""
        if pd.notna(row["low"]):
            ends = (-row["high"], -row["low"]) if gains else (row["low"], row["high"])
            low, high = points([each / 100 for each in ends])
            band = f" (95 % interval {low} to {high})"
        lines.append(f"{corpus}, {short(split)}: int8 {'gains' if gains else 'costs'} "
                     f"{number(size, 2)} points{band} where it does worst, in {row['model']}")
    return lines


def fewer_cycles(own: pd.DataFrame, model: str) -> float:
    """How many times fewer cycles than always-on a policy takes: mean cycles over mean cycles.

    Args:
        own: rows of ``timestep_policies`` of one stream; model: the policy. nan where one is not
            there.
    """
    rows = own[own["metric"] == "cycles_per_s"].drop_duplicates("model").set_index("model")["value"]
    both = {"always", model} <= set(rows.index)
    return float(rows["always"] / rows[model]) if both else float("nan")


def policy_lines(table: pd.DataFrame, models: Sequence[str]) -> list[str]:
    """What policies take and lose on each stream, a sentence each.

    Args:
        table: rows of ``timestep_policies``.
        models: the choices to name.
    """
    lines = []
    for (corpus, stream), own in table.groupby(["corpus", "split"], sort=False):
        lost = own[own["metric"] == "f1_lost"].drop_duplicates("model").set_index("model")
        said = [
            f"{name}: {number(fewer_cycles(own, name), 1)} times fewer cycles than always-on "
            f"(means of seeds), {spread(lost.loc[name, 'value'], lost.loc[name, 'spread'], 1)} "
            "points of F1 lost"
            for name in models if name in lost.index
        ]
        if said:
            lines.append(f"{corpus}, {str(stream).rpartition(', ')[2]}: {'; '.join(said)}")
    return lines


def repeated_line(streams: pd.DataFrame, clips: pd.DataFrame) -> str:
    """How many events the streams of words hold, and of how many different clips they are made.

    Args:
        streams: rows of ``timestep_policies`` of a corpus of words.
        clips: rows of the keyword table of that corpus.
    """
    events, items = streams["items"].dropna(), clips["items"].dropna()
    if not len(events) or not len(items):
        return ""
    low, high = number(events.min(), 0), number(events.max(), 0)
    several = low if low == high else f"{low} to {high}"
    return (f"the streams of a seed hold {several} words, all drawn from at most "
            f"{number(items.max())} different test clips, each repeated: they are long, but say no "
            "more than these clips do")


def wake_lines(table: pd.DataFrame) -> list[str]:
    """Misses and false accepts of wake words beside the rate that their thresholds were chosen for.

    Args:
        table: rows of ``wake_word``.
    """
    lines = []
    for (corpus, _, model), own in table.groupby(["corpus", "split", "model"], sort=False):
        value = own.drop_duplicates("metric").set_index("metric")["value"]
        rate, low, high, allowed = (value[name] for name in (
            "false_accepts", "false_accepts_low", "false_accepts_high", "allowed on validation"))
        kept = ("the rate holds" if rate <= allowed else
                "above it" if low > allowed else "above it, within the interval")
        lines.append(
            f"{corpus}, {model}: {number(value['miss_rate'], 0)} % missed at {number(rate, 1)} "
            f"false accepts an hour (95 %: {number(low, 1)} to {number(high, 1)}) in "
            f"{number(value['stream'], 2)} h of sound; the threshold was chosen for at most "
            f"{number(allowed)} on {number(value['validation sound'], 2)} h of validation: {kept}")
    return lines


def compression_lines(steps: Sequence[dict]) -> list[str]:
    """What int8 and pruning cost, from :func:`lnnlab.experiments.compression.compression_ladder`.
    """
    first, int8, last = steps[0], steps[1], steps[-1]
    lost = 100 * (first["accuracy"] - int8["accuracy"])
    lines = [f"int8 {'gains' if round(lost, 2) < 0 else 'costs'} {number(abs(lost), 2)} points of "
             "test accuracy"]
    if int8["cycles"] and last["cycles"]:
        more = 100 * (int8["accuracy"] - last["accuracy"])
        lines.append(
            f"{number(first['parameters'])} -> {number(last['parameters'])} parameters: "
            f"{number(int8['cycles'] / last['cycles'], 1)} times fewer cycles, "
            f"{number(abs(more), 2)} points {'gained' if round(more, 2) < 0 else 'lost'}")
    return lines


def claims_line(audit: pd.DataFrame) -> str:
    """How many of the documents' claims are reached.

    Args:
        audit: the table ``claims_audit``.
    """
    verdicts = audit["verdict"].fillna("")
    count = {words: int(verdicts.str.startswith(start).sum()) for start, words in VERDICTS.items()}
    said = [f"{claims} {words}" for words, claims in count.items() if claims]
    others = len(audit) - sum(count.values())
    said += [f"{others} on what a board allows"] * bool(others and said)
    return f"of {len(audit)} claims {listed(said)}" if said else ""


def listening_lines(tidy: pd.DataFrame) -> list[str]:
    """Cycles of the best rival that is on the target beside those of liquid ones, both ways.

    Args:
        tidy: rows of ``keyword_benchmark`` of one corpus.
    """
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


def growth_lines(table: pd.DataFrame) -> list[str]:
    """How time and memory of a benchmark grow with its clips: the smallest beside the largest."""
    rows = table.sort_values("clips")
    if len(rows) < 2:
        return []
    few, many = rows.iloc[0], rows.iloc[-1]
    return [f"a benchmark of {number(many['clips'], 0)} one-second clips, "
            f"{number(many['clips_gb'], 1)} GB, held {number(many['peak_gb'], 1)} GB at most and "
            f"took {number(many['seconds'], 0)} s of one processor; one of "
            f"{number(few['clips'], 0)} clips {number(few['peak_gb'], 1)} GB and "
            f"{number(few['seconds'], 0)} s"]
