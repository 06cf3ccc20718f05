"""What the code makes of a fixed input: a record's proof that it was made by today's code.

A run's probe is a small training of its own recipe on a fixed signal, from samples to logits.
Change a constant in the features, in a cell or in the training loop, and its numbers change; rename
a function, and they stay. They are compared within :data:`lnnlab.records.CLOSE`, as another
processor may round differently. For the same reason a probe scans by the loop, on the CPU, whatever
trained the run: the kernels in its place are held against it by tests.
"""

from dataclasses import replace

import numpy as np
import torch

from lnnlab import lnn_file, store
from lnnlab.compress import calibrate, quantise
from lnnlab.compress.quantise import input_step
from lnnlab.data import Split
from lnnlab.data.augment import augment, masked
from lnnlab.data.dataset import Dataset
from lnnlab.experiments.run import Budget, Run, fit_null
from lnnlab.experiments.training import as_saved, fresh, train
from lnnlab.features import extract
from lnnlab.models import scan, scan_loop
from lnnlab.profiling import measure
from lnnlab.target.boards import Board

WINDOWS_A_CLASS = 2
STEPS = 2  # of the optimiser
DIGITS = 6  # significant ones that a record keeps
KNOCK = 33  # standard deviations: one input so far out, for the choice of an int8 range
_made: dict[str, list[float]] = {}
_deployed: dict[str, dict[str, list[float]]] = {}


def probe(run: Run) -> list[float]:
    """Numbers that today's code gives for a run's recipe on a fixed signal of the same shape.

    Features: mean and a fixed projection; of an augmented version the same; then the losses of two
    steps of training, and a projection of the logits after them. Data and seed of the run play no
    part; recipes that several runs share are probed once.
    """
    described = {"recipe": run.recipe.as_dict(), "shape": run.dataset.x.shape[1:],
                 "classes": len(run.dataset.classes), "rate": run.dataset.rate_hz,
                 "irregular": run.dataset.timespans is not None}
    key = store.key(described)
    if key not in _made:
        with scan.using(scan_loop):
            _made[key] = [float(f"{each:.{DIGITS}g}") for each in _numbers(fixed_run(run))]
    return _made[key]


def deployment_probe(run: Run, chosen: Board) -> dict[str, list[float]]:
    """Numbers that today's code gives for a run's recipe on a board, on the same fixed signal.

    ``cycles`` of each stage and bytes of code, of the C as it is compiled now on the emulated core;
    ``flash``, what each stage waits for the board's; ``int8``, a projection of the twin's logits
    and those of the float network, and the step of the inputs if one of them lay far out. The last
    are compared coarsely: a weight that lies between two integers may be rounded either way on
    another processor.
    """
    key = store.key({"recipe": run.recipe.as_dict(), "shape": run.dataset.x.shape[1:],
                     "classes": len(run.dataset.classes), "board": chosen.name})
    if key not in _deployed:
        _deployed[key] = _on_target(fixed_run(run), chosen)
    return _deployed[key]


def _on_target(run: Run, chosen: Board) -> dict[str, list[float]]:
    saved = as_saved(run, *fresh(run, run.samples("train").x))
    saved = replace(saved, network=saved.network.eval())
    with torch.no_grad():
        logits = saved.network(torch.from_numpy(run.samples("test").x.copy())).numpy()
    model, ranges = quantise(saved), calibrate(saved)
    knocked = replace(ranges, inputs=np.append(ranges.inputs, KNOCK * ranges.inputs.std()))
    samples = model.quantise(run.dataset.x)
    twin = model.run(samples).logits / 256
    measured = measure(lnn_file.to_bytes(model), chosen.core, samples[:1], chosen.port())
    cycles = [float(each) for band in measured.by_stage.values() for each in band]
    sizes = [np.sqrt(np.mean(each**2)) for each in (twin, logits)]
    return {"cycles": [*cycles, measured.flash_bytes["code"], *measured.ram_bytes.values()],
            "flash": [float(each) for each in (measured.flash_waits or {}).values()],
            "int8": [float(f"{each:.3g}") for each in (*sizes, input_step(saved, knocked))]}


def front_end_key(run: Run) -> str:
    """Twelve hex digits that stand for what features and augmentation give; for caches."""
    return store.key([f"{each:.4g}" for each in _front_end(fixed_run(run))])


def fixed_run(run: Run) -> Run:
    """The same recipe on a fixed signal: two windows a class, all of them in every part."""
    dataset = fixed_signal(run.dataset)
    rows = np.arange(len(dataset))
    split = Split("probe", rows, rows, rows, "probe", "recording")
    config = run.recipe.config
    if run.recipe.config:  # nulls have none
        config = config | {"batch_size": -(-len(rows) // STEPS)}
    recipe = replace(run.recipe, config=config, versions=min(run.recipe.versions, 1))
    return Run(dataset, split, recipe, 0, Budget(1, 1))


def fixed_signal(like: Dataset) -> Dataset:
    """Two windows a class of tones in noise, shaped like those of a dataset."""
    classes, (length, channels) = len(like.classes), like.x.shape[1:]
    random = np.random.default_rng(0)
    y = np.repeat(np.arange(classes), WINDOWS_A_CLASS)
    time = np.arange(length) / length  # (time,)
    tone = np.sin(2 * np.pi * np.outer(3 + 7 * y, time))[..., None]  # (window, time, 1)
    x = 0.3 * tone + 0.1 * random.normal(size=(len(y), length, channels))
    spans = None if like.timespans is None else random.uniform(0.5, 1.5, (len(y), length))
    return replace(
        like, x=x.astype(np.float32), y=y, start=np.zeros(len(y), int), part=None,
        groups={"recording": np.arange(len(y)).astype(str)}, timespans=spans,
        background={"train": (0.1 * random.normal(size=2 * length).astype(np.float32),)},
    )


def _numbers(run: Run) -> list[float]:
    numbers = _front_end(run)
    if run.null:
        logits = _probabilities(run)
    else:
        teacher = np.zeros((1, len(run.dataset), len(run.dataset.classes)), np.float16)
        made = train(run, versions=_version(run), teacher=teacher if run.recipe.teachers else None)
        numbers += [each for epoch in made.fit.history for each in epoch.values()]
        with torch.no_grad():
            x = torch.from_numpy(extract(run.dataset.x, run.spec).copy())
            logits = made.saved.network(x).numpy()
    return [*numbers, *projected(logits)]


def _probabilities(run: Run) -> np.ndarray:
    """What a null baseline gives on the fixed windows, one-hot, (window, class)."""
    return np.eye(len(run.dataset.classes))[fit_null(run).predict(run.samples("test").x)]


def _front_end(run: Run) -> list[float]:
    plain = projected(extract(run.dataset.x, run.spec))
    version = _version(run)
    return plain if version is None else plain + projected(version)


def _version(run: Run) -> np.ndarray | None:
    """One augmented version of the fixed windows, (1, window, frame, feature), where asked for."""
    if not run.recipe.versions:
        return None
    how, random = run.recipe.changes, np.random.default_rng(0)
    x = augment(run.dataset.x[:, :, 0], list(run.dataset.background["train"]), how,
                run.dataset.rate_hz, random)
    return masked(extract(x[..., None], run.spec), how, random)[None]


def projected(values: np.ndarray) -> list[float]:
    """Mean, and the product with fixed random numbers, of any array."""
    flat = np.asarray(values, np.float64).ravel()
    weights = np.random.default_rng(1).normal(size=len(flat))
    return [float(flat.mean()), float(flat @ weights / np.sqrt(len(flat)))]
