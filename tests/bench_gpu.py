"""Training on a GPU, tried: `python3 tests/bench_gpu.py` from the project's folder.

Holds the kernels of LinearLTC's scan against the loop, measures training speed beside cuDNN's LSTM
(and ncps' CfC where it is installed), trains every kind of model with device="auto", fills the
memory, and prints one line of JSON. It needs torch and what comes with it, numpy, pandas, scipy,
scikit-learn, torchdiffeq and tqdm; `--cpu` rehearses it without a GPU.
"""

import argparse
import gc
import importlib
import json
import statistics
import sys
import tempfile
import time
import traceback
import types
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

sys.path[:0] = [str(Path(__file__).resolve().parent.parent), str(Path(__file__).resolve().parent)]



class Absent(types.ModuleType):
    """Stands for a reader of sound or data, as nothing here reads any."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (Exception,), {})


for name in ("soundfile", "pooch"):
    try:
        importlib.import_module(name)
    except ImportError:
        sys.modules[name] = Absent(name)

import scan_cases  # noqa: E402

from lnnlab.models import KINDS, LinearLTC, build, scan, scan_loop  # noqa: E402
from lnnlab.models.kinds import NULL  # noqa: E402
from lnnlab.models.speed import Size, training_step  # noqa: E402
from lnnlab.training import LNNTrainer, Part, Samples, fit_together  # noqa: E402
from lnnlab.training import feed as feed_module  # noqa: E402
from lnnlab.training import samples as samples_module  # noqa: E402
from lnnlab.training import trainer as trainers  # noqa: E402
from lnnlab.training.captured import Captured  # noqa: E402
from lnnlab.training.device import described, resolved  # noqa: E402

SIZES = ((64, 100, 32), (256, 1000, 128), (1024, 1000, 128))  # batch, steps, units
ROUNDS, TURN_S, AT_ONCE = 5, 0.15, 5
EPOCHS = 100  # of keyword networks
MOST_CLIPS = 10**6  # in a rehearsal fewer
LONGEST_S = 115.0  # from here on nothing new is begun


def kernels(device):
    """Largest differences from the loop over odd shapes, and at the measured sizes."""
    backend = scan.backend_for(torch.zeros(1, device=device))
    found = {"backend": backend.__name__, "odd shapes": scan_cases.largest(backend, device)}
    for shape in ((64, 100, 40, 32), (256, 1000, 40, 128)):
        for options in (("tanh", False, False, False), ("abs", True, True, True)):
            name = f"{shape} {options}"
            found[name] = scan_cases.difference(backend, shape, options, device)
    return found


def layers(units):
    """Name → layer, with the backend that its scan is held to, or None."""
    found = {"fused": (LinearLTC(40, units), None), "loop": (LinearLTC(40, units), scan_loop),
             "LSTM": (nn.LSTM(40, units, batch_first=True), None)}
    try:
        import ncps.torch
        found["ncps CfC"] = (ncps.torch.CfC(40, units, batch_first=True), None)
    except ImportError:
        pass
    return found


def turn(step, backend, device):
    """Training steps per second of one turn."""
    with scan.using(backend or scan.backend_for(torch.zeros(1, device=device))):
        wait(device)
        began, steps = time.perf_counter(), 0
        while steps == 0 or time.perf_counter() - began < TURN_S:
            for _ in range(AT_ONCE):  # the card is given more before it is done
                step()
            steps += AT_ONCE
            wait(device)
        return steps / (time.perf_counter() - began)


def wait(device):
    if device != "cpu":
        torch.cuda.synchronize()


def speed(device, size):
    """Sequences per second of every layer, eager and as a graph: medians of interleaved rounds,
    and ratios of like to like."""
    batch, steps, units = size
    runs = {name: (training_step(layer, Size(batch, steps), device), backend)
            for name, (layer, backend) in layers(units).items()}
    if device != "cpu":
        for name in ("fused", "LSTM"):
            layer, backend = layers(units)[name]
            runs[f"{name}, captured"] = (
                training_step(layer, Size(batch, steps), device, captured=True), backend)
    found = {name: [] for name in runs}
    for number in range(ROUNDS + 1):
        for name, (step, backend) in runs.items():
            rate = batch * turn(step, backend, device)
            if number:
                found[name].append(rate)
    rates = {name: round(statistics.median(each)) for name, each in found.items()}
    for kind in ("", ", captured"):
        if f"fused{kind}" in found:
            pairs = zip(found[f"fused{kind}"], found[f"LSTM{kind}"], strict=True)
            ratios = [ours / theirs for ours, theirs in pairs]
            rates[f"fused / LSTM{kind}"] = round(statistics.median(ratios), 2)
            rates[f"lowest of them{kind}"] = round(min(ratios), 2)
    return rates


def keyword(seed, device, rate=8e-3, features=40, **config):
    """A trainer of a keyword network of 9.3k parameters, as the benchmark's liquid row has it."""
    torch.manual_seed(seed)
    network = build("keyword_linear_ltc", features, 12, steps=49, channels=40)
    return LNNTrainer({
        "input_dim": features, "output_dim": 12, "seed": seed, "learning_rate": rate,
        "weight_decay": 0.01, "label_smoothing": 0.1, "mixup": 0.3, "averaging": 0.995,
        "keep": "last", "device": device} | config, network)


