"""The learned gate: a hinge network on raw-sample statistics and the posterior, in integers.

It is trained to say which hops an always-on network needed: the loud ones of an event and those
between them, until the network has reported it. What it then costs and finds is for the search to
weigh; training only makes the score.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from lnnlab.data.streams import Event, Stream
from lnnlab.errors import UserError
from lnnlab.integer.gate import LARGEST_INPUT, above_floor, statistics
from lnnlab.integer.policy import INPUTS, LARGEST_WEIGHT, MOST_HIDDEN, LearnedGate
from lnnlab.scoring.events import TOLERANCE_S

UNIT = 1024  # Q10: inputs and scores
LOUD = 3 * 1024  # Q10: octaves of energy below an event's loudest hop, 9 dB
AFTER_S = 0.06  # the network still listens so long after its report
FLOORS = ({"rise": 64, "fall": 2}, {"rise": 12, "fall": 2})  # each gate is trained with one
EPOCHS, RATE, BATCH, DECAY = 60, 2e-2, 4096, 1e-3


def gate_inputs(
    samples: np.ndarray, frame: int, hop: int, keyword_q15: np.ndarray,
    floors: Mapping[str, int] = FLOORS[0],
) -> np.ndarray:
    """What the gate looks at in every hop, (hop, 5) in Q10 (FORMAT.md, section 6).

    Args:
        samples: int16 (time, channel).
        frame, hop: of the features, samples.
        keyword_q15: the likeliest keyword's smoothed probability after the hop before, (hop,).
        floors: how they rise and fall, see :class:`LearnedGate`.
    """
    energy, change = statistics(samples, frame, hop)
    inputs = np.stack([
        above_floor(energy, **floors), above_floor(change, **floors),
        np.diff(energy, prepend=energy[:1]), change - energy, keyword_q15 >> 5,
    ], axis=1)
    return np.clip(inputs, -LARGEST_INPUT, LARGEST_INPUT)


def needed_hops(
    stream: Stream, reports: Sequence[tuple[float, str]], ends_s: np.ndarray,
    energy: np.ndarray, background: Sequence[str] = (),
) -> np.ndarray:
    """Which hops an always-on network needed, (hop,) of bool.

    Args:
        stream: with its events.
        reports: of the always-on network, (time in s, label).
        ends_s: when each hop ends, (hop,).
        energy: its log2 of every hop, Q10, (hop,), as of :func:`statistics`.
        background: labels that are no events.
    """
    needed = np.zeros(len(ends_s), bool)
    for event in stream.events:
        if event.label in background:
            continue
        end_s = _reported_s(event, reports)
        inside = (ends_s >= event.start_s) & (ends_s <= end_s)
        if inside.any():
            loud = np.flatnonzero(inside & (energy >= energy[inside].max() - LOUD))
            needed[loud[0] : loud[-1] + 1] = True
    return needed


def train_gate(
    inputs: np.ndarray, needed: np.ndarray, seed: int = 0,
    floors: Mapping[str, int] = FLOORS[0],
) -> LearnedGate:
    """A gate whose score is the log-odds that a hop is needed.

    Args:
        inputs: (hop, 5), Q10; needed: (hop,) of bool.
        seed: of the initial weights and the batches.
        floors: those that the inputs were made with.

    Raises:
        UserError: no hop was needed, or every one.
    """
    if needed.all() or not needed.any():
        raise UserError("the stream needs events, and time between them, to learn a gate from")
    torch.manual_seed(seed)
    x = torch.from_numpy(inputs / UNIT).float()
    y = torch.from_numpy(needed).float()
    network = nn.Sequential(nn.Linear(INPUTS, MOST_HIDDEN), nn.ReLU(), nn.Linear(MOST_HIDDEN, 1))
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, EPOCHS)
    balance = ((1 - y).sum() / y.sum()).sqrt()  # needed hops are rare
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(x)).split(BATCH):
            odds = network(x[rows])[:, 0]
            loss = nn.functional.binary_cross_entropy_with_logits(odds, y[rows],
                                                                  pos_weight=balance)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        schedule.step()
    return replace(_rounded(network), **floors)


def scores_of(gate: LearnedGate, inputs: np.ndarray) -> np.ndarray:
    """The gate's score on every hop without its memory of peaks, Q10, (hop,)."""
    w, b, v = (np.array(each, np.int64) for each in (gate.w, gate.b, gate.v))
    hidden = np.clip(((inputs @ w.T + 128) >> 8) + b, 0, 32767)
    return np.clip(((hidden @ v + 128) >> 8) + gate.bias, -32768, 32767)


def _reported_s(event: Event, reports: Sequence[tuple[float, str]]) -> float:
    times = [time for time, label in reports
             if label == event.label and event.start_s <= time <= event.end_s + TOLERANCE_S]
    return min(times) + AFTER_S if times else event.end_s


def _rounded(network: nn.Sequential) -> LearnedGate:
    """Weights Q8, biases Q10; a unit whose weights are too large lends its scale to the next."""
    first, last = network[0], network[2]
    w, b = _plain(first.weight), _plain(first.bias)
    v, bias = _plain(last.weight)[0], float(last.bias.detach())
    most = LARGEST_WEIGHT / 256
    scale = np.maximum(1.0, np.abs(w).max(axis=1) / most)  # (unit,)
    w, b, v = w / scale[:, None], b / scale, np.clip(v * scale, -most, most)
    return LearnedGate(
        (1,) * 5, (0,) * 4, 0, int(np.clip(round(UNIT * bias), -32768, 32767)),
        tuple(tuple(int(each) for each in row) for row in np.round(256 * w)),
        tuple(int(each) for each in np.clip(np.round(UNIT * b), -32768, 32767)),
        tuple(int(each) for each in np.round(256 * v)),
    )


def _plain(values: Tensor) -> np.ndarray:
    return values.detach().double().numpy()
