"""Others who say where speech is: levels, WebRTC's and Silero's detectors, a logistic regression.

All are given scores to smooth and hold by the same search on the same validation mixtures.
"""

from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from lnnlab.errors import UserError, unknown
from lnnlab.experiments.voice.detector import SPEECH, DetectorRun
from lnnlab.experiments.voice.listeners import HOP, Listener
from lnnlab.features import extract

RISE_DB, FALL = 3.01 / 512, 0.25  # of the floor a frame: as lnn_set_adaptive_config has them
CHUNK = 512  # samples that Silero decides on
EVERY = 3  # of the training frames every third teaches the regression
PACKAGES = {"webrtc": "webrtcvad", "silero": "silero_vad"}
EXTRA = "pip install 'lnnlab[vad]' brings it"


def rival(name: str, run: DetectorRun) -> Listener:
    """A rival by name.

    Args:
        name: of :data:`RIVALS`.
        run: whose features and training mixtures the regression takes; the others learn nothing.

    Raises:
        UserError: it is unknown, or its package is not here.
    """
    if name not in RIVALS:
        raise unknown("rival of voice activity", name, RIVALS)
    package = PACKAGES.get(name)
    if package and find_spec(package) is None:
        raise UserError(f"{name}: the package {package} is not here; {EXTRA}")
    return RIVALS[name](run)


def here(name: str) -> bool:
    """Whether a rival can be tried: its package is installed, or it needs none."""
    return name not in PACKAGES or find_spec(PACKAGES[name]) is not None


def levels_db(x: np.ndarray) -> np.ndarray:
    """Level of every frame in dB of full scale, (frame,)."""
    count = len(x) // HOP
    power = np.square(x[: count * HOP], dtype=np.float64).reshape(count, HOP).mean(axis=1)
    return 10 * np.log10(power + 1e-10)


def above_floor_db(x: np.ndarray) -> np.ndarray:
    """Level above a floor that rises slowly and falls quickly, as the runtime's energy gate."""
    found, floor = [], None
    for level in levels_db(x):
        floor = level if floor is None else (
            floor + FALL * (level - floor) if level < floor else floor + RISE_DB)
        found.append(level - floor)
    return np.array(found)


def _webrtc(_: DetectorRun) -> Listener:
    """How many of the four modes call a frame speech: each mode is an operating point."""
    import webrtcvad

    def scores(x: np.ndarray) -> np.ndarray:
        samples = (np.clip(x, -1, 1) * 32767).astype("<i2")
        modes = [webrtcvad.Vad(mode) for mode in range(4)]  # each keeps a state of its own
        return np.array([
            sum(mode.is_speech(samples[k : k + HOP].tobytes(), 16_000) for mode in modes)
            for k in range(0, len(samples) // HOP * HOP, HOP)], dtype=float)

    return Listener("WebRTC VAD, modes 0 to 3", scores)


def _silero(_: DetectorRun) -> Listener:
    """Its probability of the 32 ms that hold a frame's middle, so that it looks ahead."""
    from silero_vad import load_silero_vad

    model = load_silero_vad(onnx=True)

    def scores(x: np.ndarray) -> np.ndarray:
        import torch

        model.reset_states()
        chunks = np.pad(x, (0, -len(x) % CHUNK)).reshape(-1, CHUNK)
        said = [float(model(torch.from_numpy(each[None]), 16_000)) for each in chunks]
        middles = HOP * np.arange(len(x) // HOP) + HOP // 2
        odds = np.clip(np.array(said)[middles // CHUNK], 1e-6, 1 - 1e-6)
        return np.log(odds / (1 - odds))

    return Listener("Silero VAD", scores)


def _regression(run: DetectorRun) -> Listener:
    """The null: a frame by itself, of the network's own features at 20 ms."""
    spec = run.recipe.features
    spec = type(spec)(**spec.as_dict() | {"hop": HOP})
    given = run.samples("train", spec)
    counts = given.y >= 0
    x, y = given.x[counts][::EVERY], given.y[counts][::EVERY] == SPEECH
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300)).fit(x, y)

    def scores(sound: np.ndarray) -> np.ndarray:
        return model.decision_function(extract(sound[None, :, None], spec)[0])

    return Listener("logistic regression by frame", scores, spec.frame, HOP, x.shape[1] + 1)


RIVALS: dict[str, Callable[[DetectorRun], Listener]] = {
    "energy": lambda _: Listener("energy, level", levels_db),
    "energy_gate": lambda _: Listener("energy above a floor", above_floor_db),
    "webrtc": _webrtc,
    "silero": _silero,
    "logistic_regression": _regression,
}
