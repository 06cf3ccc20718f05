"""CMSIS-DSP: the page's own figures are today's, and a program may have both headers."""

import itertools
import re
import shutil
import subprocess

import bench_cmsis
import pandas as pd
import pytest
from random_models import model

from lnnlab import lnn_file
from lnnlab.runtime.cmsis import MEASURED, OWN, PAGE, page
from lnnlab.runtime.layouts import export_layout

USERS = """
#ifndef ARM_MATH_H
#define ARM_MATH_H
#include <stdint.h>
typedef int8_t q7_t;
typedef int16_t q15_t;
typedef int32_t q31_t;
typedef float float32_t;
typedef enum { ARM_MATH_SUCCESS = 0 } arm_status;
typedef struct { uint16_t numRows, numCols; q7_t *pData; } arm_matrix_instance_q7;
arm_status arm_mat_vec_mult_q7(const arm_matrix_instance_q7 *m, const q7_t *x, q7_t *y);
#define PI 3.14159265358979f
#define DELTA_Q15 0x5
#define INDEX_MASK 0x0000003F
#define __SIMD32_TYPE int32_t
#endif
"""


@pytest.mark.parametrize("compiler", bench_cmsis.BUILDS, ids=lambda each: each.name)
def test_the_runtimes_cycles_on_the_page_are_todays(compiler):
    if compiler.name == "gcc" and not shutil.which("arm-none-eabi-gcc"):
        pytest.skip("no arm-none-eabi-gcc here")
    table = pd.read_csv(MEASURED, keep_default_na=False)
    told = table[(table.library == OWN) & (table.compiler == compiler.name)]
    found = bench_cmsis.own_cycles(bench_cmsis.Kernels().on_m4(compiler))
    if compiler.name == "gcc":  # other versions of gcc give other code
        assert found == pytest.approx(dict(zip(told.figure, told.value, strict=True)), rel=0.05)
    else:
        assert {name: round(value) for name, value in found.items()} == dict(
            zip(told.figure, told.value, strict=True))


def test_its_powers_are_the_same_here_and_on_the_m4():
    kernels = bench_cmsis.Kernels()
    on_core = bench_cmsis.powers_on(kernels.on_m4(bench_cmsis.BUILDS[0]))
    here = bench_cmsis.powers_here(kernels.here())
    assert (on_core[OWN][:, 1:] == here[OWN][:, 1:]).all()
    table = pd.read_csv(MEASURED, keep_default_na=False)
    for level, dbfs in enumerate(bench_cmsis.LEVELS_DBFS):
        told = table[(table.library == OWN) & (table.figure == f"error at {dbfs} dBFS")].value
        assert bench_cmsis.error_db(here[OWN], level) == pytest.approx(told.item(), abs=0.1)


def test_the_page_is_what_the_figures_say():
    assert PAGE.read_text() == page(pd.read_csv(MEASURED, keep_default_na=False))


@pytest.mark.parametrize("order", [*itertools.permutations(["arm_math.h", "liquid_audio_lnn.h"])],
                         ids="-".join)
def test_a_users_own_arm_math_h_is_no_conflict(order, tmp_path):
    gcc = shutil.which("gcc") or pytest.skip("no gcc here")
    export_layout({"words": lnn_file.to_bytes(model(1, "keyword"))}, "cmake", tmp_path / "made")
    (tmp_path / "arm_math.h").write_text(USERS)
    includes = "".join(f'#include "{name}"\n' for name in order)
    (tmp_path / "user.c").write_text(
        includes + "int both(lnn_model_t *m, const q15_t *x, lnn_result_t *r);\n"
        "int both(lnn_model_t *m, const q15_t *x, lnn_result_t *r) {\n"
        "    return lnn_process_cmsis(m, x, r) + (int)ARM_MATH_SUCCESS + (PI > 3);\n}\n")
    flags = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-c", "-I.", "-Imade/src"]
    subprocess.run([gcc, *flags, "user.c", "made/src/liquid_audio_lnn.c"], cwd=tmp_path, check=True)
    nm = shutil.which("nm") or pytest.skip("no nm here")
    said = subprocess.run([nm, "-g", "--defined-only", "liquid_audio_lnn.o"], cwd=tmp_path,
                          check=True, capture_output=True, text=True).stdout
    names = re.findall(r" [A-Z] (\S+)$", said, re.MULTILINE)
    assert len(names) > 20 and all(each.startswith("lnn_") for each in names)
