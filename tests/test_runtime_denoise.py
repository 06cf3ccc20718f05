"""Denoisers: the C against the twin on this machine and on emulated cores, and what may not be."""

import subprocess

import numpy as np
import pytest
from random_models import product

from lnnlab import lnn_file, runtime
from lnnlab.compiling import zig
from lnnlab.features import FeatureSpec
from lnnlab.integer import Gains, IntegerFeatures, IntegerModel, denoised
from lnnlab.integer import layers as kinds
from lnnlab.target.cores import CORES
from lnnlab.target.denoise import DenoiseRunner
from lnnlab.target.stream import HOST

FRAMES = (64, 128, 256, 512, 1024)
RESTRAINTS = (Gains(), Gains(31768), Gains.restrained(0.94, 0.2, 3.0, 0.1),
              Gains(29768, 1, 0, 65535))


def denoiser(seed: int = 0, frame: int = 256, kind: str = "log_mel") -> IntegerModel:
    """A random one whose gains are neither all open nor all shut."""
    random = np.random.default_rng(seed)
    bands = {64: 8, 128: 16}.get(frame, 24)
    spec = FeatureSpec(kind, frame, frame // 2, bands, floor=5e-9, window="sine",
                       mel={"low_hz": 100.0 * (seed % 2)})
    offset = 12000 if kind == "log_mel" else 100
    front = IntegerFeatures(spec, 1, 16 * frame, 16000.0, np.full(bands, offset),
                            np.full(bands, 9000 if kind == "log_mel" else 16000), 20)
    cell = kinds.GRU if seed % 3 == 2 else kinds.LinearLTC
    first = ([kinds.GRU(product(random, 24, bands + 12), product(random, 12, bands),
                        product(random, 12, 12))] if cell is kinds.GRU
             else [kinds.LinearLTC(product(random, 24, bands))])
    layers = [*first, kinds.LeakyPool(product(random, 1, 12), 32767, 16000),
              kinds.Readout(product(random, bands, 12, 500))]
    names = tuple(f"band {k}" for k in range(bands))
    return IntegerModel(front, layers, names, RESTRAINTS[seed % 4].into({}))


def sound(seed: int, hops: int, hop: int) -> np.ndarray:
    """Silence, noise that is faint, loud and clipped, and the ends of the range, int16 (time,)."""
    random = np.random.default_rng(seed)
    count = hops * hop
    loud = np.repeat(random.permutation([0, 1, 20, 3000, 30000]), -(-count // 5))[:count]
    x = random.normal(0, 1, count) * loud
    x[count // 2 : count // 2 + hop] = np.where(np.arange(hop) % 2, 32767, -32768)
    return np.clip(x, -32768, 32767).astype(np.int16)


@pytest.mark.parametrize("core", [HOST, *CORES])
@pytest.mark.parametrize("seed, frame, kind", [
    (0, 64, "log_mel"), (1, 128, "pcen"), (2, 256, "pcen"), (3, 256, "log_mel"),
    (4, 512, "log_mel"), (5, 1024, "pcen")])
def test_what_c_leaves_of_a_sound_is_the_twins(core, seed, frame, kind):
    model = denoiser(seed, frame, kind)
    samples = sound(seed, 20, frame // 2)
    twin = denoised(model, samples)
    assert len(set(twin.tolist())) > 100 and not np.array_equal(twin, samples)
    for whole in (True, False) if seed == 2 else (True,):  # of one also what it alone needs
        said = DenoiseRunner(lnn_file.to_bytes(model), core, whole).run(samples)
        np.testing.assert_array_equal(said, twin)


@pytest.mark.parametrize("depth", [32768, 12345, 100, 0])
def test_another_depth_is_kept_to_from_the_first_sample_on(depth):
    model = denoiser(1)
    samples = sound(1, 12, 128)
    said = DenoiseRunner(lnn_file.to_bytes(model)).run(samples, depth)
    wanted = (denoised(model, samples, Gains(depth)) if depth
              else np.concatenate([np.zeros(128, np.int16), samples[:-128]]))
    np.testing.assert_array_equal(said, wanted)

MIDSTREAM = """
#include "liquid_audio_lnn.h"
#include <stdio.h>
#include <string.h>
static uint64_t file[65536];
static uint32_t arena[65536];
static int16_t x[32768];
int main(int count, char **arguments) { /* MODEL SAMPLES HOP, 1: nothing is taken from HOP on */
    static lnn_denoise_t denoise;
    FILE *model = fopen(arguments[1], "rb");
    FILE *sound = fopen(arguments[2], "rb");
    const uint32_t bytes = (uint32_t)fread(file, 1, sizeof file, model);
    const uint32_t samples = (uint32_t)fread(x, 2, 32768, sound);
    if (count != 5 || lnn_denoise_init(&denoise, file, bytes, arena, sizeof arena)) return 1;
    const uint32_t hop = lnn_hop(&denoise.model);
    for (uint32_t t = 0; t < samples / hop; t++) {
        if (t == (uint32_t)(arguments[3][0] - '0') && arguments[4][0] == '1')
            lnn_denoise_set_depth(&denoise, 0);
        lnn_denoise_hop(&denoise, x + t * hop, x + t * hop);
    }
    return fwrite(x, 2, samples, stdout) != samples;
}
"""


def test_another_depth_in_midstream_moves_there_over_a_hop(tmp_path):
    """A step in the share at a hop's start would be heard as a click."""
    hop, changed = 128, 8
    model, samples = denoiser(0, 2 * hop), sound(0, 12, hop)
    (tmp_path / "model.c").write_text(MIDSTREAM)
    (tmp_path / "model").write_bytes(lnn_file.to_bytes(model))
    (tmp_path / "sound").write_bytes(samples.tobytes())
    subprocess.run([*zig(), "-std=c99", "-Wall", "-Wextra", "-Werror", f"-I{runtime.FOLDER}",
                    tmp_path / "model.c", *runtime.sources(), "-o", tmp_path / "run"], check=True)
    always, quieter = (np.frombuffer(subprocess.run(
        [tmp_path / "run", tmp_path / "model", tmp_path / "sound", str(changed), each],
        check=True, capture_output=True).stdout, np.int16).astype(int) for each in "01")
    np.testing.assert_array_equal(always, denoised(model, samples))
    plain = np.concatenate([np.zeros(hop, int), samples[:-hop].astype(int)])
    start, end = changed * hop, (changed + 1) * hop
    np.testing.assert_array_equal(always[:start], quieter[:start])
    np.testing.assert_array_equal(plain[end:], quieter[end:])
    moved = np.abs(quieter - always)[start:end]
    whole = np.abs(plain - always)[start:end]
    assert whole.max() > 100
    assert (moved <= whole * np.arange(1, hop + 1) / hop + 2).all()
