"""What the table of noise suppression says, in sentences made from its figures."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lnnlab.experiments.denoising.choice import MAIN_DB
from lnnlab.experiments.denoising.deployed import Deployed
from lnnlab.experiments.denoising.material import FRESH, LEVELS_DB, SPOKEN
from lnnlab.experiments.denoising.study import Line
from lnnlab.reports.denoising import by_corpus, by_title, gained, pairs_of
from lnnlab.scoring.pairs import AHEAD, EQUAL, Comparison
from lnnlab.target.boards import board

SEEN = "recipes were changed after scores of this test had been seen"
NOT_SEEN = "nothing was chosen by this test, which was measured once"


def sentences(lines: Sequence[Line]) -> list[str]:
    """What the figures of each test say, made from them."""
    said = []
    for corpus, here in by_corpus(lines).items():
        found = by_title(here)
        chosen = said_of(corpus)
        said.append(f"{corpus}: {len(here[0].scores.who)} mixtures at each level of "
                    f"{gained(here[:1], MAIN_DB, 'si_sdr').groups} speakers; intervals are 95 % "
                    f"over speakers{'; ' if chosen else ''}{chosen}")
        for name, own in found.items():
            main = gained(own, MAIN_DB, "si_sdr")
            said.append(f"{name}: {main.value:+.1f} dB SI-SDR at {MAIN_DB} dB "
                        f"({main.low:+.1f} to {main.high:+.1f}); {_of_stoi(own)}")
        ours = next((each for each in found if "int8" in each), next(iter(found)))
        pairs = pairs_of(here, "si_sdr").items()
        said += [_paired(one, other, each) for (one, other), each in pairs
                 if one == ours and other.split(",")[0] != ours.split(",")[0]]
    return said


def said_of(corpus: str) -> str:
    """Whether anything was chosen by a test of recordings; empty of others."""
    return NOT_SEEN if FRESH in corpus else SEEN if corpus == SPOKEN else ""


def noise_lines(table: pd.DataFrame) -> list[str]:
    """A sentence for each row of the table: what is gained, and where words are less clear."""
    said = []
    for row in table[table["metric"] == f"si_sdr_gained_{MAIN_DB}db"].itertuples():
        own = table[(table["model"] == row.model) & (table["corpus"] == row.corpus)]
        stoi, high = (own.set_index("metric")[each] for each in ("value", "high"))
        lower = [level for level in LEVELS_DB if stoi.get(f"stoi_gained_{level}db", 0) < 0]
        told = [level for level in lower if high.get(f"stoi_gained_{level}db", 0) < 0]
        apart = f"told apart from 0 at {_levels(told)}" if told else "nowhere told apart from 0"
        clear = f"STOI is lower at {_levels(lower)}, {apart}" if lower else "STOI is nowhere lower"
        said.append(
            f"{row.corpus}: {row.model}: {row.value:+.1f} dB SI-SDR at {MAIN_DB} dB "
            f"({row.low:+.1f} to {row.high:+.1f}, {row.groups:.0f} {row.grouping}); {clear}")
    return said + [f"noise suppression, {corpus}: {said_of(corpus)}"
                   for corpus in table["corpus"].unique() if said_of(corpus)]


def _of_stoi(own: Sequence[Line]) -> str:
    """Where STOI rises and falls, and where that is told apart from 0."""
    found = {level: gained(own, level, "stoi") for level in LEVELS_DB}
    said = []
    for word, sign in (("higher", 1), ("lower", -1)):
        levels = [level for level, each in found.items() if sign * each.value > 0]
        told = [level for level in levels if found[level].told]
        where = "every level" if len(levels) == len(found) else _levels(levels)
        apart = (", nowhere told apart from 0" if not told else
                 "" if told == levels else f", told apart from 0 at {_levels(told)}")
        said += [f"STOI is {word} at {where}{apart}"] if levels else []
    return "; ".join(said) or "STOI is the same at every level"


def _levels(levels: Sequence[int]) -> str:
    return ", ".join(map(str, levels)) + " dB"


def _paired(one: str, other: str, found: Comparison) -> str:
    ends = f"({found.low:+.1f} to {found.high:+.1f} dB, paired over {found.groups} speakers)"
    if found.verdict == EQUAL:
        return (f"{one} and {other} are not distinguishable in SI-SDR at {MAIN_DB} dB: "
                f"{found.difference:+.1f} dB {ends}")
    beside = "ahead of" if found.verdict == AHEAD else "behind"
    return (f"{one} is {beside} {other} by {abs(found.difference):.1f} dB SI-SDR at {MAIN_DB} dB "
            f"{ends}, all pairs counted")


def board_lines(found: Deployed) -> list[str]:
    """What it takes on boards, and whether the C is the twin."""
    said = []
    for name, cost in found.costs.items():
        spent = np.mean(cost["hop_cycles"])
        said.append(f"{board(name).title}: {spent:,.0f} cycles a hop, {cost['duty_percent']:.0f} % "
                    f"of its time, {cost['average_mw']:.2f} mW (modelled), "
                    f"{sum(cost['flash_bytes'].values()) / 1024:.1f} KB flash, "
                    f"{sum(cost['ram_bytes'].values()) / 1024:.1f} KB RAM")
    compared = ", ".join(f"{core} {differ} of {items:,}"
                         for core, (items, differ) in found.parity.items())
    return [*said, f"samples in C that differ from the twin's: {compared}"]
