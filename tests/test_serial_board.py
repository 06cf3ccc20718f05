"""Boards on a wire: firmware under QEMU, whole, and whatever happens on the way to it."""

import errno
import os
import shutil
import struct
import sys
import time
import zlib
from dataclasses import replace

import numpy as np
import pytest
import random_models
import random_policies
from test_qemu import machine_for
from test_runtime_cpp import KEYWORDS, heard
from wires import (
    BLOB,
    HASTY,
    NUCLEO,
    Faults,
    Proxy,
    answer_to,
    bearings,
    pty_board,
    said,
    talker,
)

from lnnlab import lnn_file
from lnnlab.data import load, make_splits
from lnnlab.errors import UserError
from lnnlab.integer import StreamConfig
from lnnlab.target.qemu_wire import MACHINE, emulated_wire
from lnnlab.target.toolchain import Compiler
from lnnlab.target.wire import (
    FIRMWARE,
    check_baud,
    firmware_build,
    wire_firmware,
    wired_board,
)
from lnnlab.testing import HILTester, SerialBoard
from lnnlab.testing.line import MOST_WAITING
from lnnlab.testing.serial_board import HELLO

pytest.importorskip("serial", reason="no pyserial here: pip install 'lnnlab[wire]'")
CRC = zlib.crc32(BLOB)
SOME = 24  # windows


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """Windows that are kept stay in the test; compiled programs do not matter."""
    monkeypatch.setattr("lnnlab.testing.kept_windows.paths.cache", lambda: tmp_path / "cache")


@pytest.fixture(scope="module")
def machine():
    machine_for(MACHINE)
    with emulated_wire(wire_firmware(BLOB, wired_board(NUCLEO))) as found:
        yield found


def run_of(url, dataset=None, limit=SOME, blob=BLOB, **given):
    """A run's report, and the board as it was left."""
    board = SerialBoard(url, patience=HASTY)
    try:
        tester = HILTester(NUCLEO, blob, board)
        return tester.run_tests(dataset or bearings(), split="load", limit=limit, progress=False,
                                **given), board
    finally:
        board.close()


# ---- whole, under QEMU ----


def test_a_whole_fold_is_decided_as_by_the_twin(machine):
    report, board = run_of(machine.url, limit=0)
    assert report.items == len(make_splits(bearings(), "load")[0].test) == 432
    assert report.mismatches == 0 and report.resumed == 0 and board.restarts == 0
    assert board.hello.emulated and set(report.basis.values()) == {"emulated", "modelled"}
    assert report.mean_latency_ms is report.avg_power_mw is None  # nothing there counts cycles


def test_real_recordings_too(machine):
    try:
        dataset = load("cwru")
    except UserError as error:
        pytest.skip(str(error))
    report, _ = run_of(machine.url, dataset)
    assert report.items == SOME and report.mismatches == 0 and report.accuracy > 0.9


@pytest.mark.parametrize("own", [True, False], ids=["policy", "no policy"])
def test_streams_are_heard_as_by_the_twin_each_from_a_fresh_state_on(own):
    machine_for(MACHINE)
    model = lnn_file.read(KEYWORDS)
    blob = lnn_file.to_bytes(model if own else replace(model, policy=None))
    audio = heard()[16000:40000]
    recordings = [audio, audio[4000:12000], audio]  # the last as the first
    with emulated_wire(wire_firmware(blob, wired_board(NUCLEO))) as found:
        tester = HILTester(NUCLEO, blob, SerialBoard(found.url))
        report = tester.run_streams(recordings)
        window = audio[:16000].reshape(1, -1, 1)
        logits = next(tester.transport.decide(window))
        tester.transport.close()
    assert report.mismatches == 0 and report.decisions > 20 and report.reports > 1
    assert (report.computed < 0.9) == own and report.basis["decisions"] == "emulated"
    np.testing.assert_array_equal(logits, model.run(window).logits)
    if own:
        assert HILTester(NUCLEO, blob).run_streams(recordings) == report


def test_a_model_that_decides_on_windows_hears_no_stream():
    with pty_board(BLOB) as url:
        board = SerialBoard(url)
        tester = HILTester(NUCLEO, BLOB, board)
        audio = np.zeros(2000, np.int16)
        assert "this network decides on whole windows" in said(tester.run_streams, [audio])
        assert "the board's model cannot stream" in said(
            board.stream, audio[:, None], StreamConfig())
        assert next(board.decide(np.zeros((1, 1024, 1), np.int16))).shape == (1, 4)


