"""Layouts of models that denoise or score: their examples do that as the twin does, and build."""

import json
import re
import shutil
import subprocess

import numpy as np
import pytest
from test_anomaly_score import calibrating, detector
from test_anomaly_score import sound as noise
from test_compilers import compiler
from test_runtime_denoise import denoiser
from test_runtime_denoise import sound as silence_and_noise
from test_runtime_layouts import (
    CPP,
    EXAMPLES,
    RECURRENT,
    STRICT,
    STUBS,
    built,
    call,
    cmake,
    hops_of,
    run,
)
from test_runtime_rust import cargo
from test_runtime_services_cpp import later

from lnnlab import lnn_file, runtime
from lnnlab.integer import denoised
from lnnlab.integer.anomaly import AnomalyScore
from lnnlab.integer.judging import score_stream
from lnnlab.runtime.arena import STRUCTURES, structure_of
from lnnlab.runtime.export import rooms_together
from lnnlab.runtime.layouts import LAYOUTS, export_layout

QUIET = denoiser(2)


def mixed_scores():
    """A detector of a random network, some of whose frames are anomalies, and what it hears."""
    for seed in range(99):
        model = detector(seed)
        hops = hops_of(lnn_file.to_bytes(model))
        samples = noise(seed, model, hops)[: hops * model.features.spec.hop]
        alarms = score_stream(model, samples) >= AnomalyScore.of(model.meta).threshold
        if model.features.channels == 2 and 0 < alarms.sum() < len(alarms) and len(alarms) > 3:
            return model, samples
    raise AssertionError("no such detector among them")


ODD, ODD_HEARD = mixed_scores()
BLOBS = {"quiet": lnn_file.to_bytes(QUIET), "odd": lnn_file.to_bytes(ODD), "bearing": RECURRENT}
HOPS = {name: hops_of(blob) for name, blob in BLOBS.items()}
QUIET_HEARD = silence_and_noise(1, HOPS["quiet"], QUIET.features.spec.hop)
CALLS = re.compile(r"(lnn_denoise_hop|denoiser\.process|(?<!\()lnn_anomaly_push)\(.*\);")
SCORES = re.compile(r"if \(lnn_anomaly_push|const auto heard = |let heard = ")
C_COMES = """{ static FILE *heard; if (!heard) heard = fopen("@heard", "rb");
if (!fread(@samples, heard)) exit(9); }
"""
C_LEAVES = '{ FILE *left = fopen("@left", "ab"); fwrite(@samples, left); fclose(left); }\n'
RUST_COMES = """let bytes = std::fs::read("@heard").unwrap();
let at = 2 * HEARD.fetch_add(samples.len(), std::sync::atomic::Ordering::SeqCst);
for (sample, pair) in samples.iter_mut().zip(bytes[at..].chunks(2)) {
*sample = i16::from_le_bytes([pair[0], pair[1]]); }
"""
RUST_LEAVES = """let mut file = std::fs::OpenOptions::new();
let mut left = file.append(true).create(true).open("@left").unwrap();
for each in &samples {
std::io::Write::write_all(&mut left, &each.to_le_bytes()).unwrap(); }
"""
RUST_HEAD = """static HEARD: std::sync::atomic::AtomicUsize =
    std::sync::atomic::AtomicUsize::new(0);
"""


@pytest.fixture(params=LAYOUTS)
def made(request, tmp_path):
    """A layout's name and its folder with a denoiser, a detector and a network that decides."""
    export_layout(BLOBS, request.param, tmp_path / "made")
    return request.param, tmp_path / "made"


def heard_by(folder, layout, name, samples):
    """Have an example read its samples from a file, and write what is left to another."""
    place, left = folder.parent / "heard", folder.parent / "left"
    samples.tofile(place)
    path = folder / EXAMPLES[layout][0].format(name)
    text, rust = path.read_text(), path.suffix == ".rs"
    buffer = "samples.data(), 2, samples.size()" if layout == "cpp" else (
        "samples, 2, sizeof samples / 2")
    come, leave = (each.replace("@heard", str(place)).replace("@left", str(left)).replace(
        "@samples", buffer) for each in
        ((RUST_COMES, RUST_LEAVES) if rust else (C_COMES, C_LEAVES)))
    if rust:
        text = text.replace("let samples", "let mut samples")
        text = text.replace("use liq", RUST_HEAD + "use liq")
    else:
        text = "#include <stdio.h>\n#include <stdlib.h>\n" + text
    text, calls = CALLS.subn(lambda found: "{ " + come + found.group(0) + leave + "}", text)
    text, scores = SCORES.subn(lambda found: come + found.group(0), text)
    assert calls + scores == 1
    path.write_text(text)
    return left


def test_an_example_of_a_denoiser_gives_the_twins_sound(made):
    layout, folder = made
    left = heard_by(folder, layout, "quiet", QUIET_HEARD)
    done = run(folder, layout, "quiet", HOPS["quiet"], *["-DARDUINO=1"] * (layout == "arduino"))
    assert done.returncode == 0, done
    wanted = (later if layout in ("cpp", "rust") else denoised)(QUIET, QUIET_HEARD)
    assert len(set(wanted.tolist())) > 100
    np.testing.assert_array_equal(np.fromfile(left, "<i2"), wanted)
    lines = done.stdout.split("\n")
    assert lines[0] == ("256 moments behind" if layout == "cmake" else "quiet listens")
    assert "256" in done.stdout and "band" not in done.stdout and "%" not in done.stdout


