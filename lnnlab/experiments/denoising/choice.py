"""What validation chooses: how open a network's gains are, and how much of what they take is taken.

Networks and rivals choose among the same restraints, on the same mixtures.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple, TypeVar

import numpy as np

from lnnlab.experiments.denoising.forms import (
    Denoise,
    float_denoiser,
    integer_denoiser,
    integer_of,
    opened,
    rival_denoiser,
)
from lnnlab.experiments.denoising.rivals import FLOORS, WEIGHTS, Rival
from lnnlab.experiments.denoising.scores import Scores, Trial, scores_at
from lnnlab.features import FeatureSpec
from lnnlab.integer import Gains
from lnnlab.models.kinds import kind_of
from lnnlab.models.saved import SavedModel

Choice = TypeVar("Choice")
MAIN_DB = 5  # the level at which SI-SDR is to rise most
OPENINGS = (0.0, 0.7)
RESTRAINTS = (
    *(Gains(round(32768 * depth)) for depth in (1.0, 0.9, 0.8, 0.7)),
    *(Gains.restrained(depth, shallow, from_db, 0.05)
      for depth in (1.0, 0.9) for shallow in (0.6, 0.3) for from_db in (8.0, 12.0)),
)


class Setting(NamedTuple):
    """How gains are taken: see :func:`lnnlab.experiments.denoising.forms.opened`, and
    :class:`lnnlab.integer.Gains`."""

    opening: float
    gains: Gains


def choose_setting(saved: SavedModel, trial: Trial) -> tuple[Setting, dict[Setting, Scores]]:
    """The setting that validation chooses, see :func:`best`, and all that were tried.

    A network that has an int8 form is tried in it, as that is what runs on a board.
    """
    tried = {}
    for opening in OPENINGS:
        found = scores_at(RESTRAINTS, trial, _whole(opened(saved, opening)), saved.features)
        tried |= {Setting(opening, gains): each for gains, each in found.items()}
    return best(tried), tried


def _whole(saved: SavedModel) -> Denoise:
    """All that a network's gains take, in int8 where it can."""
    if kind_of(saved.name).on_target:
        return integer_denoiser(integer_of(saved))
    return float_denoiser(saved)


def choose_rival(rival: Rival, trial: Trial, spec: FeatureSpec) -> tuple[Rival, Gains]:
    """The floor, weight and restraint that validation chooses, see :func:`best`."""
    tried = {}
    for floor in FLOORS:
        for weight in WEIGHTS:
            one = replace(rival, floor=floor, weight=weight)
            found = scores_at(RESTRAINTS, trial, rival_denoiser(one, spec), spec)
            tried |= {(one, gains): each for gains, each in found.items()}
    return best(tried)


def best(tried: Mapping[Choice, Scores]) -> Choice:
    """What gains most SI-SDR at ``MAIN_DB``, among all that lower STOI at no level.

    Few mixtures tell little: STOI has to rise by more than its standard error at each level.
    Where nothing does so, what comes nearest to it is taken.
    """
    worst = {one: min(firmly(each.gain(level, "stoi")) for level in each.by_level)
             for one, each in tried.items()}
    fitting = [one for one in tried if worst[one] >= 0]
    if not fitting:
        return max(worst, key=worst.__getitem__)
    return max(fitting, key=lambda one: float(tried[one].gain(MAIN_DB, "si_sdr").mean()))


def firmly(values: np.ndarray) -> float:
    """Their mean less its standard error; of one value the value."""
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else 0.0
    return float(values.mean() - error)
