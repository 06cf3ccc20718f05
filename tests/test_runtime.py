"""The C runtime: equal to the integer twin bit for bit, on this machine and on emulated cores."""

import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_models import KINDS, model, product, samples

from lnnlab import lnn_file, runtime
from lnnlab.errors import UserError
from lnnlab.features import FeatureSpec
from lnnlab.integer import IntegerFeatures, IntegerModel
from lnnlab.integer import layers as kinds
from lnnlab.runtime.export import export
from lnnlab.target import timing_ibex
from lnnlab.target.batch import HOST, BatchRunner
from lnnlab.target.cores import CORES
from lnnlab.target.emulator import Machine
from lnnlab.target.profile import profile
from lnnlab.target.toolchain import Compiler, build

SLOW = {"LNN_SLOW_MULTIPLY": 1}


def assert_equal(network, given_samples, runner, piece=1 << 30):
    twin = network.run(given_samples)
    said = runner.run(given_samples, piece)
    np.testing.assert_array_equal(said.logits, twin.logits)
    np.testing.assert_array_equal(said.digests, twin.digests)


@pytest.mark.parametrize("core", [HOST, *CORES])
@pytest.mark.parametrize("kind", KINDS)
def test_every_output_of_every_layer_is_the_twins(core, kind):
    for seed in range(6):
        network = model(seed, kind)
        runner = BatchRunner(lnn_file.to_bytes(network), core, whole=True)
        assert_equal(network, samples(seed, network), runner)


@settings(max_examples=60)
@given(st.integers(0, 2**31), st.integers(1, 40))
def test_samples_may_come_in_any_pieces(seed, piece):
    network = model(seed)
    runner = BatchRunner(lnn_file.to_bytes(network), HOST, whole=True)
    assert_equal(network, samples(seed, network), runner, piece)


def test_a_build_for_one_model_leaves_the_rest_out():
    sizes = {}
    for whole in (False, True):
        network = model(3, "linear_ltc")
        blob = lnn_file.to_bytes(network)
        runner = BatchRunner(blob, "cortex-m4", whole=whole)
        assert_equal(network, samples(3, network), runner)
        sizes[whole] = runner.machine.program.code_bytes
    assert sizes[False] < 0.7 * sizes[True]


def test_the_comparison_would_notice_one_bit():
    network = model(1, "lstm")
    blob = bytearray(lnn_file.to_bytes(network))
    other = lnn_file.from_bytes(bytes(blob))
    other.layers[0].matrix.bias[0] += 400
    runner = BatchRunner(lnn_file.to_bytes(other), HOST, whole=True)
    with pytest.raises(AssertionError):
        assert_equal(network, samples(1, network, windows=8), runner)


def wide():
    """64 rows of 32 inputs, then a pool and a readout of 4 classes."""
    random = np.random.default_rng(0)
    front = IntegerFeatures(
        FeatureSpec("raw", 32, 32), 1, 128, 1000.0, np.zeros(32, int), np.full(32, 9000), 20
    )
    layers = [kinds.LinearLTC(product(random, 64, 32)), kinds.Pool(300),
              kinds.Readout(product(random, 4, 32, 700))]
    return IntegerModel(front, layers, ("a", "b", "c", "d"))


def batch_profile(runner, given):
    machine = runner.machine
    place = machine.put(given.tobytes())
    return profile(
        machine, "lnn_batch", machine.put(runner.blob), len(runner.blob),
        machine.allocate(4096), 4096, place, 1, machine.allocate(64), machine.allocate(256),
        runner.observed, 1 << 20, stages={"lnn_product": "product", "lnn_stage_readout": "readout"},
    )


def test_the_packed_product_takes_the_cycles_that_are_told():
    """64 rows of 32 inputs, requantised, on a Cortex-M4 without wait states."""
    network = wide()
    runner = BatchRunner(lnn_file.to_bytes(network), "cortex-m4", optimise="-O2")
    found = batch_profile(runner, samples(0, network, windows=1))
    calls = network.features.steps
    assert found.by_stage["product"][1] / (calls + 1) <= 3700  # the readout's four rows are one


@pytest.mark.parametrize("core", [HOST, "cortex-m0", "rv32imc"])
def test_half_the_multiplications_say_the_same(core):
    for seed, kind in enumerate(KINDS):
        network = model(seed, kind)
        runner = BatchRunner(lnn_file.to_bytes(network), core, defines=SLOW)
        assert_equal(network, samples(seed, network), runner)


