"""An integer network on a stream that it follows by a timestep policy (FORMAT.md, section 6)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lnnlab.integer.gate import gate_of, statistics
from lnnlab.integer.keywords import (
    StreamConfig,
    decide,
    probabilities_q15,
    refuse_short_streams,
    smoothed,
)
from lnnlab.integer.layers import LinearLTC, Mix
from lnnlab.integer.model import IntegerModel
from lnnlab.integer.policy import ALWAYS, DeltaGate, FluxGate, Policy, refuse_unfit


@dataclass(frozen=True)
class AdaptiveOutputs:
    """What a stream said under a policy, and what it took.

    Attributes:
        hop: when each decision was made, (decision,).
        timestep: hops since the decision before, (decision,).
        label, confidence_q15, detected, smoothed_q15: as of ``StreamOutputs``, by decision.
        frame: hops whose frames the layers saw, look-back included, (frame,).
        frame_timestep: hops that each of them stands for, (frame,).
        wanted: what the policy asked for after each hop, (hop,).
        features_computed: transforms made; layer_steps: frames through the layers.
    """

    hop: np.ndarray
    timestep: np.ndarray
    label: np.ndarray
    confidence_q15: np.ndarray
    detected: np.ndarray
    smoothed_q15: np.ndarray
    frame: np.ndarray
    frame_timestep: np.ndarray
    wanted: np.ndarray
    features_computed: int
    layer_steps: int


class StreamHops:
    """What each hop of a stream holds, whichever frames are computed.

    Choose it to run many policies, or networks with the same front end, over one stream: the
    transforms are made once.

    Args:
        model: the network; samples: int16 (time, channel), a frame or longer.

    Raises:
        UserError: the stream is shorter than a frame.
    """

    def __init__(self, model: IntegerModel, samples: np.ndarray) -> None:
        refuse_short_streams(model, samples)
        spec = model.features.spec
        self.features = model.features
        self.statistics = statistics(samples, spec.frame, spec.hop)
        self._bands = self.features.stream_bands(samples)

    def __len__(self) -> int:
        return len(self.statistics[0])

    @cached_property
    def every(self) -> np.ndarray:
        """The features of every hop if each is computed, int8 values (hop, feature)."""
        return self.features.remembered(*self._bands)[0]

    def computed(
        self, frames: np.ndarray, timestep: np.ndarray, level: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """The features of the frames that are computed, and what PCEN remembers after them."""
        values, energy = self._bands
        energy = None if energy is None else energy[frames]
        return self.features.remembered(values[frames], energy, level, timestep)


def run_adaptive(
    model: IntegerModel, samples: np.ndarray, policy: Policy | None = None,
    config: StreamConfig | None = None, hops: StreamHops | None = None,
) -> AdaptiveOutputs:
    """The network on one uninterrupted stream, computing where a policy says.

    Args:
        model: ends in a leaky pool, of LinearLTC, mix and dense layers.
        samples: int16 (time, channel), a frame or longer.
        policy: None: the model's own, or always-on.
        config: of the reports; None: the defaults.
        hops: of the same samples and front end, made before; None: made here.

    Raises:
        UserError: the model cannot follow a policy, or the stream is shorter than a frame.
    """
    refuse_unfit(model.features, model.layers)
    policy, config = policy or model.policy or ALWAYS, config or StreamConfig()
    hops = hops or StreamHops(model, samples)
    sleeping = not isinstance(policy, FluxGate | DeltaGate)  # the features sleep, too
    gate = gate_of(policy, hops.statistics, lambda: hops.every)
    network, background = _Network(model, hops, sleeping), model.layers[-1].background
    keywords = len(model.classes) - background
    plan, logits, known = _Plan(), [], np.zeros(len(model.classes), np.int64)
    for t in range(len(hops)):
        if plan.take(t, gate.wanted(t), policy.look_back):
            gate.computed(t)
            if gate.listens:
                logits.append(network.advance(*plan.new_frames(), np.array([-1])))
                known = smoothed(known, probabilities_q15(logits[-1])[0], config.smoothing_shift,
                                 plan.timesteps[-1])
                gate.heard(int(known[:keywords].max()))
    if not gate.listens:
        frames, timesteps = plan.new_frames()
        logits.append(network.advance(frames, timesteps, np.searchsorted(frames, plan.decisions)))
    said = decide(probabilities_q15(np.concatenate(logits)), background, config,
                  np.array(plan.timesteps))
    return AdaptiveOutputs(
        np.array(plan.decisions), np.array(plan.timesteps), said.label, said.confidence_q15,
        said.detected, said.smoothed_q15, np.array(plan.frames), np.array(plan.frame_timesteps),
        np.array(plan.wanted), len(plan.frames) if sleeping else len(hops), len(plan.frames),
    )


class _Plan:
    """Which frames are computed, for how many hops each stands, and where decisions fall."""

    def __init__(self) -> None:
        self.wanted: list[int] = []
        self.decisions: list[int] = []
        self.timesteps: list[int] = []  # of decisions
        self.frames: list[int] = []
        self.frame_timesteps: list[int] = []
        self._elapsed, self._given = 0, 0

    def take(self, hop: int, wanted: int, look_back: int) -> bool:
        """Note a hop and what is wanted after it; whether its frame is due."""
        self.wanted.append(wanted)
        self._elapsed = elapsed = self._elapsed + 1
        if hop and elapsed < wanted:
            return False
        back = min(look_back, elapsed - 1) // wanted if hop else 0  # frames before this one
        self.frames += range(hop - back * wanted, hop + 1, wanted)
        self.frame_timesteps += [elapsed - back * wanted] + [wanted] * back
        self.decisions.append(hop)
        self.timesteps.append(elapsed)
        self._elapsed = 0
        return True

    def new_frames(self) -> tuple[np.ndarray, np.ndarray]:
        """The frames and their timesteps that were not given before."""
        new, self._given = slice(self._given, None), len(self.frames)
        return np.array(self.frames[new]), np.array(self.frame_timesteps[new])


class _Network:
    """The layers with their states; it goes on with any number of frames at a time."""

    def __init__(self, model: IntegerModel, hops: StreamHops, sleeping: bool) -> None:
        self._layers, self._hops, self._sleeping = model.layers, hops, sleeping
        self._level = None
        self._states: list = [None] * len(model.layers)

    def advance(
        self, frames: np.ndarray, timestep: np.ndarray, decisions: np.ndarray
    ) -> np.ndarray:
        """Logits (decision, class) of those of the frames that decide, by their place."""
        if self._sleeping:
            x, self._level = self._hops.computed(frames, timestep, self._level)
        else:
            x = self._hops.every[frames]
        x = x[None]  # (1, frame, feature)
        for number, layer in enumerate(self._layers[:-2]):
            if isinstance(layer, LinearLTC):
                seen = layer.run(x, timestep, self._states[number])
                self._states[number] = (seen.observed[0][:, -1],)
            elif isinstance(layer, Mix):
                seen, self._states[number] = layer.held(x, timestep, self._states[number])
            else:
                seen = layer.run(x)
            x = seen.output
        pool, readout = self._layers[-2:]
        states = pool.states(x, timestep, self._states[-2])
        self._states[-2] = states[:, -1]
        return readout.run(pool.pooled(states[:, decisions])).output[0]
