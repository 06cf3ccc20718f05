"""The wake words of one network: a record of every threshold on two streams, and of the power."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from lnnlab import lnn_file
from lnnlab.compress import quantise
from lnnlab.data.streams import Stream, StreamPlan, build_stream
from lnnlab.experiments import wake_word
from lnnlab.experiments.policies.probe import stream_numbers
from lnnlab.experiments.probes import DIGITS, deployment_probe, fixed_run
from lnnlab.experiments.results import corpus_label
from lnnlab.experiments.run import Run
from lnnlab.experiments.trained import FOLDER, basis_of, place_of, trained
from lnnlab.integer import IntegerModel
from lnnlab.models import parameter_count
from lnnlab.profiling.stream import stream_costs
from lnnlab.records import Records, Subject, stale_line
from lnnlab.scoring.events import NAN, Score
from lnnlab.target.battery import BATTERIES, life
from lnnlab.target.boards import board
from lnnlab.target.energy import active_power_mw
from lnnlab.target.toolchain import compiler_version

TABLE = "wake_word"
PARTS = ("validation", "test")
COIN = "CR2032"


@dataclass(frozen=True)
class WakeStudy:
    """What is listened for, by which network.

    Attributes:
        run: of the network, as in the keyword benchmark.
        words: each in turn the wake word.
        plan: of the validation stream and of the test stream.
        board_name: that always listens.
    """

    run: Run
    words: Sequence[str]
    plan: StreamPlan
    board_name: str = "nrf52840"

    @property
    def subject(self) -> Subject:
        """What its record is about; no network and no stream is made for it."""
        run, chosen = self.run, board(self.board_name)
        identity = run.identity | {
            "words": list(self.words), "stream": asdict(self.plan), "board": self.board_name,
            "thresholds": list(wake_word.THRESHOLDS),
        }
        small = fixed_run(run)
        stream = build_stream(small.dataset, small.split.train, StreamPlan(12.0), "train")
        basis = basis_of(run) | {
            "board": asdict(chosen), "compiler": compiler_version(),
            "target": deployment_probe(run, chosen),
            "stream": [float(f"{each:.{DIGITS}g}") for each in stream_numbers(stream)],
        }
        return Subject(run.name, run.label, identity, basis)

    def stream(self, part: str) -> Stream:
        """The stream of a part, built now."""
        return build_stream(self.run.dataset, getattr(self.run.split, part), self.plan, part)

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
        corpus, label, seed, parameters: of the network, as tables call it.
        model_bytes: of its file.
        streams: part → what it was made of.
        scores: word → part → threshold → score.
        cycles_per_s, power_mw: emulated and modelled on the board.
        coin_days, coin_warning: life of a CR2032, and where it may not give the current.
        stale: why the record is stale, in words; ``""``: it is not.
    """

    corpus: str
    label: str
    seed: int
    parameters: int
    model_bytes: int
    streams: dict[str, Heard]
    scores: dict[str, dict[str, dict[float, Score]]] = field(repr=False)
    cycles_per_s: float
    power_mw: float
    coin_days: float
    coin_warning: str
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
    made = {"streams": {part: Heard(**results["streams"][part]) for part in PARTS},
            "scores": scores}
    run = given.run
    return WakeWords(corpus_label(run.dataset), run.label, run.seed, stale=stale,
                     **results | made)


def measured(given: WakeStudy, folder: Path) -> dict:
    """Every word at every threshold on both streams, and what listening takes; plain values."""
    saved = trained(given.run, folder / FOLDER)
    model = quantise(saved)
    scores: dict[str, dict[str, list]] = {word: {} for word in given.words}
    streams = {}
    for part in PARTS:
        stream = given.stream(part)
        for word in given.words:
            found = wake_word.sweep(word, model, stream)
            scores[word][part] = [_plain(each, score) for each, score in found.items()]
        streams[part] = asdict(_heard(given.run, part, stream))
    blob, chosen = lnn_file.to_bytes(model), board(given.board_name)
    samples = model.quantise(stream.samples[: int(stream.rate_hz)])
    costs = stream_costs(blob, chosen, samples)
    coin = life(BATTERIES[COIN], costs.average_mw, active_power_mw(chosen))
    return {
        "parameters": parameter_count(saved.network), "model_bytes": len(blob),
        "streams": streams, "scores": scores, "cycles_per_s": costs.cycles_per_s,
        "power_mw": costs.average_mw, "coin_days": coin.hours / 24, "coin_warning": coin.warning,
    }


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
