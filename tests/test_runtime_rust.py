"""The Rust crate: the listing as printed, the twin's decisions, what is refused, what it takes."""

import os
import re
import shutil
import struct
import subprocess
import sys
import wave
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import random_models
import random_policies
from test_compilers import compiler
from test_runtime_cpp import KEYWORDS, MOST_CYCLES, heard, settings

from lnnlab import lnn_file, paths, runtime
from lnnlab.integer import EnergyGate, FluxGate, StreamConfig, run_policy
from lnnlab.lnn_file.costs import BoardCosts
from lnnlab.target.emulator import Machine
from lnnlab.target.profile import profile
from lnnlab.target.toolchain import build

HERE = Path(__file__).with_name("rust")
VOICE = paths.ROOT / "reports" / "full" / "networks" / "voice_activity.lnn"
BUFFERS = (1, 97, 256, 320)
PROGRAMS = ("listing", "stream", "refusals")
SANITIZE = "-fsanitize=address,undefined"
MANIFEST = """[package]
name = "doors"
version = "0.1.0"
edition = "2021"

[dependencies]
liquid_audio_nets = {{ path = "{crate}" }}

[profile.dev]
opt-level = 1
debug = 0
"""


def cargo(folder, *arguments, check=True, **environment):
    """Run cargo, without a network and with all that it writes in a folder."""
    command = shutil.which("cargo") or pytest.skip("no cargo here")
    target = folder / "target"
    done = subprocess.run(
        [command, arguments[0], "--offline", *arguments[1:]] if arguments[0] != "fmt"
        else [command, *arguments], cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "CARGO_TARGET_DIR": str(target), **environment})
    assert not check or done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done


