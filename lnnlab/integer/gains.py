"""Networks whose outputs are gains of bands: what is left of a sound (FORMAT.md, section 9)."""

import numpy as np

from lnnlab.errors import UserError
from lnnlab.features.spec import MEL_KINDS, SINE
from lnnlab.integer.arithmetic import ONE_Q15, sat16, sigmoid
from lnnlab.integer.decisions import by_steps, stream_logits
from lnnlab.integer.layers import Readout
from lnnlab.integer.model import IntegerModel
from lnnlab.integer.restraint import Gains, less
from lnnlab.integer.synthesis import removals, taken_away

SHORTEST = 64  # samples of a frame


def why_no_gains(model: IntegerModel) -> str:
    """What keeps a network's outputs from being gains of its bands; empty if nothing does."""
    front, spec = model.features, model.features.spec
    readout = model.layers[-1]
    for right, why in (
        (spec.kind in MEL_KINDS and spec.window == SINE and front.channels == 1,
         "features of one channel with a mel scale and a sine window"),
        (spec.frame >= SHORTEST and spec.frame == 2 * spec.hop,
         f"frames of {SHORTEST} samples or more, half a frame apart"),
        (by_steps(model) and model.policy is None,
         "a leaky pool and no timestep policy"),
        (isinstance(readout, Readout) and not readout.background
         and len(model.classes) == spec.bands, "one output for each band, none in the background"),
    ):
        if not right:
            return f"gains need {why}"
    return ""


def denoised(
    model: IntegerModel, samples: np.ndarray, gains: Gains | None = None
) -> np.ndarray:
    """The sound that a network leaves of a stream, bit for bit what the C runtime gives.

    Choose it to compare with; it is later than its input by half a frame, since a hop's sound is
    whole when the frame that begins with it has ended.

    Args:
        model: its outputs are gains of its bands.
        samples: int16 (time,); what is left of the last hop is passed over.
        gains: None: the network's own.

    Returns:
        int16 (hops · hop,)

    Raises:
        UserError: the network is no such one, or the sound is shorter than a hop.
    """
    samples, logits = _heard(model, samples)
    gains = gains or Gains.of(model.meta) or Gains()
    return less(samples, taken_away(model.features, samples, removals(logits)), gains)


def denoised_gains(model: IntegerModel, samples: np.ndarray) -> np.ndarray:
    """The gains that :func:`denoised` turns the bands down by at full depth, 0 to 1, of the frame
    that ends with each hop, (hop, band); to look at.

    Raises:
        UserError: as :func:`denoised`.
    """
    _, logits = _heard(model, samples)
    return sigmoid(sat16(logits << 4)) / ONE_Q15


def _heard(model: IntegerModel, samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whole hops behind one of silence, and the logits of each frame (frame, band)."""
    why, hop = why_no_gains(model), model.features.spec.hop
    if why:
        raise UserError(why)
    if len(samples) < hop:
        raise UserError(f"{len(samples)} samples: give a hop of {hop} or more")
    samples = np.concatenate([np.zeros(hop, np.int16), samples[: len(samples) // hop * hop]])
    return samples, stream_logits(model, samples[:, None])
