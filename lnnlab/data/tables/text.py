"""Bytes of a text file to UTF-8 lines: encodings, and what loggers put around a line."""

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
    b"RIFF": "a sound; put it into a folder of its class",
}
LINE_END = re.compile(r"\r\n|\n|\r")
COMMENT = re.compile(r"\s*(#|%|//|!|;(?!.*;))")
STAMPED = re.compile(r"^[ \t]*(\d{1,2}:\d\d:\d\d(?:[.,]\d+)?)[ \t]*->[ \t]*", re.MULTILINE)
KEYED = re.compile(r"(^|[,;\t ])[ \t]*([A-Za-z_]\w*)[ \t]*[:=][ \t]*(?=[-+.\d])",
                   re.MULTILINE)
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
        notes: what was repaired, a sentence each.
    """

    data: bytes
    lines: list[str] = field(default_factory=list)
    whole: bool = True
    encoding: str = ""
    names: tuple[str, ...] | None = None
    notes: list[str] = field(default_factory=list)

    def offset(self, line: int) -> int:
        """The byte at which a line starts, counted from 0."""
        ends = re.finditer(rb"\r\n|\n|\r", self.data)
        return next(islice(ends, line - 1, None)).end() if line else 0


def read_text(path: Path) -> Text:
    """A file's text; repairs what loggers are known to write.

    Those are NUL bytes after a loss of power, a serial monitor's ``12:34:56.789 -> `` before each
    line, a plotter's ``name:value``, and lines that are quoted as a whole.

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
        if raw.startswith(start):
            raise UserError(f"{path}: {what}")
    text = _decoded(path, raw)
    nuls = text.data.count(b"\0")
    if nuls:
        if nuls > len(text.data) / 2 and text.data.strip(b"\0"):
            raise UserError(f"{path}: not a text file")
        text.data = text.data.replace(b"\0", b"")
        text.notes.append(f"{nuls:,} NUL bytes taken out.")
    if not text.data.strip():
        raise UserError(f"{path}: the file is empty")
    if b"\n" not in text.data:
        text.data = text.data.replace(b"\r", b"\n")
    _look(text)
    _repair(text)
    return text


def without_comments(text: Text) -> None:
    """Blank the comment lines of the whole text; rows keep their numbers."""
    lines = LINE_END.split(text.data.decode())
    kept = ["" if COMMENT.match(line) else line for line in lines]
    text.data = "\n".join(kept).encode()
    _look(text)


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


def _look(text: Text) -> None:
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


def _repair(text: Text) -> None:
    filled = [line for line in text.lines if line.strip() and not COMMENT.match(line)]
    filled = filled[:2] + filled[2 :: max(1, len(filled) // 40)]
    if not filled:
        return
    most = 0.7 * len(filled)
    if sum(bool(STAMPED.match(line)) for line in filled) > most:
        mark = max(",;\t", key=lambda each: sum(line.count(each) for line in filled))
        mark = mark if any(mark in line for line in filled) else " "
        text.data = STAMPED.sub(rf"\1{mark}", text.data.decode()).encode()
        text.notes.append("Times of the serial monitor before '->' taken as the first column.")
        _stamp_header(text, mark)
    elif sum(_keys(line) == _keys(filled[-1]) != () for line in filled) > most:
        names = _keys(filled[-1])
        if len(names) == len(set(names)):
            text.names = names
            text.data = KEYED.sub(r"\1", text.data.decode()).encode()
            text.notes.append("Names that every line repeats taken as the header.")
    elif all(re.search(r";\s*$", line) and "," in line for line in filled):
        text.data = re.sub(rb"[; \t]+(\r?)$", rb"\1", text.data, flags=re.MULTILINE)
        text.notes.append("Semicolons at the ends of lines taken off.")
    elif all(_quoted(line) for line in filled):
        lines = LINE_END.split(text.data.decode())
        text.data = "\n".join(line.strip()[1:-1].replace('""', '"') for line in lines).encode()
        text.notes.append("Every line was quoted as a whole: quotes taken off.")
    else:
        return
    _look(text)


def _stamp_header(text: Text, mark: str) -> None:
    """A header that stood without a time gets a name for it."""
    _look(text)
    for number, line in enumerate(text.lines):
        if re.match(r"\d{1,2}:\d\d:\d\d", line):
            break
        if line.strip() and number + 1 < len(text.lines):
            lines = text.data.decode().split("\n")
            lines[number] = f"time{mark}{lines[number].lstrip()}"
            text.data = "\n".join(lines).encode()


def _keys(line: str) -> tuple[str, ...]:
    return tuple(found[1] for found in KEYED.findall(line))


def _quoted(line: str) -> bool:
    inner = line.strip()
    return len(inner) > 2 and inner[0] == inner[-1] == '"' and (
        '"' not in inner[1:-1].replace('""', "") and bool(re.search(r"[,;\t]", inner)))
