"""The STM32F4's registers: what the firmware does where oscillators start and cycles are counted.

QEMU's machine has neither; here the core is emulated and the registers are this file's.
"""

import struct

import numpy as np
import pytest
from unicorn import arm_const
from wires import BLOB, NUCLEO

from lnnlab import lnn_file
from lnnlab.target.emulator import Machine
from lnnlab.target.wire import wire_firmware, wired_board
from lnnlab.testing.frames import Frame, Reader
from lnnlab.testing.hello import read_hello

RCC, FLASH, GPIOA, USART2 = 0x40023800, 0x40023C00, 0x40020000, 0x40004400
CR, PLLCFGR, CFGR, AHB1ENR, APB1ENR = (RCC + each for each in (0, 4, 8, 0x30, 0x40))
ACR, MODER, PUPDR, BSRR, AFRL = (FLASH, *(GPIOA + each for each in (0, 0xC, 0x18, 0x20)))
SR, DR, BRR, CR1 = (USART2 + each for each in (0, 4, 8, 12))
ISER1, CYCCNT, DWT_CTRL, IDCODE = 0xE000E104, 0xE0001004, 0xE0001000, 0xE0042000
RXNE, TXE, PIN = 1 << 5, 1 << 7, 1 << 8
UNIQUE = {0x1FFF7A10 + 4 * k: 0x11111111 * (k + 1) for k in range(3)}
RESET = UNIQUE | {CR: 0x83, PLLCFGR: 0x24003010, MODER: 0xA8000000, PUPDR: 0x64000000, SR: TXE}
PERIPHERALS = ((0x40000000, 0x30000), (0xE0000000, 0x10000), (0xE0042000, 0x1000),
               (0x1FFF7000, 0x1000))
COUNT = 250  # cycles between two looks at the counter


class Silicon:
    """A chip: oscillators become ready, a switch is confirmed, bytes come and go, cycles go on."""

    def __init__(self, pll=True, counting=True, device=0x421):
        self.values, self.written = RESET | {IDCODE: 0x10006000 | device}, []
        self.pll, self.counting, self.cycles = pll, counting, 0
        self.coming, self.said = b"", bytearray()
        self.machine = Machine(wire_firmware(BLOB, wired_board(NUCLEO)))
        for base, size in PERIPHERALS:
            self.machine.uc.mmio_map(
                base, size, lambda uc, offset, size, base: self.read(base + offset), base,
                lambda uc, offset, size, value, base: self.write(base + offset, value), base)
        stack, entry = struct.unpack("<II", self.machine.read(0x08000000, 8))
        self.machine.uc.reg_write(arm_const.UC_ARM_REG_SP, stack)
        self.run(entry)

    def read(self, address):
        value = self.values.get(address, 0)
        if address == CR and self.pll:
            value |= (value >> 24 & 1) << 25
        if address == CFGR:
            value |= (value & 3) << 2
        if address == CYCCNT:
            self.cycles += COUNT * self.counting
            value = self.cycles
        if address == SR:
            value |= RXNE * bool(self.coming)
        if address == DR:
            value, self.coming = self.coming[0], self.coming[1:]
        return value

    def write(self, address, value):
        self.values[address] = value
        self.written.append((address, value))
        if address == DR:
            self.said.append(value & 0xFF)

    def run(self, start):
        """Until it waits for an interrupt."""
        uc = self.machine.uc
        uc.emu_start(start | 1, 0xFFFFFFFE, timeout=30_000_000)
        self.at = uc.reg_read(arm_const.UC_ARM_REG_PC)

    def asked(self, *frames):
        """The answers to frames: an interrupt takes their bytes, then the core goes on."""
        context = self.machine.uc.context_save()
        self.coming, self.said = b"".join(each.on_the_line() for each in frames), bytearray()
        self.machine.call("heard")
        self.machine.uc.context_restore(context)
        self.run(self.at)
        return [*Reader().take(bytes(self.said))]


def test_80_mhz_two_wait_states_and_the_line_on_its_pins():
    silicon = Silicon()
    order, values = [address for address, _ in silicon.written], silicon.values
    config = values[PLLCFGR]
    vco_hz = 16e6 / (config & 63) * (config >> 6 & 511)
    assert 1e6 <= 16e6 / (config & 63) <= 2e6 and 100e6 <= vco_hz <= 432e6  # RM0390
    assert vco_hz / (2 * (config >> 16 & 3) + 2) == 80e6 and not config >> 22 & 1  # of HSI
    assert config >> 28 & 7 >= 2 and config >> 24 & 15 >= 2 and not config & 0x8000
    assert values[ACR] & 15 == 2 and values[ACR] >> 8 & 7 == 7
    assert order.index(PLLCFGR) < order.index(CR) < order.index(ACR) < order.index(CFGR)
    assert values[CFGR] & 3 == 2 and values[CFGR] >> 10 & 7 == 4  # the PLL; APB1 by two
    assert values[AHB1ENR] & 1 and values[APB1ENR] >> 17 & 1
    assert 40e6 / values[BRR] == pytest.approx(921600, rel=0.02)
    assert values[CR1] == 0x202C and values[ISER1] == 1 << (38 - 32)
    assert values[MODER] == 0xA8000000 | 1 << 16 | 0xA0 and values[AFRL] == 0x7700
    assert values[PUPDR] == 0x64000000 | 1 << 6


def test_silicon_says_that_it_is_silicon():
    hello = read_hello(Silicon().asked(Frame(1, 5, b""))[0].payload, "here")
    assert (hello.basis, hello.clock_hz, hello.device) == ("measured", 80_000_000, 0x421)
    assert hello.unique == struct.pack("<III", *UNIQUE.values())
    assert hello.title == "stm32f446 (STM32F446, 80 MHz)"


@pytest.mark.parametrize("chip, emulated, clock_hz, divider", [
    ({"pll": False}, False, 16_000_000, 17), ({"counting": False}, True, 80_000_000, 43),
    ({"device": 0}, True, 80_000_000, 43)])
def test_a_chip_without_clock_counter_or_number(chip, emulated, clock_hz, divider):
    silicon = Silicon(**chip)
    hello = read_hello(silicon.asked(Frame(1, 5, b""))[0].payload, "here")
    assert (hello.emulated, hello.clock_hz) == (emulated, clock_hz)
    assert any(hello.unique) == (hello.device > 0)
    assert silicon.values[BRR] == divider


def test_a_window_is_decided_on_with_its_cycles_while_the_pin_is_high():
    model = lnn_file.from_bytes(BLOB)
    window = np.random.default_rng(3).integers(-9000, 9000, (1, 1024, 1)).astype("<i2")
    silicon = Silicon()
    crc = read_hello(silicon.asked(Frame(1, 1, b""))[0].payload, "here").model_crc
    silicon.asked(Frame(2, 2, struct.pack("<IIBBHH", 7, crc, 0, 3, 25, 0)))
    silicon.written.clear()
    answers = [silicon.asked(Frame(3, 3 + k, struct.pack("<II", 7, 512 * k)
                                   + window[0, 512 * k : 512 * (k + 1)].tobytes()))[0].payload
               for k in range(2)]
    assert [each[:2] for each in answers] == [b"\0\0", b"\0\1"]
    moment, cycles = struct.unpack_from("<II", answers[1], 22)
    assert 992 <= moment <= 1024 and cycles == 2 * COUNT
    logits = np.frombuffer(answers[1][-8:], "<i2")
    np.testing.assert_array_equal(logits, model.run(window).logits[0])
    edges = [value for address, value in silicon.written if address == BSRR]
    assert edges == [PIN, PIN << 16] * 2
