"""Where a network trains: devices by name, records that stay apart, a GPU that is too small."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lnnlab.data import load, make_splits
from lnnlab.errors import UserError
from lnnlab.experiments import Budget, Run, recipe
from lnnlab.experiments.from_record import run_of
from lnnlab.experiments.results import RunRecord
from lnnlab.models import KINDS, build
from lnnlab.models.kinds import NULL
from lnnlab.training import LNNTrainer, Samples, checkpoint
from lnnlab.training import device as devices
from lnnlab.training.device import described, kind_of_device, moved, repeatable, resolved
from lnnlab.training.losses import training_loss
from lnnlab.training.variation import varied

CONFIG = {"input_dim": 4, "hidden_dim": 8, "output_dim": 3, "ode_solver": "exact",
          "batch_size": 16, "averaging": 0.9, "mixup": 0.3, "input_noise": 0.1,
          "timesteps": (1, 2)}
FULL = "CUDA out of memory. Tried to allocate 2.00 GiB."


def samples(count=48):
    random = np.random.default_rng(0)
    y = np.arange(count) % 3
    return Samples((random.normal(size=(count, 12, 4)) + y[:, None, None]).astype(np.float32), y)


@pytest.fixture
def machine(monkeypatch):
    """A machine with some CUDA cards, with or without MPS, as far as names are concerned."""
    def made(cards, mps=False):
        monkeypatch.setattr(torch.cuda, "device_count", lambda: cards)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    return made


@pytest.mark.parametrize(("cards", "mps", "chosen"), [
    (2, True, "cuda"), (1, False, "cuda"), (0, True, "mps"), (0, False, "cpu"),
])
def test_auto_takes_the_first_that_is_there(machine, cards, mps, chosen):
    machine(cards, mps)
    assert resolved("auto") == chosen
    assert resolved("cpu") == "cpu"


@pytest.mark.parametrize(("name", "message"), [
    ("gpu", "unknown device 'gpu': choose one of auto, cpu, cuda, mps; 'cuda:1' is"),
    ("cpu:1", "unknown device 'cpu:1'"), ("cuda:x", "unknown device 'cuda:x'"),
    ("cuda:2", r"device 'cuda:2': this machine has 2 card\(s\), numbered from 0"),
    ("mps", "device 'mps': this machine or this torch has no MPS; choose 'auto'"),
])
def test_a_device_that_is_not_here_is_one_line(machine, name, message):
    machine(2)
    with pytest.raises(UserError, match=message):
        LNNTrainer(CONFIG | {"device": name})


def test_without_a_card_cuda_says_why(machine, monkeypatch):
    machine(0)
    for version, why in ((None, "this torch is built without CUDA"), ("13.0", "no card is found")):
        monkeypatch.setattr(torch.version, "cuda", version)
        with pytest.raises(UserError, match=f"device 'cuda': {why}; choose 'auto' or 'cpu'"):
            resolved("cuda")


def test_cuda_is_held_to_full_precision_and_the_same_bits_and_given_back():
    def settings():
        cudnn = torch.backends.cudnn
        return (cudnn.benchmark, cudnn.deterministic, cudnn.allow_tf32,
                torch.are_deterministic_algorithms_enabled())

    before = settings()
    with repeatable("cuda:1"):
        assert settings() == (False, True, False, True)
    assert settings() == before


@pytest.mark.parametrize("name", [each.name for each in KINDS.values() if each.family != NULL])
def test_nothing_that_a_step_computes_is_left_on_the_cpu(name):
    """On a device that only knows shapes, which refuses tensors of two devices."""
    network = build(name, 6, 3, steps=24).to("meta")
    x, y, _ = moved((torch.zeros(4, 24, 6), torch.zeros(4, dtype=torch.long), None), "meta")
    config = LNNTrainer({"input_dim": 6, "output_dim": 3, "mixup": 0.3, "input_noise": 0.1,
                         "complexity_penalty": 0.1}).config
    x, y, _ = varied((x, y, None), config, [0, 1], network.spread)
    with pytest.MonkeyPatch.context() as patch:  # numbers of the loss alone cannot be read there
        patch.setattr("lnnlab.training.losses.float", lambda value: 0.0, raising=False)
        loss, _ = training_loss(network, (x, y, None), config, 0.1, 0.1)
    loss.backward()
    assert loss.device.type == "meta"
    assert all(each.grad is None or each.grad.device.type == "meta"
               for each in network.parameters())


@pytest.fixture
def small_memory(monkeypatch):
    """Forward passes of more windows than ``most`` find the memory full."""
    def made(trainer, most, after=0):
        original, calls = trainer.model.forward, []

        def forward(x, timespans=None):
            calls.append(len(x))
            if len(x) > most and len(calls) > after:
                raise torch.cuda.OutOfMemoryError(FULL)
            return original(x, timespans)

        monkeypatch.setattr(trainer.model, "forward", forward)
    return made


def test_a_batch_that_does_not_fit_is_halved_as_if_it_had_been_so(small_memory, capsys):
    part = samples()
    trainer, wanted = LNNTrainer(CONFIG), LNNTrainer(CONFIG | {"batch_size": 4})
    small_memory(trainer, 7)
    found = trainer.fit(part, part, 3, 3, progress=False)
    said = capsys.readouterr().out.splitlines()
    assert said == ["epoch 1: the memory of cpu does not hold a batch of 16; on with 8",
                    "epoch 1: the memory of cpu does not hold a batch of 8; on with 4"]
    expected = wanted.fit(part, part, 3, 3, progress=False)
    assert found.batch_size == expected.batch_size == 4
    np.testing.assert_allclose(  # a validation batch is another there
        [each["train_loss"] for each in found.history],
        [each["train_loss"] for each in expected.history], rtol=1e-6)
    for one, other in zip(trainer.model.parameters(), wanted.model.parameters(), strict=True):
        torch.testing.assert_close(one, other)


def test_memory_that_fills_in_mid_training_starts_the_epoch_again(small_memory, tmp_path, capsys):
    part, weights = samples(), []
    for place in (tmp_path / "one", tmp_path / "two"):
        trainer = LNNTrainer(CONFIG)
        small_memory(trainer, 8, after=5)  # the last step of the second epoch
        found = trainer.fit(part, part, 2, checkpoint=place, progress=False)
        assert (found.batch_size, found.epochs) == (8, 2)
        assert "epoch 2: the memory of cpu does not hold" in capsys.readouterr().out
        resumed = LNNTrainer(CONFIG)
        assert resumed.fit(part, part, 2, checkpoint=place, progress=False).batch_size == 8
        weights += [[*trainer.model.parameters()], [*resumed.model.parameters()]]
    for each in zip(*weights, strict=True):
        assert all(torch.equal(each[0], other) for other in each[1:])


def test_memory_for_no_window_and_other_errors_are_told(small_memory):
    part = samples()
    trainer = LNNTrainer(CONFIG)
    small_memory(trainer, 0)
    with pytest.raises(UserError, match="the GPU's memory does not hold one window's training"):
        trainer.fit(part, part, 1, progress=False)
    with pytest.raises(RuntimeError, match="must match"):
        LNNTrainer(CONFIG).predict(Samples(part.x[:, :, :2], part.y))


def test_a_prediction_in_smaller_batches_is_the_same(small_memory):
    part, trainer = samples(), LNNTrainer(CONFIG)
    whole = trainer.predict(part)
    small_memory(trainer, 7)
    np.testing.assert_allclose(trainer.predict(part), whole, rtol=1e-5, atol=1e-6)


def test_a_checkpoint_of_another_device_is_refused(tmp_path):
    trainer, place, part = LNNTrainer(CONFIG), tmp_path / "state", samples()
    assert "device" not in trainer.config.as_dict()
    trainer.fit(part, part, 1, checkpoint=place, progress=False)
    state = torch.load(place)
    state["fingerprint"]["device"] = "cuda"
    checkpoint.save(state, place)
    with pytest.raises(UserError, match=r"another run \(device differ\)"):
        LNNTrainer(CONFIG).fit(part, part, 1, checkpoint=place, progress=False)


def test_a_run_says_its_device_where_it_is_not_the_cpu(machine):
    dataset = load("bearing_sim", windows_per_recording=2)
    split = make_splits(dataset, "load")[0]
    plain = Run(dataset, split, recipe("linear_ltc", dataset), 0, Budget(1))
    assert "device" not in plain.identity and plain.label == "liquid (LinearLTC)"
    machine(0)
    assert replace(plain, device="auto").key == plain.key
    machine(2)
    other = replace(plain, device="auto")
    assert other.identity == plain.identity | {"device": "cuda"}
    assert replace(plain, device="cuda:1").key == other.key != plain.key
    assert RunRecord(other, {}).label == "liquid (LinearLTC), on cuda"
    assert ", on cuda, " in other.name
    machine(0)
    assert replace(plain, device="cuda").key == other.key  # its records are read anywhere
    assert described("cuda:1") == kind_of_device("cuda:1") == "cuda"


def test_a_record_gives_its_run_the_device_back():
    dataset = load("bearing_sim")
    run = Run(dataset, make_splits(dataset, "load")[0], recipe("linear_ltc", dataset), 0,
              device="cuda")
    assert run_of(run.identity).device == "cuda"
    identity = {name: value for name, value in run.identity.items() if name != "device"}
    assert run_of(identity).device == devices.CPU
