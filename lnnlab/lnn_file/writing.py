"""What writing a file of either arithmetic has in common."""

import json
from collections.abc import Sequence

from lnnlab.lnn_file.packing import Pool
from lnnlab.lnn_file.structures import LayerRecord


def written(
    feat: bytes, records: Sequence[LayerRecord], pool: Pool, classes: Sequence[str], meta: dict,
    further: Sequence[tuple[str, bytes, int]] = (),
) -> list[tuple[str, bytes, int]]:
    """The sections, (tag, content, items), with those of a policy or a stream before the last."""
    labels = b"".join(name.encode() + b"\0" for name in classes)
    said = json.dumps(meta, sort_keys=True, ensure_ascii=False).encode()
    return [
        ("FEAT", feat, 1), ("LAYR", b"".join(map(bytes, records)), len(records)),
        ("DATA", bytes(pool.content), len(pool.content)), ("LABL", labels, len(classes)),
        *further, ("META", said, len(said)),
    ]
