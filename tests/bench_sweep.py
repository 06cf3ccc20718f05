"""How much faster four local workers are than one: ``python tests/bench_sweep.py [RUNS]``.

A grid of 64 quick runs (one network each, trained on the embedded bearings for some seconds)
is swept by one worker and by four, each from nothing, with all that a command costs: start,
collection, table. Other programs on the machine take from four more than from one: see the load.
"""

import os
import resource
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


def seconds(grid: Path, folder: Path, jobs: int) -> tuple[float, float]:
    """How long a whole sweep takes, and for how long it used a core."""
    began, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "lnnlab", "sweep", grid, "--jobs", str(jobs)], check=True,
                   env=os.environ | {"LNNLAB_REPORTS": str(folder)}, capture_output=True)
    taken, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return taken, after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime


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
    (one, one_core), (four, four_core) = taken.values()
    ideal = min(4, cores)
    print(f"{runs} runs, {cores} cores, load before {load:.1f}: 1 worker {one:.1f} s (of a core "
          f"{one_core:.1f} s), 4 workers {four:.1f} s ({four_core:.1f} s), {one / four:.2f} times "
          f"as fast, {one / four / ideal:.2f} of ideal; records equal: {same[0] == same[1]}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 64)
