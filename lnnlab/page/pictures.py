"""Pictures of a running job and of what it got wrong, as PNG."""

import base64
import html
import io
import wave

import numpy as np
from matplotlib.figure import Figure

from lnnlab.jobs.progress import Status

COLOURS = ("#1f6fb2", "#c8571b")  # of the networks, as in the reports
STYLES = (":", "-")  # training, validation


def curves(status: Status) -> bytes:
    """Losses of both networks after each epoch."""
    figure = Figure(figsize=(6.4, 2.6), dpi=90, layout="constrained")
    axes = figure.subplots()
    for (name, losses), colour in zip(status.curves.items(), COLOURS, strict=False):
        for part, style, words in zip(np.array(losses).T, STYLES, ("training", "validation"),
                                      strict=False):
            axes.plot(range(1, len(part) + 1), part, style, color=colour, label=f"{name}, {words}")
    axes.set(xlabel="epoch", ylabel="loss", xlim=(0.5, max(2, status.epochs) + 0.5))
    axes.spines[["top", "right"]].set_visible(False)
    if status.curves:
        axes.legend(fontsize=7, frameon=False)
    return _png(figure)


def window(x: np.ndarray, rate_hz: float | None, channels: list[str]) -> bytes:
    """One window (time, channel)."""
    figure = Figure(figsize=(6.4, 2.0), dpi=90, layout="constrained")
    axes = figure.subplots()
    axes.plot(np.arange(len(x)) / (rate_hz or 1.0), x, lw=0.7)
    axes.set(xlabel="time, s" if rate_hz else "samples")
    axes.spines[["top", "right"]].set_visible(False)
    if 1 < len(channels) <= 6:  # names came with the recordings: no formulas in them
        axes.legend([each.replace("$", r"\$") for each in channels], fontsize=7, frameon=False)
    return _png(figure)


def as_html(png: bytes, words: str) -> str:
    """A picture with what it shows in words, for those who do not see it."""
    data = base64.b64encode(png).decode()
    return f'<img src="data:image/png;base64,{data}" alt="{html.escape(words)}">'


def sound(x: np.ndarray, rate_hz: float) -> str:
    """A player of one channel, (time,), with its samples in it, as HTML."""
    loud = float(np.abs(x).max()) or 1.0
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(round(rate_hz))
        file.writeframes((32767 * x / max(1.0, loud)).astype("<i2").tobytes())
    data = base64.b64encode(buffer.getvalue()).decode()
    return f'<audio controls src="data:audio/wav;base64,{data}"></audio>'


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()
