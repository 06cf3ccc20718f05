"""What the policies of a study cost on today's C: counted on the emulated core, policy by policy.

Counts of what was computed are a study's; cycles of each stage are counted here, and multiplied.
A change of the C or of the timing model therefore needs minutes, not another search.
"""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path

from lnnlab import lnn_file
from lnnlab.adaptive.costs import PolicyCostModel, cost_of, excerpt
from lnnlab.compress import quantise
from lnnlab.experiments.benchmark import Work
from lnnlab.experiments.policies.lines import BOARDS, Heard, PolicyLine
from lnnlab.experiments.policies.plan import Study
from lnnlab.integer.policy import KINDS, Policy
from lnnlab.profiling.policy import UnitCosts
from lnnlab.profiling.stream import stream_costs
from lnnlab.records import Subject
from lnnlab.target.boards import board
from lnnlab.target.stream import StreamRunner
from lnnlab.training.predictions import one_thread

TABLE = "policy_costs"
OWN_S = 3.0  # of a stream, to count what each stage takes under a chosen policy
Lines = Mapping[str, Sequence[Heard]]  # what is active → lines on that test stream


@dataclass(frozen=True)
class Prices:
    """What the policies of a study take.

    Attributes:
        units: policy's key → cycles of each stage.
        arena_bytes: policy's key → working memory.
        flash_shares: board → cycles that wait for its flash while every frame is computed, over
            all others.
        stale: why the record is stale, in words; ``""``: it is not.
    """

    units: dict[str, UnitCosts]
    arena_bytes: dict[str, int]
    flash_shares: dict[str, float]
    stale: str = ""

    def line(self, heard: Heard) -> PolicyLine:
        """What was heard, at today's cost."""
        key = heard.policy_key
        cost = cost_of(self.units[key], heard.counts, policy_of(heard))
        return PolicyLine.priced(heard, cost, self.arena_bytes[key], self.flash_shares)


def prices_of(given: Sequence[tuple[Study, Lines]], work: Work) -> list[Prices]:
    """The prices of each study's policies: read where they are recorded, else counted.

    Args:
        given: studies, and what was heard under the policies that they chose.
        work: where records and networks lie, and how many studies are counted at a time.
    """
    found = work.recorded(
        TABLE, [_subject(*each) for each in given], [(*each, work.folder) for each in given],
        counted, f"{given[0][0].task.dataset.name}: cycles of policies")
    return [
        Prices({key: UnitCosts(*map(tuple, each)) for key, each in results["units"].items()},
               results["arena_bytes"], results["flash_shares"], stale)
        for results, stale in found
    ]


def policy_of(heard: Heard) -> Policy:
    """The policy of a line."""
    return KINDS[heard.kind](**{name: _tuples(each) for name, each in heard.fields.items()})


def _tuples(value: object) -> object:
    return tuple(map(_tuples, value)) if isinstance(value, list | tuple) else value


def _subject(given: Study, lines: Lines) -> Subject:
    """As the study's, with the policies that it chose."""
    own = given.price_subject
    keys = sorted({each.policy_key for heard in lines.values() for each in heard})
    return replace(own, identity=own.identity | {"policies": keys})


def counted(given: Study, lines: Lines, folder: Path) -> dict:
    """Cycles and bytes of every policy of a study, as plain values."""
    with one_thread():
        model = quantise(given.task.network(folder))
    stream = given.task.stream(given.searched)
    costs = PolicyCostModel(model, board(BOARDS[0]), excerpt(model, stream, OWN_S), exact=True)
    policies = {each.policy_key: policy_of(each) for own in lines.values() for each in own}
    blobs = {key: lnn_file.to_bytes(replace(model, policy=each))
             for key, each in policies.items()}
    always = lnn_file.to_bytes(replace(model, policy=None))
    some = excerpt(model, stream)
    return {
        "flash_shares": {name: stream_costs(always, board(name), some).flash_share
                         for name in BOARDS},
        "units": {key: astuple(costs.of(each)) for key, each in policies.items()},
        "arena_bytes": {key: StreamRunner(blob).arena_bytes for key, blob in blobs.items()},
    }
