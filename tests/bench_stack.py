"""Measures the stack of models of every kind, alone and over one runtime, on every core, under both
compilers; writes ``lnnlab/runtime/stack.csv``, from which exported headers take
``<NAME>_STACK_BYTES``.

    python tests/bench_stack.py
"""

import csv
import io

import policy_records
import random_models

from lnnlab import lnn_file, store
from lnnlab.profiling.stack import stack_bytes
from lnnlab.runtime.stack import STACKS
from lnnlab.target.cores import CORES
from lnnlab.target.toolchain import Compiler

OPTIMISED = [Compiler("gcc", "-Og"), *(Compiler(name, level) for name in ("gcc", "zig")
                                       for level in ("-Os", "-O2", "-O3"))]
BARE = [Compiler("gcc", "-O0"), Compiler("zig", "-O0")]
ALONE = ("lstm", "convolutional", "keyword_0", "policy_2", "policy_4")  # of builds for one model


def blobs() -> dict[str, bytes]:
    """Name → file: every kind of layer and of features, every kind of policy."""
    found = {kind: lnn_file.to_bytes(random_models.model(seed, kind))
             for kind, seed in zip(random_models.KINDS, range(4, 40), strict=False)}
    found |= {f"keyword_{seed}": lnn_file.to_bytes(random_models.model(seed, "keyword"))
              for seed in range(3)}
    return found | {f"policy_{kind}": policy_records.blob_of(kind, kind) for kind in range(5)}


def builds() -> dict[str, dict[str, bytes]]:
    """Name → models of one runtime: all of them together, and some alone."""
    every = blobs()
    return {"together": every} | {name: {name: every[name]} for name in ALONE}


def worst(core: str, compilers: list[Compiler]) -> tuple[int, str, str, str, str]:
    """Bytes, build, model, compiler and level of what takes most."""
    most = (0, "", "", "", "")
    for compiler in compilers:
        for build, models in builds().items():
            for name, taken in stack_bytes(models, core, compiler).items():
                most = max(most, (taken, build, name, compiler.name, compiler.level))
    return most


def main() -> None:
    """Measure all; of each core the worst with and without optimisation."""
    rows = []
    for core in CORES:
        rows += [(core, 1, *worst(core, OPTIMISED)), (core, 0, *worst(core, BARE))]
        print(*rows[-2:], flush=True)
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(
        [("core", "optimised", "stack_bytes", "build", "model", "compiler", "level"), *rows])
    store.write_text(STACKS, text.getvalue())


if __name__ == "__main__":
    main()