def clips(count, steps=49, features=40):
    count = min(count, MOST_CLIPS)
    random = np.random.default_rng(count)
    y = np.arange(count) % 12
    x = random.normal(size=(count, steps, features)) + 0.2 * y[:, None, None]
    return Samples(x.astype(np.float32), y)


def released(trainer):
    """Without graphs: kernel by kernel."""
    trainer.steps.captured = None
    return trainer


def apart(one, other):
    """Largest difference of two fits' losses, relative to their size."""
    return max(abs(a[name] - b[name]) / abs(b[name]) for a, b in zip(
        one.history, other.history, strict=True) for name in a)


CAPTURES = []  # batches of steps that were captured
_captured = Captured._captured


def counted(self, batch):
    made = _captured(self, batch)
    CAPTURES.append([tuple(each.shape) for each in batch])
    return made


Captured._captured = counted


def captured_alike(device):
    """Captured training beside kernel by kernel: losses, and whether a second time has its bits."""
    found, part = {}, clips(460)
    usual = trainers.fits
    for name, make in {
        "keyword": lambda: keyword(0, device),
        "keyword, noise": lambda: keyword(0, device, input_noise=0.1, averaging=0.0),
        "linear_ltc": lambda: LNNTrainer({
            "input_dim": 40, "output_dim": 12, "device": device, "averaging": 0.9, "layers": 2,
            "mixing": 4}),
        "ltc": lambda: LNNTrainer({"input_dim": 40, "output_dim": 12, "device": device,
                                   "hidden_dim": 8, "cell": "ltc", "ode_solver": "fused"}),
        "cfc": lambda: LNNTrainer({"input_dim": 40, "output_dim": 12, "device": device,
                                   "ode_solver": "closed_form"}),
    }.items():
        fits, weights, graphs = [], [], []
        for trainer in (make(), make(), released(make()), released(make())):
            before = len(CAPTURES)
            fits.append(trainer.fit(part, part, 5, 5, progress=False))
            weights.append([each.detach().clone() for each in trainer.model.parameters()])
            graphs.append(len(CAPTURES) - before)
        trainers.fits = lambda *_: False  # batches are made out of the step
        travelled = make()
        before = len(CAPTURES)
        fits.append(travelled.fit(part, part, 5, 5, progress=False))
        graphs.append(len(CAPTURES) - before)
        trainers.fits = usual
        same = [all(map(torch.equal, weights[k], weights[k + 1])) for k in (0, 2)]
        found[name] = {"graphs": graphs, "losses differ by": apart(fits[0], fits[2]),
                       "of eager ones": apart(fits[2], fits[3]), "same bits": same,
                       "captured is eager": all(map(torch.equal, weights[0], weights[2])),
                       "batches that travel are those": all(
                           map(torch.equal, weights[0], travelled.model.parameters()))}
        if device != "cpu" and (0 in (*graphs[:2], graphs[4]) or any(graphs[2:4])):
            raise AssertionError(f"{name}: captured {graphs} graphs: {found}")
    return found


def training(device):
    """Windows a second of a whole training of a keyword network, captured and not."""
    part, held, found = clips(3072), clips(64), {}
    for name, prepared in {"captured": lambda each: each, "eager": released}.items():
        trainer, times = prepared(keyword(0, device)), []
        trainer.fit(part, held, 10, progress=False,
                    on_epoch=lambda *_, times=times: times.append(time.perf_counter()))
        found[name] = round(len(part) / statistics.median(np.diff(times[3:])))
    return found


