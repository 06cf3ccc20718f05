"""How much better speech is behind a denoiser: SI-SDR, STOI and PESQ of each mixture."""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

import numpy as np
import torch

from lnnlab.data.mixtures import Mixture
from lnnlab.errors import UserError
from lnnlab.experiments.denoising.material import LEVELS_DB, Material
from lnnlab.experiments.denoising.rivals import FLOORS, WEIGHTS, Rival
from lnnlab.experiments.denoising.targets import applied, behind_a_hop, turned_down
from lnnlab.features import FeatureSpec, extract
from lnnlab.integer import Gains, IntegerModel, denoised, quantise_samples
from lnnlab.models.saved import SavedModel
from lnnlab.scoring.speech import pesq, si_sdr_db, stoi

Choice = TypeVar("Choice")
Denoise = Callable[[np.ndarray], np.ndarray]  # noisy (time,) → what is left, a hop later
OPENINGS = (0.0, 0.7, 1.4)  # that validation chooses from, as all of these
DEPTHS = (1.0, 0.9, 0.8, 0.7)
MARGIN = 1e-3  # of STOI


class Setting(NamedTuple):
    """How a network's gains are taken: see :func:`opened`, and :class:`lnnlab.integer.Gains`."""

    opening: float
    depth: float


def float_denoiser(saved: SavedModel, depth: float = 1.0) -> Denoise:
    """A float network's gains, applied in floating point; depth: share that is taken of all that
    they would take."""
    spec = saved.features

    def run(noisy: np.ndarray) -> np.ndarray:
        x = extract(behind_a_hop(noisy, spec)[None, :, None], spec)
        with torch.no_grad():
            gains = torch.sigmoid(saved.network.stream(torch.from_numpy(x.copy())))[0].numpy()
        return applied(noisy, 1 - depth * (1 - gains.astype(np.float64)), spec)

    return run


def integer_denoiser(model: IntegerModel, gains: Gains | None = None) -> Denoise:
    """The int8 twin on int16 samples, bit for bit what the C gives."""

    def run(noisy: np.ndarray) -> np.ndarray:
        return denoised(model, quantise_samples(noisy, 1.0), gains) / 32768

    return run


def rival_denoiser(rival: Rival, spec: FeatureSpec) -> Denoise:
    """A rival's gains of bins, applied in floating point."""
    return lambda noisy: turned_down(noisy, rival(behind_a_hop(noisy, spec), spec), spec)


def untouched(spec: FeatureSpec) -> Denoise:
    """Nothing taken away, as late as the others: the null baseline."""
    return lambda noisy: behind_a_hop(noisy, spec)[: len(noisy)]


def aligned(mixture: Mixture, denoise: Denoise, hop: int) -> tuple[np.ndarray, ...]:
    """Clean speech, the mixture, and what is left of it, (time,) each and none of them late."""
    whole = len(mixture.noisy) // hop * hop
    left = denoise(mixture.noisy[:whole].astype(np.float64))[hop:]
    return mixture.clean[: len(left)], mixture.noisy[: len(left)], left


@dataclass(frozen=True)
class Scores:
    """Figures of mixtures at each level, (mixture,) each.

    Attributes:
        by_level: level in dB → name of a figure → its values.
        who: speaker of each mixture, the same at each level.
    """

    by_level: dict[int, dict[str, np.ndarray]]
    who: tuple[str, ...]

    def gain(self, level_db: int, figure: str) -> np.ndarray:
        """After less before, (mixture,); figure: ``"si_sdr"``, ``"stoi"`` or ``"pesq"``."""
        own = self.by_level[level_db]
        return own[f"{figure}_after"] - own[f"{figure}_before"]

    def as_dict(self) -> dict:
        """Plain values for a record, to four digits behind the point."""
        levels = {str(level): {name: [round(float(each), 4) for each in values]
                               for name, values in own.items()}
                  for level, own in self.by_level.items()}
        return {"who": list(self.who), "levels": levels}

    @classmethod
    def of(cls, record: Mapping) -> "Scores":
        """From a record's values."""
        levels = {int(level): {name: np.array(values) for name, values in own.items()}
                  for level, own in record["levels"].items()}
        return cls(levels, tuple(record["who"]))


