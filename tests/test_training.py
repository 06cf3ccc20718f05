"""Training: configuration, losses, resume, and what it says when something is wrong."""

import json
import multiprocessing
import os
import signal
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.special import rel_entr, softmax
from torch import nn

from lnnlab.errors import UserError
from lnnlab.models import Layer, build
from lnnlab.training import LNNTrainer, Samples, Versions, checkpoint
from lnnlab.training.averaging import averaged
from lnnlab.training.config import TrainingConfig
from lnnlab.training.losses import (
    answer_loss,
    cross_entropy,
    distillation,
    expected_work,
    mixed_up,
    needed_steps,
    sparsity,
    training_loss,
    work_per_second,
)
from lnnlab.training.variation import draw_frames, merged

CONFIG = {
    "input_dim": 4, "hidden_dim": 8, "output_dim": 3, "ode_solver": "exact",
    "learning_rate": 1e-2, "batch_size": 16, "input_noise": 0.1,
}


def samples(seed=0, count=96):
    random = np.random.default_rng(seed)
    y = np.arange(count) % 3
    x = random.normal(size=(count, 12, 4)).astype(np.float32)
    x[:, :, 0] += y[:, None]
    return Samples(x, y)


def test_the_listings_interface():
    """Keys and calls of the listing that the project reproduces."""
    trainer = LNNTrainer({
        "input_dim": 4, "hidden_dim": 6, "output_dim": 3, "ode_solver": "adaptive_heun",
        "complexity_penalty": 0.01,
    })
    batch = samples().batch(np.arange(8))
    losses = [trainer.train_step(batch, lambda_power=0.1, lambda_sparse=0.01) for _ in range(5)]
    assert losses[-1] < losses[0]
    assert set(trainer.terms) == {"cross_entropy", "power", "sparsity", "steps"}


@pytest.mark.parametrize(("given", "cell", "solver"), [
    ({"ode_solver": "adaptive_heun"}, "LinearLTC", None),
    ({"ode_solver": "exact"}, "LinearLTC", None),
    ({"ode_solver": "closed_form"}, "CfC", None),
    ({"ode_solver": "rk4", "cell": "ltc"}, "LTC", "rk4"),
])
def test_a_solver_is_run_where_the_equation_has_no_exact_step(given, cell, solver):
    found = [each for each in LNNTrainer(CONFIG | given).model.modules()
             if type(each).__name__ in ("LinearLTC", "CfC", "LTC")]
    assert [type(each).__name__ for each in found] == [cell]
    assert getattr(found[0], "ode_solver", None) == solver


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hiden_dim": 8}, "unknown config key 'hiden_dim': did you mean 'hidden_dim'"),
        ({"ode_solver": "dopri"}, "did you mean 'dopri5'"),
        ({"cell": "lct"}, "did you mean 'ltc'"),
        ({"cell": "ltc"}, "cell 'ltc' with ode_solver 'exact': it takes fused, adaptive_heun"),
        ({"cell": "cfc"}, "cell 'cfc' with ode_solver 'exact': it takes closed_form"),
        ({"learning_rate": 0}, "learning_rate = 0: must be above zero"),
        ({"pool": "max"}, "unknown pool"),
        ({"batch_size": 0}, "batch_size = 0"),
        ({"batch_size": float("inf")}, "batch_size = inf: must be a whole number"),
        ({"hidden_dim": "32"}, "hidden_dim = '32': must be a whole number"),
        ({"learning_rate": "3e-3"}, "learning_rate = '3e-3': must be a number"),
        ({"mixing": -3}, "mixing = -3: must not be below zero"),
        ({"averaging": 1.5}, "averaging = 1.5: choose 0 to 1"),
        ({"label_smoothing": 2}, "label_smoothing = 2: choose 0 to 1"),
        ({"clip_norm": -1}, "clip_norm = -1: must not be below zero"),
        ({"seed": -1}, "seed = -1: must not be below zero"),
    ],
)
def test_wrong_configs_are_refused_by_name(change, message):
    with pytest.raises(UserError, match=message):
        LNNTrainer(CONFIG | change)


@pytest.mark.parametrize("given", [{}, {"cell": "linear_ltc"}, {"cell": "ltc", "ode_solver": "rk4"},
                                   {"timesteps": [1, 2]}, {"ode_solver": "closed_form"}])
