"""Windows of streams as policies let a network hear them: what it is tuned on.

Each training event is heard through always-on or an energy gate drawn at random, of those that
compute every frame while open, look back and back off: their patterns of frames are those of the
learned kind too. Uniform policies have no part in it, nor has what a gate hears: none is closed by
a keyword. PCEN's running levels are those of a network that is awake; at work they move on by the
elapsed time, which comes to nearly the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import nn

from lnnlab.adaptive.candidates import Ground, draw
from lnnlab.data import Dataset, Split
from lnnlab.data.augment import Augmentation, augment
from lnnlab.data.streams import Stream, StreamPlan, build_stream
from lnnlab.errors import UserError
from lnnlab.features import FeatureSpec, extract
from lnnlab.integer import quantise_samples
from lnnlab.integer.gate import gate_of, statistics
from lnnlab.integer.policy import ALWAYS, Policy
from lnnlab.integer.schedule import planned
from lnnlab.models.saved import SavedModel
from lnnlab.training import Samples

AFTER_S = (-0.1, 0.25)  # a window ends so long after its event
QUIET_S = (0.5, 0.2)  # windows of pauses: so far from the last event, and at least so long
SILENCE, BATCH = "silence", 256
CLIPS = 300  # in one stream
TRIES = 40  # draws for each gate; a stream may have fewer gates, or none

Computed = tuple[np.ndarray, np.ndarray]  # frames that were, and their timesteps


@dataclass(frozen=True)
class Hearing:
    """How training clips are heard.

    Attributes:
        passes: how often each one is heard, each time at another speed; those that a stream begins
            with are not, as too little lies before them.
        activity: share of speech in the streams; snr_db: range of its level over the background.
        context_s: length of a window that ends with its event.
        always: share of the events that are heard without a policy; the others are heard through
            one of ``gates`` energy gates, drawn anew for every stream.
        shares: range of the share of a stream's frames that such a gate may compute. A stream on
            which no gate that was drawn keeps to it is heard without a policy: on Speech Commands
            about a third of them, so that more events are than ``always`` says.
        silences: windows of pauses, as a share of the events.
        temperature: of what the teachers say.

    Raises:
        UserError: a number is out of range.
    """

    passes: int = 10
    activity: float = 0.35
    snr_db: tuple[float, float] = (3.0, 22.0)
    context_s: float = 2.0
    always: float = 0.05
    gates: int = 4
    shares: tuple[float, float] = (0.1, 0.3)
    silences: float = 0.15
    temperature: float = 2.0

    def __post_init__(self) -> None:
        for name in ("passes", "gates"):
            if getattr(self, name) < 1:
                raise UserError(f"{name} = {getattr(self, name)}: choose 1 or more")
        if not 0 < self.activity < 1:
            raise UserError(f"activity = {self.activity:g}: choose a share above 0 and below 1")
        for name in ("always", "silences"):
            if not 0 <= getattr(self, name) <= 1:
                raise UserError(f"{name} = {getattr(self, name):g}: choose a share from 0 to 1")
        if not 0 <= self.shares[0] < self.shares[1] <= 1:
            raise UserError(f"shares = {self.shares}: choose a rising range from 0 to 1")
        for name in ("context_s", "temperature"):
            if not getattr(self, name) > 0:
                raise UserError(f"{name} = {getattr(self, name):g}: choose a number above 0")


def heard_windows(
    dataset: Dataset, split: Split, saved: SavedModel, how: Hearing, seed: int,
    teachers: Sequence[nn.Module] = (),
) -> Samples:
    """Windows that end with an event or in a pause, as policies let a network hear them.

    Returns:
        Features of the computed frames with their timespans in hops, (window, frame, …); shorter
        windows are filled up in front by frames that last 0, which change no state. Teachers hear
        the clip's length before each window's end; the network itself, all of the window.
    """
    x, spans, labels, said = [], [], [], []
    for dense, heard, names in _heard(dataset, split, saved, how, seed):
        count, frames = dense.shape[:2]
        own, stretched = np.empty_like(dense), np.zeros((count, frames), np.float32)
        for k, (places, timesteps) in enumerate(heard):
            fill = frames - len(places)
            own[k] = dense[k, np.concatenate([np.repeat(places[:1], fill), places])]
            stretched[k, fill:] = timesteps
        x.append(own)
        spans.append(stretched)
        labels += [dataset.classes.index(name) for name in names]
        clip = saved.features.frames(dataset.x.shape[1]) if teachers else frames
        said.append(_said(teachers or [saved.network], dense[:, -clip:], how.temperature))
    return Samples(np.concatenate(x), np.array(labels), np.concatenate(spans),
                   np.concatenate(said))


def _said(
    networks: Sequence[nn.Module], dense: np.ndarray, temperature: float
) -> np.ndarray:
    """Probabilities of the networks' mean logits on every frame of windows, (window, class)."""
    found = []
    with torch.no_grad():
        for first in range(0, len(dense), BATCH):
            x = torch.from_numpy(dense[first : first + BATCH]).float()
            mean = torch.stack([each(x) for each in networks]).mean(dim=0)
            found.append(torch.softmax(mean / temperature, dim=1))
    return torch.cat(found).numpy()


