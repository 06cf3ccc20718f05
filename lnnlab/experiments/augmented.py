"""Augmented versions of training windows as features: made once, kept in the cache."""

from pathlib import Path

import numpy as np
from joblib import Parallel, delayed

from lnnlab import paths, store
from lnnlab.data.augment import augment, masked
from lnnlab.data.chunks import pieces
from lnnlab.experiments.probes import front_end_key
from lnnlab.experiments.run import Run
from lnnlab.features import extract


def augmented(run: Run, jobs: int = 1, folder: Path | None = None) -> np.ndarray | None:
    """Features of every augmented version of a run's training windows.

    Each version is drawn anew from the waveforms and from its own number, so more versions begin
    with the same ones. What was made before is read from the cache.

    Args:
        run: on one-channel windows of sound, with its background recordings.
        jobs: versions at a time.
        folder: where they are kept, such as with a person's own recordings; None: in the cache.

    Returns:
        float16 (version, window, frame, feature); None where the recipe asks for none.
    """
    count = run.recipe.versions
    if not count:
        return None
    described = {
        "name": run.dataset.name, "data": run.dataset.hash,
        "rows": store.key(run.split.train.tolist()), "features": run.spec.as_dict(),
        "versions": count, "how": run.recipe.changes.as_dict(), "probe": front_end_key(run),
    }

    def make() -> store.Streamed:
        made = Parallel(n_jobs=jobs, return_as="generator")(
            delayed(_version)(run, number) for number in range(count))
        length, channels = run.dataset.x.shape[1:]
        shape = (count, len(run.split.train), run.spec.frames(length), run.spec.size(channels))
        return store.Streamed(shape, np.float16, made)

    return store.kept(described, make, store.ARRAY, folder or paths.cache() / "augmented")


def _version(run: Run, number: int) -> np.ndarray:
    dataset = run.dataset
    random = np.random.default_rng([1, number])
    length = dataset.x.shape[1]
    noises = [each for each in dataset.background.get("train", ()) if len(each) >= length]
    how = run.recipe.changes
    heard = np.concatenate([
        extract(augment(each[..., 0], noises, how, dataset.rate_hz, random)[..., None],
                run.spec).astype(np.float16)
        for each in pieces(dataset.x, run.split.train)])
    return masked(heard, how, random)