def test_a_config_comes_back_from_json_as_it_was(given):
    config = TrainingConfig.read(CONFIG | given)
    again = TrainingConfig.read(json.loads(json.dumps(config.as_dict())))
    assert again.as_dict() == config.as_dict() and again.model == config.model
    if given.get("cell") == "linear_ltc":
        assert config.as_dict() == TrainingConfig.read(CONFIG).as_dict()  # it goes without saying


def test_a_missing_key_is_named():
    with pytest.raises(UserError, match="lacks 'output_dim'"):
        LNNTrainer({"input_dim": 3})


def test_it_learns():
    trainer = LNNTrainer(CONFIG)
    result = trainer.fit(samples(), samples(1), epochs=25, progress=False)
    guess = trainer.predict(samples(2)).argmax(axis=1)
    assert np.mean(guess == samples(2).y) > 0.8
    assert result.history[-1]["train_loss"] < result.history[0]["train_loss"]


def test_the_best_epoch_is_kept_and_patience_stops():
    trainer = LNNTrainer(CONFIG | {"learning_rate": 0.3, "clip_norm": 0.0})
    result = trainer.fit(samples(), samples(1), epochs=60, patience=3, progress=False)
    losses = [each["validation_loss"] for each in result.history]
    assert result.epochs < 60 and result.epochs - result.best_epoch == 3
    assert result.best_epoch == 1 + int(np.argmin(losses))
    logits = torch.from_numpy(trainer.predict(samples(1)))
    kept = torch.nn.functional.cross_entropy(logits, torch.from_numpy(samples(1).y))
    assert float(kept) == pytest.approx(min(losses), abs=1e-6)


def _fit(path, epochs=12, delay_s=0.0):
    torch.set_num_threads(1)
    trainer = LNNTrainer(CONFIG)
    if delay_s:
        step = trainer.train_step

        def slow(*args):
            time.sleep(delay_s)
            return step(*args)

        trainer.train_step = slow
    trainer.fit(samples(), samples(1), epochs=epochs, checkpoint=path, progress=False)
    return trainer.model.state_dict()


def test_killed_at_any_moment_it_ends_with_the_same_bits(tmp_path):
    whole = _fit(tmp_path / "whole")
    path = tmp_path / "killed"
    spawn = multiprocessing.get_context("spawn")
    for _ in range(2):
        process = spawn.Process(target=_fit, args=(path, 12, 0.05))
        process.start()
        before = path.stat().st_mtime_ns if path.exists() else 0
        deadline = time.monotonic() + 120
        while not (path.exists() and path.stat().st_mtime_ns > before):
            assert time.monotonic() < deadline and process.is_alive()
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.join()
    assert 0 < torch.load(path, weights_only=True)["epoch"] < 12
    resumed = _fit(path)
    for name, value in whole.items():
        assert torch.equal(value, resumed[name]), name


def test_a_foreign_or_damaged_checkpoint_is_refused(tmp_path):
    path = tmp_path / "c"
    _fit(path, epochs=2)
    with pytest.raises(UserError, match="checkpoint of another run .*epochs"):
        _fit(path, epochs=3)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(UserError, match="not a readable checkpoint"):
        _fit(path, epochs=2)
    assert checkpoint.load(tmp_path / "none", {}) is None


def test_a_loss_that_is_not_finite_names_the_batch():
    bad = samples()
    bad.x[37, 3, 1] = np.nan
    order = np.random.default_rng([0, 0]).permutation(len(bad))
    number = int(np.flatnonzero(order == 37)[0]) // 16 + 1
    trainer = LNNTrainer(CONFIG)
    message = rf"epoch 1, batch {number} \(training windows .*loss is nan"
    with pytest.raises(UserError, match=message):
        trainer.fit(bad, samples(1), epochs=2, progress=False)
    assert all(torch.isfinite(each).all() for each in trainer.model.parameters())


def test_expected_work_counts_what_int8_keeps():
    torch.manual_seed(0)
    model = build("linear_ltc", 4, 3, units=8)
    with torch.no_grad():
        model.cells[0].project.weight[:, 2:] = 0.0
    x = torch.sign(torch.randn(5, 12, 4))
    with torch.no_grad():
        _, layers = model.trace(x)
        expected, dense = expected_work(layers[:1])
        per_second = float(work_per_second(layers[:1], 100.0))
    assert dense == 2 * 8 * 4
    assert float(expected) == pytest.approx(dense / 2, rel=0.02)
    assert per_second == pytest.approx(100 * float(expected))


