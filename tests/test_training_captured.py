"""Steps that wait for no device, and steps as CUDA graphs: the same training.

Where there is no CUDA a stand-in replays what was captured, from the memory that was captured.
"""

import numpy as np
import pytest
import torch

from lnnlab.errors import UserError
from lnnlab.models import build
from lnnlab.training import LNNTrainer, Part, Samples, Versions, fit_together
from lnnlab.training.captured import MOST, WARM_UP, Captured
from lnnlab.training.stepping import Steps

CONFIG = {"input_dim": 4, "output_dim": 3, "mixup": 0.3, "input_noise": 0.1, "averaging": 0.9,
          "weight_decay": 0.01, "batch_size": 16}


class Replayed:
    """Stands for ``torch.cuda.CUDAGraph``: what ran inside is run again by ``replay``."""

    def register_generator_state(self, generator):
        raise AssertionError("no generator was given")

    def replay(self):
        self.losses.set_(self.step(self.inputs))


@pytest.fixture
def graphs(monkeypatch):
    """Captures without CUDA; counts them."""
    made = []

    def captured(self, batch):
        graph, inputs = Replayed(), tuple(each.clone() for each in batch)
        graph.step, graph.inputs = self.step, inputs
        graph.losses = torch.zeros(())  # capturing computes nothing
        made.append([tuple(each.shape) for each in batch])
        return graph, inputs, graph.losses

    if not torch.cuda.is_available():
        monkeypatch.setattr(Captured, "_captured", captured)
    return made


@pytest.fixture
def as_on_cuda(monkeypatch):
    """Steps that wait for no loss and are captured, wherever they run."""
    usual = Steps.__init__

    def start(self, model, config, waits=None, own_loss=None):
        usual(self, model, config, waits=False, own_loss=own_loss)
        self.captured = Captured(self.step, [model])

    monkeypatch.setattr(Steps, "__init__", start)


@pytest.fixture
def feeds(monkeypatch):
    """Windows lie on the device, wherever that is."""
    for where in ("trainer", "together"):
        monkeypatch.setattr(f"lnnlab.training.{where}.fits", lambda train, config: (
            not config.timesteps and getattr(train, "timespans", None) is None))


def versions(count=53):
    part = samples(count)
    x = np.stack([part.x, part.x + 0.1, part.x - 0.1]).astype(np.float16)
    said = np.random.default_rng(2).dirichlet(np.ones(3), size=(3, count))
    return Versions(x, part.y, said)


def samples(count=53):
    random = np.random.default_rng(0)
    y = np.arange(count) % 3
    return Samples((random.normal(size=(count, 12, 4)) + y[:, None, None]).astype(np.float32), y)


def network(kind="keyword_linear_ltc"):
    torch.manual_seed(0)
    return build(kind, 4, 3, steps=12)


def fitted(kind, config, epochs=6, train=None, **more):
    trainer = LNNTrainer(CONFIG | config, network(kind))
    result = trainer.fit(train or samples(), samples(), epochs, progress=False, **more)
    return result, trainer


def assert_alike(found, wanted, rtol=2e-4):
    np.testing.assert_allclose([[*each.values()] for each in found.history],
                               [[*each.values()] for each in wanted.history], rtol=rtol)


@pytest.mark.parametrize("kind", ["keyword_linear_ltc", "linear_ltc", "ds_cnn_42k"])
@pytest.mark.parametrize("averaging", [0.0, 0.9])
def test_captured_steps_train_as_eager_ones_do(kind, averaging, graphs, monkeypatch, request):
    eager, wanted = fitted(kind, {"averaging": averaging})
    request.getfixturevalue("as_on_cuda")
    found, trainer = fitted(kind, {"averaging": averaging})
    assert len(graphs) == 3  # whole batches, mixed and not, and the last of an epoch
    assert_alike(found, eager)
    for one, other in zip(trainer.model.parameters(), wanted.model.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-4)


