"""Features of a corpus: in memory, or of many windows in a file that is mapped."""

import numpy as np

from lnnlab import paths, store
from lnnlab.data import Dataset
from lnnlab.data.chunks import large, pieces
from lnnlab.features import FeatureSpec, extract

PROBED = 4  # windows whose features, to so many digits, tell today's code from another
DIGITS = 4


def features(dataset: Dataset, rows: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """The features of some windows, float32 (window, frame, feature).

    Where the windows are too many to hold, features are made piece by piece into a file of the
    cache, and read from there as they are needed.

    Args:
        dataset: whose windows; they may lie in a mapped file.
        rows: which.
        spec: of the features.
    """
    if not large(dataset.x, len(rows)):
        return extract(dataset.x[rows], spec)
    probe = extract(dataset.x[rows[:PROBED]], spec)
    described = {
        "name": dataset.name, "data": dataset.hash, "rows": store.key(rows.tolist()),
        "features": spec.as_dict(), "probe": [f"{each:.{DIGITS}g}" for each in probe.ravel()[::7]],
    }

    def make() -> store.Streamed:
        return store.Streamed((len(rows), *probe.shape[1:]), np.float32, (
            extract(each, spec) for each in pieces(dataset.x, rows)))

    return store.kept(described, make, store.ARRAY, paths.cache() / "features")
