"""A denoiser in C on one recording, on this machine or an emulated core."""

import ctypes

import numpy as np

from lnnlab import lnn_file, runtime
from lnnlab.errors import UserError
from lnnlab.integer.gains import Gains, why_no_gains
from lnnlab.target.emulator import Machine
from lnnlab.target.stream import ARENA_BYTES, DIRTY, HOST, aligned
from lnnlab.target.toolchain import build, build_host

AS_THE_FILE_SAYS = 65535


class DenoiseRunner:
    """One model on one core, ready for recordings.

    Args:
        blob: a ``.lnn`` file whose outputs are gains of its bands.
        core: key of :data:`lnnlab.target.cores.CORES`, or ``"host"``: this machine.
        whole: build the whole runtime; else only what the model needs.

    Raises:
        UserError: the outputs are no gains.
    """

    def __init__(self, blob: bytes, core: str = HOST, whole: bool = True) -> None:
        model = lnn_file.from_bytes(blob)
        if why := why_no_gains(model):
            raise UserError(why)
        if Gains.of(model.meta) is None:
            raise UserError("the file has no section GAIN: its outputs are no gains")
        self.blob, self.core, self.hop = blob, core, model.features.spec.hop
        files = [*runtime.sources(), runtime.DENOISED]
        defines = {"LNN_NO_STATIC": 1} | ({} if whole else runtime.defines(blob))
        options = {"include": [runtime.FOLDER], "defines": defines}
        if core == HOST:
            self._library = ctypes.CDLL(
                str(build_host(files, sanitize=False, shared=True, **options)))
        else:
            self.machine = Machine(build(files, core, defines=defines, keep=["lnn_denoised"]))

    def run(self, samples: np.ndarray, depth_q15: int = AS_THE_FILE_SAYS) -> np.ndarray:
        """What is left of int16 samples (time,), a hop later; int16 (hops · hop,).

        Args:
            samples: what is left of the last hop is passed over.
            depth_q15: the largest share that is taken away, 0 to 32768; else as the file says.

        Raises:
            RuntimeError: the runtime refused the file.
        """
        hops = len(samples) // self.hop
        samples = np.ascontiguousarray(samples[: hops * self.hop], "<i2")
        on = self._on_host if self.core == HOST else self._on_core
        done, said = on(samples, depth_q15, hops)
        if done != hops:
            raise RuntimeError(f"{self.core}: the recording ended with status {done}")
        return said

    def _on_host(self, samples: np.ndarray, depth_q15: int, hops: int) -> tuple:
        said = np.zeros(len(samples), "<i2")
        blob, arena = aligned(self.blob), np.full(ARENA_BYTES // 8, DIRTY, np.uint64)
        places = [each.ctypes.data_as(ctypes.c_void_p) for each in (blob, arena, samples, said)]
        done = self._library.lnn_denoised(
            places[0], ctypes.c_uint32(len(self.blob)), places[1], ctypes.c_uint32(ARENA_BYTES),
            ctypes.c_uint32(depth_q15), places[2], ctypes.c_uint32(hops), places[3])
        return done, said

    def _on_core(self, samples: np.ndarray, depth_q15: int, hops: int) -> tuple:
        machine, free = self.machine, self.machine.free
        given, place = machine.put(samples.tobytes()), machine.allocate(max(samples.nbytes, 1))
        done = machine.call("lnn_denoised", machine.put(self.blob), len(self.blob),
                            machine.allocate(ARENA_BYTES), ARENA_BYTES, depth_q15, given, hops,
                            place)
        said = np.frombuffer(machine.read(place, samples.nbytes), "<i2")
        machine.free = free  # the next recording takes the same room
        return done, said