TAUGHT = {"teacher_weight": 0.5, "temperature": 2.0}


QUIET, PLAIN = {"input_noise": 0.0}, {"mixup": 0.0}


@pytest.mark.parametrize("config", [PLAIN, QUIET, TAUGHT | PLAIN, TAUGHT | QUIET,
                                    PLAIN | {"timesteps": (1, 2)}])
def test_batches_that_steps_take_are_those_that_come_to_them(config, graphs, as_on_cuda, request):
    """Noise, pairs and versions are drawn in the same order; on the CPU, whose one generator draws
    noise and pairs, one of both at a time."""
    train = versions() if "teacher_weight" in config else samples()
    eager, wanted = fitted("linear_ltc", config, 5, train)
    request.getfixturevalue("feeds")
    found, trainer = fitted("linear_ltc", config, 5, train)
    assert found.history == eager.history
    assert all(map(torch.equal, trainer.model.parameters(), wanted.model.parameters()))
    assert trainer.recent[-1].shape == wanted.recent[-1].shape or "timesteps" in config
    trainer.train_step(samples().batch(np.arange(16)))  # of batches again


@pytest.mark.parametrize("config", [PLAIN, PLAIN | {"averaging": 0.0, "keep": "last"},
                                    TAUGHT | PLAIN])
def test_a_stack_on_the_device_has_the_figures_of_one_by_one(
        config, graphs, as_on_cuda, feeds, monkeypatch):
    monkeypatch.setattr("lnnlab.training.stack._on_cuda", lambda config: True)
    monkeypatch.setattr(Replayed, "register_generator_state", lambda self, generator: None)
    config = config | {"learning_rate": 3e-3}
    train = versions() if "teacher_weight" in config else samples()
    for kind in ("keyword_linear_ltc", "linear_ltc"):
        fits = [fitted(kind, config | {"seed": k}, 4, train)[0] for k in range(3)]
        parts = [Part(LNNTrainer(CONFIG | config | {"seed": k}, network(kind)), train, samples())
                 for k in range(3)]
        before = len(graphs)
        found = fit_together(parts, 4)
        assert len(graphs) > before
        for one, other in zip(found, fits, strict=True):
            assert_alike(one, other, 1e-4)


def test_a_stack_mixes_the_pairs_of_one_by_one(graphs, as_on_cuda, feeds, monkeypatch):
    monkeypatch.setattr("lnnlab.training.stack._on_cuda", lambda config: True)
    monkeypatch.setattr(Replayed, "register_generator_state", lambda self, generator: None)
    train = versions()
    for config in (QUIET, QUIET | TAUGHT):
        fits = [fitted("linear_ltc", config | {"seed": k}, 4, train)[0] for k in range(2)]
        found = fit_together([Part(LNNTrainer(
            CONFIG | config | {"seed": k}, network("linear_ltc")), train, samples())
            for k in range(2)], 4)
        for one, other in zip(found, fits, strict=True):
            assert_alike(one, other, 1e-4)


def test_a_wrong_window_holds_one_network_of_a_stack(graphs, as_on_cuda, feeds, monkeypatch):
    monkeypatch.setattr("lnnlab.training.stack._on_cuda", lambda config: True)
    part = samples()
    wrong = Samples(part.x.copy(), part.y)
    wrong.x[:, 0, 0] = np.nan
    trainers = [LNNTrainer(CONFIG, network("linear_ltc")) for _ in range(2)]
    before = [each.clone() for each in trainers[1].model.parameters()]
    with pytest.raises(UserError, match=r"epoch 1, batch 1 \(training windows .*loss is nan"):
        fit_together([Part(each, own, part) for each, own in zip(
            trainers, (part, wrong), strict=True)], 2)
    assert all(map(torch.equal, before, trainers[1].model.parameters()))
    assert not all(map(torch.equal, before, trainers[0].model.parameters()))


