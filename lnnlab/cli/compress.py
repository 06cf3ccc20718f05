"""``liquid-compress``: a trained network to an int8 ``.lnn`` file for a microcontroller."""

import argparse
import sys
from pathlib import Path

import numpy as np
import torch

from lnnlab import lnn_file
from lnnlab.compress import calibrate, prune, quantise
from lnnlab.errors import UserError, unknown
from lnnlab.features import extract
from lnnlab.integer.twin import twin_features
from lnnlab.models import parameter_count
from lnnlab.models.saved import SavedModel, load
from lnnlab.store import write_bytes
from lnnlab.target.cores import CORES

MOST_LOST = 0.5  # points that integer features may cost before it is worth a word
QUANTISATIONS = ("int8", "dynamic-int8", "float32")


def compress(options: argparse.Namespace) -> None:
    """Prune, quantise, write, and print size and accuracy before and after.

    Raises:
        UserError: a file, core or quantisation is wrong, or the network has no integer form.
    """
    if options.target not in CORES:
        raise unknown("target", options.target, CORES)
    if options.quantization not in QUANTISATIONS:
        raise unknown("quantization", options.quantization, QUANTISATIONS)
    saved = load(options.input)
    if saved.rate_hz is None:
        print("liquid-compress: the network knows no sampling rate, so the file tells none; "
              "energy a decision will be known, power will not", file=sys.stderr)
    smaller = prune(saved, options.prune_threshold)
    if options.quantization == "float32":
        _write_float32(saved, smaller, options)
        return
    ranges = calibrate(smaller)
    for warning in ranges.warnings:
        print(f"liquid-compress: {warning}", file=sys.stderr)
    model = quantise(smaller, ranges)
    lnn_file.write(model, options.output)
    decided = model.run(model.quantise(saved.check_x)).decision
    after = f"{parameter_count(smaller.network):,} B of int8 weights"
    _report(saved, smaller, options.output, decided, after)
    _tell_apart(smaller, decided)
    if options.quantization == "dynamic-int8":
        print("dynamic-int8: a microcontroller has no time to look for ranges at run time; they "
              "are those of the model's calibration windows")


def _write_float32(saved: SavedModel, smaller: SavedModel, options: argparse.Namespace) -> None:
    if not CORES[options.target].fpu:
        raise UserError(f"{options.target} has no FPU: float32 would run in software; take int8")
    write_bytes(options.output, lnn_file.float_to_bytes(smaller))
    weights = f"{4 * parameter_count(smaller.network):,} B of float32 weights"
    _report(saved, smaller, options.output, _decide(smaller, saved.check_x), weights)


def _report(
    saved: SavedModel, smaller: SavedModel, output: Path, decided: np.ndarray, weights: str
) -> None:
    before, after = parameter_count(saved.network), parameter_count(smaller.network)
    truth = saved.check_y
    if not len(truth):
        raise UserError("the model holds no check windows; train it again")
    print(f"accuracy on {len(truth)} validation windows (measured; int8 by the integer twin, "
          "float32 by torch):")
    print(f"  before: {before:,} parameters, {4 * before:,} B of float32 weights, "
          f"{100 * np.mean(_decide(saved, saved.check_x) == truth):.2f} %")
    print(f"  after:  {after:,} parameters, {weights}, "
          f"{100 * np.mean(decided == truth):.2f} %")
    print(f"{output}: {output.stat().st_size:,} B with features, scales and labels")


def _tell_apart(smaller: SavedModel, decided: np.ndarray) -> None:
    """What the integers of the front end cost, and what those of the layers cost beside."""
    windows, truth = smaller.check_x, smaller.check_y
    features = twin_features(windows, smaller.features, smaller.rate_hz)
    shares = [float(np.mean(each == truth)) for each in (
        _decide(smaller, windows), _answers(smaller, features), decided)]
    front, layers = np.diff(100 * np.array(shares))
    print(f"  of that, integer features {front:+.2f} points, int8 weights and activations "
          f"{layers:+.2f} points")
    if front < -MOST_LOST:
        print(f"liquid-compress: integer features cost {-front:.2f} points; look for recordings "
              "far below full scale, and for bands without signal, as above half the rate that "
              "sound had before it was resampled", file=sys.stderr)


def _decide(saved: SavedModel, x: np.ndarray) -> np.ndarray:
    return _answers(saved, extract(x, saved.features))


def _answers(saved: SavedModel, features: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return saved.network(torch.tensor(features, dtype=torch.float32)).argmax(dim=1).numpy()
