"""Training speed as records: measured once, since every measuring gives other figures."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict

import numpy as np
from torch import nn

from lnnlab.experiments.benchmark import Work
from lnnlab.models.speed import USUAL, Size, sequences_per_second
from lnnlab.records import Subject
from lnnlab.training.device import CPU, described, kind_of_device

TABLE = "training_speed"
BY_SIZE = f"{TABLE}_sizes"  # the table of several sizes and devices


def training_speed(
    layers: Mapping[str, nn.Module], rounds: int, work: Work, size: Size = USUAL,
    device: str = CPU, threads: int = 1,
) -> dict[str, list[float]]:
    """Sequences a second of each layer in each round, as recorded; measured where no record is.

    Absolute figures belong to the machine that the record was made on; ratios within a round mean
    more. ``lnnlab reports --renew 'training speed'`` measures anew.

    Args:
        layers: name → layer, see :func:`lnnlab.models.speed.sequences_per_second`.
        rounds: turns of each layer.
        work: where the record goes.
        size: of the training batch.
        device: where the layers train; figures of another card are another record.
        threads: of the CPU.
    """
    identity = {"layers": {name: repr(layer) for name, layer in layers.items()}, "rounds": rounds}
    if size != USUAL:
        identity["size"] = asdict(size)
    if threads != 1:
        identity["threads"] = threads
    name = "training speed"
    if kind_of_device(device) != CPU:
        identity["device"] = described(device)
        name += f" on {identity['device']}"
    records = work.records(TABLE)
    results, _ = records.kept(
        Subject(name, name, identity, {}),
        lambda: {"sequences_per_s": sequences_per_second(
            dict(layers), size, rounds, device, threads)})
    records.settle()
    return results["sequences_per_s"]


def speed_by_size(
    layers: Callable[[int, int], Mapping[str, nn.Module]],
    sizes: Sequence[tuple[Size, int]], rounds: int, work: Work, device: str = CPU,
    threads: int = 1,
) -> list[dict]:
    """Rows of :data:`BY_SIZE`: how speed grows with the batch, its steps and the units.

    Args:
        layers: gives name → layer for features and units.
        sizes: of batches, each with the units of the layers.
        rounds, work, device, threads: see :func:`training_speed`.

    Returns:
        A row for each size and layer; ``ratio`` is LinearLTC's speed over the layer's, median of
        the rounds, and ``lowest_ratio`` that of the worst.
    """
    rows = []
    for size, units in sizes:
        measured = training_speed(
            layers(size.features, units), rounds, work, size, device, threads)
        for name, each in measured.items():
            ratios = np.divide(measured["LinearLTC"], each)
            rows.append({
                "device": described(device) + f", {threads} threads" * (threads > 1),
                "batch": size.batch, "steps": size.steps, "features": size.features,
                "units": units, "layer": name,
                "sequences_per_s": float(np.median(each)), "ratio": float(np.median(ratios)),
                "lowest_ratio": float(ratios.min()),
            })
    return rows
