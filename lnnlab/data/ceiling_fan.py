"""Ceiling-fan vibration (Shawn Hymel): seven states of a fan, one second a file."""

from lnnlab import paths
from lnnlab.data.dataset import Dataset
from lnnlab.data.sensor_csv import folder_recordings
from lnnlab.data.windows import Corpus, cut_windows

SOURCE = "github.com/ShawnHymel/ceiling-fan-dataset (<class>/<nnnn>.csv)"
RATE_HZ = 200.0  # nominal; the files hold no time column
CHANNELS = ("x_g", "y_g", "z_g")


def load_ceiling_fan(window: int | None = None, overlap: float = 0.0) -> Dataset:
    """Three axes in g at about 200 Hz; off, low, medium and high, with and without a weight.

    The classes were recorded one after the other: split by ``file_order``, never at random.

    Args:
        window: samples per window; default: the shortest file.
        overlap: part of a window that the next one repeats.

    Raises:
        UserError: the corpus is absent or a file is damaged.
    """
    folder = paths.corpus("ceiling_fan", SOURCE)
    recordings = folder_recordings(folder)
    window = window or min(len(each.x) for each in recordings)
    note = ("Ceiling fan, 3 axes at about 200 Hz, one second a window. Standing acceleration tells "
            "its states apart, which may be how the sensor lay.")
    sound = sorted({each.label for each in recordings if each.label.endswith("_0_weight")})
    corpus = Corpus(
        "ceiling_fan", CHANNELS, RATE_HZ, note=note, background_classes=tuple(sound)
    )
    return cut_windows(recordings, window, overlap, corpus)
