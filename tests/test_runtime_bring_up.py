"""The program of a first bring-up: compiled, it finds the twin's bits, and whatever is not them."""

import subprocess

import numpy as np
import pytest

from lnnlab import lnn_file, paths, runtime
from lnnlab.errors import UserError
from lnnlab.runtime.bring_up import window_header
from lnnlab.runtime.export import export
from lnnlab.target.toolchain import build_host

MODEL = paths.PUBLISHED / "c" / "cwru.lnn"


def window():
    model = lnn_file.read(MODEL)
    random = np.random.default_rng(0)
    shape = (model.features.window, model.features.channels)
    return model, random.normal(0, 3000, shape).astype(np.int16)


def ran(folder, header):
    source = export(MODEL.read_bytes(), folder, "model")[1]
    (folder / "window.h").write_text(header)
    program = build_host([source, runtime.EXAMPLES / "bring_up" / "bring_up.c"], include=[folder])
    return subprocess.run([program], capture_output=True, text=True, check=False)


def test_it_finds_the_twins_bits(tmp_path):
    done = ran(tmp_path, window_header(*window()))
    assert done.returncode == 0 and done.stdout.endswith("the twin's bits\n") and not done.stderr
    assert len(done.stdout.splitlines()) == 1 + len(window()[0].classes)


def test_it_tells_other_bits(tmp_path):
    model, samples = window()
    last = f"{model.run(samples[None]).logits[0, -1]}\n}};"
    changed = window_header(model, samples).replace(last, last.replace("\n", "1\n"))
    done = ran(tmp_path, changed)
    assert done.returncode == 1 and done.stdout.endswith("differs from the twin\n")


def test_a_window_of_another_form_is_refused():
    model, samples = window()
    for wrong in (samples[1:], samples.astype(np.int32)):
        with pytest.raises(UserError, match="the model takes int16"):
            window_header(model, wrong)
