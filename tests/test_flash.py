"""Flash behind wait states: against plain steps, a manual's figure and known patterns."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from literal_flash import LiteralPort

from lnnlab.errors import UserError
from lnnlab.target.boards import board, boards
from lnnlab.target.cores import CORES
from lnnlab.target.emulator import Machine
from lnnlab.target.flash import FlashPort, Trace, flash, flashes
from lnnlab.target.profile import profile
from lnnlab.target.toolchain import build

ARM = ".syntax unified\n.thumb\n"


def kind(name="stm32f4", **changes):
    """An entry of flash.toml with other values."""
    found = flash(name)
    return replace(found, **{key: replace(getattr(found, key), value=value)
                             for key, value in changes.items()})


def trace(blocks):
    """Of (address, size, cycles, reads)."""
    counts = [len(each[3]) for each in blocks]
    return Trace(
        np.array([each[0] for each in blocks]), np.array([each[1] for each in blocks]),
        np.array([each[2] for each in blocks], float), np.cumsum([0, *counts]),
        np.array([address for each in blocks for address in each[3]], np.uint32),
    )


def straight(count, address=0x08000000):
    """32-bit instructions in a row, one a cycle, each a block."""
    return [(address + 4 * k, 4, 1.0, ()) for k in range(count)]


BLOCKS = st.lists(st.tuples(
    st.integers(0, 600).map(lambda k: 0x08000000 + 2 * k), st.integers(1, 40).map(lambda k: 2 * k),
    st.integers(1, 60).map(float),
    st.lists(st.integers(0, 500).map(lambda k: 0x08001000 + 4 * k), max_size=5).map(tuple),
), min_size=1, max_size=60)


@settings(max_examples=150, deadline=None)
@given(BLOCKS, st.sampled_from(sorted(flashes())), st.integers(0, 7), st.integers(0, 1),
       st.sampled_from([0, 4, 8]))
def test_the_port_does_what_plain_steps_do(blocks, name, wait_states, ahead, core_ahead):
    chosen = kind(name, read_ahead=ahead)
    literal = LiteralPort(chosen, wait_states, core_ahead)
    port = FlashPort(chosen, wait_states, core_ahead)
    expected = [literal.run(*each) for each in blocks]
    np.testing.assert_allclose(port.run(trace(blocks)), expected, atol=1e-9)
    again = [literal.run(*each) for each in blocks]  # the state goes on
    np.testing.assert_allclose(port.run(trace(blocks)), again, atol=1e-9)


@pytest.mark.parametrize("ahead, expected", [(0, [3, 0, 0, 0, 3, 0, 0, 0]),
                                             (1, [3, 0, 0, 0, 0, 0, 0, 0])])
def test_straight_code_waits_as_in_the_manuals_figure(ahead, expected):
    """ST RM0090, figure 5: eight 32-bit instructions at 3 wait states, 128 bits a read, without
    and with reading ahead."""
    port = FlashPort(kind(read_ahead=ahead), 3, 8)
    assert port.run(trace(straight(8))).tolist() == expected


def test_a_core_that_runs_slowly_hides_what_it_fetches_ahead():
    """Two cycles an instruction of 16 bits: 8 bytes ahead are 8 cycles, enough for 3 waits."""
    slow = [(0x08000000 + 2 * k, 2, 2.0, ()) for k in range(32)]
    assert FlashPort(kind(read_ahead=0), 3, 8).run(trace(slow)).sum() == 3
    assert FlashPort(kind(read_ahead=0), 3, 0).run(trace(slow)).sum() == 4 * 3


def loop(size_bytes, turns):
    return [each for _ in range(turns) for each in straight(size_bytes // 4)]


@pytest.mark.parametrize("size_bytes, turns, misses", [
    (1024, 5, 64),  # fits: each line once
    (1024 + 16, 5, 5 * 65),  # a line too many: least recently used throws out what comes next
    (512, 9, 32),
])
def test_loops_that_fit_wait_once_and_others_every_time(size_bytes, turns, misses):
    port = FlashPort(kind(read_ahead=0), 3, 0)
    assert port.run(trace(loop(size_bytes, turns))).sum() == 3 * misses


def test_two_ways_hold_two_lines_of_a_set_and_no_third():
    chosen = kind(read_ahead=0, instruction_cache_bytes=64, cache_ways=2)  # two sets of two
    def jumps(*lines):
        return [(0x08000000 + 16 * line, 4, 1.0, ()) for line in lines]
    assert FlashPort(chosen, 1, 0).run(trace(jumps(0, 2, 0, 2, 0, 2))).sum() == 2
    assert FlashPort(chosen, 1, 0).run(trace(jumps(0, 2, 4, 0, 2, 4))).sum() == 6
    assert FlashPort(chosen, 1, 0).run(trace(jumps(0, 2, 4, 1, 2, 4))).sum() == 4


def test_constants_wait_where_no_cache_holds_them():
    reads = tuple(0x08004000 + 16 * k for k in range(12))
    block = [(0x08000000, 4, 100.0, reads)]
    cached = FlashPort(kind(read_ahead=0), 2, 0)  # 8 lines of 128 bits
    assert cached.run(trace(block)).sum() == 2 + 12 * 2
    few = [(0x08000000, 4, 100.0, reads[:8])]
    assert cached.run(trace(few)).sum() == 8 * 2 and cached.run(trace(few)).sum() == 0
    bare = FlashPort(kind(read_ahead=0, data_cache_bytes=0), 2, 0)
    assert bare.run(trace(few)).sum() == 2 + 8 * 2 and bare.run(trace(few)).sum() == 8 * 2
    shared = FlashPort(kind(read_ahead=0, shared=1), 2, 0)
    assert shared.run(trace(few)).sum() == 2 + 8 * 2 and shared.run(trace(few)).sum() == 0


@settings(max_examples=60, deadline=None)
@given(BLOCKS, st.sampled_from([0, 2, 8, 32, 64]))
def test_a_larger_cache_never_waits_longer(blocks, lines):
    """Of lines used longest ago, without anything that overlaps: waits are misses alone."""
    code = trace([(*each[:3], ()) for each in blocks])
    sizes = [kind(read_ahead=0, instruction_cache_bytes=16 * each) for each in (lines, lines + 8)]
    small, large = (FlashPort(each, 3, 0).run(code).sum() for each in sizes)
    assert large <= small


@settings(max_examples=40, deadline=None)
@given(BLOCKS, st.sampled_from(sorted(flashes())))
def test_without_wait_states_nothing_waits(blocks, name):
    assert not FlashPort(flash(name), 0, 8).run(trace(blocks)).any()


SOURCE = """
#include <stdint.h>
int work(const uint8_t *text);
static const uint8_t word[64] = "constants that lie in flash, and a loop over them";
static const int16_t steps[4] = {3, -2, 5, 1};
int work(const uint8_t *text) {
    int32_t sum = 0;
    for (int i = 0; word[i]; i++) {
        int32_t each = word[i];
        if (each == ',') each = steps[i & 3];  /* a read from flash under a condition */
        if (text[i & 7] & 1) sum += each;
        sum = sum * 3 + steps[each & 3];
    }
    return sum & 0x7FFFFFFF;
}
"""


@pytest.mark.parametrize("name", [name for name, each in CORES.items() if each.timing])
def test_listening_to_reads_changes_no_result_and_no_cycle(name, tmp_path):
    path = tmp_path / "work.c"
    path.write_text(SOURCE)
    machine = Machine(build([path], name, keep=["work"]))
    text = machine.put(bytes(range(8)))
    plain = profile(machine, "work", text)
    for each in flashes().values():
        traced = profile(machine, "work", text, flash=FlashPort(each, 4, 8))
        assert (traced.result, traced.cycles, traced.by_stage) == (
            plain.result, plain.cycles, plain.by_stage)
        waited = sum(traced.flash_waits.values())
        assert traced.flash_cycles == (plain.cycles[0] + waited, plain.cycles[1] + waited)
        assert waited >= 0
    assert sum(profile(machine, "work", text, flash=FlashPort(flash("plain"), 4, 0))
               .flash_waits.values()) > plain.instructions  # no cache: every other word waits
    assert plain.flash_cycles is None
    assert profile(machine, "work", text, flash=FlashPort(flash("plain"), 0, 8)).flash_waits == {
        "other": 0.0}


def test_a_read_under_a_condition_leaves_no_condition_behind(tmp_path):
    """unicorn keeps the state of an IT block where a hook saw a read inside it."""
    path = tmp_path / "kernel.S"
    path.write_text(
        f"{ARM}.global kernel\n.type kernel, %function\n.thumb_func\nkernel:\nmovs r2, #0\n"
        "movs r3, #20\nadr r1, table\n1: tst r3, #1\nitt ne\nldrne r0, [r1]\naddne r2, r2, r0\n"
        "b 2f\nnop\n2: cmp r3, #0\nbeq 3f\nsubs r3, #1\nb 1b\n3: mov r0, r2\nbx lr\n"
        ".balign 4\ntable: .word 7\n.size kernel, .-kernel\n")
    machine = Machine(build([path], "cortex-m4", keep=["kernel"]))
    plain = profile(machine, "kernel")
    assert plain.result == 70
    traced = profile(machine, "kernel", flash=FlashPort(flash("plain"), 2, 8))
    assert (traced.result, traced.cycles) == (plain.result, plain.cycles)


def test_every_board_has_a_flash_whose_sizes_agree():
    for each in boards().values():
        assert each.port().waits(trace(straight(16))).shape == (16,)
    assert int(board("stm32l476").wait_states.value) == 4


@pytest.mark.parametrize("changes", [
    {"read_bytes": 0}, {"cache_line_bytes": 24}, {"instruction_cache_bytes": 1000},
    {"cache_ways": 3}, {"instruction_cache_bytes": 1 << 20}, {"cache_line_bytes": 0},
    {"read_bytes": 0.5}, {"read_bytes": 1, "cache_line_bytes": 64},
])
def test_sizes_that_do_not_go_into_one_another_are_refused(changes):
    with pytest.raises(UserError, match="flash 'stm32f4': reads of .* do not go into one another"):
        FlashPort(kind(**changes), 2, 8)


def test_an_unknown_flash_is_refused():
    with pytest.raises(UserError, match="did you mean 'stm32u5'"):
        flash("stm32l5")
