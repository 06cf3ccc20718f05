"""How one attempt at a point ended."""

import os
from dataclasses import dataclass

from lnnlab.errors import UserError
from lnnlab.places import FULL as FULL_DISK

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
        counts: whether it was an attempt at the run at all, and not only the machine's trouble.
    """

    state: str
    words: str = ""
    archive: bytes = b""
    where: str = ""
    counts: bool = True

    @property
    def line(self) -> str:
        """The words in one line."""
        return " ".join(self.words.split())


def failure(error: Exception) -> Outcome:
    """How an attempt ended that an exception ended."""
    words = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
    full = any(os.strerror(number) in words for number in FULL_DISK)
    return Outcome(FULL if full else RAISED, words)
