"""Kernels of one's own in place of the runtime's: linked, called, counted, compared."""

import ctypes
import os
import re
import shutil
import subprocess

import numpy as np
import pytest
import random_models
from test_runtime_transform import FRAMES, network, sounds

from lnnlab import cli, lnn_file, paths, runtime
from lnnlab.data import load
from lnnlab.errors import UserError
from lnnlab.target.batch import HOST, BatchRunner
from lnnlab.target.toolchain import build_host

FOLDER = runtime.EXAMPLES / "accelerator"
PRODUCT, SPECTRUM = FOLDER / "own_product.c", FOLDER / "own_spectrum.c"
PAGE = (runtime.FOLDER.parent / "ACCELERATORS.md").read_text()
CORES_TRIED = [HOST, "cortex-m0plus", "cortex-m4", "rv32imc"]


def counts(runner):
    """products, multiplications, spectra and samples that the example has counted."""
    where = runner.machine.program.symbols["own_counts"].address
    return np.frombuffer(runner.machine.read(where, 16), "<u4").tolist()


@pytest.mark.parametrize("core", CORES_TRIED)
def test_a_product_of_ones_own_gives_the_twins_outputs_for_every_kind_of_layer(core):
    for seed, kind in enumerate(random_models.KINDS):
        model = random_models.model(seed, kind)
        samples, twin = (each := random_models.samples(seed, model, 3)), model.run(each)
        runner = BatchRunner(lnn_file.to_bytes(model), core, defines={"LNN_OWN_PRODUCT": 1},
                             sources=[PRODUCT])
        said = runner.run(samples)
        np.testing.assert_array_equal(said.digests, twin.digests)
        np.testing.assert_array_equal(said.logits, twin.logits)
        assert core == HOST or counts(runner)[0] > 0


def test_every_product_goes_through_it():
    model = network(64)
    cell, _, readout = model.layers
    runner = BatchRunner(lnn_file.to_bytes(model), "cortex-m4", defines={"LNN_OWN_PRODUCT": 1},
                         sources=[PRODUCT])
    samples = sounds(64)
    runner.run(samples)
    frames = len(samples)  # one a window: the cell's product and the readout's
    weights = cell.matrix.weight.size + readout.matrix.weight.size
    assert counts(runner) == [2 * frames, weights * frames, 0, 0]


class Transform(ctypes.Structure):
    """``lnn_transform_t``."""

    _fields_ = (("window", ctypes.c_void_p), ("length", ctypes.c_uint32),
                ("channels", ctypes.c_uint32), ("most_shift", ctypes.c_uint32))


