"""The integer network in numpy: the twin that the C runtime equals bit for bit."""

from lnnlab.integer.decisions import StreamConfig, StreamOutputs, run_stream
from lnnlab.integer.features import IntegerFeatures, quantise_samples
from lnnlab.integer.gains import denoised, denoised_gains
from lnnlab.integer.gate_settings import Margins, NoiseFloor, energy_gate
from lnnlab.integer.model import IntegerModel, Outputs
from lnnlab.integer.policy import (
    ALWAYS,
    DeltaGate,
    EnergyGate,
    FluxGate,
    LearnedGate,
    Policy,
    Uniform,
)
from lnnlab.integer.policy_run import PolicyOutputs, StreamHops, run_policy
from lnnlab.integer.restraint import Gains, less
from lnnlab.integer.stream import Stepper

__all__ = ["ALWAYS", "DeltaGate", "EnergyGate", "FluxGate", "Gains", "IntegerFeatures",
           "IntegerModel", "LearnedGate", "Margins", "NoiseFloor", "Outputs", "Policy",
           "PolicyOutputs", "Stepper",
           "StreamConfig", "StreamHops", "StreamOutputs", "Uniform", "denoised", "denoised_gains",
           "energy_gate", "less", "quantise_samples", "run_policy", "run_stream"]