@cache
def host():
    done = subprocess.run(["rustc", "-vV"], capture_output=True, text=True, check=True)
    return next(line.split()[1] for line in done.stdout.splitlines() if line.startswith("host"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The programs of tests/rust, compiled; models, and what they hear."""
    place = tmp_path_factory.mktemp("rust")
    (place / "src" / "bin").mkdir(parents=True)
    for name in (*(f"{each}.rs" for each in PROGRAMS), "listing.inc"):
        shutil.copy(HERE / name, place / "src" / "bin")
    (place / "Cargo.toml").write_text(MANIFEST.format(crate=runtime.RUST_FOLDER))
    cargo(place, "build")
    (place / "voice_activity.lnn").write_bytes(KEYWORDS.read_bytes())
    model = lnn_file.read(KEYWORDS)
    plain = replace(model, policy=None, meta={**model.meta, "stream": settings(1, 3, 0.25)})
    (place / "plain.lnn").write_bytes(lnn_file.to_bytes(plain))
    heard().tofile(place / "audio")
    return place


@pytest.fixture(scope="module")
def crate(tmp_path_factory):
    """A copy of the crate, so that cargo leaves its own folder alone."""
    place = tmp_path_factory.mktemp("crate") / "it"
    shutil.copytree(runtime.RUST_FOLDER, place)
    return place


def program(folder, name, sanitized=False):
    if not sanitized:
        return folder / "target" / "debug" / name
    made = folder / "target" / host() / "debug" / name
    if not made.exists():  # --target: the build script is not linked with the sanitizers
        cargo(folder, "build", "--target", host(), LNN_CC="gcc",
              RUSTFLAGS=f"-Clink-arg={SANITIZE} -Cdefault-linker-libraries=yes",
              LNN_CFLAGS=f"{SANITIZE} -fno-sanitize-recover=all -g -O1")
    return made


def said(folder, made, *arguments, **environment):
    done = subprocess.run([made, *arguments], cwd=folder, capture_output=True, text=True,
                          check=False, env={**os.environ, **environment})
    assert done.returncode == 0 and not done.stderr, done.stderr[:2000]
    return done.stdout


# ---- the crate ----


def test_its_own_tests_pass(crate):
    text = cargo(crate, "test", LNN_C=str(runtime.FOLDER)).stdout
    assert text.count("test result: ok") == 2 and " 0 passed" not in text


@pytest.mark.parametrize("features", [["--all-targets"], ["--no-default-features"]], ids=" ".join)
def test_clippy_has_nothing_to_say(features, crate):
    if cargo(crate, "clippy", "--version", check=False).returncode:
        pytest.skip("no cargo clippy here")
    cargo(crate, "clippy", *features, "--", "-D", "warnings", LNN_C=str(runtime.FOLDER))


def test_it_is_formatted(crate, folder):
    if cargo(crate, "fmt", "--version", check=False).returncode:
        pytest.skip("no cargo fmt here")
    cargo(crate, "fmt", "--check")
    cargo(folder, "fmt", "--check")


def test_every_unsafe_says_why_it_is_sound():
    for path in sorted((runtime.RUST_FOLDER / "src").glob("*.rs")):
        lines = path.read_text().splitlines()
        for number, line in enumerate(lines):
            code = line.partition("//")[0]
            if "unsafe {" in code or "unsafe impl" in code:
                before = "\n".join(lines[max(0, number - 6) : number + 1])
                assert "SAFETY:" in before, f"{path.name}:{number + 1}"


def test_it_builds_the_files_that_the_runtime_is_made_of():
    text = (runtime.RUST_FOLDER / "build.rs").read_text()
    parts = re.findall(r'"(\w+)",', text.split("const PARTS")[1].split("];")[0])
    assert [f"lnn_{part}.c" for part in parts] == [*runtime.PARTS]


def test_an_archive_of_the_c_is_linked_instead(folder, crate, tmp_path):
    """And is checked as what is built is."""
    cargo(crate, "build", LNN_C=str(runtime.FOLDER))
    made = next((crate / "target" / "debug" / "build").glob("*/out/liblnn.a"))
    shutil.copy(made, tmp_path / "libmine.a")
    environment = {"LNN_ARCHIVE": str(tmp_path / "libmine.a"), "LNN_C": str(runtime.FOLDER)}
    cargo(crate, "test", "--lib", **environment)
    for name, why in (("libnone.a", "no such archive"), ("other.o", "call an archive libNAME.a")):
        if name == "other.o":
            (tmp_path / name).write_text("")
        done = cargo(crate, "build", check=False,
                     **{**environment, "LNN_ARCHIVE": str(tmp_path / name)})
        assert done.returncode and f"liquid_audio_nets: {tmp_path / name}: {why}" in done.stderr


@pytest.mark.parametrize("old, new, why", [
    ("uint16_t timestep;", "uint32_t timestep;", "has another layout"),
    ("LNN_VERSION 2", "LNN_VERSION 3", "has another layout"),
    ("    LNN_BAD_ARGUMENT,", "    LNN_NEW, LNN_BAD_ARGUMENT,", ""),
    ("    LNN_SMALL_ARENA,", "    LNN_NEW, LNN_SMALL_ARENA,", "has another layout"),
    ("char board[24];", "char board[20];", "has another layout"),
    ("uint16_t min_timestep_ms;    /*", "uint32_t min_timestep_ms; /*", "has another layout")])
def test_a_header_that_rust_was_not_written_for_is_refused(old, new, why, crate, tmp_path):
    shutil.copytree(runtime.FOLDER, tmp_path / "c")
    header = tmp_path / "c" / "liquid_audio_lnn.h"
    assert header.read_text().count(old) == 1
    header.write_text(header.read_text().replace(old, new))
    done = cargo(crate, "build", check=False, LNN_C=str(tmp_path / "c"))
    assert bool(done.returncode) == bool(why) and why in done.stderr


@pytest.mark.parametrize("command, why", [
    ("no-such-compiler", "no-such-compiler: named as the C compiler, and does not run"),
    ("false", "false: named as the C compiler, and does not run")])
def test_a_compiler_that_is_none_is_named(command, why, crate):
    done = cargo(crate, "build", check=False, LNN_CC=command, LNN_C=str(runtime.FOLDER))
    assert done.returncode and f"liquid_audio_nets: {why}" in done.stderr


@pytest.mark.parametrize("command", ["clang", f"{sys.executable} -m ziglang cc"],
                         ids=["clang", "zig"])
def test_other_compilers_do(command, crate):
    if not shutil.which(command.split()[0]):
        pytest.skip(f"no {command} here")
    cargo(crate, "test", "--lib", LNN_CC=command, LNN_C=str(runtime.FOLDER))


def test_the_core_is_built_without_std(crate):
    cargo(crate, "rustc", "--no-default-features", "--", "-D", "warnings",
          LNN_C=str(runtime.FOLDER))


# ---- the listing ----


def gate_of(model, how):
    """The gate that set_adaptive_config makes of 1 ms, 100 ms and a metric: 1 to 5 hops."""
    own, features = model.policy, model.features.size
    if how == "flux":
        return FluxGate(1, 5, 4 * features, 2 * features, 10)
    if not own:
        return EnergyGate(1, 5, 1478, 1478, 10, rise=32, fall=2)
    between = tuple(min(max(step, 1), 5) for step in own.between)
    return EnergyGate(1, 5, 1478, 1478, 10, between=between, enough=own.enough,
                      look_back=own.look_back, rise=own.rise, fall=own.fall)


def hears(model, twin, ends, threshold_q15):
    """After so many samples each: is a keyword at the threshold in the newest decision?"""
    at = np.searchsorted(sample_ends(model, twin), ends, side="right") - 1
    keyword = twin.label < len(model.classes) - model.layers[-1].background
    return np.where(at < 0, False, (keyword & (twin.confidence_q15 >= threshold_q15))[at])


def sample_ends(model, twin):
    spec = model.features.spec
    return spec.frame + spec.hop * twin.hop


def microphone(folder):
    """A folder to load ALSA from, whose microphone hears the audio."""
    place = folder / "alsa"
    place.mkdir(exist_ok=True)
    shutil.copy(folder / "audio", folder / "microphone")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror",
                    HERE / "libasound.c", "-o", place / "libasound.so.2"], check=True)
    return {"LD_LIBRARY_PATH": str(place)}


def test_the_listing_as_printed_wakes_when_the_twin_hears(folder):
    model = lnn_file.read(KEYWORDS)
    twin = run_policy(model, heard()[:, None], gate_of(model, "flux"))
    threshold_q15 = StreamConfig.own(model).threshold_q15
    ends = np.arange(320, len(heard()) + 1, 320)
    wanted = []
    for speech in hears(model, twin, ends, threshold_q15):
        wanted += ["awake"] * bool(speech) + ["power"]
    assert 100 < wanted.count("awake") < len(ends)
    done = subprocess.run([program(folder, "listing")], cwd=folder, capture_output=True, text=True,
                          check=False, env={**os.environ, **microphone(folder)})
    assert done.returncode == 1 and done.stderr == (
        "Error: microphone default: No such device\n")  # it is unplugged at the end
    lines = done.stdout.splitlines()
    assert ["power" if line.startswith("Current power: ") else line for line in lines] == wanted
    assert {line for line in lines if line != "awake"} == {
        "Current power: unknown (the file has no costs on a board; liquid-profile --device BOARD "
        "--model FILE.lnn --write-costs FILE.lnn writes them) mW"}


def test_a_detector_of_speech_says_activity_where_the_twin_does(folder):
    """The network of the voice activity table, which computes every third frame, on words."""
    model = lnn_file.read(VOICE)
    shutil.copy(VOICE, folder / "voice.lnn")
    twin = run_policy(model, heard()[:, None], model.policy)
    found = rows_of(said(folder, program(folder, "stream"), "voice.lnn", "audio", "320", "owned",
                         "file"))
    for column, wanted in enumerate((twin.label, twin.confidence_q15, twin.detected,
                                     twin.timestep), 1):
        np.testing.assert_array_equal([int(row[column]) for row in found["each"]], wanted)
    assert set(twin.timestep[1:]) == {3} and model.classes == ("speech", "noise")
    ends = np.minimum(320 * np.arange(1, len(heard()) // 320 + 2), len(heard()))
    last = np.searchsorted(sample_ends(model, twin), ends, side="right") - 1
    speech = np.where(last < 0, False, (twin.label == 0)[last])  # the label is the decision
    turns = np.flatnonzero(np.diff(speech, prepend=False))
    assert len(turns) > 20 and [[int(each) for each in row] for row in found["speech"]] == [
        [ends[turn], speech[turn]] for turn in turns]


def test_the_listing_wakes_where_that_detector_hears_speech(folder):
    place = folder / "a detector"
    place.mkdir()
    shutil.copy(VOICE, place / "voice_activity.lnn")
    shutil.copy(folder / "audio", place)
    model = lnn_file.read(VOICE)
    many = model.features.size
    twin = run_policy(model, heard()[:, None], FluxGate(1, 6, 4 * many, 2 * many, 12))
    ends = np.arange(320, len(heard()) + 1, 320)
    wanted = []
    for each in hears(model, twin, ends, StreamConfig.own(model).threshold_q15):
        wanted += ["awake"] * bool(each) + ["power"]
    done = subprocess.run([program(folder, "listing")], cwd=place, capture_output=True, text=True,
                          check=False, env={**os.environ, **microphone(place)})
    lines = ["awake" if line == "awake" else "power" for line in done.stdout.splitlines()]
    assert lines == wanted and 100 < wanted.count("awake") < len(ends)


@pytest.fixture(scope="module")
def costly(folder):
    """The same network with costs, of round numbers: nJ in Q8."""
    said = BoardCosts("a board", 500_000, tuple(
        (256 * 1000 * row, 256 * 40_000 * row, 256 * 60_000 * row) for row in (1, 2, 3, 0, 0)))
    model = lnn_file.read(KEYWORDS)
    (folder / "costly.lnn").write_bytes(
        lnn_file.to_bytes(replace(model, meta=said.into(model.meta))))
    return said


@pytest.mark.parametrize("how, row", [("energy", 1), ("flux", 2), ("file", 1)])
def test_power_is_frames_counted_times_what_the_file_says(how, row, costly, folder):
    model = lnn_file.read(KEYWORDS)
    twin = run_policy(model, heard()[:, None], model.policy if how == "file" else
                      gate_of(model, how))
    hop_s, (hop, frame, long) = 0.02, (each / 256e6 for each in costly.by_policy[row])

    def power_mw(first):
        """From this hop on; frames that are looked back on belong to the decision behind them."""
        late = twin.hop >= first
        before = twin.hop[~late][-1] if first else -1  # the frame of the last decision before
        computed = len(twin.frame) - int(np.searchsorted(twin.frame, before, side="right"))
        stretched = int((late & (twin.timestep > 1)).sum())
        hops = len(twin.wanted) - first
        energy = hops * hop + (computed - stretched) * frame + stretched * long
        return 0.5 + energy / (hops * hop_s)

    last_mark = len(twin.wanted) // 50 * 50 - 50  # a second and more before the end
    for way, first in (("lent", 0), ("owned", last_mark)):
        found = rows_of(said(folder, program(folder, "stream"), "costly.lnn", "audio", "320", way,
                             how))
        assert float(found["power"][0][0]) == pytest.approx(power_mw(first), rel=1e-4)


def test_the_listing_prints_a_power_where_the_file_has_costs(costly, folder):
    place = folder / "with costs"
    place.mkdir()
    shutil.copy(folder / "costly.lnn", place / "voice_activity.lnn")
    shutil.copy(folder / "audio", place)
    done = subprocess.run([program(folder, "listing")], cwd=place, capture_output=True, text=True,
                          check=False, env={**os.environ, **microphone(place)})
    powers = [line.split()[2] for line in done.stdout.splitlines() if line != "awake"]
    assert len(powers) == len(heard()) // 320 and len(set(powers)) > 20
    assert all(re.fullmatch(r"\d+\.\d\d", each) and 0.5 <= float(each) < 20 for each in powers)


# ---- decisions ----


def rows_of(text):
    """Kind → rows of what stream.rs writes."""
    found = {"each": [], "call": [], "speech": [], "usage": [], "power": []}
    for line in text.splitlines():
        kind, *row = line.split(maxsplit=7)
        found[kind].append(row)
    return found


@pytest.mark.parametrize("sanitized", [False, True], ids=["plain", "sanitized"])
@pytest.mark.parametrize("way", ["owned", "lent"])
@pytest.mark.parametrize("length", BUFFERS)
def test_buffers_of_any_length_give_the_twins_decisions(length, way, sanitized, folder):
    stream, model = program(folder, "stream", sanitized), lnn_file.read(KEYWORDS)
    bare = replace(model, policy=None)
    for file, how, given, policy, config in (
            ("voice_activity.lnn", "file", model, model.policy, None),
            ("voice_activity.lnn", "energy", model, gate_of(model, "energy"), None),
            ("voice_activity.lnn", "flux", model, gate_of(model, "flux"), None),
            ("plain.lnn", "config", bare, None, StreamConfig(1, 3, 0.25)),
            ("plain.lnn", "energy", bare, gate_of(bare, "energy"), StreamConfig(1, 3, 0.25)),
            ("plain.lnn", "flux", bare, gate_of(bare, "flux"), StreamConfig(1, 3, 0.25))):
        twin = run_policy(given, heard()[:, None], policy, config)
        found = rows_of(said(folder, stream, file, "audio", str(length), way, how))
        check(found, twin, given, length)
        threshold_q15 = (config or StreamConfig.own(given)).threshold_q15
        ends = np.minimum(length * np.arange(1, len(heard()) // length + 2), len(heard()))
        speech = hears(given, twin, ends, threshold_q15)
        turns = np.flatnonzero(np.diff(speech, prepend=False))
        assert len(turns) > 5 and [[int(each) for each in row] for row in found["speech"]] == [
            [ends[turn], speech[turn]] for turn in turns]
        assert [[int(each) for each in row] for row in found["usage"]] == [
            [len(twin.wanted), len(twin.frame), int((twin.timestep > 1).sum())]]


def check(found, twin, model, length):
    """Every decision was told by the callback, and by the call that it ended in."""
    ends = sample_ends(model, twin)
    in_call = np.minimum(length * -(-ends // length), len(heard()))
    for rows in (found["each"], found["call"]):
        np.testing.assert_array_equal([int(row[0]) for row in rows], in_call)
        for column, wanted in enumerate(
                (twin.label, twin.confidence_q15, twin.detected, twin.timestep), 1):
            np.testing.assert_array_equal([int(row[column]) for row in rows], wanted)
        assert [row[6] for row in rows] == [model.classes[label] for label in twin.label]
        assert [float(row[5]) for row in rows] == pytest.approx(twin.confidence_q15 / 32768)
    assert twin.detected.sum() > 5


@pytest.mark.parametrize("way", ["owned", "lent"])
@pytest.mark.parametrize("length", BUFFERS)
def test_windows_are_the_twins(length, way, folder):
    model = lnn_file.read(KEYWORDS)
    window = model.features.window
    samples = heard()[: window * (len(heard()) // window)]
    twin = model.run(samples.reshape(-1, window, 1))
    found = rows_of(said(folder, program(folder, "stream"), "voice_activity.lnn", "audio",
                         str(length), way, "windows"))
    assert len(found["each"]) == len(twin.decision) > 20
    np.testing.assert_array_equal([int(row[1]) for row in found["each"]], twin.decision)
    np.testing.assert_array_equal([int(row[2]) for row in found["each"]], twin.confidence_q15)


@pytest.mark.parametrize("way", ["owned", "lent"])
@pytest.mark.parametrize("seed", range(6))
def test_any_network_with_channels_side_by_side(seed, way, tmp_path, folder):
    random = np.random.default_rng(seed)
    model = replace(random_policies.model(seed), policy=random_policies.policy(random))
    model.meta["stream"] = settings(2, 5, 0.3)
    samples, channels = random_policies.stream(random, model, 120), model.features.channels
    twin = run_policy(model, samples)
    (tmp_path / "it.lnn").write_bytes(lnn_file.to_bytes(model))
    samples.tofile(tmp_path / "it")
    for length in (channels, 7 * channels, samples.size):
        found = rows_of(said(tmp_path, program(folder, "stream"), "it.lnn", "it", str(length), way,
                             "file"))["each"]
        for column, wanted in enumerate(
                (twin.label, twin.confidence_q15, twin.detected, twin.timestep), 1):
            np.testing.assert_array_equal([int(row[column]) for row in found], wanted)


def test_windows_shorter_than_a_hop_are_all_told(tmp_path, folder):
    model = next(each for each in map(random_models.model, range(999), ["gru"] * 999)
                 if each.features.window < each.features.spec.hop)
    window, channels = model.features.window, model.features.channels
    samples = np.random.default_rng(0).integers(-9999, 9999, (20 * window, channels), np.int16)
    twin = model.run(samples.reshape(20, window, channels))
    (tmp_path / "it.lnn").write_bytes(lnn_file.to_bytes(model))
    samples.tofile(tmp_path / "it")
    found = rows_of(said(tmp_path, program(folder, "stream"), "it.lnn", "it", str(samples.size),
                         "owned", "file"))["each"]
    np.testing.assert_array_equal([int(row[1]) for row in found], twin.decision)
    np.testing.assert_array_equal([int(row[2]) for row in found], twin.confidence_q15)


def test_long_buffers_hide_no_report(folder):
    model = lnn_file.read(KEYWORDS)
    twin = run_policy(model, heard()[:, None])
    found = rows_of(said(folder, program(folder, "stream"), "voice_activity.lnn", "audio",
                         "1000000", "owned", "file"))
    np.testing.assert_array_equal([int(row[1]) for row in found["each"]], twin.label)
    [call] = found["call"]
    last = np.flatnonzero(twin.detected)[-1]
    assert [int(each) for each in call[1:5]] == [
        twin.label[last], twin.confidence_q15[last], 1, twin.timestep[last]]


# ---- what is refused ----


def write_wav(path, x, rate_hz=16000, channels=1, width=2):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate_hz)
        file.writeframes(x.tobytes())


@pytest.fixture(scope="module")
def refusals(folder):
    """Files that a call refuses, for refusals.rs."""
    stereo = next(each for each in map(random_models.model, range(99), ["lstm"] * 99)
                  if each.features.channels == 2)
    for name, model in (("windows", random_models.model(1, "gru")), ("stereo", stereo)):
        (folder / f"{name}.lnn").write_bytes(lnn_file.to_bytes(model))
    content = bytearray(KEYWORDS.read_bytes())
    content[5000] ^= 1
    (folder / "damaged.lnn").write_bytes(content)
    x = heard()[:32000]
    write_wav(folder / "whole.wav", x)
    write_wav(folder / "two.wav", x, channels=2)
    write_wav(folder / "wide.wav", x, width=4)
    write_wav(folder / "fast.wav", x, 44100)
    (folder / "cut.wav").write_bytes((folder / "whole.wav").read_bytes()[:30000])
    (folder / "head.wav").write_bytes((folder / "whole.wav").read_bytes()[:30])
    whole = (folder / "whole.wav").read_bytes()
    for name, said in (("least", 0), ("arecord", 1 << 31), ("pipe", (1 << 32) - 1)):
        size = struct.pack("<I", said)
        (folder / f"{name}.wav").write_bytes(whole[:40] + size + whole[44:])
    (folder / "chunk.wav").write_bytes(whole[:12] + b"LIST" + b"\xff" * 4 + whole[12:])
    (folder / "text.wav").write_text("no sound at all")
    return [*(f"{name}.lnn" for name in ("voice_activity", "windows", "stereo", "damaged")),
            *(f"{name}.wav" for name in ("whole", "two", "wide", "fast", "cut", "head", "text",
                                         "gone", "least", "arecord", "pipe", "chunk"))]


@pytest.mark.parametrize("sanitized", [False, True], ids=["plain", "sanitized"])
def test_what_is_refused_is_said_in_one_line(sanitized, folder, refusals):
    lines = [line.split("|") for line in said(
        folder, program(folder, "refusals", sanitized), *refusals,
        LD_LIBRARY_PATH=str(folder)).splitlines()]
    assert all(len(line) == 2 for line in lines)
    found = dict(lines)
    several = {what: {why for each, why in lines if each == what} for what in found}
    starts = {
        "missing": "missing.lnn: No such file", "folder": ".: Is a directory",
        "damaged": "damaged.lnn: the checksum differs: bytes changed (at byte 12)",
        "nothing": "the header's size and the given size differ (at byte 8)",
        "cut": "the header's size and the given size differ (at byte 8)",
        "at an odd address": "nothing",
        "odd address": "the file does not start at a multiple of 8",
        "small arena": "the arena is too small: the network needs 10",
        "no arena": "the arena is too small: the network needs 10",
        "flux arena": "the arena is too small: the network needs 11", "energy arena": "nothing",
        "adapt": "choose 0 < min_timestep <= max_timestep", "stream": "choose smoothing_shift",
        "told later": "choose 0 < min_timestep <= max_timestep", "then well": "nothing",
        "windows stream": "the network cannot stream: it decides on whole windows",
        "windows adapt": "the network cannot have a timestep policy",
        "half a moment": "the samples are no whole moments of 2 channels",
        "one channel": "the sound has 4390 moments a second of 1 channels, the network was made "
                       "for 4390 of 2",
        "rate": "the sound has 44100 moments a second of 1 channels, the network was made for 16000"
                " of 1; resample", "right rate": "nothing",
        "no costs": "the file has no costs on a board; liquid-profile", "no sound": "nothing",
        "microphone rate": "microphone: 0 Hz", "device": "microphone",
        "whole.wav": "nothing", "two.wav": "two.wav: 2 channels; mix them to one",
        "wide.wav": "wide.wav: 32 bits", "fast.wav": "the sound has 44100 moments",
        "cut.wav": "cut.wav: truncated: 29956 of 64000 bytes",
        "head.wav": "head.wav: truncated: the file ends before its samples",
        "text.wav": "text.wav: no wav file", "gone.wav": "gone.wav: No such file",
        "least.wav": "least.wav: its head says that it holds no samples",
        "arecord.wav": "nothing", "pipe.wav": "nothing",
        "chunk.wav": "chunk.wav: a chunk of 4294967295 bytes before its samples",
    }
    for what, start in starts.items():
        assert all(why.startswith(start) for why in several.pop(what)), (what, found[what])
    assert found["microphone"].startswith(("microphone: libasound.so.2", "microphone default: "))
    assert set(several) == {"microphone"}


# ---- on a microcontroller ----


TARGET = "thumbv7em-none-eabihf"
LEAN = ["--edition", "2021", "--target", TARGET, "-Copt-level=2", "-Ctarget-cpu=cortex-m4",
        "-Cpanic=abort"]
FIRMWARE = """[package]
name = "m4"
version = "0.1.0"
edition = "2021"

[lib]
path = "m4.rs"
crate-type = ["staticlib"]

[dependencies]
liquid_audio_nets = {{ path = "{crate}", default-features = false }}

[profile.release]
opt-level = 2
panic = "abort"
"""


def rustc(folder, *arguments, **environment):
    done = subprocess.run([shutil.which("rustc"), *LEAN, *arguments], cwd=folder,
                          capture_output=True, text=True, check=False,
                          env={**os.environ, **environment})
    assert done.returncode == 0, done.stderr[-2000:]


def core_library(folder):
    """Arguments that give rustc the core library of a Cortex-M4: the one that is here, else one
    built here from Rust's own sources."""
    if not shutil.which("rustc"):
        pytest.skip("no rustc here")
    root = Path(subprocess.run(["rustc", "--print", "sysroot"], capture_output=True, text=True,
                               check=True).stdout.strip())
    if list((root / "lib" / "rustlib" / TARGET).rglob("libcore*")):
        return []
    version = subprocess.run(["rustc", "--version"], capture_output=True, text=True,
                             check=True).stdout.split()[1]
    places = (root / "lib" / "rustlib" / "src" / "rust", Path(f"/usr/src/rustc-{version}"))
    source = next((each / "library" / "core" / "src" / "lib.rs" for each in places
                   if (each / "library").is_dir()), None)
    if source is None:
        pytest.skip(f"no core library of {TARGET} here, and no sources of rustc {version}")
    made = folder / "sysroot" / "lib" / "rustlib" / TARGET / "lib"
    made.mkdir(parents=True)
    into = ["--crate-type", "rlib", "--out-dir", made]
    rustc(folder, source, "--crate-name", "core", "-Zforce-unstable-if-unmarked",
          "--cap-lints", "allow", *into, RUSTC_BOOTSTRAP="1")
    rustc(folder, HERE / "compiler_builtins.rs", *into, "--sysroot", folder / "sysroot",
          RUSTC_BOOTSTRAP="1")
    return ["--sysroot", str(folder / "sysroot")]


@pytest.fixture(scope="module")
def firmware(tmp_path_factory):
    """A project of m4.rs over the crate's no_std core, and what cargo needs for the Cortex-M4."""
    place = tmp_path_factory.mktemp("m4")
    flags = " ".join([*core_library(place), "-Ctarget-cpu=cortex-m4", "-Dwarnings"])
    shutil.copy(HERE / "m4.rs", place)
    (place / "Cargo.toml").write_text(FIRMWARE.format(crate=runtime.RUST_FOLDER))
    return place, {"RUSTFLAGS": flags}


def test_the_c_of_a_core_is_built_by_a_compiler_that_is_found(firmware):
    if not shutil.which("arm-none-eabi-gcc") and not shutil.which("clang"):
        pytest.skip("neither arm-none-eabi-gcc nor clang here")
    place, environment = firmware
    cargo(place, "build", "--release", "--target", TARGET, **environment)
    assert (place / "target" / TARGET / "release" / "libm4.a").exists()


@pytest.fixture(scope="module")
def embedded(firmware):
    """The archive, its C built by zig, which both ways go through."""
    place, environment = firmware
    zig = " ".join(map(str, compiler("zig", "cortex-m4")))
    cargo(place, "build", "--release", "--target", TARGET, LNN_CC=zig, **environment)
    return place / "target" / TARGET / "release" / "libm4.a"


@pytest.mark.parametrize("file", ["voice_activity.lnn", "plain.lnn"])
def test_a_hop_through_rust_takes_few_cycles_more(file, embedded, folder):
    machine = Machine(build([HERE / "plain.c", embedded], "cortex-m4", include=[runtime.FOLDER],
                            keep=["plain", "rust", "open_plain", "open_rust"]))
    blob, hop, hops = (folder / file).read_bytes(), 320, 100
    model = machine.put(blob)
    samples = machine.put(heard()[16000 : 16000 + hop * hops].tobytes())
    runs = {}
    for way in ("plain", "rust"):
        assert machine.call(f"open_{way}", model, len(blob)) == 0
        runs[way] = profile(machine, way, samples, hop, hops)
    assert runs["plain"].result == runs["rust"].result != 0
    more = (runs["rust"].cycles[1] - runs["plain"].cycles[1]) / hops
    print(f"{file}: {more:.0f} cycles a hop more than the C")
    assert 0 < more <= MOST_CYCLES