def test_an_example_of_a_detector_says_the_twins_scores(made):
    layout, folder = made
    scores = score_stream(ODD, ODD_HEARD)
    q8 = (scores >> 4) // ODD.features.size
    threshold = AnomalyScore.of(ODD.meta).threshold
    heard_by(folder, layout, "odd", ODD_HEARD)
    done = run(folder, layout, "odd", HOPS["odd"], *["-DARDUINO=1"] * (layout == "arduino"))
    assert done.returncode == 0, done
    threshold_q8 = (threshold >> 4) // ODD.features.size
    alarms = q8[scores >= threshold].tolist()
    if layout == "cmake":
        assert done.stdout == (f"anomaly {int(scores[-1] >= threshold)}, score {q8[-1]}, threshold "
                               f"{threshold_q8} (Q8)\n")
        return
    assert done.stdout.startswith("odd listens\n") and "class" not in done.stdout
    if layout in ("arduino", "platformio"):
        numbers = [int(each) for each in re.findall(r"^(?:.*: )?(\d+)$", done.stdout, re.MULTILINE)]
        assert numbers == [threshold_q8, *alarms]
        return
    wanted = [f"anomaly, score {each}, threshold {threshold_q8} (Q8)" for each in alarms]
    assert done.stdout.splitlines()[1:] == wanted


def test_the_examples_run_as_they_are_exported(made):
    layout, folder = made
    for name, hops in HOPS.items():
        done = run(folder, layout, name, hops, *["-DARDUINO=1"] * (layout == "arduino"))
        assert done.returncode == 0 and done.stdout, done
        assert layout == "cmake" or done.stdout.startswith(f"{name} listens\n")


@pytest.mark.parametrize("name", ["quiet", "odd"])
def test_every_example_says_why_a_file_is_refused(name, made):
    layout, folder = made
    source = folder / "src" / f"{name}.c"
    source.write_text(source.read_text().replace("0x4c, 0x4e, 0x4e", "0x4c, 0x4e, 0x4f"))
    done = run(folder, layout, name, 1)
    assert done.returncode in (1, 3) and done.stdout == (
        "model in memory: " * (layout == "cpp") + "no .lnn file"
        + " (at byte 0)" * (layout == "rust") + "\n")


def test_an_example_refuses_a_file_that_is_for_something_else(made):
    """Given by its path, where an example takes one."""
    layout, folder = made
    if layout not in ("cpp", "rust"):
        assert "argument" not in (folder / EXAMPLES[layout][0].format("quiet")).read_text()
        return
    (folder.parent / "classes.lnn").write_bytes(RECURRENT)
    run(folder, layout, "quiet", 1)
    made_by = (folder / "target" / "debug" / "examples" / "quiet_main" if layout == "rust"
               else folder.parent / "program")
    done = subprocess.run([made_by, "classes.lnn"], cwd=folder.parent, capture_output=True,
                          text=True, check=False)
    assert done.returncode == 1 and done.stdout.startswith(
        "classes.lnn: the outputs are no gains of bands (the file has no section GAIN)")


# ---- what is built for other machines, and by CMake ----


@pytest.mark.parametrize("layout", ["arduino", "platformio"])
@pytest.mark.parametrize("name", ["quiet", "odd"])
def test_the_sketches_are_for_a_cortex_m4(name, layout, tmp_path):
    export_layout(BLOBS, layout, tmp_path / "made")
    cpp = shutil.which("arm-none-eabi-g++") or pytest.skip("no arm-none-eabi-g++ here")
    subprocess.run([cpp, *compiler("arm-none-eabi-gcc", "cortex-m4")[1:], *CPP, "-DHOPS=1",
                    "-DARDUINO=1", "-fsyntax-only", f"-I{tmp_path / 'made' / 'src'}", f"-I{STUBS}",
                    "-include", "Arduino.h", "-x", "c++",
                    tmp_path / "made" / EXAMPLES[layout][0].format(name)], check=True)


