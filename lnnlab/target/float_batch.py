"""The float32 path over many windows, on an emulated core or on this machine."""

import ctypes

import numpy as np

from lnnlab import lnn_file, runtime
from lnnlab.target.batch import ARENA_BYTES, HOST
from lnnlab.target.emulator import Machine
from lnnlab.target.toolchain import Compiler, build, build_host

CALL = "lnn_float_batch"


def float_logits(blob: bytes, core: str, samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Logits (window, class) and confidence (window,) as the C computes them.

    Args:
        blob: a float32 ``.lnn`` file.
        core: key of :data:`lnnlab.target.cores.CORES`, or ``"host"``.
        samples: int16 (window, time, channel).

    Raises:
        RuntimeError: the runtime refused the file or gave no decision.
    """
    files = [*runtime.float_sources(), runtime.FLOAT_BATCH]
    samples = np.ascontiguousarray(samples, dtype="<i2")
    classes = len(lnn_file.float_from_bytes(blob).classes)
    logits = np.zeros((len(samples), classes), "<f4")
    confidence = np.zeros(len(samples), "<f4")
    if core == HOST:
        library = ctypes.CDLL(str(build_host(files, shared=True, sanitize=False)))
        aligned = np.zeros(len(blob) // 8 + 1, np.uint64)
        ctypes.memmove(aligned.ctypes.data, blob, len(blob))
        arena = np.zeros(ARENA_BYTES // 8, np.uint64)
        at = [ctypes.c_void_p(each.ctypes.data)
              for each in (aligned, arena, samples, logits, confidence)]
        size, room, count = (ctypes.c_uint32(n) for n in (len(blob), ARENA_BYTES, len(samples)))
        status = getattr(library, CALL)(at[0], size, at[1], room, at[2], count, at[3], at[4])
    else:
        machine = Machine(build(files, core, compiler=Compiler(level="-O2"), keep=[CALL]))
        given = [machine.put(each) for each in (blob, bytes(ARENA_BYTES), samples.tobytes(),
                                                logits.tobytes(), confidence.tobytes())]
        status = machine.call(CALL, given[0], len(blob), given[1], ARENA_BYTES, given[2],
                              len(samples), given[3], given[4])
        for array, place in ((logits, given[3]), (confidence, given[4])):
            read = np.frombuffer(machine.read(place, array.nbytes), "<f4")
            array[:] = read.reshape(array.shape)
    if status:
        raise RuntimeError(f"{core}: the float32 runtime ended with status {status}")
    return logits, confidence
