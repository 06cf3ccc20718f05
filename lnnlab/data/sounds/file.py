"""Any sound file as mono samples at one rate, and what had to be changed for it.

``soundfile`` decodes; what it would pass over in silence is found here first: truncated files,
headers without a length, floats far above full scale, channels that cancel.
"""

import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import gcd
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly

from lnnlab.data.sounds.ogg import is_cut
from lnnlab.data.sounds.riff import AGAIN, KINDS, standard_wav
from lnnlab.data.sounds.scale import ABOVE, Level, divisors, level_of, mono
from lnnlab.data.sounds.silenced import silenced
from lnnlab.errors import UserError

SUFFIXES = (".wav", ".wave", ".bwf", ".rf64", ".w64", ".flac", ".ogg", ".oga", ".opus", ".mp3",
            ".aif", ".aiff", ".aifc", ".au", ".snd", ".caf", ".sph", ".nist")
UNREAD = (".m4a", ".m4b", ".aac", ".mp4", ".wma", ".webm", ".amr", ".3gp", ".3ga", ".mka", ".ac3",
          ".ape", ".wv", ".dsf")  # sound that soundfile does not decode
FLOATS = ("FLOAT", "DOUBLE")  # as soundfile calls samples without a full scale
BLOCK = 1 << 16  # frames at a time: the length that a stream announces may be none
SLOWEST, FASTEST = 1000, 1_000_000  # samples per second of what counts as sound
KNOWN = {  # how files begin that are called .wav and are none
    b"version https://git-lfs": "a pointer of Git LFS; 'git lfs pull' brings the file",
    b"\x1a\x45\xdf\xa3": "WebM or Matroska, as browsers record; convert it to wav or flac",
    b"#!AMR": "AMR; convert it to wav or flac",
    b"\x30\x26\xb2\x75": "WMA; convert it to wav or flac",
    b"\x00\x05\x16\x07": "a Mac's note about another file; remove it",
    b"PK\x03\x04": "a zip archive; unpack it",
    b"<": "a web page or XML, perhaps of a failed download",
}


@dataclass(frozen=True)
class Sound:
    """A sound file that was read.

    Attributes:
        x: float32 (time,), mono, full scale at 1.
        kind: of the file, such as ``"WAV"`` or ``"FLAC"``.
        rate_hz: of the file.
        changes: what was changed, in words; empty where nothing was.
        silent: whether every sample is the same, as a dead microphone gives them.
        scale: what the samples were divided by.
        level: what they were like before.
    """

    x: np.ndarray
    kind: str
    rate_hz: int
    changes: tuple[str, ...]
    silent: bool
    scale: float = 1.0
    level: Level = Level(0.0, True, False)


