"""What writing a file of either arithmetic has in common."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from lnnlab.lnn_file.codec import Record
from lnnlab.lnn_file.packing import Pool


def written(
    feat: bytes, records: Sequence[Record], pool: Pool, classes: Sequence[str], meta: dict,
    policy: bytes | None = None,
) -> list[tuple[str, bytes, int]]:
    """The sections: (tag, content, items)."""
    labels = b"".join(name.encode() + b"\0" for name in classes)
    said = json.dumps(meta, sort_keys=True, ensure_ascii=False).encode()
    return [
        ("FEAT", feat, 1), ("LAYR", b"".join(each.pack() for each in records), len(records)),
        ("DATA", bytes(pool.content), len(pool.content)), ("LABL", labels, len(classes)),
        *([] if policy is None else [("PLCY", policy, 1)]), ("META", said, len(said)),
    ]


def write_bytes(data: bytes, path: Path) -> None:
    """Write a file atomically: a reader finds the whole file or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    partial.write_bytes(data)
    os.replace(partial, path)
