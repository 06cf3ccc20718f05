"""Denoisers and detectors of anomalies in C++: the twin's sound and scores, refusals, sizes."""

import subprocess

import numpy as np
import pytest
import test_anomaly_score as scores
import test_runtime_denoise as gains
from random_models import model as classifier
from test_compilers import OWN, built
from test_runtime_cpp import (
    BARE,
    HERE,
    INCLUDE,
    LEAN_CPP,
    SANITIZED,
    STRICT,
    called,
    cross,
    program,
    section_bytes,
)

from lnnlab import lnn_file, paths, runtime
from lnnlab.integer import Gains, denoised
from lnnlab.integer.anomaly import AnomalyScore
from lnnlab.integer.judging import score_stream
from lnnlab.target.emulator import Machine
from lnnlab.target.profile import profile
from lnnlab.target.toolchain import build

BUFFERS = (1, 97, 256, 320)
NETWORKS = paths.ROOT / "reports" / "full" / "networks"
BUILDS = [["-O2"], SANITIZED]
MOST_CYCLES = 300  # a hop, over the C of the same
MOST_FLASH_BYTES = {"ONLY_DENOISE": 2100, "ONLY_ANOMALY": 1900}  # of the C++ alone, all calls


def denoisers():
    """Name → network whose outputs are gains: of records, and random ones."""
    return {"noise_suppression": lnn_file.read(NETWORKS / "noise_suppression.lnn"),
            "short": gains.denoiser(0, 64), "long": gains.denoiser(5, 1024, "pcen")}


def detectors():
    """Name → network whose outputs are next features."""
    channels = next(each for each in map(scores.detector, range(99))
                    if each.features.channels == 2)
    return {"cwru": lnn_file.read(NETWORKS / "cwru-anomaly.lnn"), "stereo": channels,
            "acf": scores.detector(5, "acf"), "own": scores.calibrating(4, 17, 3)}


def heard(model):
    """Some frames of noise, silence and clipping, int16 (time, channel), no whole hops of them."""
    samples = scores.sound(3, model, 60)
    return samples[: len(samples) - 5]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Models and what they hear; objects and programs are added to it."""
    place = tmp_path_factory.mktemp("services")
    for name, model in (denoisers() | detectors()).items():
        (place / f"{name}.lnn").write_bytes(lnn_file.to_bytes(model))
        heard(model).tofile(place / name)
    return place


def run(folder, made, *arguments):
    """What a program wrote."""
    done = subprocess.run([made, *map(str, arguments)], cwd=folder, capture_output=True,
                          check=False)
    assert done.returncode == 0 and not done.stderr, (done.returncode, done.stderr[:2000])
    return done.stdout


def later(model, samples, settings=None):
    """The twin's sound as a buffer of any length has it: a hop of silence, then what it leaves."""
    hop = model.features.spec.hop
    twin = denoised(model, np.append(samples, np.zeros(hop, np.int16)), settings)
    return np.append(np.zeros(hop, np.int16), twin)[: len(samples)]


# ---- sound and scores ----


@pytest.mark.parametrize("flags", BUILDS, ids=["plain", "sanitized"])
@pytest.mark.parametrize("kind", ["int16", "float"])
@pytest.mark.parametrize("length", BUFFERS)
def test_buffers_of_any_length_come_out_as_the_twin_has_them(length, kind, flags, folder):
    made = program(folder, "denoise", *flags)
    for name, model in denoisers().items():
        samples = heard(model)[:, 0]
        said = np.frombuffer(run(folder, made, f"{name}.lnn", name, length, kind), "<i2")
        wanted = later(model, samples)
        assert len(set(wanted.tolist())) > 100 and not np.array_equal(wanted, samples)
        np.testing.assert_array_equal(said, wanted)


@pytest.mark.parametrize("flags", BUILDS, ids=["plain", "sanitized"])
def test_whole_hops_come_out_a_hop_earlier(flags, folder):
    made = program(folder, "denoise", *flags)
    for name, model in denoisers().items():
        hop = model.features.spec.hop
        samples = heard(model)[:, 0]
        said = np.frombuffer(run(folder, made, f"{name}.lnn", name, hop, "hops"), "<i2")
        np.testing.assert_array_equal(said, denoised(model, samples))