def read_sound(path: Path, rate_hz: int = 16_000) -> Sound:
    """Read a file of one of ``SUFFIXES``, whatever its samples are.

    Args:
        path: the file; integers of 8 to 32 bits, floats of any scale, A-law, mu-law or compressed.
        rate_hz: what the samples are resampled to where the file differs.

    Raises:
        UserError: it is absent, empty, truncated, damaged or no sound file, or holds no samples or
            some that are not finite.
    """
    stream, said = _opened(path)
    x, kind, rate, floats = _decoded(path, stream)
    changes = [said] if said else []
    if not len(x):
        raise UserError(f"{path}: holds no samples; record it again or remove it")
    if not np.isfinite(x).all():
        raise UserError(f"{path}: holds samples that are not finite; record it again or remove it")
    level = level_of(x, floats)
    scale = divisors([level])[0]
    if scale != 1.0:
        changes.append(f"{ABOVE}{scale:.4g}")
        x = x / scale
    x, mixed = mono(x)
    changes += mixed
    silent = bool(np.ptp(x) == 0)  # asked here: resampling bends a constant at its ends
    if not SLOWEST <= rate <= FASTEST:
        raise UserError(f"{path}: announces {rate} samples a second, which is no sound; record it "
                        "again, or write its samples as CSV")
    if rate != rate_hz:
        changes.append(f"resampled from {rate} to {rate_hz} Hz")
        divisor = gcd(rate, rate_hz)
        x = resample_poly(x, rate_hz // divisor, rate // divisor)
    return Sound(x.astype(np.float32), kind, rate, tuple(changes), silent, scale, level)


def at_one_scale(sounds: Sequence[Sound], beside: Sequence[Sound] = ()) -> list[Sound]:
    """Files of one corpus whose floats are all divided by what the corpus needs.

    By a divisor of its own each file would be as loud as every other: which of two vibrations is
    the stronger would be lost. See :func:`lnnlab.data.sounds.scale.divisors`.

    Args:
        sounds: of a corpus.
        beside: further files of it, which count and are not given back.
    """
    common = divisors([each.level for each in (*sounds, *beside)])
    return [each if each.scale == scale else _divided(each, scale)
            for each, scale in zip(sounds, common, strict=False)]


def _divided(sound: Sound, scale: float) -> Sound:
    said = tuple(each for each in sound.changes if not each.startswith(ABOVE))
    return replace(sound, x=sound.x * np.float32(sound.scale / scale), scale=scale,
                   changes=(f"{ABOVE}{scale:.4g}", *said))


def _opened(path: Path) -> tuple[io.BytesIO | str, str]:
    """What to decode, and what was wrong with the header."""
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    size = path.stat().st_size
    if not size:
        raise UserError(f"{path}: is empty; {AGAIN}")
    with path.open("rb") as file:
        head = file.read(64)
    if head[:4] in KINDS:
        content, said = standard_wav(path)
        return io.BytesIO(content), said
    known = next((words for start, words in KNOWN.items() if head.startswith(start)), "")
    if head[4:8] == b"ftyp" or head[:2] in (b"\xff\xf1", b"\xff\xf9"):
        known = "AAC, as phones record; convert it to wav or flac"
    if not any(head):
        known = "it begins with zeros; record it again or remove it"
    if known:
        raise UserError(f"{path}: is no readable sound file: {known}")
    if _announced(head) > size or head[:4] == b"OggS" and is_cut(path.read_bytes()):
        raise UserError(f"{path}: is truncated; {AGAIN}")
    return str(path), ""


def _announced(head: bytes) -> int:
    """How long the header says that an uncompressed file is; 0 where it does not."""
    if head[:4] == b"FORM":
        return 8 + struct.unpack(">I", head[4:8])[0]
    if head[:4] == b".snd":
        start, length = struct.unpack(">II", head[4:12])
        return start + length if length != 0xFFFFFFFF else 0
    return struct.unpack("<Q", head[16:24])[0] if head[:4] == b"riff" else 0


class _Forward(soundfile.SoundFile):
    """Read from start to end: after a stream without a length one cannot seek."""

    def seekable(self) -> bool:
        return False


def _is_mp3(path: str) -> bool:
    with Path(path).open("rb") as file:
        head = file.read(3)
    return head == b"ID3" or head[:1] == b"\xff"


def _decoded(path: Path, stream: io.BytesIO | str) -> tuple[np.ndarray, str, int, bool]:
    """Samples (time, channel), the kind of file, its rate, and whether it holds floats."""
    try:
        with silenced(isinstance(stream, str) and _is_mp3(stream)):  # it warns and goes on
            opened = _Forward(stream)
        with opened as file:
            pieces = []
            while not pieces or len(pieces[-1]) == BLOCK:
                pieces.append(file.read(BLOCK, dtype="float64", always_2d=True))
            x = np.concatenate(pieces)
            lost = file.frames - len(x)
            if 2 * 1152 < lost < 1 << 40:  # two frames of MP3; a stream announces 2^63
                raise UserError(f"{path}: is truncated; {AGAIN}")
            return x, file.format, file.samplerate, file.subtype in FLOATS
    except (soundfile.SoundFileError, RuntimeError, OSError, ValueError) as error:
        said = str(error).rsplit(": ", 1)[-1].rstrip(". ") or type(error).__name__
        kind = "wav" if isinstance(stream, io.BytesIO) else "sound"
        raise UserError(f"{path}: is no readable {kind} file ({said}); {AGAIN}") from error
