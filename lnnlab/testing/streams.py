"""Uninterrupted recordings through a board, decision by decision beside the twin."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lnnlab.integer import IntegerModel, StreamConfig, run_policy, run_stream
from lnnlab.testing.transport import StreamDecisions, Transport

_SAID = ("hop", "timestep", "label", "confidence_q15", "detected")


@dataclass(frozen=True)
class StreamReport:
    """What recordings gave.

    Attributes:
        recordings, decisions, reports: how many there were; a report is a keyword detected.
        mismatches: decisions that differ from the twin's in hop, timestep, label, confidence or
            report, or that only one of the two made.
        computed: share of the frames that went through the layers; 1 without a policy.
        mean_latency_ms, worst_latency_ms: of a decision with what was passed over before it; None
            where the board counts no cycles.
        basis: figure → what it rests on.
    """

    recordings: int
    decisions: int
    reports: int
    mismatches: int
    computed: float
    mean_latency_ms: float | None
    worst_latency_ms: float | None
    basis: dict[str, str]


def run_streams(
    transport: Transport, model: IntegerModel, recordings: Sequence[np.ndarray],
    config: StreamConfig,
) -> StreamReport:
    """Give a board recordings, each from a fresh state on; see :meth:`HILTester.run_streams`."""
    said = [transport.stream(each, config) for each in recordings]
    mismatches = sum(_differing(each, _twin(model, recording, config))
                     for each, recording in zip(said, recordings, strict=True))
    heard = sum(each.heard for each in said)
    mean_ms, worst_ms = _latency_ms(said, transport.clock_hz)
    return StreamReport(
        len(said), sum(len(each.label) for each in said),
        sum(int(each.detected.sum()) for each in said), mismatches,
        sum(each.computed for each in said) / heard if heard else 1.0, mean_ms, worst_ms,
        {"decisions": transport.basis, "latency": transport.basis})


def _twin(model: IntegerModel, samples: np.ndarray, config: StreamConfig) -> np.ndarray:
    """Its decisions, (decision, 5) as ``_SAID`` has them."""
    if model.policy is not None:
        return _columns(run_policy(model, samples, config=config))
    said = run_stream(model, samples, config)
    count = len(said.label)
    return np.column_stack([np.arange(count), np.ones(count, int), said.label,
                            said.confidence_q15, said.detected])


def _columns(said: object) -> np.ndarray:
    return np.column_stack([getattr(said, name) for name in _SAID])


def _differing(said: StreamDecisions, twin: np.ndarray) -> int:
    ours = {tuple(each) for each in _columns(said)}  # by hop, so a lost decision counts once
    both = ours & {tuple(each) for each in twin}
    return max(len(said.hop), len(twin)) - len(both)


def _latency_ms(
    said: Sequence[StreamDecisions], clock_hz: float
) -> tuple[float | None, float | None]:
    if not said or any(each.cycles is None for each in said):
        return None, None
    times_ms = 1e3 * np.concatenate([each.cycles for each in said]) / clock_hz
    return (float(times_ms.mean()), float(times_ms.max())) if len(times_ms) else (None, None)
