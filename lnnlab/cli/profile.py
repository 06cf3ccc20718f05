"""``liquid-profile``: power, compute by stage, cycles, latency, flash, RAM of a ``.lnn`` file."""

import argparse
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from lnnlab import lnn_file, runtime
from lnnlab.cli.denoiser import denoise_lines, noise_of
from lnnlab.data.wav import read_wav
from lnnlab.errors import UserError
from lnnlab.integer import IntegerModel
from lnnlab.integer.decisions import refuse_short_streams
from lnnlab.profiling import Costs, FlashCosts, costs
from lnnlab.profiling.denoise import denoise_costs
from lnnlab.profiling.policy import PolicyCosts, policy_costs, unit_costs
from lnnlab.profiling.stream import StreamCosts, stream_costs, streams
from lnnlab.profiling.written import with_board_costs
from lnnlab.target.boards import board
from lnnlab.target.energy import OUTSIDE

RATELESS = ("the model knows no sampling rate: energy per decision and no power; train it with "
            "rate_hz (--rate-hz) for that")
COUNTED_S = 10.0  # of a recording are counted cycle by cycle, the rest by what these took


def profile(options: argparse.Namespace) -> None:
    """Print what a model costs on a board.

    Raises:
        UserError: the board is unknown, a file damaged, or the recording not for the model.
    """
    chosen = board(options.device)
    blob = lnn_file.checked_bytes(options.model)
    gains = not lnn_file.is_float32(blob) and runtime.has_gains(blob)
    if options.write_costs and (gains or runtime.has_anomaly_score(blob)):
        raise UserError(f"{options.model}: --write-costs is for models that decide; this one's "
                        f"outputs are {'gains of bands' if gains else 'features it expects'}")
    if gains:
        _denoiser(options, blob)
        return
    if options.stream and not runtime.has_policy(blob):
        raise UserError(f"{options.model}: has no timestep policy to count on {options.stream}; "
                        "learn_timestep_controller gives it one")
    recording = options.stream and _recording(options.stream, lnn_file.from_bytes(blob))
    found, stream, adaptive = costs(blob, chosen), None, None
    if options.write_costs:
        lnn_file.write_bytes(options.write_costs, with_board_costs(blob, chosen))
    if streams(blob) and found.measured.cycles is not None and found.decisions_per_s:
        model = lnn_file.from_bytes(blob)
        stream = stream_costs(lnn_file.to_bytes(replace(model, policy=None)), chosen)
    if recording is not None:
        counted = recording[: int(COUNTED_S * lnn_file.from_bytes(blob).features.rate_hz)]
        units = unit_costs(blob, chosen, counted) if len(counted) < len(recording) else None
        adaptive = policy_costs(blob, chosen, recording, units)
    if options.json:
        print(json.dumps(found.as_dict() | {"stream": stream and asdict(stream),
                                            "policy": adaptive and asdict(adaptive)}, indent=1))
        return
    text = lines(found) + (stream_lines(stream) if stream else [])
    if adaptive:
        text += policy_lines(adaptive, options.stream.name)
    elif runtime.has_policy(blob):
        text.append("It has a timestep policy: --stream FILE.wav counts what it computes there")
    print("\n".join(text))


def _denoiser(options: argparse.Namespace, blob: bytes) -> None:
    """Print what a denoiser takes: spectrum, network and synthesis of every hop."""
    model, chosen = lnn_file.from_bytes(blob), board(options.device)
    given = options.stream
    sound = _recording(given, model)[:, 0] if given else noise_of(model)
    found = denoise_costs(blob, chosen, sound)
    heard = given.name if given else "noise; --stream FILE.wav counts on a recording"
    print(json.dumps({"denoiser": asdict(found)}, indent=1) if options.json
          else "\n".join(denoise_lines(found, chosen, heard)))


def _recording(path: Path, model: IntegerModel) -> np.ndarray:
    """A wav file as the model's samples, int16 (time, channel).

    Raises:
        UserError: the model takes several channels, or the file is shorter than a frame.
    """
    if model.features.channels != 1:
        raise UserError(f"{path}: one channel, but the model takes {model.features.channels}")
    x, changes = read_wav(path, round(model.features.rate_hz))
    if changes:
        print(f"{path}: {changes}", file=sys.stderr)
    samples = model.quantise(x[:, None])
    refuse_short_streams(model, samples)
    return samples


