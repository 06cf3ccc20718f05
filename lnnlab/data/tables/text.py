"""Bytes of a text file to UTF-8 lines."""

import codecs
import re
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from lnnlab.errors import UserError

HEAD_BYTES = 65_536  # of a file decide on its form
HEAD_LINES = 400
CHUNK = 1 << 20
MARKS = (  # UTF-32 first: its mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8"),
)
KINDS = {  # first bytes → what such a file is, and what to do
    b"PK\x03\x04": "an Excel workbook or a zip; save it as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook; save it as CSV",
    b"\x89HDF": "an HDF5 file; save it as CSV, or from MATLAB with -v7",
    b"TDSm": "a TDMS file of LabVIEW; export it as CSV or text",
    b"\x1f\x8b": "packed with gzip; unpack it",
    b"version https://git-lfs": "a pointer of Git LFS; 'git lfs pull' brings the file",
    b"<": "a web page or XML; save the table as CSV",
    b"\x89PNG": "a picture; give the table itself",
    b"\xff\xd8\xff": "a picture; give the table itself",
    b"GIF8": "a picture; give the table itself",
    b"%PDF": "a PDF; give the table itself",
    b"RIFF": "a sound; put it into a folder of its class",
}
LINE_END = re.compile(r"\r\n|\n|\r")
COMMENT = re.compile(  # but not what sheets write where a number failed
    r"\s*(#(?!(n/a|div/0!|num!|value!|ref!|name\?|ovf))|%|//|!|;(?!.*;))", re.IGNORECASE)
WINDOWS = "cp1252"


@dataclass
class Text:
    """A text file made ready for a parser.

    Attributes:
        data: its bytes in UTF-8, without a byte-order mark or NUL bytes.
        lines: the first of them.
        whole: whether ``lines`` are all there are.
        encoding: in words; ``""`` for UTF-8.
        names: of columns that every line repeats (``ax:0.1 ay:0.2``); None elsewhere.
        units: column, by position → unit that stood in its cells.
        notes: what was repaired, a sentence each.
    """

    data: bytes
    lines: list[str] = field(default_factory=list)
    whole: bool = True
    encoding: str = ""
    names: tuple[str, ...] | None = None
    units: dict[int, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def offset(self, line: int) -> int:
        """The byte at which a line starts, counted from 0."""
        ends = re.finditer(rb"\r\n|\n|\r", self.data)
        end = next(islice(ends, line - 1, None), None) if line else None
        return end.end() if end else len(self.data) if line else 0


def read_text(path: Path) -> Text:
    """A file's text; NUL bytes, which a loss of power leaves, are taken out.

    Raises:
        UserError: the file is absent, empty or no text.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise UserError(f"{path}: no such file") from error
    except IsADirectoryError as error:
        raise UserError(f"{path}: not a text file but a folder") from error
    for start, what in KINDS.items():
        if raw.removeprefix(codecs.BOM_UTF8).lstrip(b" \r\n").startswith(start):
            raise UserError(f"{path}: {what}")
    text = _decoded(path, raw)
    text.data = text.data.replace(codecs.BOM_UTF8, b"")  # of files written one behind another
    nuls = text.data.count(b"\0")
    if nuls:
        if nuls > len(text.data) / 2 and text.data.strip(b"\0"):
            raise UserError(f"{path}: not a text file")
        text.data = text.data.replace(b"\0", b"")
        text.notes.append(f"{nuls:,} NUL bytes taken out.")
    if not text.data.strip():
        raise UserError(f"{path}: the file is empty; remove it or save it again")
    if b"\n" not in text.data:
        text.data = text.data.replace(b"\r", b"\n")
    look(text)
    return text


def without_comments(text: Text) -> None:
    """Blank the comment lines of the whole text; rows keep their numbers."""
    lines = LINE_END.split(text.data.decode())
    kept = ["" if COMMENT.match(line) else line for line in lines]
    text.data = "\n".join(kept).encode()
    look(text)


def _decoded(path: Path, raw: bytes) -> Text:
    for mark, encoding in MARKS:
        if raw.startswith(mark):
            try:
                data = raw[len(mark):] if encoding == "utf-8" else raw.decode(encoding).encode()
                data.decode()
            except UnicodeError as error:
                raise UserError(
                    f"{path}: damaged {encoding.upper()} text; save it again") from error
            return Text(data, encoding="" if encoding == "utf-8" else encoding.upper())
    head = raw[:HEAD_BYTES]
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):  # digits: every other byte is 0
        if len(head) > 8 and head[first::2].count(0) > 0.8 * len(head[first::2]):
            even = raw[: len(raw) // 2 * 2]
            return Text(even.decode(encoding, errors="replace").encode(), encoding="UTF-16")
    if raw.isascii() or _is_utf8(raw):
        return Text(raw)
    return _old_encoding(path, raw)


def _is_utf8(raw: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for at in range(0, len(raw), CHUNK):
            decoder.decode(raw[at : at + CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _old_encoding(path: Path, raw: bytes) -> Text:
    """Text of one byte a letter, or of an Asian code page; binary files are refused."""
    controls = sum(raw[:HEAD_BYTES].count(code) for code in range(32) if code not in b"\t\n\r\0\f")
    if controls > 0.01 * min(len(raw), HEAD_BYTES):
        raise UserError(f"{path}: not a text file; save the table as CSV, UTF-8")
    encoding = WINDOWS
    try:
        data = raw.decode(WINDOWS).encode()
        foreign = bool(re.search(rb"[\x80-\xff]{4}", raw))  # western letters stand alone
    except UnicodeDecodeError:
        foreign = True
    if foreign:
        from charset_normalizer import from_bytes  # slow to import, rarely needed

        strange = b"\n".join(line for line in raw.split(b"\n") if not line.isascii())
        found = from_bytes(strange[:HEAD_BYTES]).best()
        encoding = found.encoding if found else WINDOWS
        data = raw.decode(encoding, errors="replace").encode()
    shown = "Windows-1252" if encoding == WINDOWS else encoding
    note = f"Not UTF-8: read as {shown}; if names or labels look wrong, save it as UTF-8."
    return Text(data, encoding=shown, notes=[note])


def look(text: Text) -> None:
    """Cut the first lines anew, after the bytes changed."""
    head = text.data[:HEAD_BYTES]
    text.whole = len(head) == len(text.data)
    lines = LINE_END.split(head.decode(errors="ignore"))
    if not text.whole and len(lines) > 1:
        lines.pop()  # cut in the middle
    elif lines and not lines[-1]:
        lines.pop()
    if len(lines) > HEAD_LINES:
        text.whole, lines = False, lines[:HEAD_LINES]
    text.lines = lines
