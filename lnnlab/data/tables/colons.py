"""What stands behind the third colon of a time: parts of a second, seconds or frames."""

import re

import numpy as np
import pandas as pd

from lnnlab.data.tables.dates import DAY_S, HOUR_S, odd_steps
from lnnlab.errors import UserError

FORM = re.compile(r"^(.*?)(\d+):(\d\d):(\d\d):(\d+)( ?(?:[AaPp][Mm]|Z|[-+]\d\d:?\d\d))?$")
FRAMES = (24, 25, 30, 48, 50, 60)  # a second
DAYS = "days and times of day"


def behind_colons(texts: pd.Series) -> tuple[pd.Series, str]:
    """``12:00:00:250`` as ``12:00:00.250``, and in words what else is behind the last colon.

    Two digits are hundredths. Where time would pass unevenly so, and evenly as seconds behind days
    (``0:10:00:05``) or as frames of a film (24 to 60 a second), they are these.

    Raises:
        UserError: it may be seconds or 60 frames a second.
    """
    first = FORM.match(texts.iloc[0])
    if first is None:
        return texts, ""
    found = texts.str.extract(FORM)
    last = found[4].to_numpy(dtype=object)
    as_parts = texts.str.replace(FORM, r"\1\2:\3:\4.\5\6", regex=True)
    if found[4].isna().any() or any(len(each) != 2 for each in set(last)):
        return as_parts, ""
    days, hours, minutes, rest = (found[k].astype(np.int64).to_numpy() for k in (1, 2, 3, 4))
    whole = HOUR_S * days + 60.0 * hours + minutes  # if the first are hours
    uneven = odd_steps(np.diff(whole + rest / 100))
    count = int(rest.max()) + 1
    if not uneven or count > 60:
        return as_parts, ""
    far = DAY_S * days + HOUR_S * hours + 60.0 * minutes + rest
    is_days = not first[1] and not first[6] and hours.max() < 24 and minutes.max() < 60 and (
        odd_steps(np.diff(far)) < uneven)
    is_frames = count in FRAMES and odd_steps(np.diff(whole + rest / count)) < uneven
    if is_days and is_frames and len(first[2]) == 2:
        raise UserError(f"'{texts.iloc[0]}' counts days, or 60 frames a second; write seconds as "
                        "12:00:00.500")
    if is_days:
        return found[1] + " days " + found[2] + ":" + found[3] + ":" + found[4], DAYS
    if not is_frames:
        return as_parts, ""
    parts = pd.Series(rest / count, index=texts.index).map("{:.9f}".format).str[1:]
    clock = found[0] + found[1] + ":" + found[2] + ":" + found[3]
    return clock + parts + found[5].fillna(""), f"{count} frames a second"
