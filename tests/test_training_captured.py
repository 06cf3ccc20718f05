"""Steps that wait for no device, and steps as CUDA graphs: the same training.

Where there is no CUDA a stand-in replays what was captured, from the memory that was captured.
"""

import numpy as np
import pytest
import torch

from lnnlab.errors import UserError
from lnnlab.models import build
from lnnlab.training import LNNTrainer, Samples
from lnnlab.training.captured import MOST, WARM_UP, Captured
from lnnlab.training.stepping import Steps

CONFIG = {"input_dim": 4, "output_dim": 3, "mixup": 0.3, "input_noise": 0.1, "averaging": 0.9,
          "weight_decay": 0.01, "batch_size": 16}


class Replayed:
    """Stands for ``torch.cuda.CUDAGraph``: what ran inside is run again by ``replay``."""

    def register_generator_state(self, generator):
        raise AssertionError("no generator was given")

    def replay(self):
        self.losses.copy_(self.step(self.inputs))


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

    def start(self, model, config, waits=None):
        usual(self, model, config, waits=False)
        self.captured = Captured(self.step, [model])

    monkeypatch.setattr(Steps, "__init__", start)


def samples(count=53):
    random = np.random.default_rng(0)
    y = np.arange(count) % 3
    return Samples((random.normal(size=(count, 12, 4)) + y[:, None, None]).astype(np.float32), y)


def network(kind="keyword_linear_ltc"):
    torch.manual_seed(0)
    return build(kind, 4, 3, steps=12)


def fitted(kind, config, epochs=6, **more):
    trainer = LNNTrainer(CONFIG | config, network(kind))
    result = trainer.fit(samples(), samples(), epochs, progress=False, **more)
    return result, trainer


@pytest.mark.parametrize("kind", ["keyword_linear_ltc", "linear_ltc", "ds_cnn_42k"])
@pytest.mark.parametrize("averaging", [0.0, 0.9])
def test_captured_steps_train_as_eager_ones_do(kind, averaging, graphs, monkeypatch, request):
    eager, wanted = fitted(kind, {"averaging": averaging})
    request.getfixturevalue("as_on_cuda")
    found, trainer = fitted(kind, {"averaging": averaging})
    assert len(graphs) == 3  # whole batches, mixed and not, and the last of an epoch
    np.testing.assert_allclose([[*each.values()] for each in found.history],
                               [[*each.values()] for each in eager.history], rtol=2e-4)
    for one, other in zip(trainer.model.parameters(), wanted.model.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-4)


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
    assert trainer.steps.captured.graphs
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
