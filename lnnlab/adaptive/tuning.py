"""Networks tuned on streams that they hear through policies, so that none of them is strange.

One network serves every policy, always-on among them: each training event is heard through one of
several, drawn at random: uniform ones and energy gates, whose patterns of frames are those of the
other kinds too. What was heard before an event, and how long the network slept, is then closer to
what it meets at work than clips that start from silence. The network as it was, awake all the time,
teaches itself asleep, so that it does not forget what it knew. PCEN's running levels are those of a
network that is awake; at work they move on by the elapsed time, which comes to nearly the same.
"""

import copy
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

from lnnlab import records
from lnnlab.adaptive.candidates import Ground, draw
from lnnlab.data import Dataset, Split
from lnnlab.data.augment import Augmentation, augment
from lnnlab.data.streams import Stream, StreamPlan, build_stream
from lnnlab.features import FeatureSpec, extract
from lnnlab.integer import quantise_samples
from lnnlab.integer.gate import gate_of, statistics
from lnnlab.integer.policy import ALWAYS, Policy, Uniform
from lnnlab.integer.schedule import planned
from lnnlab.models.saved import SavedModel, load, save
from lnnlab.training import LNNTrainer, Samples
from lnnlab.training.trainer import one_thread

AFTER_S = (0.0, 0.2)  # a window ends so long after its event
SILENCE, BATCH = "silence", 256


@dataclass(frozen=True)
class Tuning:
    """How a network is tuned.

    Attributes:
        passes: streams built of the training clips, each clip once in each, at another speed.
        activity: share of speech in them.
        context_s: length of a window that ends with its event.
        always: share of the events that are heard without a policy; the others go to uniform
            ones and to ``gates`` energy gates.
        silences: windows of pauses, as a share of the events.
        epochs, learning_rate: of AdamW with a cosine.
        teacher_weight, temperature: of what the network says when it is awake, beside the truth.
    """

    passes: int = 3
    activity: float = 0.4
    context_s: float = 2.0
    always: float = 0.4
    gates: int = 12
    silences: float = 0.1
    epochs: int = 6
    learning_rate: float = 1e-3
    teacher_weight: float = 0.7
    temperature: float = 2.0


def tuned_on_streams(
    saved: SavedModel, dataset: Dataset, split: Split, seed: int, folder: Path,
    how: Tuning | None = None,
) -> SavedModel:
    """The network tuned on streams of its training clips, made now unless it lies in ``folder``.

    Args:
        saved: trained at many timesteps on clips.
        dataset, split: whose training clips and backgrounds are heard.
        seed: of the streams, the policies drawn and the batches.
        folder: where networks are kept, such as ``reports/full/models``.
        how: None: the usual settings.
    """
    how = how or Tuning()
    weights = {name: float(each.double().sum()) for name, each in
               saved.network.state_dict().items()}
    key = records.key({"how": asdict(how), "seed": seed, "data": dataset.hash, "weights": weights})
    place = folder / dataset.name / f"{saved.name}-streams-{key}.pt"
    if not place.exists():
        windows = stream_windows(dataset, split, saved, how, seed)
        network = _with_kept_statistics(copy.deepcopy(saved.network))
        config = {
            "input_dim": saved.features.size(len(saved.channels)), "seed": seed,
            "output_dim": len(saved.classes), "learning_rate": how.learning_rate,
            "weight_decay": 0.01, "label_smoothing": 0.1, "averaging": 0.99, "keep": "last",
            "teacher_weight": how.teacher_weight, "temperature": how.temperature,
        }
        with one_thread():
            torch.manual_seed(seed)
            LNNTrainer(config, network).fit(windows, _few(windows), how.epochs, how.epochs,
                                            progress=False)
        tuned = copy.deepcopy(saved.network)
        tuned.load_state_dict(network.state_dict())
        save(replace(saved, network=tuned.eval(), origin=saved.origin | {"streams": asdict(how)}),
             place)
    return load(place)


def _with_kept_statistics(network: nn.Module) -> nn.Module:
    """Batch normalisation keeps its statistics: filled-up frames are no part of them."""
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm1d):
            layer.eval()
            layer.train = lambda mode=True, layer=layer: layer
    return network


