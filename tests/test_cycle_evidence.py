"""The cycle model beside published scores, and the rules of the M33 counted by hand."""

import numpy as np
import pandas as pd
import pytest

from lnnlab.reports.cycles import cycle_evidence
from lnnlab.target import evidence, timing_ibex
from lnnlab.target.boards import board
from lnnlab.target.emulator import Machine
from lnnlab.target.figures import BASES
from lnnlab.target.profile import profile
from lnnlab.target.timing_ibex import MAXPERF, SMALL
from lnnlab.target.toolchain import Compiler, build, decoder

ARM = ".syntax unified\n.thumb\n"
# body → cycles by hand, (low, high), then `bx lr`: 2 to 3
M33 = {
    "alone": ("movs r1, #1\nadds r1, r1, #2", (4, 5)),
    "load_use": ("ldr r1, [r0]\nadds r1, r1, #1", (1 + 1 + 1 + 2, 6)),  # a cycle's wait
    "load_store": ("ldr r1, [r0]\nstr r1, [r0, #4]", (4, 5)),  # data of a store: no wait
    "load_address": ("str r0, [r0]\nldr r1, [r0]\nldr r2, [r1]", (1 + 1 + 1 + 1 + 2, 7)),
    "load_other": ("ldr r1, [r0]\nmovs r2, #1\nadds r1, r1, #1", (5, 6)),
    "mac_chain": ("movs r1, #3\nmla r2, r1, r1, r2\nmla r2, r1, r1, r2", (5, 6)),
    "mac_then_use": ("movs r1, #3\nmla r2, r1, r1, r2\nadds r2, r2, #1", (1 + 1 + 1 + 1 + 2, 7)),
    "load_mac": ("ldr r2, [r0]\nmla r2, r0, r0, r2", (4, 5)),  # a loaded accumulator: no wait
    "short_multiply": ("movs r1, #3\nmuls r1, r1, r1", (1 + 2 + 2, 6)),
    "shifted": ("movs r1, #3\nadd.w r2, r1, r1, lsl #3\nadds r2, r2, #1", (6, 7)),
    "multiple": ("ldmia.w r0, {r1, r2, r3}", (3 + 2, 6)),
    "double": ("ldrd r1, r2, [r0]", (2 + 2, 5)),
    # 1, ten turns of 1, nine of 2 more for the branch behind the flags, and none at the end
    "loop_on_flags": ("movs r1, #10\n1: subs r1, #1\nbne 1b", (1 + 10 + 18 + 2, 32)),
    "loop_quick": ("movs r1, #10\n1: subs r1, #1\nmov r2, r1\nbne 1b", (1 + 20 + 9 + 2, 33)),
    "fused": ("vmov s0, r0\nvmla.f32 s1, s0, s0\nvmla.f32 s1, s0, s0", (1 + 1 + 3 + 2, 8)),
}


@pytest.mark.parametrize("name", M33)
def test_cycles_of_m33_kernels_are_those_counted_by_hand(name, tmp_path):
    body, expected = M33[name]
    path = tmp_path / f"{name}.S"
    path.write_text(f"{ARM}.global {name}\n.type {name}, %function\n.thumb_func\n{name}:\n{body}\n"
                    f"bx lr\n.size {name}, .-{name}\n")
    machine = Machine(build([path], "cortex-m33", keep=[name]))
    assert profile(machine, name, machine.put(bytes(64))).cycles == expected


def test_the_larger_ibex_waits_for_what_it_loads(tmp_path):
    path = tmp_path / "kernel.S"
    path.write_text(".global kernel\n.type kernel, @function\nkernel:\nlw a1, 0(a0)\n"
                    "addi a2, a1, 1\nlw a1, 4(a0)\nli a3, 1\nmul a2, a2, a3\nret\n"
                    ".size kernel, .-kernel\n")
    program = build([path], "rv32imc", keep=["kernel"])
    symbol, code = program.symbols["kernel"], program.sections[".text"]
    content = code.content[symbol.address - code.address :][: symbol.size]
    listed = list(decoder(program.core).disasm(content, symbol.address))
    assert [low for low, _ in timing_ibex.costs(listed, SMALL)] == [2, 1, 2, 1, 3, 1]
    assert [low for low, _ in timing_ibex.costs(listed, MAXPERF)] == [2, 1, 1, 1, 1, 1]


def test_published_scores_name_their_sources():
    rows = pd.read_csv(evidence.SCORES)
    assert rows.notna().all().all() and set(rows["basis"]) <= set(BASES)
    assert set(rows["core"]) == set(evidence.CORES)


@pytest.fixture(scope="module")
def ratios():
    return evidence.ratios([Compiler("zig", "-O2")])


def test_ratios_stay_near_the_published_ones(ratios):
    """Within a fifth with one compiler: other builds and another mix shift a ratio that far."""
    for each in ratios:
        assert abs(each.difference_percent) < 20, each
        assert each.modelled == pytest.approx(each.builds[0])
    named = {(each.core, each.over, each.score): each for each in ratios}
    assert abs(named["cortex-m4", "cortex-m3", "CoreMark"].difference_percent) < 5
    assert abs(named["cortex-m33", "cortex-m4", "DMIPS"].difference_percent) < 5
    one = named["cortex-m33", "cortex-m3", "CoreMark"]
    assert min(one.parts) < min(one.builds) <= max(one.builds) < max(one.parts)


def test_a_faster_core_shows_in_the_ratio(monkeypatch):
    """The ratio is the one of the cycles that the timing tables give."""
    cycles = {"cortex-m3": 100.0, "cortex-m4": 80.0}
    monkeypatch.setattr(evidence, "CORES", dict.fromkeys(cycles))
    monkeypatch.setattr(evidence, "PAIRS", [("cortex-m4", "cortex-m3", True)])
    keys = iter(cycles)
    monkeypatch.setattr(evidence, "_cycles", lambda chosen, builder, names: dict.fromkeys(
        names, cycles[next(keys)]))
    found = evidence.ratios([Compiler()])
    assert {each.score: each.modelled for each in found} == {
        "CoreMark": pytest.approx(1.25), "DMIPS": pytest.approx(1.25)}
    np.testing.assert_allclose(found[0].published, [3.40 / 3.32, 3.42 / 3.32])


def test_the_flash_model_stays_near_published_waits():
    rows = pd.read_csv(evidence.ON_FLASH)
    assert rows.notna().all().all() and set(rows["basis"]) <= set(BASES)
    found = {each.board.name: each for each in evidence.waits([Compiler("zig", "-O2")])}
    assert set(found) == set(rows["board"])
    for each in found.values():
        assert -5 < each.builds[0] - np.median(each.published) < 20
    assert found["stm32g0b1"].builds[0] > found["stm32l476"].builds[0] > 0  # a smaller cache


def test_the_table_says_what_it_compares(ratios, monkeypatch):
    monkeypatch.setattr(evidence, "ratios", lambda builders: ratios)
    slow = evidence.Waits(board("stm32l476"), 4, (3.0, 5.0), (-0.6,))
    monkeypatch.setattr(evidence, "waits", lambda builders: [slow])
    table = cycle_evidence([Compiler("zig", "-O2")])
    assert set(table["basis"]) == {"emulated", "published", "emulated, flash assumed"}
    waits = table[table["model"] == "STM32L476's flash at 4 wait states"].set_index("metric")
    assert waits.loc["model", "value"] == 4 and waits.loc["most published", "value"] == -0.6
    across = table[table["model"] == "ibex small over cortex-m3"]
    assert across["split"].str.contains("two instruction sets").all()
    assert set(table["metric"]) >= {"model", "least of parts", "least published"}
