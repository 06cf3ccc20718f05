"""What the workbench can be asked: one row a task, with its notebook and what trains one model.

``lnnlab tasks`` prints the rows, ``lnnlab train --task NAME`` trains. A task that answers about
whole recordings trains by the usual way of ``lnnlab train``; one that answers about every frame
brings a function here, whose network leaves as int8.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from lnnlab.data import Dataset
from lnnlab.data.default_rule import default_rule
from lnnlab.errors import UserError, unknown
from lnnlab.integer import IntegerModel

EVERY = "all"  # in place of a class: whatever was recorded is normal running
NORMAL = ("normal", "healthy", "ok", "good", "sound")  # what people call running without a fault


@dataclass(frozen=True)
class Order:
    """What a person asks to be trained.

    Attributes:
        corpus: name, file or folder.
        seed: of weights, batches and mixtures.
        epochs: None: as usual.
        normal: of anomalies, the class without a fault; empty: found by its name; ``EVERY``: the
            dataset holds nothing else.
        dataset: a person's own recordings, read as the options describe them; None: by name.
    """

    corpus: str
    seed: int = 0
    epochs: int | None = None
    normal: str = ""
    dataset: Dataset | None = None

    def but(self, epochs: int) -> int:
        """Epochs as asked, or else so many."""
        return epochs if self.epochs is None else self.epochs


@dataclass(frozen=True)
class Task:
    """One thing to ask of recordings.

    Attributes:
        question: that its models answer.
        notebook: that teaches it.
        corpora: that it knows by name; the first is there without a download.
        own: what a folder of a person's own holds.
        make: of a task about frames, makes its int8 network and a sentence of how good it is.
        events: whether it is about recordings and takes the recipe of sound events.
        sound: whether columns of other sensors are refused.
    """

    question: str
    notebook: str
    corpora: tuple[str, ...]
    own: str
    make: Callable[[Order], tuple[IntegerModel, str]] | None = None
    events: bool = False
    sound: bool = True


def task_named(name: str) -> Task:
    """A row of :data:`TASKS`.

    Raises:
        UserError: there is none of that name; the nearest is suggested.
    """
    if name not in TASKS:
        raise unknown("task", name, TASKS)
    return TASKS[name]


def voice(order: Order) -> tuple[IntegerModel, str]:
    """A detector of speech, with its threshold in its weights and its policy."""
    from lnnlab.experiments.voice import detector, device, listeners, material
    from lnnlab.scoring.activity import activity

    given = material.voice_material(order.dataset or order.corpus)
    made = material.made_recordings(given)
    run = detector.DetectorRun(made, detector.detector_recipe("liquid_any_timestep"), order.seed,
                               order.but(20), 1200)
    model, holding = device.settled(run, detector.trained_now(run).saved)
    name, tests = next(iter(made.tests.items()))
    found = activity(listeners.heard(listeners.integer_listener(model, ""), tests), holding)
    figures = {key: float(value[0]) for key, value in found.figures().items()}
    return model, (f"on '{name}', {len(found.who)} speakers: area under the curve "
                   f"{figures['auc']:.3f}, {100 * figures['missed']:.1f} % of speech missed, "
                   f"{100 * figures['passed']:.1f} % of pauses passed; hangover "
                   f"{holding.hangover} frames")


def anomalies(order: Order) -> tuple[IntegerModel, str]:
    """A network that knows normal running alone, with its score and threshold."""
    from sklearn.metrics import roc_auc_score

    from lnnlab.data import load
    from lnnlab.experiments.anomalies import alone, corpora, liquid, problem

    teaching = problem.Teaching(corpora.BANDS, order.but(40))
    if order.corpus in corpora.CASES:
        asked = corpora.folds_of(order.corpus, corpora.case_of(order.corpus).rules[0], teaching)[0]
    else:
        dataset = order.dataset or load(order.corpus)
        frame = corpora.BANDS.frame
        if dataset.x.shape[1] < 2 * frame:
            raise UserError(f"{dataset.name}: windows of {dataset.x.shape[1]} samples are shorter "
                            f"than two frames of {frame}; choose --window {4 * frame} or more")
        if order.normal == EVERY:
            made = alone.made_alone(dataset, teaching, order.seed)
            return made.made.model, made.text().removesuffix(".")
        dataset = with_normal(dataset, order.normal)
        asked = problem.problems(dataset, default_rule(dataset), teaching)[0]
    made = liquid.predictor(asked, order.seed)
    rows = asked.split.test
    scores, truth = made.scores(asked.dataset.x[rows]), asked.anomalous[rows]
    if len(set(truth.tolist())) < 2:
        raise UserError(f"{order.corpus}: the test windows of fold '{asked.split.name}' are all "
                        "alike; record normal running and faults in each group")
    found = scores >= made.score.threshold
    heard = len(np.unique(asked.dataset.groups["recording"][rows]))
    return made.model, (
        f"fold '{asked.split.name}', {len(rows)} windows of {heard} recordings, "
        f"{np.sum(truth)} of them anomalies: area under the curve "
        f"{roc_auc_score(truth, scores):.3f}, {100 * np.mean(found[truth]):.1f} % of anomalies "
        f"found, {100 * np.mean(found[~truth]):.1f} % false alarms at the threshold")


def with_normal(dataset: Dataset, normal: str) -> Dataset:
    """A dataset that says which class is normal running.

    Raises:
        UserError: the class is unknown, or none is named and none has such a name.
    """
    if normal and normal not in dataset.classes:
        raise unknown(f"class of {dataset.name}", normal, dataset.classes)
    known = [each for each in dataset.classes if each.casefold() in NORMAL]
    if not normal and len(known) != 1:
        raise UserError(f"{dataset.name}: which class is normal running, "
                        f"{', '.join(dataset.classes)}? say it by --normal, which is "
                        f"'{EVERY}' where all of it is")
    return replace(dataset, background_classes=(normal or known[0],))


def denoising(order: Order) -> tuple[IntegerModel, str]:
    """A network that gives gains of bands, in int8 with the depth that validation chose."""
    from lnnlab.experiments.denoising import choice, forms, material, scores, training

    given = (material.material_of(order.corpus) if order.dataset is None
             else material.made_material(order.dataset))
    plan = training.plan_of(training.LIQUID, 6000, mixtures=400, epochs=order.but(10))
    saved = training.train(given, plan, order.seed, progress=False).saved
    setting, _ = choice.choose_setting(saved, scores.Trial(given, "validation", 2))
    model = forms.integer_of(forms.opened(saved, setting.opening), setting.gains)
    found = scores.scores(scores.Trial(given, "test", 4), forms.integer_denoiser(model),
                          saved.features)
    gains = ", ".join(f"{np.mean(found.gain(level, 'si_sdr')):+.1f} dB at {level} dB"
                      for level in found.by_level)
    return model, f"SI-SDR on {len(found.who)} mixtures of test speakers a level: {gains}"


TASKS: dict[str, Task] = {
    "vibration": Task("Which state is this machine in?", "04",
                      ("bearing_sim", "cwru", "ceiling_fan", "pronostia", "uav_propeller"),
                      "CSV files, a folder or a column for each class", sound=False),
    "keywords": Task("Which word was said?", "05",
                     ("spoken_words", "speech_commands_wide", "speech_commands",
                      "speech_commands_35"),
                     "sounds, a folder for each word"),
    "wakeword": Task("Was this one word said, all day long?", "11",
                     ("spoken_words", "speech_commands_wide", "speech_commands"),
                     "as of keywords, and backgrounds; trains as keywords do"),
    "events": Task("Which sound is it?", "10", ("event_sim", "esc10", "esc50"),
                   "sounds, a folder for each class", events=True),
    "wildlife": Task("Does an animal call, in this weather?", "15",
                     ("wildlife_sim", "esc50_wildlife"), "sounds, a folder for each class",
                     events=True),
    "vad": Task("Does somebody speak now?", "13", ("spoken_words", "speech_commands"),
                "as of keywords; speech over their backgrounds", voice),
    "anomaly": Task("Is this still normal running?", "14",
                    ("bearing_sim", "cwru", "pronostia", "uav_propeller"),
                    "as of vibration, one class normal, and only it is trained on; or normal "
                    f"running alone, with --normal {EVERY}", anomalies,
                    sound=False),
    "denoise": Task("What is left without the noise?", "16", ("spoken_words", "speech_commands"),
                    "as of keywords; words over their backgrounds", denoising),
}
