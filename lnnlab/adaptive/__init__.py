"""When to compute: policies are searched for within budgets, on streams, in counted cycles."""

from lnnlab.adaptive.controller import Controller, Use, learn_timestep_controller
from lnnlab.adaptive.search import Search

__all__ = ["Controller", "Search", "Use", "learn_timestep_controller"]
