"""JSON to tables: lines of records, records in a list, lists by column, Edge Impulse's samples."""

import json
from pathlib import Path

import pandas as pd

from lnnlab.data.tables.table import Table
from lnnlab.data.tables.text import read_text
from lnnlab.errors import UserError

JSON_SUFFIXES = (".json", ".jsonl", ".ndjson")
FORMS = ('an object a line, a list of objects, an object of lists of one length, or a sample of '
         'Edge Impulse')


def read_json(path: Path) -> Table:
    """A JSON file of records; nested values become ``outer.inner``.

    Edge Impulse's sample format (``payload`` with ``sensors``, ``values`` and ``interval_ms``)
    gives channels, units and the rate.

    Raises:
        UserError: it is damaged, or of no such form.
    """
    text = read_text(path).data.decode()
    try:
        found = json.loads(text)
    except ValueError:
        found = [_record(path, number, line) for number, line in enumerate(text.splitlines(), 1)
                 if line.strip()]
    if isinstance(found, dict) and isinstance(found.get("payload"), dict):
        return _sample(path, found["payload"])
    if isinstance(found, dict):
        lists = {name: each for name, each in found.items() if isinstance(each, list)}
        inside = [each for each in lists.values() if each and isinstance(each[0], dict)]
        lengths = {len(each) for each in lists.values()}
        if len(inside) == len(lists) == 1:
            found = inside[0]
        elif len(lengths) == 1 and not inside:
            return _checked(path, pd.DataFrame(lists))
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise UserError(f"{path}: no table: expected {FORMS}")
    return _checked(path, pd.json_normalize(found))


def _record(path: Path, number: int, line: str) -> object:
    try:
        return json.loads(line)
    except ValueError as error:
        raise UserError(f"{path}, line {number}: not JSON ({error}); correct or remove the line"
                        ) from error


def _sample(path: Path, payload: dict) -> Table:
    try:
        sensors, interval_ms = payload["sensors"], float(payload["interval_ms"])
        names = [str(each["name"]) for each in sensors]
        values = [row if isinstance(row, list) else [row] for row in payload["values"]]
        frame = pd.DataFrame(values, columns=names)
        if interval_ms <= 0:
            raise ValueError("interval_ms")
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{path}: a sample of Edge Impulse without sensors, values or interval_ms; "
                        "export the project again") from error
    table = _checked(path, frame)
    table.words = "Edge Impulse's JSON"
    table.units = {str(each["name"]): str(each.get("units", "")) for each in sensors}
    table.rate_hz, table.rate_from = float(f"{1000 / interval_ms:.6g}"), "its interval_ms"
    return table


def _checked(path: Path, frame: pd.DataFrame) -> Table:
    frame.columns = [" ".join(str(name).split()) for name in frame.columns]
    nested = [name for name in frame if frame[name].map(lambda each: isinstance(each, list)).any()]
    if nested:
        raise UserError(f"{path}: '{nested[0]}' holds lists; expected {FORMS}")
    if not len(frame) or not frame.columns.is_unique:
        raise UserError(f"{path}: no table: expected {FORMS}")
    return Table(path, frame, words="JSON")
