"""Denoisers and detectors of anomalies in Rust: the twin's sound and scores, refusals, cycles."""

import shutil
import subprocess

import numpy as np
import pytest
from random_models import model as classifier
from test_compilers import compiler
from test_runtime_rust import (
    FIRMWARE,
    HERE,
    MANIFEST,
    SANITIZE,
    TARGET,
    cargo,
    core_library,
    host,
)
from test_runtime_services_cpp import BUFFERS, denoisers, detectors, heard, later

from lnnlab import lnn_file, runtime
from lnnlab.integer import Gains, denoised
from lnnlab.integer.anomaly import AnomalyScore
from lnnlab.integer.judging import score_stream
from lnnlab.target.emulator import Machine
from lnnlab.target.profile import profile
from lnnlab.target.toolchain import build

PROGRAMS = ("services", "services_refusals")
MOST_CYCLES = 300  # a hop, over the C of the same


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The programs, compiled; models, and what they hear."""
    place = tmp_path_factory.mktemp("rust_services")
    (place / "src" / "bin").mkdir(parents=True)
    for name in PROGRAMS:
        shutil.copy(HERE / f"{name}.rs", place / "src" / "bin")
    (place / "Cargo.toml").write_text(MANIFEST.format(crate=runtime.RUST_FOLDER))
    cargo(place, "build")
    for name, model in (denoisers() | detectors()).items():
        (place / f"{name}.lnn").write_bytes(lnn_file.to_bytes(model))
        heard(model).tofile(place / name)
    return place


def run(folder, sanitized, name, *arguments):
    """What a program wrote."""
    made = folder / "target" / "debug" / name
    if sanitized:
        made = folder / "target" / host() / "debug" / name
        if not made.exists():
            cargo(folder, "build", "--target", host(), LNN_CC="gcc",
                  RUSTFLAGS=f"-Clink-arg={SANITIZE} -Cdefault-linker-libraries=yes",
                  LNN_CFLAGS=f"{SANITIZE} -fno-sanitize-recover=all -g -O1")
    done = subprocess.run([made, *map(str, arguments)], cwd=folder, capture_output=True,
                          check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    leaked = b"LeakSanitizer" in done.stderr  # what stays on purpose
    assert leaked or not done.stderr, done.stderr[:2000]
    return done.stdout


@pytest.mark.parametrize("sanitized", [False, True], ids=["plain", "sanitized"])
@pytest.mark.parametrize("way", ["owned", "lent"])
@pytest.mark.parametrize("length", BUFFERS)
def test_buffers_of_any_length_come_out_as_the_twin_has_them(length, way, sanitized, folder):
    for name, model in denoisers().items():
        samples = heard(model)[:, 0]
        said = run(folder, sanitized, "services", "quiet", way, f"{name}.lnn", name, length, "own")
        np.testing.assert_array_equal(np.frombuffer(said, "<i2"), later(model, samples))


@pytest.mark.parametrize("way", ["owned", "lent"])
def test_whole_hops_and_depths_are_the_twins(way, folder):
    for name, model in denoisers().items():
        hop, samples = model.features.spec.hop, heard(model)[:, 0]
        samples = samples[: len(samples) // hop * hop]
        samples.tofile(folder / "hops")
        said = run(folder, False, "services", "quiet", way, f"{name}.lnn", "hops", hop, "hops")
        np.testing.assert_array_equal(np.frombuffer(said, "<i2"), denoised(model, samples))
        said = run(folder, False, "services", "quiet", way, f"{name}.lnn", "hops", 97, 8192)
        np.testing.assert_array_equal(np.frombuffer(said, "<i2"),
                                      later(model, samples, Gains(8192)))


@pytest.mark.parametrize("sanitized", [False, True], ids=["plain", "sanitized"])
@pytest.mark.parametrize("way", ["owned", "lent"])
@pytest.mark.parametrize("length", BUFFERS)
def test_scores_of_any_buffers_are_the_twins(length, way, sanitized, folder):
    for name, model in detectors().items():
        score, spec, samples = AnomalyScore.of(model.meta), model.features.spec, heard(model)
        moments = max(1, length // model.features.channels)
        wanted = score_stream(model, samples)
        rows = run(folder, sanitized, "services", "score", way, f"{name}.lnn", name,
                   moments * model.features.channels).decode().splitlines()
        assert rows[0] == f"threshold {(score.threshold >> 4) // model.features.size}"
        shown = np.column_stack([wanted >= score.threshold, (wanted >> 4) // model.features.size,
                                 np.ones(len(wanted), int)])
        in_call = -(-(spec.frame + spec.hop * np.arange(len(wanted))) // moments)
        calls = [shown[in_call == number] for number in np.unique(in_call)]
        together = [[*call[:, :2].max(axis=0), len(call)] for call in calls]
        for what, rows_of in (("each", shown), ("call", together)):
            said = [row.split()[1:] for row in rows if row.startswith(what)]
            np.testing.assert_array_equal(np.array([row[:3] for row in said], int), rows_of)
            assert all(float(row[3]) == int(row[1]) / 256 for row in said)


@pytest.mark.parametrize("sanitized", [False, True], ids=["plain", "sanitized"])
def test_what_is_refused_is_said_in_one_line(sanitized, folder):
    (folder / "classes.lnn").write_bytes(lnn_file.to_bytes(classifier(1, "gru")))
    text = run(folder, sanitized, "services_refusals", "noise_suppression.lnn", "cwru.lnn",
               "classes.lnn", "stereo.lnn", "own.lnn").decode()
    found = dict(line.split("|") for line in text.splitlines())
    no_gains = ("the outputs are no gains of bands (the file has no section GAIN): open it as LNN "
                "or Net, or train a network with --task denoise")
    no_score = ("the outputs are no expected features (the file has no section ANOM): open it as "
                "LNN or Net, or train a network with --task anomaly")
    small = "the arena is too small: the network needs "
    rate_hz = round(detectors()["stereo"].features.rate_hz)
    wanted = {
        "missing": "missing.lnn: No such file", "score owned as gains": f"cwru.lnn: {no_gains}",
        "gains owned as score": f"noise_suppression.lnn: {no_score}",
        "nothing": "the header's size and the given size differ (at byte 8)",
        "gains as gains": "nothing", "gains as score": no_score, "score as score": "nothing",
        "score as gains": no_gains, "classes as gains": no_gains, "classes as score": no_score,
        "gains in a small arena as gains": small, "gains in a small arena as score": no_score,
        "score in a small arena as gains": no_gains, "score in a small arena as score": small,
        "classes in a small arena as gains": no_gains,
        "classes in a small arena as score": no_score,
        "rate": "the sound has 44100 moments a second of 1 channels, the network was made for 16000"
                " of 1; resample", "right rate": "nothing",
        "length": "a buffer of 999 samples, where 320 are wanted",
        "hop": "a buffer of 3 samples, where ", "hop out": "a buffer of ",
        "depth": "choose a depth of 0 (nothing is taken away) to 32768", "whole": "nothing",
        "half a moment": "the samples are no whole moments of 2 channels",
        "one channel": f"the sound has {rate_hz} moments a second of 1 channels, the network was "
                       f"made for {rate_hz} of 2",
        **dict.fromkeys(("short baseline", "wide baseline", "baseline without calibration"),
                        "give what baseline() gave of this model: a number of 16 bits for each"),
    }
    assert set(found) == set(wanted)
    for what, start in wanted.items():
        assert found[what].startswith(start), (what, found[what])


def test_the_programs_are_formatted(folder):
    if cargo(folder, "fmt", "--version", check=False).returncode:
        pytest.skip("no cargo fmt here")
    cargo(folder, "fmt", "--check")


# ---- on a microcontroller ----


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """A Cortex-M4 with both ways."""
    place = tmp_path_factory.mktemp("m4_services")
    flags = " ".join([*core_library(place), "-Ctarget-cpu=cortex-m4", "-Dwarnings"])
    shutil.copy(HERE / "services_m4.rs", place / "m4.rs")
    (place / "Cargo.toml").write_text(FIRMWARE.format(crate=runtime.RUST_FOLDER))
    zig = " ".join(map(str, compiler("zig", "cortex-m4")))
    cargo(place, "build", "--release", "--target", TARGET, LNN_CC=zig, RUSTFLAGS=flags)
    archive = place / "target" / TARGET / "release" / "libm4.a"
    keep = [f"{before}{kind}{after}" for before in ("", "open_") for kind in ("quiet", "odd")
            for after in ("", "_c")]
    return Machine(build([HERE / "services_plain.c", archive], "cortex-m4",
                         include=[runtime.FOLDER], keep=keep))


def quieter(machine, way, model, samples, piece, hops):
    """A profile, and what is left in the samples' place."""
    blob, free = lnn_file.to_bytes(model), machine.free
    assert machine.call(f"open_quiet{way}", machine.put(blob), len(blob)) == 0
    place = machine.put(samples.tobytes())
    taken = profile(machine, f"quiet{way}", place, piece, len(samples) // piece, int(hops))
    said = np.frombuffer(machine.read(place, samples.nbytes), "<i2")
    machine.free = free
    return taken, said


@pytest.mark.parametrize("name", ["noise_suppression", "short"])
def test_a_lent_denoiser_gives_the_twins_sound_for_few_cycles_more(name, machine):
    model = denoisers()[name]
    hop, samples = model.features.spec.hop, heard(model)[:4000, 0]
    for piece, hops in ((97, False), (hop, False), (hop, True)):
        some = samples[: len(samples) // piece * piece]
        wanted = denoised(model, some) if hops else later(model, some)
        runs = {way: quieter(machine, way, model, some, piece, hops) for way in ("", "_c")}
        for taken, said in runs.values():
            np.testing.assert_array_equal(said, wanted)
            assert taken.result == len(some) // piece
        more, plain = (runs[way][0].cycles[1] * piece / len(some) for way in ("", "_c"))
        print(name, f"pieces of {piece}, hops {hops}: {more - plain:.0f} cycles a piece more than "
                    f"{plain:.0f} of the C")
        assert more - plain <= MOST_CYCLES


@pytest.mark.parametrize("name", ["cwru", "stereo", "own"])
def test_a_lent_detector_gives_the_twins_scores_for_few_cycles_more(name, machine):
    model = detectors()[name]
    channels, spec = model.features.channels, model.features.spec
    samples = heard(model)[: spec.frame + 19 * spec.hop]
    samples = samples[: len(samples) // spec.hop * spec.hop]
    wanted, blob = score_stream(model, samples), lnn_file.to_bytes(model)
    rows = np.column_stack([(wanted >> 4) // model.features.size,
                            wanted >= AnomalyScore.of(model.meta).threshold])
    taken = {}
    for way in ("", "_c"):
        assert machine.call(f"open_odd{way}", machine.put(blob), len(blob)) == 0
        pieces = len(samples) // spec.hop
        place = machine.allocate(8 * pieces)
        taken[way] = profile(machine, f"odd{way}", machine.put(samples.tobytes()),
                             spec.hop * channels, pieces, place)
        assert taken[way].result == len(wanted)
        said = np.frombuffer(machine.read(place, 8 * len(wanted)), "<u4").reshape(-1, 2)
        np.testing.assert_array_equal(said, rows)
    more = (taken[""].cycles[1] - taken["_c"].cycles[1]) / pieces
    print(f"{name}: {more:.0f} cycles a hop more than the C")
    assert more <= MOST_CYCLES
