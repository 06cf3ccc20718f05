"""Which frames a policy computes: hops, elapsed time, look-back (FORMAT.md, section 6).

Where decisions change what the gate wants, a stretch is planned with the posteriors that are
expected, computed at once, and kept as far as the posteriors found give the same plan.
"""

from copy import copy
from dataclasses import dataclass, field

import numpy as np

from lnnlab.integer.gate import Gate

LEAST_AHEAD, MOST_AHEAD = 16, 512  # hops that are planned at once


@dataclass(frozen=True)
class Due:
    """A decision, and the frames that are computed for it.

    Attributes:
        hop: when; timestep: hops since the one before.
        frames, frame_timesteps: hops of the computed frames, and how many each stands for.
    """

    hop: int
    timestep: int
    frames: tuple[int, ...]
    frame_timesteps: tuple[int, ...]


@dataclass
class Plan:
    """A stretch of hops: what was wanted after each, what was due, and the gate after each due."""

    wanted: list[int] = field(default_factory=list)
    due: list[Due] = field(default_factory=list)
    gates: list[Gate] = field(default_factory=list)

    def frames(self) -> tuple[np.ndarray, np.ndarray]:
        """Hops of all computed frames and their timesteps, (frame,)."""
        return tuple(np.array([hop for due in self.due for hop in each(due)], np.int64)
                     for each in (lambda due: due.frames, lambda due: due.frame_timesteps))

    def places(self) -> np.ndarray:
        """Of each decision, its frame's place among the computed ones."""
        return np.cumsum([len(due.frames) for due in self.due]) - 1


def planned(
    gate: Gate, first: int, last: int, elapsed: int, look_back: int, expected: np.ndarray | None
) -> Plan:
    """The hops from first up to last.

    Args:
        gate: as it stands before them; it moves on.
        elapsed: hops since the last computed frame.
        look_back: of the policy, hops.
        expected: smoothed probability of the likeliest keyword after a decision at each hop,
            (hop,); None: the gate does not listen.
    """
    plan = Plan()
    for hop in range(first, last):
        wanted = gate.wanted(hop)
        plan.wanted.append(wanted)
        elapsed += 1
        if hop and elapsed < wanted:
            continue
        back = min(look_back, elapsed - 1) // wanted if hop else 0  # frames before this one
        plan.due.append(Due(
            hop, elapsed, tuple(range(hop - back * wanted, hop + 1, wanted)),
            (elapsed - back * wanted,) + (wanted,) * back,
        ))
        gate.computed(hop)
        if expected is not None:
            gate.heard(int(expected[hop]))
            plan.gates.append(copy(gate))
        elapsed = 0
    return plan


class Follower:
    """Plans a whole stream for a gate that listens.

    Args:
        gate: before hop 0; hops: of the stream; look_back: of the policy.
        network: ``attempt(plan)`` gives the likeliest keyword's smoothed probability after each
            decision of a plan, and ``keep(plan, count)`` holds the first so many for good.
    """

    def __init__(self, gate: Gate, hops: int, look_back: int, network) -> None:
        self._gate, self._look_back, self._network = gate, look_back, network
        self._expected = np.zeros(hops, np.int64)
        self._ahead = LEAST_AHEAD

    def run(self) -> Plan:
        """The plan of all hops."""
        whole, start = Plan(), 0
        while start < len(self._expected):
            elapsed = start - 1 - whole.due[-1].hop if whole.due else 0
            plan, kept = self._stretch(start, elapsed)
            whole.wanted += plan.wanted[:kept]
            whole.due += plan.due
            start += kept
        return whole

    def _stretch(self, start: int, elapsed: int) -> tuple[Plan, int]:
        """One stretch: its plan as far as it holds, and the hops that it holds for."""
        end = min(start + self._ahead, len(self._expected))
        gates = copy(self._gate), copy(self._gate)
        guess = planned(gates[0], start, end, elapsed, self._look_back, self._expected)
        if guess.due:
            ends = [due.hop for due in guess.due[1:]] + [len(self._expected)]
            for due, stop, found in zip(guess.due, ends, self._network.attempt(guess), strict=True):
                self._expected[due.hop : stop] = found
        true = planned(gates[1], start, end, elapsed, self._look_back, self._expected)
        same = next((k for k, pair in enumerate(zip(guess.due, true.due, strict=False))
                     if pair[0] != pair[1]), min(len(guess.due), len(true.due)))
        if same == len(guess.due) == len(true.due):
            self._gate, kept = gates[1], end - start
            self._ahead = min(MOST_AHEAD, 2 * self._ahead)
        else:  # the first decision is always the same: nothing unknown came before it
            self._gate, kept = true.gates[same - 1], true.due[same - 1].hop + 1 - start
            self._ahead = max(LEAST_AHEAD, kept)
        if same:
            self._network.keep(guess, same)
        return Plan(true.wanted, true.due[:same]), kept
