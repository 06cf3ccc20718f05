"""Exported models as firmware on QEMU's machines: they start, and decide as the twin does."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import policy_records
import pytest
import random_models
import random_policies

from lnnlab import lnn_file
from lnnlab.errors import UserError
from lnnlab.integer import StreamConfig, run_policy
from lnnlab.target import qemu
from lnnlab.target.toolchain import Compiler

ARENAS = Path(__file__).with_name("c") / "arenas.c"
BUILDS = [(name, compiler) for name in qemu.MACHINES for compiler in ("zig", "gcc")
          if (name, compiler) != ("virt-zbb", "gcc")]  # Debian's gcc has no libgcc for Zbb


def machine_for(name, compiler="zig"):
    """The machine, or a skip that says what is missing."""
    try:
        machine = qemu.machine_named(name)
        if compiler == "gcc" and not qemu.shutil.which(machine.core.gcc):
            pytest.skip(f"no {machine.core.gcc} here")
    except UserError as error:
        pytest.skip(str(error))
    return machine


def run(blob, machine, compiler, samples, **defines):
    program = qemu.firmware(blob, machine, Compiler(compiler, "-O2"), defines)
    return qemu.run_firmware(program, machine, blob, samples)


def windows_differ(model, machine, compiler, **defines):
    """Logits, labels and confidences of three windows that are not the twin's."""
    samples = random_models.samples(7, model)
    twin = model.run(samples)
    said = run(lnn_file.to_bytes(model), machine, compiler,
               samples.reshape(-1, samples.shape[2]), **defines)
    assert len(said.label) == 3 and set(said.decisions) == {1}
    return int((said.logits != twin.logits).sum() + (said.label != twin.decision).sum()
               + (said.confidence_q15 != twin.confidence_q15).sum()
               + (said.float_q15 != twin.confidence_q15).sum())


@pytest.mark.parametrize("name, compiler", BUILDS)
def test_windows_are_decided_as_by_the_twin(name, compiler):
    machine, number = machine_for(name, compiler), BUILDS.index((name, compiler))
    for k in range(4):  # every kind on some machine
        kind = random_models.KINDS[(number + 2 * k) % len(random_models.KINDS)]
        assert not windows_differ(random_models.model(11 + k, kind), machine, compiler)


@pytest.mark.parametrize("name, compiler", BUILDS)
def test_a_stream_under_a_policy_too(name, compiler):
    """The file alone says threshold, smoothing and policy."""
    machine, number = machine_for(name, compiler), BUILDS.index((name, compiler))
    random = np.random.default_rng(number)
    kind = random_policies.KINDS[number % len(random_policies.KINDS)]
    policy = random_policies.policy(random, kind)
    model = replace(random_policies.model(100 + number), policy=policy)
    config = {"smoothing_shift": 2, "refractory": 5, "threshold_q15": 11000}
    model.meta["stream"] = config
    samples = random_policies.stream(random, model, 150)
    twin = run_policy(model, samples, config=StreamConfig.of(config))
    said = run(lnn_file.to_bytes(model), machine, compiler, samples, PIECE=1)
    spec = model.features.spec
    np.testing.assert_array_equal((said.moments - spec.frame) // spec.hop, twin.hop)
    for field in ("label", "confidence_q15", "detected", "timestep"):
        np.testing.assert_array_equal(getattr(said, field), getattr(twin, field))
    assert said.computed == twin.layer_steps


@pytest.mark.parametrize("name", qemu.MACHINES)
def test_nothing_is_written_that_was_not_given(name, tmp_path):
    machine = machine_for(name)
    for blob in (lnn_file.to_bytes(random_models.model(2, "linear_ltc")),
                 policy_records.blob_of(1, 2)):
        program = qemu.firmware(blob, machine, main=ARENAS)
        qemu.execute(program, machine, tmp_path)


def test_the_guards_would_notice(tmp_path):
    machine = machine_for("mps2-an386")
    wrong = tmp_path / "wrong.c"
    wrong.write_text(ARENAS.read_text().replace(
        "    if (wanted != LNN_OK)", "    arena[size] = 0;\n    if (wanted != LNN_OK)"))
    blob = lnn_file.to_bytes(random_models.model(2, "linear_ltc"))
    with pytest.raises(RuntimeError, match="ended with code 2"):
        qemu.execute(qemu.firmware(blob, machine, main=wrong), machine, tmp_path)


@pytest.mark.parametrize("compiler", ["zig", "gcc"])
def test_without_float_no_fpu_is_needed(compiler):
    """QEMU faults at an instruction of an FPU that is off."""
    machine = machine_for("mps2-an386", compiler)
    model = random_models.model(3, "linear_ltc")
    assert not windows_differ(model, machine, compiler, LNN_NO_FLOAT=1)
    with pytest.raises(RuntimeError, match="ended with a fault"):
        windows_differ(model, machine, compiler, FPU_OFF=1)


def test_zbb_is_used_where_it_is_built():
    machine = machine_for("virt-zbb")
    blob = lnn_file.to_bytes(random_models.model(0, "keyword"))
    program = qemu.firmware(blob, machine, Compiler(level="-O2"))
    plain = qemu.MACHINES["virt"]
    samples = random_models.samples(1, lnn_file.from_bytes(blob), 1)[0]
    with pytest.raises(RuntimeError, match="a fault"):
        qemu.run_firmware(program, plain, blob, samples)


def test_machines_and_models_that_do_not_fit(monkeypatch):
    with pytest.raises(UserError, match="did you mean 'microbit'"):
        qemu.machine_named("microbits")
    blob = lnn_file.to_bytes(random_models.model(2, "linear_ltc"))
    small = replace(qemu.MACHINES["microbit"], ram_bytes=2048)
    with pytest.raises(UserError, match="do not fit into RAM"):
        qemu.firmware(blob, small)
    monkeypatch.setattr(qemu.shutil, "which", lambda name: None)
    with pytest.raises(UserError, match="install the package qemu-system-arm"):
        qemu.machine_named("microbit")
