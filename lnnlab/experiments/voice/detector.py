"""Liquid detectors of speech that decide after every frame: recipes, training, the network kept."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch

from lnnlab import paths, records, store
from lnnlab.data.mixtures import Mixture, at_frames
from lnnlab.errors import unknown
from lnnlab.experiments.probes import DIGITS, projected
from lnnlab.experiments.recipes import Recipe
from lnnlab.experiments.voice.material import Material
from lnnlab.features import FeatureSpec, extract
from lnnlab.integer.policy import Uniform
from lnnlab.integer.twin import rounding_noise
from lnnlab.models import build
from lnnlab.models.frames import UNKNOWN
from lnnlab.models.saved import SavedModel, load, save, slim
from lnnlab.training import LNNTrainer, Samples
from lnnlab.training.predictions import one_thread
from lnnlab.training.samples import FitResult

CLASSES = ("speech", "noise")
SPEECH, PAUSE = 0, 1
WARM_UP = 5  # frames at the start of a mixture that do not count: nothing was heard before
CHECKED, CALIBRATED = 64, 64  # mixtures that travel with a network
CONFIG = {"learning_rate": 8e-3, "weight_decay": 0.01, "averaging": 0.99, "batch_size": 32,
          "keep": "last"}
MEL = {"rate_hz": 16_000.0, "low_hz": 100.0, "high_hz": 7600.0}
# row → model, hop in samples, and the network's sizes
ROWS: dict[str, tuple[str, int, dict]] = {
    "liquid": ("keyword_linear_ltc", 800, {"channels": 16, "blocks": 1, "taps": 4}),
    "liquid_any_timestep": ("keyword_linear_ltc", 256,
                            {"channels": 16, "blocks": 1, "taps": 4}),
    "liquid_hop_320": ("keyword_linear_ltc", 320, {"channels": 20, "blocks": 2, "taps": 5}),
    "gru_in_blocks": ("keyword_gru", 800, {"channels": 10, "blocks": 1, "taps": 4}),
}
VARIANTS = {"liquid_any_timestep": "any timestep", "liquid_hop_320": "hop 320"}
TIMESTEPS = {"timesteps": [1, 2, 3, 4, 6], "timestep_share": 1.0}
EVERY = 3  # hops: of these rows the policy that their file brings computes every third frame


def detector_recipe(row: str) -> Recipe:
    """The recipe of a row of :data:`ROWS`.

    20 mel bands of 256 samples, 16 ms of sound, every 50 ms (hop 800) or 20 ms (hop 320); the
    pool's memory is one step, so that every decision is about its own frame. "liquid_any_timestep"
    has hops of a frame, which timestep policies ask for, and was trained to leave hops out: its
    own policy computes every third, and a device may set another.

    Raises:
        UserError: the row is unknown.
    """
    if row not in ROWS:
        raise unknown("row of voice activity", row, ROWS)
    model, hop, sizes = ROWS[row]
    features = FeatureSpec("log_mel", frame=256, hop=hop, bands=20, floor=5e-9, mel=MEL)
    options = sizes | {"memory": 1.0, "dropout": 0.0}
    variant = VARIANTS.get(row, "")
    config = CONFIG | (TIMESTEPS if row == "liquid_any_timestep" else {})
    return Recipe(model, features, options, config, variant)


@dataclass(frozen=True)
class DetectorRun:
    """Everything that decides a detector.

    Attributes:
        material: what it hears.
        recipe: features, network and training.
        seed: of its weights and batches.
        epochs: over all mixtures, under one cosine.
        mixed: training mixtures; a tenth as many validate.
    """

    material: Material = field(repr=False)
    recipe: Recipe
    seed: int = 0
    epochs: int = 20
    mixed: int = 3000

    @property
    def identity(self) -> dict:
        """Plain values that name it; its key is made of them."""
        return {"corpus": self.material.name, "task": "voice activity", "seed": self.seed,
                "recipe": self.recipe.as_dict(), "epochs": self.epochs, "mixed": self.mixed}

    @property
    def key(self) -> str:
        """Twelve hex digits that stand for the identity."""
        return store.key(self.identity)

    @property
    def label(self) -> str:
        """How tables call its row."""
        return self.recipe.label

    @property
    def hop_s(self) -> float:
        """From one decision to the next, in seconds."""
        every = self.policy.step if self.policy else 1
        return every * self.recipe.features.hop / self.material.rate_hz

    @property
    def policy(self) -> Uniform | None:
        """At which hops the network on the board computes; None: at all."""
        return Uniform(EVERY) if "timesteps" in self.recipe.config else None

    @cached_property
    def basis(self) -> dict:
        """What its figures rest on: the material, and what the code makes of a fixed part of it."""
        return {"data": self.material.hash, "probe": self._probe()}

    def mixtures(self, part: str, most: int | None = None) -> Iterator[Mixture]:
        """Those that it trains on or is validated by, or the first of them."""
        count = self.mixed if part == "train" else max(8, self.mixed // 10)
        return self.material.mixtures(part, min(count, most or count))

    def samples(self, part: str, spec: FeatureSpec | None = None) -> Samples:
        """Features of those and truths of their frames: made once, kept in the cache.

        Args:
            spec: other features than the recipe's.
        """
        spec = spec or self.recipe.features
        first = frame_samples(self.mixtures(part, 2), spec)
        described = {
            "name": self.material.name, "data": self.material.hash, "part": part,
            "features": spec.as_dict(), "mixed": self.mixed,
            "probe": [f"{each:.4g}" for each in (*projected(first.x), *projected(first.y))]}

        def make() -> np.ndarray:
            found = frame_samples(self.mixtures(part), spec)
            return np.concatenate([found.x, found.y[..., None]], axis=2).astype(np.float32)

        kept = store.kept(described, make, store.ARRAY, paths.cache() / "mixtures")
        return Samples(kept[..., :-1], kept[..., -1].astype(np.int64))

    def _probe(self) -> list[float]:
        """Losses of an epoch on a few mixtures, and logits after it."""
        small = replace(self, mixed=16, epochs=1, seed=0)
        few = frame_samples(small.mixtures("validation"), small.recipe.features)
        made = trained_now(small, (few, few))
        with torch.no_grad():
            said = made.saved.network.stream(torch.from_numpy(
                extract(made.saved.check_x, made.saved.features).copy())).numpy()
        numbers = [*made.fit.history[0].values(), *projected(said)]
        return [float(f"{each:.{DIGITS}g}") for each in numbers]


@dataclass(frozen=True)
class Detector:
    """A trained detector.

    Attributes:
        saved: the network; with windows where it was trained now.
        fit: its losses; None where it was taken from a file.
    """

    saved: SavedModel
    fit: FitResult | None = None


def frame_samples(given: Iterable[Mixture], spec: FeatureSpec) -> Samples:
    """Features of mixtures, and of each frame whether it is speech."""
    x, y = [], []
    for each in given:
        x.append(extract(each.noisy[None, :, None], spec)[0])
        y.append(np.where(at_frames(each.active, spec.frame, spec.hop), SPEECH, PAUSE))
        y[-1][:WARM_UP] = UNKNOWN
    return Samples(np.stack(x).astype(np.float32), np.stack(y))


def trained_now(
    run: DetectorRun, given: tuple[Samples, Samples] | None = None,
    checkpoint: Path | None = None,
) -> Detector:
    """Train a detector; nothing is kept.

    Args:
        run: what and how.
        given: what to train on and to validate by; None: the run's own.
        checkpoint: where its state is saved after each epoch.
    """
    samples, validation = given or (run.samples("train"), run.samples("validation"))
    spec, inputs = run.recipe.features, samples.x.shape[2]
    with one_thread():
        torch.manual_seed(run.seed)
        network = build(run.recipe.model, inputs, len(CLASSES), **run.recipe.options)
        some = np.stack([each.noisy for each in run.mixtures("train", CALIBRATED)])[..., None]
        network.fit_standardiser(samples.x, rounding_noise(some, spec, run.material.rate_hz))
        config = {"input_dim": inputs, "output_dim": len(CLASSES), "seed": run.seed,
                  "frame_rate_hz": run.material.rate_hz / spec.hop} | run.recipe.config
        result = LNNTrainer(config, network).fit(
            samples, validation, run.epochs, run.epochs, checkpoint=checkpoint, progress=False)
    return Detector(_saved(run, network.eval()), result)


def _saved(run: DetectorRun, network: torch.nn.Module) -> SavedModel:
    """A network with the mixtures that compression needs, and where it comes from."""
    spec, checked = run.recipe.features, list(run.mixtures("validation", CHECKED))
    some = np.stack([each.noisy for each in run.mixtures("train", CALIBRATED)])[..., None]
    origin = {"corpus": run.material.name, "synthetic": run.material.synthetic, "seed": run.seed,
              "label": run.label, "run": run.key, "task": "voice activity"}
    return SavedModel(
        run.recipe.model, run.recipe.options, network, spec, CLASSES, ("sound",),
        run.material.rate_hz, some.shape[1], some,
        np.stack([each.noisy for each in checked])[..., None], frame_samples(checked, spec).y,
        origin, (CLASSES[PAUSE],))


def trained(run: DetectorRun, folder: Path) -> Detector:
    """The network of a run, trained now unless it lies in ``folder``.

    Args:
        folder: where networks are kept, such as ``reports/full/networks``.
    """
    path = folder / f"voice_activity-{run.recipe.model}-{run.key}.pt"
    if path.exists():
        there = load(path)
        if not records.difference(there.origin.get("basis", {}), run.basis):
            return Detector(replace(_saved(run, there.network), origin=there.origin))
    checkpoint = path.with_suffix(".checkpoint")
    made = trained_now(run, checkpoint=checkpoint)
    saved = replace(made.saved, origin=made.saved.origin | {"basis": run.basis})
    save(slim(saved), path)
    checkpoint.unlink(missing_ok=True)
    return Detector(saved, made.fit)
