"""The C runtime on one stream, on this machine or an emulated core: what it says and takes."""

import ctypes
import struct
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np

from lnnlab import lnn_file, runtime, store
from lnnlab.errors import UserError
from lnnlab.integer import StreamConfig
from lnnlab.integer.decisions import refuse_window_models
from lnnlab.target.emulator import Machine
from lnnlab.target.toolchain import build, build_host

HOST, CHECKED = "host", "host-checked"
ARENA_BYTES, DIRTY = 1 << 20, 0xA5A5A5A5A5A5A5A5
DEFINES = {"LNN_TRACE": 1, "LNN_NO_STATIC": 1}
TASK = struct.Struct("<IIIHHiHHHhhH")


@dataclass(frozen=True)
class AdaptiveConfig:
    """An energy gate in place of a model's own policy, as ``lnn_set_adaptive_config`` takes it.

    Attributes:
        min_timestep_ms, max_timestep_ms: between frames while the gate is open, and closed; on
            the way from one to the other the steps of the model's own energy gate, if it has any.
        energy_threshold_q10: octaves of energy above the floor that open it, Q10.
        close_threshold_q10: it stays open from here on.
        hangover_ms: it stays open so long after.
    """

    min_timestep_ms: int
    max_timestep_ms: int
    energy_threshold_q10: int = 1478
    close_threshold_q10: int = 1478
    hangover_ms: int = 0


@dataclass(frozen=True)
class FluxConfig:
    """A spectral flux gate in place of a model's own policy, as ``lnn_set_flux_config`` takes it.

    Attributes:
        min_timestep_ms, max_timestep_ms, hangover_ms: as of :class:`AdaptiveConfig`.
        flux_threshold_q8: steps of int8 that a feature rises by on average and that open it, Q8.
        close_threshold_q8: it stays open from here on.
    """

    min_timestep_ms: int
    max_timestep_ms: int
    flux_threshold_q8: int = 1024
    close_threshold_q8: int = 512
    hangover_ms: int = 0


@dataclass(frozen=True)
class StreamRecord:
    """What a stream said and took.

    Attributes:
        hop: of each decision, the hop that ended with it, (decision,).
        timestep: hops since the decision before, (decision,).
        label: class index, (decision,).
        confidence_q15: its smoothed probability, (decision,).
        detected: whether a keyword was reported, (decision,) of bool.
        smoothed_q15: smoothed probabilities, (decision, class).
        logits_q8: (decision, class): of a network that answers with values, these.
        decisions: how many each row stands for; above 1 only for pieces longer than a hop, whose
            row then holds the last, or the last that detected a keyword.
        features: frames whose features were computed.
        steps: frames that went through the layers.
        hops: that ended in the stream.
        heard, skipped: frames that ended, and that the layers did not see, as the C counts.
    """

    hop: np.ndarray
    timestep: np.ndarray
    label: np.ndarray
    confidence_q15: np.ndarray
    detected: np.ndarray
    smoothed_q15: np.ndarray
    logits_q8: np.ndarray
    decisions: np.ndarray
    features: int
    steps: int
    hops: int
    heard: int = 0
    skipped: int = 0


