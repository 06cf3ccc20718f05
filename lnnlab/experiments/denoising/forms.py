"""A denoiser in the forms it is tried in: float network, int8 twin, rival, nothing at all."""

import copy
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from lnnlab.compress import quantise
from lnnlab.compress.quantise import integer_answers
from lnnlab.data.mixtures import Mixture
from lnnlab.experiments.denoising.rivals import Rival
from lnnlab.experiments.denoising.targets import applied, behind_a_hop, turned_down
from lnnlab.features import FeatureSpec, extract
from lnnlab.integer import Gains, IntegerModel, denoised, less, quantise_samples
from lnnlab.models.saved import SavedModel

ALL = Gains()
Denoise = Callable[[np.ndarray], np.ndarray]  # noisy (time,) → what is left, a hop later


def float_denoiser(saved: SavedModel) -> Denoise:
    """All that a float network's gains take, taken in floating point."""
    spec = saved.features

    def run(noisy: np.ndarray) -> np.ndarray:
        x = extract(behind_a_hop(noisy, spec)[None, :, None], spec)
        with torch.no_grad():
            gains = torch.sigmoid(saved.network.stream(torch.from_numpy(x.copy())))[0].numpy()
        return applied(noisy, gains.astype(np.float64), spec)

    return run


def integer_denoiser(model: IntegerModel, gains: Gains | None = None) -> Denoise:
    """The int8 twin on int16 samples, bit for bit what the C gives.

    Args:
        gains: None: the network's own.
    """

    def run(noisy: np.ndarray) -> np.ndarray:
        return denoised(model, quantise_samples(noisy, 1.0), gains) / 32768

    return run


def rival_denoiser(rival: Rival, spec: FeatureSpec) -> Denoise:
    """A rival's gains of bins, applied in floating point."""
    return lambda noisy: turned_down(noisy, rival(behind_a_hop(noisy, spec), spec), spec)


def untouched(spec: FeatureSpec) -> Denoise:
    """Nothing taken away, as late as the others: the null baseline."""
    return lambda noisy: behind_a_hop(noisy, spec)[: len(noisy)]


def restrained(denoise: Denoise, gains: Gains, spec: FeatureSpec) -> Denoise:
    """Another one's sound with a share of what it takes, see :func:`lnnlab.integer.less`."""

    def run(noisy: np.ndarray) -> np.ndarray:
        return share_of(gains, *what_is_taken(noisy, denoise, spec))

    return run


def what_is_taken(
    noisy: np.ndarray, denoise: Denoise, spec: FeatureSpec
) -> tuple[np.ndarray, np.ndarray]:
    """Sound in whole hops behind one of silence, and what a denoiser takes of it, int16
    (time,) and (hop, sample)."""
    before = quantise_samples(behind_a_hop(noisy, spec)[: len(noisy)], 1.0)
    taken = quantise_samples(before / 32768 - denoise(noisy), 1.0)
    return before, taken.reshape(-1, spec.hop)


def share_of(gains: Gains, before: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """What is left of both, (time,)."""
    return less(before, taken, gains) / 32768


def aligned(mixture: Mixture, denoise: Denoise, hop: int) -> tuple[np.ndarray, ...]:
    """Clean speech, the mixture, and what is left of it, (time,) each and none of them late."""
    whole = len(mixture.noisy) // hop * hop
    left = denoise(mixture.noisy[:whole].astype(np.float64))[hop:]
    return mixture.clean[: len(left)], mixture.noisy[: len(left)], left


def opened(saved: SavedModel, opening: float) -> SavedModel:
    """The same network with more of every gain: ``opening`` is added to all its logits."""
    network = copy.deepcopy(saved.network)
    with torch.no_grad():
        network.readout.bias += opening
    return replace(saved, network=network)


def integer_of(saved: SavedModel, gains: Gains = ALL) -> IntegerModel:
    """The int8 twin, whose file says that its outputs are gains and what is done with them.

    What rounding and clipping move the outputs by on average, on the validation windows that
    travel with the network, is taken off their biases (Nagel et al. 2019, "Data-Free Quantization
    Through Weight Equalization and Bias Correction", section 4.2): all gains would be a little low.
    """
    x = torch.from_numpy(extract(saved.check_x, saved.features).copy())
    with torch.no_grad():
        exact = saved.network.stream(x).numpy()
    moved = integer_answers(saved, quantise(saved), saved.check_x) - exact
    network = copy.deepcopy(saved.network)
    with torch.no_grad():
        network.readout.bias -= torch.from_numpy(moved.mean(axis=(0, 1))).float()
    model = quantise(replace(saved, network=network))
    return replace(model, meta=gains.into(model.meta))
