"""Files whose outputs are gains or expected features, at the doors that know classes."""

import json
import shutil
import subprocess

import pytest
from test_anomaly_score import detector
from test_runtime_denoise import denoiser, sound

from lnnlab import cli, lnn_file
from lnnlab.profiling.denoise import denoise_costs
from lnnlab.runtime.arena import room_bytes
from lnnlab.runtime.export import export, export_together
from lnnlab.runtime.layouts import LAYOUTS, export_layout
from lnnlab.target.boards import board
from lnnlab.target.toolchain import STRICT

GAINS = lnn_file.to_bytes(denoiser())
SCORE = lnn_file.to_bytes(detector(0))
BLOBS = {"quiet": GAINS, "odd": SCORE}


@pytest.fixture(params=BLOBS)
def model(request, tmp_path):
    path = tmp_path / f"{request.param}.lnn"
    path.write_bytes(BLOBS[request.param])
    return path


def compiled(folder, *names):
    cc = shutil.which("cc") or pytest.skip("no C compiler on this machine")
    subprocess.run([cc, *STRICT, "-pedantic", "-O2", *names, "-o", "program"], cwd=folder,
                   check=True)
    return subprocess.run([folder / "program"], capture_output=True, text=True, check=True).stdout


def test_the_example_makes_the_call_that_the_file_is_for(tmp_path):
    export(GAINS, tmp_path, "quiet")
    export(SCORE, tmp_path, "odd")
    assert compiled(tmp_path, "quiet.c", "quiet_main.c") == "256 moments behind\n"
    said = compiled(tmp_path, "odd.c", "odd_main.c")
    assert said.startswith("anomaly ") and ", threshold " in said


def test_several_over_one_runtime_have_examples_and_room(tmp_path):
    export_together(BLOBS, tmp_path)
    for name in BLOBS:
        assert compiled(tmp_path, "liquid_audio_lnn.c", f"{name}.c", f"{name}_main.c")
    (tmp_path / "exact.c").write_text("""#include "quiet.h"
static uint32_t arena[QUIET_ARENA_BYTES / 4];
int main(void) {
    static lnn_denoise_t denoise;
    if (lnn_denoise_arena_bytes(quiet_data) != QUIET_ARENA_BYTES) return 1;
    if (lnn_denoise_init(&denoise, quiet_data, QUIET_BYTES, arena, sizeof arena)) return 2;
    return lnn_denoise_init(&denoise, quiet_data, QUIET_BYTES, arena, sizeof arena - 4)
               == LNN_SMALL_ARENA ? 0 : 3;
}
""")
    compiled(tmp_path, "liquid_audio_lnn.c", "quiet.c", "exact.c")
    assert f"QUIET_ARENA_BYTES {room_bytes(GAINS)}u" in (tmp_path / "quiet.h").read_text()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_readme_says_which_calls(layout, tmp_path):
    export_layout(BLOBS, layout, tmp_path / layout)
    said = (tmp_path / layout / "README.md").read_text()
    assert "`lnn_denoise_hop`" in said and "`lnn_is_anomaly`" in said


def test_a_denoiser_is_profiled_with_its_synthesis(tmp_path, capsys):
    path = tmp_path / "quiet.lnn"
    path.write_bytes(GAINS)
    given = ["--device", "nrf52840", "--model", str(path)]
    assert cli.liquid_profile([*given, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["denoiser"]
    wanted = denoise_costs(GAINS, board("nrf52840"), sound(1, 40, 128))
    assert found["ram_bytes"] == wanted.ram_bytes and found["by_stage"]["synthesis"][0] > 0
    assert cli.liquid_profile(given) == 0
    assert "- synthesis: " in capsys.readouterr().out


def test_costs_of_decisions_are_not_written_into_them(model, capsys):
    before = model.read_bytes()
    assert cli.liquid_profile(["--device", "nrf52840", "--model", str(model),
                               "--write-costs", str(model)]) == 1
    assert "--write-costs is for models that decide" in capsys.readouterr().err
    assert model.read_bytes() == before


def test_they_have_no_accuracy(model, capsys):
    for command in (["evaluate", str(model), "bearing_sim"],
                    ["hil", "bearing_sim", "--device", "nucleo-f446re", "--model", str(model)]):
        assert cli.main(command) == 1
        line = capsys.readouterr().err
        assert "there are no classes to score" in line and line.count("\n") == 1
