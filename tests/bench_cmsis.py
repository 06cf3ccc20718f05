"""The runtime's two kernels beside those of CMSIS-DSP; writes ``runtime/CMSIS.md``, ``.csv``.

    python tests/bench_cmsis.py [cmsisdsp-1.10.3.tar.gz]

Without a file the package index's source package is fetched by pip. Nothing of it stays here, and
no test needs it: what tests hold are the runtime's own figures (``test_runtime_cmsis.py``).
"""

import ctypes
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from random_models import product

from lnnlab import lnn_file, paths, runtime, store
from lnnlab.features import FeatureSpec
from lnnlab.integer import IntegerFeatures, IntegerModel
from lnnlab.integer import layers as kinds
from lnnlab.runtime.cmsis import MEASURED, OWN, PAGE, THEIRS, page
from lnnlab.target.emulator import Machine
from lnnlab.target.profile import profile
from lnnlab.target.toolchain import Compiler, build, build_host

VERSION = "1.10.3"
KERNELS = paths.ROOT / "tests" / "c" / "cmsis"
LENGTH, ROWS, INPUTS, FRAMES = 512, 32, 64, 60
LEVELS_DBFS = (0, -20, -40, -60)  # of a frame's loudest sample
BUILDS = (Compiler("zig", "-O3"), Compiler("gcc", "-O3"))
OWN_CALLS = ("own_setup", "own_spectrum", "own_product")
CMSIS_CALLS = ("cmsis_setup", "cmsis_spectrum", "cmsis_product")


@dataclass(frozen=True)
class Kernels:
    """Both libraries in one program.

    Attributes:
        package: CMSIS-DSP's folder; None: the runtime alone.
    """

    package: Path | None = None

    @property
    def _parts(self) -> dict:
        inside = [self.package / name for name in ("Include", "PrivateInclude", "Source")] \
            if self.package else []
        return {"include": [*([KERNELS] if self.package else []), *inside, runtime.FOLDER],
                "defines": {"LNN_NO_STATIC": 1} | ({"LNN_WITH_CMSIS": 1} if self.package else {})}

    def on_m4(self, compiler: Compiler) -> Machine:
        """An emulated Cortex-M4 with them, the runtime's spectrum set up."""
        names = OWN_CALLS + (CMSIS_CALLS if self.package else ())
        machine = Machine(build([*runtime.sources(), KERNELS / "kernels.c"], "cortex-m4",
                                compiler=compiler, keep=names, **self._parts))
        blob = lnn_file.to_bytes(spectral())
        machine.call("own_setup", machine.put(blob), len(blob), machine.allocate(1 << 16), 1 << 16)
        if self.package:
            machine.call("cmsis_setup")
        return machine

    def here(self) -> ctypes.CDLL:
        """The same on this machine, without packed instructions."""
        parts = self._parts
        parts["include"] = [each for each in parts["include"] if each != KERNELS]
        parts["defines"] = parts["defines"] | {"__GNUC_PYTHON__": 1}
        return ctypes.CDLL(build_host([*runtime.sources(), KERNELS / "kernels.c"], sanitize=False,
                                      shared=True, **parts))


def spectral() -> IntegerModel:
    """A network whose features are a spectrum of LENGTH samples."""
    random, bands = np.random.default_rng(0), 32
    spec = FeatureSpec("log_bands", LENGTH, LENGTH, bands, full_scale=1.0)
    front = IntegerFeatures(spec, 1, LENGTH, 16000.0, np.full(bands, 0), np.full(bands, 8000), 20)
    return IntegerModel(front, [kinds.LinearLTC(product(random, 8, bands)), kinds.Pool(300, 0, 0),
                                kinds.Readout(product(random, 2, 4, 700))], ("a", "b"), {})


def frames() -> np.ndarray:
    """Noise and three tones in it, at falling levels, (frame, LENGTH) int16."""
    random, time = np.random.default_rng(0), np.arange(LENGTH)
    rows = []
    for number in range(FRAMES):
        tones = sum(np.sin(2 * np.pi * hz * time / LENGTH) for hz in random.uniform(4, 250, 3))
        sound = tones + 0.1 * random.normal(size=LENGTH)
        level = 10 ** (LEVELS_DBFS[number % len(LEVELS_DBFS)] / 20)
        rows.append(np.round(32767 * level * sound / np.abs(sound).max()))
    return np.array(rows, np.int16)


def window() -> np.ndarray:
    """Hann's, Q15."""
    return np.round(32767 * (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(LENGTH) / LENGTH))
                    ).astype(np.int16)