def test_the_prices_do_what_they_say():
    """A price on work lowers the work, a price on sparsity the weights, at some loss."""
    outcome = {}
    for name, prices in {"free": (0, 0), "work": (1.0, 0), "sparse": (0, 1.0)}.items():
        trainer = LNNTrainer(CONFIG | {"input_noise": 0.0})
        batch = samples().batch(np.arange(64))
        for _ in range(150):
            trainer.train_step(batch, *prices)
        with torch.no_grad():
            _, layers = trainer.model.trace(batch[0])
            outcome[name] = float(expected_work(layers)[0]), float(sparsity(layers))
    assert outcome["work"][0] < 0.9 * outcome["free"][0]
    assert outcome["sparse"][1] < 0.8 * outcome["free"][1]


def test_a_step_is_needed_where_the_state_moves():
    """One step in four moves every unit by so many int8 steps, the others by none."""
    for moves in (0.0, 9.6, 100.0):
        state = torch.zeros(3, 41, 6)
        state[:, :, :5] = moves / 127 * ((torch.arange(41) // 4) % 2)[:, None]
        state[..., 5] = 1.0  # the largest activation, which sets the int8 step
        layers = [Layer("input", torch.ones(1, 1), torch.randn(3, 41, 6), 1.0),
                  Layer("inner", torch.ones(1, 1), state, 1.0)]
        mean = 5 / 6 * moves  # five of six units move
        assert float(needed_steps(layers)) == pytest.approx(0.25 * mean / (mean + 8))
    assert float(needed_steps(layers[:1])) == 0.0


def test_a_price_on_steps_leaves_fewer_of_them():
    shares = {}
    for price in (0.0, 0.3):
        trainer = LNNTrainer(CONFIG | {"layers": 2, "input_noise": 0.0,
                                       "complexity_penalty": price})
        batch = samples().batch(np.arange(64))
        for _ in range(150):
            trainer.train_step(batch)
        with torch.no_grad():
            shares[price] = float(needed_steps(trainer.model.trace(batch[0])[1]))
    assert shares[0.3] < 0.8 * shares[0.0]


def test_seeds_decide_everything():
    one, same, other = (LNNTrainer(CONFIG | {"seed": seed}) for seed in (1, 1, 2))
    for trainer in (one, same, other):
        trainer.fit(samples(), samples(1), epochs=2, progress=False)
    answers = [trainer.predict(samples(3)) for trainer in (one, same, other)]
    np.testing.assert_array_equal(answers[0], answers[1])
    assert not np.array_equal(answers[0], answers[2])


def test_mixing_up_shares_windows_and_truths_alike():
    torch.manual_seed(3)
    x = torch.eye(6)[:, None, :].repeat(1, 4, 1)  # window k holds 1 at feature k
    y = torch.arange(6)
    mixed, truth = mixed_up(x, y, 6, 0.3)
    torch.testing.assert_close(mixed[:, 0], truth)  # so its mean says what the truth must be
    torch.testing.assert_close(truth.sum(dim=1), torch.ones(6))
    assert (truth.max(dim=1).values < 1).any()


def test_distillation_is_the_relative_entropy_of_scipy():
    random = np.random.default_rng(0)
    student, teacher = random.normal(0, 2, (2, 7, 5))
    said, wanted = softmax(teacher / 3, axis=1), softmax(student / 3, axis=1)
    given = [torch.from_numpy(each) for each in (student, said)]
    expected = 9 * rel_entr(said, wanted).sum(axis=1).mean()
    assert distillation(*given, 3.0).item() == pytest.approx(expected, rel=1e-9)
    equal = torch.from_numpy(softmax(student / 3, axis=1))
    assert distillation(given[0], equal, 3.0).item() == pytest.approx(0, abs=1e-12)


def test_at_temperature_one_a_teacher_is_soft_labels():
    torch.manual_seed(0)
    logits = torch.randn(6, 3, requires_grad=True)
    truth = nn.functional.one_hot(torch.tensor([0, 1, 2, 0, 1, 2]), 3).float()
    said = torch.softmax(torch.randn(6, 3), dim=1)
    both = torch.stack([truth, said], dim=1)
    loss = answer_loss(logits, both, 0.0, 0.6, 1.0)
    soft = nn.functional.cross_entropy(logits, 0.4 * truth + 0.6 * said)
    slopes = [torch.autograd.grad(each, logits)[0] for each in (loss, soft)]
    torch.testing.assert_close(*slopes)  # the two differ by the teacher's entropy


def test_a_teacher_without_weight_is_none_bit_for_bit():
    train, held = samples(count=40), samples(1, 20)
    said = softmax(np.random.default_rng(0).normal(size=(40, 3)), axis=1)
    taught = replace(train, teacher=said)
    config = CONFIG | {"mixup": 0.3}

    def fitted(given, **more):
        trainer = LNNTrainer(config | more)
        trainer.fit(given, held, 2, 2, progress=False)
        return trainer.predict(held)

    np.testing.assert_array_equal(fitted(train), fitted(taught))
    assert np.any(fitted(train) != fitted(taught, teacher_weight=0.5))
    with pytest.raises(UserError, match="come without a teacher"):
        fitted(train, teacher_weight=0.5)


def test_a_mixed_windows_teacher_is_mixed_as_its_truth_is():
    x, y = torch.randn(8, 3, 2), torch.arange(8) % 3
    truth = nn.functional.one_hot(y, 3).float()
    torch.manual_seed(1)
    x_alone, y_alone = mixed_up(x, y, 3, 0.3)
    torch.manual_seed(1)
    x_both, y_both = mixed_up(x, torch.stack([truth, truth.flip(1)], dim=1), 3, 0.3)
    torch.testing.assert_close(x_both, x_alone)
    torch.testing.assert_close(y_both, torch.stack([y_alone, y_alone.flip(1)], dim=1))


def test_versions_keep_their_own_teachers():
    x = np.arange(6, dtype=np.float32).reshape(3, 2, 1, 1)
    given = Versions(x, np.zeros(2, int), teacher=np.repeat(x[:, :, 0], 4, axis=2))
    drawn = given.for_epoch(np.random.default_rng(0))
    x, y, _ = drawn.batch(np.arange(2))  # y: (window, truth and teacher, class)
    np.testing.assert_array_equal(y[:, 1, 0], x[:, 0, 0])
    assert drawn.batch(np.array([1]))[1].shape == (1, 2, 4)


def test_label_smoothing_is_torchs():
    logits, y = torch.randn(5, 3), torch.tensor([0, 1, 2, 0, 1])
    wanted = nn.CrossEntropyLoss(label_smoothing=0.1)(logits, y)
    torch.testing.assert_close(cross_entropy(logits, y, 0.1), wanted)


def test_the_average_is_that_of_the_steps():
    model = nn.Linear(1, 1, bias=False)
    average, followed = averaged(model, 0.9), None
    for step in range(1, 40):
        with torch.no_grad():
            model.weight.fill_(float(step))
        average.update_parameters(model)
        decay = min(0.9, step / (step + 9.0))
        followed = float(step) if followed is None else decay * followed + (1 - decay) * step
    assert average.module.weight.item() == pytest.approx(followed, rel=1e-5)
    assert model.weight.item() == 39.0
    assert averaged(model, 0.0) is None


def test_an_average_takes_running_statistics_as_they_are():
    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    average = averaged(model, 0.9)
    for _ in range(3):
        model(torch.randn(8, 2))
        average.update_parameters(model)
    torch.testing.assert_close(average.module[1].running_mean, model[1].running_mean)


def test_an_epoch_draws_one_version_of_each_window():
    x = np.arange(3)[:, None, None, None] * np.ones((3, 50, 2, 1))
    given = Versions(x, np.zeros(50, int))
    first, again = (given.for_epoch(np.random.default_rng(0)).batch(np.arange(50))[0].numpy()
                    for _ in range(2))
    assert set(np.unique(first)) == {0.0, 1.0, 2.0} and first.shape == (50, 2, 1)
    np.testing.assert_array_equal(first, again)


def test_the_last_epoch_is_kept_where_the_config_says_so_and_averages_are_resumed(tmp_path):
    random = np.random.default_rng(0)
    y = random.integers(0, 2, 60)
    x = (random.normal(0, 1, (60, 8, 3)) + y[:, None, None]).astype(np.float32)
    train, held = Samples(x[:40], y[:40]), Samples(x[40:], y[40:])
    config = {"input_dim": 3, "output_dim": 2, "ode_solver": "exact", "averaging": 0.9,
              "keep": "last", "mixup": 0.3, "label_smoothing": 0.1, "batch_size": 16}
    whole = LNNTrainer(config)
    assert whole.fit(train, held, 6, 6, progress=False).best_epoch == 6
    place = tmp_path / "half"
    half = LNNTrainer(config)
    original = half._epoch

    def broken(state, *rest):
        if state["epoch"] == 3:
            raise KeyboardInterrupt
        original(state, *rest)

    half._epoch = broken
    with pytest.raises(KeyboardInterrupt):
        half.fit(train, held, 6, 6, checkpoint=place, progress=False)
    resumed = LNNTrainer(config)
    resumed.fit(train, held, 6, 6, checkpoint=place, progress=False)
    np.testing.assert_array_equal(resumed.predict(held), whole.predict(held))


@pytest.mark.parametrize("timesteps", [(1,), (4,), (1, 2, 8)])
def test_drawn_frames_rise_and_keep_to_the_timesteps(timesteps):
    for seed in range(20):
        frames = draw_frames(49, timesteps, np.random.default_rng(seed))
        gaps = np.diff(frames, prepend=-1)
        assert set(gaps) <= set(timesteps)
        assert frames[-1] < 49 and frames[-1] >= 49 - max(timesteps)


def test_merged_frames_stand_for_all_the_time_before_them():
    x, spans = torch.randn(3, 10, 2), torch.rand(3, 10) + 0.5
    frames = np.array([0, 3, 4, 8])
    seen, merged_spans = merged(x, spans, frames)
    torch.testing.assert_close(seen, x[:, [0, 3, 4, 8]])
    by_hand = [spans[:, :1], spans[:, 1:4], spans[:, 4:5], spans[:, 5:9]]
    torch.testing.assert_close(merged_spans, torch.stack([s.sum(1) for s in by_hand], dim=1))
    assert merged(x, None, frames)[1].tolist()[0] == [1, 3, 1, 4]


def test_a_network_trained_at_many_timesteps_loses_less_when_frames_are_left_out():
    """The answer is the mean level of a slow signal: it can be read from every fourth frame."""
    random = np.random.default_rng(3)
    y = np.arange(240) % 3
    x = np.repeat(random.normal(size=(240, 12, 4)), 4, axis=1).astype(np.float32)
    x[:, :, 0] += 0.5 * y[:, None]
    part = Samples(x, y)
    config = CONFIG | {"input_noise": 0.0, "batch_size": 48}
    frames, found = np.arange(3, 48, 4), {}
    for timesteps in ((), (1, 4, 8)):
        trainer = LNNTrainer(config | {"timesteps": timesteps})
        trainer.fit(part, part, epochs=25, patience=25, progress=False)
        loss = {}
        for kept in (np.arange(48), frames):
            seen, spans = merged(torch.from_numpy(x), None, kept)
            with torch.no_grad():
                logits = trainer.model(seen, spans)
            loss[len(kept)] = float(nn.functional.cross_entropy(logits, torch.from_numpy(y)))
        found[timesteps] = loss[12] - loss[48]
    assert found[1, 4, 8] < found[()]


def priced(trainer, *batch):
    """The share of the dense work that a batch still costs."""
    return float(training_loss(trainer.model, batch, trainer.config, 0.1, 0.0)[1]["power"])


def test_leaving_frames_out_halves_the_priced_work():
    trainer = LNNTrainer(CONFIG | {"input_noise": 0.0})
    x, y, _ = samples().batch(np.arange(8))
    trainer.model.eval()
    every = priced(trainer, x, y, None)
    held = x[:, ::2].repeat_interleave(2, dim=1)
    dense = priced(trainer, held, y, None)
    half = priced(trainer, held[:, 1::2], y, torch.full((8, 6), 2.0))
    assert half == pytest.approx(dense / 2, rel=0.1)
    assert every > 0


@pytest.mark.parametrize(("timesteps", "share", "message"), [
    ((0, 1), 0.5, "timesteps: 0 is no whole number of frames from 1 to 255"),
    ((1.5,), 0.5, "timesteps: 1.5"),
    ((1, 2), 1.5, "timestep_share = 1.5: choose 0 to 1"),
])
def test_impossible_timesteps_are_refused(timesteps, share, message):
    with pytest.raises(UserError, match=message):
        LNNTrainer(CONFIG | {"timesteps": timesteps, "timestep_share": share})
