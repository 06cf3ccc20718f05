"""Clean utterances, with what of them is speech."""

from dataclasses import dataclass

import numpy as np

from lnnlab.data.dataset import Dataset
from lnnlab.data.endpoints import USUAL, EndpointRule, rms, speech_in
from lnnlab.errors import UserError


@dataclass(frozen=True)
class Voice:
    """One clean utterance.

    Attributes:
        x: float32 (time,), full scale at 1.
        active: which samples are speech, (time,) of bool.
        who: the speaker, by which figures are grouped.
    """

    x: np.ndarray
    active: np.ndarray
    who: str

    def __post_init__(self) -> None:
        if len(self.x) != len(self.active) or not self.active.any():
            raise UserError(f"an utterance of {len(self.x)} samples with {self.active.sum()} of "
                            f"{len(self.active)} marked as speech: mark some, and as many as "
                            "there are")

    @property
    def level(self) -> float:
        """Root mean square over the samples that are speech."""
        return rms(self.x[self.active])


def voices_of(
    dataset: Dataset, rows: np.ndarray, rule: EndpointRule = USUAL, trimmed: bool = False
) -> list[Voice]:
    """Clips of words as utterances; what tells no endpoints is left out.

    Args:
        dataset: clips of one channel, with speakers where they are known.
        rows: which; those of the class ``silence`` are left out.
        rule: how endpoints are found, see :func:`lnnlab.data.endpoints.speech_in`.
        trimmed: without what lies before and behind the speech. Choose it where the clip's own
            background is not to count as clean; keep it where a network must not learn that
            speech brings a background with it.

    Raises:
        UserError: no clip tells endpoints.
    """
    quiet = dataset.classes.index("silence") if "silence" in dataset.classes else -1
    people = dataset.groups.get("speaker", np.full(len(dataset), ""))
    found = []
    for row in rows[dataset.y[rows] != quiet]:
        clip = dataset.x[row, :, 0]
        active = speech_in(clip, float(dataset.rate_hz), rule)
        if active is not None:
            voice = Voice(clip, active, str(people[row]))
            found.append(_trimmed(voice) if trimmed else voice)
    if not found:
        raise UserError(f"{dataset.name}: none of {len(rows)} clips tells where speech begins and "
                        "ends; give clean recordings of words with quiet around them")
    return found


def _trimmed(voice: Voice) -> Voice:
    where = np.flatnonzero(voice.active)
    kept = slice(where[0], where[-1] + 1)
    return Voice(voice.x[kept], voice.active[kept], voice.who)
