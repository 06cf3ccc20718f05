"""A window to bring a board up with: its samples, and what the twin decides on it, as C."""

import numpy as np

from lnnlab.errors import UserError
from lnnlab.integer import IntegerModel

A_LINE = 12  # values


def window_header(model: IntegerModel, window: np.ndarray) -> str:
    """The text of ``window.h`` for ``examples/bring_up/bring_up.c``.

    Choose it before a sensor is connected: whatever a board then gets wrong is not the sensor's.

    Args:
        model: exported under the name ``model``.
        window: int16 samples of one window, (time, channel).

    Raises:
        UserError: the window is not as long, or has not as many channels, as the model takes.
    """
    wanted = (model.features.window, model.features.channels)
    if window.shape != wanted or window.dtype != np.int16:
        raise UserError(f"a window of {window.dtype} {window.shape}: the model takes int16 "
                        f"{wanted}; model.quantise makes it of sensor values")
    logits = model.run(window[None]).logits[0]
    return ('#include "model.h"\n\n'
            + _array("window_samples", window.ravel(), "[moment][channel]")
            + _array("window_logits", logits, "[class], Q8, of the integer twin"))


def _array(name: str, values: np.ndarray, shape: str) -> str:
    rows = [", ".join(map(str, values[k : k + A_LINE])) for k in range(0, len(values), A_LINE)]
    body = ",\n    ".join(rows)
    return f"/* {shape} */\nstatic const int16_t {name}[{len(values)}] = {{\n    {body}\n}};\n"