@pytest.mark.parametrize("layout", ["cmake", "cpp"])
def test_cmake_builds_tests_and_installs(layout, tmp_path):
    export_layout(BLOBS, layout, tmp_path / "made")
    folder, build = tmp_path / "made", tmp_path / "build"
    built(folder, build, f"-DCMAKE_INSTALL_PREFIX={tmp_path / 'installed'}")
    assert "100% tests passed, 0 tests failed out of 3" in call("ctest", "--test-dir", build)
    call(cmake(), "--install", build)
    user = tmp_path / "user"
    user.mkdir()
    (user / "main.cpp").write_text(
        '#include "quiet.h"\n#include "odd.h"\n#include <liquid_audio/denoiser.hpp>\n'
        "#include <liquid_audio/anomaly.hpp>\n"
        "static liquid_audio::StaticDenoiser<QUIET_ARENA_BYTES> quiet;\n"
        "static liquid_audio::StaticAnomaly<ODD_ARENA_BYTES> odd;\n"
        "int main() { return !quiet.load(quiet_data, QUIET_BYTES)\n"
        "  || quiet.needed_bytes() != QUIET_ARENA_BYTES || !odd.load(odd_data, ODD_BYTES)\n"
        "  || odd.needed_bytes() != ODD_ARENA_BYTES; }\n")
    (user / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.15)\nproject(user C CXX)\n"
        "find_package(lnn_liquid_models REQUIRED)\nadd_executable(user main.cpp)\n"
        "target_compile_features(user PRIVATE cxx_std_17)\n"
        "target_link_libraries(user PRIVATE lnn::liquid_models)\n")
    built(user, tmp_path / "used", f"-DCMAKE_PREFIX_PATH={tmp_path / 'installed'}")
    call(tmp_path / "used" / "user")


def test_rust_borrows_with_the_arena_that_the_module_names(tmp_path):
    export_layout(BLOBS, "rust", tmp_path / "made")
    (tmp_path / "made" / "examples" / "lent.rs").write_text(
        "use liquid_audio_nets::{AnomalyNet, DenoiserNet, Net};\n"
        "use lnn_liquid_models::{bearing, odd, quiet};\n"
        "fn main() {\n"
        + "".join(f"    let mut arena = [0; {name}::ARENA_WORDS];\n"
                  f"    {net}::new({name}::file(), &mut arena).unwrap();\n"
                  f"    assert!({net}::new({name}::file(), &mut arena[1..]).is_err() || "
                  f"{name}::HOP == bearing::HOP);\n"
                  for name, net in (("quiet", "DenoiserNet"), ("odd", "AnomalyNet"),
                                    ("bearing", "Net"))) + "}\n")
    cargo(tmp_path / "made", "run", "--quiet", "--example", "lent")
    for name, net in (("quiet", "DenoiserNet"), ("odd", "AnomalyNet"), ("bearing", "Net")):
        assert f"`{net}::new({name}::file(), " in (
            tmp_path / "made" / "src" / f"{name}.rs").read_text()


# ---- what each README says ----


@pytest.mark.parametrize("name, core", [("zig", "cortex-m33"), ("arm-none-eabi-gcc", "cortex-m4")])
def test_structures_take_so_many_bytes_where_pointers_have_four(name, core, tmp_path):
    source = tmp_path / "size.c"
    for structure, taken in STRUCTURES.values():
        for size in (taken, taken + 4):
            source.write_text('#include "liquid_audio_lnn.h"\n'
                              f"typedef char same[sizeof({structure}) == {size} ? 1 : -1];\n")
            done = subprocess.run([*compiler(name, core), *STRICT, f"-I{runtime.FOLDER}", "-c",
                                   source, "-o", tmp_path / "size.o"], capture_output=True,
                                  check=False)
            assert (done.returncode == 0) == (size == taken)


def test_readmes_name_the_calls_of_every_language_and_what_is_taken(made):
    layout, folder = made
    text = (folder / "README.md").read_text()
    rooms = rooms_together(BLOBS, LAYOUTS[layout].whole)
    total = sum(rooms.values()) + sum(structure_of(each)[1] for each in BLOBS.values())
    assert f"**RAM:** {total:,} B" in text and "160 B of `lnn_denoise_t`" in text
    assert "144 B of `lnn_anomaly_t`" in text and "112 B of `lnn_model_t`" in text
    for words in ("`lnn_denoise_push`", "`lnn_anomaly_push`", "`liquid_audio::StaticDenoiser`",
                  "`liquid_audio::StaticAnomaly`", "`AnomalyDetector`", "`DenoiserNet`"):
        assert words in text, words
    assert "@{" not in text and len(text.splitlines()) < 90
    written = json.loads((folder / ".lnnlab.json").read_text())["files"]
    assert not [each for each in written if ".denoise." in each or ".anomaly." in each]


def test_a_readme_says_how_long_a_detector_calibrates(tmp_path):
    for frames, said in ((17, "on its first 17 frames it calibrates"), (0, "")):
        blob = lnn_file.to_bytes(calibrating(4, frames, 3))
        export_layout({"own": blob}, "zephyr", tmp_path / str(frames))
        text = (tmp_path / str(frames) / "README.md").read_text()
        assert ("calibrates" in text) == bool(said) and said in text


@pytest.mark.parametrize("layout, words", [
    ("cpp", {"quiet": "denoiser.process(audio_buffer);", "odd": "if (heard.is_anomaly) warn"}),
    ("rust", {"quiet": "DenoiserNet::new(quiet::file()", "odd": "AnomalyNet::new(odd::file()"})])
def test_a_folder_of_one_shows_its_own_calls(layout, words, tmp_path):
    for name, wanted in words.items():
        export_layout({name: BLOBS[name]}, layout, tmp_path / name)
        text = (tmp_path / name / "README.md").read_text()
        assert wanted in text and "keyword" not in text and "detect_activity" not in text
