"""Words that nobody says, made of the words of a corpus: what a network learns to refuse from.

A corpus names few of the words that a keyword network must not take for its own. A word played
backwards, the beginning of one with the end of another, its pieces in another order, two at once:
each sounds like speech by the same voices over the same microphones, and is none of the commands.
"""

from dataclasses import dataclass, replace

import numpy as np

from lnnlab.data.dataset import Dataset
from lnnlab.errors import UserError, unknown

UNKNOWN = "unknown"  # the class that made words join
FADE = 160  # samples over which one piece becomes the next: 10 ms at 16 kHz
LOUD_DB = 30.0  # so far below a clip's loudest frame the word is taken to have ended
FRAME = 320  # samples over which loudness is taken
PIECES = (3, 4)  # into so many a word is cut to be shuffled


@dataclass(frozen=True)
class Voice:
    """A clip and the active part of it.

    Attributes:
        x: float32 (time,), full scale at 1.
        first, last: samples between which the word lies.
    """

    x: np.ndarray
    first: int
    last: int

    @property
    def word(self) -> np.ndarray:
        """The active part, (time,)."""
        return self.x[self.first : self.last]


def active(x: np.ndarray) -> Voice:
    """Where the word of a clip lies, by the loudness of its frames.

    Args:
        x: float32 (time,).
    """
    count = len(x) // FRAME
    power = np.mean(x[: count * FRAME].reshape(count, FRAME) ** 2, axis=1)  # (frame,)
    loud = np.flatnonzero(power >= power.max() * 10 ** (-LOUD_DB / 10))
    return Voice(x, int(loud[0]) * FRAME, int(loud[-1] + 1) * FRAME)


def backwards(one: Voice, other: Voice, random: np.random.Generator) -> np.ndarray:
    """A clip played from its end, (time,)."""
    return one.x[::-1]


def spliced(one: Voice, other: Voice, random: np.random.Generator) -> np.ndarray:
    """The beginning of one word and the end of another, where their cuts lie by chance, (time,)."""
    cut, kept = random.uniform(0.3, 0.7), random.uniform(0.3, 0.7)
    head = one.word[: int(cut * len(one.word))]
    tail = other.word[int(kept * len(other.word)) :]
    return _joined([head, _as_loud(tail, head)])


def shuffled(one: Voice, other: Voice, random: np.random.Generator) -> np.ndarray:
    """The pieces of a word in another order, (time,)."""
    count = int(random.integers(PIECES[0], PIECES[1] + 1))
    pieces = np.array_split(one.word, count)
    order = np.arange(count)
    while (order == np.arange(count)).all():
        order = random.permutation(count)
    return _joined([pieces[k] for k in order])


def mixed(one: Voice, other: Voice, random: np.random.Generator) -> np.ndarray:
    """Two words at once, nearly as loud as each other, (time,)."""
    gain = 10 ** (random.uniform(-3, 3) / 20)
    shift = int(random.integers(-1600, 1601))
    return one.x + gain * np.roll(_as_loud(other.x, one.x), shift)


KINDS = {"backwards": backwards, "spliced": spliced, "shuffled": shuffled, "mixed": mixed}
# those that helped most to refuse a word left out of training; two words at once helped least
CHOSEN = ("backwards", "spliced", "shuffled")


