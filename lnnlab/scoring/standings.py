"""Which row of a table leads, and which of the others it is ahead of."""

from collections.abc import Mapping
from dataclasses import replace

from lnnlab.errors import UserError
from lnnlab.scoring.intervals import Items, Resampling, interval
from lnnlab.scoring.pairs import EQUAL, WHAT, Comparison, every_pair, holm, percent, sentence


def standings(
    rows: Mapping[str, Items], noun: str = "groups", metric: str = "accuracy", level: float = 0.95
) -> list[str]:
    """Sentences on a table: the row with the highest figure, then the others beside it.

    The leader was picked for its figure, so that every pair of rows counts as a comparison made,
    not only those with the leader: verdicts hold together, by :func:`holm` on the p-values of
    all pairs. Intervals are each for its own pair. Choose it where a table has more than two
    rows; the highest figure alone says little, as among equal rows one is highest by chance.

    Args:
        rows: by name, of the same test items.
        noun: what the groups are, in the plural: speakers, bearings, files, recordings.
        metric, level: see :class:`Resampling`.

    Returns:
        one sentence on the leader, one on each other row from high to low, and with three or more
        rows one on how verdicts were reached.

    Raises:
        UserError: no rows, rows of other items, or see :class:`Resampling`.
    """
    if not rows:
        raise UserError("no rows to compare: give at least one")
    figures = {name: interval(row, metric, level) for name, row in rows.items()}
    names = sorted(rows, key=lambda name: -figures[name].value)
    leader, what = names[0], WHAT[metric]
    lines = [f"{leader} has the highest {what}: {percent(figures[leader], noun)}"]
    pairs = counted_together(
        every_pair({name: rows[name] for name in names}, Resampling(metric, level)))
    for k, name in enumerate(names[1:], start=1):
        lines.append(sentence(leader, name, pairs[0, k], what, noun))
    if len(pairs) > 1:
        lines.append(f"verdicts hold for all {len(pairs)} pairs of the {len(rows)} rows together "
                     f"at {100 * level:g} % (Holm's correction), intervals for each pair alone")
    return lines


def counted_together(
    pairs: Mapping[tuple[int, int], Comparison]
) -> dict[tuple[int, int], Comparison]:
    """The same comparisons with adjusted p-values, and only the verdicts that these still bear.

    Args:
        pairs: all comparisons made, from :func:`every_pair`.
    """
    adjusted = holm([pair.p_value for pair in pairs.values()])
    return {
        key: replace(pair, p_value=float(p_value),
                     verdict=pair.verdict if p_value <= 1 - pair.level else EQUAL)
        for (key, pair), p_value in zip(pairs.items(), adjusted, strict=True)
    }
