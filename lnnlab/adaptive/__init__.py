"""When to compute: policies are searched for within budgets, on streams, in counted cycles."""

from lnnlab.adaptive.controller import Controller, learn_timestep_controller

__all__ = ["Controller", "learn_timestep_controller"]