def made_words(
    x: np.ndarray, words: np.ndarray, speakers: np.ndarray, kinds: tuple[str, ...], count: int,
    random: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Clips that are none of the words they are made of.

    Args:
        x: clips to make them of, float32 (clip, time).
        words, speakers: of each, (clip,) of str.
        kinds: keys of ``KINDS``, in turn.
        count: how many to make.
        random: where everything random comes from.

    Returns:
        float32 (clip, time); the kind of each and the clip it was made of, (clip,) each.

    Raises:
        UserError: a kind is unknown.
    """
    for kind in kinds:
        if kind not in KINDS:
            raise unknown("kind of made words", kind, KINDS)
    made, named, origin = np.zeros((count, x.shape[1]), np.float32), [], []
    for number, row in enumerate(made):
        kind = kinds[number % len(kinds)]
        k = int(random.integers(len(x)))
        j = _partner(k, words, speakers, random)
        row[:] = _fitted(KINDS[kind](active(x[k]), active(x[j]), random), len(row), random)
        named.append(kind)
        origin.append(k)
    return made, np.array(named), np.array(origin)


def with_made_words(
    dataset: Dataset, count: int, kinds: tuple[str, ...] = CHOSEN, seed: int = 0
) -> Dataset:
    """A corpus of clips whose class of unknown words also holds made ones, in training alone.

    Choose it where few kinds of unknown words are at hand. They are made of the commands' clips of
    the training part, so that no voice crosses a split. It is often confused with mixing clips and
    labels in a batch (mixup), which asks for an answer between two words and refuses nothing.

    Args:
        dataset: with a class ``"unknown"``, parts and speakers.
        count: how many to add.
        kinds: keys of ``KINDS``.
        seed: of everything random.

    Raises:
        UserError: the corpus has no such class or no parts, the count is below 0, or a kind is
            unknown.
    """
    if count < 0:
        raise UserError(f"made = {count}: choose 0 or more unknown words")
    if UNKNOWN not in dataset.classes or dataset.part is None:
        raise UserError(f"{dataset.name}: made words need a class '{UNKNOWN}' and parts")
    commands = [k for k, name in enumerate(dataset.classes)
                if name not in dataset.background_classes]
    rows = np.flatnonzero(np.isin(dataset.y, commands) & (dataset.part == "train"))
    speakers = dataset.groups["speaker"][rows]
    random = np.random.default_rng([seed, count])
    x, named, origin = made_words(
        dataset.x[rows, :, 0], dataset.y[rows].astype(str), speakers, kinds, count, random)
    own = {"recording": np.array([f"made/{kind} {k}" for k, kind in enumerate(named)]),
           "speaker": speakers[origin], "word": named}
    groups = {name: np.concatenate([labels, own.get(name, np.full(count, ""))])
              for name, labels in dataset.groups.items()}
    return replace(
        dataset, x=np.concatenate([dataset.x, x[..., None]]),
        y=np.append(dataset.y, np.full(count, dataset.classes.index(UNKNOWN))),
        start=np.append(dataset.start, np.zeros(count, int)), groups=groups,
        part=np.append(dataset.part, np.full(count, "train")),
        note=f"{dataset.note} {count:,} unknown words made of training clips "
             f"({', '.join(kinds)}).",
    )


def _partner(
    k: int, words: np.ndarray, speakers: np.ndarray, random: np.random.Generator
) -> int:
    """A clip of another word, by the same voice where it said one."""
    others = words != words[k]
    same = np.flatnonzero(others & (speakers == speakers[k]) & (speakers[k] != ""))
    return int(random.choice(same if len(same) else np.flatnonzero(others)))


def _as_loud(x: np.ndarray, like: np.ndarray) -> np.ndarray:
    """At the mean power of another, (time,)."""
    power = float(np.mean(x**2)) if len(x) else 0.0
    wanted = float(np.mean(like**2)) if len(like) else 0.0
    return x * np.sqrt(wanted / max(power, 1e-12))


def _joined(pieces: list[np.ndarray]) -> np.ndarray:
    """Pieces one after another, each faded into the next, (time,)."""
    whole = pieces[0]
    for piece in pieces[1:]:
        fade = min(FADE, len(whole), len(piece))
        ramp = np.linspace(0, 1, fade)
        whole = np.concatenate([
            whole[: len(whole) - fade],
            whole[len(whole) - fade :] * (1 - ramp) + piece[:fade] * ramp, piece[fade:]])
    return whole


def _fitted(x: np.ndarray, length: int, random: np.random.Generator) -> np.ndarray:
    """Of a clip's length, a word that is shorter at a place by chance, within full scale."""
    if len(x) < length:
        before = int(random.integers(length - len(x) + 1))
        x = np.pad(x, (before, length - len(x) - before))
    loudest = float(np.abs(x).max())
    return x[:length] / max(1.0, loudest)
