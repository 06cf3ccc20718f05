"""The C runtime against the integer twin on a stream under a policy: every decision, every bit."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lnnlab import lnn_file
from lnnlab.integer import IntegerModel, StreamConfig
from lnnlab.integer.policy_run import AdaptiveOutputs, run_adaptive
from lnnlab.target.stream import StreamRecord, StreamRunner

COMPARED = ("hop", "timestep", "label", "confidence_q15", "detected", "smoothed_q15")


def mismatches(twin: AdaptiveOutputs, said: StreamRecord) -> int:
    """Decisions that differ in when they fall, what they say or how sure they are."""
    if len(twin.hop) != len(said.hop):
        return max(len(twin.hop), len(said.hop))
    differ = np.zeros(len(twin.hop), bool)
    for name in COMPARED:
        unequal = getattr(twin, name) != getattr(said, name)
        differ |= unequal.reshape(len(differ), -1).any(axis=1)
    return int(differ.sum())


def compare(
    model: IntegerModel, samples: np.ndarray, cores: Sequence[str],
    config: StreamConfig | None = None,
) -> pd.DataFrame:
    """The C on several cores against the twin.

    Args:
        model: with its policy. samples: int16 (time, channel).
        cores: keys of :data:`lnnlab.target.cores.CORES`, ``"host"`` or ``"host-checked"``.
        config: of the reports; None: the defaults.

    Returns:
        core, decisions, differ; one row a core.
    """
    twin = run_adaptive(model, samples, config=config)
    blob, rows = lnn_file.to_bytes(model), []
    for core in cores:
        said = StreamRunner(blob, core).run(samples, config)
        rows.append({"core": core, "decisions": len(twin.hop), "differ": mismatches(twin, said)})
    return pd.DataFrame(rows)
