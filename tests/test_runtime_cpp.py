"""The C++ header: the listing as printed, the twin's decisions, what is refused, what it takes."""

import shutil
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import random_models
import random_policies
from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile
from test_compilers import OWN, ZIG, built, compiler

from lnnlab import lnn_file, paths, runtime
from lnnlab.data import load
from lnnlab.integer import EnergyGate, StreamConfig, run_policy
from lnnlab.runtime.layouts import export_layout
from lnnlab.target.cores import CORES
from lnnlab.target.emulator import Machine
from lnnlab.target.profile import profile
from lnnlab.target.toolchain import build

HERE = Path(__file__).with_name("cpp")
AS_PRINTED = ["-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
STRICT = [*AS_PRINTED, "-Wconversion", "-Wshadow", "-Wold-style-cast", "-Wundef"]
BARE = ["-fno-exceptions", "-fno-rtti"]
SANITIZED = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g"]
INCLUDE = [f"-I{runtime.CPP_FOLDER}", f"-I{runtime.FOLDER}"]
COMPILERS = {"g++": "gcc", "clang++": "clang"}  # C++ → C
KEYWORDS = paths.ROOT / "reports" / "full" / "c" / "speech_commands_policy.lnn"
BUFFERS = (1, 97, 256, 320)
LEAN_CPP = [*BARE, "-fno-unwind-tables", "-fno-asynchronous-unwind-tables"]
MOST_CYCLES = 300  # a hop
MOST_FLASH_BYTES = {"PLAIN": 1000, "ADAPTIVE": 2900}  # of the C++ alone, at -Os


def called(name):
    return shutil.which(name) or pytest.skip(f"no {name} here")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Objects of the runtime by compiler, a model, what it hears."""
    place = tmp_path_factory.mktemp("cpp")
    (place / "keyword_model.lnn").write_bytes(KEYWORDS.read_bytes())
    model = lnn_file.read(KEYWORDS)
    plain = replace(model, policy=None, meta={**model.meta, "stream": settings(1, 3, 0.25)})
    (place / "plain.lnn").write_bytes(lnn_file.to_bytes(plain))
    heard().tofile(place / "audio")
    return place


def settings(shift, refractory, threshold):
    return {"smoothing_shift": shift, "refractory": refractory,
            "threshold_q15": round(32768 * threshold)}


@cache
def heard():
    """28 words with pauses, int16 (time,)."""
    words = load("spoken_words", voices=2).x[..., 0]
    words = words[np.random.default_rng(0).permutation(len(words))]
    return np.clip(np.round(32768 * words.ravel()), -32768, 32767).astype("<i2")


def program(folder, name, *flags, cpp="g++"):
    """Compile and link against the whole runtime; what was made before is taken again."""
    c, flags = COMPILERS[cpp], [*flags]
    sanitizing = [each for each in flags if each in SANITIZED]
    objects, made = folder / f"{c}{len(sanitizing)}", folder / f"{name} {cpp} {len(flags)}"
    if not objects.exists():
        objects.mkdir()
        subprocess.run([called(c), "-std=c99", "-O1", *sanitizing, "-c", *runtime.sources()],
                       cwd=objects, check=True)
    if not made.exists():
        sources = [HERE / f"{name}.cpp", *[HERE / "read_audio.cpp"] * (name == "listing")]
        warnings = AS_PRINTED if name == "listing" else STRICT
        subprocess.run([called(cpp), *warnings, "-O1", *flags, *INCLUDE, *sources,
                        *sorted(objects.glob("*.o")), "-o", made], check=True)
    return made


def said(folder, made, *arguments):
    done = subprocess.run([made, *arguments], cwd=folder, capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0 and not done.stderr, done.stderr[:2000]
    return done.stdout


def listing_gate(model):
    """The energy gate that the listing's settings are: 1 ms is a hop, 50 ms are two."""
    own = model.policy
    between = tuple(min(max(step, 1), 2) for step in own.between)
    return EnergyGate(1, 2, 102, 102, 0, between=between, enough=own.enough,
                      look_back=own.look_back, rise=own.rise, fall=own.fall)


# ---- the listing ----


@pytest.mark.parametrize("cpp", COMPILERS)
def test_the_listing_as_printed_reports_what_the_twin_does(cpp, folder):
    model = lnn_file.read(KEYWORDS)
    twin = run_policy(model, heard()[: 256 * (len(heard()) // 256), None], listing_gate(model))
    wanted = [f"Keyword: {model.classes[label]} (conf: {confidence / 32768:.2f})"
              for label, confidence in zip(twin.label[twin.detected],
                                           twin.confidence_q15[twin.detected], strict=True)]
    assert len(wanted) > 5
    assert said(folder, program(folder, "listing", cpp=cpp)).splitlines() == wanted


def test_zig_takes_the_listing_as_printed(folder):
    command = [*ZIG[:-1], "c++", *AS_PRINTED, *INCLUDE]
    needs = built(command, HERE / "listing.cpp", folder / "zig.o")
    assert "lnn_init" in needs


@pytest.mark.parametrize("cpp", COMPILERS)
@pytest.mark.parametrize("standard", ["c++17", "c++20", "c++2b"])
@pytest.mark.parametrize("flags", [[], BARE, ["-DLNN_NO_FLOAT"], ["-DLIQUID_AUDIO_HOSTED=0"],
                                   ["-DLNN_NO_STATIC", "-fno-exceptions"]], ids=" ".join)
def test_no_warning_in_any_build(cpp, standard, flags, tmp_path):
    source = tmp_path / "use.cpp"
    source.write_text(
        "#include <liquid_audio/lnn.hpp>\n#include <liquid_audio/lnn.hpp>\n"
        "static liquid_audio::Static<96> model;\nint run(const int16_t *samples);\n"
        "int run(const int16_t *samples) { return model.process(samples, 3).label; }\n")
    built([called(cpp), *STRICT, f"-std={standard}", "-O1", *INCLUDE], source,
          tmp_path / "use.o", *flags)


def test_a_folder_for_cpp_holds_what_the_listing_needs(folder, tmp_path):
    """For any model: here the network of the file is not the one that the folder was made for."""
    export_layout({"bearing": lnn_file.to_bytes(random_models.model(5, "gru"))}, "cpp",
                  tmp_path / "made")
    for name in ("listing.cpp", "listing.inc", "read_audio.cpp"):
        shutil.copy(HERE / name, tmp_path)
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.15)\nproject(app C CXX)\nadd_subdirectory(made)\n"
        "add_executable(app listing.cpp read_audio.cpp)\n"
        "target_compile_features(app PRIVATE cxx_std_20)\n"
        "target_link_libraries(app PRIVATE lnn::bearing)\n")
    for command in (["-S", tmp_path, "-B", tmp_path / "build"], ["--build", tmp_path / "build"]):
        subprocess.run([called("cmake"), *command], check=True, capture_output=True)
    wanted = said(folder, program(folder, "listing"))
    assert wanted and said(folder, tmp_path / "build" / "app") == wanted


def test_a_build_for_one_model_has_the_header_too(folder, tmp_path):
    """Also where policies are left out, unless one is asked for."""
    export_layout({"words": (folder / "plain.lnn").read_bytes()}, "cmake", tmp_path)
    source = tmp_path / "src" / "use.cpp"
    source.write_text(
        '#include "words.h"\n#include <liquid_audio/lnn.hpp>\nint main() {\n'
        "  static liquid_audio::Static<WORDS_ARENA_BYTES> model(words_data, WORDS_BYTES);\n"
        "  if (!model || model.needed_bytes() != WORDS_ARENA_BYTES) return 1;\n"
        '  return std::printf("%d %s\\n", model.set_streaming({}), model.error()) < 0;\n}\n')
    for c in tmp_path.glob("src/*.c"):
        subprocess.run([called("gcc"), "-O1", "-c", c, "-o", c.with_suffix(".o")], check=True)
    subprocess.run([called("g++"), *STRICT, source, f"-I{tmp_path / 'src'}",
                    *tmp_path.glob("src/*.o"), "-o", tmp_path / "use"], check=True)
    assert said(folder, tmp_path / "use") == "1 ready\n"


# ---- decisions ----


def each_and_calls(text):
    rows = [line.split(maxsplit=8) for line in text.splitlines()]
    return ([row[1:] for row in rows if row[0] == "each"],
            [row[1:] for row in rows if row[0] == "call"])


@pytest.mark.parametrize("flags", [["-O2"], SANITIZED], ids=["plain", "sanitized"])
@pytest.mark.parametrize("kind", ["int16", "float"])
@pytest.mark.parametrize("length", BUFFERS)
def test_buffers_of_any_length_give_the_twins_decisions(length, kind, flags, folder):
    stream = program(folder, "stream", *flags)
    model = lnn_file.read(KEYWORDS)
    for file, how, policy, config in (
            ("keyword_model.lnn", "file", model.policy, None),
            ("keyword_model.lnn", "listing", listing_gate(model), None),
            ("plain.lnn", "config", None, StreamConfig(1, 3, 0.25))):
        given = model if policy else replace(model, policy=None)
        twin = run_policy(given, heard()[:, None], policy, config)
        text = said(folder, stream, file, "audio", str(length), kind, how)
        check(text, twin, given, length)


def check(text, twin, model, length):
    """What the calls said; every second one told its decisions by the callback too."""
    each, told = each_and_calls(text)
    ends = model.features.spec.frame + model.features.spec.hop * twin.hop
    in_call = (ends + length - 1) // length  # number of the call that a decision ends in
    assert [int(row[0]) for row in told] == [
        min(length * call, len(heard())) for call in sorted({*in_call.tolist()})]
    assert max(np.bincount(in_call)) == 1 and len(told) == len(twin.hop)  # none is above a hop
    for column, wanted in enumerate(
            (twin.label, twin.confidence_q15, twin.detected, twin.timestep), 1):
        np.testing.assert_array_equal([int(row[column]) for row in told], wanted)
    assert [row[7] for row in told] == [model.classes[label] for label in twin.label]
    assert [float(row[6]) for row in told] == pytest.approx(twin.confidence_q15 / 32768)
    odd = [row for row, call in zip(told, in_call, strict=True) if call % 2]
    assert each == odd and twin.detected.sum() > 5


@pytest.mark.parametrize("seed", range(6))
def test_any_network_with_channels_side_by_side(seed, tmp_path, folder):
    random = np.random.default_rng(seed)
    model = replace(random_policies.model(seed), policy=random_policies.policy(random))
    model.meta["stream"] = settings(2, 5, 0.3)
    samples = random_policies.stream(random, model, 120)
    twin = run_policy(model, samples)
    (tmp_path / "it.lnn").write_bytes(lnn_file.to_bytes(model))
    samples.tofile(tmp_path / "it")
    for kind, length in (("int16", model.features.channels), ("float", model.features.channels),
                         ("int16", samples.size), ("float", samples.size)):
        each, calls = each_and_calls(said(tmp_path, program(folder, "stream", "-O2"), "it.lnn",
                                          "it", str(length), kind, "file"))
        rows = each if length == samples.size else calls
        for column, wanted in enumerate(
                (twin.label, twin.confidence_q15, twin.detected, twin.timestep), 1):
            np.testing.assert_array_equal([int(row[column]) for row in rows], wanted)


def test_long_buffers_hide_no_report(folder):
    model = lnn_file.read(KEYWORDS)
    twin = run_policy(model, heard()[:, None])
    text = said(folder, program(folder, "stream", "-O2"), "keyword_model.lnn", "audio", "1000000",
                "float", "file")
    each, [call] = each_and_calls(text)
    np.testing.assert_array_equal([int(row[1]) for row in each], twin.label)
    np.testing.assert_array_equal([int(row[3]) for row in each], twin.detected)
    last = np.flatnonzero(twin.detected)[-1]
    assert [int(each) for each in call[1:5]] == [
        twin.label[last], twin.confidence_q15[last], 1, twin.timestep[last]]
    assert int(call[5]) == len(twin.hop)


def test_floats_become_the_twins_samples(folder):
    """Any full scale, halves, what saturates: as quantise_samples rounds, but for float32."""
    source = folder / "samples.cpp"
    source.write_text(
        "#include <liquid_audio/lnn.hpp>\n#include <cmath>\nint main() {\n"
        "  for (float v = -40000.0f; v < 40000.0f; v += 0.5f) {\n"
        "    const float even = std::nearbyintf(v);\n"
        "    const float kept = even < -32768 ? -32768 : even > 32767 ? 32767 : even;\n"
        "    if (liquid_audio::detail::sample_of(v) != static_cast<int16_t>(kept)) return 1;\n  }\n"
        "  return liquid_audio::detail::sample_of(std::nanf(\"\"))\n"
        "    || liquid_audio::detail::sample_of(INFINITY) != 32767\n"
        "    || liquid_audio::detail::sample_of(-INFINITY) != -32768;\n}\n")
    for flags in (["-O2"], ["-O0"], SANITIZED):
        subprocess.run([called("g++"), *STRICT, *flags, *INCLUDE, source, "-o", folder / "samples"],
                       check=True)
        subprocess.run([folder / "samples"], check=True)
    assert lnn_file.read(KEYWORDS).features.spec.full_scale == 1.0


# ---- what is refused ----


@pytest.fixture(scope="module")
def refusals(folder):
    """Files that a call refuses, for refusals.cpp."""
    (folder / "windows.lnn").write_bytes(lnn_file.to_bytes(random_models.model(1, "gru")))
    stereo = next(each for each in map(random_models.model, range(99), ["lstm"] * 99)
                  if each.features.channels == 2)
    (folder / "stereo.lnn").write_bytes(lnn_file.to_bytes(stereo))
    content = bytearray(KEYWORDS.read_bytes())
    content[5000] ^= 1
    (folder / "damaged.lnn").write_bytes(content)
    return ["keyword_model.lnn", "windows.lnn", "stereo.lnn", "damaged.lnn", "."]


@pytest.mark.parametrize("flags", [[], BARE, SANITIZED, [*BARE, *SANITIZED]],
                         ids=["exceptions", "status", "sanitized", "sanitized status"])
@pytest.mark.parametrize("cpp", COMPILERS)
def test_what_is_refused_is_said_in_one_line(cpp, flags, folder, refusals):
    text = said(folder, program(folder, "refusals", "-Wno-pedantic", *flags, cpp=cpp), *refusals)
    lines = [line.split("|") for line in text.splitlines()]
    assert all(len(line) == 2 for line in lines)
    found, adapt = dict(lines), [why for what, why in lines if what == "adapt"]
    throws = "-fno-exceptions" not in flags
    name = (lambda path: f"{path}: ") if throws else (lambda path: "")
    assert found["missing"] == name("missing.lnn") + (
        "cannot be read: there is no such file, or no permission")
    assert found["no path"].startswith(name("no path") + "cannot be read")
    assert found["folder"].startswith(name(".") + ("cannot be read", "there is not")[
        "not as much" in found["folder"]])
    assert found["damaged"] == name("damaged.lnn") + "the checksum differs: bytes changed" + (
        " (at byte 12)" * throws)
    for what, figures in (("rate", "44100 moments a second of any number of channels"),
                          ("stereo", "16000 moments a second of 2 channels")):
        assert "not those that the model was made for" in found[what]
        assert found[what].endswith(
            f": {figures} instead of 16000 moments a second of 1 channels" * throws)
        assert "at byte" not in found[what]
    assert found["nothing in memory"].endswith("the header's size and the given size differ" + (
        " (at byte 8)" * throws))
    assert found["windows stream"].startswith("the model cannot stream: it decides on whole")
    assert found["windows adapt"].startswith("the model cannot have a timestep policy")
    assert found["half a moment"].startswith("the samples are no whole moments")
    assert len(adapt) == 8 and {each[:23] for each in adapt} == {"choose 0 < min_timestep"}
    assert found["stream"] == found["threshold"] == (
        "choose smoothing_shift 0 to 8, refractory 0 to 65535, 0 < threshold <= 1")
    assert found["moved stream"].startswith("no model: none was loaded")
    assert found["then well"] == found["threshold"]
    assert found["adapted"] == found["moved"] == found["odd address"] == "ready"
    check_static([why for what, why in lines if what.startswith("Static")])


def check_static(lines):
    small, fits, cut = lines
    need = small.split("needs ")[1].split(",")[0]
    assert small == ("the arena is too small; lnn_arena_bytes says how much is needed, needs "
                     f"{need}, status 12") and 1000 < int(need) < 65536
    assert fits == f"ready, needs {need}, status 0"
    assert cut == "the header's size and the given size differ, needs 0, status 4"


# ---- on a microcontroller ----


def cross(name, core):
    """The C++ compiler of a core."""
    if name == "zig":
        return [*ZIG[:-1], "c++", *compiler(name, core)[len(ZIG):]]
    if name == "clang++":
        return [called(name), *compiler("clang", core)[1:], "-ffreestanding"]
    return [called(name), *CORES[core].gcc_flags]


def section_bytes(path):
    """Kind of section → bytes that it takes."""
    sizes = dict.fromkeys(("flash", "data", "bss"), 0)
    with path.open("rb") as stream:
        for each in ELFFile(stream).iter_sections():
            if each["sh_flags"] & SH_FLAGS.SHF_ALLOC and not each.name.startswith(".ARM.ex"):
                writes = each["sh_flags"] & SH_FLAGS.SHF_WRITE
                zero = each["sh_type"] == "SHT_NOBITS"
                sizes["bss" if zero else "data" if writes else "flash"] += each["sh_size"]
    return sizes


@pytest.mark.parametrize("name, core", [
    ("arm-none-eabi-g++", "cortex-m4"), ("clang++", "cortex-m4"), ("zig", "cortex-m4"),
    ("zig", "cortex-m0"), ("zig", "rv32imc")])
def test_static_asks_for_no_heap_no_exceptions_and_no_rtti(name, core, tmp_path):
    """Nothing is called but the C runtime; its memory takes no flash."""
    for define, most in MOST_FLASH_BYTES.items():
        needs = built([*cross(name, core), *STRICT, "-Os", *LEAN_CPP, *INCLUDE],
                      HERE / "embedded.cpp", tmp_path / "it.o", f"-D{define}")
        own = [each for each in needs if not OWN.fullmatch(each)]
        assert all(each.startswith(("lnn_", "model_")) for each in own), own
        sizes = section_bytes(tmp_path / "it.o")
        assert sizes["data"] == 0 and sizes["bss"] >= 20480
        print(name, core, define, sizes["flash"], "B of flash")
        assert sizes["flash"] <= most


@pytest.mark.parametrize("file", ["keyword_model.lnn", "plain.lnn"])
def test_a_hop_through_the_header_takes_few_cycles_more(file, folder):
    wrapper = folder / "overhead.o"
    subprocess.run([*cross("zig", "cortex-m4"), *STRICT, "-O2", *LEAN_CPP, *INCLUDE, "-c",
                    HERE / "overhead.cpp", "-o", wrapper], check=True)
    machine = Machine(build([*runtime.sources(), wrapper], "cortex-m4",
                            keep=["plain", "wrapped", "wrapped_float", "open_plain",
                                  "open_wrapped"]))
    blob, hop, hops = (folder / file).read_bytes(), 320, 100
    samples = heard()[16000 : 16000 + hop * hops]
    assert hop == lnn_file.from_bytes(blob).features.spec.hop
    model = machine.put(blob)
    given = {"plain": machine.put(samples.tobytes())}
    given["wrapped"] = given["plain"]
    given["wrapped_float"] = machine.put((samples / np.float32(32768)).astype("<f4").tobytes())
    runs = {}
    for way, place in given.items():
        assert machine.call(f"open_{way.partition('_')[0]}", model, len(blob)) == 0
        runs[way] = profile(machine, way, place, hop, hops)
    assert len({each.result for each in runs.values()}) == 1 and runs["plain"].result
    more = {way: (each.cycles[1] - runs["plain"].cycles[1]) / hops for way, each in runs.items()}
    print({way: round(each) for way, each in more.items()}, "cycles a hop more than the C")
    assert more["wrapped"] <= MOST_CYCLES
    assert more["wrapped_float"] <= MOST_CYCLES + 30 * hop  # a float becomes a sample, each
