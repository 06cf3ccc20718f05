"""How much faster four local workers are than one: ``python tests/bench_sweep.py [RUNS]``.

A grid of 64 quick runs (one network each, trained on the embedded bearings for some seconds)
is swept by one worker and by four, each from nothing, with all that a command costs: start,
collection, table. Other programs take more from four workers than from one; so what four bare
processes of torch get done against one is measured before and after, beside it.
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
BARE_S = 4.0
BARE = """
import sys, time, torch
torch.set_num_threads(1)
a, count = torch.randn(64, 64), 0
end = time.time() + float(sys.argv[1])
while time.time() < end:
    a = torch.tanh(a @ a)
    count += 1
print(count)
"""


def bare(processes: int) -> float:
    """What so many processes get done together in a while."""
    all_of_them = [subprocess.Popen([sys.executable, "-c", BARE, str(BARE_S)], text=True,
                                    stdout=subprocess.PIPE) for _ in range(processes)]
    return sum(int(each.communicate()[0]) for each in all_of_them)


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
        taken, alone = {}, {}
        for jobs in (1, 4):
            before = bare(jobs)
            taken[jobs] = seconds(grid, Path(place) / str(jobs), jobs)
            alone[jobs] = (before + bare(jobs)) / 2
        same = [(Path(place) / str(jobs) / "quick/records/vibration_benchmark.jsonl").read_bytes()
                for jobs in taken]
    (one, one_core), (four, four_core) = taken.values()
    ideal = min(4, cores)
    print(f"{runs} runs, {cores} cores, load before {load:.1f}: 1 worker {one:.1f} s (of a core "
          f"{one_core:.1f} s), 4 workers {four:.1f} s ({four_core:.1f} s), {one / four:.2f} times "
          f"as fast, {one / four / ideal:.2f} of ideal; bare processes {alone[4] / alone[1]:.2f} "
          f"times; records equal: {same[0] == same[1]}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 64)
