"""The integer network fed piece by piece, as a microcontroller gets its samples."""

import numpy as np

from lnnlab.integer.layers import Cell, Dense, Mix
from lnnlab.integer.model import IntegerModel, Outputs, outputs


class Stepper:
    """A network that takes samples as they come and decides after every window.

    Choose :meth:`IntegerModel.run` for whole windows at once; this class keeps what the C runtime
    keeps (a frame, states, a sum) and is there to be compared with, and for demonstrations.

    Args:
        model: the network.
        signals: how many signals run side by side.
    """

    def __init__(self, model: IntegerModel, signals: int = 1) -> None:
        self.model, self.signals = model, signals
        self._waiting = np.zeros((signals, 0, model.features.channels), np.int16)
        self._restart()

    def push(self, samples: np.ndarray) -> list[Outputs]:
        """Take int16 samples (signal, time, channel) of any length.

        Returns:
            What each window said that ended meanwhile; its digests are those of ``run``.
        """
        features, said = self.model.features, []
        self._waiting = np.concatenate([self._waiting, samples], axis=1)
        while True:
            first = self._step * features.spec.hop
            if self._step < features.steps:
                frame = self._waiting[:, first : first + features.spec.frame]
                if frame.shape[1] < features.spec.frame:
                    return said
                x, self._level = features.frame(frame, self._level)
                self._take(x)
                if self._step == features.steps:
                    said.append(self._decide())
            elif self._waiting.shape[1] < features.window:
                return said
            else:
                self._waiting = self._waiting[:, features.window :]
                self._restart()

    def _restart(self) -> None:
        self._step, self._level = 0, None
        self._frames: list[np.ndarray] = []  # of each step int8 features (signal, feature)
        self._seen: list[list[tuple]] = []  # of each step what each layer shows
        self._states = [
            layer.start(self.signals) if isinstance(layer, Cell) else []
            for layer in self.model.layers
        ]

    def _take(self, x: np.ndarray) -> None:
        """One frame's features through the layers that run once a frame."""
        self._frames.append(x)
        self._step += 1
        if self.model.windowed:
            return
        shown = []
        for number, layer in enumerate(self.model.layers[:-2]):
            if isinstance(layer, Cell):
                state = self._states[number] = layer.step(x, self._states[number])
                seen = layer.seen(list(state), x)
                x = seen.output
                shown.append((seen.observed, seen.pooled))
            elif isinstance(layer, Dense):
                x = layer.run(x[:, None]).output[:, 0]
                shown.append(([x], x))
            else:
                x = self._mix(layer, self._states[number], x)
                shown.append(([x], x))
        self._seen.append(shown)

    @staticmethod
    def _mix(layer: Mix, before: list, x: np.ndarray) -> np.ndarray:
        """``before`` holds the inputs of the last steps and is kept up to date."""
        taps = len(layer.weight)
        before.append(x)
        del before[:-taps]
        known = [np.zeros_like(x)] * (taps - len(before)) + before
        return layer.filtered(np.stack(known, axis=-1))

    def _decide(self) -> Outputs:
        """Pool and readout; in window form the convolutions before them."""
        x = np.stack(self._frames, axis=1)
        if self.model.windowed:
            return outputs(self.model.observe_from(x))
        observed, pooled = [x], x
        for steps in zip(*self._seen, strict=True):  # of one layer, step by step
            values = zip(*(seen for seen, _ in steps), strict=True)
            observed += [np.stack(each, axis=1) for each in values]
            pooled = np.stack([each for _, each in steps], axis=1)
        pool, readout = self.model.layers[-2:]
        gathered = pool.run(pooled)
        return outputs([*observed, *gathered.observed, *readout.run(gathered.output).observed])
