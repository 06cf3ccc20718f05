"""A trainer's network as a ``.lnn`` file, as the second seed's listing writes it."""

import copy
from pathlib import Path

import numpy as np
import torch

from lnnlab import lnn_file
from lnnlab.compress import quantise
from lnnlab.errors import UserError, unknown
from lnnlab.features import FeatureSpec
from lnnlab.models.saved import SavedModel

TARGETS = ("cortex-m0", "cortex-m0plus", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33",
           "rv32imc")


def export_embedded(
    trainer, path: Path, quantization: str, target: str, classes: tuple[str, ...]
) -> Path:
    """Quantise a trainer's network, calibrated on its last training batches, and write it.

    A trainer knows feature vectors, not the samples they came from, so the file takes feature
    vectors: a "sample" of it is one feature value, a frame one vector. To put the front end onto
    the microcontroller too, train with :func:`lnnlab.experiments.run.run` or ``lnnlab train``.

    Args:
        trainer: a :class:`lnnlab.training.LNNTrainer` that has trained.
        path: the file to write.
        quantization: "int8".
        target: the core that it is meant for; the file is the same for all.
        classes: labels; numbers where none are given.

    Raises:
        UserError: nothing was trained, or the network has no integer form: the cell ``"ltc"``,
            which a solver integrates, has none.
    """
    config = trainer.config
    if quantization not in ("int8", "dynamic-int8"):
        raise unknown("quantization", quantization, ("int8", "dynamic-int8"))
    if target not in TARGETS:
        raise unknown("target", target, TARGETS)
    if not trainer.recent:
        raise UserError("nothing was trained yet: call train_step or fit before export_embedded")
    if config.model == "ltc":
        raise UserError("cell 'ltc' has no integer form on a microcontroller; train with "
                        "cell='linear_ltc' or 'cfc'")
    steps = trainer.recent[-1].shape[1]
    vectors = torch.cat([each for each in trainer.recent if each.shape[1] == steps]).cpu()
    flat = vectors.reshape(len(vectors), -1, 1).numpy().astype(np.float32)  # (window, value, 1)
    spec = FeatureSpec(kind="raw", frame=config.input_dim, hop=config.input_dim).scaled_to(flat)
    labels = classes or tuple(str(k) for k in range(config.output_dim))
    network = _unscaled(trainer.model, spec.full_scale)
    nothing = flat[:0], np.zeros(0, np.int64)
    saved = SavedModel(
        config.model, config.options, network, spec, labels, ("feature",),
        config.frame_rate_hz * config.input_dim, steps * config.input_dim, flat, *nothing,
        {"label": f"LNNTrainer, {config.ode_solver}", "target": target},
    )
    lnn_file.write(quantise(saved), path)
    return path


def _unscaled(network: torch.nn.Module, full_scale: float) -> torch.nn.Module:
    """The network for inputs that were divided by ``full_scale``, as raw frames are."""
    scaled = copy.deepcopy(network).cpu().eval()
    scaled.offset.div_(full_scale)
    scaled.scale.mul_(full_scale)
    return scaled
