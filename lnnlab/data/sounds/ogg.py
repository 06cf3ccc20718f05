"""Whether an Ogg file is whole: decoders take half a file for all of it."""

HEAD = 27  # bytes of a page before its table of lengths
LAST = 4  # flag of the page that ends a stream


def is_cut(content: bytes) -> bool:
    """Whether the last whole page of an Ogg file ends no stream.

    Streams may follow each other, and bytes behind the last page are no matter.
    """
    at, flags = content.find(b"OggS"), LAST
    while at >= 0:
        table = content[at + HEAD : at + HEAD + _byte(content, at + HEAD - 1)]
        end = at + HEAD + len(table) + sum(table)
        whole = _byte(content, at + 4) == 0 and len(content) >= end >= at + HEAD
        if whole:
            flags = content[at + 5]
        at = content.find(b"OggS", end if whole else at + 4)
    return not flags & LAST


def _byte(content: bytes, at: int) -> int:
    return content[at] if at < len(content) else 0
