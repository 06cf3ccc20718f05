"""``lnnlab flash`` and ``lnnlab hil``: the programmer that is there, and the report."""

import shutil
import struct
import tomllib

import pytest
from test_qemu import machine_for
from test_runtime_cpp import heard
from wires import BLOB, NUCLEO, pty_board

from lnnlab import cli, paths
from lnnlab.data.wav import write_wav
from lnnlab.target.boards import boards
from lnnlab.target.programmers import PROGRAMMERS, image_of
from lnnlab.target.qemu_wire import MACHINE
from lnnlab.target.toolchain import Compiler
from lnnlab.target.wire import FILE, FIRMWARE, UNCONFIRMED, wire_firmware, wired_board

MODEL = paths.ROOT / "reports" / "full" / "c" / "cwru.lnn"
KEYWORDS = MODEL.with_name("speech_commands_policy.lnn")
FLASH = ["flash", "--device", NUCLEO, "--model", str(MODEL)]
HIL = ["hil", "bearing_sim", "--device", NUCLEO, "--model", str(MODEL), "--split", "load"]


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """Puts programmers on the path that do as they are told; nothing else is there."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def add(name, script="exit 0"):
        (folder / name).write_text(f'#!/bin/sh\necho "$0 $@" >> {folder}/called\n{script}\n')
        (folder / name).chmod(0o755)

    add.called = folder / "called"
    return add


def ran(arguments, capsys):
    """Exit status and what was printed."""
    status = cli.main(arguments)
    found = capsys.readouterr()
    return status, found.out + found.err


@pytest.mark.parametrize("name, words", [
    ("pyocd", "pyocd flash --target stm32f446retx "),
    ("openocd", "openocd -f board/st_nucleo_f4.cfg -c 'program {"),
    ("st-flash", "st-flash --reset write ")])
def test_the_command_is_printed_and_run_unless_dry(name, words, tools, capsys):
    tools(name)
    status, said = ran([*FLASH, "--dry-run"], capsys)
    command = said.splitlines()[2]
    assert status == 0 and command.startswith(words) and not tools.called.exists()
    assert UNCONFIRMED in said and "PA8 (D7), high while it computes" in said
    assert name != "openocd" or command.endswith("} verify reset exit'")
    assert name != "st-flash" or command.endswith(".bin 0x8000000")
    status, said = ran(FLASH, capsys)
    assert status == 0 and "Written. Now: lnnlab hil CORPUS --device nucleo-f446re" in said
    assert len(tools.called.read_text().splitlines()) == 1


def test_the_first_programmer_that_is_there_is_taken(tools, capsys):
    assert ran(FLASH, capsys) == (1, "lnnlab: no program here that writes a board's flash: install "
                                  "one (pip install pyocd, or the packages openocd or "
                                  "stlink-tools)\n")
    for name in reversed(PROGRAMMERS):
        tools(name)
        assert ran([*FLASH, "--dry-run"], capsys)[1].splitlines()[2].split()[0] == name
    said = ran([*FLASH, "--dry-run", "--programmer", "openocd"], capsys)[1]
    assert said.splitlines()[2].split()[0] == "openocd"


def test_a_dry_run_needs_no_programmer_and_checks_the_rest(tools, capsys):
    status, said = ran([*FLASH, "--dry-run"], capsys)
    assert status == 0 and UNCONFIRMED in said
    assert [line.split()[0] for line in said.splitlines()[2:]] == list(PROGRAMMERS)
    status, said = ran([*FLASH, "--dry-run", "--programmer", "openocd"], capsys)
    assert status == 0 and [line.split()[0] for line in said.splitlines()[2:]] == ["openocd"]
    for more, words in ((["--baud", "17"], "baud rate 17"), (["--model", "no.lnn"], "no.lnn"),
                        (["--programmer", "jlink"], "unknown programmer 'jlink'")):
        status, said = ran([*FLASH, "--dry-run", *more], capsys)
        assert status == 1 and words in said and said.count("\n") == 1


@pytest.mark.parametrize("script, words", [
    ("echo working; echo 'no probe found' >&2; exit 3", "ended with 3 (no probe found); is the"),
    ("echo 'Target type x not recognized.' >&2; exit 1",
     "it does not know the chip yet: pyocd pack install stm32f446retx"),
    ("exit 7", "ended with 7 (nothing said)")])
def test_a_programmer_that_fails_is_one_line(script, words, tools, capsys):
    tools("pyocd", script)
    status, said = ran(FLASH, capsys)
    assert status == 1 and words in said.splitlines()[-1]


@pytest.mark.parametrize("more, words", [
    (["--device", "nrf52840"], "unknown board with firmware for a serial line 'nrf52840'"),
    (["--programmer", "jlink"], "unknown programmer 'jlink'"),
    (["--programmer", "openocd"], "no openocd here that writes a board's flash"),
    (["--baud", "17"], "baud rate 17: STM32F446"),
    (["--model", "nowhere.lnn"], "nowhere.lnn"),
    (["--model", str(paths.ROOT / "tests" / "fuzz" / "corpus_float" / "cfc.lnn")],
     "cfc.lnn: a float32 file")])
def test_mistakes_are_one_line(more, words, tools, capsys):
    tools("pyocd")
    status, said = ran([*FLASH, *more], capsys)
    assert status == 1 and words in said and said.count("\n") == 1


def test_the_image_is_what_the_elf_file_loads():
    wired = wired_board(NUCLEO)
    program = wire_firmware(BLOB, wired)
    image, sections = image_of(program.elf, wired.flash_at), program.sections
    stack, entry = struct.unpack_from("<II", image)
    assert stack == wired.ram_at + wired.ram_bytes
    assert entry - 1 == program.symbols["begin"].address
    for name in (".text", ".rodata"):
        first = sections[name].address - wired.flash_at
        assert image[first : first + sections[name].size] == sections[name].content
    assert ".data" not in sections or image.endswith(sections[".data"].content)
    assert BLOB in image and len(image) >= program.flash_bytes


def test_every_wired_board_is_one_and_has_its_firmware():
    for name, facts in tomllib.loads(FILE.read_text()).items():
        chosen, wired = boards()[name], wired_board(name)
        assert (FIRMWARE / facts["firmware"]).exists() and wired.board is chosen
        assert wired.ram_bytes <= chosen.ram_bytes and wired.apb1_hz <= 1e6 * chosen.clock_mhz
        program = wire_firmware(BLOB, wired)
        assert program.flash_bytes < chosen.flash_bytes


def test_the_firmware_is_shipped():
    data = tomllib.loads((paths.ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    shipped = {each for pattern in data["package-data"]["lnnlab"]
               for each in (paths.ROOT / "lnnlab").glob(pattern)}
    assert {FILE, *FIRMWARE.iterdir()} <= shipped


def test_gcc_builds_it_too():
    if not shutil.which("arm-none-eabi-gcc"):
        pytest.skip("no arm-none-eabi-gcc here")
    assert wire_firmware(BLOB, wired_board("stm32f407"), compiler=Compiler("gcc", "-O2")).symbols


# ---- lnnlab hil ----


def test_the_report_of_a_board_on_a_port(capsys):
    pytest.importorskip("serial", reason="no pyserial here: pip install 'lnnlab[wire]'")
    with pty_board(BLOB) as url:
        status, said = ran([*HIL, "--url", url], capsys)
    assert status == 0
    assert said.startswith(f"stm32f446 (STM32F446, 80 MHz) at {url}.\n")
    assert "of 432 windows (measured); 0 of them differ from the twin." in said
    assert "Latency: 0.003 ms, at most 0.003 ms (measured)." in said
    assert "mW (modelled)." in said and " 0 of them sent again, 0 damaged" in said
    assert f"reopened 0 times; 0 recordings begun anew.\n{UNCONFIRMED}\n" in said


def test_without_a_board_its_firmware_runs_under_qemu(tmp_path, capsys):
    pytest.importorskip("serial", reason="no pyserial here: pip install 'lnnlab[wire]'")
    machine_for(MACHINE)
    write_wav(tmp_path / "a.wav", heard()[:24000] / 32768)
    status, said = ran(["hil", "--device", "stm32f407", "--model", str(KEYWORDS), "--url", "qemu",
                        "--stream", str(tmp_path / "a.wav")], capsys)
    assert status == 0 and said.startswith("stm32f407 (under QEMU, 16 MHz) at qemu.\n")
    assert "1 recordings: " in said and "(emulated); 0 differ from the twin." in said
    assert UNCONFIRMED not in said and "Latency" not in said


def test_without_a_wire_the_core_is_emulated(capsys):
    status, said = ran([*HIL, "--limit", "3"], capsys)
    assert status == 0 and said.startswith("STM32F446 (Nucleo-F446RE), its core emulated.\n")
    assert "of 3 windows (emulated); 0 of them differ" in said and "Latency: " in said


@pytest.mark.parametrize("limit, words", [
    ("-3", "argument --limit: -3: choose 0 or more"), ("x", "invalid whole number value: 'x'")])
def test_a_limit_that_is_none(limit, words, capsys):
    with pytest.raises(SystemExit, match="2"):
        cli.main([*HIL, "--limit", limit])
    assert capsys.readouterr().err.splitlines()[-1].endswith(words)


@pytest.mark.parametrize("arguments, words", [
    (HIL[:1] + HIL[2:], "nothing to decide on: name a corpus"),
    ([*HIL, "--url", "/dev/ttyNOBODY7"], "/dev/ttyNOBODY7: no such port"),
    ([*HIL, "--url", "/dev/ttyNOBODY7", "--baud", "3"], "baud rate 3"),
    ([*HIL, "--meter", "scales"], "unknown meter 'scales'"),
    (HIL[:1] + HIL[2:] + ["--stream", "x.wav", "--meter", "ppk2"], "--meter: measures decisions"),
    (HIL[:1] + HIL[2:] + ["--stream", "x.wav"], "x.wav: no such file")])
def test_what_hil_refuses(arguments, words, capsys):
    pytest.importorskip("serial", reason="no pyserial here: pip install 'lnnlab[wire]'")
    status, said = ran(arguments, capsys)
    assert status == 1 and words in said and said.count("\n") == 1
