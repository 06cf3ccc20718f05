"""Records of what was measured: one JSON file a table, one record a line, in a stable order.

While runs are under way each record is a file of its own beside the table's; :meth:`Records.settle`
moves them in. A record says what it stands for (``identity``) and what its figures rest on
(``basis``: data, split, a probe of the code). Where the identity is found with another basis, the
record is *stale*: it is read with a mark, named with the reason, and made anew on request.
"""

import contextlib
import json
import math
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from lnnlab import store
from lnnlab.errors import UserError, unknown

FORMAT = 2
FIELDS = {"key", "name", "label", "identity", "basis", "results"}  # of every record
RENEW = "LNNLAB_RENEW"  # environment: "stale", or labels of rows joined by "|", to make anew
STALE = "stale record"  # in every line about them
CLOSE = 1e-4  # relative difference up to which the numbers of two bases agree
# the same of parts that another processor may round to other integers, and of cycles that only
# have to be near enough to choose by
COARSE = {"int8": 1e-2, "near_cycles": 0.1}


@dataclass(frozen=True)
class Subject:
    """What a record is about.

    Attributes:
        name: for people and for the order of the file: corpus, rule, model, fold, seed.
        label: of the row that it belongs to, as tables call it.
        identity: plain values that name the run: recipe, seed, budget, fold.
        basis: plain values that its figures rest on. Numbers with a fraction are compared within
            ``CLOSE``, everything else to the letter.
    """

    name: str
    label: str
    identity: dict
    basis: dict

    @property
    def key(self) -> str:
        """Twelve hex digits that stand for the identity."""
        return store.key(self.identity)


class Records:
    """The records of one table.

    Args:
        path: of the JSON-lines file, such as ``reports/full/records/vibration_benchmark.jsonl``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._settled: tuple[tuple, dict[str, dict]] = ((), {})

    def read(self) -> dict[str, dict]:
        """Key → record.

        Raises:
            UserError: a line is damaged, or was written by a newer version.
        """
        pending = {}  # first, as they move from here to there
        for path in self._pending():
            with contextlib.suppress(FileNotFoundError):
                pending |= [_parsed(path.read_bytes(), str(path))]
        stamp = ()
        if self.path.exists():
            status = self.path.stat()
            stamp = (status.st_mtime_ns, status.st_ino, status.st_size)
        if stamp != self._settled[0]:
            lines = self.path.read_bytes().split(b"\n") if stamp else []
            self._settled = (stamp, dict(
                _parsed(line, f"{self.path}, line {number}")
                for number, line in enumerate(lines, 1) if line.strip()
            ))
        return self._settled[1] | pending

    def _pending(self) -> list[Path]:
        """Files of single records that :meth:`settle` has not moved yet."""
        return sorted(self.path.parent.glob(f"{self.path.stem}.*.json"))

    def find(self, subject: Subject) -> tuple[dict | None, str]:
        """The record of a subject, and why it is stale; ``""`` where it is not."""
        found = self.read().get(subject.key)
        return found, "" if found is None else difference(found["basis"], subject.basis)

    def missing(self, subject: Subject) -> bool:
        """Whether :meth:`kept` would make the record: it is not there, or asked for anew."""
        found, stale = self.find(subject)
        return found is None or renewing(subject.label, stale)

    def results(self, subject: Subject) -> tuple[dict, str]:
        """The results of a subject's record, and why they are stale.

        Raises:
            UserError: there is no record.
        """
        found, stale = self.find(subject)
        if found is None:
            raise UserError(f"{self.path}: no record of {subject.name}; 'make full' or its "
                            "notebook makes it")
        return found["results"], stale

    def kept(self, subject: Subject, make: Callable[[], dict]) -> tuple[dict, str]:
        """The results of a subject, made where they are missing or asked for anew, and why they are
        stale.

        Args:
            subject: what it is about.
            make: gives the results as plain values.
        """
        found, stale = self.find(subject)
        if found is not None and not renewing(subject.label, stale):
            return found["results"], stale
        record = {
            "format": FORMAT, "key": subject.key, "name": subject.name, "label": subject.label,
            "identity": subject.identity, "basis": subject.basis, "versions": store.versions(),
            "results": make(),
        }
        place = self.path.with_name(f"{self.path.stem}.{subject.key}.json")
        store.write_text(place, _line(record) + "\n")
        return json.loads(_line(record))["results"], ""

    def adopt(self, lines: bytes, where: str) -> None:
        """Add the lines of a file ``where`` made elsewhere; of those here the stale are replaced.
        """
        given = dict(_parsed(line, where) for line in lines.split(b"\n") if line.strip())
        here = self.read()
        for key, record in given.items():
            if key not in here or difference(here[key]["basis"], record["basis"]):
                place = self.path.with_name(f"{self.path.stem}.{key}.json")
                store.write_text(place, _line(record) + "\n")
        self.settle()

    def settle(self) -> None:
        """Move records that lie beside the file into it, in the order of their names."""
        if not self._pending():
            return
        with store.locked(self.path):
            moved = self._pending()
            every = sorted(self.read().values(), key=lambda each: (each["name"], each["key"]))
            store.write_text(self.path, "".join(_line(each) + "\n" for each in every))
            for path in moved:
                path.unlink(missing_ok=True)


def every_record(folder: Path) -> list[dict]:
    """All records of a profile's tables, in the order of tables and names.

    Args:
        folder: of the profile's reports, such as ``reports/full``.
    """
    tables = sorted((folder / "records").glob("*.jsonl"))
    return [record for path in tables for record in Records(path).read().values()]


def check_renewal(wanted: str, folder: Path) -> None:
    """Refuse to renew a row that has no record.

    Args:
        wanted: ``"stale"``, or labels of rows joined by ``|``.
        folder: of the profile's reports.

    Raises:
        UserError: no record has that label; the nearest is suggested.
    """
    labels = {each["label"] for each in every_record(folder)}
    for label in wanted.split("|"):
        if label != "stale" and label not in labels:
            raise unknown(f"row with records in {folder}", label, sorted(labels))


def renewing(label: str, stale: str) -> bool:
    """Whether a row's record is to be made anew: ``LNNLAB_RENEW`` says so."""
    wanted = os.environ.get(RENEW, "")
    return bool(stale) if wanted == "stale" else label in wanted.split("|")


