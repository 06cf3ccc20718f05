"""The one error that a user sees: a line that says what is wrong and what to do."""

from collections.abc import Iterable
from difflib import get_close_matches


class UserError(Exception):
    """A mistake in the input, not in the program.

    The message is one line: the file or value, what is wrong, what to do. The command line and
    the notebook runner print it without a traceback and exit with status 1.
    """


class OneClass(UserError):
    """Recordings tell fewer classes than a classifier needs; a detector of anomalies may not."""


def unknown(
    kind: str, name: object, known: Iterable[str], unlisted: Iterable[str] = ()
) -> UserError:
    """The error for a name that is not among the known ones; it suggests a near match.

    Args:
        kind: what the name stands for, such as ``"corpus"``.
        name: what the user wrote.
        known: every name that would have been right.
        unlisted: further ones, too many to list; the nearest of them may be suggested.
    """
    names = [str(each) for each in known]
    near = get_close_matches(str(name), [*names, *unlisted], n=1, cutoff=0.5)
    hint = f"did you mean '{near[0]}'? " if near else ""
    return UserError(f"unknown {kind} '{name}': {hint}known: {', '.join(names) or 'none'}")
