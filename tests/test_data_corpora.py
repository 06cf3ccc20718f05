"""CWRU, the ceiling fan and the bearing simulator."""

import os

import numpy as np
import pytest
from scipy.io import savemat
from scipy.signal import hilbert

from lnnlab import paths
from lnnlab.data import bearing_simulator as simulator
from lnnlab.data import cwru, load
from lnnlab.errors import UserError


@pytest.fixture
def corpora(tmp_path, monkeypatch):
    monkeypatch.setenv("LNNLAB_DATA", str(tmp_path))
    return tmp_path


def real(name):
    root = os.environ.get("LNNLAB_DATA")
    present = root is not None and (paths.ROOT / root / name).is_dir()
    return pytest.mark.skipif(not present, reason=f"LNNLAB_DATA holds no {name}")


def record(folder, number, samples=4096, key=None, **more):
    folder.mkdir(exist_ok=True)
    signal = np.sin(np.arange(samples) * 0.1 * (1 + number % 7))
    savemat(folder / f"{number}.mat", {key or f"X{number:03d}_DE_time": signal[:, None], **more})


def test_cwru_takes_the_variable_of_the_files_number(corpora):
    folder = corpora / "cwru"
    record(folder, 99, 16384, X098_DE_time=np.zeros((9, 1)))
    record(folder, 174, key="X173_DE_time")
    assert len(cwru.read_drive_end(folder / "99.mat")) == 16384
    assert len(cwru.read_drive_end(folder / "174.mat")) == 4096


def test_cwru_decimates_the_normal_record(corpora):
    folder = corpora / "cwru"
    time_s = np.arange(65536) / 48_000
    tone = np.sin(2 * np.pi * 1000 * time_s) + np.sin(2 * np.pi * 9000 * time_s)
    folder.mkdir()
    savemat(folder / "97.mat", {"X097_DE_time": tone[:, None]})
    record(folder, 105)
    dataset = load("cwru", window=4096)
    normal = dataset.x[dataset.y == 0, :, 0]
    assert normal.shape == (4, 4096)  # 65,536 samples at 48 kHz are 16,384 at 12 kHz
    spectrum = np.abs(np.fft.rfft(normal[1] * np.hanning(4096)))
    hz = np.fft.rfftfreq(4096, 1 / 12_000)
    assert hz[spectrum.argmax()] == pytest.approx(1000, abs=3)
    alias = spectrum[np.abs(hz - 3000) < 20].max()  # 9 kHz would fold to 3 kHz
    assert alias < 1e-2 * spectrum.max()


def test_cwru_says_what_is_wrong(corpora):
    with pytest.raises(UserError, match="'cwru' is not here; get it from engineering.case.edu"):
        load("cwru")
    folder = corpora / "cwru"
    folder.mkdir()
    with pytest.raises(UserError, match="no record of loads"):
        load("cwru")
    record(folder, 105)
    whole = (folder / "105.mat").read_bytes()
    (folder / "105.mat").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UserError, match="105.mat: truncated or not a .mat file"):
        load("cwru")
    record(folder, 105, key="X7_DE_time", X008_DE_time=np.zeros((3, 1)))
    with pytest.raises(UserError, match="no variable X105_DE_time.*X7_DE_time"):
        load("cwru")


@real("cwru")
def test_cwru_as_published():
    dataset = load("cwru")
    assert dataset.classes == ("normal", "inner", "outer", "ball")
    assert set(dataset.groups["load"]) == {"", "0", "1", "2"}
    assert set(dataset.groups["fault_size"]) == {"", "7", "14", "21", "28"}
    assert len(set(dataset.groups["recording"])) == 46
    assert 25 <= (dataset.y == 0).sum() <= 35


@real("ceiling_fan")
def test_ceiling_fan_as_published():
    dataset = load("ceiling_fan")
    assert dataset.x.shape == (3270, 200, 3) and len(dataset.classes) == 7
    level = np.linalg.norm(dataset.x.mean(axis=1), axis=1)
    assert np.median(level) == pytest.approx(1.0, abs=0.05)  # gravity


def test_fault_frequencies_are_those_of_a_6205():
    """Multiples of the shaft's speed as the bearing's maker gives them."""
    found = simulator.fault_frequencies_hz(60.0)
    published = {"inner": 5.4152, "outer": 3.5848, "ball": 4.7135, "cage": 0.39828}
    for name, multiple in published.items():
        assert found[name] == pytest.approx(multiple, rel=2e-3)


@pytest.mark.parametrize("label", ["inner", "outer"])
def test_the_envelope_beats_at_the_fault_frequency(label):
    random = np.random.default_rng(3)
    bearing = simulator.Bearing("b", label, "large", (3000.0, 4500.0), (0.05, 0.05), 0.1, 0.1)
    signal = simulator.vibration(bearing, 0, 120_000, random)
    spectrum = np.fft.rfft(signal)
    hz = np.fft.rfftfreq(len(signal), 1 / simulator.RATE_HZ)
    spectrum[(hz < 2000) | (hz > 5000)] = 0
    envelope = np.abs(hilbert(np.fft.irfft(spectrum)))
    beat = np.abs(np.fft.rfft(envelope - envelope.mean()))
    expected = simulator.fault_frequencies_hz(1797.0)[label]
    band = (hz > 80) & (hz < 200)
    assert hz[band][beat[band].argmax()] == pytest.approx(expected, rel=0.01)


def test_the_simulator_is_seeded_and_grows_with_load():
    one, again = load("bearing_sim", seed=1), load("bearing_sim", seed=1)
    assert one.hash == again.hash != load("bearing_sim", seed=2).hash
    assert one.synthetic and len(set(one.groups["bearing"])) == 12
    outer = one.y == one.classes.index("outer")
    level = [one.x[outer & (one.groups["load"] == str(load_hp))].std() for load_hp in range(3)]
    assert level == sorted(level)


def test_the_sample_file_is_what_the_simulator_writes(tmp_path):
    simulator.write_sample(tmp_path / "sample.csv")
    ours = np.loadtxt(tmp_path / "sample.csv", delimiter=",", skiprows=1, usecols=0)
    kept = np.loadtxt(paths.EMBEDDED / "bearing_sample.csv", delimiter=",", skiprows=1, usecols=0)
    np.testing.assert_allclose(ours, kept, atol=1.1e-3)  # the last printed digit
