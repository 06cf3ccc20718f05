"""The wake words of one network: a record of every threshold on two streams, and of the power."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np

from lnnlab.adaptive.listening import describe
from lnnlab.compress import quantise
from lnnlab.data import Dataset
from lnnlab.data.streams import Stream, StreamPlan, build_stream
from lnnlab.data.streams.negative import negative_streams
from lnnlab.data.streams.words import GAP_S
from lnnlab.experiments import wake_word
from lnnlab.experiments.policies.probe import stream_numbers
from lnnlab.experiments.probes import DIGITS, deployment_probe, fixed_run
from lnnlab.experiments.results import corpus_label
from lnnlab.experiments.run import Run
from lnnlab.experiments.trained import FOLDER, basis_of, place_of, trained
from lnnlab.experiments.wake_listening import Ear, Said
from lnnlab.integer import IntegerModel
from lnnlab.integer.policy import Policy, kind_of
from lnnlab.models import parameter_count
from lnnlab.profiling.stream import stream_costs
from lnnlab.records import Records, Subject, stale_line
from lnnlab.scoring.events import NAN, Score
from lnnlab.target.battery import BATTERIES, life
from lnnlab.target.boards import Board, board
from lnnlab.target.energy import active_power_mw
from lnnlab.target.toolchain import compiler_version

TABLE = "wake_word"
PARTS = ("validation", "test")
COIN = "CR2032"
WORDS = "words"  # the source that holds events; the others hold none


@dataclass(frozen=True)
class WakeStudy:
    """What is listened for, by which network.

    Attributes:
        run: of the network, as in the keyword benchmark.
        words: each in turn the wake word.
        plan: of the validation stream and of the test stream of words.
        board_name: that always listens.
        policy: timestep policy of a network in blocks; None: every frame.
        sounds: whether all other sound without commands is listened to as well, see
            :func:`lnnlab.data.streams.negative.negative_streams`; then the streams of words are as
            long as it takes to play each clip once, and no hour is heard twice.
    """

    run: Run
    words: Sequence[str]
    plan: StreamPlan
    board_name: str = "nrf52840"
    policy: Policy | None = None
    sounds: bool = False

    @property
    def subject(self) -> Subject:
        """What its record is about; no network and no stream of words is made for it."""
        run, chosen = self.run, board(self.board_name)
        identity = run.identity | {
            "words": list(self.words), "stream": asdict(self.plan), "board": self.board_name,
            "thresholds": list(wake_word.WAKE_THRESHOLDS),
            "policy": asdict(self.policy) if self.policy else None, "sounds": self.sounds,
        }
        small = fixed_run(run)
        stream = build_stream(small.dataset, small.split.train, StreamPlan(12.0), "train")
        basis = basis_of(run) | {
            "board": asdict(chosen), "compiler": compiler_version(),
            "target": deployment_probe(run, chosen),
            "stream": [float(f"{each:.{DIGITS}g}") for each in stream_numbers(stream)],
        }
        if self.sounds:
            basis["sounds"] = {part: {name: [each.hours, float(np.std(each.x))] for name, each
                                      in negative_streams(part).items()} for part in PARTS}
        name = f"{run.name}, {describe(self.policy)}" if self.policy else run.name
        return Subject(name, run.label, identity, basis)

    def stream(self, part: str) -> Stream:
        """The stream of words of a part, built now."""
        dataset, rows, plan = self.run.dataset, getattr(self.run.split, part), self.plan
        if self.sounds:
            clip_s = dataset.x.shape[1] / dataset.rate_hz
            clips = int(np.sum(dataset.y[rows] != _silence(dataset)))
            plan = replace(plan, duration_s=clips * (clip_s + float(np.mean(plan.gap_s or GAP_S))))
        return build_stream(dataset, rows, plan, part)

    def network(self, folder: Path) -> IntegerModel | None:
        """The integer network where it lies in ``folder/networks``; None: it would be trained."""
        networks = folder / FOLDER
        here = place_of(self.run, networks).exists()
        return quantise(trained(self.run, networks)) if here else None


@dataclass(frozen=True)
class Heard:
    """What a stream of words was made of.

    Attributes:
        hours: its length; events: clips that it plays.
        spoken: word → how often; distinct: word → how many different clips of it.
    """

    hours: float
    events: int
    spoken: dict[str, int]
    distinct: dict[str, int]

    @property
    def distinct_clips(self) -> int:
        """Different clips of all classes; what is above that is heard again."""
        return sum(self.distinct.values())


@dataclass(frozen=True)
class WakeWords:
    """What was found.

    Attributes:
        corpus, label, seed, parameters: of the network, as tables call it; with its policy.
        model_bytes: of its file.
        streams: part → what the stream of words was made of.
        hours: part → source → hours of it.
        scores: word → part → threshold → score on all sources together.
        sources: word → source → threshold → false accepts of the test.
        cycles_per_s, power_mw: emulated and modelled on the board, over the test's words.
        coin_days, coin_warning: life of a CR2032, and where it may not give the current.
        board: name of the board.
        basis: of what was heard.
        stale: why the record is stale, in words; ``""``: it is not.
    """

    corpus: str
    label: str
    seed: int
    parameters: int
    model_bytes: int
    streams: dict[str, Heard]
    hours: dict[str, dict[str, float]]
    scores: dict[str, dict[str, dict[float, Score]]] = field(repr=False)
    sources: dict[str, dict[str, dict[float, int]]] = field(repr=False)
    cycles_per_s: float
    power_mw: float
    coin_days: float
    coin_warning: str
    board: str
    basis: str = "measured"
    stale: str = ""

    def threshold(self, word: str, most_per_h: float) -> float:
        """The lowest with at most so many false accepts an hour on the validation stream."""
        return wake_word.choose(self.scores[word]["validation"], most_per_h)


def wake_words(given: WakeStudy, folder: Path) -> WakeWords:
    """The record of a study: read where it exists, else made; a stale one is named.

    Args:
        given: the network and its streams; with a record, neither is made.
        folder: of the profile's reports.

    Raises:
        UserError: the network does not know a word.
    """
    records = Records(folder / "records" / f"{TABLE}.jsonl")
    subject = given.subject
    records.kept(subject, lambda: measured(given, folder))
    records.settle()
    results, stale = records.results(subject)
    line = stale_line(TABLE, [(given.run.label, stale)])
    if line:
        print(line)
    scores = {word: {part: _scores(results["scores"][word][part]) for part in PARTS}
              for word in given.words}
    sources = {word: {name: dict(map(tuple, rows)) for name, rows in own.items()}
               for word, own in results["sources"].items()}
    made = {"streams": {part: Heard(**results["streams"][part]) for part in PARTS},
            "scores": scores, "sources": sources}
    run = given.run
    label = f"{run.label}, {kind_of(given.policy)} gate" if given.policy else run.label
    return WakeWords(corpus_label(run.dataset), label, run.seed, stale=stale,
                     board=given.board_name, **results | made)


def measured(given: WakeStudy, folder: Path) -> dict:
    """Every word at every threshold on both parts, and what listening takes; plain values."""
    ear = Ear(trained(given.run, folder / FOLDER), given.policy)
    results: dict = {"streams": {}, "hours": {}, "scores": {word: {} for word in given.words}}
    for part in PARTS:
        words = given.stream(part)
        every = {WORDS: words} | (negative_streams(part) if given.sounds else {})
        said = {name: ear.listen(each) for name, each in every.items()}
        results["streams"][part] = asdict(_heard(given.run, part, words))
        results["hours"][part] = {name: each.hours for name, each in every.items()}
        found = {word: {name: wake_word.sweep_reports(word, said[name], ear.model.classes, each)
                        for name, each in every.items()} for word in given.words}
        for word, own in found.items():
            pooled = wake_word.together(list(own.values()))
            results["scores"][word][part] = [_plain(*each) for each in pooled.items()]
    results["sources"] = {
        word: {name: [[threshold, score.false_accepts] for threshold, score in each.items()]
               for name, each in own.items()} for word, own in found.items()}
    return results | _costs(ear, words, said[WORDS], board(given.board_name)) | {
        "basis": ear.basis, "parameters": parameter_count(ear.saved.network),
        "model_bytes": len(ear.blob)}


def _costs(ear: Ear, stream: Stream, said: Said, chosen: Board) -> dict:
    """What listening takes; a network in blocks without a policy is counted hop by hop."""
    if ear.windowed or ear.policy:
        cycles_per_s, power_mw = ear.cycles_per_s(chosen, stream, said)
    else:
        samples = ear.model.quantise(stream.samples[: int(stream.rate_hz)])
        costs = stream_costs(ear.blob, chosen, samples)
        cycles_per_s, power_mw = costs.cycles_per_s, costs.average_mw
    coin = life(BATTERIES[COIN], power_mw, active_power_mw(chosen))
    return {"cycles_per_s": cycles_per_s, "power_mw": power_mw, "coin_days": coin.hours / 24,
            "coin_warning": coin.warning}


def _silence(dataset: Dataset) -> int:
    """The class that streams leave out; -1 where there is none."""
    return dataset.classes.index("silence") if "silence" in dataset.classes else -1


def _heard(run: Run, part: str, stream: Stream) -> Heard:
    """A stream plays every clip once before it plays any again."""
    dataset, rows, spoken = run.dataset, getattr(run.split, part), wake_word.spoken(stream)
    there = {name: int(np.sum(dataset.y[rows] == k)) for k, name in enumerate(dataset.classes)}
    distinct = {name: min(count, there[name]) for name, count in spoken.items()}
    return Heard(stream.hours, len(stream.events), spoken, distinct)


def _plain(threshold: float, score: Score) -> list:
    """A score as a row of a record; nan, which JSON lacks, as null."""
    return [threshold, *(None if each != each else each for each in asdict(score).values())]


def _scores(rows: Sequence[Sequence]) -> dict[float, Score]:
    return {row[0]: Score(*(NAN if each is None else each for each in row[1:])) for row in rows}
