"""SKAB's networks as files: the C against the twin second by second, and what a second costs.

The front end takes raw frames of one moment, so eight sensors are eight channels of int16. The file
does not carry how each sensor becomes its integers (full scale is one number for all channels): the
board's driver scales them, as :func:`lnnlab.experiments.anomalies.pump.standardised` does here.
"""

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from lnnlab import lnn_file, store
from lnnlab.data.skab import FREE_ROWS, Experiment
from lnnlab.experiments.anomalies.deployed import FOLDER, Target
from lnnlab.experiments.anomalies.problem import Teaching
from lnnlab.experiments.anomalies.pump import (
    HELD,
    RULE,
    SHAPE,
    SHOWN,
    TEACHING,
    data_key,
    pump_network,
    standardised,
)
from lnnlab.experiments.anomalies.study import LIQUID, ROWS, TABLE
from lnnlab.experiments.benchmark import Work
from lnnlab.integer.judging import score_stream
from lnnlab.profiling.stream import stream_costs
from lnnlab.records import Subject, stale_line
from lnnlab.target.anomaly import AnomalyRunner
from lnnlab.target.boards import board
from lnnlab.target.toolchain import compiler_version
from lnnlab.training.predictions import one_thread


def pump_deployed(
    files: Sequence[Experiment], seed: int, target: Target, work: Work,
    teaching: Teaching = TEACHING,
) -> dict:
    """How often the C scores a second otherwise than the twin, over all files with their networks.

    The network of the first file of ``SHOWN``, else of the first one, lies in
    ``networks/skab-anomaly.lnn``.

    Returns:
        ``model_bytes``, ``parameters``, ``frames`` compared, ``differ`` by core, and by board
        ``frame_cycles``, ``frames_per_s`` and ``average_mw``.
    """
    boards = [board(name) for name in target.boards]
    label = f"{ROWS[LIQUID].label}, on boards"
    subject = Subject(
        f"skab, each file, {label}, seed {seed}", label,
        {"corpus": "skab", "split": RULE, "row": LIQUID, "seed": seed, "files": len(files),
         "teaching": teaching.as_dict(), "shape": SHAPE.as_dict(), "target": asdict(target)},
        {"data": data_key(files), "board": [asdict(each) for each in boards],
         "compiler": compiler_version()})
    records = work.records(TABLE)
    results, stale = records.kept(subject, lambda: _deployed(files, seed, target, work, teaching))
    records.settle()
    line = stale_line(TABLE, [(label, stale)])
    if line:
        print(line)
    return results


def _deployed(
    files: Sequence[Experiment], seed: int, target: Target, work: Work, teaching: Teaching
) -> dict:
    shown = next((each for each in files if each.name in SHOWN), files[0])
    differ, frames, said = dict.fromkeys(target.cores, 0), 0, {}
    for each in files:
        with one_thread():
            made, samples = pump_network(standardised(each.x), seed, teaching)
        wanted = score_stream(made.model, samples, made.score)
        held = wanted[FREE_ROWS - HELD : FREE_ROWS]
        blob = lnn_file.to_bytes(made.with_threshold(held, teaching.quantile).model)
        for core in target.cores:
            found = AnomalyRunner(blob, core, whole=False).run(samples)
            differ[core] += int((found.score != wanted).sum())
        frames += len(wanted)
        if each is shown:
            store.write_bytes(work.folder / FOLDER / "skab-anomaly.lnn", blob)
            said = {"model_bytes": len(blob), "parameters": made.parameters, "boards": {
                name: _costs(blob, name, samples) for name in target.boards}}
    return said | {"frames": frames, "differ": differ}


def _costs(blob: bytes, name: str, samples: np.ndarray) -> dict:
    found = stream_costs(blob, board(name), samples)
    return {"frame_cycles": float(np.mean(found.frame_cycles)),
            "frames_per_s": found.frames_per_s, "average_mw": float(found.average_mw)}
