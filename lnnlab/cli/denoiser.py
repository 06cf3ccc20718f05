"""What ``liquid-profile`` says of a file whose outputs are gains of bands (section GAIN)."""

import numpy as np

from lnnlab.integer import IntegerModel
from lnnlab.profiling.denoise import DenoiseCosts
from lnnlab.target.boards import Board
from lnnlab.target.energy import OUTSIDE, rests_on

NOISE = 3000.0  # spread of the samples that hops are counted on where no recording is given


def noise_of(model: IntegerModel) -> np.ndarray:
    """A second of noise, int16 (time,)."""
    count = round(model.features.rate_hz)
    drawn = np.random.default_rng(0).normal(0.0, NOISE, count)
    return drawn.clip(-32768, 32767).astype(np.int16)


def denoise_lines(found: DenoiseCosts, board: Board, heard: str) -> list[str]:
    """The report, a line each.

    Args:
        found: of :func:`lnnlab.profiling.denoise.denoise_costs`.
        heard: what the hops were counted on.
    """
    total, power = sum(found.hop_cycles), rests_on(board)
    text = [
        f"{board.title}, {board.clock_mhz:g} MHz, {board.supply_v:g} V; a denoiser, "
        f"{found.hops_per_s:g} hops/s, counted on {heard}",
        f"Average Power: {found.average_mw:.3f} mW ({power}, "
        f"{found.duty_percent:.2f} % of the time awake)",
        f"- with the board's flash: {found.flash_average_mw:.3f} mW ({board.on_flash(power)})",
        "Compute Distribution (emulated):",
        *(f"- {stage}: {100 * sum(band) / total:.0f} %" for stage, band in found.by_stage.items()),
        "Cycles per hop: {:,.0f} to {:,.0f} (emulated)".format(*found.hop_cycles),
        "- of the dearest: {:,.0f} to {:,.0f}".format(*found.worst_cycles),
        f"Latency: a frame, and {found.compute_ms:.3f} ms of computing (emulated)",
    ]
    for kind, parts in (("Flash", found.flash_bytes), ("RAM", found.ram_bytes)):
        listed = ", ".join(f"{name} {count:,}" for name, count in parts.items())
        text.append(f"{kind}: {sum(parts.values()):,} B ({listed}; emulated)")
    return [*text, f"- {OUTSIDE}"]