def stacked(device, networks=8):
    """Seconds of eight keyword networks as a stack and one by one, and what their losses differ
    by in the first epochs."""
    epochs = EPOCHS
    part, held = clips(3000), clips(400)
    rates = [(8e-3, 3e-3)[k % 2] for k in range(networks)]

    def parts(**config):
        return [Part(keyword(k, device, rate, **config), part, held)
                for k, rate in enumerate(rates)]

    began = time.perf_counter()
    graphs = len(CAPTURES)
    together = fit_together(parts(), epochs)
    graphs = len(CAPTURES) - graphs
    between = time.perf_counter()
    alone = parts()[0]
    fit = alone.trainer.fit(part, held, epochs, progress=False)
    ended = time.perf_counter()
    early, alike = 3, fit_together(parts(), 3)
    if device != "cpu" and not graphs:
        raise AssertionError("the stack was not captured")
    return {
        "epochs": epochs, "together, s": round(between - began, 2),
        "one alone, s": round(ended - between, 2),
        "ratio": round(networks * (ended - between) / (between - began), 2),
        "graphs": graphs, "losses differ by": max(
            apart(alike[k], each.trainer.fit(part, held, early, progress=False))
            for k, each in list(enumerate(parts()))[:2]),
        "of the first epoch": max(
            apart(*(replace(fit, history=fit.history[:1]) for fit in (
                alike[k], each.trainer.fit(part, held, early, progress=False))))
            for k, each in list(enumerate(parts()))[:2]),
        "last losses": [together[0].history[-1]["validation_loss"],
                        fit.history[-1]["validation_loss"]],
    }


def rounding(device):
    """What tells a stack from one by one: the losses' differences after so many steps, what one
    unit in the last place of one matrix makes of a network alone, and the same in float64."""
    part, held, rates = clips(3000), clips(400), (8e-3, 3e-3)

    def alone(network, windows, epochs, nudged=False, double=False):
        trainer = keyword(network, device, rates[network])
        if double:
            trainer.model.double()
            trainer = LNNTrainer(trainer.config.as_dict(), trainer.model)
        if nudged:
            with torch.no_grad():
                next(trainer.model.parameters()).mul_(1 + 2.0**-23)
        return trainer if epochs is None else trainer.fit(windows, held, epochs, progress=False)

    def apart_of(windows, epochs, **kind):
        pairs = [Part(alone(k, windows, None, **kind), windows, held) for k in range(2)]
        return [[apart(*(replace(fit, history=fit.history[each:][:1]) for fit in (
            one, alone(k, windows, epochs, **kind)))) for each in range(epochs)]
            for k, one in enumerate(fit_together(pairs, epochs))]

    found = {"after 1 to 6 steps": apart_of(clips(64), 6), "after an epoch": apart_of(part, 1),
             "one ulp, an epoch": [
                 apart(alone(k, part, 1, nudged=True), alone(k, part, 1)) for k in range(2)]}
    usual = samples_module.as_batch

    def doubled(*each):
        return tuple(None if own is None else own.double() if own.is_floating_point() else own
                     for own in usual(*each))

    for module in (samples_module, feed_module):
        module.as_batch = doubled
    try:
        found["float64, an epoch"] = apart_of(part, 1, double=True)
    finally:
        for module in (samples_module, feed_module):
            module.as_batch = usual
    return found


def step_times(device):
    """Milliseconds of a step of a stack of 1 to 16 keyword networks, captured."""
    found, part = {}, clips(1024)
    for networks in (1, 2, 4, 8, 16):
        times = []
        parts = [Part(keyword(k, device), part, clips(32)) for k in range(networks)]
        began = time.perf_counter()
        fit_together(parts, 4)
        wait(device)
        times.append(time.perf_counter())
        fit_together([Part(keyword(k, device), part, clips(32)) for k in range(networks)], 12)
        wait(device)
        times.append(time.perf_counter())
        found[networks] = round(1e3 * (times[1] - 2 * times[0] + began) / (8 * 16), 3)
    return found


def stages(device):
    """Milliseconds of one fused training step at the larger sizes, by steps read ahead."""
    backend, found = scan.backend_for(torch.zeros(1, device=device)), {}
    if not hasattr(backend, "AHEAD"):
        return found
    usual = backend.AHEAD
    for ahead in (1, 2, 4, 8):
        backend.AHEAD = ahead
        for batch, steps, units in SIZES[:2]:
            step = training_step(LinearLTC(40, units), Size(batch, steps), device)
            turn(step, None, device)
            found[f"{ahead} ahead, {batch} x {steps} x {units}"] = round(
                1e3 / turn(step, None, device), 3)
    backend.AHEAD = usual
    return found


