"""Small torch networks with random weights, standardised and calibrated on random signals."""

import numpy as np
import torch

from lnnlab.features import FeatureSpec, extract
from lnnlab.models import CNN, build
from lnnlab.models.saved import SavedModel

RECURRENT = ("linear_ltc", "cfc", "lstm", "gru")
BANDS = FeatureSpec(frame=32, hop=16, bands=8)
RAW = FeatureSpec("raw", frame=4, hop=4)
WAVEFORM = FeatureSpec("raw", frame=1, hop=1)


def signals(seed, windows, samples=256, channels=1):
    """Windows of tones in noise, louder and softer; (window, time, channel) and a class each."""
    random = np.random.default_rng(seed)
    label = random.integers(0, 3, windows)
    t = np.arange(samples)[None, :, None]
    phase = random.uniform(0, 2 * np.pi, (windows, 1, channels))
    pitch = np.array([0.2, 0.7, 1.6])[label][:, None, None]
    loud = random.uniform(0.3, 1.0, (windows, 1, 1))
    x = loud * (np.sin(pitch * t + phase) + 0.3 * random.normal(size=(windows, samples, channels)))
    return x.astype(np.float32), label


def saved(name, spec=BANDS, axes=1, samples=256, seed=0, spread=1.0, **options):
    """A network with random weights, ``spread`` times as large; ``axes``: channels."""
    torch.manual_seed(seed)
    x, _ = signals(seed, 40, samples, axes)
    check_x, check_y = signals(seed + 1, 40, samples, axes)
    spec = spec.scaled_to(x)
    network = build(name, spec.size(axes), 3, steps=spec.frames(samples), **options)
    features = extract(x, spec)
    network.fit_standardiser(features)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(spread)
    if isinstance(network, CNN):  # running statistics of this signal
        network.train()
        for _ in range(20):
            network(torch.from_numpy(features.copy()))
    return SavedModel(
        name, options, network.eval(), spec, ("a", "b", "c"), tuple("xyz"[:axes]), 1000.0,
        samples, x, check_x, check_y, {"corpus": "tones", "seed": seed},
    )


def logits(model, x):
    """What the float network says of windows (window, time, channel)."""
    with torch.no_grad():
        return model.network(torch.from_numpy(extract(x, model.features).copy())).numpy()


def trained(name, spec=BANDS, samples=256, steps=150, **options):
    """The same after some training on those signals; solves them."""
    model = saved(name, spec, samples=samples, **options)
    x, y = signals(100, 200, samples)
    features, truth = torch.from_numpy(extract(x, model.features).copy()), torch.from_numpy(y)
    optimizer = torch.optim.Adam(model.network.parameters(), lr=2e-2)
    model.network.train()
    for _ in range(steps):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model.network(features), truth).backward()
        optimizer.step()
    model.network.eval()
    return model
