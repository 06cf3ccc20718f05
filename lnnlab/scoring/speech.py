"""How near speech that was made quieter around lies to clean speech: SI-SDR and STOI."""

import warnings
from importlib import import_module

import numpy as np
from pystoi import stoi as _stoi

from lnnlab.errors import UserError

FEWEST = 1e-12  # of full scale's power: what counts as silence throughout


def si_sdr_db(clean: np.ndarray, heard: np.ndarray) -> float:
    """Scale-invariant signal-to-distortion ratio (Le Roux et al. 2019, "SDR – half-baked or well
    done?", equation 2), higher is better.

    Choose it to tell how much of what is left is the clean speech, whatever its level; it is often
    taken for the signal-to-noise ratio, which a wrong level lowers. Speech that is late by a
    sample scores low: align first.

    Args:
        clean, heard: (time,), equally long; neither mean is taken off.

    Raises:
        UserError: they differ in length, or the clean one is silent throughout.
    """
    if clean.shape != heard.shape:
        raise UserError(f"{len(clean)} clean samples and {len(heard)} others: align them first")
    clean, heard = clean.astype(np.float64), heard.astype(np.float64)
    power = float(clean @ clean)
    if power <= FEWEST * len(clean):
        raise UserError("the clean speech is silent throughout: nothing can be compared with it")
    target = (heard @ clean) / power * clean
    rest = heard - target
    return float(10 * np.log10((target @ target + 1e-20) / (rest @ rest + 1e-20)))


def stoi(clean: np.ndarray, heard: np.ndarray, rate_hz: float) -> float:
    """Short-time objective intelligibility (Taal et al. 2011), 0 to 1, by ``pystoi``.

    Choose it to tell whether words stay intelligible; SI-SDR may rise while it falls. It looks at
    stretches of 384 ms in which somebody speaks, and needs one at least.

    Args:
        clean, heard: (time,), equally long; rate_hz: samples per second.

    Raises:
        UserError: too little speech.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        try:
            return float(_stoi(clean, heard, int(rate_hz)))
        except RuntimeWarning as few:
            raise UserError("less than 384 ms of speech: STOI needs more") from few


def pesq(clean: np.ndarray, heard: np.ndarray, rate_hz: float) -> float:
    """Perceptual evaluation of speech quality, wideband (ITU-T P.862.2), 1 to 4.6, by ``pesq``.

    Choose it beside the others where the package is installed; it is no dependency.

    Raises:
        UserError: the package is not installed, or the rate is not 16 kHz.
    """
    try:
        found = import_module("pesq").pesq
    except ImportError as absent:
        raise UserError("PESQ needs the package pesq: pip install pesq") from absent
    if rate_hz != 16_000:
        raise UserError(f"{rate_hz:g} Hz: wideband PESQ is defined at 16 kHz; resample")
    return float(found(16_000, clean.astype(np.float32), heard.astype(np.float32), "wb"))
