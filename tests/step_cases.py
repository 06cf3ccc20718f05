"""Networks of every kind that has a step, small and of random sizes, beside torch."""

from dataclasses import dataclass, field

import numpy as np
import torch
from hypothesis import strategies as st
from torch import nn

from lnnlab.models import LTC, build
from lnnlab.runtime.steps.run import torch_logits

CELLS = ("linear_ltc", "cfc", "ltc", "lstm", "gru", "fastgrnn")
KINDS = (*CELLS, *(f"keyword_{name}" for name in CELLS))
OWN = {  # options of a cell, each with its values
    "linear_ltc": {"activation": ["tanh", "abs"]}, "cfc": {"mode": ["default", "no_gate", "pure"]},
    "ltc": {"ode_solver": ["fused", "euler", "rk4"], "ode_unfolds": [3, 6]},
}


@dataclass(frozen=True)
class Case:
    """A kind, its sizes and options, and how many windows and frames it sees."""

    name: str
    features: int
    classes: int
    windows: int
    frames: int
    seed: int
    options: dict = field(default_factory=dict)

    @property
    def explicit(self):
        """Whether an explicit rule solves its cells, which long steps or large weights upset."""
        return self.options.get("ode_solver", "fused") != "fused"

    def network(self):
        """In evaluation mode, with a standardiser and normalisations that are not the identity."""
        torch.manual_seed(self.seed)
        network = build(self.name, self.features, self.classes, **self.options).eval()
        network.offset.normal_()
        network.scale.uniform_(0.5, 2.0)
        for module in network.modules():
            if self.explicit and isinstance(module, LTC):
                module.w.data -= 3.0
                module.sensory_w.data -= 3.0
            if isinstance(module, nn.BatchNorm1d):
                module.running_mean.normal_()
                module.running_var.uniform_(0.5, 2.0)
        return network

    def x(self):
        """Features, float32 (window, frame, feature)."""
        shape = self.windows, self.frames, self.features
        return np.random.default_rng(self.seed).normal(size=shape).astype(np.float32)


@st.composite
def cases(draw, kinds=KINDS, most_windows=3):
    """Any network with a step."""
    name = draw(st.sampled_from(kinds))
    cell = name.removeprefix("keyword_")
    if name == cell:
        options = {"units": draw(st.lists(st.integers(1, 9), min_size=1, max_size=3)),
                   "mixing": draw(st.integers(0, 4)),
                   "pool": draw(st.sampled_from(["mean", "last"]))}
        options |= {key: draw(st.sampled_from(each)) for key, each in OWN.get(cell, {}).items()}
        if cell in ("lstm", "gru"):
            options["timed"] = draw(st.booleans())
    else:
        options = {"channels": draw(st.integers(1, 9)), "blocks": draw(st.integers(1, 3)),
                   "taps": draw(st.integers(1, 5)), "memory": draw(st.sampled_from([2.0, 25.0]))}
    sizes = [draw(st.integers(*each)) for each in ((1, 12), (2, 6), (1, most_windows), (1, 12))]
    return Case(name, *sizes, draw(st.integers(0, 999)), options)


def apart(runner, network, x, spans=None):
    """The largest difference of a logit from torch's, over what torch says of the windows."""
    wanted = torch_logits(network, x, spans)
    return float(np.abs(runner.stream(x)[:, -wanted.shape[1]:] - wanted).max())