def own_cycles(machine: Machine) -> dict[str, float]:
    """Kernel → cycles, middle of the band, of the runtime's."""
    z = machine.allocate(4 * (LENGTH // 2 + 1))
    x, columns = machine.put(frames()[0].tobytes()), machine.put(bytes(2 * INPUTS))
    weights, bias = machine.put(bytes(2 * ROWS * INPUTS)), machine.put(bytes(4 * ROWS))
    y = machine.allocate(2 * ROWS)
    return {"spectrum": _middle(profile(machine, "own_spectrum", x, z)),
            "product": _middle(profile(machine, "own_product", weights, bias, columns, y))}


def cmsis_cycles(machine: Machine) -> dict[str, float]:
    """The same of CMSIS-DSP's."""
    x, hann = machine.put(frames()[0].tobytes()), machine.put(window().tobytes())
    bins, powers = machine.allocate(4 * LENGTH), machine.allocate(2 * (LENGTH // 2 + 1))
    y = machine.allocate(ROWS)
    weights, columns = machine.put(bytes(ROWS * INPUTS)), machine.put(bytes(INPUTS))
    return {"spectrum": _middle(profile(machine, "cmsis_spectrum", x, hann, bins, powers)),
            "product": _middle(profile(machine, "cmsis_product", weights, columns, y))}


def _middle(ran) -> float:
    return sum(ran.cycles) / 2


def own_powers(call, room) -> np.ndarray:
    """(frame, LENGTH / 2 + 1) powers, with the shift of each frame taken off; the first is free."""
    found = []
    for frame in frames():
        e = call(frame)
        found.append(room() / 4.0**e)
    return np.array(found)


def powers_on(machine: Machine) -> dict[str, np.ndarray]:
    """Library → (frame, 1 + LENGTH / 2 or more) of all frames on the emulated core.

    Of CMSIS-DSP the bins, whose squares keep more than its own powers in q15 do.
    """
    z = machine.allocate(4 * (LENGTH // 2 + 1))
    own = own_powers(
        lambda frame: machine.call("own_spectrum", machine.put(frame.tobytes()), z),
        lambda: np.frombuffer(machine.read(z, 4 * (LENGTH // 2 + 1)), "<u4").astype(float))
    if "cmsis_spectrum" not in machine.program.symbols:
        return {OWN: own}
    hann, size = machine.put(window().tobytes()), 4 * (LENGTH // 2 + 1)
    bins, powers, theirs = machine.allocate(4 * LENGTH), machine.allocate(size), []
    for frame in frames():
        machine.call("cmsis_spectrum", machine.put(frame.tobytes()), hann, bins, powers)
        theirs.append(np.frombuffer(machine.read(bins, size), "<i2"))
    return {OWN: own, THEIRS: np.array(theirs, float)}


def powers_here(library: ctypes.CDLL) -> dict[str, np.ndarray]:
    """The same on this machine."""
    blob = np.frombuffer(lnn_file.to_bytes(spectral()) + bytes(8), np.uint64).copy()
    arena = np.zeros(1 << 14, np.uint32)
    library.own_setup(_at(blob), 8 * len(blob) - 8, _at(arena), arena.nbytes)
    z, powers = np.zeros(LENGTH // 2 + 1, np.uint32), np.zeros(LENGTH // 2 + 1, np.int16)
    bins = np.zeros(2 * LENGTH, np.int16)
    own = own_powers(lambda frame: library.own_spectrum(_at(frame), _at(z)),
                     lambda: z.astype(float))
    if not hasattr(library, "cmsis_setup"):
        return {OWN: own}
    library.cmsis_setup()
    theirs, hann = [], window()
    for frame in frames():
        library.cmsis_spectrum(_at(frame), _at(hann), _at(bins), _at(powers))
        theirs.append(bins[: LENGTH + 2].copy())
    return {OWN: own, THEIRS: np.array(theirs, float)}


def _at(array: np.ndarray) -> ctypes.c_void_p:
    return array.ctypes.data_as(ctypes.c_void_p)


def _powers(found: np.ndarray) -> np.ndarray:
    """(frame, LENGTH / 2 + 1), of bins the sums of their squares."""
    if found.shape[1] == LENGTH // 2 + 1:
        return found
    return (found.reshape(FRAMES, -1, 2) ** 2).sum(axis=2)


def error_db(powers: np.ndarray, level: int) -> float:
    """Median over the frames of a level: the powers' error below the powers, at the best scale."""
    true = np.abs(np.fft.rfft(frames() * (window() / 32768.0)))[:, 1:-1] ** 2
    found = powers[:, 1:-1]
    rows = np.arange(FRAMES) % len(LEVELS_DBFS) == level
    ratios = []
    for one, other in zip(true[rows], found[rows], strict=True):
        scale = (one @ other) / max(other @ other, 1e-30)
        ratios.append(((one - scale * other) ** 2).sum() / (one**2).sum())
    return float(10 * np.log10(np.median(ratios)))


def measured(package: Path) -> pd.DataFrame:
    """library, what, value, unit: every figure of the page."""
    rows = []
    for compiler in BUILDS:
        machine = Kernels(package).on_m4(compiler)
        for library, cycles in ((OWN, own_cycles(machine)),
                                (THEIRS, cmsis_cycles(machine))):
            rows += [(library, kernel, compiler.name, round(value), "cycles")
                     for kernel, value in cycles.items()]
    on_core, here = powers_on(machine), powers_here(Kernels(package).here())
    for library, powers in on_core.items():
        differ = int((powers[:, 1:] != here[library][:, 1:]).any(axis=1).sum())
        rows.append((library, "frames that differ", "", differ, f"of {FRAMES}"))
        errors = [round(error_db(_powers(powers), number), 1) for number in range(len(LEVELS_DBFS))]
        rows += [(library, f"error at {level} dBFS", "", error, "dB")
                 for level, error in zip(LEVELS_DBFS, errors, strict=True)]
    return pd.DataFrame(rows, columns=["library", "figure", "compiler", "value", "unit"])


def fetched(folder: Path) -> Path:
    """The source package, from the package index."""
    subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary",
                    "cmsisdsp", f"cmsisdsp=={VERSION}", "-d", folder], check=True)
    return next(folder.glob("cmsisdsp-*.tar.gz"))


def main() -> None:
    """Measure, and write the page."""
    with tempfile.TemporaryDirectory() as name:
        given = Path(sys.argv[1]) if len(sys.argv) > 1 else fetched(Path(name))
        with tarfile.open(given) as archive:
            archive.extractall(name, filter="data")
        table = measured(next(Path(name).glob("cmsisdsp-*/")))
    store.write_text(MEASURED, table.to_csv(index=False))
    store.write_text(PAGE, page(table))
    print(table.to_string(index=False))


if __name__ == "__main__":
    main()
