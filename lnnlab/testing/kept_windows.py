"""Windows that a board has decided on, kept where a run breaks off."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lnnlab import paths, store
from lnnlab.errors import UserError
from lnnlab.testing.transport import OtherBoard, Transport

EVERY = 64  # windows at most are lost by a process that is killed


@dataclass(frozen=True)
class Decided:
    """Logits (window, class), and how many of the windows an earlier run had decided on."""

    logits: np.ndarray
    resumed: int


def decided(
    transport: Transport, blob: bytes, samples: np.ndarray, told: Callable[[int], object],
) -> Decided:
    """Logits of every window; those of a run that broke off are not asked for again.

    Args:
        transport: ready for the model; of one without an identity nothing is kept.
        blob: the model.
        samples: int16 (window, time, channel).
        told: is given the number of windows that have come.

    Raises:
        UserError: as the transport does, and how many windows are done.
    """
    path = _place(transport, blob, samples) if transport.identity else None
    done = [*_load(path)] if path and path.exists() else []
    resumed, whole = len(done), False
    told(resumed)
    try:
        for part in transport.decide(samples[resumed:]):
            done += [*part]
            told(len(part))
            if len(done) % EVERY == 0:
                _save(path, done)
        whole = True
    except OtherBoard:
        done.clear()
        raise
    except UserError as error:
        if not (path and done):
            raise
        raise UserError(f"{error}. {len(done)} of {len(samples)} windows are done and kept: the "
                        "same call goes on behind them") from error
    finally:
        if path and (whole or not done):  # a whole run is not taken for another one later
            path.unlink(missing_ok=True)
        else:
            _save(path, done)
    return Decided(np.array(done), resumed)


def _place(transport: Transport, blob: bytes, samples: np.ndarray) -> Path:
    contents = [hashlib.sha256(each).hexdigest() for each in (blob, np.ascontiguousarray(samples))]
    return paths.cache() / "hil" / f"{store.key([transport.identity, *contents])}.npy"


def _load(path: Path) -> np.ndarray:
    try:
        return np.array(store.ARRAY.load(path))
    except (ValueError, EOFError, OSError) as error:
        raise UserError(f"{path}: damaged ({error}); delete it, and the run starts anew") from error


def _save(path: Path | None, done: list[np.ndarray]) -> None:
    if path and done:
        with store.replacing(path) as place:
            store.ARRAY.save(np.array(done), place)
