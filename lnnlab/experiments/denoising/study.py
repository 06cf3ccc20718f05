"""The study of denoisers: networks by seed, rivals, figures of test mixtures, as records."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from lnnlab import lnn_file
from lnnlab.compress import quantise
from lnnlab.compress.quantise import integer_answers
from lnnlab.experiments.denoising import scores as scoring
from lnnlab.experiments.denoising.material import LEVELS_DB, Material
from lnnlab.experiments.denoising.objective import speech_loss
from lnnlab.experiments.denoising.rivals import RIVALS, Rival
from lnnlab.experiments.denoising.scores import Scores, Setting
from lnnlab.experiments.denoising.training import (
    BANDS,
    BLOCKS,
    CALIBRATION,
    CHECKED,
    GRU,
    LIQUID,
    DenoisePlan,
    front,
    heard,
    samples,
    train,
    wanted,
)
from lnnlab.features import extract
from lnnlab.integer import Gains, IntegerModel
from lnnlab.models import build
from lnnlab.models.kinds import kind_of
from lnnlab.models.saved import SavedModel, load, save, slim
from lnnlab.records import Records, Subject
from lnnlab.training import LNNTrainer

TABLE = "noise_suppression"
NULL = "nothing (null)"
DIGITS = 6


@dataclass(frozen=True)
class Counts:
    """Mixtures at each level.

    Attributes:
        validation: to choose depth, floors and weights on.
        test: to measure on.
    """

    validation: int = 12
    test: int = 20


@dataclass(frozen=True)
class Line:
    """One row's figures of one seed.

    Attributes:
        name: what denoises, as tables call it.
        form: ``"float32"`` or ``"int8"``; of rivals ``"float64"``.
        parameters: of the network; 0 of others.
        seed: -1 where nothing is drawn.
        setting: that validation chose; of rivals none.
        scores: of the test mixtures.
        history: losses of each epoch; empty of rivals.
        stale: why the record is stale; empty: it is not.
    """

    name: str
    form: str
    parameters: int
    seed: int
    setting: Setting
    scores: Scores
    history: list[dict]
    stale: str = ""


def study(
    material: Material, plans: Sequence[DenoisePlan], seeds: Sequence[int], folder: Path,
    counts: Counts = Counts(), progress: bool = True,
) -> list[Line]:
    """Every row of the table: networks by seed, rivals, and what nothing gives.

    Args:
        material: words and noises; plans: of the networks; seeds: of each.
        folder: of the profile's reports: records and networks lie there.
        counts: mixtures at each level.
    """
    records = Records(folder / "records" / f"{TABLE}.jsonl")
    lines = []
    for seed in seeds:
        for plan in plans:
            subject = _subject(material, plan, seed, counts)
            found, stale = records.kept(
                subject, lambda p=plan, s=seed: _made(material, p, s, folder, counts, progress))
            lines += _lines(kind_of(plan.model).label, seed, found, stale)
    for rival in RIVALS:
        subject = _subject(material, rival, -1, counts)
        found, stale = records.kept(subject, lambda r=rival: _rival(material, r, counts))
        lines += _lines(rival.name, -1, found, stale)
    records.settle()
    return lines


def place_of(plan: DenoisePlan, seed: int, folder: Path) -> Path:
    """The file of a trained network."""
    return folder / "networks" / f"{TABLE}_{plan.model}_{seed}.pt"


def network_of(material: Material, plan: DenoisePlan, line: Line, folder: Path) -> SavedModel:
    """The network of a line of the study, as its setting has it, with its windows.

    Raises:
        UserError: it was not trained yet.
    """
    saved = load(place_of(plan, line.seed, folder))
    return scoring.opened(with_windows(saved, material, line.seed), line.setting.opening)


def with_windows(saved: SavedModel, material: Material, seed: int) -> SavedModel:
    """A slim network with the windows that quantising looks at."""
    drawn = material.training("train", CALIBRATION, seed)
    held = material.training("validation", CHECKED, 1000)
    return replace(saved, calibration=heard(drawn), check_x=heard(held),
                   check_y=wanted(held, saved.features))


def integer_of(saved: SavedModel, depth: float) -> IntegerModel:
    """The int8 twin, whose file says that its outputs are gains and how deep they go.

    What rounding and clipping move the outputs by on average, on the validation windows that
    travel with the network, is taken off their biases (Nagel et al. 2019, "Data-Free Quantization
    Through Weight Equalization and Bias Correction", section 4.2): all gains would be a little low.
    """
    x = torch.from_numpy(extract(saved.check_x, saved.features).copy())
    with torch.no_grad():
        exact = saved.network.stream(x).numpy()
    moved = integer_answers(saved, quantise(saved), saved.check_x) - exact
    network = copy.deepcopy(saved.network)
    with torch.no_grad():
        network.readout.bias -= torch.from_numpy(moved.mean(axis=(0, 1))).float()
    model = quantise(replace(saved, network=network))
    return replace(model, meta=Gains(round(32768 * depth)).into(model.meta))


def file_of(model: IntegerModel) -> bytes:
    """The ``.lnn`` file of a denoiser."""
    return lnn_file.to_bytes(model)


def _made(
    material: Material, plan: DenoisePlan, seed: int, folder: Path, counts: Counts, progress: bool
) -> dict:
    place = folder / "records" / f"{TABLE}_{plan.model}_{seed}.checkpoint"
    made = train(material, plan, seed, checkpoint=place, progress=progress)
    place.unlink(missing_ok=True)
    save(slim(made.saved), place_of(plan, seed, folder))
    found = {"parameters": made.parameters, "history": made.history}
    return found | _tested(made.saved, material, counts)


def _tested(saved: SavedModel, material: Material, counts: Counts) -> dict:
    trial = scoring.Trial(material, "validation", counts.validation)
    chosen, tried = scoring.choose_setting(saved, trial)
    validation = [[*one, *([round(float(each.gain(level, name).mean()), 4) for level in LEVELS_DB]
                           for name in ("si_sdr", "stoi"))] for one, each in tried.items()]
    network = scoring.opened(saved, chosen.opening)
    forms = {"float32": scoring.float_denoiser(network, chosen.depth)}
    if kind_of(saved.name).on_target:
        forms["int8"] = scoring.integer_denoiser(integer_of(network, chosen.depth))
    trial = scoring.Trial(material, "test", counts.test)
    found = {form: scoring.scores(trial, each, saved.features.hop).as_dict()
             for form, each in forms.items()}
    return {**chosen._asdict(), "validation": validation, "test": found}


def _rival(material: Material, rival: Rival, counts: Counts) -> dict:
    spec = front()
    chosen = scoring.choose_rival(
        rival, scoring.Trial(material, "validation", counts.validation), spec)
    denoise = scoring.rival_denoiser(chosen, spec)
    found = scoring.scores(scoring.Trial(material, "test", counts.test), denoise, spec.hop)
    return {"parameters": 0, "history": [], "opening": 0.0, "depth": 1.0, "floor": chosen.floor,
            "weight": chosen.weight, "test": {"float64": found.as_dict()}}


def _lines(name: str, seed: int, found: dict, stale: str) -> list[Line]:
    return [Line(name, form, found["parameters"], seed, Setting(found["opening"], found["depth"]),
                 Scores.of(own), found["history"], stale) for form, own in found["test"].items()]


def _subject(
    material: Material, what: DenoisePlan | Rival, seed: int, counts: Counts
) -> Subject:
    network = isinstance(what, DenoisePlan)
    label = kind_of(what.model).label if network else what.name
    identity = {"study": TABLE, "corpus": material.corpus, "seed": seed, "levels": LEVELS_DB,
                "counts": {"validation": counts.validation, "test": counts.test},
                "what": what.as_dict() if network else {"rival": what.name}}
    basis = {"data": material.hash, "probe": probe(what)}
    return Subject(f"{material.corpus} {label} {seed}", label, identity, basis)


def probe(what: DenoisePlan | Rival) -> list[float]:
    """What today's code makes of fixed sound: gains of a rival, or two steps of training."""
    random, spec = np.random.default_rng(0), front()
    clean = random.normal(0, 0.1, (4, 96 * spec.hop)) * np.tile(
        np.repeat([1, 0.1], 6 * spec.hop), 8)
    noisy = clean + random.normal(0, 0.03, clean.shape)
    if isinstance(what, Rival):
        gains = what(noisy[0], spec)
        return [float(f"{each:.{DIGITS}g}") for each in (gains.mean(), gains.std())]
    drawn = [_Fixed(a.astype(np.float32), b.astype(np.float32))
             for a, b in zip(noisy, clean, strict=True)]
    given = samples(drawn, spec)
    torch.manual_seed(0)
    network = build(what.model, BANDS, BANDS, **(BLOCKS | {"channels": 8}))
    network.fit_standardiser(given.x)
    trainer = LNNTrainer({"input_dim": BANDS, "output_dim": BANDS} | what.config, network,
                         own_loss=speech_loss(what.rule, spec))
    losses = [trainer.train_step(given.batch(np.arange(4))) for _ in range(2)]
    return [float(f"{each:.{DIGITS}g}") for each in losses]


@dataclass(frozen=True)
class _Fixed:
    noisy: np.ndarray
    clean: np.ndarray


MODELS = (LIQUID, GRU)  # the liquid network first
PLANS = (DenoisePlan(LIQUID), DenoisePlan(GRU))
