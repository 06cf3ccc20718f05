"""A researcher's own recordings: one CSV with a label column, or a folder of files per class."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lnnlab.data.csv_table import Table, read_table
from lnnlab.data.dataset import Dataset
from lnnlab.data.windows import Corpus, Recording, cut_windows
from lnnlab.errors import UserError

IRREGULAR = 0.02  # spread of the time steps, relative to their median, from which times are kept
TIME_UNITS_S = {"_us": 1e-6, "_ms": 1e-3}  # by the end of the time column's name; else seconds


def load_csv(
    path: Path,
    window: int = 256,
    overlap: float = 0.0,
    label: str = "label",
    channels: Sequence[str] | None = None,
    time: str | None = None,
    rate_hz: float | None = None,
    recording: str | None = None,
    groups: Sequence[str] = (),
) -> Dataset:
    """Windows of a sensor's CSV files.

    Args:
        path: one file with a label column, or a folder with a folder of files for each class.
        window: samples per window.
        overlap: part of a window that the next one repeats, 0 to below 1.
        label: the label column of a single file (a name, or a position such as ``"-1"``).
        channels: columns to use; default: all that have no other role.
        time: column of times in seconds (milliseconds, microseconds if its name ends in ``_ms``,
            ``_us``). Regular times give ``rate_hz``; irregular ones give ``timespans``.
        rate_hz: samples per second where no column tells; default 1.
        recording: column that tells recordings of one file apart; without it a recording ends
            where a label (or group) changes.
        groups: columns to split by, such as ``["load"]``.

    Raises:
        UserError: anything is wrong with the files; one line says what, where and what to do.
    """
    roles = _Roles(label, channels, time, recording, tuple(groups))
    if path.is_dir():
        recordings, names = folder_recordings(path, roles)
    else:
        recordings, names = _file_recordings(read_table(path), roles)
    _refuse_constant(recordings, names, path)
    if time is not None:
        recordings, rate_hz = _regular(recordings)
    elif rate_hz is None:
        rate_hz = 1.0
    if rate_hz is not None and not rate_hz > 0:
        raise UserError(f"rate_hz = {rate_hz}: must be above zero")
    return cut_windows(recordings, window, overlap, Corpus(path.stem, tuple(names), rate_hz))


class _Roles:
    """Which column is what."""

    def __init__(
        self,
        label: str | None = None,
        channels: Sequence[str] | None = None,
        time: str | None = None,
        recording: str | None = None,
        groups: tuple[str, ...] = (),
    ) -> None:
        self.label, self.channels, self.time = label, channels, time
        self.recording, self.groups = recording, groups

    def channel_names(self, table: Table, with_label: bool) -> list[str]:
        """The chosen channels, or every column without another role."""
        if self.channels is not None:
            return [table.column(name, "channel").name for name in self.channels]
        others = [(self.time, "time"), *((name, "group") for name in self.groups)]
        if with_label:
            others += [(self.label, "label"), (self.recording, "recording")]
        taken = {table.column(name, role).name for name, role in others if name is not None}
        names = [name for name in table.cells.columns if name not in taken]
        if not names:
            raise UserError(f"{table.path}: no column is left for a channel")
        return names


def folder_recordings(
    folder: Path, roles: _Roles | None = None
) -> tuple[list[Recording], list[str]]:
    """One recording per file of ``folder/<class>/*.csv``, in the order of the files' names.

    Returns:
        The recordings and the channels' names.

    Raises:
        UserError: no such files, or files whose channels differ in number.
    """
    roles = roles or _Roles()
    files = sorted(
        each for each in folder.glob("*/*")
        if each.suffix.lower() in (".csv", ".tsv", ".txt") and not each.name.startswith(".")
    )
    if not files:
        raise UserError(f"{folder}: no CSV files; expected {folder.name}/<class>/<file>.csv")
    recordings, names = [], None
    for file in files:
        table = read_table(file)
        own = roles.channel_names(table, with_label=False)
        if names is not None and len(own) != len(names):
            raise UserError(
                f"{file}: {len(own)} channels, but {files[0]} has {len(names)}; "
                "choose channels that every file has"
            )
        names = names or own
        recordings.append(
            Recording(
                f"{file.parent.name}/{file.name}", file.parent.name, table.numbers(own),
                {name: _constant_text(table, name) for name in roles.groups},
                _steps_s(table, roles.time, slice(None)),
            )
        )
    return recordings, names