def policy_lines(found: PolicyCosts, name: str) -> list[str]:
    """What a stream takes under the model's timestep policy, a line each."""
    low, high = found.cycles_per_s
    shares = ", ".join(f"{stage} {100 * sum(band) / (low + high):.0f} %"
                       for stage, band in found.by_stage.items())
    counts = found.counts
    return [
        f"Under its timestep policy on {name}, {counts.seconds:.1f} s:",
        f"- frames computed: {counts.steps / counts.seconds:.1f} a second",
        f"- cycles per second: {low:,.0f} to {high:,.0f} ({found.basis}; {shares})",
        f"- average power: {found.average_mw:.3f} mW (modelled)",
        f"- latency at worst: {found.latency_ms:.0f} ms",
    ]


def stream_lines(found: StreamCosts) -> list[str]:
    """What a stream takes, a line each."""
    low, high = found.frame_cycles
    return [
        f"As a stream, a decision after every frame, {found.frames_per_s:g} a second:",
        f"- cycles per frame: {low:,.0f} to {high:,.0f} (emulated)",
        f"- cycles per second: {found.cycles_per_s:,.0f} (emulated)",
        f"- average power: {found.average_mw:.3f} mW (modelled)",
        f"- with the board's flash: {found.flash_cycles_per_s:,.0f} cycles per second, "
        f"{found.flash_average_mw:.3f} mW",
    ]


def flash_lines(found: FlashCosts) -> list[str]:
    """The same with the board's flash, a line each."""
    low, high = found.cycles
    waited = 200 * sum(found.waits.values()) / (low + high)
    text = [
        "With the board's flash:",
        f"- cycles per decision: {low:,.0f} to {high:,.0f} (emulated; {waited:.0f} % of them wait)",
        "- latency: {:.3f} to {:.3f} ms (emulated)".format(*found.latency_ms),
        "- energy per decision: {:.2f} uJ, band {:.2f} to {:.2f} (modelled)".format(
            *found.energy_uj),
    ]
    if found.average_mw is not None:
        text.append(f"- average power: {found.average_mw:.3f} mW (modelled)")
    return text


def lines(found: Costs) -> list[str]:
    """The report, a line each."""
    measured, chosen = found.measured, found.board
    text = [f"{chosen.title}, {chosen.clock_mhz:g} MHz, {chosen.supply_v:g} V; " + (
        f"{found.decisions_per_s:.2f} decisions/s" if found.decisions_per_s else RATELESS)]
    if found.average_mw is not None:
        text.append(f"Average Power: {found.average_mw:.3f} mW (modelled, "
                    f"{found.duty_percent:.2f} % of the time awake)")
    if found.decisions_per_s:
        text += [f"Peak Power: {found.peak_mw:.2f} mW (modelled)",
                 f"Idle Power: {found.idle_mw:.4f} mW (modelled)"]
    if measured.cycles is not None:
        total = sum(measured.cycles)
        text.append("Compute Distribution (emulated):")
        text += [f"- {stage}: {100 * sum(band) / total:.0f} %"
                 for stage, band in measured.by_stage.items()]
        text.append("Cycles per decision: {:,.0f} to {:,.0f} (emulated)".format(*measured.cycles))
        text.append("Latency: {:.3f} to {:.3f} ms (emulated)".format(*found.latency_ms))
        text.append("Energy per decision: {:.2f} uJ, band {:.2f} to {:.2f} (modelled)".format(
            *found.energy_uj))
        text += flash_lines(found.flash)
    for kind, parts in (("Flash", measured.flash_bytes), ("RAM", measured.ram_bytes)):
        listed = ", ".join(f"{name} {count:,}" for name, count in parts.items())
        text.append(f"{kind}: {sum(parts.values()):,} B ({listed}; emulated)")
    text += ["Basis:"] + [f"- {figure}: {basis}" for figure, basis in found.basis.items()]
    return [*text, f"- {OUTSIDE}"]
