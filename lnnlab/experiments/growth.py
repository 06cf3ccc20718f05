"""What a benchmark of N one-second clips takes: seconds and memory, in a process of its own.

``python -m lnnlab.experiments.growth N FOLDER`` makes the clips, trains and tests one network on
them as a benchmark does, and prints one line of JSON. Clips and features lie in files; what a
process holds of them at a time does not grow with N.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from lnnlab import paths, store
from lnnlab.data import Dataset, make_splits
from lnnlab.data.chunks import CHUNK
from lnnlab.errors import UserError
from lnnlab.experiments.augmented import augmented
from lnnlab.experiments.benchmark import recorded
from lnnlab.experiments.keyword_recipes import sound_recipe
from lnnlab.experiments.run import Budget, Run
from lnnlab.experiments.speed import TABLE
from lnnlab.experiments.work import Work
from lnnlab.records import Subject

GROWTH = "corpus_growth"  # the table
RATE_HZ, CLASSES = 16_000, 4
MODEL = "keyword_linear_ltc"
STATUS = Path("/proc/self/status")  # of Linux: the peak of what a process held


def clips(count: int, folder: Path) -> Dataset:
    """Generated one-second clips in a mapped file: tones of four pitches in noise, 20 a speaker.

    Args:
        count: how many.
        folder: where the file lies.
    """
    numbers = np.arange(count)
    y = numbers % CLASSES

    def made() -> Iterator[np.ndarray]:
        random, time_s = np.random.default_rng(0), np.arange(2 * RATE_HZ) / RATE_HZ
        noise = 0.1 * random.standard_normal(64 * RATE_HZ, dtype=np.float32)
        tones = [np.float32(0.1 * np.sin(2 * np.pi * 300 * (1 + k) * time_s))
                 for k in range(CLASSES)]
        for first in range(0, count, CHUNK):
            labels = y[first : first + CHUNK]
            starts = random.integers(63 * RATE_HZ, size=len(labels))
            phases = random.integers(RATE_HZ, size=len(labels))
            yield np.stack([
                tones[k][phase : phase + RATE_HZ] + noise[start : start + RATE_HZ]
                for k, phase, start in zip(labels, phases, starts, strict=True)])[..., None]

    x = store.kept({"name": "clips", "count": count}, lambda: store.Streamed(
        (count, RATE_HZ, 1), np.float32, made()), store.ARRAY, folder)
    speaker = numbers // 20
    part = np.array(["train"] * 8 + ["validation", "test"])[speaker % 10]
    return Dataset(
        f"clips_{count}", x, y, ("low", "middle", "high", "higher"), ("sound",), RATE_HZ,
        {"recording": numbers.astype(str), "speaker": speaker.astype(str)},
        np.zeros(count, np.int64), part=part, synthetic=True)


def measured_here(count: int, folder: Path, epochs: int = 1, versions: int = 0) -> dict:
    """Seconds of the processor by stage of a benchmark of generated clips, and the most memory that
    was held; other work on a machine lengthens time on the clock, not this."""
    seconds: dict[str, float] = {}

    def timed(stage: str, make: Callable[[], object]) -> object:
        began = time.process_time()
        made = make()
        seconds[stage] = round(time.process_time() - began, 2)
        return made

    dataset = timed("clips", lambda: clips(count, folder))
    start = held_bytes()
    timed("hash", lambda: dataset.hash)
    split = make_splits(dataset, "official")[0]
    run = Run(dataset, split, sound_recipe(MODEL, dataset, versions), 0, Budget(epochs))
    timed("versions", lambda: augmented(run))
    timed("features", lambda: [run.samples(part) for part in ("train", "validation", "test")])
    work = Work(folder, progress=False)
    record = timed("training and test", lambda: recorded([run], "growth", work, "growth")[0])
    return {"clips": count, "seconds": seconds, "start_bytes": start, "peak_bytes": held_bytes(),
            "clip_bytes": int(dataset.x.nbytes), "epochs": epochs, "versions": versions,
            "validation_loss": record.validation_loss, "features": "on disk" if any(
                (paths.cache() / "features").glob("*.npy")) else "in memory"}


def held_bytes() -> int:
    """The most memory that this process has held, mapped files included."""
    if STATUS.exists():
        line = next(each for each in STATUS.read_text().splitlines() if each.startswith("VmHWM"))
        return 1024 * int(line.split()[1])
    import resource
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else 1024 * most


def growth(counts: Sequence[int], work: Work, progress: bool = False) -> list[dict]:
    """Rows of the table :data:`GROWTH`, as recorded; measured where no record is.

    Each size runs in a process of its own, whose files are removed at its end.

    Args:
        counts: of clips.
        work: where the records go.
        progress: print a line when one begins.
    """
    records, rows = work.records(TABLE), []
    for count in counts:
        name = f"benchmark of {count:,} clips"
        identity = {"clips": count, "model": MODEL, "epochs": 1, "versions": 0}
        if progress:
            print(name, flush=True)
        found, _ = records.kept(
            Subject(name, "corpus growth", identity, {}), lambda count=count: in_a_process(count))
        rows.append({
            "clips": count, **{f"{stage}_s": each for stage, each in found["seconds"].items()},
            "seconds": round(sum(found["seconds"].values()) - found["seconds"]["clips"], 1),
            "peak_gb": round(found["peak_bytes"] / 1e9, 2),
            "clips_gb": round(found["clip_bytes"] / 1e9, 2), "features": found["features"],
            "basis": "measured"})
    records.settle()
    return rows


def in_a_process(count: int, **environment: str) -> dict:
    """:func:`measured_here` in a process of its own.

    Raises:
        UserError: it came to no end.
    """
    with tempfile.TemporaryDirectory() as place:
        given = {"LNNLAB_CACHE": f"{place}/cache", "OMP_NUM_THREADS": "1",
                 "PYTHONPATH": str(paths.ROOT)}
        done = subprocess.run(
            [sys.executable, "-m", "lnnlab.experiments.growth", str(count), place],
            env=os.environ | given | environment, capture_output=True, text=True)
        if done.returncode:
            said = (done.stderr.strip().splitlines() or ["it was ended from outside"])[-1]
            raise UserError(f"a benchmark of {count:,} clips came to no end: {said}")
        return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    print(json.dumps(measured_here(int(sys.argv[1]), Path(sys.argv[2]))))
