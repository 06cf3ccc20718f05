"""How every command ends: a user's mistake is one line, never a traceback."""

import os
import sys
from collections.abc import Callable

from lnnlab.errors import UserError
from lnnlab.places import said_of, spare_home


def guarded(name: str, work: Callable[[], object]) -> int:
    """Run a command's work; returns its exit status.

    Args:
        name: of the command, to start the line with.
        work: what it does; a number that it returns is the status.
    """
    try:
        spare_home()
        status = work()
        sys.stdout.flush()
    except UserError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # whoever read the output has enough; be silent at exit too
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:  # a place that cannot be written, a disk that is full
        print(f"{name}: {said_of(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"{name}: stopped; what was written is whole, and the same command takes it up where "
              "it can", file=sys.stderr)
        return 130
    return status if isinstance(status, int) else 0
