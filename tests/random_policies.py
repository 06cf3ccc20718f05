"""Random timestep policies and networks that can follow them, for property tests."""

from dataclasses import replace

import numpy as np
import random_models

from lnnlab.integer import (
    DeltaGate,
    EnergyGate,
    FluxGate,
    IntegerModel,
    LearnedGate,
    Policy,
    Uniform,
)
from lnnlab.integer import layers as kinds

KINDS = ("uniform", "energy", "flux", "delta", "learned")
FRONTS = ("raw", "log_bands", "log_mel", "mfcc", "pcen")


def policy(random, kind: str | None = None) -> Policy:
    """A random valid policy; ``kind``: one of ``KINDS``."""
    kind = kind or str(random.choice(KINDS))
    steps = sorted(int(each) for each in 2.0 ** random.uniform(0, 5, 5))
    floors = {"look_back": int(random.integers(0, 17)), "rise": int(random.integers(0, 3000)),
              "fall": int(random.integers(0, 9))}
    if kind == "uniform":
        return Uniform(steps[2])
    if kind == "learned":
        hidden = int(random.integers(0, 9))
        weight = [tuple(random.integers(-300, 300, hidden).tolist()) for _ in range(7)]
        return LearnedGate(
            steps, sorted(random.integers(-8000, 8000, 4).tolist(), reverse=True),
            int(random.integers(0, 2000)), int(random.integers(-4000, 4000)),
            tuple(zip(*weight[:5], strict=True)), weight[5], weight[6], **floors)
    close, opening = sorted(int(each) for each in random.integers(-500, 4000, 2))
    gate = (steps[0], steps[-1], opening, close, int(random.integers(0, 20)))
    more = {"between": tuple(steps[1 : int(random.integers(1, 5))]),
            "enough": int(random.choice([0, random.integers(1, 32768)]))}
    if kind == "energy":
        return EnergyGate(*gate, **floors, **more)
    return (FluxGate if kind == "flux" else DeltaGate)(*gate, **more)


def model(seed: int, front: str | None = None) -> IntegerModel:
    """A random network that can follow a policy; ``front``: one of ``FRONTS``."""
    random = np.random.default_rng(seed)
    features = random_models.features(random, front or str(random.choice(FRONTS)))
    hop = int(random.integers(1, min(features.spec.frame, 512 // features.channels) + 1))
    features = replace(features, spec=replace(features.spec, hop=hop),
                       window=features.spec.frame + 5 * hop)
    layers = random_models.keyword(random, features)[:-1]
    width, classes = layers[0].matrix.bias.size, int(random.integers(2, 6))
    pool = kinds.LeakyPool(random_models.product(random, 1, width, 4000),
                           int(random.integers(1, 32768)), int(random.integers(1, 32768)),
                           int(random.integers(0, 3)), 6)
    readout = kinds.Readout(random_models.product(random, classes, width, 700),
                            int(random.integers(0, classes)))
    names = tuple(f"class {number}" for number in range(classes))
    return IntegerModel(features, [*layers, pool, readout], names, {"seed": seed})


def stream(random, given: IntegerModel, hops: int) -> np.ndarray:
    """int16 (time, channel) of so many hops: noise whose loudness changes by and by."""
    spec = given.features.spec
    length = spec.frame + (hops - 1) * spec.hop + int(random.integers(0, spec.hop))
    parts = 1 + length // max(1, 8 * spec.hop)
    loud = np.repeat(random.choice([0.0, 1.0, 30.0, 3000.0, 60000.0], parts), 8 * spec.hop + 1)
    noise = random.normal(0, 1, (length, given.features.channels)) * loud[:length, None]
    return np.clip(noise, -32768, 32767).astype(np.int16)
