"""Training speed as a record: measured once, since every measuring gives other figures."""

from collections.abc import Mapping

from torch import nn

from lnnlab.experiments.benchmark import Work
from lnnlab.models.speed import sequences_per_second
from lnnlab.records import Subject

TABLE = "training_speed"


def training_speed(
    layers: Mapping[str, nn.Module], rounds: int, work: Work
) -> dict[str, list[float]]:
    """Sequences a second of each layer in each round, as recorded; measured where no record is.

    Absolute figures belong to the machine that the record was made on; ratios within a round mean
    more. ``lnnlab reports --renew 'training speed'`` measures anew.

    Args:
        layers: name → layer, see :func:`lnnlab.models.speed.sequences_per_second`.
        rounds: turns of each layer.
        work: where the record goes.
    """
    identity = {"layers": {name: repr(layer) for name, layer in layers.items()}, "rounds": rounds}
    records = work.records(TABLE)
    subject = Subject("training speed", "training speed", identity, {})
    results, _ = records.kept(
        subject, lambda: {"sequences_per_s": sequences_per_second(dict(layers), rounds=rounds)})
    records.settle()
    return results["sequences_per_s"]