def _file_recordings(table: Table, roles: _Roles) -> tuple[list[Recording], list[str]]:
    """The stretches of one file in which no label, group or recording changes."""
    labels = _text(table, roles.label, "label")
    keys = [labels]
    keys += [_text(table, name, "group") for name in roles.groups]
    if roles.recording is not None:
        keys.append(_text(table, roles.recording, "recording"))
    names = roles.channel_names(table, with_label=True)
    values = table.numbers(names)  # (time, channel)
    changes = np.any([key[1:] != key[:-1] for key in keys], axis=0)
    bounds = [0, *(np.flatnonzero(changes) + 1), len(values)]
    recordings = []
    for low, high in zip(bounds, bounds[1:], strict=False):
        rows = f"rows {table.first_row + low} to {table.first_row + high - 1}"
        groups = {name: key[low] for name, key in zip(roles.groups, keys[1:], strict=False)}
        recordings.append(
            Recording(
                f"{table.path.name}, {rows}", labels[low], values[low:high], groups,
                _steps_s(table, roles.time, slice(low, high)),
            )
        )
    return recordings, names


def _text(table: Table, name: str, role: str) -> np.ndarray:
    column = table.column(name, role)
    empty = np.flatnonzero(column.isna())
    if len(empty):
        row = table.first_row + empty[0]
        raise UserError(f"{table.path}, row {row}: no {role} in column '{column.name}'")
    return column.astype(str).str.strip().to_numpy(dtype=str)


def _constant_text(table: Table, name: str) -> str:
    values = np.unique(_text(table, name, "group"))
    if len(values) > 1:
        raise UserError(f"{table.path}: group column '{name}' changes within the file")
    return str(values[0])


def _steps_s(table: Table, time: str | None, rows: slice) -> np.ndarray | None:
    """Seconds since the sample before; the first sample gets the median step."""
    if time is None:
        return None
    name = table.column(time, "time").name
    times = table.numbers([name])[rows, 0]
    if len(times) < 2:
        raise UserError(f"{table.path}: a recording of one row; times need two or more")
    steps = np.diff(times)
    if np.any(steps <= 0):
        row = table.first_row + (rows.start or 0) + int(np.flatnonzero(steps <= 0)[0]) + 1
        raise UserError(f"{table.path}, row {row}, column '{name}': time does not increase")
    unit_s = next((unit for end, unit in TIME_UNITS_S.items() if name.endswith(end)), 1.0)
    return unit_s * np.concatenate([[np.median(steps)], steps])


def _regular(recordings: list[Recording]) -> tuple[list[Recording], float | None]:
    """The recordings and the rate that their times share, or None where they are irregular."""
    steps = np.concatenate([each.timespans for each in recordings])
    median = float(np.median(steps))
    if np.max(np.abs(steps - median)) > IRREGULAR * median:
        return recordings, None
    return recordings, float(f"{1.0 / steps.mean():.6g}")


def _refuse_constant(recordings: list[Recording], names: list[str], path: Path) -> None:
    """A channel that never changes within a class is a dead sensor or a second label."""
    for label in dict.fromkeys(each.label for each in recordings):
        own = [each.x for each in recordings if each.label == label]
        for k, name in enumerate(names):
            values = {float(value) for x in own for value in (x[:, k].min(), x[:, k].max())}
            if len(values) == 1:
                raise UserError(
                    f"{path}: channel '{name}' is constant ({values.pop():g}) in class '{label}'; "
                    "leave it out by naming the channels to use"
                )
