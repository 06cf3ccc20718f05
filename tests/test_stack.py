"""The stack that exported headers tell: measured, and not exceeded."""

import csv
import subprocess

import bench_stack
import pytest

from lnnlab.profiling.stack import stack_bytes
from lnnlab.runtime.export import export
from lnnlab.runtime.stack import ARCHITECTURES, STACKS
from lnnlab.target import toolchain
from lnnlab.target.cores import CORES
from lnnlab.target.toolchain import Compiler

with STACKS.open(newline="") as stream:
    ROWS = list(csv.DictReader(stream))
MOST = {(row["core"], row["optimised"] == "1"): int(row["stack_bytes"]) for row in ROWS}
BUILDS = bench_stack.builds()
EVERY = BUILDS["together"]


def test_every_core_was_measured_and_has_its_macro():
    assert set(MOST) == {(core, optimised) for core in CORES for optimised in (True, False)}
    assert {core for cores in ARCHITECTURES.values() for core in cores} == set(CORES)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['core']} {row['level']}")
def test_the_worst_still_takes_as_much(row):
    compiler = Compiler(row["compiler"], row["level"])
    if compiler.name == "gcc" and not toolchain.shutil.which(CORES[row["core"]].gcc):
        pytest.skip(f"no {CORES[row['core']].gcc} here")
    taken = stack_bytes(BUILDS[row["build"]], row["core"], compiler)[row["model"]]
    if compiler.name == "zig":  # pip pins it
        assert taken == int(row["stack_bytes"])
    assert taken <= int(row["stack_bytes"])


@pytest.mark.parametrize("core", CORES)
def test_no_model_takes_more(core):
    for models in ({"gru": EVERY["gru"], "policy_1": EVERY["policy_1"]}, EVERY):
        taken = stack_bytes(models, core, Compiler("zig", "-O2"))
        assert max(taken.values()) <= MOST[core, True]


@pytest.mark.parametrize("level, optimised", [("-O2", True), ("-O0", False)])
def test_the_macro_says_what_was_measured(level, optimised, tmp_path):
    export(EVERY["gru"], tmp_path, "net")
    (tmp_path / "ask.c").write_text('#include "net.h"\nunsigned stack = NET_STACK_BYTES;\n')
    for name, core in CORES.items():
        command = [*toolchain.zig(), "-target", core.zig_target, f"-mcpu={core.zig_cpu}", level,
                   "-E", "ask.c"]
        text = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True,
                              check=True).stdout
        most = max(MOST[each, optimised] for cores in ARCHITECTURES.values() if name in cores
                   for each in cores)
        assert f"unsigned stack = {-(-most // 8) * 8}u;" in text
