"""Recordings to try a job with: simulated bearings as a person might have saved them."""

from pathlib import Path

import numpy as np

from lnnlab import store
from lnnlab.data.bearing_simulator import RATE_HZ, simulate

BEARINGS_PER_CLASS = 2
COLUMNS = "t_s,acceleration_g,load,bearing,label"


def example_csv(path: Path, samples: int = 1536) -> Path:
    """Write a table of bearings under three loads, with times, for :func:`lnnlab.jobs.upload`.

    Loads are text, which a reader leaves out: a person has to say that they are groups.

    Args:
        path: of the file.
        samples: of each recording.
    """
    lines, start_s = [COLUMNS], 0.0
    for each in simulate(0, samples, bearings_per_class=BEARINGS_PER_CLASS):
        names = f"{each.groups['load']} hp,{each.groups['bearing']},{each.label}"
        times_s = start_s + np.arange(samples) / RATE_HZ
        lines += [f"{time:.6f},{value:.4f},{names}"
                  for time, value in zip(times_s, each.x[:, 0], strict=True)]
        start_s = round(times_s[-1] + 1.0, 6)  # a pause before the next
    store.write_text(path, "\n".join(lines) + "\n")
    return path
