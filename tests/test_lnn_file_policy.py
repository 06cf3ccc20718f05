"""The ``PLCY`` section: round trips, bounds, hostile bytes, where it may stand."""

import re
import struct
from dataclasses import replace

import numpy as np
import pytest
import random_models
import random_policies
from hypothesis import given, settings
from hypothesis import strategies as st
from test_lnn_file import changed, place, repaired, sections

from lnnlab import lnn_file
from lnnlab.errors import UserError
from lnnlab.integer import EnergyGate, LearnedGate, Uniform, run_policy
from lnnlab.lnn_file.container import FLOAT32, INT8, join, split


@pytest.fixture(scope="module")
def model():
    return random_policies.model(5)


@pytest.fixture(scope="module")
def learned(model):
    gate = LearnedGate((1, 2, 4, 8, 16), (900, 300, 0, -300), 50, -7, ((1, 2, 3, 4, 5),) * 3,
                       (-1, 0, 1), (7, 8, 9), 3, 100, 2)
    return lnn_file.to_bytes(replace(model, policy=gate))


@pytest.mark.parametrize("kind", random_policies.KINDS)
@given(seed=random_models.SEEDS)
@settings(max_examples=30)
def test_a_round_trip_keeps_the_policy_and_every_byte(kind, seed):
    random = np.random.default_rng(seed)
    model = replace(random_policies.model(seed % 50), policy=random_policies.policy(random, kind))
    data = lnn_file.to_bytes(model)
    again = lnn_file.from_bytes(data)
    lnn_file.verify(data)
    assert again.policy == model.policy and lnn_file.to_bytes(again) == data
    assert list(split(data, "file")[1]) == ["FEAT", "LAYR", "DATA", "LABL", "PLCY", "META"]


def test_the_bytes_are_those_that_the_definition_names(model, learned):
    at = place(learned, "PLCY")
    assert split(learned, "file")[1]["PLCY"][2] == 1 and at % 8 == 0
    assert struct.unpack_from("<7H", learned, at) == (4, 3, 1, 2, 4, 8, 16)
    assert struct.unpack_from("<3H2h", learned, at + 14) == (0, 100, 2, 0, 0)
    assert struct.unpack_from("<4h2HhH", learned, at + 24) == (900, 300, 0, -300, 50, 3, -7, 0)
    assert struct.unpack_from("<40h", learned, at + 40) == (1, 2, 3, 4, 5) * 3 + (0,) * 25
    assert struct.unpack_from("<8h", learned, at + 120) == (-1, 0, 1, 0, 0, 0, 0, 0)
    assert struct.unpack_from("<8h", learned, at + 136) == (7, 8, 9, 0, 0, 0, 0, 0)
    gate = EnergyGate(2, 12, 1400, -700, 10, 3, 64, 2)
    data = lnn_file.to_bytes(replace(model, policy=gate))
    fields = struct.unpack_from("<10H2h", data, place(data, "PLCY"))
    assert fields == (1, 3, 2, 12, 12, 12, 12, 10, 64, 2, 1400, -700)


FIELDS = [  # offset, kind, value, what the message says
    (0, "<H", 5, "policy kind 5"),
    (0, "<H", 3, "does not use"),
    (2, "<H", 17, "look-back 17"),
    (4, "<H", 0, "timestep 0"),
    (12, "<H", 256, "timestep 256"),
    (6, "<H", 5, "timesteps that fall"),
    (14, "<H", 1, "does not use"),
    (18, "<H", 9, "fall 9"),
    (20, "<h", 1, "does not use"),
    (22, "<h", 1, "close 1 above open 0"),
    (26, "<h", -1, "thresholds that rise"),
    (32, "<H", 32768, "decay 32768"),
    (34, "<H", 9, "9 hidden units"),
    (34, "<H", 2, "does not use"),
    (38, "<H", 1, "does not use"),
    (38, "<H", 32768, "enough 32768"),
    (40, "<h", 2048, "weight 2048"),
    (118, "<h", -2048, "weight -2048"),
    (70, "<h", 1, "does not use"),
    (134, "<h", 1, "does not use"),
    (150, "<h", -32768, "weight -32768"),
]


@pytest.mark.parametrize("offset, kind, value, words", FIELDS)
def test_a_field_out_of_range_is_named_with_its_place(learned, offset, kind, value, words):
    at = place(learned, "PLCY")
    with pytest.raises(UserError, match=f"^m.lnn: damaged at offset \\d+: .*{words}") as caught:
        lnn_file.from_bytes(changed(learned, at + offset, kind, value), "m.lnn")
    named = int(re.search(r"offset (\d+)", str(caught.value)).group(1)) - at
    if "does not use" not in words:
        assert named == offset + 2 * (words in ("timesteps that fall", "thresholds that rise"))
    assert 0 <= named < 152


@given(seed=st.integers(0, 60), data=st.data())
@settings(max_examples=150)
def test_hostile_bytes_are_refused_or_run(seed, data):
    random, model = np.random.default_rng(seed), random_policies.model(seed)
    raw = bytearray(lnn_file.to_bytes(replace(model, policy=random_policies.policy(random))))
    at = place(raw, "PLCY")
    for _ in range(data.draw(st.integers(1, 3))):
        raw[at + data.draw(st.integers(0, 151))] = data.draw(st.integers(0, 255))
    try:
        read = lnn_file.from_bytes(repaired(raw))
    except UserError as error:
        assert re.search(r"damaged at offset \d+", str(error)), error
        return
    assert lnn_file.to_bytes(read) == repaired(raw)
    run_policy(read, random_policies.stream(random, read, 20))


def test_a_policy_stands_only_where_it_can_be_followed(model, learned):
    parts = sections(learned)
    short = [part if part[0] != "PLCY" else ("PLCY", part[1][:-2], 1) for part in parts]
    with pytest.raises(UserError, match="PLCY has 150 bytes, not 152"):
        lnn_file.from_bytes(join(short, INT8))
    twice = [part if part[0] != "PLCY" else ("PLCY", part[1], 2) for part in parts]
    with pytest.raises(UserError, match="damaged at offset"):
        lnn_file.from_bytes(join(twice, INT8))
    record = next(part for part in parts if part[0] == "PLCY")
    for seed, kind, words in ((3, "linear_ltc", "needs a leaky pool"), (8, "gru", "leaky pool")):
        other = sections(lnn_file.to_bytes(random_models.model(seed, kind)))
        with pytest.raises(UserError, match=f"damaged at offset .*{words}"):
            lnn_file.from_bytes(join([*other, record], INT8))
    moved = [part for part in parts if part[0] != "PLCY"] + [record]  # behind META
    assert lnn_file.from_bytes(join(moved, INT8)).policy == lnn_file.from_bytes(learned).policy
    assert lnn_file.from_bytes(join(moved[:-1], INT8)).policy is None
    with pytest.raises(UserError, match="a timestep policy in a float32 file"):
        lnn_file.float_from_bytes(join(parts, FLOAT32))


def test_always_on_is_a_policy_like_another(model):
    data = lnn_file.to_bytes(replace(model, policy=Uniform(1)))
    assert data[place(data, "PLCY") :][:14] == struct.pack("<7H", 0, 0, 1, 1, 1, 1, 1)
    assert lnn_file.from_bytes(data).policy == Uniform(1)
