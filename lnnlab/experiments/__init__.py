"""Experiments: which model gets what, tried alike, run and recorded."""

from lnnlab.experiments.benchmark import Benchmark, Work, benchmark, model_rows
from lnnlab.experiments.recipes import Recipe, recipe
from lnnlab.experiments.run import Budget, Run

__all__ = ["Benchmark", "Budget", "Recipe", "Run", "Work", "benchmark", "model_rows", "recipe"]
