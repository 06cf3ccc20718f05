"""What the usual widgets lack in the browser: large uploads, the address, files to save."""

import asyncio
import atexit
import contextlib
from collections.abc import Callable
from pathlib import Path

import anywidget
import traitlets

from lnnlab.errors import UserError
from lnnlab.jobs import Incoming, Job

HERE = Path(__file__).parent
SILENT_S = 20.0  # without a slice, after which an upload is given up: its tab was closed
INVITATION = "Drop a CSV, a zip of CSVs or a zip of wavs here, or choose it:"
ACCEPT = ".csv,.tsv,.txt,.dat,.json,.parquet,.mat,.zip"


class Upload(anywidget.AnyWidget):
    """A drop zone that takes a file in slices into a new job.

    Choose it over ``ipywidgets.FileUpload``, which sends a file as one message: beyond the
    server's 10 MB that closes the connection without a word.

    Args:
        taken: called with the job once its upload is whole.
        asked: called before one begins, such as to leave the job before.
    """

    _esm = HERE / "upload.js"
    invitation = traitlets.Unicode(INVITATION).tag(sync=True)
    accept = traitlets.Unicode(ACCEPT).tag(sync=True)
    busy = traitlets.Bool(False).tag(sync=True)

    def __init__(self, taken: Callable[[Job], None], asked: Callable[[], None]) -> None:
        super().__init__()
        self._taken, self._asked = taken, asked
        self._incoming: Incoming | None = None
        self._watch: asyncio.TimerHandle | None = None
        self.on_msg(self._got)
        atexit.register(self.abandon)  # the tab was closed, and its kernel with it

    def abandon(self) -> None:
        """Leave nothing of an upload on its way."""
        if self._watch is not None:
            self._watch.cancel()
        if self._incoming is not None:
            self._incoming.abandon()
            self._incoming.job.delete()
        self._incoming = self._watch = None

    def _got(self, _: object, told: dict, buffers: list) -> None:
        turn = told.get("turn")
        try:
            self.send({"turn": turn} | self._answer(told, buffers))
        except UserError as error:
            self.abandon()
            self.send({"turn": turn, "kind": "refused", "line": str(error)})

    def _answer(self, told: dict, buffers: list) -> dict:
        if told["kind"] == "begin":
            self.abandon()
            self._asked()
            job = Job.new()
            try:
                self._incoming = Incoming(job, str(told["name"]), int(told["size"]))
            except UserError:
                job.delete()
                raise
            at = 0
        elif told["kind"] == "slice" and self._incoming is not None:
            at = self._incoming.take(int(told["at"]), bytes(buffers[0]))
        else:
            self.abandon()
            return {"kind": "refused", "line": "The upload was given up: choose the file again."}
        if not self._incoming.done:
            self._wait_for_more()
            return {"kind": "next", "at": at}
        job, self._incoming = self._incoming.job, None
        self._wait_for_more()
        self._taken(job)
        return {"kind": "done", "line": f"{job.upload_name} is here."}

    def _wait_for_more(self) -> None:
        """Give an upload up that nothing more comes of."""
        if self._watch is not None:
            self._watch.cancel()
        self._watch = None
        if self._incoming is not None:
            with contextlib.suppress(RuntimeError):  # no loop: nobody sends slices
                self._watch = asyncio.get_running_loop().call_later(SILENT_S, self.abandon)


class Address(anywidget.AnyWidget):
    """The job in the address bar, so that a reload finds it again.

    Args:
        found: called once with the identity that stands there, ``""`` for none.
    """

    _esm = HERE / "address.js"
    job = traitlets.Unicode("").tag(sync=True)

    def __init__(self, found: Callable[[str], None]) -> None:
        super().__init__()
        self.on_msg(lambda _, told, __: found(str(told.get("job", ""))))


class Download(anywidget.AnyWidget):
    """A button that saves a file that the kernel has at hand.

    Args:
        words: on the button; name: of the saved file.
        content: gives the bytes when it is pressed.
    """

    _esm = HERE / "download.js"
    words = traitlets.Unicode("").tag(sync=True)
    ready = traitlets.Bool(False).tag(sync=True)

    def __init__(self, words: str, name: str, content: Callable[[], bytes]) -> None:
        super().__init__(words=words)
        self.on_msg(lambda *_: self.send(
            {"name": name, "type": "application/zip"}, buffers=[content()]))
