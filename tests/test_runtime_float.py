"""The float32 path in C against torch, on this machine and on cores with an FPU."""

import ctypes

import numpy as np
import pytest
from scipy.special import expit
from test_lnn_file_float import CASES
from torch_models import logits, saved, signals

from lnnlab import lnn_file, runtime
from lnnlab.integer import quantise_samples
from lnnlab.target.batch import HOST
from lnnlab.target.float_batch import CALL, float_logits
from lnnlab.target.toolchain import Compiler, build, build_host


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("core", [HOST, "cortex-m4"])
def test_c_gives_torchs_logits(case, core):
    name, spec, options = CASES[case]
    model = saved(name, spec, axes=2, spread=2.0, **options)
    x, _ = signals(7, 12, channels=2)
    samples = quantise_samples(x, model.features.full_scale)
    exact = logits(model, samples.astype(np.float64) / 32768 * model.features.full_scale)
    said, confidence = float_logits(lnn_file.float_to_bytes(model), core, samples)
    assert np.abs(said - exact).max() < 1e-4 * max(1, np.abs(exact).max())
    shares = np.exp(exact - exact.max(axis=1, keepdims=True))
    np.testing.assert_allclose(confidence, 1 / shares.sum(axis=1), atol=1e-4)


@pytest.mark.parametrize("core", ["cortex-m7", "cortex-m33"])
def test_cores_with_an_fpu_agree(core):
    name, spec, options = CASES["lstm"]
    model = saved(name, spec, axes=2, **options)
    x, _ = signals(3, 6, channels=2)
    blob, samples = lnn_file.float_to_bytes(model), quantise_samples(x, model.features.full_scale)
    first, _ = float_logits(blob, "cortex-m4", samples)
    np.testing.assert_allclose(float_logits(blob, core, samples)[0], first, atol=1e-6)


def test_it_runs_on_the_fpu():
    program = build([*runtime.float_sources(), runtime.FLOAT_BATCH], "cortex-m4",
                    compiler=Compiler(level="-O2"), keep=[CALL])
    assert not any("aeabi_f" in name or name in ("expf", "tanhf", "logf")
                   for name in program.symbols)


def test_functions_stay_within_their_stated_errors():
    library = ctypes.CDLL(str(build_host(
        [*runtime.float_sources(), runtime.FLOAT_BATCH], shared=True, sanitize=False)))
    library.lnn_float_try.restype = ctypes.c_float
    call = library.lnn_float_try
    x = np.concatenate([np.linspace(-100, 100, 8001), np.linspace(-1, 1, 2001)]).astype("f4")
    for which, exact in ((0, expit), (1, np.tanh)):
        said = [call(which, ctypes.c_float(float(value))) for value in x]
        assert np.abs(np.array(said) - exact(x.astype(float))).max() < 2e-7
    positive = np.exp2(np.linspace(-40, 40, 5001)).astype("f4")
    said = np.array([call(2, ctypes.c_float(float(value))) for value in positive])
    exact = np.log2(positive.astype(float))
    assert (np.abs(said - exact) <= 1e-6 * np.maximum(1, np.abs(exact))).all()


def test_damaged_files_are_refused():
    name, spec, options = CASES["gru"]
    model = saved(name, spec, axes=2, **options)
    blob = lnn_file.float_to_bytes(model)
    library = ctypes.CDLL(str(build_host(
        [*runtime.float_sources(), runtime.FLOAT_BATCH], shared=True, sanitize=False)))

    def check(data):
        room = np.zeros(len(data) // 8 + 1, np.uint64)
        ctypes.memmove(room.ctypes.data, data, len(data))
        return library.lnn_float_check(ctypes.c_void_p(room.ctypes.data),
                                       ctypes.c_uint32(len(data)), None)

    assert check(blob) == 0
    for place in range(0, len(blob), 17):
        changed = bytearray(blob)
        changed[place] ^= 0x10
        assert check(bytes(changed)) != 0
    assert all(check(blob[:size]) != 0 for size in range(8, len(blob), 101))
