"""An integer network on a stream that it follows by a timestep policy (FORMAT.md, section 6)."""

from copy import copy
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lnnlab.errors import UserError
from lnnlab.integer.decisions import (
    StreamConfig,
    decide,
    probabilities_q15,
    refuse_short_streams,
    smoothed,
)
from lnnlab.integer.gate import gate_of, statistics
from lnnlab.integer.layers import LinearLTC, Mix
from lnnlab.integer.model import IntegerModel
from lnnlab.integer.policy import ALWAYS, DeltaGate, FluxGate, Policy, refuse_unfit
from lnnlab.integer.schedule import Follower, Plan, planned


@dataclass(frozen=True)
class PolicyOutputs:
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

    def of(self, model: IntegerModel, samples: np.ndarray) -> "StreamHops":
        """The same for another network with this front end.

        Raises:
            UserError: its front end is another, or the stream is of another length.
        """
        features, spec = model.features, model.features.spec
        if 1 + (len(samples) - spec.frame) // spec.hop != len(self):
            raise UserError("these hops were made for another stream: make StreamHops anew")
        if features is self.features:
            return self
        if (spec, features.channels) != (self.features.spec, self.features.channels):
            raise UserError("these hops were made for another front end: make StreamHops anew")
        again = copy(self)  # its bands, not its map to int8
        again.features = features
        vars(again).pop("every", None)
        return again

    def __len__(self) -> int:
        return len(self.statistics[0])

    @cached_property
    def every(self) -> np.ndarray:
        """The features of every hop if each is computed, int8 values (hop, feature)."""
        return self.features.remembered(*self._bands)[0]

    def computed(
        self, frames: np.ndarray, timestep: np.ndarray, level: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """The features of frames that are computed, and what PCEN remembers after each."""
        values, energy = self._bands
        energy = None if energy is None else energy[frames]
        return self.features.remembered(values[frames], energy, level, timestep)


def run_policy(
    model: IntegerModel, samples: np.ndarray, policy: Policy | None = None,
    config: StreamConfig | None = None, hops: StreamHops | None = None,
) -> PolicyOutputs:
    """The network on one uninterrupted stream, computing where a policy says.

    Args:
        model: ends in a leaky pool, of LinearLTC, mix and dense layers.
        samples: int16 (time, channel), a frame or longer.
        policy: None: the model's own, or always-on.
        config: of the reports; None: the network's own, or the defaults.
        hops: of the same samples, made before by a network with this front end; None: made here.

    Raises:
        UserError: the model cannot follow a policy, or the stream is shorter than a frame.
    """
    refuse_unfit(model.features, model.layers)
    policy, config = policy or model.policy or ALWAYS, config or StreamConfig.own(model)
    hops = StreamHops(model, samples) if hops is None else hops.of(model, samples)
    gate = gate_of(policy, hops.statistics, lambda: hops.every)
    sleeping = not isinstance(policy, FluxGate | DeltaGate)  # the features sleep, too
    network = _Network(model, hops, sleeping, config.smoothing_shift)
    if gate.listens:
        plan = Follower(gate, len(hops), policy.look_back, network).run()
    else:
        plan = planned(gate, 0, len(hops), 0, policy.look_back, None)
        network.keep_all(plan)
    timestep = np.array([due.timestep for due in plan.due])
    said = decide(np.concatenate(network.probabilities), model.layers[-1].background, config,
                  timestep)
    frames, frame_timesteps = plan.frames()
    return PolicyOutputs(
        np.array([due.hop for due in plan.due]), timestep, said.label, said.confidence_q15,
        said.detected, said.smoothed_q15, frames, frame_timesteps, np.array(plan.wanted),
        len(frames) if sleeping else len(hops), len(frames),
    )


class _Network:
    """The layers with their states; it goes on with any number of frames at a time.

    Attributes:
        probabilities: of the decisions kept so far, arrays (decision, class) in Q15.
    """

    def __init__(
        self, model: IntegerModel, hops: StreamHops, sleeping: bool, smoothing_shift: int
    ) -> None:
        self._layers, self._hops, self._sleeping = model.layers, hops, sleeping
        self._keywords = len(model.classes) - model.layers[-1].background
        self._shift = smoothing_shift
        self._level: np.ndarray | None = None
        self._states: list = [None] * len(model.layers)
        self._smoothed = np.zeros(len(model.classes), np.int64)
        self.probabilities: list[np.ndarray] = []

    def attempt(self, plan: Plan) -> list[int]:
        """Compute a plan from the kept state; after each decision the likeliest keyword's
        smoothed probability."""
        found, smooth = self._advance(plan), [self._smoothed]
        for now, due in zip(found, plan.due, strict=True):
            smooth.append(smoothed(smooth[-1], now, self._shift, due.timestep))
        self._tried = found, smooth
        return [int(each[: self._keywords].max()) for each in smooth[1:]]

    def keep(self, plan: Plan, count: int) -> None:
        """Hold the first ``count`` decisions of the plan that was attempted last."""
        found, smooth = self._tried
        self.probabilities.append(found[:count])
        self._smoothed = smooth[count]
        last = plan.places()[count - 1]
        levels, states = self._after
        self._level = None if levels is None else levels[last]
        self._states = [None if each is None else each[:, last] for each in states]

    def keep_all(self, plan: Plan) -> None:
        """A plan that no decision changes."""
        self.probabilities.append(self._advance(plan))

    def _advance(self, plan: Plan) -> np.ndarray:
        """Probabilities (decision, class), Q15; the states after each frame are noted."""
        frames, timestep = plan.frames()
        x, levels, after = *self._features(frames, timestep), [None] * len(self._layers)
        x = x[None]  # (1, frame, feature)
        for number, (layer, state) in enumerate(zip(self._layers[:-2], self._states, strict=False)):
            if isinstance(layer, LinearLTC):
                seen = layer.run(x, timestep, None if state is None else (state,))
                after[number] = seen.observed[0]
            elif isinstance(layer, Mix):
                seen, after[number] = layer.held(x, timestep, state)
            else:
                seen = layer.run(x)
            x = seen.output
        pool, readout = self._layers[-2:]
        after[-2] = pool.states(x, timestep, self._states[-2])
        self._after = levels, after
        logits = readout.run(pool.pooled(after[-2][:, plan.places()])).output[0]
        return probabilities_q15(logits)

    def _features(
        self, frames: np.ndarray, timestep: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray | None]:
        if self._sleeping:
            return self._hops.computed(frames, timestep, self._level)
        return self._hops.every[frames], None
