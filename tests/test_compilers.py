"""The C under every compiler that is here: no warning, no library call, both headers from C++."""

import re
import shutil
import subprocess
import sys
from itertools import product
from pathlib import Path

import numpy as np
import policy_records as policies
import pytest
import random_models
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from lnnlab import lnn_file, paths, runtime
from lnnlab.runtime.export import export
from lnnlab.target.cores import CORES

FUZZ = Path(__file__).with_name("fuzz")
STRICT = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Wundef",
          "-Wstrict-prototypes", "-Wcast-align", "-Werror"]
LEVELS = ("-Os", "-O2", "-O3")
CLANG = {"cortex-m0": "thumbv6m-none-eabi", "cortex-m0plus": "thumbv6m-none-eabi",
         "cortex-m3": "thumbv7m-none-eabi", "cortex-m4": "thumbv7em-none-eabihf",
         "cortex-m7": "thumbv7em-none-eabihf", "cortex-m33": "thumbv8m.main-none-eabihf"}
RISCV = ["-march=rv32imc", "-mabi=ilp32", "-ffreestanding"]
ARM_GCC, RISCV_GCC = "arm-none-eabi-gcc", "riscv64-unknown-elf-gcc"
ZIG = [sys.executable, "-m", "ziglang", "cc"]
TARGETS = [
    *((ARM_GCC, core) for core in CLANG), (RISCV_GCC, "rv32imc"),
    *(("clang", core) for core in (*CLANG, "host")), ("gcc", "host"),
    *(("zig", core) for core in CORES),
]
# of the compilers' own run-time libraries: division, shifts, counts of zeros, soft floats
OWN = re.compile(r"__(aeabi_(?!mem)\w+|u?(div|mod|mul|cmp)\w+|cl[sz]\w+|ctzsi2|(a|l)sh(r|l)\w+"
                 r"|lshr\w+|float\w+|fix\w+|gnu_thumb1_case_\w+|\w+[sd]f[23]|\w+save_\w+"
                 r"|riscv_(save|restore)_\d+)|_GLOBAL_OFFSET_TABLE_")


def compiler(name, core):
    """The command for a core, or a skip that says what is missing."""
    if name == "zig":
        chosen = CORES[core]
        return [*ZIG, "-target", chosen.zig_target, f"-mcpu={chosen.zig_cpu}"]
    found = shutil.which(name) or pytest.skip(f"no {name} here")
    if name == ARM_GCC:
        return [found, *CORES[core].gcc_flags]
    if name == RISCV_GCC:
        return [found, *RISCV]
    return [found, *([f"--target={CLANG[core]}", f"-mcpu={core}"] if core in CLANG else [])]


