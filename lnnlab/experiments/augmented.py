"""Augmented versions of training windows as features: made once, kept in the cache."""

import os
from dataclasses import asdict

import numpy as np
from joblib import Parallel, delayed

from lnnlab import paths, records
from lnnlab.data import Dataset
from lnnlab.data.augment import Augmentation, augment
from lnnlab.features import FeatureSpec, extract

FORMAT = 1  # raised when the same settings begin to give other values


def augmented(
    dataset: Dataset, rows: np.ndarray, spec: FeatureSpec, versions: int, jobs: int = 1,
    how: Augmentation | None = None,
) -> np.ndarray:
    """Features of every version of the windows, float16 (version, window, frame, feature).

    Each version is drawn anew from the waveforms and from its own number, so more versions begin
    with the same ones. What was made before is read from the cache.

    Args:
        dataset: one-channel windows of sound, with its background recordings.
        rows: training windows.
        spec: of the features.
        versions: how many.
        jobs: versions at a time.
        how: the ranges; None: the usual ones.
    """
    how = how or Augmentation()
    described = {
        "format": FORMAT, "data_hash": dataset.hash, "rows": records.key(rows.tolist()),
        "features": spec.as_dict(), "versions": versions, "how": asdict(how),
    }
    place = paths.cache() / "augmented" / f"{dataset.name}-{records.key(described)}.npy"
    if not place.exists():
        made = Parallel(n_jobs=jobs)(
            delayed(_version)(dataset, rows, spec, how, number) for number in range(versions)
        )
        place.parent.mkdir(parents=True, exist_ok=True)
        partial = place.with_name(f"{place.stem}.{os.getpid()}.partial.npy")
        np.save(partial, np.stack(made))
        os.replace(partial, place)
    return np.load(place, mmap_mode="r")


def _version(
    dataset: Dataset, rows: np.ndarray, spec: FeatureSpec, how: Augmentation, number: int
) -> np.ndarray:
    random = np.random.default_rng([FORMAT, number])
    length = dataset.x.shape[1]
    noises = [each for each in dataset.background.get("train", ()) if len(each) >= length]
    x = augment(dataset.x[rows, :, 0], noises, how, dataset.rate_hz, random)
    return extract(x[..., None], spec).astype(np.float16)
