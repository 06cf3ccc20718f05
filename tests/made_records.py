"""Records that nobody trained: answers drawn at random, right as often as a test wants them."""

import numpy as np

from lnnlab.data import Dataset, make_splits
from lnnlab.experiments.deployment import Deployment
from lnnlab.experiments.recipes import recipe
from lnnlab.experiments.results import Answers, RunRecord
from lnnlab.experiments.run import Budget, Run

STAGES = {"features": (100.0, 120.0), "layers": (1000.0, 1200.0), "readout": (10.0, 10.0),
          "other": (1.0, 3.0)}


def answers(run: Run, share: float, seed: int = 0) -> Answers:
    """Answers of which about a share is right."""
    rows = run.split.test
    random = np.random.default_rng([run.seed, seed, len(rows)])
    wrong = random.random(len(rows)) >= share
    truth = run.dataset.y[rows]
    return Answers.of(run.dataset, rows, (truth + wrong) % len(run.dataset.classes))


def records(
    dataset: Dataset, shares: dict[str, float], seeds=(0, 1), rule: str = "load", stale: str = "",
) -> list[RunRecord]:
    """Records of each model on each fold: model → share of right answers."""
    made = []
    for number, (model, share) in enumerate(shares.items()):
        for fold, split in enumerate(make_splits(dataset, rule)):
            for seed in seeds:
                run = Run(dataset, split, recipe(model, dataset), seed, Budget(10))
                if run.null and seed != seeds[0]:
                    continue
                results = {"parameters": 100 + fold, "test": answers(run, share, number).as_dict()}
                if not run.null:
                    results |= {"macs": 5, "history": {
                        "train": [1.0] * 10, "validation": [1 / (k + 1) for k in range(10)]}}
                made.append(RunRecord(run, results, stale))
    return made


def deployment(record: RunRecord, before: float = 0.9, after: float = 0.9) -> Deployment:
    """A record's network on a board, with made-up figures."""
    first = record.seed == 0
    results = {
        "float": answers(record.run, before).as_dict(),
        "int8": answers(record.run, after).as_dict(),
        "tuned": first, "cycles": (1111.0, 1333.0), "step_cycles": None, "stages": STAGES,
        "steps": 10, "flash_bytes": {"code": 8000, "model": 2000}, "ram_bytes": {"arena": 900},
        "latency_ms": (1.0, 1.2), "energy_mj": [0.05, 0.04, 0.06],
        "parity": {core: {"windows": 7, "outputs": 3, "mismatches": 0}
                   for core in ("host", "cortex-m4")} if first else {},
    }
    return Deployment(record, "stm32l476", results)