@dataclass(frozen=True)
class Trial:
    """What is tried on: mixtures of a part at every level.

    Attributes:
        material: words and noises; part: of them.
        count: mixtures at each level.
        with_pesq: PESQ as well, where its package is installed.
    """

    material: Material
    part: str
    count: int
    with_pesq: bool = False


def scores(trial: Trial, denoise: Denoise, hop: int) -> Scores:
    """Figures of mixtures at every level.

    Args:
        denoise: what is tried; hop: samples by which it is late.
    """
    return scores_at((1.0,), trial, denoise, hop)[1.0]


def scores_at(
    depths: Sequence[float], trial: Trial, denoise: Denoise, hop: int
) -> dict[float, Scores]:
    """The same where a share of what is taken away is taken: depth → scores."""
    found, who = {depth: {} for depth in depths}, ()
    for level in LEVELS_DB:
        drawn = [each for each in trial.material.tests(trial.part, level, trial.count)
                 if _speaks(each)]
        who = tuple(each.who[0] for each in drawn)
        rows = {depth: [] for depth in depths}
        for mixture in drawn:
            clean, noisy, left = aligned(mixture, denoise, hop)
            before = _figures("before", clean, noisy, mixture.rate_hz, trial.with_pesq)
            for depth in depths:
                mixed = noisy + depth * (left - noisy)
                after = _figures("after", clean, mixed, mixture.rate_hz, trial.with_pesq)
                rows[depth].append(before | after)
        for depth, own in rows.items():
            found[depth][level] = {name: np.array([row[name] for row in own]) for name in own[0]}
    return {depth: Scores(levels, who) for depth, levels in found.items()}


def _speaks(mixture: Mixture) -> bool:
    """Whether there is speech enough for STOI, which depends on the clean speech alone."""
    try:
        return stoi(mixture.clean, mixture.clean, mixture.rate_hz) > 0
    except UserError:
        return False


def _figures(
    when: str, clean: np.ndarray, heard: np.ndarray, rate_hz: float, with_pesq: bool
) -> dict[str, float]:
    row = {f"si_sdr_{when}": si_sdr_db(clean, heard), f"stoi_{when}": stoi(clean, heard, rate_hz)}
    return row | ({f"pesq_{when}": pesq(clean, heard, rate_hz)} if with_pesq else {})


def choose_setting(saved: SavedModel, trial: Trial) -> tuple[Setting, dict[Setting, Scores]]:
    """The opening and depth that validation chooses, see :func:`best`, and all that were tried."""
    tried = {}
    for opening in OPENINGS:
        denoise = float_denoiser(opened(saved, opening))
        found = scores_at(DEPTHS, trial, denoise, saved.features.hop)
        tried |= {Setting(opening, depth): each for depth, each in found.items()}
    return best(tried), tried


def opened(saved: SavedModel, opening: float) -> SavedModel:
    """The same network with more of every gain: ``opening`` is added to all its logits."""
    network = copy.deepcopy(saved.network)
    with torch.no_grad():
        network.readout.bias += opening
    return replace(saved, network=network)


def choose_rival(rival: Rival, trial: Trial, spec: FeatureSpec) -> Rival:
    """The floor and weight that validation chooses, see :func:`best`."""
    settings = [replace(rival, floor=floor, weight=weight)
                for floor in FLOORS for weight in WEIGHTS]
    return best({one: scores(trial, rival_denoiser(one, spec), spec.hop)
                 for one in settings})


def best(tried: Mapping[Choice, Scores]) -> Choice:
    """What gains most SI-SDR, mean over levels, among all that lower STOI at no level.

    Few mixtures tell little, so that STOI has to rise by ``MARGIN`` at each level; where nothing
    does so, what comes nearest to it is taken.
    """
    worst = {one: min(each.gain(level, "stoi").mean() for level in each.by_level)
             for one, each in tried.items()}
    fitting = [one for one in tried if worst[one] >= MARGIN]
    if not fitting:
        return max(worst, key=worst.__getitem__)
    return max(fitting, key=lambda one: mean_gain(tried[one]))


def mean_gain(found: Scores) -> float:
    """SI-SDR gained, mean over levels and mixtures, dB."""
    return float(np.mean([found.gain(level, "si_sdr").mean() for level in found.by_level]))
