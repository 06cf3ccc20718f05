"""Which files of a folder are tables, and layouts whose files do not stand alone."""

import re
from collections.abc import Sequence
from pathlib import Path

from lnnlab.data.own_files import walk
from lnnlab.data.tables.json_file import JSON_SUFFIXES
from lnnlab.data.tables.reading import SUFFIXES
from lnnlab.errors import UserError

TALK = re.compile(r"(readme|license|licence|changelog|notes?|description|info)\b", re.IGNORECASE)
NUMBERED = re.compile(r"(\.\d+)?")  # endings of files that some loggers name by the time alone
NUMBERS = re.compile(rb"[-+\d.eE,;\s]+")
PHYPHOX = {"meta/device.csv", "meta/time.csv"}
ROWS = re.compile(r"(y|labels?|subject)_(train|test|val\w*)", re.IGNORECASE)
OTHERS = {
    **dict.fromkeys((".gz", ".bz2", ".xz", ".zip", ".7z", ".rar"), "packed: unpack it"),
    **dict.fromkeys((".xlsx", ".xls", ".xlsm", ".ods"), "a workbook: save its sheet as CSV"),
    **dict.fromkeys((".tdms", ".h5", ".hdf5", ".npy", ".npz", ".pkl", ".arff", ".edf", ".wdq"),
                    "no text: save it as CSV"),
}
SENSORS = {
    "accelerometer", "accelerometeruncalibrated", "acceleration", "linearacceleration",
    "totalacceleration", "acc", "gyroscope", "gyroscopeuncalibrated", "gyro", "gyr",
    "magnetometer", "magnetometeruncalibrated", "magneticfield", "mag", "gravity", "orientation",
    "rotationvector", "rotation", "barometer", "pressure", "compass", "light", "proximity",
    "location", "locationgps", "microphone", "pedometer", "heartrate", "hr", "bvp", "eda", "ibi",
    "temp", "temperature", "ecg", "emg", "ppg",
}  # what phones and wearables name the file of one sensor


def listed(folder: Path) -> tuple[list[str], dict[str, str]]:
    """The tables below a folder by name, in natural order, and what was left out, name → why.

    Raises:
        UserError: files do not stand alone: sensors of one recording, or labels of rows.
    """
    files, left_out = walk(folder)
    names = []
    for file in files:
        name = file.as_posix()
        if "/".join(file.parts[-2:]) in PHYPHOX:
            left_out[name] = "what phyphox says of itself"
        elif TALK.match(file.name) and file.suffix.lower() in (".txt", ".log"):
            left_out[name] = "a text to read"
        elif file.suffix.lower() in SUFFIXES or NUMBERED.fullmatch(
                file.suffix) and _of_numbers(folder / file):
            names.append(name)
        else:
            left_out[name] = OTHERS.get(file.suffix.lower(), "no table")
    plain = [name for name in names if not name.lower().endswith(JSON_SUFFIXES)]
    if plain:  # settings beside tables
        left_out |= dict.fromkeys(set(names) - set(plain), "no table")
        names = plain
    names = _without_talk_of_sensors(names, left_out)
    _refuse_labels_of_rows(folder, names)
    _refuse_sensors(folder, names)
    return names, dict(sorted(left_out.items()))


def _of_numbers(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(4096)
    return bool(head.strip()) and bool(NUMBERS.fullmatch(head))


def _refuse_labels_of_rows(folder: Path, names: Sequence[str]) -> None:
    """Refuse windows that are rows already, as UCI's HAR data have them."""
    own = next((name for name in names if ROWS.fullmatch(Path(name).stem)), None)
    if own is not None and len(names) > 1:
        raise UserError(f"{folder}: {own} holds a label for each row of another file: its rows are "
                        "windows already, which is not read; write each window or recording as "
                        "rows of samples into a file of its own, in a folder of its class")


def _without_talk_of_sensors(names: list[str], left_out: dict[str, str]) -> list[str]:
    """Leave out what Sensor Logger writes beside a sensor's file."""
    places = {name.rpartition("/")[0] for name in names if _sensor(name) in SENSORS}
    talk = {name for name in names if name.rpartition("/")[0] in places
            and _sensor(name) in ("annotation", "metadata")}
    left_out |= dict.fromkeys(talk, "says something of the recording beside it")
    return [name for name in names if name not in talk]


def _refuse_sensors(folder: Path, names: Sequence[str]) -> None:
    """Refuse files of several sensors that would be mixed as if they were one."""
    beside: dict[str, set[str]] = {}
    for name in names:
        place, _, last = name.rpartition("/")
        beside.setdefault(place, set()).add(last)
    for place, own in beside.items():
        known = sorted(each for each in own if _sensor(each) in SENSORS)
        if len({_sensor(each) for each in known}) > 1:
            raise UserError(f"{folder / place}: {' and '.join(known[:2])} are sensors of one "
                            "recording: join them by time into one table, or keep the files of one "
                            "sensor")


def _sensor(name: str) -> str:
    return re.sub(r"[\W_\d]+", "", Path(name).stem.lower())
