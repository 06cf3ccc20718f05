"""The firmware examples on QEMU: the twin's decisions in time, no samples lost, enough stack."""

import struct
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from test_qemu import machine_for
from test_runtime_cpp import KEYWORDS, heard

from lnnlab import lnn_file, runtime
from lnnlab.integer import Uniform, run_policy
from lnnlab.target import qemu
from lnnlab.target.toolchain import Compiler

HERE = Path(__file__).with_name("rtos")
RTOS, BARE = runtime.EXAMPLES / "freertos", runtime.EXAMPLES / "bare_metal"
SECONDS = 30


@cache
def audio():
    """int16 (time,), as long as the study wants it: the words, and some once more."""
    return np.resize(heard(), 16000 * SECONDS)


def model_with(policy):
    model = lnn_file.read(KEYWORDS)
    return model if policy == "own" else replace(model, policy=policy)


def rtos(model, compiler, folder, **defines):
    sources = [RTOS / "audio_task.c", RTOS / "audio_dma.c", HERE / "freertos.c",
               HERE / "machine.c", HERE / "kernel" / "kernel.c"]
    include = [HERE / "hal", HERE / "kernel", HERE, RTOS, runtime.FOLDER]
    return run(model, compiler, folder, sources, include, LNN_NO_STATIC=None, **defines)


def run(model, compiler, folder, sources, include, **defines):
    """What the firmware wrote."""
    machine = machine_for("mps2-an386", compiler)
    program = qemu.firmware(lnn_file.to_bytes(model), machine, Compiler(compiler, "-O2"), defines,
                            sources, include)
    audio().tofile(folder / "samples")
    qemu.execute(program, machine, folder, options=qemu.COUNTED)
    return (folder / "decisions").read_bytes()


def twin_rows(model, moments):
    twin = run_policy(model, audio()[:moments, None])
    return np.column_stack([twin.label, twin.confidence_q15, twin.detected, twin.timestep])


@pytest.mark.parametrize("compiler", ["gcc", "zig"])
def test_the_task_as_printed_reports_what_the_twin_does(compiler, tmp_path):
    model = model_with("own")
    content = rtos(model, compiler, tmp_path)
    halves, overruns, torn, left, interrupts = struct.unpack("<5I", content[-20:])
    print(f"{compiler}: {left} B of the task's stack left, {interrupts} B taken by interrupts")
    assert halves == 16000 * SECONDS // 320 and overruns == torn == 0
    rows = np.frombuffer(content[:-20], "<i2").reshape(-1, 4)
    told, lit = rows[rows[:, 0] >= 0], np.flatnonzero(rows[:, 0] < 0)
    wanted = twin_rows(model, 320 * halves)
    np.testing.assert_array_equal(told, wanted)
    assert wanted[:, 2].sum() > 5
    sure = np.flatnonzero(wanted[:, 1] / 32768 > np.float32(0.8))
    np.testing.assert_array_equal(lit - np.arange(len(lit)) - 1, sure)
    assert len(sure) and left >= 64


def test_work_that_takes_too_long_is_noticed(tmp_path):
    content = rtos(model_with("own"), "zig", tmp_path, TURNS=60000)
    _, overruns, torn, *_ = struct.unpack("<5I", content[-20:])
    assert overruns and torn


@pytest.mark.parametrize("policy", ["own", None, Uniform(7)], ids=["own", "none", "uniform"])
def test_without_a_kernel_the_core_sleeps_as_long_as_it_may(policy, tmp_path):
    model = model_with(policy)
    content = run(model, "zig", tmp_path, [BARE / "main.c", HERE / "bare_metal.c",
                                           HERE / "machine.c"], [HERE, BARE])
    moments, overruns, sleeps, stack = struct.unpack("<4I", content[-16:])
    assert overruns == 0 and moments >= 16000 * SECONDS - 64
    rows = np.frombuffer(content[:-16], "<i2").reshape(-1, 4)
    wanted = twin_rows(model, moments)
    np.testing.assert_array_equal(rows, wanted)
    looked_at = len(wanted) if isinstance(policy, Uniform) else moments // 320
    print(f"{sleeps} sleeps in {moments // 320} hops, {stack} B of stack")
    pieces = -(-7 * 320 // 2048) if isinstance(policy, Uniform) else 1  # half the ring at once
    assert 0.9 * looked_at <= sleeps <= 1.1 * pieces * looked_at + 5
