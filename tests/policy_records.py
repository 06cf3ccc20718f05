"""Random timestep policies as PLCY records, and networks that can follow them."""

import struct

import numpy as np
import random_models

from lnnlab import lnn_file
from lnnlab.integer.layers import LeakyPool
from lnnlab.lnn_file.container import INT8, join, split

RECORD = struct.Struct("<2H5H3H2h4h2HhH40h8h8h")
UNIFORM, ENERGY, FLUX, DELTA, LEARNED = range(5)


def record(kind=0, look_back=0, steps=(1, 1, 1, 1, 1), hangover=0, rise=0, fall=0, opens=0,
           closes=0, levels=(0,) * 4, decay=0, hidden=0, bias=0, enough=0, w=(0,) * 40,
           b=(0,) * 8, v=(0,) * 8) -> bytes:
    """The 152 bytes of FORMAT.md, section 6."""
    return RECORD.pack(kind, look_back, *steps, hangover, rise, fall, opens, closes, *levels, decay,
                       hidden, bias, enough, *w, *b, *v)


def random_record(seed: int, kind: int | None = None, most: int = 12) -> bytes:
    """A valid policy; ``most``: the longest step."""
    random = np.random.default_rng(seed)
    kind = int(random.integers(5)) if kind is None else kind
    steps = sorted(int(each) for each in random.integers(1, most + 1, 5))
    if kind == UNIFORM:
        return record(steps=(steps[2],) * 5)
    on_samples = kind in (ENERGY, LEARNED)
    floors = {"look_back": int(random.integers(0, 17)), "rise": int(random.integers(0, 4000)),
              "fall": int(random.integers(0, 9))} if on_samples else {}
    if kind == LEARNED:
        hidden = int(random.integers(0, 9))
        used = np.arange(8) < hidden
        w = random.integers(-2047, 2048, (8, 5)) // int(random.choice([1, 8, 40])) * used[:, None]
        b, v = random.integers(-32768, 32768, 8) // 8 * used, random.integers(-2047, 2048, 8) * used
        levels = sorted((int(each) for each in random.integers(-9000, 9000, 4)), reverse=True)
        return record(kind, steps=steps, levels=levels, decay=int(random.integers(0, 3000)),
                      hidden=hidden, bias=int(random.integers(-9000, 9000)),
                      w=w.ravel().tolist(), b=b.tolist(), v=v.tolist(), **floors)
    top = 3000 if kind == ENERGY else 600
    opens = int(random.integers(-100, top))
    closes = opens - int(random.integers(0, 500))
    hangover, inner = int(random.integers(0, 6)), int(random.integers(4))  # steps on the way
    enough = int(random.choice([0, random.integers(1, 32768)]))
    return record(kind, steps=(*steps[: 1 + inner], *(steps[4],) * (4 - inner)), hangover=hangover,
                  opens=opens, closes=closes, enough=enough, **floors)


def with_policy(blob: bytes, policy: bytes, items: int = 1, times: int = 1) -> bytes:
    """A file with its policy (replaced)."""
    sections = [(tag, content, items) for tag, (_, content, items) in split(blob, "x")[1].items()
                if tag != "PLCY"]
    return join([*sections, *[("PLCY", policy, items)] * times], INT8)


def able(seed: int):
    """The first random keyword network from ``seed`` on that can follow a policy, short hops."""
    while True:
        model = random_models.model(seed, "keyword")
        spec = model.features.spec
        if (isinstance(model.layers[-2], LeakyPool) and spec.hop <= spec.frame
                and spec.hop * model.features.channels <= 512):
            return model
        seed += 1000


def blob_of(seed: int, kind: int | None = None, most: int = 12) -> bytes:
    """A random network's file with a random policy."""
    return with_policy(lnn_file.to_bytes(able(seed)), random_record(seed, kind, most))


def sound(seed: int, model, hops: int) -> np.ndarray:
    """int16 (time, channel): bursts between silence and clipping, some hops long each."""
    random = np.random.default_rng(seed)
    spec = model.features.spec
    count = spec.frame + (hops - 1) * spec.hop
    parts = max(1, hops // 10)
    loud = np.repeat(random.choice([0, 2, 20, 300, 3000, 40000], parts), -(-count // parts))
    x = random.normal(0, 1, (count, model.features.channels)) * loud[:count, None]
    return np.clip(x, -32768, 32767).astype(np.int16)
