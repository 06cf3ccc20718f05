"""Voice activity from end to end: chosen on validation, tried on recordings, put on a board."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from lnnlab import lnn_file
from lnnlab.experiments.trained import FOLDER
from lnnlab.experiments.voice.detector import Detector, DetectorRun, trained
from lnnlab.experiments.voice.device import costs_of, parity_of, settled
from lnnlab.experiments.voice.listeners import (
    Listener,
    float_listener,
    heard,
    integer_listener,
    validation,
)
from lnnlab.experiments.voice.rivals import EXTRA, here, rival
from lnnlab.models import kind_of, parameter_count
from lnnlab.records import Records, Subject, stale_line
from lnnlab.scoring.activity import Activity, Holding, activity, chosen
from lnnlab.target.boards import board
from lnnlab.target.toolchain import compiler_version

TABLE = "voice_activity"
ALIKE = 20  # speakers that are counted one by one; of more, four are drawn as one
TOGETHER = 4


@dataclass(frozen=True)
class VoiceStudy:
    """Detectors and rivals on the same material.

    Attributes:
        runs: detectors, each row with its seeds.
        rivals: keys of :data:`lnnlab.experiments.voice.rivals.RIVALS`.
        board_name: that always listens.
        cores: on which the C must equal the twin, ``"host"`` on all of every test.
        on: whose material and mixtures rivals are given; None: the first detector's.
    """

    runs: Sequence[DetectorRun]
    rivals: Sequence[str] = ("energy", "energy_gate", "logistic_regression")
    board_name: str = "nrf52840"
    cores: Sequence[str] = ("host", "cortex-m4")
    on: DetectorRun | None = None

    @property
    def first(self) -> DetectorRun:
        """The run that rivals are measured beside."""
        return self.on or self.runs[0]

    def subject(self, run: DetectorRun) -> Subject:
        """What the record of a detector is about."""
        chosen_board = board(self.board_name)
        identity = run.identity | {"board": self.board_name, "cores": list(self.cores),
                                   "tests": list(run.material.recordings)}
        basis = run.basis | {"board": asdict(chosen_board), "compiler": compiler_version()}
        name = f"{run.material.name}, {run.label}, seed {run.seed}"
        return Subject(name, run.label, identity, basis)

    def rival_subject(self, name: str) -> Subject:
        """What the record of a rival is about."""
        run = self.first
        identity = {"corpus": run.material.name, "task": "voice activity", "rival": name,
                    "mixed": run.mixed, "tests": list(run.material.recordings)}
        return Subject(f"{run.material.name}, rival {name}", f"rival {name}", identity,
                       {"data": run.material.hash})


@dataclass(frozen=True)
class VoiceResult:
    """What came of a detector or a rival.

    Attributes:
        label: how tables call it; seed: of a detector, None of a rival.
        corpus: what it was trained on, generated words said so.
        tests: name of the test → counts by speaker.
        by_snr: ratio in dB → area under the curve, on test speakers in noise.
        holding: as chosen on validation, scores in the detector's own unit.
        hop_s: from one decision to the next.
        costs: of a detector on the board: bytes, cycles, power; empty of others.
        parity: core → frames compared, and how many of them differ.
        parameters: trained numbers.
        history: losses of each epoch.
        stale: why the record is stale, in words; ``""``: it is not.
    """

    label: str
    seed: int | None
    corpus: str
    tests: dict[str, Activity]
    by_snr: dict[float, float]
    holding: Holding
    hop_s: float
    costs: dict[str, float]
    parity: dict[str, tuple[int, int]]
    parameters: int
    history: dict[str, list[float]]
    stale: str = ""


def voice_activity(study: VoiceStudy, folder: Path) -> list[VoiceResult]:
    """Records of detectors and rivals: read where they exist, else made; stale ones are named.

    A rival whose package is not here is passed over where it has no record.

    Args:
        study: what is compared.
        folder: of the profile's reports.
    """
    records = Records(folder / "records" / f"{TABLE}.jsonl")
    plan = [(study.subject(run), run.seed,
             lambda run=run: measured(study, run, folder)) for run in study.runs]
    plan += [(study.rival_subject(name), None,
              lambda name=name: rival_measured(study, name)) for name in study.rivals]
    found, reasons, material = [], [], study.first.material
    for subject, seed, make in plan:
        if records.missing(subject) and not here(subject.identity.get("rival", "")):
            print(f"{subject.label}: passed over, its package is not here; {EXTRA}")
            continue
        results, stale = records.kept(subject, make)
        records.settle()
        reasons.append((subject.label, stale))
        corpus = material.name + (" (synthetic)" if material.synthetic else "")
        order = {name: results["tests"][name] for name in material.tests}  # records sort names
        found.append(_result(results | {"tests": order}, seed, corpus, stale))
    line = stale_line(TABLE, reasons)
    if line:
        print(line)
    return found


def _result(given: dict, seed: int | None, corpus: str, stale: str) -> VoiceResult:
    return VoiceResult(
        given["label"], seed, corpus,
        {name: Activity.from_dict(each) for name, each in given["tests"].items()},
        {float(ratio): auc for ratio, auc in given["by_snr"].items()},
        Holding(**given["holding"]), given["hop_s"], given["costs"],
        {core: tuple(each) for core, each in given["parity"].items()}, given["parameters"],
        given["history"], stale)


def measured(study: VoiceStudy, run: DetectorRun, folder: Path) -> dict:
    """Figures of a detector as plain values; its int8 network is written as ``.lnn`` beside it."""
    detector = trained(run, folder / FOLDER)
    if kind_of(run.recipe.model).missing:
        listener, costs, parity = float_listener(detector.saved), {}, {}
        holding = chosen(validation(run, listener), run.hop_s, (0,))
    else:
        model, holding = settled(run, detector.saved)
        listener = integer_listener(model, run.label)
        path = folder / FOLDER / f"voice_activity-{run.recipe.model}-{run.key}.lnn"
        lnn_file.write(model, path)
        tests = run.material.tests
        costs = costs_of(model, study.board_name, next(iter(tests.values()))[0])
        parity = {core: parity_of(model, core, tests) for core in study.cores}
    return _figures(run, listener, holding) | {
        "costs": costs, "parity": parity, "history": _history(detector),
        "parameters": parameter_count(detector.saved.network)}


def rival_measured(study: VoiceStudy, name: str) -> dict:
    """Figures of a rival as plain values."""
    run = study.first
    listener = rival(name, run)
    holding = chosen(validation(run, listener), listener.hop / run.material.rate_hz)
    return _figures(run, listener, holding) | {
        "costs": {}, "parity": {}, "history": {}, "parameters": listener.parameters}


def _figures(run: DetectorRun, listener: Listener, holding: Holding) -> dict:
    tests, by_snr = {}, {}
    for name, recordings in run.material.tests.items():
        found = heard(listener, recordings)
        people = len({each.who for each in found})
        counted = activity(found, holding, 1 if people <= ALIKE else TOGETHER)
        tests[name] = counted.as_dict()
        ratios = sorted({each.snr_db for each in recordings} - {None})
        for ratio in ratios if len(ratios) > 1 else ():
            own = [one for one, each in zip(found, recordings, strict=True)
                   if each.snr_db == ratio]
            by_snr[str(ratio)] = round(float(activity(own, holding).figures()["auc"][0]), 5)
    return {"label": listener.label or run.label, "tests": tests, "by_snr": by_snr,
            "holding": asdict(holding), "hop_s": listener.hop / run.material.rate_hz}


def _history(detector: Detector) -> dict[str, list[float]]:
    if detector.fit is None:
        return {}
    return {part: [round(each[f"{part}_loss"], 5) for each in detector.fit.history]
            for part in ("train", "validation")}