def built(command, source, out, *more):
    done = subprocess.run([*command, *more, "-c", source, "-o", out], capture_output=True,
                          text=True, check=False)
    assert not done.returncode and not done.stderr, done.stderr[:2000]
    with out.open("rb") as stream:
        table = next(each for each in ELFFile(stream).iter_sections()
                     if isinstance(each, SymbolTableSection))
        return {each.name for each in table.iter_symbols()
                if each["st_shndx"] == "SHN_UNDEF" and each.name}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Everything that the runtime can, in one translation unit, and the float32 path in another."""
    folder = tmp_path_factory.mktemp("whole")
    texts = {"whole.c": [*runtime.sources()], "float32.c": [*runtime.float_sources()]}
    for name, parts in texts.items():
        (folder / name).write_text("".join(f'#include "{part}"\n' for part in parts))
    return folder


@pytest.mark.parametrize("name, core", TARGETS)
def test_no_warning_and_no_library_call(name, core, whole):
    command = compiler(name, core)
    for level, file in product(LEVELS, ("whole.c", "float32.c")):
        needs = built(command, whole / file, whole / "object.o", *STRICT, level)
        assert not [each for each in needs if not OWN.fullmatch(each)]


EXPORTED = [(ARM_GCC, "cortex-m4"), (ARM_GCC, "cortex-m0"), (RISCV_GCC, "rv32imc"),
            ("gcc", "host"), ("clang", "host"), ("zig", "cortex-m33")]


@pytest.mark.parametrize("first, name, core", [(i, *each) for i, each in enumerate(EXPORTED)])
def test_exports_compile_as_their_first_lines_say(first, name, core, tmp_path):
    """Each compiler takes every kind at one level, the next compiler at the next: all pairs of
    kind and level are built twice."""
    command = compiler(name, core)
    blobs = {kind: lnn_file.to_bytes(random_models.model(5, kind))
             for kind in random_models.KINDS} | {"gated": policies.blob_of(1, 4)}
    for turn, (kind, blob) in enumerate(blobs.items(), first):
        source = export(blob, tmp_path, kind)[1]
        level = LEVELS[turn % len(LEVELS)]
        needs = built(command, source, tmp_path / "object.o", *STRICT, level)
        assert not [each for each in needs if not OWN.fullmatch(each)]


@pytest.mark.parametrize("flags, portable", [
    ("-mcpu=cortex-m4 -mthumb", False), ("-mcpu=cortex-m33 -mthumb", False),
    ("-mcpu=cortex-m3 -mthumb", True), ("-mcpu=cortex-a7 -marm", True),
    ("-mcpu=cortex-a7 -mthumb", True), ("-mcpu=cortex-r5 -marm", True),
    ("-mcpu=cortex-r5 -mthumb", True), ("-mcpu=cortex-m4 -mthumb -DLNN_PORTABLE", True),
])
def test_packed_instructions_are_for_cortex_m_alone(flags, portable, whole):
    command = [shutil.which(ARM_GCC) or pytest.skip(f"no {ARM_GCC} here"), *flags.split()]
    built(command, whole / "whole.c", whole / "object.o", *STRICT, "-O2")
    text = subprocess.run([*command, "-std=c99", "-O2", "-S", whole / "whole.c", "-o", "-"],
                          capture_output=True, text=True, check=True).stdout
    assert ("smlad" in text) != portable


@pytest.mark.parametrize("flags, message", [
    (["arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb", "-mbig-endian"], "little-endian"),
    (["clang", "--target=msp430", "-ffreestanding"], "int has less than 32 bits"),
])
def test_what_cannot_run_is_refused_at_compile_time(flags, message, whole):
    command = [shutil.which(flags[0]) or pytest.skip(f"no {flags[0]} here"), *flags[1:]]
    done = subprocess.run([*command, "-fsyntax-only", whole / "whole.c"], capture_output=True,
                          text=True, check=False)
    assert done.returncode and message in done.stderr


WINDOW_MAIN = """
#include <stdio.h>
#include "net.h"
static uint32_t arena[NET_ARENA_BYTES / 4];
static int16_t samples[2 * NET_WINDOW * NET_CHANNELS];
int main(void) {
    static lnn_model_t model;
    lnn_result_t result;
    FILE *stream = fopen("samples", "rb");
    if (!stream || fread(samples, 1, sizeof samples, stream) != sizeof samples) return 3;
    if (lnn_init(&model, net_data, NET_BYTES, arena, sizeof arena) != LNN_OK) return 2;
    return lnn_push(&model, samples, 2 * NET_WINDOW, &result) < 1;
}
"""


@pytest.mark.parametrize("blob", [
    *(pytest.param(lnn_file.to_bytes(random_models.model(seed, kind)), id=f"{kind} {seed}")
      for kind in random_models.KINDS for seed in (4, 12)),
    *(pytest.param(policies.blob_of(kind, kind), id=f"policy {kind}") for kind in range(5))])
def test_exports_do_nothing_undefined(blob, tmp_path):
    """zig's clang traps on what C leaves undefined, in a build for one model too."""
    front = lnn_file.from_bytes(blob).features
    loud = np.repeat([0.0, 30000.0, 30.0, 3000.0], -(-front.window // 2))[:2 * front.window]
    noise = np.random.default_rng(0).normal(0, 1, (2 * front.window, front.channels))
    (noise * loud[:, None]).clip(-32768, 32767).astype("<i2").tofile(tmp_path / "samples")
    export(blob, tmp_path, "net")
    (tmp_path / "main.c").write_text(WINDOW_MAIN)
    subprocess.run([*ZIG, "-O0", "-fsanitize=undefined", "-fsanitize-trap=undefined", "-g",
                    "net.c", "main.c", "-o", "program"], cwd=tmp_path, check=True)
    assert subprocess.run([tmp_path / "program"], cwd=tmp_path, check=False).returncode == 0


def test_both_headers_serve_cpp(tmp_path):
    found = shutil.which("g++") or pytest.skip("no g++ here")
    cc = shutil.which("gcc") or pytest.skip("no gcc here")
    files = export(policies.blob_of(1, 1), tmp_path, "first")
    export(lnn_file.to_bytes(random_models.model(1, "gru")), tmp_path / "other", "second")
    main = tmp_path / "main.cpp"
    main.write_text("""
#include "first.h"
#include "other/second.h"
#include "lnn_float.h"
static uint32_t arena[FIRST_ARENA_BYTES / 4];
static int16_t buffer[FIRST_HOP * FIRST_CHANNELS];
int main() {
    lnn_model_t model;
    lnn_result_t result;
    lnn_float_t other;
    if (lnn_init(&model, first_data, FIRST_BYTES, arena, sizeof arena) != LNN_OK) return 1;
    if (lnn_process_cmsis(&model, buffer, &result) < 0) return 2;
    return lnn_float_init(&other, first_data, FIRST_BYTES, arena, sizeof arena) == LNN_OK;
}
""")
    objects = []
    single = [each for each in runtime.float_sources() if each.name != "lnn_container.c"]
    for number, source in enumerate([files[1], *single]):  # the int8 export holds the container
        objects.append(tmp_path / f"{number}.o")
        subprocess.run([cc, "-std=c99", "-O2", "-c", source, "-o", objects[-1]], check=True)
    strict = ["-std=c++11", *(each for each in STRICT[1:] if each != "-Wstrict-prototypes")]
    subprocess.run([found, *strict, f"-I{runtime.FLOAT_FOLDER}", main, *objects, "-o",
                    tmp_path / "program"], check=True)
    assert subprocess.run([tmp_path / "program"], check=False).returncode == 0


def test_cppcheck_finds_nothing():
    found = shutil.which("cppcheck") or pytest.skip("no cppcheck here")
    done = subprocess.run(
        [found, "--std=c99", "--enable=warning,performance,portability", "--inline-suppr",
         "--quiet", "--error-exitcode=1", f"-I{runtime.FOLDER}", f"-I{runtime.FLOAT_FOLDER}",
         *runtime.sources(), *runtime.float_sources(), *FUZZ.glob("*.c")],
        capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_matrix_would_notice(whole, tmp_path):
    """A warning is an error, and a call of the library is found."""
    cc = shutil.which("gcc") or pytest.skip("no gcc here")
    source = tmp_path / "bad.c"
    source.write_text("int f(long x); int f(long x) { return x; }\n")
    with pytest.raises(AssertionError, match="conversion"):
        built([cc], source, tmp_path / "bad.o", *STRICT, "-O2")
    source.write_text("void f(int *x, int n);\n"
                      "void f(int *x, int n) { for (int k = 0; k < n; k++) x[k] = 0; }\n")
    needs = built([cc], source, tmp_path / "bad.o", *STRICT, "-O3")
    assert [each for each in needs if not OWN.fullmatch(each)] == ["memset"]


def test_the_packages_that_ci_installs_have_these_compilers():
    text = (Path(paths.ROOT) / ".ci" / "run").read_text()
    for package in ("gcc-arm-none-eabi", "gcc-riscv64-unknown-elf", "clang", "cppcheck", "g++",
                    "qemu-system-arm", "qemu-system-misc"):
        assert re.search(rf"\b{re.escape(package)}(\s|$)", text), package