def test_recordings_at_another_rate_are_refused_and_classes_go_by_name():
    tester, dataset = HILTester(NUCLEO, BLOB), bearings()
    told = dict(split="load", limit=8, progress=False, measure_power=False, measure_latency=False)
    line = said(tester.run_tests, replace(dataset, rate_hz=500.0), **told)
    assert "bearing_sim: 500 Hz, the model was trained at 12000; --rate-hz 12000" in line
    assert said(tester.run_tests, dataset, limit=-3) == (
        "limit = -3: choose 0, for all windows, or more")
    order = np.arange(len(dataset.classes))[::-1]
    other = replace(dataset, classes=tuple(dataset.classes[k] for k in order), y=order[dataset.y])
    found, wanted = tester.run_tests(other, **told), tester.run_tests(dataset, **told)
    np.testing.assert_array_equal(found.confusion, wanted.confusion)
    strange = replace(dataset, classes=(*dataset.classes[:-1], "odd"))
    assert "class 'odd' is none of the model's" in said(tester.run_tests, strange, **told)


# ---- what happens on a line ----


@pytest.mark.parametrize("seed", range(2))
def test_three_faults_in_a_thousand_bytes_cost_time_and_nothing_else(machine, seed):
    with Proxy(machine.url, Faults(1e-3, 1e-3, 1e-3), seed) as proxy:
        report, board = run_of(proxy.url)
    assert report.mismatches == 0 and report.items == SOME
    assert board.line.counts.again > SOME and board.line.counts.damaged > 5


def test_a_reset_in_mid_window_starts_the_window_anew(machine):
    with Proxy(machine.url, after=3 * 5 + 3, then=lambda _: machine.reset()) as proxy:
        report, board = run_of(proxy.url)  # a hello, then three answers a window
    assert report.mismatches == 0 and board.restarts == 1


def test_a_line_cut_for_a_second_goes_on(machine):
    with Proxy(machine.url, after=20, then=lambda proxy: proxy.cut(for_s=1)) as proxy:
        report, board = run_of(proxy.url)
    assert report.mismatches == 0 and report.resumed == 0 and board.line.counts.reopened


def test_of_a_line_cut_for_good_what_was_done_is_kept(machine):
    with Proxy(machine.url, after=20, then=Proxy.cut) as proxy:
        line = said(run_of, proxy.url)
    assert "the line was cut" in line and "did not come back within 3 s" in line
    assert "6 of 24 windows are done and kept: the same call goes on behind them" in line
    report, _ = run_of(machine.url)
    assert report.resumed == 6 and report.mismatches == 0 and report.items == SOME
    assert run_of(machine.url, limit=2)[0].resumed == 0
    assert run_of(machine.url)[0].resumed == 0  # a whole run is none to go on with


def test_another_model_on_the_board_is_refused(machine):
    other = lnn_file.to_bytes(random_models.model(3, "linear_ltc"))
    line = said(run_of, machine.url, blob=other)
    assert f"the board holds another model (4,184 bytes, CRC-32 {CRC:08x})" in line
    assert "lnnlab flash --device stm32f446 --model FILE" in line
    board = SerialBoard(machine.url)
    assert "the firmware there is for stm32f446, not for stm32f407" in said(
        HILTester, "stm32f407", BLOB, board)
    board.close()


def test_a_board_that_is_swapped_on_the_way_leaves_nothing_behind(machine, monkeypatch):
    board = SerialBoard(machine.url)
    tester = HILTester(NUCLEO, BLOB, board)
    told = [board.hello, replace(board.hello, clock_hz=8_000_000)]
    monkeypatch.setattr(board, "_hello", lambda: told[-1])
    line = said(tester.run_tests, bearings(), split="load", limit=3, progress=False)
    assert "stm32f446 (under QEMU, 8 MHz) with model" in line and "kept" not in line
    told.pop()
    assert tester.run_tests(bearings(), split="load", limit=3, progress=False).resumed == 0
    board.close()


def test_windows_are_kept_too_where_the_line_is_lost_behind_the_last(machine, monkeypatch):
    board = SerialBoard(machine.url)
    tester, check = HILTester(NUCLEO, BLOB, board), board._check_same

    def lost():
        raise UserError("lost")

    monkeypatch.setattr(board, "_check_same", lost)
    assert "lost. 3 of 3 windows are done and kept" in said(
        tester.run_tests, bearings(), split="load", limit=3, progress=False)
    monkeypatch.setattr(board, "_check_same", check)
    assert tester.run_tests(bearings(), split="load", limit=3, progress=False).resumed == 3
    board.close()


