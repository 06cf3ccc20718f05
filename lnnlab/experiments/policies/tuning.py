"""Networks tuned on streams that they hear through policies, so that none of them is strange.

One network serves every policy, always-on among them. What was heard before an event, and how long
the network slept, is then closer to what it meets at work than clips that start from silence. Those
that taught the network on clips teach it again, awake; without any, the network as it was,
awake, teaches it.
"""

import copy
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import torch
from torch import nn

from lnnlab import store
from lnnlab.experiments.policies.windows import Hearing, heard_windows
from lnnlab.experiments.probes import probe
from lnnlab.experiments.run import Run
from lnnlab.experiments.trained import (
    basis_of,
    place_of,
    renewed,
    teacher_networks,
    trained,
)
from lnnlab.experiments.training import as_saved
from lnnlab.models.saved import SavedModel, load, save, slim
from lnnlab.records import difference
from lnnlab.training import LNNTrainer, Samples
from lnnlab.training.predictions import one_thread

MODEL = store.Form(".pt", save, load)


@dataclass(frozen=True)
class Tuning:
    """How a network is tuned.

    Attributes:
        hearing: the windows that it is tuned on.
        epochs, learning_rate: of AdamW with a cosine.
        teacher_weight: of what the teachers say, beside the truth.
    """

    hearing: Hearing = field(default_factory=Hearing)
    epochs: int = 12
    learning_rate: float = 2e-3
    teacher_weight: float = 0.8


def tuned_on_streams(run: Run, how: Tuning, folder: Path) -> SavedModel:
    """The network of a run tuned on streams of its training clips, made now unless it is kept.

    Args:
        run: trained at many timesteps on clips; its seed is that of the streams, the policies
            drawn and the batches too. The teachers of its recipe teach again, awake; without any,
            the network itself.
        how: the settings.
        folder: where networks are kept, such as ``reports/full/networks``.
    """
    described = {
        "name": f"{run.dataset.name}-{run.recipe.model}-streams", **run.identity, **run.data,
        "how": asdict(how), "probe": [f"{number:.4g}" for number in probe(run)],
    }

    def make() -> SavedModel:
        saved = up_to_date(run, folder)
        with one_thread():
            return slim(tuned(run, saved, how, teacher_networks(run)))

    found = store.kept(described, make, MODEL, folder)
    return replace(as_saved(run, found.network, found.options), origin=found.origin)


def up_to_date(run: Run, folder: Path) -> SavedModel:
    """The network of a run as today's code trains it: one that lies there stale is made anew."""
    place = place_of(run, folder)
    if place.exists() and difference(load(place).origin.get("basis", {}), basis_of(run)):
        return renewed(run, folder).saved
    return trained(run, folder)


def tuned(
    run: Run, saved: SavedModel, how: Tuning, teachers: Sequence[nn.Module] = ()
) -> SavedModel:
    """A network tuned on streams, on one thread; nothing is kept.

    Args:
        run: whose training clips and backgrounds are heard, and the seed.
        saved: its network.
        how: the settings.
        teachers: networks that know clips of such features; none: the network itself, awake.
    """
    windows = heard_windows(run.dataset, run.split, saved, how.hearing, run.seed, teachers)
    network = _with_kept_statistics(copy.deepcopy(saved.network))
    torch.manual_seed(run.seed)
    LNNTrainer(_config(saved, how, run.seed), network).fit(
        windows, _few(windows), how.epochs, how.epochs, progress=False)
    found = copy.deepcopy(saved.network)
    found.load_state_dict(network.state_dict())
    origin = saved.origin | {"streams": asdict(how)}
    return replace(saved, network=found.eval(), origin=origin)


def _config(saved: SavedModel, how: Tuning, seed: int) -> dict:
    return {
        "input_dim": saved.features.size(len(saved.channels)), "seed": seed,
        "output_dim": len(saved.classes), "learning_rate": how.learning_rate,
        "weight_decay": 0.01, "label_smoothing": 0.1, "averaging": 0.995, "keep": "last",
        "teacher_weight": how.teacher_weight, "temperature": how.hearing.temperature,
    }


def _with_kept_statistics(network: nn.Module) -> nn.Module:
    """Batch normalisation keeps its statistics: filled-up frames are no part of them."""
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm1d):
            layer.eval()
            layer.train = lambda mode=True, layer=layer: layer
    return network


def _few(windows: Samples) -> Samples:
    """Some windows for the loss that the trainer reports; it chooses nothing by it."""
    return Samples(windows.x[:64], windows.y[:64], windows.timespans[:64])
