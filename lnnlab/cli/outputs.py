"""Models whose outputs are no classes, refused where classes are scored."""

from pathlib import Path

from lnnlab import lnn_file, runtime
from lnnlab.errors import UserError


def refuse_without_classes(path: Path) -> None:
    """Refuse a denoiser or a detector of anomalies where windows are to be classified.

    Args:
        path: of a model; one of torch always has classes.

    Raises:
        UserError: a ``.lnn`` file's outputs are gains or expected features, or it is damaged.
    """
    if path.suffix != ".lnn":
        return
    blob = lnn_file.checked_bytes(path)
    if lnn_file.is_float32(blob):
        return
    for right, what, number in ((runtime.has_gains(blob), "gains of bands, of a denoiser", 16),
                                (runtime.has_anomaly_score(blob),
                                 "the features it expects, of a detector of anomalies", 14)):
        if right:
            raise UserError(f"{path}: its outputs are {what}; there are no classes to score, "
                            f"notebook {number} says how it is scored")
