"""The study of denoisers: networks by seed, rivals, figures of test mixtures, as records."""

from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass, replace
from pathlib import Path

import numpy as np
import torch

from lnnlab import lnn_file
from lnnlab.experiments.denoising import forms
from lnnlab.experiments.denoising import scores as scoring
from lnnlab.experiments.denoising.choice import Setting, choose_rival, choose_setting, firmly
from lnnlab.experiments.denoising.material import LEVELS_DB, TEST, Material
from lnnlab.experiments.denoising.objective import speech_loss
from lnnlab.experiments.denoising.rivals import RIVALS, Rival
from lnnlab.experiments.denoising.scores import Scores
from lnnlab.experiments.denoising.training import (
    BANDS,
    BLOCKS,
    CALIBRATION,
    CHECKED,
    DenoisePlan,
    front,
    heard,
    samples,
    train,
    wanted,
)
from lnnlab.features import FeatureSpec
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
        validation: to choose openings, restraints, floors and weights on.
        test: to measure on; fresh: of the tests that nothing was chosen by, where there are some.
    """

    validation: int = 30
    test: int = 20
    fresh: int = 40

    def of(self, part: str) -> int:
        """Of a part to test on."""
        return self.test if part == TEST else self.fresh


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
        part: that was tested on; corpus: what tables call it.
        stale: why the record is stale; empty: it is not.
    """

    name: str
    form: str
    parameters: int
    seed: int
    setting: Setting
    scores: Scores
    history: list[dict]
    part: str
    corpus: str
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
    for plan in plans:
        for seed in seeds:
            subject = _subject(material, plan, seed, counts)
            found, stale = records.kept(
                subject, lambda p=plan, s=seed: _made(material, p, s, folder, counts, progress))
            lines += _lines(kind_of(plan.model).label, seed, found, stale, material)
    for rival in RIVALS:
        subject = _subject(material, rival, -1, counts)
        found, stale = records.kept(subject, lambda r=rival: _rival(material, r, counts))
        lines += _lines(rival.name, -1, found, stale, material)
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
    return forms.opened(with_windows(saved, material, line.seed), line.setting.opening)


def with_windows(saved: SavedModel, material: Material, seed: int) -> SavedModel:
    """A slim network with the windows that quantising looks at."""
    drawn = material.training("train", CALIBRATION, seed)
    held = material.training("validation", CHECKED, 1000)
    return replace(saved, calibration=heard(drawn), check_x=heard(held),
                   check_y=wanted(held, saved.features))


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
    chosen, tried = choose_setting(saved, scoring.Trial(material, "validation", counts.validation))
    network = forms.opened(saved, chosen.opening)
    made = {"float32": forms.restrained(forms.float_denoiser(network), chosen.gains,
                                        saved.features)}
    if kind_of(saved.name).on_target:
        made["int8"] = forms.integer_denoiser(forms.integer_of(network, chosen.gains))
    return _plain(chosen) | {"validation": [_plain(one) | _firm(each)
                                            for one, each in tried.items()],
                             "test": _by_part(material, made, saved.features, counts)}


def _plain(setting: Setting) -> dict:
    return {"opening": setting.opening, "gains": list(astuple(setting.gains))}


def _firm(found: Scores) -> dict:
    """What the choice looked at: means by level, and of STOI less its standard error."""
    means = {name: [round(float(found.gain(level, name).mean()), 4) for level in LEVELS_DB]
             for name in ("si_sdr", "stoi")}
    return means | {"stoi_firmly": [round(firmly(found.gain(level, "stoi")), 4)
                                    for level in LEVELS_DB]}


def _by_part(
    material: Material, made: dict[str, forms.Denoise], spec: FeatureSpec, counts: Counts
) -> dict:
    """Scores of each form on each part to test on, for a record."""
    return {part: {form: scoring.scores(scoring.Trial(material, part, counts.of(part)), each,
                                        spec).as_dict() for form, each in made.items()}
            for part in material.tested}


def _rival(material: Material, rival: Rival, counts: Counts) -> dict:
    spec = front()
    chosen, gains = choose_rival(
        rival, scoring.Trial(material, "validation", counts.validation), spec)
    made = {"float64": forms.restrained(forms.rival_denoiser(chosen, spec), gains, spec)}
    return {"parameters": 0, "history": [], "floor": chosen.floor, "weight": chosen.weight,
            "test": _by_part(material, made, spec, counts)} | _plain(Setting(0.0, gains))


def _lines(name: str, seed: int, found: dict, stale: str, material: Material) -> list[Line]:
    setting = Setting(found["opening"], Gains(*found["gains"]))
    return [Line(name, form, found["parameters"], seed, setting, Scores.of(own),
                 found["history"], part, material.name_of(part), stale)
            for part, forms_of in found["test"].items() for form, own in forms_of.items()]


def _subject(
    material: Material, what: DenoisePlan | Rival, seed: int, counts: Counts
) -> Subject:
    network = isinstance(what, DenoisePlan)
    label = kind_of(what.model).label if network else what.name
    identity = {"study": TABLE, "corpus": material.corpus, "seed": seed, "levels": LEVELS_DB,
                "counts": asdict(counts), "parts": material.tested,
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
