"""Experiments: which model gets what, tried alike, run and recorded."""

from lnnlab.experiments.benchmark import benchmark
from lnnlab.experiments.recipes import LABELS, Recipe, recipe

__all__ = ["LABELS", "Recipe", "benchmark", "recipe"]