@pytest.mark.parametrize("change", [{"build": 7}, {"unique": bytes(range(12))}])
def test_another_firmware_or_another_chip_does_not_go_on_with_kept_windows(change, monkeypatch):
    with pty_board(BLOB) as url:
        def tried(**other):
            board = SerialBoard(url)
            assert board.hello.unique == struct.pack("<III", 1, 2, 3)
            board.hello = replace(board.hello, **other)
            monkeypatch.setattr(board, "_hello", lambda: board.hello)
            if not other:
                monkeypatch.setattr(board, "_check_same", lost)
            try:
                return HILTester(NUCLEO, BLOB, board).run_tests(
                    bearings(), split="load", limit=3, progress=False)
            finally:
                board.close()

        def lost():
            raise UserError("lost")

        assert "3 of 3 windows are done and kept" in said(tried)
        assert tried(**change).resumed == 0


def test_a_board_with_the_same_model_and_another_build_is_another_board(monkeypatch):
    with pty_board(BLOB) as url:
        board = SerialBoard(url)
        other = replace(board.hello, build=0xABC)
        monkeypatch.setattr(board, "_hello", lambda: other)
        line = said(board._check_same)
    assert "firmware 00000abc and chip 010000000200000003000000 answers, where" in line


def test_the_build_is_that_of_the_sources_and_the_compiler(machine, tmp_path, monkeypatch):
    board = SerialBoard(machine.url)
    assert board.hello.build == firmware_build() and board.hello.unique == bytes(12)
    board.close()
    assert firmware_build(Compiler("gcc", "-O2")) != firmware_build()
    shutil.copytree(FIRMWARE, tmp_path / "serial")
    monkeypatch.setattr("lnnlab.target.wire.FIRMWARE", tmp_path / "serial")
    assert firmware_build() == board.hello.build
    with (tmp_path / "serial" / "serve.c").open("a") as file:
        file.write("/* changed */")
    assert firmware_build() != board.hello.build


def test_another_chip_than_the_boards_is_refused():
    with pty_board(BLOB) as url:
        board = SerialBoard(url)
        board.hello = replace(board.hello, device=0x413)
        assert "gives its number as 0x413, and STM32F446 (Nucleo-F446RE) would give 0x421" in said(
            HILTester, NUCLEO, BLOB, board)


# ---- a port of this machine ----


def test_on_silicon_cycles_are_the_boards_own():
    with pty_board(BLOB) as url:
        report, board = run_of(url, limit=0)
        assert (report.items, report.mismatches) == (432, 0)
        assert board.hello.title == "stm32f446 (STM32F446, 80 MHz)"
        assert report.basis["latency"] == "measured" and report.avg_power_mw > 0
        assert report.mean_latency_ms == pytest.approx(2 * 100 / 80e3)  # two pieces of 100 cycles


@pytest.mark.parametrize("seed, kind", [*enumerate(["convolutional", "acf"])])
def test_models_of_other_kinds_and_some_channels(seed, kind):
    model = random_models.model(20 + seed, kind)
    with pty_board(lnn_file.to_bytes(model)) as url:
        board = SerialBoard(url)
        board.take(wired_board(NUCLEO).board, lnn_file.to_bytes(model))
        windows = random_models.samples(seed, model)
        np.testing.assert_array_equal(
            np.concatenate([*board.decide(windows)]), model.run(windows).logits)


@pytest.mark.parametrize("seed, kind", [*enumerate(["energy", "delta", "learned"])])
def test_streams_under_policies_of_other_kinds(seed, kind):
    random, model = np.random.default_rng(seed), random_policies.model(30 + seed)
    model = replace(model, policy=random_policies.policy(random, kind))
    recordings = [random_policies.stream(random, model, hops) for hops in (90, 7)]
    with pty_board(lnn_file.to_bytes(model)) as url:
        tester = HILTester(NUCLEO, lnn_file.to_bytes(model), SerialBoard(url))
        report = tester.run_streams(recordings)
    assert report.mismatches == 0 and report.decisions > 3 and report.mean_latency_ms > 0


def test_a_port_has_one_user():
    with pty_board(BLOB) as url:
        board = SerialBoard(url)
        assert said(SerialBoard, url) == (
            f"{url}: the port is taken by another program; close that")
        board.close()
        SerialBoard(url).close()


def test_a_line_needs_pyserial(monkeypatch):
    monkeypatch.setitem(sys.modules, "serial", None)
    assert said(SerialBoard, "/dev/null") == (
        "no pyserial for boards on a wire: pip install 'lnnlab[wire]'")


@pytest.mark.parametrize("error, words", [
    (OSError(errno.EACCES, "Permission denied"), "may not be opened by you; on Debian join"),
    (OSError(errno.EBUSY, "Device or resource busy"), "taken by another program"),
    (OSError("could not open port 'COM3': PermissionError(13, 'denied')"), "taken by another"),
    (OSError("could not open port 'COM3': FileNotFoundError(2, 'no')"), "no such port")])
