"""The rule of a split where a person names none."""

from collections import Counter

from lnnlab.data.dataset import Dataset
from lnnlab.data.splits import FILE_ORDER, OFFICIAL, TIME
from lnnlab.data.tables.names import words_of

GROUPINGS = ("load", "speaker")  # that a split holds out where no rule is named
PEOPLE = {"subject", "user", "person", "participant", "patient"}  # groupings of people, too


def default_rule(dataset: Dataset) -> str:
    """The rule of a split where none is named: the publisher's, else a grouping's, else by order.

    Of groupings ``load`` is taken, ``speaker``, and one of people such as ``subject`` where each
    class has three; a grouping of few labels leaves too little to train on. Files are taken in
    order where each class has three, else time is.
    """
    if dataset.part is not None:
        return OFFICIAL
    for name in GROUPINGS:
        if len(set(dataset.groups.get(name, ())) - {""}) > 2:
            return name
    for name, labels in dataset.groups.items():
        of_class = {(k, each) for k, each in zip(dataset.y, labels, strict=True) if each}
        fewest = min(Counter(k for k, _ in of_class).values(), default=0)
        if PEOPLE & set(words_of(name)) and fewest >= 3:
            return name
    of_class = {(k, name) for k, name in zip(dataset.y, dataset.groups["recording"], strict=True)}
    counts = Counter(k for k, _ in of_class)
    return FILE_ORDER if min(counts.values()) >= 3 else TIME
