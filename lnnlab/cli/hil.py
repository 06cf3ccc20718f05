"""``lnnlab hil``: a model on a board, beside the twin; over a wire, under QEMU or emulated."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lnnlab import lnn_file
from lnnlab.cli.outputs import refuse_without_classes
from lnnlab.cli.recordings import recordings
from lnnlab.data.default_rule import default_rule
from lnnlab.data.wav import read_wav
from lnnlab.errors import UserError
from lnnlab.target.qemu_wire import emulated_wire
from lnnlab.target.wire import UNCONFIRMED, check_baud, wire_firmware, wired_board
from lnnlab.testing import HILTester, SerialBoard, StreamReport, TestReport
from lnnlab.testing.meters import meter_named
from lnnlab.testing.power import UNCONFIRMED_METER

QEMU = "qemu"


def try_board(options: argparse.Namespace) -> None:
    """Print what a board decides, beside the twin, each figure with its basis.

    Raises:
        UserError: the board cannot be reached, holds another model or is lost on the way, or the
            recordings are not for the model.
    """
    if options.corpus is None and not options.stream:
        raise UserError("nothing to decide on: name a corpus, or recordings with --stream")
    if options.meter and options.corpus is None:
        raise UserError("--meter: measures decisions on windows; name a corpus")
    lnn_file.read(options.model)  # refuses a damaged file by name
    if options.corpus is not None:
        refuse_without_classes(options.model)
    blob = options.model.read_bytes()
    with _reached(options, blob) as board:
        meter = meter_named(options.meter) if options.meter else None
        tester = HILTester(options.device, blob, board, meter)
        text = [_title(tester, options.url)]
        if options.corpus is not None:
            dataset = recordings(options, window=tester.model.features.window)
            rule = options.split or default_rule(dataset)
            report = tester.run_tests(dataset, split=rule, limit=options.limit)
            text += window_lines(report, f"{dataset.name}, first fold of '{rule}'")
        if options.stream:
            text += stream_lines(tester.run_streams(
                [_samples(path, tester) for path in options.stream]))
        if board is not None:
            counts = board.line.counts
            text.append(f"Line: {counts.sent:,} frames, {counts.again:,} of them sent again, "
                        f"{counts.damaged:,} damaged, reopened {counts.reopened} times; "
                        f"{board.restarts} recordings begun anew.")
        if tester.transport.basis == "measured":
            text += [UNCONFIRMED, *[UNCONFIRMED_METER] * (meter is not None)]
    print("\n".join(text))


def window_lines(found: TestReport, title: str) -> list[str]:
    """The report on windows, a line each."""
    basis = found.basis
    text = [
        f"{title}: accuracy {100 * found.accuracy:.1f} % of {found.items:,} windows "
        f"({basis['accuracy']}); {found.mismatches} of them differ from the twin.",
    ]
    if found.resumed:
        text.append(f"{found.resumed:,} of them were decided on before an earlier run broke off.")
    if found.mean_latency_ms is not None:
        text.append(f"Latency: {found.mean_latency_ms:.3f} ms, at most "
                    f"{found.worst_latency_ms:.3f} ms ({basis['latency']}).")
    for name, value, unit in (
        ("Latency by the pin", found.pin_latency_ms, "ms"),
        ("Energy per decision", found.energy_uj, "uJ"),
        ("Power on the wire, waits included", found.wire_power_mw, "mW"),
    ):
        if value is not None:
            text.append(f"{name}: {value:.3f} {unit} (measured).")
    if found.avg_power_mw is not None:
        text.append(f"Average power of a duty cycle: {found.avg_power_mw:.3f} mW "
                    f"({basis['power']}).")
    return text


def stream_lines(found: StreamReport) -> list[str]:
    """The report on recordings, a line each."""
    text = [
        f"{found.recordings} recordings: {found.decisions:,} decisions, {found.reports} keywords "
        f"reported ({found.basis['decisions']}); {found.mismatches} differ from the twin.",
        f"{100 * found.computed:.1f} % of the frames went through the layers.",
    ]
    if found.mean_latency_ms is not None:
        text.append(f"Latency of a decision: {found.mean_latency_ms:.3f} ms, at most "
                    f"{found.worst_latency_ms:.3f} ms ({found.basis['latency']}).")
    return text


@contextmanager
def _reached(options: argparse.Namespace, blob: bytes) -> Iterator[SerialBoard | None]:
    """The board that ``--url`` names; None: its core alone is emulated."""
    if options.url is None:
        yield None
        return
    wired = wired_board(options.device)
    check_baud(wired, options.baud)
    if options.url == QEMU:
        with emulated_wire(wire_firmware(blob, wired, options.baud)) as machine:
            yield SerialBoard(machine.url, options.baud)
        return
    found = SerialBoard(options.url, options.baud)
    try:
        yield found
    finally:
        found.close()


def _title(tester: HILTester, url: str | None) -> str:
    if isinstance(tester.transport, SerialBoard):
        return f"{tester.transport.hello.title} at {url}."
    return f"{tester.board.title}, its core emulated."


def _samples(path: Path, tester: HILTester):
    rate_hz = round(tester.model.features.rate_hz)
    if not rate_hz or tester.model.features.channels != 1:
        raise UserError(f"{path}: --stream is for sound, and the model hears "
                        f"{tester.model.features.channels} channel(s) at {rate_hz or 'no'} Hz")
    return tester.model.quantise(read_wav(path, rate_hz)[0][None, :, None])[0]