@pytest.mark.parametrize("frame", FRAMES)
def test_the_float_transform_computes_what_the_header_defines(frame):
    library = ctypes.CDLL(build_host([PRODUCT, SPECTRUM], include=[runtime.FOLDER], sanitize=False,
                                     shared=True, defines={"LNN_OWN_SPECTRUM": 1}))
    random = np.random.default_rng(frame)
    window = random.integers(0, 32768, frame).astype(np.int16)
    for channels, most_shift, loud in [(1, 15, 30000), (2, 15, 300), (3, 2, 20)]:
        x = random.integers(-loud, loud + 1, (frame, channels)).astype(np.int16)
        z = np.zeros(frame // 2 + 1, np.uint32)
        given = Transform(window.ctypes.data, frame, channels, most_shift)
        e = library.lnn_own_spectrum(ctypes.byref(given), x.ctypes.data_as(ctypes.c_void_p),
                                     z.ctypes.data_as(ctypes.c_void_p))
        scaled = x[:, 0].astype(int) << e
        assert np.abs(scaled).max() < 2**15 and e <= most_shift
        assert e == most_shift or np.abs(scaled).max() >= 2**14 - 1
        powers = np.abs(np.fft.rfft(scaled * (window / 65536)) / (frame // 2)) ** 2
        powers[-1] /= 2
        np.testing.assert_allclose(z[1:], powers[1:], rtol=1e-4, atol=0.6)  # rounded to integers


def test_a_trained_network_on_it_decides_as_on_the_runtimes():
    model = lnn_file.read(paths.reports("full") / "c" / "speech_commands_policy.lnn")
    samples = model.quantise(load("spoken_words").x[::14])
    runner = BatchRunner(lnn_file.to_bytes(model), "cortex-m4", defines={"LNN_OWN_SPECTRUM": 1},
                         sources=[PRODUCT, SPECTRUM])
    own, twin = runner.run(samples).logits, model.run(samples).logits
    assert (own.argmax(axis=1) == twin.argmax(axis=1)).all()
    # the runtime's rounds after every stage, so they differ; powers that are wrong by a factor of
    # four change the logits by more than this
    assert 0 < np.abs(own - twin).mean() < 0.01 * np.ptp(twin)
    frames = model.features.steps * len(samples)
    assert counts(runner)[2:] == [frames, model.features.spec.frame * frames]


def test_without_a_kernel_the_linker_says_which_is_missing():
    with pytest.raises(UserError, match="lnn_own_product"):
        BatchRunner(lnn_file.to_bytes(network(64)), "cortex-m4", defines={"LNN_OWN_PRODUCT": 1})


@pytest.mark.parametrize("kernel", ["PRODUCT", "SPECTRUM"])
def test_the_runtimes_own_kernel_takes_no_flash_then(kernel):
    blob = lnn_file.to_bytes(network(256))
    plain = BatchRunner(blob, "cortex-m4").machine.program.symbols
    sources = [PRODUCT, SPECTRUM] if kernel == "SPECTRUM" else [PRODUCT]
    own = BatchRunner(blob, "cortex-m4", defines={f"LNN_OWN_{kernel}": 1},
                      sources=sources).machine.program.symbols
    gone = {"PRODUCT": {"four_rows"}, "SPECTRUM": {"windowed_quads", "lnn_transform"}}[kernel]
    assert gone <= {*plain} and not gone & {*own}


@pytest.fixture
def exported(tmp_path, monkeypatch):
    """The page's folder: a network's layout with the example's files, and a file beside it."""
    blob = lnn_file.to_bytes(network(64))
    (tmp_path / "keyword.lnn").write_bytes(blob)
    monkeypatch.chdir(tmp_path)
    assert cli.main(re.search(r"^lnnlab (export .*)$", PAGE, re.MULTILINE).group(1).split()) == 0
    for each in FOLDER.iterdir():
        shutil.copy(each, tmp_path / "model")
        shutil.copy(each, tmp_path)
    return tmp_path / "model"


def test_an_exported_network_takes_them_by_the_pages_command(exported):
    gcc = shutil.which("gcc") or pytest.skip("no gcc here")
    command = re.search(r"^cc (.*)$", PAGE, re.MULTILINE).group(1).split()
    subprocess.run([gcc, *command, "-Wpedantic"], cwd=exported, check=True)
    plain = [each for each in command if "OWN" not in each and "own" not in each]
    subprocess.run([gcc, *plain[:-1], "plain"], cwd=exported, check=True)
    said, expected = (subprocess.run([exported / name], capture_output=True, check=True).stdout
                      for name in ("tried", "plain"))
    assert said == expected != b""


def test_cmake_takes_them_by_the_pages_two_lines(exported):
    cmake = shutil.which("cmake") or pytest.skip("no cmake here")
    lines = re.search(r"```cmake\n(.*?)```", PAGE, re.DOTALL).group(1)
    with (exported / "CMakeLists.txt").open("a") as stream:
        stream.write(lines)
    subprocess.run([cmake, "-S", ".", "-B", "built"], cwd=exported, check=True, capture_output=True)
    done = subprocess.run([cmake, "--build", "built", "--verbose"], cwd=exported, check=True,
                          capture_output=True, text=True)
    assert "-DLNN_OWN_PRODUCT" in done.stdout
    assert subprocess.run([exported / "built" / "model_main"], check=False).returncode == 0


def test_the_pages_comparison_with_the_twin_runs(exported):
    os.chdir(exported.parent)
    listing = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL).group(1)
    exec(listing, {"windows": sounds(64) / 65536})
