"""Where and how runs are made: records read, missing ones made, several processes at a time."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from joblib import Parallel, delayed
from tqdm.auto import tqdm

from lnnlab.records import Records, Subject, stale_line


@dataclass(frozen=True)
class Bundled:
    """Ways to make results one by one and several at once.

    Attributes:
        one: the arguments of one → its results as plain values.
        several: the arguments of each of a group → their results, in that order.
        groups: numbers of the subjects that are missing → the groups of them, as positions in that
            list.
    """

    one: Callable[..., dict]
    several: Callable[[Sequence[tuple]], Iterable[dict]]
    groups: Callable[[list[int]], list[list[int]]]


@dataclass(frozen=True)
class Work:
    """Where and how runs are made.

    Attributes:
        folder: of the profile's reports, such as ``reports/full``.
        jobs: runs at a time, each on one thread.
        progress: show a bar.
    """

    folder: Path
    jobs: int = 1
    progress: bool = True

    def records(self, table: str) -> Records:
        """The records of a table."""
        return Records(self.folder / "records" / f"{table}.jsonl")

    def all(self, task, arguments: Sequence[tuple], title: str) -> list:
        """The results of a task for each tuple of arguments, with a bar, in their order."""
        done = Parallel(n_jobs=self.jobs, return_as="generator")(
            delayed(task)(*each) for each in arguments)
        return list(tqdm(done, total=len(arguments), disable=not self.progress, desc=title,
                         unit="run"))

    def recorded(
        self, table: str, subjects: Sequence[Subject], given: Sequence[tuple],
        make: Callable | Bundled, title: str,
        prepare: Callable[[list[int]], None] | None = None,
    ) -> list[tuple[dict, str]]:
        """The record of each subject, made where it is missing; stale ones are named.

        Args:
            table: whose records.
            subjects: what they are about; given: the arguments of ``make`` for each.
            make: gives the results of one as plain values, perhaps in another process; or of
                several at once.
            title: of the bar.
            prepare: makes what the missing ones share; takes their numbers.

        Returns:
            (results, why it is stale or ``""``) of each.
        """
        records = self.records(table)
        records.settle()
        missing = [k for k, each in enumerate(subjects) if records.missing(each)]
        if missing:
            if prepare:
                prepare(missing)
            one, several, groups = make, None, [[k] for k in range(len(missing))]
            if isinstance(make, Bundled):
                one, several, groups = make.one, make.several, make.groups(missing)
            self.all(_kept, [(records, [subjects[missing[k]] for k in group],
                              one if len(group) == 1 else several,
                              [given[missing[k]] for k in group]) for group in groups], title)
            records.settle()
        found = [records.results(each) for each in subjects]
        line = stale_line(table, [(each.label, stale) for each, (_, stale)
                                  in zip(subjects, found, strict=True)])
        if line:
            print(line)
        return found


def _kept(
    records: Records, subjects: Sequence[Subject], make: Callable, given: Sequence[tuple]
) -> None:
    """The records of subjects that are made together; ``make`` makes one, or takes all of several.
    """
    if len(subjects) == 1:
        records.kept(subjects[0], lambda: make(*given[0]))
        return
    for subject, results in zip(subjects, make(given), strict=True):
        records.kept(subject, lambda results=results: results)
