"""The transform in C at every length, on the host and on emulated cores, against the twin."""

import numpy as np
import pytest
from random_models import product

from lnnlab import lnn_file
from lnnlab.features import FeatureSpec
from lnnlab.integer import IntegerFeatures, IntegerModel
from lnnlab.integer import layers as kinds
from lnnlab.target.batch import HOST, BatchRunner
from lnnlab.target.cores import CORES

FRAMES = [8, 16, 32, 64, 128, 256, 512, 1024]
WINDOWS = 6


def network(frame: int) -> IntegerModel:
    """A cell on as many bands of one frame as there may be."""
    random = np.random.default_rng(frame)
    bands = min(frame // 2, 128)
    spec = FeatureSpec("log_bands", frame, frame, bands, floor=2.0**-28, full_scale=0.5)
    front = IntegerFeatures(spec, 1, frame, 8000.0, np.full(bands, 12000),
                            np.full(bands, 12000), 20)
    layers = [kinds.LinearLTC(product(random, 8, bands)), kinds.Pool(300, 0, 0),
              kinds.Readout(product(random, 2, 4, 700))]
    return IntegerModel(front, layers, ("a", "b"), {})


def sounds(frame: int) -> np.ndarray:
    """Silence, noise that is faint, loud and full, a tone and the ends of the range in turn,
    (window, time, 1)."""
    random = np.random.default_rng(frame)
    noise = random.normal(0, [[2], [700], [12000]], (3, frame))
    tone = 30000 * np.sin(2 * np.pi * frame // 5 * np.arange(frame) / frame)
    turns = np.where(np.arange(frame) % 2, -32768, 32767)
    x = np.concatenate([np.zeros((1, frame)), noise, [tone], [turns]])
    return np.clip(x, -32768, 32767).astype(np.int16)[..., None]


@pytest.mark.parametrize("core", [HOST, *CORES])
@pytest.mark.parametrize("frame", FRAMES)
def test_every_length_is_the_twins(core, frame):
    given, samples = network(frame), sounds(frame)
    twin = given.run(samples)
    # what is compared differs from sound to sound, so that a wrong transform shows
    seen = given.features.run(samples)
    assert len({row.tobytes() for row in seen}) >= WINDOWS - 1
    assert np.mean(np.abs(seen + 0.5) < 127) > 0.4  # and no limit hides it
    # with all that a runtime has; on cores for this frame alone too
    for whole in (True,) if core == HOST else (True, False):
        said = BatchRunner(lnn_file.to_bytes(given), core, whole=whole).run(samples)
        np.testing.assert_array_equal(said.digests, twin.digests)
        np.testing.assert_array_equal(said.logits, twin.logits)