def stream_windows(
    dataset: Dataset, split: Split, saved: SavedModel, how: Tuning, seed: int
) -> Samples:
    """Windows that end with an event or in a pause, as policies let a network hear them.

    Returns:
        Features of the computed frames with their timespans in hops, (window, frame, …); shorter
        windows are filled up in front by frames that last 0, which change no state. The teacher
        is the given network on all frames of the same windows.
    """
    spec, found, labels = saved.features, [], []
    random, rate_hz = np.random.default_rng([seed, 7]), float(dataset.rate_hz)
    for number in range(how.passes):
        length_s = len(split.train) * dataset.x.shape[1] / rate_hz / how.activity
        plan = StreamPlan(length_s, activity=how.activity, seed=1000 * (seed + 1) + number)
        stream = build_stream(_varied(dataset, split, random), split.train, plan, "train")
        plans = _plans(stream, spec, rate_hz, how, random)
        silences = how.silences if SILENCE in dataset.classes else 0.0
        for end_s, label in _moments(stream, silences, how, random):
            heard = plans[0 if random.random() < how.always else random.integers(1, len(plans))]
            found.append(_window(stream, spec, heard, end_s, how.context_s))
            labels.append(dataset.classes.index(label))
    longest = max(len(spans) for _, _, spans in found)
    x = np.stack([np.pad(dense[places], ((longest - len(places), 0), (0, 0)), mode="edge")
                  for dense, places, _ in found])
    spans = np.stack([np.pad(each, (longest - len(each), 0)) for *_, each in found])
    said = _awake(saved, [dense for dense, *_ in found], how.temperature)
    return Samples(x, np.array(labels), spans.astype(np.float32), said)


def _awake(
    saved: SavedModel, dense: Sequence[np.ndarray], temperature: float
) -> np.ndarray:
    """Probabilities of the network on every frame of windows, (window, class)."""
    with torch.no_grad(), one_thread():
        pieces = [saved.network(torch.from_numpy(np.stack(dense[first : first + BATCH])))
                  for first in range(0, len(dense), BATCH)]
    return torch.softmax(torch.cat(pieces) / temperature, dim=1).numpy()


def _varied(dataset: Dataset, split: Split, random: np.random.Generator) -> Dataset:
    """The training clips faster or slower; the stream sees to level and background."""
    x, how = dataset.x.copy(), Augmentation(shift_ms=0.0, gain_db=(0.0, 0.0), noisy=0.0)
    x[split.train, :, 0] = augment(x[split.train, :, 0], (), how, float(dataset.rate_hz), random)
    return replace(dataset, x=x)


def _plans(
    stream: Stream, spec: FeatureSpec, rate_hz: float, how: Tuning, random: np.random.Generator
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Computed frames and their timesteps over the stream, always-on first."""
    samples = quantise_samples(stream.samples, spec.full_scale)
    levels = statistics(samples, spec.frame, spec.hop)
    ground = Ground(spec.hop / rate_hz)
    policies: Sequence[Policy] = [
        ALWAYS, Uniform(2), Uniform(3), Uniform(4),
        *(draw("energy", ground, random) for _ in range(how.gates)),
    ]
    count = len(levels[0])
    return [planned(gate_of(each, levels, list), 0, count, 0, each.look_back, None).frames()
            for each in policies]


def _moments(
    stream: Stream, silences: float, how: Tuning, random: np.random.Generator
) -> list[tuple[float, str]]:
    """When windows end, and what they then hold."""
    found = [(event.end_s + random.uniform(*AFTER_S), event.label) for event in stream.events
             if event.start_s > how.context_s]
    gaps = [(a.end_s + 0.5, b.start_s) for a, b in zip(stream.events, stream.events[1:],
                                                       strict=False)
            if b.start_s > a.end_s + 0.7]
    chosen = random.permutation(len(gaps))[: int(silences * len(found))]
    return found + [(random.uniform(*gaps[k]), SILENCE) for k in chosen]


def _window(
    stream: Stream, spec: FeatureSpec, heard: tuple[np.ndarray, np.ndarray], end_s: float,
    context_s: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All features until a moment (frame, feature), which were computed, and their timespans."""
    frames, timesteps = heard
    count = int(context_s * stream.rate_hz / spec.hop)
    last = min(int(end_s * stream.rate_hz - spec.frame) // spec.hop, int(frames[-1]))
    first = last - count + 1
    samples = stream.samples[first * spec.hop : last * spec.hop + spec.frame]
    own = slice(*np.searchsorted(frames, (first, last + 1)))
    if own.start == own.stop:  # a long sleep: the frame before it
        own = slice(own.start - 1, own.start)
    places = np.clip(frames[own] - first, 0, count - 1)
    spans = timesteps[own].copy()
    spans[0] = min(spans[0], places[0] + 1)
    return extract(samples[None], spec)[0], places, np.maximum(spans, 1)


def _few(windows: Samples) -> Samples:
    """Some windows for the loss that the trainer reports; it chooses nothing by it."""
    return Samples(windows.x[:64], windows.y[:64], windows.timespans[:64])
