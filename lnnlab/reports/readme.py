"""The README's table and every sentence in it that holds a figure, from a profile's tables.

``python -m lnnlab.reports.readme`` renews what stands between ``<!-- name -->`` and
``<!-- end -->``.
"""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from lnnlab import paths, store
from lnnlab.errors import UserError
from lnnlab.reports import tables
from lnnlab.reports.documents import printed
from lnnlab.reports.published import NO_ROW, Shown, shown, verdict_word
from lnnlab.reports.sentences import listed

README = paths.ROOT / "README.md"
BRIEF = {  # key of a printed table → headings of the columns that the README has room for
    "vibration": ("time, M4 at 80 MHz", "energy", "accuracy"), "keywords": ("power", "accuracy"),
    "sound events": ("mAP",), "wake word": ("accuracy (words found)", "false accepts"),
    "profile": ("average power", "idle power"),
}


def published(folder: Path) -> str:
    """The documents' tables in short: claim → ours, and how many claims are reached.

    Raises:
        UserError: a profile without the two benchmarks.
    """
    for name in ("vibration_benchmark", "keyword_benchmark"):
        tables.read(name, folder)
    every = shown(folder)
    lines = [f"| {key}: {line}" for key, each in zip(printed(), every, strict=True)
             for line in _short(each, BRIEF[key])]
    return ("| printed | ours | claim → ours |\n|:--|:--|:--|\n" + "\n".join(lines)
            + f"\n\n{_counted(every)}\n")


def _short(table: Shown, headings: tuple[str, ...]) -> list[str]:
    """A line for each of our rows, with the claims of the row above it."""
    places = [table.headings.index(each) for each in headings]
    lines, claimed = [], None
    for line in table.lines:
        if line.kind == "claimed":
            claimed = line
        elif line.kind == "ours" or NO_ROW in line.name:
            ours = line.name if line.kind == "ours" else NO_ROW
            cells = ", ".join(
                f"{claimed.cells[k]} → {_bare(line.cells[k])}" for k in places
                if line.cells[k]) or ", ".join(claimed.cells[k] for k in places)
            lines.append(f"{claimed.name.removesuffix(', not given')} | {ours} | {cells} |")
    return lines


def _bare(cell: str) -> str:
    """A cell without its interval and its basis, which the page has."""
    return re.sub(r" \(.*?\)|, \w+$", "", cell)


def _counted(every: list[Shown]) -> str:
    words = Counter(verdict_word(cell) for table in every for line in table.lines
                    if line.kind == "verdict" for cell in line.cells if cell)
    del words[""]  # shares, of which neither more nor less is to be reached
    said = [f"{count} {word}" for word, count in words.most_common()]
    return f"Of {sum(words.values())} cells of ours: {listed(said)}."


BLOCKS: dict[str, Callable[[Path], str]] = {"published": published}


def renewed(text: str, folder: Path = paths.PUBLISHED) -> str:
    """A README's text with today's figures between its marks.

    Raises:
        UserError: a mark is missing, or a table.
    """
    for mark, made in BLOCKS.items():
        block = re.compile(rf"(<!-- {mark} -->\n).*?(<!-- end -->)", flags=re.DOTALL)
        text, count = block.subn(lambda found, made=made: found[1] + made(folder) + found[2], text)
        if count != 1:
            raise UserError(f"README: {count} blocks '<!-- {mark} -->' with an end, expected one")
    return text


if __name__ == "__main__":
    store.write_text(README, renewed(README.read_text()))
