"""Sentences and drawings of what keyword networks refuse."""

from collections.abc import Iterable, Iterator

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lnnlab.experiments.refusing import Refusing, score_unit
from lnnlab.models.kinds import NULL as NULLS
from lnnlab.models.kinds import kind_of
from lnnlab.reports.figures import colour_of
from lnnlab.reports.numbers import number
from lnnlab.reports.probit import probit, probit_axes
from lnnlab.reports.refusals import COMMANDS, by_row, word_scores
from lnnlab.reports.sentences import NULL, beside, metric_lines, ranking
from lnnlab.scoring.refusal import REFUSED

CURVE = np.linspace(0.005, 0.5, 100)  # shares of commands refused along a curve
SOFTMAX = "softmax_"  # before the name of a figure: by the best command's probability
READ_ALOUD = "_spoken"  # at the end of a corpus whose training holds words of synthesisers
BRIEF = (("commands_accuracy", "commands", " %"),
         ("unknown_auc", "words never heard, area under the curve", ""))
STYLES = {"large": "--", "small": "-."}  # variant → its line
KNOWN, STRANGE = "#0b6e99", "#b5541c"


def tradeoff(found: Iterable[Refusing]) -> Figure:
    """Words never heard that are let in over commands that are refused, a line a row, on axes on
    which normal scores give straight lines (Martin et al. 1997, "The DET curve in assessment of
    detection task performance", Eurospeech)."""
    figure, axis = plt.subplots(figsize=(6, 4.6), layout="constrained")
    for (_, _, label), own in by_row(found).items():
        scored = word_scores(own)
        refused, let_in = np.mean([_curve(scored.known, each) for each in scored.values], axis=0)
        null = kind_of(own[0].record.recipe.model).family == NULLS
        axis.plot(probit(refused), probit(let_in), lw=1.3, label=label, color=colour_of(label),
                  ls=":" if null else STYLES.get(label.rpartition(", ")[2], "-"))
    probit_axes(axis, (0.005, 0.4), (0.02, 0.98))
    axis.axvline(probit(REFUSED), color="#9a9a9a", lw=0.8, zorder=0)
    axis.set_xlabel("commands refused, %")
    axis.set_ylabel("words never heard that are accepted, %")
    axis.legend(frameon=False, fontsize=7)
    return figure


def first_network(found: Iterable[Refusing]) -> Refusing:
    """The first network that is no null baseline."""
    return next(each for each in found if not each.record.run.null)


def at_a_threshold(own: Refusing, threshold: float) -> Figure:
    """Scores of commands and of words never heard, the latter by word, and a threshold.

    Args:
        own: a network's; threshold: of the score, in units of a logit.
    """
    heard, words = own.parts["test"], own.words("test")
    command, score = heard.truth < own.commands, heard.score / score_unit(own.commands)
    names = sorted(set(words[heard.never]), key=lambda each: np.median(score[words == each]))
    figure, axis = plt.subplots(figsize=(8, 1.2 + 0.19 * len(names)), layout="constrained")
    random = np.random.default_rng(0)
    rows = [("commands", command), *((name, heard.never & (words == name)) for name in names)]
    for k, (_, chosen) in enumerate(rows):
        height = len(rows) - k + random.uniform(-0.3, 0.3, chosen.sum())
        axis.plot(score[chosen], height, ".", ms=2, color=STRANGE if k else KNOWN)
    axis.axvline(threshold, color="black", lw=1)
    axis.set_yticks(range(len(rows), 0, -1), [name for name, _ in rows], fontsize=7)
    axis.set_xlabel("score: best command's logit less the middle of unknown words' and the mean's")
    axis.set_title(f"{np.mean(score[command] < threshold):.1%} of the commands refused, "
                   f"{np.mean(score[heard.never] >= threshold):.1%} of the words never heard "
                   f"accepted; {own.record.label}", fontsize=9)
    axis.spines[["top", "right"]].set_visible(False)
    return figure


def refusal_lines(rows: pd.DataFrame, pairs: pd.DataFrame) -> list[str]:
    """What the figures say, a sentence each: leaders, what they are ahead of, what is let in.

    Args:
        rows: of the table ``keyword_wide``; pairs: of ``keyword_wide_pairs``.
    """
    lines = []
    for (corpus, split), own in rows.groupby(["corpus", "split"], sort=False):
        own_pairs = pairs[(pairs["corpus"] == corpus) & (pairs["split"] == split)]
        for metric in COMMANDS:
            lines += [f"{corpus}: {line}" for line in metric_lines(own, own_pairs, metric)]
        lines += [f"{corpus}: {line}" for line in _word_lines(own, own_pairs)]
    return lines


def refusal_brief(rows: pd.DataFrame) -> list[str]:
    """Both figures' leaders with the best nulls in one sentence, of each corpus.

    Args:
        rows: of the table ``keyword_wide``.
    """
    lines = []
    for corpus, own in rows.groupby("corpus", sort=False):
        parts = [_leading(own, *each) for each in BRIEF]
        if all(parts):
            groups = ranking(own, BRIEF[0][0]).iloc[0]["groups"]
            read = "; training heard synthesisers too" * corpus.endswith(READ_ALOUD)
            lines.append(f"{corpus}: {'; '.join(parts)}; {number(groups, 0)} speakers{read}")
    return lines


def _leading(own: pd.DataFrame, metric: str, what: str, unit: str) -> str:
    """The leader of a figure and the best null, by whichever score serves the null better;
    nothing where there is no such figure."""
    ranked = ranking(own, metric)
    if not len(ranked):
        return ""
    decimals, best = 1 if unit else 3, ranked.iloc[0]
    either = pd.concat([ranked, ranking(own, f"{SOFTMAX}{metric}")])
    null = either[either["model"].str.contains(NULL, regex=False)]["value"]
    value, low, high = (number(best[each], decimals) for each in ("value", "low", "high"))
    said = f"{what}: {best['model']}, {value}{unit} (95 % interval {low} to {high})"
    return f"{said}, null {number(null.max(), decimals)}{unit}" if len(null) else said


def _word_lines(own: pd.DataFrame, pairs: pd.DataFrame) -> Iterator[str]:
    areas = own[own["metric"] == "unknown_auc"].sort_values("value", ascending=False)
    if not len(areas):
        return
    best = areas.iloc[0]
    yield (f"{best['model']} tells words never heard from commands best: area under the curve "
           f"{number(best['value'], 3)} (95 % interval {number(best['low'], 3)} to "
           f"{number(best['high'], 3)}, {number(best['groups'], 0)} speakers)")
    yield beside(best["model"], pairs[pairs["metric"] == "unknown_auc"])
    value = own.drop_duplicates(["model", "metric"]).pivot(
        index="model", columns="metric", values="value")
    for model in areas["model"]:
        line = value.loc[model]
        yield (f"{model}: where {100 * REFUSED:g} % of the commands are refused, "
               f"{number(line['unknown_accepted'], 1)} % of the words never heard are accepted, by "
               f"softmax {number(line['softmax_unknown_accepted'], 1)} %")


def _curve(known: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Shares refused of the known and accepted of the unknown at each of many thresholds,
    (2, threshold)."""
    own = np.sort(values[known])
    thresholds = own[np.minimum((CURVE * len(own)).astype(int), len(own) - 1)]
    return np.stack([CURVE, np.mean(values[~known] >= thresholds[:, None], axis=1)])
