"""The C runtime over many windows, on an emulated core or on this machine."""

import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lnnlab import lnn_file, runtime, store
from lnnlab.integer import StreamConfig
from lnnlab.integer.layers import LSTM
from lnnlab.target.emulator import Machine
from lnnlab.target.toolchain import Compiler, build, build_host

HOST = "host"
TRACED = {"LNN_TRACE": 1, "LNN_NO_STATIC": 1}
ARENA_BYTES = 1 << 20


@dataclass(frozen=True)
class BatchOutputs:
    """What the C gave: logits (window, class) in Q8, digests (window, observed output)."""

    logits: np.ndarray
    digests: np.ndarray


class BatchRunner:
    """One model on one core, ready for windows.

    Args:
        blob: a ``.lnn`` file.
        core: key of :data:`lnnlab.target.cores.CORES`, or ``"host"``: this machine's compiler
            with address and undefined-behaviour sanitizers where it offers them.
        optimise: level of the cross compiler.
        whole: build the whole runtime; else only what the model needs.
        defines, sources: further macros and files of the build.
    """

    def __init__(
        self, blob: bytes, core: str, optimise: str = "-O3", whole: bool = False,
        defines: Mapping[str, object] | None = None, sources: Sequence[Path] = (),
    ) -> None:
        self.blob, self.core = blob, core
        model = lnn_file.from_bytes(blob)
        self.classes = len(model.classes)
        self.observed = 1 + len(model.layers) + sum(
            isinstance(each, LSTM) for each in model.layers
        )
        files = [*runtime.sources(), runtime.BATCH, *sources]
        defines = TRACED | ({} if whole else runtime.defines(blob)) | (defines or {})
        if core == HOST:
            self._program = build_host(
                [*files, runtime.BATCH_MAIN], include=[runtime.FOLDER], defines=defines
            )
        else:
            program = build(
                files, core, include=[runtime.FOLDER], defines=defines,
                compiler=Compiler(level=optimise), keep=["lnn_batch", "lnn_batch_stream"],
            )
            self.machine = Machine(program)
            self._file = self.machine.put(blob)
            self._arena = self.machine.allocate(ARENA_BYTES)

    def run(self, samples: np.ndarray, piece: int = 1 << 30) -> BatchOutputs:
        """Run int16 windows (window, time, channel), given ``piece`` moments at a time.

        Raises:
            RuntimeError: the runtime refused the file or gave no decision.
        """
        samples = np.ascontiguousarray(samples, dtype=np.int16)
        windows = len(samples)
        logits = np.zeros((windows, self.classes), np.int16)
        digests = np.zeros((windows, self.observed), np.uint32)
        on = self._on_host if self.core == HOST else self._on_core
        status = on(samples, logits, digests, piece)
        if status:
            raise RuntimeError(f"{self.core}: the runtime ended with status {status}")
        return BatchOutputs(logits.astype(np.int64), digests)

    def stream(self, samples: np.ndarray, config: StreamConfig) -> np.ndarray:
        """Run one int16 stream (time, channel) hop by hop on an emulated core.

        Returns:
            (frame, 3): label, confidence in Q15, whether a keyword was detected.

        Raises:
            RuntimeError: the runtime refused the file or the model cannot stream.
        """
        samples = np.ascontiguousarray(samples, dtype=np.int16)
        machine, free = self.machine, self.machine.free
        given, room = machine.put(samples.tobytes()), len(samples)
        said = machine.allocate(6 * room)
        frames = machine.call(
            "lnn_batch_stream", self._file, len(self.blob), self._arena, ARENA_BYTES, given,
            len(samples), config.smoothing_shift, config.refractory, config.threshold_q15, said,
            room,
        )
        frames -= 2**32 if frames >= 2**31 else 0
        if frames < 0:
            raise RuntimeError(f"{self.core}: the stream ended with status {frames}")
        found = np.frombuffer(machine.read(said, 6 * frames), "<i2").reshape(-1, 3)
        machine.free = free
        return found.astype(np.int64)

    def _on_host(self, samples, logits, digests, piece: int) -> int:
        with tempfile.TemporaryDirectory() as name:
            model, given, said = (Path(name) / each for each in ("model", "given", "said"))
            store.write_bytes(model, self.blob)
            store.write_bytes(given, samples.astype("<i2").tobytes())
            numbers = (len(samples), self.observed, self.classes, piece)
            done = subprocess.run(
                [self._program, model, given, *map(str, numbers), said],
                capture_output=True, text=True, check=False,
            )
            if done.stderr:
                raise RuntimeError(f"{self.core}: {done.stderr[:2000]}")
            if not done.returncode:
                content = said.read_bytes()
                logits[:] = np.frombuffer(content, "<i2", logits.size).reshape(logits.shape)
                digests[:] = np.frombuffer(content[logits.nbytes :], "<u4").reshape(
                    digests.shape
                )
        return done.returncode

    def _on_core(self, samples, logits, digests, piece: int) -> int:
        machine, free = self.machine, self.machine.free
        given = machine.put(samples.tobytes())
        said, seen = machine.allocate(logits.nbytes), machine.allocate(digests.nbytes)
        status = machine.call(
            "lnn_batch", self._file, len(self.blob), self._arena, ARENA_BYTES, given,
            len(samples), said, seen, self.observed, piece,
        )
        logits[:] = np.frombuffer(machine.read(said, logits.nbytes), "<i2").reshape(logits.shape)
        digests[:] = np.frombuffer(machine.read(seen, digests.nbytes), "<u4").reshape(
            digests.shape
        )
        machine.free = free  # the next batch takes the same room
        return status
