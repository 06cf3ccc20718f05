"""Folders of sounds that tests make, and what was understood of them."""

import numpy as np
import soundfile

RATE = 16_000


def clip(path, number=0, rate=RATE, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    x = 0.3 * np.sin(np.arange(rate // 40) * 0.05 * (1 + number % 7))
    soundfile.write(path, x, rate, **options)


def folder(root, *names):
    """Clips of these paths; ``{}`` in one stands for takes 0 to 2."""
    for name in names:
        for take in range(3 if "{}" in name else 1):
            clip(root / name.format(take), take)
    return root


def words_of(dataset):
    """File → word and speaker, as they were understood."""
    found = {}
    for k, name in enumerate(dataset.groups["recording"]):
        found[str(name)] = dataset.classes[dataset.y[k]], str(dataset.groups["speaker"][k])
    return found


def parts_of(dataset):
    return dict(zip(dataset.groups["recording"].tolist(), dataset.part.tolist(), strict=True))
