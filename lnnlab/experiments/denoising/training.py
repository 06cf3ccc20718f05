"""Training a network that gives gains of bands."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch

from lnnlab.data.mixtures import Mixture
from lnnlab.data.word_folder import RATE_HZ
from lnnlab.experiments.denoising.material import TRAIN_S, Material
from lnnlab.experiments.denoising.objective import Objective, band_energies, speech_loss
from lnnlab.experiments.denoising.targets import ideal_gains
from lnnlab.features import FeatureSpec, extract
from lnnlab.features.mel import mel_points_hz
from lnnlab.integer.twin import rounding_noise
from lnnlab.models import build, parameter_count, within_budget
from lnnlab.models.saved import SavedModel
from lnnlab.training import LNNTrainer, Samples

BANDS = 32
FRAME = 256  # samples: 16 ms, the latency
MOST_PARAMETERS = 20_000
CALIBRATION, CHECKED = 64, 32  # mixtures that travel with a saved network
PIECE = 64  # mixtures at a time, for the memory of their spectra
LIQUID, GRU = "keyword_linear_ltc", "keyword_gru"
BLOCKS = {"blocks": 3, "taps": 5, "memory": 1, "dropout": 0.0}
CONFIG = {"learning_rate": 8e-3, "weight_decay": 0.01, "batch_size": 16, "averaging": 0.99,
          "keep": "last"}


@dataclass(frozen=True)
class DenoisePlan:
    """One way to train a denoiser.

    Attributes:
        model: kind of the network, in blocks.
        options: of the network, such as channels; none: as wide as ``MOST_PARAMETERS`` allow.
        mixtures, validation: how many of 3 s are trained and validated on.
        epochs: all of them are run, and the last one's weights are kept.
        rule: what is asked of gains.
        config: of the training.
    """

    model: str = LIQUID
    options: dict = field(default_factory=dict)
    mixtures: int = 2400
    validation: int = 40
    epochs: int = 8
    rule: Objective = Objective()
    config: dict = field(default_factory=lambda: dict(CONFIG))

    def as_dict(self) -> dict:
        """Plain values that name it."""
        return asdict(self)


def plan_of(model: str, budget: int = MOST_PARAMETERS, **settings: object) -> DenoisePlan:
    """A plan whose network is as wide as a budget of parameters allows.

    Args:
        model: kind of the network, in blocks; settings: of the plan.
    """
    if budget == MOST_PARAMETERS:
        return DenoisePlan(model, **settings)
    options = BLOCKS | within_budget(model, BANDS, BANDS, budget, **BLOCKS)
    return DenoisePlan(model, options, **settings)


@dataclass(frozen=True)
class Denoiser:
    """A trained network.

    Attributes:
        saved: the network with its front end.
        history: ``train_loss`` and ``validation_loss`` of each epoch.
        parameters: how many it has.
    """

    saved: SavedModel
    history: list[dict]

    @property
    def parameters(self) -> int:
        """Trained numbers."""
        return parameter_count(self.saved.network)


def front(rate_hz: float = RATE_HZ, frame: int = FRAME, bands: int = BANDS) -> FeatureSpec:
    """Log-energies of mel bands under a sine window, frames half a frame apart."""
    return FeatureSpec("log_mel", frame, frame // 2, bands, floor=1e-9, window="sine",
                       mel={"rate_hz": rate_hz, "low_hz": 50.0, "high_hz": rate_hz / 2})


def band_names(spec: FeatureSpec) -> tuple[str, ...]:
    """Names of the outputs: where each filter peaks."""
    return tuple(f"{each:.0f} Hz" for each in mel_points_hz(spec)[1:-1])


def train(
    material: Material, plan: DenoisePlan, seed: int, checkpoint: Path | None = None,
    progress: bool = True, on_epoch: Callable[[int, dict], None] | None = None,
) -> Denoiser:
    """Train on mixtures of the part ``train``; a second call goes on from the checkpoint.

    Args:
        material: words and noises; plan: how; seed: of weights, batches and mixtures.
    """
    spec = front()
    drawn = material.training("train", plan.mixtures, seed)
    held = material.training("validation", plan.validation, 1000)
    given, held_given = samples(drawn, spec), samples(held, spec)
    options = plan.options or BLOCKS | within_budget(plan.model, BANDS, BANDS, MOST_PARAMETERS,
                                                     **BLOCKS)
    torch.manual_seed(seed)
    network = build(plan.model, BANDS, BANDS, **options)
    calibration = heard(drawn[:CALIBRATION])
    network.fit_standardiser(given.x, rounding_noise(calibration, spec, float(RATE_HZ)))
    config = {"input_dim": BANDS, "output_dim": BANDS, "seed": seed,
              "frame_rate_hz": RATE_HZ / spec.hop} | plan.config
    trainer = LNNTrainer(config, network, own_loss=speech_loss(plan.rule, spec))
    fitted = trainer.fit(given, held_given, plan.epochs, plan.epochs, checkpoint=checkpoint,
                         progress=progress, on_epoch=on_epoch)
    check = heard(held[:CHECKED])
    origin = {"corpus": material.corpus, "synthetic": material.synthetic, "seed": seed,
              "data_hash": material.hash, "label": "denoiser"}
    saved = SavedModel(plan.model, options, trainer.model.eval(), spec, band_names(spec),
                       ("sound",), float(RATE_HZ), round(TRAIN_S * RATE_HZ), calibration, check,
                       wanted(held[:CHECKED], spec), origin, ())
    return Denoiser(saved, fitted.history)


def heard(drawn: list[Mixture]) -> np.ndarray:
    """What is heard of mixtures, float32 (mixture, time, 1)."""
    return np.stack([each.noisy for each in drawn])[..., None]


def wanted(drawn: list[Mixture], spec: FeatureSpec) -> np.ndarray:
    """Ideal gains of mixtures, float32 (mixture, frame, band)."""
    return ideal_gains(heard(drawn)[..., 0], np.stack([each.clean for each in drawn]), spec)


def samples(drawn: list[Mixture], spec: FeatureSpec) -> Samples:
    """Features of mixtures, and what their loss needs to know of them."""
    pieces = [drawn[first : first + PIECE] for first in range(0, len(drawn), PIECE)]
    x = [extract(heard(piece), spec) for piece in pieces]
    y = [band_energies(heard(piece)[..., 0], np.stack([each.clean for each in piece]), spec)
         for piece in pieces]
    return Samples(np.concatenate(x), np.concatenate(y))
