"""Exports: told at compile time what they need, several models over one runtime, hostile names."""

import ctypes
import shutil
import subprocess
from dataclasses import replace

import numpy as np
import policy_records as policies
import pytest
from random_models import KINDS, model

from lnnlab import lnn_file, paths, runtime
from lnnlab.errors import UserError
from lnnlab.lnn_file.structures import has_residual
from lnnlab.runtime.arena import arena_bytes
from lnnlab.runtime.export import export, export_together
from lnnlab.target.stream import StreamRunner
from lnnlab.target.toolchain import STRICT

BLOBS = [*(lnn_file.to_bytes(model(seed, kind)) for kind in KINDS for seed in range(8)),
         *(policies.blob_of(seed, seed % 5) for seed in range(20))]


def run(folder, *names):
    cc = shutil.which("cc") or pytest.skip("no C compiler on this machine")
    subprocess.run([cc, *STRICT, "-pedantic", "-O2", *names, "-o", "program"], cwd=folder,
                   check=True)
    return subprocess.run([folder / "program"], capture_output=True, text=True, check=True).stdout


def test_the_arena_is_what_c_asks_for():
    library = ctypes.CDLL(str(StreamRunner(policies.blob_of(0))._library._name))
    for blob in BLOBS:
        words = np.zeros(-(-len(blob) // 8), np.uint64)
        words.view(np.uint8)[: len(blob)] = np.frombuffer(blob, np.uint8)
        assert arena_bytes(blob, policy_built=True) == library.lnn_arena_bytes(
            words.ctypes.data_as(ctypes.c_void_p))


def test_a_residual_is_built_for_models_that_have_one(tmp_path):
    having = [each for each in BLOBS if any(map(has_residual, lnn_file.records_of(each)))]
    without = [each for each in BLOBS[:8] if each not in having]
    assert having and without
    for number, blob in enumerate([having[0], without[0]]):
        text = export(blob, tmp_path, f"net_{number}")[1].read_text()
        assert ("#define LNN_USE_RESIDUAL 1" in text.split("LNN_INTERNAL_H")[0]) == (number == 0)
    both = export_together({"first": having[0], "second": without[0]}, tmp_path / "both")
    assert "#define LNN_USE_RESIDUAL 1" in both[1].read_text().split("LNN_INTERNAL_H")[0]


@pytest.mark.parametrize("number", [0, 8, 16, 24, 32, 40, 48, 57, 58, 60])
def test_every_macro_is_c_and_says_what_the_model_says(number, tmp_path):
    blob = BLOBS[number]
    network = lnn_file.from_bytes(blob)
    _, source, example = export(blob, tmp_path, "net")
    assert "NET_ARENA_BYTES" in example.read_text()
    main = tmp_path / "main.c"
    main.write_text("""
#include <stdio.h>
#include "net.h"
static uint32_t arena[NET_ARENA_BYTES / 4];
int main(void) {
    static lnn_model_t model;
    const float full_scale = NET_FULL_SCALE;
    if (lnn_init(&model, net_data, NET_BYTES, arena, sizeof arena) != LNN_OK) return 1;
    if (lnn_arena_bytes(net_data) != NET_ARENA_BYTES || LNN_STATIC_ARENA_BYTES < NET_ARENA_BYTES
        || !lnn_load_from_flash(net_data) || lnn_full_scale(&model) < full_scale
        || lnn_full_scale(&model) > full_scale || NET_STACK_BYTES < 256 || LNN_VERSION < 20000)
        return 2;
    printf("%d %d %d %d %d | %u %u %u %u %u | %s\\n", NET_HOP, NET_WINDOW, NET_RATE_HZ,
           NET_CHANNELS, NET_CLASSES, (unsigned)lnn_hop(&model), (unsigned)lnn_window(&model),
           (unsigned)lnn_rate_hz(&model), (unsigned)lnn_channels(&model),
           (unsigned)lnn_classes(&model), lnn_label(&model, NET_CLASSES - 1));
    return 0;
}
""")
    front = network.features
    told = f"{front.spec.hop} {front.window} {int(front.rate_hz + 0.5)} {front.channels} " \
           f"{len(network.classes)}"
    assert run(tmp_path, source, main) == f"{told} | {told} | {network.classes[-1]}\n"


def test_two_models_share_one_runtime(tmp_path):
    blobs = {"bearing": BLOBS[0], "words": policies.blob_of(1, 1), "windows": BLOBS[40]}
    export_together(blobs, tmp_path)
    main = tmp_path / "main.c"
    tries = "".join(
        f"    if (lnn_init(&model, {name}_data, {name.upper()}_BYTES, arena, "
        f"{name.upper()}_ARENA_BYTES) != LNN_OK) return 1;\n"
        f"    if (lnn_arena_bytes({name}_data) != {name.upper()}_ARENA_BYTES) return 2;\n"
        f"    if (!lnn_load_from_flash({name}_data)) return 3;\n" for name in blobs)
    main.write_text("".join(f'#include "{name}.h"\n' for name in blobs)
                    + "static uint32_t arena[65536];\nint main(void) {\n    lnn_model_t model;\n"
                    + tries + "    return 0;\n}\n")
    sources = ["liquid_audio_lnn.c", *(f"{name}.c" for name in blobs)]
    run(tmp_path, *sources, "main.c")
    for name, blob in blobs.items():
        said = run(tmp_path, *sources, f"{name}_main.c")
        export(blob, tmp_path / "alone", name)
        assert said == run(tmp_path / "alone", f"{name}.c", f"{name}_main.c")


@pytest.mark.parametrize("label", ["/*", "*/", "a\\", "??/", "\n#error no\n", '"; }', "été"])
def test_no_name_of_a_class_breaks_the_file(label, tmp_path):
    network = model(1, "gru")
    network = replace(network, classes=(label, *network.classes[1:]), meta={"label": label})
    _, source, example = export(lnn_file.to_bytes(network), tmp_path, "net")
    run(tmp_path, source, example)


@pytest.mark.parametrize("names, words", [
    (["3 nets"], "give a C identifier"), (["liquid_audio_lnn"], "the runtime has it"),
    (["LNN"], "the runtime has it"), (["a", "A"], "they differ in no more than"),
])
def test_names_that_c_refuses_are_refused(names, words, tmp_path):
    with pytest.raises(UserError, match=words):
        export_together(dict.fromkeys(names, BLOBS[0]), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_part_that_the_build_leaves_out_is_said(tmp_path):
    export(BLOBS[0], tmp_path, "net")
    (tmp_path / "other.c").write_text(
        '#include <stdio.h>\n#include "net.h"\n'
        f"static uint64_t file[{-(-len(BLOBS[8]) // 8)}] = {{"
        + ",".join(f"{int.from_bytes(BLOBS[8][k : k + 8], 'little')}u"
                   for k in range(0, len(BLOBS[8]), 8))
        + "};\nint main(void) {\n    static uint32_t arena[9999];\n    lnn_model_t model;\n"
        f'    puts(lnn_status_text(lnn_init(&model, file, {len(BLOBS[8])}, arena, 39996)));\n'
        "    return 0;\n}\n")
    assert run(tmp_path, "net.c", "other.c").strip() in (
        "a layer is damaged, or layers do not follow each other",
        "this build leaves out what the model needs")
    assert runtime.defines(BLOBS[0]) != runtime.defines(BLOBS[8])


def test_the_published_c_is_what_the_code_writes_today(tmp_path):
    """`lnnlab run 08` with the parameters of the full profile renews it."""
    published = paths.PUBLISHED / "c"
    for path in export((published / "cwru.lnn").read_bytes(), tmp_path, "model"):
        assert path.read_text() == (published / path.name).read_text(), path.name
