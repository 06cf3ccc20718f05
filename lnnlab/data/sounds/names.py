"""What names of sound files and folders tell: a word, a speaker, a number of the take."""

import re
from collections.abc import Iterable
from pathlib import Path

_WORDS = """
0 1 2 3 4 5 6 7 8 9
yes no up down left right on off stop go zero one two three four five six seven eight nine ten
backward bed bird cat dog follow forward happy house learn marvin sheila tree visual wow
start open close play pause next previous back light lights lamp door window music volume call
hello hey hi bye ok okay help cancel red green blue louder quieter hotter colder alexa computer
silence noise unknown background other others none negative positive wakeword hotword keyword
ja nein auf ab links rechts an aus halt los null eins zwei drei vier fünf sechs sieben acht neun
licht hallo oben unten weiter zurück
oui non haut bas gauche droite arrêt marche un deux trois quatre cinq sept huit neuf bonjour
sí si arriba abajo izquierda derecha uno dos tres cuatro cinco seis siete ocho nueve hola parar
sì su giù sinistra destra sim não nao para ligar desligar da net hai iie
clap snap whistle knock cough sneeze laugh bark meow rain siren chainsaw helicopter
"""
_GENERIC = """
rec recording record recorded take sample clip audio sound file track untitled new voice memo wav
output out mic channel segment seg chunk part copy test session aufnahme aufzeichnung
enregistrement grabacion a b c d x y n
"""
_PEOPLE = ("speaker", "spkr", "spk", "user", "person", "subject", "subj", "participant", "voice",
           "actor", "child", "talker", "sprecher")
WORDS = frozenset(_WORDS.split())  # of keyword corpora; they decide which of two names is a word
GENERIC = frozenset((*_GENERIC.split(), *_PEOPLE))  # of recorders; they tell nothing
SPEAKER = re.compile(rf"({'|'.join(_PEOPLE)})[-_ ]?\d+", re.IGNORECASE)
SPEAKER_FOLDER = re.compile(rf"({SPEAKER.pattern}|(id|s|p|f|m)[-_ ]?\d+|[0-9a-f]{{8}})",
                            re.IGNORECASE)
SETTING = re.compile(  # folders of sessions, folds, devices and dates: no voices, no words
    r"((fold|session|sess|batch|set|take|round|run|part|day|week|month|room|mic|device|phone"
    r"|recorder|house|site)s?[-_ ]?\d+|\d{4}[-_.]?\d{2}[-_.]?\d{2}.*|wavs?|audio|raw|clean|noisy"
    r"|near|far|indoors?|outdoors?|loud|soft|quiet|fast|slow)", re.IGNORECASE)
MACHINES = frozenset(("normal", "abnormal", "anomaly", "anomalous", "healthy", "faulty", "fault",
                      "broken", "good", "bad", "defect", "damaged", "worn", "new"))
STATES = MACHINES - {"good", "bad", "worn", "new"}  # these are said of takes and of things too
TAKE = re.compile(r"[-_ .]*\(?\d+\)?$")
ENDS = re.compile(r"\.(wav|wave|flac|ogg|mp3|aiff?)$", re.IGNORECASE)


def stem(path: Path) -> str:
    """A file's name without its endings, of which some tools write two."""
    return ENDS.sub("", path.stem)


def word_in(name: str) -> str:
    """The word that a file is named by, without the number of the take; ``""``: none.

    ``yes``, ``yes_01``, ``yes (2)``, ``yes-3`` and ``yes1`` are all ``yes``; ``take 3`` is none.
    """
    name = without_take(name)
    pieces = [each for each in re.split(r"[-_ .]+", name.casefold()) if each]
    told = [each for each in pieces if each not in GENERIC and each.isalpha()]
    return name.strip("-_ .") if told and "nohash" not in pieces else ""


def states_in(stems: Iterable[str], known: frozenset[str] = MACHINES) -> list[str]:
    """The state of a machine in each of several names, such as ``normal``; else nothing at all.

    It may stand anywhere, as in ``section_00_source_test_normal_0003_strength_1.wav`` of DCASE.

    Args:
        stems: the names.
        known: what counts as a state; ``STATES`` where folders may tell words too.
    """
    told = [[each for each in re.split(r"[-_ .]+", name.casefold()) if each in known]
            for name in stems]
    found = [each[0] for each in told if len(each) == 1]
    return found if len(found) == len(told) and len(set(found)) > 1 else []


def without_take(name: str) -> str:
    """A name without the numbers at its end."""
    while (shorter := TAKE.sub("", name)) != name:
        name = shorter
    return name


def likeness_to_words(labels: Iterable[str]) -> float:
    """The share of different labels that are known words; a digit counts a little less."""
    distinct = set(labels) - {""}
    plain = [re.sub(r"^\d+[-_ ]+", "", each.casefold()).strip("_- ") for each in distinct]
    score = sum((0.8 if each.isdecimal() else 1.0) for each in plain if each in WORDS)
    return score / max(len(distinct), 1)


def likeness_to_speakers(labels: Iterable[str]) -> float:
    """The share of different labels that are speakers by their form, such as ``spk03``."""
    distinct = set(labels) - {""}
    return sum(bool(SPEAKER_FOLDER.fullmatch(each)) for each in distinct) / max(len(distinct), 1)


def are_settings(labels: Iterable[str]) -> bool:
    """Whether labels are sessions, folds, devices or dates by their form."""
    distinct = set(labels) - {""}
    alike = sum(bool(SETTING.fullmatch(each)) for each in distinct)
    return bool(distinct) and alike >= 0.5 * len(distinct)


def are_machines(words: Iterable[str]) -> bool:
    """Whether words are states of a machine, which has no speakers."""
    return any(each.casefold() in MACHINES for each in words)


def crossed(one: list[str], other: list[str]) -> bool:
    """Whether most labels of ``one`` stand beside two or more labels of ``other``."""
    beside: dict[str, set[str]] = {}
    for label, partner in zip(one, other, strict=True):
        beside.setdefault(label, set()).add(partner)
    often = sum(len(each) > 1 for each in beside.values())
    return often >= 0.8 * len(beside)
