"""JSON to tables: records, rows or columns, as pandas and others write them, and Edge Impulse's."""

import json
from pathlib import Path

import pandas as pd

from lnnlab.data.tables.packed import RATES
from lnnlab.data.tables.table import Table
from lnnlab.data.tables.text import read_text
from lnnlab.errors import UserError

JSON_SUFFIXES = (".json", ".jsonl", ".ndjson")
FORMS = ('an object a line, a list of objects or of rows, an object of lists of one length, what '
         "pandas' to_json writes, or a sample of Edge Impulse")


def read_json(path: Path) -> Table:
    """A JSON file of records; nested values become ``outer.inner``.

    A number named ``fs``, ``sample_rate`` or the like beside them is the rate.

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
    frame = _of_columns(found) if isinstance(found, dict) else _of_rows(found)
    if frame is None:
        raise UserError(f"{path}: no table: expected {FORMS}")
    table = _checked(path, frame)
    for name, each in found.items() if isinstance(found, dict) else ():
        known = name.lower().replace("_", "") in RATES[:-1]  # the last may be of anything
        if known and _is_number(each) and each > 0:
            table.rate_hz, table.rate_from = float(each), f"its {name}"
            break
    return table


def _of_rows(rows: object, names: list | None = None) -> pd.DataFrame | None:
    """A list of objects, or of lists of one length with numbers; None: it is neither."""
    if not isinstance(rows, list) or not rows:
        return None
    if all(isinstance(each, dict) for each in rows):
        return pd.json_normalize(rows)
    width = len(names) if names is not None else len(rows[0]) if isinstance(rows[0], list) else 0
    if not width or not all(isinstance(each, list) and len(each) == width for each in rows) or (
            not any(map(_is_number, rows[0]))):
        return None
    return pd.DataFrame(rows, columns=names)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _of_columns(found: dict) -> pd.DataFrame | None:
    """An object of lists, one of them perhaps of the rows, or of pandas' numbered cells."""
    lists = {name: each for name, each in found.items() if isinstance(each, list)}
    numbered = {name: each for name, each in found.items() if isinstance(each, dict)}
    rows = list(next(iter(numbered.values()))) if numbered else []
    if len(numbered) == len(found) and rows == [str(k) for k in range(len(rows))] and all(
            list(each) == rows for each in numbered.values()):
        return pd.DataFrame({name: list(each.values()) for name, each in numbered.items()})
    if {"columns", "data"} <= lists.keys() <= {"columns", "data", "index"}:
        frame = _of_rows(lists["data"], lists["columns"])
        index = lists.get("index", [])
        if frame is not None and len(index) == len(frame) and index != list(range(len(index))):
            frame.insert(0, "index", index)
        return frame
    inside = [each for each in lists.values() if each and isinstance(each[0], dict)]
    if len(inside) == len(lists) == 1:
        return _of_rows(inside[0])
    alike = len({len(each) for each in lists.values()}) == 1
    return pd.DataFrame(lists) if alike and not inside else None


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
    nested = [name for k, name in enumerate(frame) if frame.iloc[:, k].map(
        lambda each: isinstance(each, list | dict)).any()]
    if nested:
        raise UserError(f"{path}: '{nested[0]}' holds lists or objects; expected {FORMS}")
    if not len(frame) or not frame.columns.is_unique:
        raise UserError(f"{path}: no table: expected {FORMS}")
    return Table(path, frame, words="JSON")
