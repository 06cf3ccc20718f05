"""Float32 files against torch, and their round trips."""

import struct

import numpy as np
import pytest
import torch_models
from torch_models import BANDS, RAW, WAVEFORM, logits, saved, signals

from lnnlab import lnn_file
from lnnlab.errors import UserError
from lnnlab.features import FeatureSpec
from lnnlab.integer import quantise_samples
from lnnlab.lnn_file.container import FLOAT32, join, split

CASES = {
    **{name: (name, BANDS, {"units": 6}) for name in torch_models.RECURRENT},
    "two layers, mixing, last": ("linear_ltc", RAW, {
        "units": 5, "layers": 2, "mixing": 3, "pool": "last", "activation": "abs"}),
    "stacked gru": ("gru", RAW, {"units": [7, 4], "mixing": 2}),
    "wide shared layer": ("cfc", RAW, {"units": 5, "backbone_units": 9}),
    "relative": ("lstm", FeatureSpec(frame=16, hop=24, bands=5, spacing="log", relative=True),
                 {"units": 4}),
    "cnn_2k": ("cnn_2k", WAVEFORM, {}),
    "cnn_2k on bands": ("cnn_2k", BANDS, {"channels": [3, 5, 4, 6]}),
}


@pytest.mark.parametrize("case", CASES)
def test_a_float_file_computes_what_torch_computes(case):
    name, spec, options = CASES[case]
    model = saved(name, spec, axes=2, spread=2.0, **options)
    data = lnn_file.float_to_bytes(model)
    lnn_file.verify(data)
    again = lnn_file.float_from_bytes(data)
    x, _ = signals(7, 30, channels=2)
    samples = quantise_samples(x, model.features.full_scale)
    exact = logits(model, samples.astype(np.float64) / 32768 * model.features.full_scale)
    assert np.ptp(exact, axis=0).min() > 0.01  # the windows do differ
    assert np.abs(again.run(samples) - exact).max() < 1e-4 * max(1, np.abs(exact).max())
    assert again.classes == model.classes and again.meta["model"] == name
    assert all(offset % 8 == 0 for offset, _, _ in split(data, "file")[1].values())


def test_damage_is_named():
    data = lnn_file.float_to_bytes(saved("linear_ltc", units=4))
    for offset in range(0, len(data), 7):
        raw = bytearray(data)
        raw[offset] ^= 0x40
        with pytest.raises(UserError):
            lnn_file.verify(bytes(raw))
    parts = [(tag, content, items) for tag, (_, content, items) in split(data, "")[1].items()]
    weights = bytearray(parts[2][1])
    struct.pack_into("<f", weights, len(weights) - 4, float("inf"))
    parts[2] = ("DATA", bytes(weights), parts[2][2])
    with pytest.raises(UserError, match="damaged at offset .*not finite"):
        lnn_file.verify(join(parts, FLOAT32))
    table = bytearray(parts[2][1])
    struct.pack_into("<f", table, 8, 0.5)
    parts[2] = ("DATA", bytes(table[:-4]) + bytes(4), parts[2][2])
    with pytest.raises(UserError, match="a table is not the defined one"):
        lnn_file.verify(join(parts, FLOAT32))
    with pytest.raises(UserError, match="the integer twin reads int8 ones"):
        lnn_file.from_bytes(data)


def test_networks_without_a_form_on_the_target_are_refused():
    with pytest.raises(UserError, match="LTC. has no form on the target"):
        lnn_file.float_to_bytes(saved("ltc", units=4))
    with pytest.raises(UserError, match="mode 'pure'"):
        lnn_file.float_to_bytes(saved("cfc", units=4, mode="pure"))
    with pytest.raises(UserError, match="timed gates"):
        lnn_file.float_to_bytes(saved("lstm", units=4, timed=True))
