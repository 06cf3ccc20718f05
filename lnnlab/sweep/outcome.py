"""How one attempt at a point ended."""

from dataclasses import dataclass

DONE = "done"
RAISED = "raised"  # the run stopped at a mistake or an exception
STUCK = "stuck"  # it took longer than it may, and was ended
DIED = "died"  # its process was killed
FULL = "disk full"
REFUSED = "refused"  # the machine has another version of the package
LOST = "lost"  # the scheduler is gone; nothing is known of the run


@dataclass(frozen=True)
class Outcome:
    """How one attempt ended.

    Attributes:
        state: one of the constants of this module.
        words: what went wrong.
        archive: of a run that is done, what it left, as a zip.
        where: the machine or worker that had it.
    """

    state: str
    words: str = ""
    archive: bytes = b""
    where: str = ""

    @property
    def line(self) -> str:
        """The words in one line."""
        return " ".join(self.words.split())
