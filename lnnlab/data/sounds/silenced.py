"""What a library writes to standard error by itself, kept from it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_ONE = Lock()  # standard error is the process's: two threads must not put it back crosswise
STDERR = 2


@contextmanager
def silenced(wanted: bool = True) -> Iterator[None]:
    """Without standard error while a decoder opens a file; what it found is raised anyway."""
    if not wanted:
        yield
        return
    with _ONE:
        try:
            kept = os.dup(STDERR)
        except OSError:  # closed: nothing to keep
            yield
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, STDERR)
        try:
            yield
        finally:
            os.dup2(kept, STDERR)
            os.close(kept)
            os.close(nowhere)