@pytest.mark.parametrize("core", [HOST, "cortex-m3"])
def test_so_they_do_at_the_ends_of_every_range(core):
    """Weights of 127 and -127, activations of 127 and -128, in every order."""
    random, network = np.random.default_rng(0), wide()
    for layer in (network.layers[0], network.layers[2]):
        shape = layer.matrix.weight.shape
        layer.matrix.weight[:] = random.choice([-127, 127], shape)
    loud = random.choice([-32768, 32767], (8, 128, 1)).astype(np.int16)
    assert_equal(network, loud, BatchRunner(lnn_file.to_bytes(network), core, defines=SLOW))


def test_half_the_multiplications_pay_where_they_are_slow(monkeypatch):
    """Cycles of a window on RV32 whose multiplier takes 1, 3 and 33 cycles."""
    blob, ratios = lnn_file.to_bytes(wide()), []
    given = samples(0, wide(), windows=1)
    for cycles in (1, 3, 33):
        table = replace(timing_ibex.SMALL, multiply=cycles, multiply_high=cycles + 1)
        monkeypatch.setitem(timing_ibex.TABLES, "ibex", table)
        taken = []
        for defines in ({}, SLOW):
            runner = BatchRunner(blob, "rv32imc", "-O2", defines=defines)
            taken.append(batch_profile(runner, given).by_stage["product"][1])
        ratios.append(taken[1] / taken[0])
    assert ratios[0] > 1 > ratios[1] > ratios[2] and ratios[2] < 0.75, ratios


@pytest.mark.parametrize("core", ["cortex-m0", "cortex-m4"])
def test_gccs_build_is_the_twins_too(core, tmp_path):
    if not shutil.which("arm-none-eabi-gcc"):
        pytest.skip("no arm-none-eabi-gcc: the Debian package gcc-arm-none-eabi has it")
    network = model(4, "linear_ltc")
    export(lnn_file.to_bytes(network), tmp_path, "model")
    harness = runtime.FOLDER / "lnn_measure.c"
    program = build([tmp_path / "model.c", harness], core, include=[tmp_path],
                    compiler=Compiler("gcc", "-O2"), defines={"LNN_NO_STATIC": 1},
                    keep=["measure_setup", "measure_window"])
    machine = Machine(program)
    assert machine.call("measure_setup") == 0
    given = samples(4, network, windows=6)
    said = [machine.call("measure_window", machine.put(each.tobytes()), len(each))
            for each in given]
    assert said == network.run(given).decision.tolist()


def test_tables_are_the_twins():
    assert (runtime.FOLDER / "lnn_tables.c").read_text() == runtime.tables()


@pytest.mark.parametrize("kind", KINDS)
def test_an_exported_file_stands_alone(kind, tmp_path):
    network = model(5, kind)
    header, source, example = export(lnn_file.to_bytes(network), tmp_path, "net")
    compiler = shutil.which("cc") or pytest.skip("no C compiler on this machine")
    strict = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-O2"]
    subprocess.run([compiler, *strict, source, example, "-o", "net"], cwd=tmp_path, check=True)
    said = subprocess.run([tmp_path / "net"], capture_output=True, text=True, check=True).stdout
    silence = np.zeros((1, network.features.window, network.features.channels), np.int16)
    outputs = network.run(silence)
    name = network.classes[outputs.decision[0]]
    assert said == f"{name}, confidence {outputs.confidence_q15[0] / 32768:.3f}\n"
    for core in ("cortex-m0", "cortex-m4", "rv32imc"):  # clang, with its own warnings
        build([source], core, include=[tmp_path], keep=["lnn_init", "lnn_push"])


def test_export_refuses_a_name_that_c_would(tmp_path):
    with pytest.raises(UserError, match="'3 nets': give a C identifier"):
        export(lnn_file.to_bytes(model(0, "gru")), tmp_path, "3 nets")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("check", [0, 4, 8, 12, 16, 40, 300])
def test_the_loader_says_where_a_file_is_damaged(check):
    blob = bytearray(lnn_file.to_bytes(model(2, "linear_ltc")))
    blob[check] ^= 0x55
    with pytest.raises(RuntimeError, match="ended with status [1-9]"):
        runner = BatchRunner.__new__(BatchRunner)
        whole = BatchRunner(lnn_file.to_bytes(model(2, "linear_ltc")), HOST, whole=True)
        runner.__dict__.update(whole.__dict__ | {"blob": bytes(blob)})
        runner.run(samples(2, model(2, "linear_ltc")))
