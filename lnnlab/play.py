"""Figures that one can play with in a notebook, and that stay figures where nobody plays.

A cell shows a drawing for the first choices. Where a front end is there, controls stand above it
and draw it anew; under papermill, nbval, in HTML and in a committed notebook the first one stays.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import HTML, Audio, display
from matplotlib.figure import Figure

Sound = tuple[np.ndarray, float]  # samples, (time,) at full scale 1, and their rate in Hz


@dataclass(frozen=True)
class Slider:
    """A number that is chosen by sliding.

    Attributes:
        low, high, start: range, and where it stands at first; whole numbers slide by ones.
        logarithmic: equal ways are equal ratios.
        unit: printed behind the name.
    """

    low: float
    high: float
    start: float
    logarithmic: bool = False
    unit: str = ""


Control = Slider | Sequence


def play(
    draw: Callable[..., Figure], sound: Callable[..., Sound] | None = None, **controls: Control
) -> None:
    """Show a drawing with a control for each of its arguments.

    Args:
        draw: gives the figure for chosen values, by the controls' names.
        sound: gives what is to be heard for them; players are not kept in committed notebooks.
        controls: name → slider, or values to choose from, of which the first is shown first.
    """
    knobs = {name: _knob(name, each) for name, each in controls.items()}
    if knobs:
        display(widgets.VBox(list(knobs.values())))
    chosen = {name: each.value for name, each in knobs.items()}
    picture = _shown(draw(**chosen))
    player = display(_player(sound(**chosen)), display_id=True) if sound else None

    def renew(_: Mapping) -> None:
        values = {name: each.value for name, each in knobs.items()}
        picture.update(_closed(draw(**values)))
        if player:
            player.update(_player(sound(**values)))

    for each in knobs.values():
        each.observe(renew, "value")


def _shown(figure: Figure):
    return display(_closed(figure), display_id=True)


def _closed(figure: Figure) -> Figure:
    """Without it the notebook would show a figure once more at the end of the cell."""
    plt.close(figure)
    return figure


def _player(sound: Sound) -> Audio:
    samples, rate_hz = sound
    return Audio(samples, rate=rate_hz, normalize=False)


def _knob(name: str, control: Control) -> widgets.Widget:
    shared = {"description": name.replace("_", " "), "continuous_update": False,
              "style": {"description_width": "9rem"}, "layout": {"width": "34rem"}}
    if not isinstance(control, Slider):
        del shared["continuous_update"]
        return widgets.Dropdown(options=list(control), value=control[0], **shared)
    shared["description"] += f", {control.unit}" if control.unit else ""
    if control.logarithmic:
        return widgets.FloatLogSlider(
            control.start, min=np.log10(control.low), max=np.log10(control.high),
            step=np.log10(control.high / control.low) / 40, readout_format=".3g", **shared)
    if all(float(each).is_integer() for each in (control.low, control.high, control.start)):
        return widgets.IntSlider(int(control.start), int(control.low), int(control.high), **shared)
    return widgets.FloatSlider(control.start, min=control.low, max=control.high,
                               step=(control.high - control.low) / 40, **shared)


def table(frame: pd.DataFrame, index: bool = False) -> None:
    """Show a table of any width as HTML: lines are not wrapped, as a printed table's are.

    Args:
        frame: what to show; index: with the names of its rows.
    """
    display(HTML(frame.to_html(index=index, border=0, na_rep="")))
