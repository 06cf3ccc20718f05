"""Networks tuned on streams that they hear through policies, so that none of them is strange.

One network serves every policy, always-on among them. What was heard before an event, and how long
the network slept, is then closer to what it meets at work than clips that start from silence. Those
that taught the network on clips teach it again, awake; without any, the network as it was,
awake, teaches it.
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import torch
from torch import nn

from lnnlab import records
from lnnlab.data import Dataset, Split
from lnnlab.experiments.policies.windows import Hearing, stream_windows
from lnnlab.models.saved import SavedModel, load, save
from lnnlab.training import LNNTrainer, Samples
from lnnlab.training.predictions import one_thread

FORMAT = 3  # raised when the same settings begin to give other networks


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


def tuned_on_streams(
    saved: SavedModel, dataset: Dataset, split: Split, seed: int, folder: Path,
    how: Tuning | None = None, teachers: Callable[[], Sequence[nn.Module]] | None = None,
    taught: str = "",
) -> SavedModel:
    """The network tuned on streams of its training clips, made now unless it lies in ``folder``.

    Args:
        saved: trained at many timesteps on clips.
        dataset, split: whose training clips and backgrounds are heard.
        seed: of the streams, the policies drawn and the batches.
        folder: where networks are kept, such as ``reports/full/models``.
        how: None: the usual settings.
        teachers: gives networks that know clips of such features, if they are needed; None: the
            network itself, awake.
        taught: what stands for the teachers in a file's name, such as a key of their recipes.
    """
    how = how or Tuning()
    weights = {name: float(each.double().sum()) for name, each in
               saved.network.state_dict().items()}
    key = records.key({"format": FORMAT, "how": asdict(how), "seed": seed, "data": dataset.hash,
                       "rows": records.key(split.train.tolist()),
                       "weights": weights, "taught": taught})
    place = folder / dataset.name / f"{saved.name}-streams-{key}.pt"
    if not place.exists():
        with one_thread():
            windows = stream_windows(dataset, split, saved, how.hearing, seed,
                                     teachers() if teachers else ())
            network = _with_kept_statistics(copy.deepcopy(saved.network))
            torch.manual_seed(seed)
            LNNTrainer(_config(saved, how, seed), network).fit(
                windows, _few(windows), how.epochs, how.epochs, progress=False)
        tuned = copy.deepcopy(saved.network)
        tuned.load_state_dict(network.state_dict())
        save(replace(saved, network=tuned.eval(), origin=saved.origin | {"streams": asdict(how)}),
             place)
    return load(place)


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
