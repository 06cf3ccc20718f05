"""Networks that answer after every frame: targets, training, int8, and the C frame by frame."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch_models
from sklearn.metrics import log_loss, mean_squared_error
from torch import nn

from lnnlab import lnn_file
from lnnlab.compress import FineTuning, calibrate, finetune, quantise
from lnnlab.compress.quantise import Q8, integer_answers
from lnnlab.errors import UserError
from lnnlab.features import extract
from lnnlab.integer import StreamConfig, run_stream
from lnnlab.integer.decisions import frame_logits, stream_logits
from lnnlab.models import build
from lnnlab.models.frames import UNKNOWN, FrameTargets, frame_loss, frame_targets
from lnnlab.models.saved import load, save
from lnnlab.target.stream import StreamRunner
from lnnlab.training import LNNTrainer, Samples, Versions
from lnnlab.training.predictions import held_out_loss

SPEC = replace(torch_models.BANDS, floor=1e-3)
SMALL = {"channels": 10, "blocks": 1, "taps": 3, "memory": 1, "dropout": 0.0}
CONFIG = {"input_dim": 3, "output_dim": 2, "learning_rate": 2e-2, "batch_size": 16}


def late(count=48, steps=30, seed=0):
    """Noise, and whether its first feature was above 0 two steps before; not known at first."""
    x = np.random.default_rng(seed).normal(size=(count, steps, 3)).astype(np.float32)
    y = np.full((count, steps), UNKNOWN)
    y[:, 2:] = x[:, :-2, 0] > 0
    return x, y


def network(outputs=2, **options):
    return build("keyword_linear_ltc", 3, outputs, **SMALL | options)


# ---- targets and losses ----


def test_losses_are_sklearns_over_the_frames_that_count():
    random = np.random.default_rng(0)
    said, y = random.normal(size=(4, 6, 3)), random.integers(-1, 3, (4, 6))
    shares = np.exp(said) / np.exp(said).sum(axis=2, keepdims=True)
    assert float(frame_loss(torch.from_numpy(said), frame_targets(y))) == pytest.approx(
        log_loss(y[y >= 0], shares[y >= 0], labels=[0, 1, 2]))
    values = random.normal(size=(4, 6, 3)).astype(np.float32)
    values[0, :2], values[1, 3, 1] = np.nan, np.nan
    known = ~np.isnan(values)
    assert float(frame_loss(torch.from_numpy(said), frame_targets(values))) == pytest.approx(
        mean_squared_error(values[known], said[known]), rel=1e-6)


@pytest.mark.parametrize("kind", ["classes", "values"])
def test_frames_that_do_not_count_leave_no_gradient(kind):
    said = torch.randn(2, 5, 3, requires_grad=True)
    y = np.ones((2, 5), int) if kind == "classes" else np.ones((2, 5, 3), np.float32)
    y[:, :2] = UNKNOWN if kind == "classes" else np.nan
    frame_loss(said, frame_targets(y)).backward()
    assert not said.grad[:, :2].any() and said.grad[:, 2:].all()


def test_a_batch_of_versions_has_each_versions_own_targets():
    x = np.arange(12, dtype=np.float16).reshape(3, 4, 1, 1) * np.ones((1, 1, 5, 2), np.float16)
    given = Versions(x, x[..., 0].astype(int))
    assert len(given) == 4
    drawn = given.for_epoch(np.random.default_rng(0))
    seen, targets, spans = drawn.batch(np.array([2, 0]))
    assert spans is None and isinstance(targets, FrameTargets) and targets.classes
    torch.testing.assert_close(targets.truth.float(), seen[..., 0])


# ---- networks ----


@pytest.mark.parametrize("cell", ["keyword_linear_ltc", "keyword_gru", "gru"])
def test_every_frame_is_answered_and_none_hears_the_future(cell):
    torch.manual_seed(0)
    options = SMALL if cell.startswith("keyword") else {"units": 6, "pool": "last"}
    model = build(cell, 3, 4, **options).eval()
    x = torch.randn(2, 9, 3)
    whole = model.stream(x)
    assert whole.shape == (2, 9, 4)
    for t in (1, 5, 9):
        torch.testing.assert_close(model.stream(x[:, :t])[:, -1], whole[:, t - 1])
        torch.testing.assert_close(model(x[:, :t]), whole[:, t - 1])


def test_a_pool_of_memory_1_holds_this_step_alone():
    """Its readout sees a·y / (a + 1/32)."""
    model = network().eval()
    y = torch.randn(2, 7, 10)
    gate = torch.sigmoid(model.gate(y))
    torch.testing.assert_close(model.pooled(y), gate * y / (gate + 1 / 32))


def test_a_network_learns_what_each_frame_is():
    x, y = late()
    trainer = LNNTrainer(CONFIG, network())
    held = Samples(*late(seed=1))
    before = held_out_loss(trainer.model, held)
    result = trainer.fit(Samples(x, y), held, 30, 30, progress=False)
    said = trainer.predict(held)
    counts = held.y >= 0
    assert said.shape == (48, 30, 2) and (said.argmax(2) == held.y)[counts].mean() > 0.95
    assert result.kept_loss == held_out_loss(trainer.model, held) < before / 3
    assert set(trainer.terms) == {"cross_entropy"}


def test_a_network_learns_values():
    x, _ = late()
    y = np.full((48, 30, 2), np.nan, np.float32)
    y[:, 1:] = np.stack([x[:, :-1, 0], x[:, 1:, 1]], axis=2)  # of the step before, of this one
    trainer = LNNTrainer(CONFIG, network())
    trainer.fit(Samples(x, y), Samples(x, y), 40, 40, progress=False)
    assert held_out_loss(trainer.model, Samples(x, y)) < 0.1 * np.nanvar(y)
    assert set(trainer.terms) == {"squared_error"}


def test_a_loss_of_ones_own_sees_outputs_and_truth():
    x, _ = late()
    y = np.abs(x[..., :1]).repeat(2, axis=2)

    def absolute(said, truth):
        return (said - truth).abs().mean()

    trainer = LNNTrainer(CONFIG, network(), own_loss=absolute)
    result = trainer.fit(Samples(x, y), Samples(x, y), 3, 3, progress=False)
    assert set(trainer.terms) == {"own_loss"}
    assert result.kept_loss == pytest.approx(
        np.abs(trainer.predict(Samples(x, y)) - y).mean(), rel=1e-5)


def test_power_and_left_out_frames_go_with_it():
    """Where frames are left out, those that are computed keep their own targets."""
    x, y = late()
    trainer = LNNTrainer(CONFIG | {"timesteps": [1, 2], "timestep_share": 1.0}, network())
    trainer.fit(Samples(x, y), Samples(x, y), 2, 2, lambda_power=0.1, progress=False)
    assert set(trainer.terms) == {"cross_entropy", "power", "sparsity", "steps"}
    spans = torch.tensor([[1.0, 2, 1]]).expand(2, 3)
    model = network().eval()
    torch.testing.assert_close(model.stream(torch.ones(2, 3, 3), spans)[:, -1],
                               model(torch.ones(2, 3, 3), spans))


@pytest.mark.parametrize("change, message", [
    ({"mixup": 0.3}, "mixup = 0.3: it mixes windows of one class each"),
    ({"teacher_weight": 0.5}, "teacher_weight = 0.5: a teacher answers whole windows")])
def test_what_knows_whole_windows_alone_is_refused(change, message):
    x, y = late()
    with pytest.raises(UserError, match=message):
        LNNTrainer(CONFIG | change, network()).fit(Samples(x, y), Samples(x, y), 2, progress=False)


@pytest.mark.parametrize("model", [
    lambda: build("linear_ltc", 3, 2, units=4), lambda: build("ds_cnn_42k", 3, 2, steps=30)])
def test_a_network_that_answers_whole_windows_is_refused(model):
    x, y = late()
    with pytest.raises(UserError, match="answers whole windows; for an answer after every step"):
        LNNTrainer(CONFIG, model()).fit(Samples(x, y), Samples(x, y), 1, progress=False)


# ---- int8, the file and the C ----


def targets(x, kind):
    """Of every frame: is it louder than usual; or its loudness and pitch, as two values."""
    features = extract(x, SPEC)
    level = features.mean(axis=2)
    if kind == "classes":
        y = (level > np.median(level)).astype(int)
        y[:, :2] = UNKNOWN
        return y
    y = np.stack([level - level.mean(), features[..., 2] - features[..., 5]], axis=2)
    return (0.2 * y).astype(np.float32)


def by_frame(kind, steps=150):
    """A network trained a little to say these."""
    classes = ("loud", "quiet") if kind == "classes" else ("level", "tilt")
    saved = torch_models.saved("keyword_linear_ltc", SPEC, **SMALL)
    saved = replace(saved, classes=classes, check_y=targets(saved.check_x, kind))
    torch.manual_seed(0)
    own = build("keyword_linear_ltc", 8, 2, **SMALL)
    own.load_state_dict(saved.network.state_dict() | {
        name: each for name, each in own.state_dict().items() if name.startswith("readout")})
    x, _ = torch_models.signals(100, 120)
    features = torch.from_numpy(extract(x, saved.features).copy())
    optimizer, truth = torch.optim.Adam(own.parameters(), lr=2e-2), frame_targets(targets(x, kind))
    for _ in range(steps):
        optimizer.zero_grad()
        frame_loss(own.train().stream(features), truth).backward()
        optimizer.step()
    return replace(saved, network=own.eval())


@pytest.fixture(scope="module", params=["classes", "values"])
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def trained(kind):
    return by_frame(kind)


@pytest.fixture(scope="module")
def model(trained):
    return quantise(trained)


def test_int8_answers_as_the_float_network_does(trained, model):
    with torch.no_grad():
        wanted = trained.network.stream(
            torch.from_numpy(extract(trained.check_x, trained.features).copy())).numpy()
    got = integer_answers(trained, model, trained.check_x)
    assert got.shape == wanted.shape == (40, 15, 2)
    assert model.layers[-2].rate == 32767
    assert np.abs(got - wanted).mean() < 0.05 * np.abs(wanted - wanted.mean((0, 1))).mean()


def test_a_stream_answers_as_windows_do(model):
    samples = model.quantise(torch_models.signals(3, 1)[0])
    np.testing.assert_array_equal(frame_logits(model, samples)[0], stream_logits(model, samples[0]))


@pytest.mark.parametrize("core", ["host", "host-checked", "cortex-m4", "cortex-m0plus"])
def test_the_c_says_the_twins_logits_after_every_frame(core, model):
    blob = lnn_file.to_bytes(model)
    assert lnn_file.from_bytes(blob).layers[-2].rate == model.layers[-2].rate
    samples = model.quantise(torch_models.signals(4, 6)[0].reshape(1, -1, 1))[0]
    config = StreamConfig(0, 0, 0.5)
    said = StreamRunner(blob, core).run(samples, config)
    wanted = stream_logits(model, samples)
    assert len(np.unique(wanted)) > 50
    np.testing.assert_array_equal(said.logits_q8, wanted)
    np.testing.assert_array_equal(said.label, run_stream(model, samples, config).label)


def test_a_file_of_it_keeps_its_targets(trained, tmp_path):
    save(trained, tmp_path / "it.pt")
    again = load(tmp_path / "it.pt")
    np.testing.assert_array_equal(again.check_y, trained.check_y)
    assert again.check_y.dtype.kind == trained.check_y.dtype.kind


def test_fine_tuning_mends_what_harm_was_done(trained, kind):
    hurt = replace(trained, network=build("keyword_linear_ltc", 8, 2, **SMALL).eval())
    hurt.network.load_state_dict(trained.network.state_dict())
    with torch.no_grad():
        hurt.network.readout.weight[:, ::2] = 0
    x, _ = torch_models.signals(101, 120)
    tuned = finetune(hurt, x, targets(x, kind), FineTuning(4, 1e-2))

    def loss(each):
        said = integer_answers(each, quantise(each), each.check_x)
        return float(frame_loss(torch.from_numpy(said), frame_targets(each.check_y)))

    assert loss(tuned) < 0.8 * loss(hurt)


def test_a_heavy_input_takes_its_step_from_every_frames_answers(trained):
    """One loud transient among the calibration windows widens the range."""
    loud = trained.calibration.copy()
    loud[0] *= 300
    heavy = replace(trained, calibration=loud)
    ranges = calibrate(heavy)
    assert np.abs(ranges.inputs).max() > 2 * np.percentile(np.abs(ranges.inputs), 99.5)
    got = integer_answers(heavy, quantise(heavy, ranges), heavy.check_x)
    calm = integer_answers(trained, quantise(trained), trained.check_x)
    assert np.abs(got - calm).mean() < 0.1 * np.abs(calm - calm.mean((0, 1))).mean() + 1 / Q8


def test_modules_of_a_network_stay_as_they_were():
    """Nothing new is trained: a network of frames is one of windows, read after every step."""
    assert {name for name, _ in network().named_parameters()} == {
        name for name, _ in build("keyword_linear_ltc", 3, 2, **SMALL | {"memory": 25.0}
                                  ).named_parameters()}
    assert isinstance(network().readout, nn.Linear)
