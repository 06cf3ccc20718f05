"""Networks for sound events in a stream: a class for nothing, over rooms, with a short memory.

A network that names clips always names one. In a stream there is also nothing to name, so the one
trained here knows a further class, the quiet rooms that events lie over, and its pool forgets
within a second. Rooms are generated; events are the corpus's.
"""

from dataclasses import replace

import numpy as np

from lnnlab.data import Dataset
from lnnlab.data.event_simulator import rooms
from lnnlab.errors import UserError
from lnnlab.experiments.event_recipes import AUGMENTATION, SMALL, event_family
from lnnlab.experiments.keyword_recipes import any_timestep
from lnnlab.experiments.recipes import Recipe

ROOM = "background"  # the class of what lies between events
MEMORY = 32.0  # frames until the pool has forgotten two thirds: 1 s
NOISY = {"noisy": 0.8, "snr_db": (3.0, 27.0)}  # of an event over its room, in training
QUIET = (2e-4, 2e-2)  # root mean square of a clip of a room
ROOM_SHARE, CLIPS = 0.15, 10  # of all clips, and of each room, which is cut in time


def with_rooms(dataset: Dataset, seed: int = 0) -> Dataset:
    """The corpus with a class more, which stands last: clips of generated rooms without an event.

    The rooms are background recordings too, each part's its own. Clips of rooms belong to no group;
    a split by fold cuts each room in time.

    Raises:
        UserError: there is such a class already.
    """
    if ROOM in dataset.classes:
        raise UserError(f"{dataset.name}: has a class '{ROOM}' already; rename it")
    length = dataset.x.shape[1]
    count = max(2, round(ROOM_SHARE * len(dataset) / CLIPS))
    found = rooms(CLIPS * length, count, seed)["train"]
    random = np.random.default_rng([seed, 5])
    x = np.stack([each[k * length : (k + 1) * length] * np.exp(random.uniform(*np.log(QUIET)))
                  for each in found for k in range(CLIPS)]).astype(np.float32)
    names = [f"room {k}" for k in range(count) for _ in range(CLIPS)]
    groups = {name: np.concatenate([labels, names if name == "recording" else [""] * len(names)])
              for name, labels in dataset.groups.items()}
    return replace(
        dataset, x=np.concatenate([dataset.x, x[..., None]]), classes=(*dataset.classes, ROOM),
        y=np.r_[dataset.y, np.full(len(x), len(dataset.classes))], groups=groups, part=None,
        start=np.r_[dataset.start, np.tile(np.arange(CLIPS) * length, count)],
        background=rooms(12 * length, 4, seed + 1), background_classes=(ROOM,),
        note=f"{dataset.note} Over generated rooms, without an event in {len(x)} clips.")


def stream_recipe(dataset: Dataset, row: str = SMALL, versions: int = 12) -> Recipe:
    """A row of the table for streams: shorter memory, trained over rooms and at any timestep."""
    usual = event_family(row, dataset, 1, versions)[0]
    options = usual.options | {"memory": MEMORY}
    return any_timestep(replace(usual, options=options, augmentation=AUGMENTATION | NOISY,
                                variant=f"{usual.variant}, stream"))