def test_a_killed_training_goes_on_with_the_same_bits(graphs, as_on_cuda, tmp_path):
    whole, wanted = fitted("linear_ltc", {})
    place = tmp_path / "state"

    def stop(epoch, losses):
        if epoch == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fitted("linear_ltc", {}, checkpoint=place, on_epoch=stop)
    found, trainer = fitted("linear_ltc", {}, checkpoint=place)
    assert found.history == whole.history
    assert all(map(torch.equal, trainer.model.parameters(), wanted.model.parameters()))


def test_a_wrong_loss_holds_the_weights_and_is_told(graphs, as_on_cuda):
    part = samples()
    trainer = LNNTrainer(CONFIG | {"input_noise": 0.0, "mixup": 0.0}, network())
    trainer.fit(part, part, 3, progress=False)
    before = [each.clone() for each in trainer.model.parameters()]
    average = [each.clone() for each in trainer.steps.kept.parameters()]
    wrong = part.x.copy()
    wrong[:, 0, 0] = np.nan
    with pytest.raises(UserError, match=r"epoch 1, batch 1 \(training windows .*loss is nan"):
        trainer.fit(Samples(wrong, part.y), part, 1, progress=False)
    with pytest.raises(UserError, match="train_step: the loss is nan"):
        trainer.train_step(Samples(wrong, part.y).batch(np.arange(16)))
    assert all(map(torch.equal, before, trainer.model.parameters()))
    assert all(map(torch.equal, average, trainer.steps.kept.parameters()))
    assert np.isfinite(trainer.train_step(part.batch(np.arange(16))))
    assert not all(map(torch.equal, before, trainer.model.parameters()))


def step_of(weight, ran):
    def step(batch):
        ran.append(len(batch[0]))
        with torch.no_grad():
            weight.weight += batch[0].sum()
        return batch[0].sum()
    return step


def test_each_shape_is_captured_once_and_moved_weights_anew(graphs):
    layer, ran = torch.nn.Linear(1, 1), []
    captured = Captured(step_of(layer, ran), [layer])
    for _ in range(WARM_UP + 2):
        assert float(captured((torch.ones(3),))) == 3
    assert graphs == [[(3,)]] and len(captured.graphs) == 1
    for size in range(4, 4 + MOST):
        for _ in range(WARM_UP + 1):
            assert float(captured((torch.ones(size),))) == size
    assert len(captured.graphs) == MOST
    layer.weight.data = layer.weight.data.clone()  # elsewhere
    captured((torch.ones(3),))
    assert not captured.graphs


def test_what_cannot_be_captured_goes_on_and_says_so_once(monkeypatch, recwarn):
    def refused(self, batch):
        raise RuntimeError("CUDA error: operation not permitted when stream is capturing\nmore")

    monkeypatch.setattr(Captured, "_captured", refused)
    layer, ran = torch.nn.Linear(1, 1), []
    captured = Captured(step_of(layer, ran), [layer])
    for _ in range(WARM_UP + 3):
        captured((torch.ones(3),))
    (said,) = recwarn.list
    assert "cannot be captured (CUDA error: operation not permitted when stream is capturing)" in (
        str(said.message))
    assert len(ran) == WARM_UP + 3  # every step ran once




def test_a_full_memory_lets_captured_steps_go(graphs, as_on_cuda, monkeypatch):
    part, calls = samples(), []
    trainer = LNNTrainer(CONFIG | {"input_noise": 0.0, "mixup": 0.0}, network())
    trainer.fit(part, part, 5, progress=False)
    assert len(graphs) == 2
    original = trainer.model.forward

    def forward(x, timespans=None):
        calls.append(len(x))
        if len(x) > 8:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory.")
        return original(x, timespans)

    monkeypatch.setattr(trainer.model, "forward", forward)
    monkeypatch.setattr("lnnlab.training.trainer.predict",
                        lambda model, part: np.zeros((len(part), 3), np.float32))
    assert trainer.fit(part, part, 1, progress=False).batch_size == 8
