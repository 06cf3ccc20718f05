"""A stack of networks: each trains as it would alone."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.func import functional_call, vmap

from lnnlab.errors import UserError
from lnnlab.models import build
from lnnlab.models.depthwise import causal_depthwise
from lnnlab.models.linear_ltc import LinearLTC
from lnnlab.models.stacking import Dropout, drawn_by
from lnnlab.training import LNNTrainer, Part, Samples, Versions, fit_together
from lnnlab.training import samples as samples_module
from lnnlab.training.stack import Draws, Stack, Together

CONFIG = {"input_dim": 4, "output_dim": 3, "batch_size": 16}
VARIED = {"mixup": 0.3, "input_noise": 0.1, "averaging": 0.9, "label_smoothing": 0.1,
          "weight_decay": 0.01, "timesteps": (1, 2), "timestep_share": 0.3}
KINDS = ("keyword_linear_ltc", "linear_ltc", "ds_cnn_42k")


def samples(count=53, seed=0):
    random = np.random.default_rng(seed)
    y = np.arange(count) % 3
    return Samples((random.normal(size=(count, 12, 4)) + y[:, None, None]).astype(np.float32), y)


def trainer(kind, seed, **config):
    torch.manual_seed(seed)
    network = build(kind, 4, 3, steps=12)
    network.fit_standardiser(samples().x)
    return LNNTrainer(CONFIG | {"seed": seed, "learning_rate": 3e-3 * (1 + seed)} | config, network)


def both(kind, data, epochs, patience=10, **config):
    """Fits and trainers, alone and together."""
    alone = [trainer(kind, k, **config) for k in range(len(data))]
    fits = [each.fit(*own, epochs, patience, progress=False)
            for each, own in zip(alone, data, strict=True)]
    others = [trainer(kind, k, **config) for k in range(len(data))]
    found = fit_together([Part(each, *own) for each, own in zip(others, data, strict=True)],
                         epochs, patience)
    return (fits, alone), (found, others)


def assert_alike(fits, found, rtol):
    for one, other in zip(fits, found, strict=True):
        assert (one.best_epoch, one.epochs) == (other.best_epoch, other.epochs)
        np.testing.assert_allclose([[*each.values()] for each in other.history],
                                   [[*each.values()] for each in one.history], rtol=rtol)


@pytest.mark.parametrize("kind", KINDS[:2])
@pytest.mark.parametrize("config", [{}, VARIED])
def test_a_stack_has_the_figures_of_one_by_one(kind, config):
    data = [(samples(), samples(40, 9))] * 3
    (fits, _), (found, _) = both(kind, data, 2, keep="last", **config)
    assert_alike(fits, found, 2e-4)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("config", [{}, VARIED])
def test_nothing_but_rounding_tells_a_stack_from_one_by_one(kind, config, monkeypatch):
    """In float64, where rounding is too small for Adam to make steps of it."""
    def doubled(*each):
        return tuple(None if own is None else own.double() if own.is_floating_point() else own
                     for own in usual(*each))

    usual, moved = samples_module.as_batch, nn.Module.to
    monkeypatch.setattr(samples_module, "as_batch", doubled)
    monkeypatch.setattr(nn.Module, "to", lambda self, *to: moved(self, *to).double())
    data = [(samples(), samples(40, 9))] * 3
    (fits, alone), (found, others) = both(kind, data, 3, keep="last", **config)
    assert_alike(fits, found, 1e-7)
    for one, other in zip(alone, others, strict=True):
        assert next(one.model.parameters()).dtype == torch.float64
        np.testing.assert_allclose(other.predict(data[0][1]), one.predict(data[0][1]), rtol=1e-5,
                                   atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_and_statistics_of_a_step_are_those_of_each_network(kind):
    alone, others = ([trainer(kind, k) for k in range(3)] for _ in range(2))
    draws = [Draws("cpu") for _ in others]
    stack = Stack([each.steps for each in others], draws)
    batches = [samples(32, k).batch(np.arange(32))[:2] for k in range(3)]
    for k, each in enumerate(draws):
        each.seed(k)
    wide = tuple(torch.stack(each) for each in zip(*batches, strict=True))
    losses = stack.advance(wide)
    for k, (one, other, batch) in enumerate(zip(alone, others, batches, strict=True)):
        torch.manual_seed(k)
        loss = one.train_step(batch)
        assert loss == pytest.approx(float(losses[k]), rel=1e-6)
        for ours, theirs in zip(one.model.parameters(), other.model.parameters(), strict=True):
            size = max(1.0, float(ours.grad.abs().max()))
            torch.testing.assert_close(theirs.grad, ours.grad, rtol=1e-5, atol=2e-6 * size)
        for ours, theirs in zip(one.model.buffers(), other.model.buffers(), strict=True):
            torch.testing.assert_close(theirs, ours, rtol=1e-5, atol=1e-6)


def test_folds_of_other_sizes_and_a_teacher_are_each_networks_own():
    random, data = np.random.default_rng(0), []
    for count in (53, 40, 64):
        part = samples(count, count)
        x = np.stack([part.x, part.x + 0.1]).astype(np.float16)
        said = random.dirichlet(np.ones(3), size=(2, count))
        data.append((Versions(x, part.y, said), samples(30 + count % 2, 1)))
    (fits, _), (found, _) = both("keyword_linear_ltc", data, 3, teacher_weight=0.5,
                                 temperature=2.0, averaging=0.9)
    assert_alike(fits, found, 2e-4)


def test_each_network_stops_by_its_own_rule():
    random = np.random.default_rng(1)
    data = []
    for k in range(3):  # labels of the first two say nothing
        part = samples(53, k)
        y = part.y if k == 2 else random.integers(3, size=53)
        data.append((Samples(part.x, y), samples(40, 9)))
    (fits, _), (found, _) = both("linear_ltc", data, 12, 2, learning_rate=3e-2)
    assert len({each.epochs for each in fits}) > 1
    assert_alike(fits, found, 1e-4)


def test_a_stack_that_was_killed_goes_on_from_its_checkpoints(tmp_path, monkeypatch):
    part = samples()
    monkeypatch.setattr("lnnlab.training.together.SAVED_EVERY_S", -1.0)
    whole = fit_together([Part(trainer("linear_ltc", k), part, part) for k in range(2)], 4)

    def parts():
        return [Part(trainer("linear_ltc", k), part, part, tmp_path / f"{k}") for k in range(2)]

    stopped, calls = Stack.predict, []

    def killed(self, x, batch_size=512):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return stopped(self, x, batch_size)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Stack, "predict", killed)
        fit_together(parts(), 4)
    assert [each.history for each in fit_together(parts(), 4)] == [each.history for each in whole]
    (tmp_path / "0").unlink()  # one begins anew, beside one that is done
    assert [each.history for each in fit_together(parts(), 4)] == [each.history for each in whole]


def test_a_stack_that_does_not_fit_trains_one_by_one(monkeypatch, capsys):
    part, usual, calls = samples(), Stack.advance, []

    def advance(self, batch):
        calls.append(1)
        if len(calls) > 5:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory.")
        return usual(self, batch)

    fits = [trainer("linear_ltc", k).fit(part, part, 3, progress=False) for k in range(2)]
    monkeypatch.setattr(Stack, "advance", advance)
    found = fit_together([Part(trainer("linear_ltc", k), part, part) for k in range(2)], 3)
    assert "the memory does not hold 2 networks at once; they train one by one" in (
        capsys.readouterr().out)
    assert_alike(fits, found, 1e-4)


def test_a_wrong_window_names_its_network_s_batch():
    part = samples()
    wrong = Samples(part.x.copy(), part.y)
    wrong.x[:, 0, 0] = np.nan
    with pytest.raises(UserError, match=r"epoch 1, batch 1 \(training windows .*loss is nan"):
        fit_together([Part(trainer("linear_ltc", k), each, part)
                      for k, each in enumerate((part, wrong))], 2)


@pytest.mark.parametrize(("kind", "config", "message"), [
    ("linear_ltc", {"label_smoothing": 0.1}, "networks of a stack differ in label_smoothing"),
    ("keyword_linear_ltc", {}, "networks of a stack differ in shape; they may differ in seed"),
    ("lstm", {}, "with its cells trains alone"),
])
def test_unlike_networks_are_refused(kind, config, message):
    part = samples()
    others = [trainer("linear_ltc", 0), trainer(kind, 1, **config)]
    with pytest.raises(UserError, match=message):
        fit_together([Part(each, part, part) for each in others], 1)


def test_networks_of_a_stack_are_their_own_again():
    part = samples()
    trainers = [trainer("keyword_linear_ltc", k, averaging=0.9) for k in range(2)]
    fit_together([Part(each, part, part) for each in trainers], 1)
    for each in trainers:
        for own in (*each.model.parameters(), *each.steps.kept.parameters()):
            assert own.untyped_storage().nbytes() == own.nbytes


@pytest.mark.parametrize("layout", [(0, 1, 2), (1, 0, 2)])
def test_dropout_is_torchs_bit_for_bit(layout):
    x = torch.randn(5, 7, 3).permute(layout)
    found = []
    for layer in (nn.Dropout(0.3), Dropout(0.3)):
        torch.manual_seed(4)
        own = x.clone().requires_grad_()
        y = layer(own)
        y.square().sum().backward()
        found.append((y, own.grad))
    assert all(map(torch.equal, *found))
    assert Dropout(0.0)(x) is x and Dropout(0.5).eval()(x) is x


def test_layers_fold_a_stack_as_they_compute_each_network():
    torch.manual_seed(0)
    x, weight = torch.randn(4, 9, 5, 3), torch.randn(4, 6, 3)
    cells = [LinearLTC(3, 8, "abs") for _ in range(4)]
    wanted = [causal_depthwise(*each) for each in zip(x, weight, strict=True)]
    states = [cell(each.transpose(0, 1))[0] for cell, each in zip(cells, x, strict=True)]
    with drawn_by([]):
        torch.testing.assert_close(vmap(causal_depthwise)(x, weight), torch.stack(wanted))
        both = Together(cells)
        found = vmap(lambda own, each: functional_call(both.code, own, each.transpose(0, 1))[0])(
            both.parameters, x)
    torch.testing.assert_close(found, torch.stack(states))
