"""The wide keyword table's two figures, never mixed: eight commands, and words never heard.

Commands: which of them was said, whatever else a network may take a clip for. Words never heard:
how well its score tells them from commands, and how many of them are let in.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from lnnlab.experiments.benchmark import Work
from lnnlab.experiments.refusing import Refusing, refusing, tells_words
from lnnlab.experiments.results import RunRecord
from lnnlab.reports.pooling import RowKey, grouped
from lnnlab.reports.sentences import COLUMNS as PAIR_COLUMNS
from lnnlab.reports.tables import COLUMNS, marked, summary
from lnnlab.scoring.intervals import Items, Resampling, enough, interval, resampled
from lnnlab.scoring.pairs import drawn_pairs
from lnnlab.scoring.refusal import DRAWS, FIGURES, REFUSED, Scored, refusal, refusals
from lnnlab.scoring.standings import counted_together

COMMANDS = {  # figure of the commands → whether a command that is taken for unknown counts as wrong
    "commands_accuracy": False, "commands_of_all_classes": True,
}
SPEAKERS = "speakers"


def refused_by(records: Sequence[RunRecord], work: Work) -> list[Refusing]:
    """What the networks of a benchmark refuse; nothing where its corpus does not tell."""
    return refusing(records, work) if tells_words(records[0].run.dataset) else []


def command_items(own: Sequence[Refusing], refused_is_wrong: bool, part: str = "test") -> Items:
    """The commands' clips of a row with what its networks answered, one of each seed."""
    first = own[0].parts[part]
    rows = first.truth < own[0].commands
    guesses = []
    for each in own:
        heard = each.parts[part]
        wrong = refused_is_wrong & ~heard.taken
        guesses.append(np.where(wrong, -1, heard.guess)[rows])
    return Items(first.truth[rows], first.speaker[rows], np.stack(guesses))


def word_scores(own: Sequence[Refusing], part: str = "test", by: str = "score") -> Scored:
    """Commands and words never heard of a row, with the score of each seed's network."""
    every = [each.scored(part, by) for each in own]
    return Scored(every[0].known, every[0].groups, np.concatenate([e.values for e in every]))


def refusal_rows(found: Iterable[Refusing]) -> pd.DataFrame:
    """Rows of the wide keyword table: both figures of each row, with intervals over speakers.

    ``unknown_auc`` is the area under the curve of commands over words never heard accepted;
    ``unknown_accepted`` the share of words never heard that are let in where a twentieth of the
    test's commands is refused; ``refused_at_chosen`` and ``accepted_at_chosen`` are what a
    threshold gives that was chosen so on validation commands. ``softmax_…`` are the same of the
    best command's probability.
    """
    rows = []
    for (corpus, split, label), own in by_row(found).items():
        basis = marked("measured", any(each.stale or each.record.stale for each in own))
        shared = {"model": label, "corpus": corpus, "split": split,
                  "parameters": max(each.record.parameters for each in own),
                  "seeds": _seeds(own), "grouping": SPEAKERS}
        rows += [shared | each for each in _command_rows(own, basis)]
        rows += [shared | each for each in _word_rows(own, basis)]
    return pd.DataFrame(rows, columns=COLUMNS)


def refusal_pairs(found: Iterable[Refusing]) -> pd.DataFrame:
    """Every two rows compared on the same resampled speakers, by each figure, more being better;
    Holm's correction over all pairs of a figure. Differences are in points, first less second."""
    rows = []
    places: dict[tuple[str, str], dict[str, list[Refusing]]] = {}
    for (corpus, split, label), own in by_row(found).items():
        places.setdefault((corpus, split), {})[label] = own
    for (corpus, split), by_label in places.items():
        rows += [{"corpus": corpus, "split": split} | each
                 for name in (*COMMANDS, *FIGURES) for each in _compared(by_label, name)]
    return pd.DataFrame(rows, columns=PAIR_COLUMNS)


def by_row(found: Iterable[Refusing]) -> dict[RowKey, list[Refusing]]:
    """By (corpus, split, label), rows in the order of the kinds."""
    by_key = {each.record.run.key: each for each in found}
    return {key: [by_key[each.run.key] for each in own]
            for key, own in grouped(each.record for each in by_key.values()).items()}


def _seeds(own: Sequence[Refusing]) -> str:
    return "" if own[0].record.run.null else " ".join(str(each.record.seed) for each in own)


def _command_rows(own: Sequence[Refusing], basis: str) -> Iterable[dict]:
    for name, refused_is_wrong in COMMANDS.items():
        items = command_items(own, refused_is_wrong)
        values = [100 * float(np.mean(each == items.truth)) for each in items.guesses]
        found = interval(items)
        yield summary(name, values, "%", basis) | {
            "low": 100 * found.low, "high": 100 * found.high, "items": found.items,
            "groups": found.groups}


def _word_rows(own: Sequence[Refusing], basis: str) -> Iterable[dict]:
    for by, before in (("score", ""), ("share", "softmax_")):
        yield from _told_apart(word_scores(own, by=by), before, basis)
    chosen = [_at_chosen(each) for each in own]
    for k, name in enumerate(("refused_at_chosen", "accepted_at_chosen")):
        yield summary(name, [each[k] for each in chosen], "%", basis)


def _told_apart(scored: Scored, before: str, basis: str) -> Iterable[dict]:
    """Area and what is let in, with their intervals, of one score."""
    support = {"items": int((~scored.known).sum()), "groups": len(np.unique(scored.groups))}
    area, kept = (refusal(scored, name) for name in FIGURES)
    areas, shares = (refusals([scored], name, draws=1)[0][0] for name in FIGURES)
    yield summary(f"{before}unknown_auc", list(areas), "1", basis) | support | {
        "low": area.low, "high": area.high}
    yield summary(f"{before}unknown_accepted", list(100 * (1 - shares)), "%", basis) | support | {
        "low": 100 * (1 - kept.high), "high": 100 * (1 - kept.low)}


def _at_chosen(each: Refusing) -> tuple[float, float]:
    """Percent of test commands refused and of words never heard accepted at the threshold that
    refuses a twentieth of the validation commands."""
    before, test = each.parts["validation"], each.scored()
    own = before.score[before.truth < each.commands]
    threshold = np.sort(own)[int(REFUSED * len(own))]
    let_in = test.values[0] >= threshold
    return 100 * float(np.mean(~let_in[test.known])), 100 * float(np.mean(let_in[~test.known]))


def _compared(by_label: dict[str, list[Refusing]], name: str) -> list[dict]:
    labels = list(by_label)
    if name in COMMANDS:
        items = [command_items(own, COMMANDS[name]) for own in by_label.values()]
        how, groups, reliable = Resampling(), len(np.unique(items[0].groups)), enough(items[0])
        figures, drawn = resampled(items, how)
    else:
        scored = [word_scores(own) for own in by_label.values()]
        how, groups = Resampling(draws=DRAWS), len(np.unique(scored[0].groups))
        whole, drawn = refusals(scored, name)
        figures, reliable = np.array([each.mean() for each in whole]), scored[0].reliable
    order = np.argsort(-figures, kind="stable")
    pairs = counted_together(drawn_pairs(figures[order], drawn[order], groups, reliable, how))
    return [
        {"metric": name, "first": labels[order[k]], "second": labels[order[j]],
         "difference": 100 * each.difference, "low": 100 * each.low, "high": 100 * each.high,
         "groups": each.groups, "grouping": SPEAKERS, "reliable": each.reliable,
         "verdict": each.verdict}
        for (k, j), each in pairs.items()
    ]
