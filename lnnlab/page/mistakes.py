"""What the liquid network got wrong: one window after the other, to see and to hear."""

import html

import ipywidgets as widgets
import numpy as np

from lnnlab.jobs import Job
from lnnlab.jobs.wrong import wrong_of
from lnnlab.page import pictures
from lnnlab.page.choices import LAYOUT

HEARD_HZ = 4000.0  # from this rate on one hears more than clicks
HEARD_S = 0.3  # and from this length on


class Mistakes:
    """A list of wrong answers, with the window that is chosen.

    Attributes:
        box: the widgets.
    """

    def __init__(self) -> None:
        self.title, self.player = widgets.HTML(), widgets.HTML()
        self.picture = widgets.HTML()
        self.list = widgets.Dropdown(description="look at", layout=LAYOUT)
        self.list.observe(lambda change: self._look(change["new"]), "value")
        self.box = widgets.VBox([self.title, self.list, self.picture, self.player])
        self._told: dict = {}
        self._windows = np.zeros((0, 0, 0))

    def show(self, job: Job) -> None:
        """Show those of a job."""
        found = wrong_of(job.folder)
        if found is None:
            return
        self._told, self._windows = found
        count, items = self._told["wrong"], self._told["items"]
        more = f"; {len(items)} of them are below" if len(items) < count else ""
        self.title.value = ("<h2>What it got wrong</h2><p>The liquid network answered "
                            f"{count:,} of {self._told['of']:,} windows wrongly{more}.</p>")
        for each in (self.list, self.picture, self.player):
            each.layout.display = "" if items else "none"
        self.list.index = None
        self.list.options = [(_line(k, each), k) for k, each in enumerate(items)]
        self.list.index = 0 if items else None  # a list that was empty chooses nothing itself

    def _look(self, chosen: int | None) -> None:
        if chosen is None:
            return
        x, rate_hz = np.array(self._windows[chosen]), self._told["rate_hz"]
        item = self._told["items"][chosen]
        self.picture.value = pictures.as_html(
            pictures.window(x, rate_hz, self._told["channels"]),
            f"a window of class {item['truth']}, taken for {item['guess']}")
        heard = rate_hz and rate_hz >= HEARD_HZ and len(x) >= HEARD_S * rate_hz
        self.player.value = pictures.sound(x[:, 0], rate_hz) if heard else (
            f"<p>{html.escape(_line(chosen, item))}</p>")


def _line(number: int, item: dict) -> str:
    at = "" if item["start_s"] is None else f", from {item['start_s']:.2f} s"
    return f"{number + 1}: {item['truth']} taken for {item['guess']} ({item['recording']}{at})"
