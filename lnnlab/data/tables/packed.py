"""Parquet and MATLAB files to tables."""

from pathlib import Path

import numpy as np
import pandas as pd

from lnnlab.data.tables.table import Table
from lnnlab.errors import UserError

RATES = ("fs", "samplerate", "samplingrate", "samplingfrequency", "samplefreq", "samplingfreq",
         "srate", "sr", "odr", "ratehz", "rate")  # the surest first: a shaft has a rate too


def read_parquet(path: Path) -> Table:
    """A Parquet file; an index that pandas wrote becomes a column.

    Raises:
        UserError: pyarrow is not installed, or the file is damaged.
    """
    try:
        frame = pd.read_parquet(path)
    except ImportError as error:
        raise UserError(
            f"{path}: Parquet needs pyarrow (the extra 'parquet'); pip install pyarrow, or save "
            "it as CSV"
        ) from error
    except Exception as error:  # pyarrow raises many kinds for damaged files
        raise UserError(f"{path}: damaged, or not a Parquet file") from error
    plain = isinstance(frame.index, pd.RangeIndex) and frame.index.name is None
    if not plain:
        if frame.index.name is None and frame.index.nlevels == 1:
            frame.index.name = "time" if frame.index.dtype.kind == "M" else "Unnamed: 0"
        frame = frame.reset_index()
    frame.columns = [str(name).strip() for name in frame.columns]
    return _checked(path, frame, "Parquet")


def read_mat(path: Path) -> Table:
    """A ``.mat`` file of MATLAB up to version 7: arrays of one length are its columns.

    A matrix gives ``name_0``, ``name_1`` …; a number named ``fs`` or the like is the rate; a text
    of one line counts for every row.

    Raises:
        UserError: the file is damaged or of version 7.3, holds no arrays of one length, or a
            table object, which only MATLAB reads.
    """
    columns, scalars = _columns(_variables(path))
    nested = [name for name, each in columns.items() if _is_nested(each)]
    columns = {name: each for name, each in columns.items() if name not in nested}
    if nested and not columns:
        raise UserError(f"{path}: '{nested[0]}' is a cell array of arrays or structures, which is "
                        "not read; save each recording in a file of its own, as vectors of one "
                        "length")
    if not columns:
        raise UserError(f"{path}: no arrays in it; save the columns as vectors of one length")
    length = max(map(len, columns.values()))
    frame = {name: each for name, each in columns.items() if len(each) == length}
    notes = [f"Variable '{name}' left out: {len(each)} values beside {length:,}."
             for name, each in columns.items() if len(each) != length]
    notes += [f"Variable '{name}' left out: a cell array of arrays or structures."
              for name in nested]
    rates = {}
    for name, value in scalars.items():
        if isinstance(value, str):
            frame[name] = np.array([value] * length, dtype=object)
            continue
        plain = name.split(".")[-1].lower().replace("_", "")
        if plain in RATES and value > 0:
            rates[RATES.index(plain)] = (float(value), f"variable '{name}'")
    table = _checked(path, pd.DataFrame(frame), "MATLAB")
    table.notes += notes
    if rates:
        table.rate_hz, table.rate_from = rates[min(rates)]
    return table


def _variables(path: Path) -> dict[str, object]:
    """What a ``.mat`` file holds; a structure named by the file is opened."""
    from scipy.io import loadmat  # slow to import
    from scipy.io.matlab import MatlabOpaque

    try:
        found = loadmat(path, squeeze_me=True, struct_as_record=False, chars_as_strings=True)
    except NotImplementedError as error:
        raise UserError(f"{path}: version 7.3 (HDF5); in MATLAB use save(..., '-v7')") from error
    except Exception as error:  # scipy raises many kinds for damaged files
        raise UserError(f"{path}: truncated or not a .mat file; save it again") from error
    values = {name: value for name, value in found.items() if not name.startswith("__")}
    if any(isinstance(each, MatlabOpaque) or isinstance(each, np.ndarray) and (
            "s0" in (each.dtype.names or ())) for each in values.values()):
        raise UserError(f"{path}: a table object, which only MATLAB reads; use writetable(T, "
                        "'file.csv')")
    if len(values) == 1 and path.stem in values and hasattr(values[path.stem], "_fieldnames"):
        values = _fields(values[path.stem])  # named by the file: other files name it otherwise
    return values


def _columns(values: dict, prefix: str = "") -> tuple[dict[str, np.ndarray], dict[str, object]]:
    """Vectors and single values of variables; those of a structure as ``structure.field``.

    A structure of ``Name`` and ``Data``, or an array of them, gives columns of these names.
    """
    columns, scalars = {}, {}
    for name, value in values.items():
        name = f"{prefix}{name}"
        listed = list(value) if isinstance(value, np.ndarray) and value.dtype == object and (
            value.ndim == 1) else [value]
        if all(isinstance(getattr(each, "Name", None), str) and hasattr(each, "Data")
               for each in listed):
            below, single = _columns({each.Name: each.Data for each in listed}, f"{name}.")
            columns |= below
            scalars |= single
        elif hasattr(value, "_fieldnames"):
            below, single = _columns(_fields(value), f"{name}.")
            columns |= below
            scalars |= single
        elif isinstance(value, str | int | float | np.number):
            scalars[name] = value
        elif isinstance(value, np.ndarray) and value.ndim == 1 and len(value) > 1:
            columns[name] = value if value.dtype != object else np.array(
                [None if isinstance(each, np.ndarray) and not each.size else each
                 for each in value], dtype=object)  # an empty text is an empty array
        elif isinstance(value, np.ndarray) and value.ndim == 2 and value.size:
            matrix = value if value.shape[0] >= value.shape[1] else value.T
            columns |= {f"{name}_{k}": matrix[:, k] for k in range(matrix.shape[1])}
    return columns, scalars


def _is_nested(column: np.ndarray) -> bool:
    """Whether the cells of a column are arrays or structures."""
    return column.dtype == object and any(
        isinstance(each, np.ndarray) or hasattr(each, "_fieldnames") for each in column)


def _fields(structure: object) -> dict[str, object]:
    return {field: getattr(structure, field) for field in structure._fieldnames}


def _checked(path: Path, frame: pd.DataFrame, words: str) -> Table:
    if not len(frame) or not frame.shape[1]:
        raise UserError(f"{path}: the file is empty; remove it or save it again")
    for name in frame.columns:
        column = frame[name]
        if column.dtype.kind == "O":
            frame[name] = [str(each).strip() if isinstance(each, str) else each for each in column]
        elif column.dtype.kind == "U" or isinstance(column.dtype, pd.CategoricalDtype):
            frame[name] = column.astype(object)
    return Table(path, frame.reset_index(drop=True), words=words)