def samples(count=192, steps=24, features=6):
    random = np.random.default_rng(0)
    y = np.arange(count) % 3
    x = random.normal(size=(count, steps, features)) + y[:, None, None]
    taught = np.eye(3)[y] * 0.7 + 0.1
    return Samples(x.astype(np.float32), y, teacher=taught)


def trainings(device):
    """Every kind of model: where it trained, its losses, and whether a second time has its bits."""
    part, found = samples(), {}
    for kind in KINDS.values():
        if kind.family == NULL:
            continue
        weights = []
        for _ in range(2):
            torch.manual_seed(0)
            network = build(kind.name, 6, 3, steps=24)
            network.fit_standardiser(part.x)
            config = {"input_dim": 6, "output_dim": 3, "mixup": 0.3, "input_noise": 0.1,
                      "averaging": 0.9, "teacher_weight": 0.5, "temperature": 2.0,
                      "keep": "last", "device": "auto", "timesteps": [1, 2] if kind.cell else []}
            trainer = LNNTrainer(config, network)
            result = trainer.fit(part, part, 2, progress=False)
            for _ in range(2):  # priced steps, with traces
                trainer.train_step(part.batch(np.arange(32)), 0.1, 0.1)
            logits = trainer.predict(part)
            away = network.cpu()
            with torch.no_grad():
                here = away(torch.from_numpy(part.x)).numpy()
            weights.append([each.clone() for each in away.state_dict().values()])
        found[kind.name] = {
            "device": result.device, "validation_loss": result.history[-1]["validation_loss"],
            "cpu_differs": float(np.abs(here - logits).max()),
            "same_bits": all(torch.equal(*pair) for pair in zip(*weights, strict=True)),
        }
        print(kind.name, found[kind.name], flush=True)
    return found


def exported(device):
    """A network trained there, as a .lnn file, and its checkpoint taken up again."""
    part = samples()
    config = {"input_dim": 6, "output_dim": 3, "ode_solver": "exact", "device": "auto"}
    with tempfile.TemporaryDirectory() as folder:
        whole, place = LNNTrainer(config), Path(folder) / "state"
        whole.fit(part, part, 2, checkpoint=place, progress=False)
        again = LNNTrainer(config)
        again.fit(part, part, 2, checkpoint=place, progress=False)
        path = whole.export_embedded(Path(folder) / "model.lnn")
        same = np.array_equal(whole.predict(part), again.predict(part))
        return {"file_bytes": path.stat().st_size, "resumed": same}


def full_memory(device):
    """A batch that a hundredth of the card does not hold is halved."""
    if device == "cpu":
        return {}
    gc.collect()  # graphs of trainers that are done
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(0.01)
    try:
        trainer = LNNTrainer({
            "input_dim": 6, "output_dim": 3, "hidden_dim": 128, "batch_size": 8192,
            "ode_solver": "exact", "device": "auto"})
        part = samples(8192, 200)
        result = trainer.fit(part, part, 1, progress=False)
        return {"batch_size": result.batch_size, "loss": result.history[0]["validation_loss"]}
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)


def main():
    parser = argparse.ArgumentParser(description="try training on a GPU")
    parser.add_argument("--cpu", action="store_true", help="rehearse on the CPU, small")
    parser.add_argument("--only", nargs="*", help="names of sections")
    options = parser.parse_args()
    device = "cpu" if options.cpu else resolved("cuda")
    if options.cpu:
        globals().update(EPOCHS=1, MOST_CLIPS=64)
    sizes = ((8, 20, 8),) if options.cpu else SIZES
    found = {"device": described(device), "torch": torch.__version__}
    speeds = {f"{size}": lambda device, size=size: speed(device, size) for size in sizes}
    parts = {"captured": captured_alike, "stacked": stacked, "rounding": rounding,
             "training": training, **speeds,
             "stack steps": step_times, "kernels": kernels, "full memory": full_memory,
             "exported": exported, "trainings": trainings, "stages": stages}
    started = time.perf_counter()
    for name, part in parts.items():
        began = time.perf_counter()
        if options.only and name not in options.only:
            continue
        if began - started > LONGEST_S:
            found[name] = "left out: no time"
            continue
        try:
            found[name] = part(device)
        except Exception as error:
            traceback.print_exc()
            found[name] = f"FAILED: {type(error).__name__}: {error}"
        print(f"{name}: {found[name]} ({time.perf_counter() - began:.1f} s)", flush=True)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
