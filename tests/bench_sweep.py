"""How much faster four local workers are than one: ``python tests/bench_sweep.py [RUNS]``.

A grid of 64 quick runs (one network each, trained on the embedded bearings for some seconds)
is swept by one worker and by four, each from nothing, with all that a command costs: start,
collection, table. Other programs on the machine take from four more than from one: see the load.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

GRID = """runs = "vibration_benchmark"
[parameters]
fold = 0
epochs = {epochs}
[grid]
seed = {seeds}
"""
EPOCHS = 100


def seconds(grid: Path, folder: Path, jobs: int) -> float:
    """How long a whole sweep takes."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "lnnlab", "sweep", grid, "--jobs", str(jobs)], check=True,
                   env=os.environ | {"LNNLAB_REPORTS": str(folder)}, capture_output=True)
    return time.perf_counter() - began


def main(runs: int) -> None:
    """Measure and print."""
    cores = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as place:
        grid = Path(place) / "bench.toml"
        grid.write_text(GRID.format(epochs=EPOCHS, seeds=list(range(runs))))
        load = os.getloadavg()[0]
        taken = {jobs: seconds(grid, Path(place) / str(jobs), jobs) for jobs in (1, 4)}
        same = [(Path(place) / str(jobs) / "quick/records/vibration_benchmark.jsonl").read_bytes()
                for jobs in taken]
    faster, ideal = taken[1] / taken[4], min(4, cores)
    print(f"{runs} runs, {cores} cores, load before {load:.1f}: 1 worker {taken[1]:.1f} s, "
          f"4 workers {taken[4]:.1f} s, {faster:.2f} times as fast, {faster / ideal:.2f} of ideal; "
          f"records equal: {same[0] == same[1]}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 64)