def _heard(
    dataset: Dataset, split: Split, saved: SavedModel, how: Hearing, seed: int
) -> Iterator[tuple[np.ndarray, list[Computed], list[str]]]:
    """Of each stream: the features of its windows (window, frame, feature), which of them were
    computed with their timespans, and the labels."""
    spec, rate_hz = saved.features, float(dataset.rate_hz)
    random = np.random.default_rng([seed, 7])
    silences = how.silences if SILENCE in dataset.classes else 0.0
    silent = [k for k, name in enumerate(dataset.classes) if name == SILENCE]
    words = split.train[~np.isin(dataset.y[split.train], silent)]
    for _ in range(how.passes):
        varied, rows = _varied(dataset, split, random), random.permutation(words)
        for some in np.array_split(rows, max(1, round(len(rows) / CLIPS))):
            length_s = len(some) * dataset.x.shape[1] / rate_hz / how.activity
            plan = StreamPlan(max(length_s, 3 * how.context_s), snr_db=how.snr_db,
                              seed=int(random.integers(2**31)), activity=how.activity)
            stream = build_stream(varied, some, plan, "train")
            plans = _plans(stream, spec, rate_hz, how, random)
            moments = _moments(stream, silences, how, random)
            if not moments:
                continue
            features, dense, heard = extract(stream.samples[None], spec)[0], [], []
            for end_s, _ in moments:
                awake = random.random() < how.always or len(plans) == 1
                which = 0 if awake else random.integers(1, len(plans))
                first, count, *found = _window(stream, spec, plans[which], end_s, how.context_s)
                dense.append(features[first : first + count])
                heard.append(tuple(found))
            yield np.stack(dense), heard, [label for _, label in moments]


def _varied(dataset: Dataset, split: Split, random: np.random.Generator) -> Dataset:
    """The training clips faster or slower; the stream sees to level and background."""
    x, how = dataset.x.copy(), Augmentation(shift_ms=0.0, gain_db=(0.0, 0.0), noisy=0.0)
    x[split.train, :, 0] = augment(x[split.train, :, 0], (), how, float(dataset.rate_hz), random)
    return replace(dataset, x=x)


def _plans(
    stream: Stream, spec: FeatureSpec, rate_hz: float, how: Hearing, random: np.random.Generator
) -> list[Computed]:
    """Computed frames and their timesteps over the stream, always-on first; then energy gates
    that compute neither nearly nothing nor nearly everything."""
    samples = quantise_samples(stream.samples, spec.full_scale)
    levels = statistics(samples, spec.frame, spec.hop)
    ground, count = Ground(spec.hop / rate_hz), len(levels[0])

    def plan_of(policy: Policy) -> Computed:
        gate = gate_of(policy, levels, list)
        return planned(gate, 0, count, 0, policy.look_back, None).frames()

    plans = [plan_of(ALWAYS)]
    for _ in range(TRIES * how.gates):
        policy = draw("energy", ground, random)
        if policy.least > 1 or not (policy.look_back and policy.between):
            continue
        found = plan_of(replace(policy, enough=0))
        if how.shares[0] <= len(found[0]) / count <= how.shares[1]:
            plans.append(found)
        if len(plans) == 1 + how.gates:
            break
    return plans


def _moments(
    stream: Stream, silences: float, how: Hearing, random: np.random.Generator
) -> list[tuple[float, str]]:
    """When windows end, and what they then hold."""
    found = [(event.end_s + random.uniform(*AFTER_S), event.label) for event in stream.events
             if event.start_s > how.context_s]
    gaps = [(a.end_s + QUIET_S[0], b.start_s) for a, b in zip(stream.events, stream.events[1:],
                                                       strict=False)
            if b.start_s > a.end_s + sum(QUIET_S) and a.end_s > how.context_s]
    chosen = random.permutation(len(gaps))[: int(silences * len(found))]
    return found + [(random.uniform(*gaps[k]), SILENCE) for k in chosen]


def _window(
    stream: Stream, spec: FeatureSpec, heard: Computed, end_s: float,
    context_s: float,
) -> tuple[int, int, np.ndarray, np.ndarray]:
    """A window's first frame and how many, which of them were computed, and their timespans."""
    frames, timesteps = heard
    count = int(context_s * stream.rate_hz / spec.hop)
    last = min(int(end_s * stream.rate_hz - spec.frame) // spec.hop, int(frames[-1]))
    first = max(last - count + 1, 0)
    own = slice(*np.searchsorted(frames, (first, last + 1)))
    if own.start == own.stop:  # a long sleep: the frame before it
        own = slice(own.start - 1, own.start)
    places = np.clip(frames[own] - first, 0, count - 1)
    spans = timesteps[own].copy()
    spans[0] = min(spans[0], places[0] + 1)
    return first, count, places, np.maximum(spans, 1)
