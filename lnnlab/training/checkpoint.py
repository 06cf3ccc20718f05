"""Saving and reading back a run's state so that a kill at any moment loses one epoch at most."""

from pathlib import Path

import torch

from lnnlab import store
from lnnlab.errors import UserError


def save(state: dict, path: Path) -> None:
    """Write the state whole: a reader sees the old or the new."""
    with store.replacing(path) as place:
        torch.save(state, place)


def load(path: Path, fingerprint: dict) -> dict | None:
    """The state saved at ``path``, or None where there is none.

    Args:
        path: where :func:`save` wrote.
        fingerprint: what the run consists of; a checkpoint of another run is refused.

    Raises:
        UserError: the file is damaged or belongs to a run with other settings.
    """
    if not path.exists():
        return None
    try:
        state = torch.load(path, weights_only=True, map_location="cpu")
    except FileNotFoundError:  # another process came to the end of the same run
        return None
    except Exception as error:  # torch raises many kinds for a damaged file
        raise UserError(f"{path}: not a readable checkpoint; delete it to start afresh") from error
    if state.get("fingerprint") != fingerprint:
        saved = state.get("fingerprint", {})
        differ = [key for key in {**fingerprint, **saved} if saved.get(key) != fingerprint.get(key)]
        raise UserError(
            f"{path}: checkpoint of another run ({', '.join(differ)} differ); "
            "delete it or give another checkpoint path"
        )
    return state