def difference(recorded: dict, present: dict) -> str:
    """What the basis of a record and today's differ in, in words; ``""`` where they agree."""
    unlike = [name for name in sorted(set(recorded) | set(present))
              if not _alike(recorded.get(name), present.get(name))]
    return ", ".join(WORDS.get(name, name) for name in unlike)


WORDS = {  # part of a basis → how a message calls its change
    "data": "the data changed", "split": "the rows of the split changed",
    "probe": "the code gives other values", "board": "the board's entry changed",
    "compiler": "the compiler changed",
    "searched": "the code decides otherwise, or cycles moved so far that others may be chosen",
    "target": "the C or the emulated core gives other values",
}


def stale_line(table: str, reasons: Iterable[tuple[str, str]]) -> str:
    """One line on the stale records of a table: how many, which rows, why; ``""`` without any.

    Args:
        table: its name.
        reasons: (label of the row, why it is stale; ``""``: it is not) of each record.
    """
    stale = [(label, why) for label, why in reasons if why]
    if not stale:
        return ""
    rows = "; ".join(f"{label}: {why}" for label, why in dict.fromkeys(stale))
    return (f"{table}: {len(stale)} {STALE}{'s' * (len(stale) > 1)} ({rows}); "
            "'lnnlab reports --renew' makes them anew")


def _alike(one: object, other: object, close: float = CLOSE) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return set(one) == set(other) and all(
            _alike(one[name], other[name], COARSE.get(name, close)) for name in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(
            _alike(*pair, close) for pair in zip(one, other, strict=True))
    if isinstance(one, float) or isinstance(other, float):
        numbers = isinstance(one, int | float) and isinstance(other, int | float)
        return numbers and math.isclose(one, other, rel_tol=close, abs_tol=1e-6)
    return one == other


def _line(record: dict) -> str:
    return json.dumps(record, separators=(",", ":"), sort_keys=True, default=store._plain,
                      ensure_ascii=False)


def _parsed(line: bytes, where: str) -> tuple[str, dict]:
    try:
        record = json.loads(line)
        form = int(record["format"])
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{where}: not a record; delete it, and the run is made again") from error
    if form > FORMAT:
        raise UserError(f"{where}: written by a newer lnnlab (format {form}, this one reads up to "
                        f"{FORMAT}); update the package")
    if form != FORMAT or not set(record) >= FIELDS:
        raise UserError(f"{where}: not a record of format {FORMAT}; delete it, and the run is made "
                        "again")
    return record["key"], record
