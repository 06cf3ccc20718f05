"""A detector on a device: its decision in its label, its costs, the C against the twin."""

import copy
from dataclasses import replace

import numpy as np
import torch

from lnnlab import lnn_file
from lnnlab.compress import quantise
from lnnlab.experiments.voice.detector import SPEECH, DetectorRun
from lnnlab.experiments.voice.listeners import integer_listener, validation
from lnnlab.experiments.voice.material import Recording
from lnnlab.integer import IntegerModel, run_policy
from lnnlab.integer.decisions import StreamConfig, stream_logits
from lnnlab.models.saved import SavedModel
from lnnlab.profiling.policy import policy_costs
from lnnlab.profiling.stream import stream_costs
from lnnlab.scoring.activity import Holding, chosen
from lnnlab.target.boards import board
from lnnlab.target.stream import StreamRecord, StreamRunner

SPOKEN = {"smoothing_shift": 0, "refractory": 0, "threshold_q15": 16384}  # label: the decision
PARTLY = 4, 100  # recordings and hops of each that an emulated core hears
COUNTED_S = 3  # seconds whose cycles are counted


def settled(run: DetectorRun, saved: SavedModel) -> tuple[IntegerModel, Holding]:
    """The integer network whose label is the decision, and its hangover.

    The threshold that validation chose moves into the readout's bias, so that speech is the
    larger logit wherever its score reaches the threshold: the runtime needs no threshold.
    """
    first = replace(quantise(saved), policy=run.policy)
    holding = chosen(validation(run, integer_listener(first, "")), run.hop_s, (0,))
    network = copy.deepcopy(saved.network)
    with torch.no_grad():
        network.readout.bias[SPEECH] -= holding.threshold
    model = quantise(replace(saved, network=network))
    meta = model.meta | {"stream": dict(SPOKEN), "hangover_frames": holding.hangover}
    return replace(model, meta=meta, policy=run.policy), replace(holding, threshold=0.0)


def costs_of(model: IntegerModel, board_name: str, given: Recording) -> dict[str, float]:
    """What a network with its policy takes on a board, hop by hop; plain values."""
    blob, chosen_board = lnn_file.to_bytes(model), board(board_name)
    samples = model.quantise(given.x[None, : COUNTED_S * int(model.features.rate_hz), None])[0]
    shared = {"model_bytes": len(blob), "arena_bytes": StreamRunner(blob).arena_bytes}
    if model.policy is None:
        found = stream_costs(blob, chosen_board, samples)
        return shared | {
            "frame_cycles": sum(found.frame_cycles) / 2, "cycles_per_s": found.cycles_per_s,
            "power_mw": found.average_mw, "flash_power_mw": found.flash_average_mw}
    found = policy_costs(blob, chosen_board, samples)
    per_s = sum(found.cycles_per_s) / 2
    return shared | {"frame_cycles": per_s * found.counts.seconds / found.counts.decisions,
                     "cycles_per_s": per_s, "power_mw": found.average_mw}


def parity_of(
    model: IntegerModel, core: str, tests: dict[str, tuple[Recording, ...]]
) -> list[int]:
    """Decisions compared, and how many of them differ between the C and the twin.

    Without a policy logits are compared; under one hops, timesteps, labels and probabilities.

    Args:
        core: ``"host"`` hears all of every test, an emulated one the beginnings of a few.
    """
    runner, spec, compared, differ = (
        StreamRunner(lnn_file.to_bytes(model), core), model.features.spec, 0, 0)
    for recordings in tests.values():
        some = recordings if core == "host" else recordings[: PARTLY[0]]
        for each in some:
            samples = model.quantise(each.x[None, :, None])[0]
            if core != "host":
                samples = samples[: spec.frame + (PARTLY[1] - 1) * spec.hop]
            said, wanted = _both(model, runner.run(samples), samples)
            compared += len(wanted)
            alike = len(said) == len(wanted)
            differ += int((said != wanted).any(axis=1).sum()) if alike else len(wanted)
    return [compared, differ]


def _both(
    model: IntegerModel, said: StreamRecord, samples: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What the C said and what the twin says, a row a decision."""
    if model.policy is None:
        return said.logits_q8, stream_logits(model, samples)
    twin = run_policy(model, samples, model.policy, StreamConfig.own(model))
    found = [np.column_stack([each.hop, each.timestep, each.label, each.smoothed_q15])
             for each in (said, twin)]
    return found[0], found[1]