class StreamRunner:
    """One model on one core, ready for streams.

    Args:
        blob: a ``.lnn`` file that ends in a leaky pool, with a timestep policy or without.
        core: key of :data:`lnnlab.target.cores.CORES`; ``"host"``: this machine, an hour of audio
            in seconds; ``"host-checked"``: the same under address and undefined-behaviour
            sanitizers.
        whole: build the whole runtime; else only what the model needs.

    Raises:
        UserError: the model cannot stream.
    """

    def __init__(self, blob: bytes, core: str = HOST, whole: bool = True) -> None:
        model = lnn_file.from_bytes(blob)
        refuse_window_models(model)
        self.blob, self.core, self.classes = blob, core, len(model.classes)
        self.channels, self.spec = model.features.channels, model.features.spec
        files = [*runtime.sources(), runtime.STREAM]
        defines = DEFINES | ({} if whole else runtime.defines(blob) | {runtime.POLICY: 1})
        options = {"include": [runtime.FOLDER], "defines": defines}
        if core == HOST:
            self._library = ctypes.CDLL(
                str(build_host(files, sanitize=False, shared=True, **options)))
        elif core == CHECKED:
            self._program = build_host([*files, runtime.STREAM_MAIN], **options)
        else:
            self.machine = Machine(build(files, core, defines=defines, keep=["lnn_record"]))

    @property
    def arena_bytes(self) -> int:
        """What the model asks of ``lnn_init``, the same on every core; on this machine only."""
        place = aligned(self.blob).ctypes.data_as(ctypes.c_void_p)
        return int(self._library.lnn_arena_bytes(place))

    def run(
        self, samples: np.ndarray, config: StreamConfig | None = None,
        adaptive: AdaptiveConfig | FluxConfig | None = None, pieces: Sequence[int] = (),
    ) -> StreamRecord:
        """Run one int16 stream (time, channel).

        Args:
            samples: a frame or longer.
            config: of the reports; None: as the file says, or the defaults.
            adaptive: replaces the model's policy.
            pieces: moments given at a time, over and over, 0 standing for what
                ``lnn_sleep_moments`` says; none: a hop at a time.

        Raises:
            UserError: the stream is too short, or the adaptive config is refused.
            RuntimeError: the runtime refused the file.
        """
        samples = np.ascontiguousarray(samples, dtype="<i2").reshape(-1, self.channels)
        spec, said = self.spec, config or StreamConfig()
        if len(samples) < spec.frame:
            raise UserError(f"a stream of {len(samples)} samples is shorter than a frame")
        hops = (len(samples) - spec.frame) // spec.hop + 1
        sizes = np.array([*pieces] or [spec.hop], "<u4")
        words = (0, 0, 0, 0, 0) if adaptive is None else astuple(adaptive)
        configured = {type(None): 0, AdaptiveConfig: 1, FluxConfig: 2}[type(adaptive)]
        try:
            task = TASK.pack(len(samples), len(sizes), hops, said.smoothing_shift,
                             said.refractory, said.threshold_q15 if config else 0,
                             configured, *words)
        except struct.error as error:
            raise UserError(f"{adaptive}: a field is out of its range ({error})") from error
        on = {HOST: self._on_host, CHECKED: self._checked}.get(self.core, self._on_core)
        rows, counts, said, smoothed = on(task, samples, sizes, hops)
        if rows == -101:
            raise UserError(f"{adaptive}: the runtime refuses it; choose 0 < min <= max of at "
                            f"most 255 hops of {spec.hop} moments, and close <= threshold")
        if rows < 0:
            raise RuntimeError(f"{self.core}: the stream ended with status {rows}")
        said, heard = said[:rows].astype(np.int64), smoothed[:rows].astype(np.int64)
        return StreamRecord(
            said[:, 1], said[:, 2], said[:, 3], said[:, 4], said[:, 5] > 0,
            heard[:, 0], heard[:, 1], said[:, 0], *map(int, counts[:2]), hops,
            *map(int, counts[2:]))

    def _on_host(self, task: bytes, samples: np.ndarray, sizes: np.ndarray, room: int) -> tuple:
        said, smoothed, counts = self._room(room)
        blob, task = aligned(self.blob), aligned(task)
        arena = np.full(ARENA_BYTES // 8, DIRTY, np.uint64)  # as a stack may leave it
        given = [each.ctypes.data_as(ctypes.c_void_p)
                 for each in (blob, arena, task, samples, sizes, said, smoothed, counts)]
        rows = self._library.lnn_record(
            given[0], ctypes.c_uint32(len(self.blob)), given[1], ctypes.c_uint32(ARENA_BYTES),
            *given[2:])
        return rows, counts, said, smoothed

    def _on_core(self, task: bytes, samples: np.ndarray, sizes: np.ndarray, room: int) -> tuple:
        machine, free = self.machine, self.machine.free
        answer = self._room(room)
        given = [machine.put(each) for each in (task, samples.tobytes(), sizes.tobytes())]
        places = [machine.allocate(each.nbytes) for each in answer]
        rows = machine.call("lnn_record", machine.put(self.blob), len(self.blob),
                            machine.allocate(ARENA_BYTES), ARENA_BYTES, *given, *places)
        said, smoothed, counts = (
            np.frombuffer(machine.read(place, each.nbytes), each.dtype).reshape(each.shape)
            for place, each in zip(places, answer, strict=True))
        machine.free = free  # the next stream takes the same room
        return rows, counts, said, smoothed

    def _checked(self, task: bytes, samples: np.ndarray, sizes: np.ndarray, room: int) -> tuple:
        with tempfile.TemporaryDirectory() as name:
            paths = [Path(name) / each for each in ("model", "task", "samples", "pieces", "said")]
            contents = (self.blob, task, samples.tobytes(), sizes.tobytes())
            for path, content in zip(paths[:4], contents, strict=True):
                store.write_bytes(path, content)
            done = subprocess.run([self._program, *paths[:4], str(self.classes), paths[4]],
                                  capture_output=True, text=True, check=False)
            if done.returncode or done.stderr:
                raise RuntimeError(f"{self.core}: {done.returncode} {done.stderr[:2000]}")
            content = paths[4].read_bytes()
        rows, *counts = struct.unpack_from("<i4I", content)
        used = max(rows, 0)
        said = np.frombuffer(content, "<i4", 6 * used, 20).reshape(used, 6)
        smoothed = np.frombuffer(content, "<i2", 2 * self.classes * used, 20 + said.nbytes)
        return rows, counts, said, smoothed.reshape(used, 2, self.classes)

    def _room(self, rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return (np.zeros((rows, 6), "<i4"), np.zeros((rows, 2, self.classes), "<i2"),
                np.zeros(4, "<u4"))


def aligned(content: bytes) -> np.ndarray:
    """Bytes at a multiple of 8."""
    words = np.zeros(-(-len(content) // 8), np.uint64)
    words.view(np.uint8)[: len(content)] = np.frombuffer(content, np.uint8)
    return words
