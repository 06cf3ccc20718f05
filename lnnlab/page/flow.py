"""The page: upload, see what was read, choose, train, see, download.

It only shows what a job's files say and starts its processes, so that a reload, a dead kernel or a
closed tab lose nothing: another page over the same job says the same.
"""

import asyncio
import contextlib
from collections.abc import Callable

import ipywidgets as widgets

from lnnlab.errors import UserError
from lnnlab.jobs import Job, Settings, sweep
from lnnlab.jobs.job import READ, TRAIN
from lnnlab.jobs.progress import DONE, FAILED, Status
from lnnlab.page import pictures
from lnnlab.page.browser import HERE, Address, Download, Upload
from lnnlab.page.choices import Making, Reading
from lnnlab.page.mistakes import Mistakes
from lnnlab.page.words import progress_line, reading_html, said

LOOK_S = 0.3  # between two looks at a job's files
ZIP_NAME = "lnnlab_trained.zip"


class Page:
    """All widgets of the page, over at most one job.

    Attributes:
        box: what is displayed.
        job: the job that is shown; None before an upload.
    """

    def __init__(self) -> None:
        self.job: Job | None = None
        self._task: asyncio.Task | None = None
        self._shown: dict[str, object] = {}
        self.upload = Upload(self._uploaded, self._leave)
        self.address = Address(self._found)
        self.reading, self.making, self.mistakes = Reading(), Making(), Mistakes()
        self.line, self.text, self.result = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self.picture, self.curve = widgets.HTML(), widgets.HTML()
        self.train = self._button("Train", "play", self._train, "primary")
        self.stop = self._button("Stop", "stop", lambda: self.job.stop())
        self.forget = self._button("Delete my recordings", "trash", self._forget)
        self.reading.again.on_click(lambda _: self._guarded(self._read))
        self.bar = widgets.FloatProgress(max=1.0)
        self.download = Download("Download C, .lnn and report", ZIP_NAME, self._zip)
        self.read_part = widgets.VBox([self.text, self.picture, self.reading.box, self.making.box])
        self.box = widgets.VBox([
            widgets.HTML(f"<style>{(HERE / 'page.css').read_text()}</style>"), self.address,
            self.upload, self.line, self.read_part,
            widgets.HBox([self.train, self.stop, self.forget]), self.bar, self.curve, self.download,
            self.result, self.mistakes.box,
        ]).add_class("lnnlab-page")
        self._show(Status())

    def open(self, job: Job) -> None:
        """Show a job, and follow it until its process ends."""
        self._leave()
        self.job, self.address.job = job, job.id
        job.used()
        self._follow()

    def _found(self, name: str) -> None:
        """What the address says; asked once, when the page is there."""
        if self.job is None and name:
            job = Job.find(name)
            if job is None:
                self.line.value = said("The job of this address is no longer here: upload anew.",
                                       True)
            else:
                self.open(job)

    def _uploaded(self, job: Job) -> None:
        self.open(job)
        self._guarded(lambda: self._start(READ, Settings()))

    def _leave(self) -> None:
        """Follow the job no longer; it stays, and its address shows it."""
        if self._task is not None:
            self._task.cancel()
        self.job, self._task, self._shown, self.address.job = None, None, {}, ""
        self._show(Status())

    def _read(self) -> None:
        self._start(READ, Settings(**self.reading.chosen() | self.making.chosen()
                                   | {"rule": ""}))

    def _train(self) -> None:
        self._start(TRAIN, Settings(**self.reading.chosen() | self.making.chosen()))

    def _start(self, task: str, settings: Settings) -> None:
        self.job.start(task, settings)
        self._shown.pop("reading" if task == READ else "result", None)
        self._follow()

    def _forget(self) -> None:
        job = self.job
        self._leave()
        job.delete()
        self.line.value = said("Deleted: recordings, networks and report.")

    def _zip(self) -> bytes:
        self.job.used()
        return self.job.zip.read_bytes()

    def _button(
        self, words: str, icon: str, work: Callable[[], None], style: str = ""
    ) -> widgets.Button:
        made = widgets.Button(description=words, icon=icon, button_style=style,
                              layout=widgets.Layout(width="auto"))
        made.on_click(lambda _: self._guarded(work))
        return made

    def _guarded(self, work: Callable[[], None]) -> None:
        """Do what a person asked for; a mistake is a line on the page."""
        try:
            work()
        except UserError as error:
            self.line.value = said(str(error), True)

    def _follow(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._task = asyncio.get_running_loop().create_task(self._look())

    async def _look(self) -> None:
        job = self.job
        try:
            while job.folder.is_dir():
                status = job.status()
                self._show(status)
                if not status.running:
                    return
                await asyncio.sleep(LOOK_S)
        except UserError as error:  # a file of the job is damaged: it can be deleted
            self.line.value, self.upload.busy = said(str(error), True), False
            _visible(self.forget, True)
            return
        self._leave()

    def _show(self, status: Status) -> None:
        """Bring every widget to what the job's files say."""
        job, running = self.job, status.running
        reading = job and not running and job.reading or self._shown.get("reading")
        read = bool(reading and reading.get("text"))
        self.upload.busy = running
        self.line.value = progress_line(status, reading)
        self._show_reading(reading)
        result = job.result if job and status.state == DONE else None
        self._show_result(result)
        self.train.disabled = running or not read or reading["irregular"] and not (
            self.reading.rate.value.strip())
        self.reading.again.disabled = running
        self.stop.disabled = not running
        _visible(self.train, read)
        _visible(self.stop, running)
        _visible(self.forget, job is not None and not running)
        drawn = bool(status.curves) and (running or status.state in (DONE, FAILED))
        done = sum(map(len, status.curves.values()))
        _visible(self.bar, running and status.epochs > 0)
        self.bar.value = done / max(1, 2 * status.epochs)
        _visible(self.curve, drawn)
        if drawn and self._shown.get("epochs") != done:
            self._shown["epochs"] = done
            self.curve.value = pictures.as_html(
                pictures.curves(status), f"losses of {' and '.join(status.curves)} by epoch")

    def _show_reading(self, reading: dict | None) -> None:
        _visible(self.read_part, reading is not None)
        if reading is None or self._shown.get("reading") == reading:
            return
        self._shown["reading"], settings = reading, self.job.settings
        self.text.value = reading_html(reading)
        read = bool(reading.get("text"))
        _visible(self.picture, read)
        if read:
            with contextlib.suppress(OSError):
                self.picture.value = pictures.as_html(
                    self.job.picture.read_bytes(), "a window, the mean spectrum and the count of "
                                                   "windows of each class")
        self.reading.show(reading, settings)
        self.making.show(reading, settings)
        _visible(self.making.box, read)
        if not read:
            self.reading.open()

    def _show_result(self, result: dict | None) -> None:
        for each in (self.result, self.mistakes.box):
            _visible(each, result is not None)
        self.download.ready = result is not None
        if result is None or self._shown.get("result") == result:
            return
        self._shown["result"] = result
        self.result.value = self.job.shown
        self.mistakes.show(self.job)


def page() -> Page:
    """A page without a job; jobs that nobody used for a week are removed."""
    sweep()
    return Page()


def _visible(each: widgets.Widget, shown: bool) -> None:
    each.layout.display = "" if shown else "none"
