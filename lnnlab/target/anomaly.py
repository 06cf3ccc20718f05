"""A detector of anomalies in C on one recording, on this machine or an emulated core."""

import ctypes
from dataclasses import dataclass

import numpy as np

from lnnlab import lnn_file, runtime
from lnnlab.errors import UserError
from lnnlab.integer.anomaly import AnomalyScore
from lnnlab.integer.decisions import refuse_short_streams
from lnnlab.target.emulator import Machine
from lnnlab.target.stream import ARENA_BYTES, DIRTY, HOST, aligned
from lnnlab.target.toolchain import build, build_host


@dataclass(frozen=True)
class Alarms:
    """What a detector said after each frame.

    Attributes:
        score: smoothed, (frame,); see :class:`lnnlab.integer.anomaly.AnomalyScore`.
        anomalous: whether it reached the threshold, (frame,) bool.
    """

    score: np.ndarray
    anomalous: np.ndarray


class AnomalyRunner:
    """One detector on one core, ready for recordings.

    Args:
        blob: a ``.lnn`` file with a section ``ANOM``.
        core: key of :data:`lnnlab.target.cores.CORES`, or ``"host"``: this machine.
        whole: build the whole runtime; else only what the model needs.

    Raises:
        UserError: the file has no such section.
    """

    def __init__(self, blob: bytes, core: str = HOST, whole: bool = True) -> None:
        self.model = lnn_file.from_bytes(blob)
        if AnomalyScore.of(self.model.meta) is None:
            raise UserError("the file has no section ANOM: its outputs are no next features")
        self.blob, self.core = blob, core
        files = [*runtime.sources(), runtime.SCORED]
        defines = {"LNN_NO_STATIC": 1} | ({} if whole else runtime.defines(blob))
        options = {"include": [runtime.FOLDER], "defines": defines}
        if core == HOST:
            self._library = ctypes.CDLL(
                str(build_host(files, sanitize=False, shared=True, **options)))
        else:
            self.machine = Machine(build(files, core, defines=defines, keep=["lnn_scored"]))

    def run(self, samples: np.ndarray, piece: int | None = None, window: int = 0) -> Alarms:
        """What it says of int16 samples (time, channel).

        Args:
            samples: a frame or longer.
            piece: moments given at a time, at most a hop; None: a hop.
            window: moments after which the detector starts anew, though on the same machine; 0:
                never. ``samples`` are whole windows then.

        Raises:
            UserError: the recording is shorter than a frame.
            RuntimeError: the runtime refused the file.
        """
        front = self.model.features
        samples = np.ascontiguousarray(samples, "<i2").reshape(-1, front.channels)
        refuse_short_streams(self.model, samples)
        frames = (len(samples) // window * front.spec.frames(window) if window
                  else front.spec.frames(len(samples)))
        on = self._on_host if self.core == HOST else self._on_core
        done, said = on(samples, (piece or front.spec.hop, window), np.zeros((frames, 2), "<u4"))
        if done != frames:
            raise RuntimeError(f"{self.core}: the recording ended with status {done}")
        return Alarms(said[:, 0].astype(np.int64), said[:, 1] > 0)

    def _on_host(self, samples: np.ndarray, pieces: tuple[int, int], said: np.ndarray) -> tuple:
        blob, arena = aligned(self.blob), np.full(ARENA_BYTES // 8, DIRTY, np.uint64)
        places = [each.ctypes.data_as(ctypes.c_void_p) for each in (blob, arena, samples, said)]
        done = self._library.lnn_scored(
            places[0], ctypes.c_uint32(len(self.blob)), places[1], ctypes.c_uint32(ARENA_BYTES),
            places[2], ctypes.c_uint32(len(samples)), *map(ctypes.c_uint32, pieces), places[3])
        return done, said

    def _on_core(self, samples: np.ndarray, pieces: tuple[int, int], said: np.ndarray) -> tuple:
        machine, free = self.machine, self.machine.free
        given, place = machine.put(samples.tobytes()), machine.allocate(said.nbytes)
        done = machine.call("lnn_scored", machine.put(self.blob), len(self.blob),
                            machine.allocate(ARENA_BYTES), ARENA_BYTES, given, len(samples),
                            *pieces, place)
        found = np.frombuffer(machine.read(place, said.nbytes), "<u4").reshape(said.shape)
        machine.free = free  # the next recording takes the same room
        return done, found


def differing(runner: AnomalyRunner, windows: np.ndarray, wanted: np.ndarray) -> int:
    """How many scores of frames the C gives otherwise than the twin, over whole windows.

    Args:
        windows: int16 (window, time, channel), each from a new start.
        wanted: the twin's, (window, frame).
    """
    return int(sum((runner.run(each).score != said).sum()
                   for each, said in zip(windows, wanted, strict=True)))
