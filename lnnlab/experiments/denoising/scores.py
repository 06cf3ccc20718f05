"""How much better speech is behind a denoiser: SI-SDR, STOI and PESQ of each mixture."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from lnnlab.data.mixtures import Mixture
from lnnlab.errors import UserError
from lnnlab.experiments.denoising.forms import Denoise, share_of, what_is_taken
from lnnlab.experiments.denoising.material import LEVELS_DB, Material
from lnnlab.features import FeatureSpec
from lnnlab.integer import Gains
from lnnlab.scoring.speech import pesq, si_sdr_db, stoi

Name = TypeVar("Name")


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


def scores(trial: Trial, denoise: Denoise, spec: FeatureSpec) -> Scores:
    """Figures of mixtures at every level.

    Args:
        denoise: what is tried; spec: of its frames.
    """

    def one(noisy: np.ndarray) -> list[np.ndarray]:
        return [denoise(noisy)]

    return _tried((None,), trial, one, spec)[None]


def scores_at(
    restraints: Sequence[Gains], trial: Trial, denoise: Denoise, spec: FeatureSpec
) -> dict[Gains, Scores]:
    """The same where shares of what is taken away are taken: restraint → scores.

    Args:
        denoise: takes all that it would.
    """

    def each(noisy: np.ndarray) -> list[np.ndarray]:
        heard = what_is_taken(noisy, denoise, spec)
        return [share_of(gains, *heard) for gains in restraints]

    return _tried(restraints, trial, each, spec)


def _tried(
    names: Sequence[Name], trial: Trial, sounds: Callable[[np.ndarray], list[np.ndarray]],
    spec: FeatureSpec,
) -> dict[Name, Scores]:
    """Scores of several sounds that are left of a mixture, by name."""
    found, who = {name: {} for name in names}, ()
    for level in LEVELS_DB:
        drawn = [each for each in trial.material.tests(trial.part, level, trial.count)
                 if _speaks(each)]
        who = tuple(each.who[0] for each in drawn)
        rows = {name: [] for name in names}
        for mixture in drawn:
            whole = len(mixture.noisy) // spec.hop * spec.hop
            lefts = sounds(mixture.noisy[:whole].astype(np.float64))
            clean, noisy = (x[: whole - spec.hop] for x in (mixture.clean, mixture.noisy))
            before = _figures("before", clean, noisy, mixture.rate_hz, trial.with_pesq)
            for name, left in zip(names, lefts, strict=True):
                after = _figures("after", clean, left[spec.hop :], mixture.rate_hz,
                                 trial.with_pesq)
                rows[name].append(before | after)
        for name, own in rows.items():
            found[name][level] = {key: np.array([row[key] for row in own]) for key in own[0]}
    return {name: Scores(levels, who) for name, levels in found.items()}


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
