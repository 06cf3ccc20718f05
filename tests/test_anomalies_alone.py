"""A detector from a folder of sound running alone, and what an odd window among it does."""

import numpy as np
import pytest
import soundfile

from lnnlab import lnn_file
from lnnlab.data.one_machine import load_machine
from lnnlab.data.wav import write_wav
from lnnlab.errors import UserError
from lnnlab.experiments.anomalies.alone import made_alone
from lnnlab.experiments.anomalies.problem import Teaching
from lnnlab.features import FeatureSpec
from lnnlab.target.anomaly import AnomalyRunner

FEW = Teaching(FeatureSpec(frame=64, hop=64, bands=8), epochs=3, quantile=1.0)


def hum(seed: int, count: int = 16_000) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.05, count)


def folder_of(tmp_path, kind, odd=False):
    folder = tmp_path / f"pump {kind}"
    folder.mkdir()
    for k in range(3):
        x = hum(k)
        if odd and k == 1:
            x[10_752:11_264] *= 12  # one window of those that set the threshold
        if kind == "wav":
            write_wav(folder / f"{k}.wav", x)
        else:
            table = np.column_stack([np.arange(len(x)) / 1000, x])
            np.savetxt(folder / f"{k}.csv", table, header="time_s;acc_x", comments="",
                       delimiter=";", fmt="%.5f")
    return folder


@pytest.mark.parametrize("kind", ["wav", "csv"])
def test_a_folder_of_sound_running_gives_a_threshold_and_a_file(kind, tmp_path):
    dataset = load_machine(folder_of(tmp_path, kind), 512, None if kind == "wav" else 1000.0)
    assert dataset.x.shape == (93, 512, 1) and not dataset.y.any()
    found = made_alone(dataset, FEW)
    assert found.false_alarms < 0.25 and 0.8 < found.shift < 1.2
    count = len(found.problem.split.train)
    assert found.text().startswith(f"{count} windows to train")
    assert "listen to it" not in found.text()
    blob = lnn_file.to_bytes(found.made.model)
    samples = found.made.model.quantise(dataset.x[:1])[0]
    assert len(AnomalyRunner(blob).run(samples).score) == 8


def test_one_anomaly_among_the_normals_is_named_with_what_it_does(tmp_path):
    clean = made_alone(load_machine(folder_of(tmp_path, "wav"), 512), FEW)
    other = tmp_path / "other"
    other.mkdir()
    found = made_alone(load_machine(folder_of(other, "wav", odd=True), 512), FEW)
    assert found.odd == "1.wav" and found.shift > 2
    assert found.made.score.threshold > 2 * clean.made.score.threshold
    assert "'1.wav'" in found.text() and "listen to it" in found.text()


def test_folders_of_nothing_or_of_both_are_refused(tmp_path):
    with pytest.raises(UserError, match="0 tables and 0 sound files; give a folder of one kind"):
        load_machine(tmp_path, 512)
    folder = folder_of(tmp_path, "wav")
    (folder / "more.csv").write_text("a;b\n1;2\n")
    with pytest.raises(UserError, match="1 tables and 3 sound files"):
        load_machine(folder, 512)
    (folder / "more.csv").unlink()
    with pytest.raises(UserError, match="16000 samples, fewer than a window of 20000"):
        load_machine(folder, 20_000)
    with pytest.raises(UserError, match="windows leave none to be tested"):
        made_alone(load_machine(folder, 16_000), FEW)


def test_what_was_done_to_sound_is_told_and_silence_refused(tmp_path):
    folder = tmp_path / "pump"
    folder.mkdir()
    soundfile.write(folder / "a.wav", np.column_stack([hum(0, 48_000), hum(1, 48_000)]), 96_000)
    soundfile.write(folder / "b.wav", hum(2, 8000), 8000)
    text = load_machine(folder, 512).account.text()
    assert "Rate: 16000 Hz" in text and "a.wav: 2 channels mixed down." in text
    assert "a.wav: resampled from 96000 to 16000 Hz; and the like in 1 more file." in text
    soundfile.write(folder / "c.wav", np.zeros(16_000), 16_000)
    with pytest.raises(UserError, match="c.wav: silence throughout.*leave it out"):
        load_machine(folder, 512)
