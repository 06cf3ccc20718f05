"""What tests share: hypothesis' settings, small networks, a stream of words, a benchmark."""

import hypothesis
import numpy as np
import pytest

from lnnlab import paths
from lnnlab.adaptive import candidates
from lnnlab.adaptive.costs import PolicyCostModel, excerpt
from lnnlab.adaptive.learned import FLOORS, scores_of, train_gate
from lnnlab.adaptive.listening import Listener
from lnnlab.adaptive.search import Search, search
from lnnlab.compress import quantise
from lnnlab.data import load, make_splits
from lnnlab.data.streams import StreamPlan, build_stream
from lnnlab.experiments import benchmark
from lnnlab.experiments.benchmark import Benchmark, Work, model_rows
from lnnlab.experiments.keyword_recipes import any_timestep, family
from lnnlab.experiments.run import Budget, Run
from lnnlab.experiments.trained import trained
from lnnlab.target.boards import board

# no test asserts a time: an example may be slow on a machine that does other work
hypothesis.settings.register_profile("lnnlab", deadline=None)
hypothesis.settings.load_profile("lnnlab")


def _at_the_root():
    """What lies there; tools keep what is theirs in hidden folders."""
    return {path.name for path in paths.ROOT.iterdir() if not path.name.startswith(".")}


LAY_THERE = _at_the_root()


def pytest_sessionfinish(session):
    """What a command writes without an address lands where it is run: no test leaves any."""
    left = sorted(_at_the_root() - LAY_THERE - {"reports"})
    if left and not hasattr(session.config, "workerinput"):
        print(f"\nERROR: tests left at the root of the project: {', '.join(left)}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def bearing_given():
    """A small benchmark of simulated bearings: three folds, two seeds."""
    dataset = load("bearing_sim", windows_per_recording=6)
    return Benchmark(dataset, "load", (0, 1), Budget(3))


@pytest.fixture(scope="session")
def bearing_records(bearing_given, tmp_path_factory):
    """Its records, and the folder that they lie in."""
    folder = tmp_path_factory.mktemp("bearings")
    models = ["linear_ltc", "logistic_regression", "majority"]
    rows = model_rows(models, bearing_given.dataset, 2)
    return benchmark(bearing_given, rows, Work(folder, progress=False)), folder


@pytest.fixture(scope="session")
def words():
    dataset = load("spoken_words", voices=22)
    return dataset, make_splits(dataset, "official")[0]


@pytest.fixture(scope="session")
def word_run(words):
    recipe = any_timestep(family("liquid_small", words[0], 1, versions=3)[0])
    return Run(*words, recipe, 0, Budget(25))


@pytest.fixture(scope="session")
def saved(word_run, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LNNLAB_CACHE", str(tmp_path_factory.mktemp("cache")))
        return trained(word_run, tmp_path_factory.mktemp("networks"))


@pytest.fixture(scope="session")
def stream(words):
    dataset, split = words
    plan = StreamPlan(90, activity=0.25, seed=1)
    return build_stream(dataset, split.validation, plan, "validation")


@pytest.fixture(scope="session")
def listener(saved, stream):
    model, chosen = quantise(saved), board("nrf52840")
    return Listener(model, stream, chosen, PolicyCostModel(model, chosen, excerpt(model, stream)))


@pytest.fixture(scope="session")
def grounds():
    """Random levels of the gates on features, and two trained gates."""
    random = np.random.default_rng(0)
    inputs = np.round(1024 * random.normal(size=(400, 5))).astype(int)
    gates = [train_gate(inputs, inputs[:, k] > 500, 0, floors) for k, floors in enumerate(FLOORS)]
    levels = random.integers(0, 300, (2, 400))
    return candidates.Ground(0.02, *levels, [(each, scores_of(each, inputs)) for each in gates])


@pytest.fixture(scope="session")
def outcomes(listener):
    """A short search of every kind."""
    return search(listener, Search(trials=4, progress=False))