def test_why_a_port_stays_closed(error, words, monkeypatch):
    def fails(*given, **more):
        raise error

    monkeypatch.setattr("serial.serial_for_url", fails)
    url = "/dev/null" if error.errno == errno.EACCES else "COM3"
    assert words in said(SerialBoard, url)


@pytest.mark.parametrize("url, words", [
    ("/dev/ttyNOBODY7", "no such port; there are: "),
    ("socket://127.0.0.1:1", "1: nobody answers there ([Errno "),
    *((each, f"{each}: no host and port; give such as socket://HOST:PORT") for each in (
        "socket://", "socket://h", "socket://127.0.0.1:99999", "socket://127.0.0.1:0",
        "socket://h:x")),
    ("nothing://there", "no port that pyserial can open"),
    (os.devnull, "the port cannot be opened")])
def test_a_port_that_is_none(url, words):
    assert words in said(SerialBoard, url)


def test_a_line_that_echoes_is_named_within_the_time_for_silence():
    start = time.monotonic()
    assert "loop://: this line echoes what is sent, and no board answered within 2 s" in said(
        SerialBoard, "loop://", patience=HASTY)
    assert time.monotonic() - start < 5


def test_a_board_behind_an_echo_is_heard():
    with talker(lambda frame: frame and frame.on_the_line() + answer_to(frame, hello())) as url:
        board = SerialBoard(url, patience=HASTY)
        assert board.hello.name == "stm32f446" and board.line.counts.echoed == 1
        board.close()


def test_a_baud_rate_that_the_port_does_not_know():
    with pty_board(BLOB) as url:
        assert f"{url}: baud rate -3 is none that the port has" in said(
            SerialBoard, url, baud=-3)


@pytest.mark.parametrize("baud", [0, -1, 300, 2_000_000_000, 2_300_000])
def test_a_baud_rate_that_the_clock_does_not_give(baud):
    line = said(check_baud, wired_board(NUCLEO), baud)
    assert f"baud rate {baud}: STM32F446 (Nucleo-F446RE) divides 40 MHz" in line
    assert "921600 fits" in line and said(wire_firmware, BLOB, wired_board(NUCLEO), baud) == line


# ---- boards that say the wrong thing ----


def hello(version=2, crc=CRC, status=0):
    return struct.pack("<BBBxHHHHIIIIIII12s", version, 1, status, 1, 4, 1024, 0, 1024, 32, 4184,
                       crc, 16_000_000, 921600, 0, bytes(12)) + b"stm32f446"


def state(status=0, rows=0, number=0, moments=0):
    return struct.pack("<BBIIIII", status, rows, number, moments, 0, 0, 0)


def never(frame):
    return b""


def endless(frame):
    return b"x" * (MOST_WAITING + 1)


@pytest.mark.parametrize("answer, words", [
    (never, "no answer within 2 s; is the firmware of 'lnnlab flash' on the board"),
    (endless, "8192 bytes without the end of a frame: that is no firmware of lnnlab's"),
    (lambda frame: b"noise\0" * (frame is not None), "damaged frames: is it 921600 baud?"),
    (lambda frame: answer_to(frame, hello(version=1)), "speaks version 1 of the protocol, this"),
    (lambda frame: answer_to(frame, hello() + b"x" * 99), "a hello of 160 bytes, where 52 to 76"),
    (lambda frame: answer_to(frame, b""), "a hello of 0 bytes"),
    (lambda frame: answer_to(frame, hello(crc=7)), "the board holds another model"),
    (lambda frame: answer_to(frame, hello(status=4)), "refuses its model with status 4"),
])
def test_a_board_that_says_nothing_or_nonsense(answer, words):
    with talker(lambda frame: frame and answer(frame)) as url:
        assert words in said(run_of, url)


@pytest.mark.parametrize("answer, words", [
    (state(rows=1) + b"x" * 500, "an answer of 522 bytes where 46 were due"),
    (b"x", "an answer of 1 bytes where 22 were due"),
    (state(status=2), "the board refuses with status 2"),
    (state(status=3), "the board's model cannot stream"),
    (state(status=4), "the board refuses with status 4"),
    (state(status=1), "the board lost one recording 10 times: it resets in between"),
])
def test_answers_that_do_not_fit_are_no_figures(answer, words):
    with talker(lambda frame: answer_to(
            frame, hello() if frame.kind == HELLO else answer)) as url:
        assert words in said(run_of, url)


def test_without_qemu_tests_are_skipped_in_one_line(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(pytest.skip.Exception, match="no qemu-system-arm for netduinoplus2: in"):
        machine_for(MACHINE)