@pytest.mark.parametrize("depth", [0.0, 0.25, 1.0])
def test_a_depth_is_the_twins(depth, folder):
    model, made = denoisers()["noise_suppression"], program(folder, "denoise", "-O2")
    samples = heard(model)[:, 0]
    said = np.frombuffer(run(folder, made, "noise_suppression.lnn", "noise_suppression", 97,
                             "int16", depth), "<i2")
    hop = model.features.spec.hop
    wanted = (later(model, samples, Gains(round(32768 * depth))) if depth else  # nothing is taken
              np.append(np.zeros(2 * hop, np.int16), samples)[: len(samples)])
    np.testing.assert_array_equal(said, wanted)


@pytest.mark.parametrize("flags", BUILDS, ids=["plain", "sanitized"])
@pytest.mark.parametrize("kind", ["int16", "float"])
@pytest.mark.parametrize("length", BUFFERS)
def test_scores_of_any_buffers_are_the_twins(length, kind, flags, folder):
    made = program(folder, "anomaly", *flags)
    for name, model in detectors().items():
        score, samples = AnomalyScore.of(model.meta), heard(model)
        channels, spec = model.features.channels, model.features.spec
        length_of = max(channels, length - length % channels)
        wanted = score_stream(model, samples)
        first, *rows = run(folder, made, f"{name}.lnn", name, length_of, kind).decode().split("\n")
        threshold_q8 = (score.threshold >> 4) // model.features.size
        assert first == f"threshold {threshold_q8} {threshold_q8 / 256:.9g}"
        moments = length_of // channels
        in_call = -(-(spec.frame + spec.hop * np.arange(len(wanted))) // moments)  # counted from 1
        shown = np.column_stack([wanted, wanted >= score.threshold,
                                 (wanted >> 4) // model.features.size])
        calls = [shown[in_call == number] for number in np.unique(in_call)]
        each = [row.split()[1:] for row in rows if row.startswith("each")]
        np.testing.assert_array_equal(np.array(each, int), np.concatenate(calls[::2]))
        told = [row.split()[1:] for row in rows if row.startswith("call")]
        np.testing.assert_array_equal(np.array(told, int), [
            [call[-1, 0], call[:, 1].max(), call[:, 2].max(), len(call)] for call in calls])


# ---- what is refused ----


@pytest.mark.parametrize("flags", [[], BARE, SANITIZED], ids=["exceptions", "status", "sanitized"])
@pytest.mark.parametrize("cpp", ["g++", "clang++"])
def test_what_is_refused_is_said_in_one_line(cpp, flags, folder):
    (folder / "classes.lnn").write_bytes(lnn_file.to_bytes(classifier(1, "gru")))
    made = program(folder, "services_refusals", *flags, cpp=cpp)
    given = ["noise_suppression.lnn", "cwru.lnn", "classes.lnn", "stereo.lnn", "own.lnn"]
    lines = [line.split("|") for line in run(folder, made, *given).decode().splitlines()]
    assert all(len(line) == 2 for line in lines)
    found, throws = dict(lines), "-fno-exceptions" not in flags
    gains_missing = ("the outputs are no gains of bands (the file has no section GAIN): open it as "
                     "LNN, or train a model with --task denoise")
    score_missing = ("the outputs are no expected features (the file has no section ANOM): open it "
                     "as LNN, or train a model with --task anomaly")
    for what, file, why in (("classes as gains", given[2], gains_missing),
                            ("score as gains", given[1], gains_missing),
                            ("classes as score", given[2], score_missing),
                            ("gains as score", given[0], score_missing)):
        assert found[what] == f"{file}: " * throws + why
    rate_hz = round(detectors()["cwru"].features.rate_hz)
    for what, figures in (
            ("gains at 44100", "44100 moments a second of any number of channels instead of 16000 "
                               "moments a second of 1 channels"),
            ("gains of 2", "any number of moments a second of 2 channels instead of 16000 moments "
                           "a second of 1 channels"),
            ("score at 1", f"1 moments a second of any number of channels instead of {rate_hz} "
                           "moments a second of 1 channels"),
            ("score of 9", "any number of moments a second of 9 channels instead of "
                           f"{rate_hz} moments a second of 1 channels")):
        assert "rate or channels are not those that the model was made for" in found[what]
        assert found[what].endswith(f": {figures}" * throws)
    assert found["missing"].endswith("cannot be read: there is no such file, or no permission")
    assert {why for what, why in lines if what.startswith("depth")} == {
        "choose a depth of 0 (nothing is taken away) to 1 (a band may be taken away whole)"}
    assert found["no buffer"] == found["no hop"] == (
        "no buffer to read from, or none to write to")
    assert found["half a moment"].startswith("the samples are no whole moments of all channels")
    assert found["moved"].startswith("no model: none was loaded")
    assert found["moved depth"] == found["moved"]
    assert found["mixed"] == "silence first" and found["learned"] == "kept"
    assert {why for what, why in lines if what == "baseline"} == {
        "give what baseline() gave of this model: a number of 16 bits for each feature, of a file "
        "that calibrates"}
    well = "nothing" if throws else "ready"
    assert found["still well"] == found["NaN"] == well and found["half"] == "ready"
    check_static(found, gains_missing, score_missing)


def check_static(found, gains_missing, score_missing):
    small = "the arena is too small; lnn_arena_bytes says how much is needed, needs "
    for what in ("gains", "score"):
        need = found[f"large {what}"].removeprefix("ready, needs ").removesuffix(", status 0")
        assert found[f"small {what}"] == f"{small}{need}, status 12" and 300 < int(need) < 65536
    assert found["static classes as gains"] == f"{gains_missing}, needs 0, status 17"
    assert found["static classes as score"] == f"{score_missing}, needs 0, status 18"


@pytest.mark.parametrize("cpp", ["g++", "clang++"])
@pytest.mark.parametrize("standard", ["c++17", "c++2b"])
@pytest.mark.parametrize("flags", [[], BARE, ["-DLNN_NO_FLOAT"], ["-DLIQUID_AUDIO_HOSTED=0"]],
                         ids=" ".join)
def test_no_warning_in_any_build(cpp, standard, flags, tmp_path):
    source = tmp_path / "use.cpp"
    source.write_text(
        "#include <liquid_audio/anomaly.hpp>\n#include <liquid_audio/denoiser.hpp>\n"
        "#include <liquid_audio/lnn.hpp>\n#include <liquid_audio/denoiser.hpp>\n"
        "static liquid_audio::StaticDenoiser<96> quiet;\n"
        "static liquid_audio::StaticAnomaly<96> odd;\n"
        "bool run(int16_t *samples);\nbool run(int16_t *samples) {\n"
        "  return quiet.process(samples, 3) && quiet.set_depth_q15(9) && odd.process(samples, 3)"
        ".is_anomaly;\n}\n")
    built([called(cpp), *STRICT, f"-std={standard}", "-O1", *INCLUDE], source,
          tmp_path / "use.o", *flags)


# ---- on a microcontroller ----


@pytest.mark.parametrize("name, core", [
    ("arm-none-eabi-g++", "cortex-m4"), ("clang++", "cortex-m4"), ("zig", "cortex-m0"),
    ("zig", "rv32imc")])
def test_static_asks_for_no_heap_no_exceptions_and_no_rtti(name, core, tmp_path):
    for define, most in MOST_FLASH_BYTES.items():
        needs = built([*cross(name, core), *STRICT, "-Os", *LEAN_CPP, *INCLUDE],
                      HERE / "services_embedded.cpp", tmp_path / "it.o", f"-D{define}")
        own = [each for each in needs if not OWN.fullmatch(each)]
        assert own and all(each.startswith("lnn_") for each in own), own
        sizes = section_bytes(tmp_path / "it.o")
        assert sizes["data"] == 0 and sizes["bss"] >= 20480
        print(name, core, define, sizes["flash"], "B of flash")
        assert sizes["flash"] <= most


@pytest.fixture(scope="module")
def machine(folder):
    """A Cortex-M4 with the static classes over the whole runtime."""
    wrapper = folder / "services.o"
    subprocess.run([*cross("zig", "cortex-m4"), *STRICT, "-O2", *LEAN_CPP, *INCLUDE, "-c",
                    HERE / "services_embedded.cpp", "-o", wrapper], check=True)
    calls = [f"{kind}_{way}" for kind in ("denoise", "anomaly")
             for way in ("c", "push", "hop", "int16", "float")]
    return Machine(build([*runtime.sources(), wrapper], "cortex-m4",
                         keep=["open_denoise", "open_anomaly",
                               *(each for each in calls if each not in ("anomaly_push",
                                                                        "anomaly_hop"))]))


def on_core(machine, call, model, samples, piece, size):
    """A profile and what the call wrote, from an opened model on."""
    blob = lnn_file.to_bytes(model)
    free = machine.free
    assert machine.call(f"open_{call.partition('_')[0]}", machine.put(blob), len(blob)) == 0
    given, place = machine.put(samples.tobytes()), machine.allocate(size)
    taken = profile(machine, call, given, piece, samples.size // piece, place)
    said = machine.read(place, size)
    machine.free = free
    return taken, said


def as_floats(samples, model):
    return (samples * np.float32(model.features.spec.full_scale / 32768)).astype("<f4")


@pytest.mark.parametrize("name", ["noise_suppression", "short"])
def test_a_static_denoiser_gives_the_twins_sound_on_the_core(name, machine):
    model = denoisers()[name]
    hop, samples = model.features.spec.hop, heard(model)[:4000, 0]
    for piece in (97, 256, hop):
        some = samples[: len(samples) // piece * piece]
        wanted = later(model, some)
        for call in ("denoise_push", "denoise_int16"):
            _, said = on_core(machine, call, model, some, piece, 2 * len(some))
            np.testing.assert_array_equal(np.frombuffer(said, "<i2"), wanted)
        _, said = on_core(machine, "denoise_float", model, as_floats(some, model), piece,
                          4 * len(some))
        np.testing.assert_array_equal(np.frombuffer(said, "<f4"), as_floats(wanted, model))
    _, said = on_core(machine, "denoise_hop", model, some, hop, 2 * len(some))
    np.testing.assert_array_equal(np.frombuffer(said, "<i2"), denoised(model, some))


@pytest.mark.parametrize("name", ["cwru", "stereo", "own"])
def test_a_static_detector_gives_the_twins_scores_on_the_core(name, machine):
    model = detectors()[name]
    channels, hop = model.features.channels, model.features.spec.hop
    samples = heard(model)[: model.features.spec.frame + 9 * hop]
    for moments in {min(97, hop), hop}:
        some = samples[: len(samples) // moments * moments]
        wanted = score_stream(model, some)
        rows = np.column_stack([wanted, wanted >= AnomalyScore.of(model.meta).threshold])
        for call, given in (("anomaly_c", some), ("anomaly_int16", some),
                            ("anomaly_float", as_floats(some, model))):
            _, said = on_core(machine, call, model, given, moments * channels, 8 * len(wanted))
            np.testing.assert_array_equal(np.frombuffer(said, "<u4").reshape(-1, 2), rows)


def test_a_hop_through_the_headers_takes_few_cycles_more(machine):
    model = denoisers()["noise_suppression"]
    hop = model.features.spec.hop
    samples = heard(model)[: 40 * hop, 0]
    taken = {}
    for way in ("c", "hop", "push", "int16", "float"):
        given = as_floats(samples, model) if way == "float" else samples
        run, _ = on_core(machine, f"denoise_{way}", model, given, hop, given.nbytes)
        taken[way] = run.cycles[1] / 40
    more = {way: taken[way] - taken["c"] for way in taken}
    print({way: round(each) for way, each in more.items()}, f"of {taken['c']:.0f} cycles a hop")
    assert more["hop"] <= MOST_CYCLES and more["int16"] <= more["push"] + MOST_CYCLES
    assert more["push"] <= MOST_CYCLES + 4 * hop  # which moves each sample twice
    assert more["float"] <= more["push"] + MOST_CYCLES + 60 * hop  # to a sample and back, each


def test_a_frame_through_the_headers_takes_few_cycles_more(machine):
    model = detectors()["cwru"]
    hop = model.features.spec.hop
    frames = 20
    samples = heard(model)[: frames * hop, 0]
    taken = {}
    for way in ("c", "int16", "float"):
        given = as_floats(samples, model) if way == "float" else samples
        run, _ = on_core(machine, f"anomaly_{way}", model, given, hop, 8 * frames)
        taken[way] = run.cycles[1] / frames
    more = {way: taken[way] - taken["c"] for way in taken}
    print({way: round(each) for way, each in more.items()}, f"of {taken['c']:.0f} cycles a hop",
          f"of {hop}")
    assert more["int16"] <= MOST_CYCLES and more["float"] <= MOST_CYCLES + 30 * hop
