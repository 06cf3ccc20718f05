"""The target lab: compiler, emulator, and cycles counted by hand, rule by rule."""

import numpy as np
import pytest

from lnnlab import compiling
from lnnlab.errors import UserError
from lnnlab.target import toolchain
from lnnlab.target.cores import CORES, core
from lnnlab.target.emulator import Fault, Machine
from lnnlab.target.profile import profile
from lnnlab.target.toolchain import Compiler, build, build_host, disassemble

ARM = ".syntax unified\n.thumb\n"
# kernel → (body, {core: (low, high) by hand}). Each ends with `bx lr`, which costs 1 + P on M3 and
# M4 (P from 1 to 2), 2 on M0+ and 3 on M0; r0 points to 64 zero bytes.
KERNELS = {
    "alu": ("movs r1, #1\nadds r1, r1, #2\nlsls r2, r1, #3\neors r2, r1",  # 4 × 1
            {"cortex-m0": (7, 7), "cortex-m0plus": (6, 6), "cortex-m3": (6, 7),
             "cortex-m4": (6, 7)}),
    "loads": ("ldr r1, [r0]\nldr r2, [r0, #4]\nldr r3, [r0, #8]",  # M4: 2 + 1 + 1; M0: 3 × 2
              {"cortex-m0": (9, 9), "cortex-m0plus": (8, 8), "cortex-m4": (6, 7)}),
    "load_then_use": ("ldr r1, [r0]\nadds r1, r1, #1\nldr r2, [r0]",  # 2 + 1 + 2: not paired
                      {"cortex-m4": (7, 8), "cortex-m0plus": (7, 7)}),
    "address_from_alu": ("adds r1, r0, #4\nldr r2, [r1]",  # 1 + 2 and a cycle's wait
                         {"cortex-m4": (6, 7), "cortex-m0plus": (5, 5)}),
    "address_from_load": ("mov r3, r0\nstr r0, [r0]\nldr r1, [r0]\nldr r2, [r1]",
                          {"cortex-m4": (8, 9)}),  # 1 + 1 + 2 (behind a store) + 2 (needs r1)
    "stores": ("movs r1, #0\nstr r1, [r0]\nstr r1, [r0, #4]",  # M4: 1 + 1 + 1; M0: 1 + 2 + 2
               {"cortex-m0": (8, 8), "cortex-m0plus": (7, 7), "cortex-m4": (5, 6)}),
    "store_indexed": ("movs r1, #4\nmovs r2, #0\nstr r2, [r0, r1]",  # 1 + 1 + 2
                      {"cortex-m4": (6, 7)}),
    "loop": ("movs r1, #10\n1: subs r1, #1\nbne 1b",  # 1 + 10 + 9 taken + 1 not taken
             {"cortex-m0": (42, 42), "cortex-m0plus": (32, 32), "cortex-m3": (32, 42),
              "cortex-m4": (32, 42)}),
    "push_pop": ("push {r4, r5, lr}\npop {r4, r5, pc}",  # 1+3, then 1+3+P; M0 4+3, M0+ 3+3
                 {"cortex-m0": (11, 11), "cortex-m0plus": (10, 10), "cortex-m4": (9, 10)}),
    "ldm": ("ldmia r0!, {r1, r2, r3}",  # 1 + 3
            {"cortex-m0": (7, 7), "cortex-m0plus": (6, 6), "cortex-m4": (6, 7)}),
    "multiply": ("movs r1, #3\nmuls r1, r1, r1",  # single-cycle multiplier
                 {"cortex-m0": (5, 5), "cortex-m0plus": (4, 4), "cortex-m4": (4, 5)}),
    "multiply_add": ("movs r1, #3\nmla r1, r1, r1, r1",  # M3 takes 2
                     {"cortex-m3": (5, 6), "cortex-m4": (4, 5)}),
    "long_multiply": ("movs r1, #3\nsmull r2, r3, r1, r1",  # M3: 3 to 5
                      {"cortex-m3": (6, 9), "cortex-m4": (4, 5)}),
    "packed": ("movs r1, #3\nsmlad r1, r1, r1, r1\nsxtb16 r1, r1", {"cortex-m4": (5, 6)}),
    "divide": ("movs r1, #3\nudiv r1, r1, r1",  # 1 + 2 to 12
               {"cortex-m4": (5, 16), "cortex-m3": (5, 16)}),
    "float_chain": ("vmov s0, r0\nvadd.f32 s1, s0, s0\nvadd.f32 s2, s1, s1",  # 1 + (1 + 1) + 1
                    {"cortex-m4": (6, 7)}),
    "float_mac": ("vmla.f32 s0, s1, s2\nvdiv.f32 s3, s0, s1",  # 3 (+ 1: s0 is used) + 14
                  {"cortex-m4": (20, 21)}),
    "call": ("mov r3, lr\nbl callee\nmov lr, r3",  # 1 + (1+P) + the callee's (1+P) + 1
             {"cortex-m0": (12, 12), "cortex-m0plus": (9, 9), "cortex-m4": (8, 11)}),
}
RISCV = {
    "alu": ("li a1, 1\naddi a1, a1, 2", 2 + 2),  # and `ret`, a jump: 2
    "memory": ("lw a1, 0(a0)\nsw a1, 4(a0)", 4 + 2),
    "multiply": ("li a1, 3\nmul a1, a1, a1", 1 + 3 + 2),
    "divide": ("li a1, 3\ndivu a1, a1, a1", 1 + 38 + 2),
    "loop": ("li a1, 10\n1: addi a1, a1, -1\nbnez a1, 1b", 1 + 10 + 9 * 3 + 1 + 2),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("kernels")


def machine_of(text, name, core_name, folder):
    path = folder / f"{name}_{core_name}.S"
    path.write_text(text)
    return Machine(build([path], core_name, keep=[name]))


@pytest.mark.parametrize(
    ("name", "core_name"),
    [(name, core_name) for name, (_, expected) in KERNELS.items() for core_name in expected],
)
def test_cycles_of_arm_kernels_are_those_counted_by_hand(name, core_name, folder):
    body, expected = KERNELS[name]
    returns = "" if "pc}" in body else "bx lr\n"
    text = (f"{ARM}.global {name}\n.type {name}, %function\n.thumb_func\n{name}:\n{body}\n"
            f"{returns}.size {name}, .-{name}\n"
            ".type callee, %function\n.thumb_func\ncallee: bx lr\n")
    machine = machine_of(text, name, core_name, folder)
    measured = profile(machine, name, machine.put(bytes(64)))
    assert measured.cycles == expected[core_name]


@pytest.mark.parametrize("lead", [0, 992, 1000, 1006, 1012, 1016, 4080])
def test_where_code_lies_does_not_change_its_cycles(lead, folder):
    """The emulator ends a block where its page does; loads pair across that."""
    name = f"placed_{lead}"
    loads = "\n".join(f"ldr r{1 + k % 3}, [r0, #{4 * k}]" for k in range(12))
    text = (f"{ARM}.section .text.{name}, \"ax\"\n.balign 1024\n.space {lead}\n.global {name}\n"
            f".type {name}, %function\n.thumb_func\n{name}:\n{loads}\nbx lr\n"
            f".size {name}, .-{name}\n")
    machine = machine_of(text, name, "cortex-m4", folder)
    measured = profile(machine, name, machine.put(bytes(64)))
    assert measured.cycles == (2 + 11 + 2, 2 + 11 + 3)


@pytest.mark.parametrize("name", RISCV)
def test_cycles_of_riscv_kernels_are_those_counted_by_hand(name, folder):
    body, expected = RISCV[name]
    text = (f".global {name}\n.type {name}, @function\n{name}:\n{body}\nret\n"
            f".size {name}, .-{name}\n")
    machine = machine_of(text, name, "rv32imc", folder)
    measured = profile(machine, name, machine.put(bytes(64)))
    assert measured.cycles == (expected, expected)


SOURCE = """
#include <stdint.h>
int32_t work(const int16_t *x, int32_t count, int32_t a, int32_t b, int32_t c, int32_t d);
float squares(const float *x, int32_t count);
int32_t deep(int32_t n);
int32_t inner(int32_t n);
static volatile int32_t sink;
__attribute__((noinline)) int32_t inner(int32_t n) { return n * 3 + sink; }
int32_t work(const int16_t *x, int32_t count, int32_t a, int32_t b, int32_t c, int32_t d) {
    int32_t sum = a + 2 * b + 3 * c + 4 * d;
    for (int32_t i = 0; i < count; i++) sum += x[i] * x[count - 1 - i];
    return sum + inner(count);
}
float squares(const float *x, int32_t count) {
    float sum = 0;
    for (int32_t i = 0; i < count; i++) sum += x[i] * x[i];
    return sum;
}
int32_t deep(int32_t n) {
    volatile uint8_t room[1000];
    for (int32_t i = 0; i < 1000; i++) room[i] = (uint8_t)n;
    return room[n];
}
"""
KEEP = ["work", "squares", "deep"]


@pytest.fixture(scope="module")
def source(folder):
    path = folder / "work.c"
    path.write_text(SOURCE)
    return path


@pytest.mark.parametrize("name", CORES)
def test_compiled_c_computes_what_numpy_does(name, source):
    machine = Machine(build([source], name, keep=KEEP))
    x = np.random.default_rng(0).integers(-300, 300, 50).astype("<i2")
    said = machine.call("work", machine.put(x.tobytes()), 50, 1, -2, 3, -4)
    wide = x.astype(int)
    assert said == 1 - 4 + 9 - 16 + int((wide * wide[::-1]).sum()) + 150
    machine.call("deep", 7)
    assert 1000 <= machine.stack_bytes <= 1100
    program = machine.program
    assert program.flash_bytes == program.code_bytes + program.rodata_bytes + sum(
        each.size for key, each in program.sections.items() if key == ".data"
    )


@pytest.mark.parametrize("name", [name for name, each in CORES.items() if each.fpu])
def test_floats_are_computed_in_hardware_where_there_is_any(name, source):
    program = build([source], name, keep=KEEP)
    text = disassemble(program, "squares")
    assert "vmul" in text or "vmla" in text or "vfma" in text
    assert not any(symbol.startswith("__aeabi_f") for symbol in program.symbols)


def test_cycles_of_stages_and_functions_add_up(source):
    machine = Machine(build([source], "cortex-m4", keep=KEEP))
    given = machine.put(bytes(64))
    measured = profile(machine, "work", given, 20, 0, 0, 0, 0, stages={"inner": "inner"})
    assert set(measured.by_stage) == {"inner", "other"}
    for end in (0, 1):
        assert sum(band[end] for band in measured.by_stage.values()) == measured.cycles[end]
        assert sum(band[end] for band in measured.by_function.values()) == measured.cycles[end]


@pytest.mark.parametrize("name", ["cortex-m0plus", "cortex-m4", "rv32imc"])
def test_what_was_called_before_does_not_change_the_count(name, source):
    program = build([source], name, keep=KEEP)
    fresh, used = Machine(program), Machine(program)
    arguments = (fresh.put(bytes(64)), 20, 1, 2, 3, 4)
    first = profile(fresh, "work", *arguments, stages={"inner": "inner"})
    assert used.put(bytes(64)) == arguments[0] and first.instructions > 100
    used.call("work", *arguments)
    assert profile(used, "work", *arguments, stages={"inner": "inner"}) == first
    used.call("work", *arguments)  # and what was counted once is counted again
    assert profile(used, "work", *arguments, stages={"inner": "inner"}) == first


def test_cores_without_a_model_give_no_cycles(source):
    machine = Machine(build([source], "cortex-m7", keep=KEEP))
    with pytest.raises(UserError, match="Cortex-M7: no validated cycle model"):
        profile(machine, "deep", 1)


def test_a_wild_read_is_a_fault_that_names_the_function(source):
    machine = Machine(build([source], "cortex-m3", keep=KEEP))
    with pytest.raises(Fault, match="work: .* in work"):
        machine.call("work", 0xE0000000, 5, 0, 0, 0, 0)


def test_compilers_and_cores_that_are_not_there(source, monkeypatch, tmp_path):
    with pytest.raises(UserError, match="did you mean 'cortex-m4'"):
        core("cortex-m44")
    monkeypatch.setattr(toolchain.shutil, "which", lambda name: None)
    with pytest.raises(UserError, match="install the package gcc-arm-none-eabi"):
        build([source], "cortex-m4", compiler=Compiler("gcc"))
    monkeypatch.setattr(compiling, "find_spec", lambda name: None)
    with pytest.raises(UserError, match="no compiler found: run 'make install'"):
        build([source], "cortex-m4")
    monkeypatch.undo()
    wrong = tmp_path / "wrong.c"
    wrong.write_text("int f(void) { return g(); }\n")
    with pytest.raises(UserError, match="the compiler refused: .*wrong.c"):
        build_host([wrong], shared=True)
