"""The firmware examples on QEMU: the twin's decisions in time, no samples lost, enough stack."""

import hashlib
import shutil
import struct
import subprocess
import tomllib
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from test_qemu import machine_for
from test_runtime_cpp import KEYWORDS, heard

from lnnlab import lnn_file, paths, runtime
from lnnlab.integer import Uniform, run_policy
from lnnlab.runtime.layouts import export_layout
from lnnlab.target import qemu
from lnnlab.target.cores import CORES
from lnnlab.target.toolchain import Compiler

HERE = Path(__file__).with_name("rtos")
RTOS, BARE = runtime.EXAMPLES / "freertos", runtime.EXAMPLES / "bare_metal"
SECONDS = 30
PRINTED = {RTOS / "audio_processing_task.inc": "cef4fca27295a392",
           HERE.parent / "cpp" / "listing.inc": "6a61295b9711f735"}  # SHA-256, its first digits


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


def bare(model, folder, **defines):
    sources = [BARE / "main.c", HERE / "bare_metal.c", HERE / "machine.c"]
    return run(model, "zig", folder, sources, [HERE, BARE], **defines)


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


def test_nobody_has_mended_a_printed_listing():
    for path, digest in PRINTED.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest().startswith(digest), path


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
    content = rtos(model_with("own"), "zig", tmp_path, TURNS=600_000)
    _, overruns, torn, *_ = struct.unpack("<5I", content[-20:])
    assert overruns and torn
    content = bare(model_with(None), tmp_path, TURNS=600_000)
    assert struct.unpack("<4I", content[-16:])[1]


@pytest.mark.parametrize("policy", ["own", None, Uniform(7)], ids=["own", "none", "uniform"])
def test_without_a_kernel_the_core_sleeps_as_long_as_it_may(policy, tmp_path):
    model = model_with(policy)
    content = bare(model, tmp_path, RING_MOMENTS=8192)
    moments, overruns, sleeps, stack = struct.unpack("<4I", content[-16:])
    assert overruns == 0 and moments >= 16000 * SECONDS - 64
    rows = np.frombuffer(content[:-16], "<i2").reshape(-1, 4)
    wanted = twin_rows(model, moments)
    np.testing.assert_array_equal(rows, wanted)
    looked_at = len(wanted) if isinstance(policy, Uniform) else moments // 320
    print(f"{sleeps} sleeps in {moments // 320} hops, {stack} B of stack")
    assert 0.99 * looked_at <= sleeps <= looked_at + 1


# ---- as a project takes them ----


GIVEN = {
    "lnn::model": "add_subdirectory(model)", "freertos_kernel":
    f"add_library(freertos_kernel INTERFACE)\n"
    f"target_include_directories(freertos_kernel INTERFACE {HERE / 'kernel'})",
    "board_hal": "add_library(board_hal INTERFACE)\n"
                 "target_include_directories(board_hal INTERFACE hal)",
}


def project(folder, example, missing=""):
    """CMake's answer for a project with an example, and what that asks for but one thing."""
    cmake = shutil.which("cmake") or pytest.skip("no cmake here")
    shutil.which("arm-none-eabi-gcc") or pytest.skip("no arm-none-eabi-gcc here")
    export_layout({"model": KEYWORDS.read_bytes()}, "cmake", folder / "model")
    (folder / "hal").mkdir()
    shutil.copy(HERE / "hal" / "main.h", folder / "hal")
    given = [text for name, text in GIVEN.items() if name != missing]
    (folder / "CMakeLists.txt").write_text("\n".join([
        "cmake_minimum_required(VERSION 3.15)", "project(firmware C)", *given,
        f"add_subdirectory({example} example)\n"]))
    flags = " ".join(["-Wall -Wextra -Wpedantic -Werror -O2", *CORES["cortex-m4"].gcc_flags])
    done = subprocess.run(
        [cmake, "-S", folder, "-B", folder / "build", f"-DCMAKE_C_FLAGS={flags}",
         f"-DCMAKE_TOOLCHAIN_FILE={folder / 'model' / 'cmake' / 'cortex-m4.cmake'}"],
        capture_output=True, text=True, check=False)
    if done.returncode:
        return " ".join(done.stderr.split())
    subprocess.run([cmake, "--build", folder / "build"], check=True, capture_output=True)
    return ""


@pytest.mark.parametrize("example", [RTOS, BARE], ids=["freertos", "bare_metal"])
def test_cmake_builds_an_example_in_a_project(example, tmp_path):
    assert project(tmp_path, example) == ""
    assert len([*(tmp_path / "build" / "example").glob("*.a")]) == 1


@pytest.mark.parametrize("missing, words", [
    ("lnn::model", "no model: lnnlab export keyword.lnn --name model --layout cmake"),
    ("freertos_kernel", "no kernel: add_subdirectory of FreeRTOS-Kernel"),
    ("board_hal", "no HAL: make a target board_hal")])
def test_cmake_says_what_a_project_has_yet_to_bring(missing, words, tmp_path):
    assert words in project(tmp_path, RTOS, missing)


def test_examples_are_shipped():
    data = tomllib.loads((paths.ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    shipped = {each for pattern in data["package-data"]["lnnlab"]
               for each in (paths.ROOT / "lnnlab").glob(pattern)}
    assert {each for folder in (RTOS, BARE, runtime.CPP_FOLDER) for each in folder.rglob("*")
            if each.is_file()} <= shipped
