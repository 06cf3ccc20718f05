"""What tests of timestep policies share: a small network that knows words, and a stream of them."""

import numpy as np
import pytest

from lnnlab.adaptive import candidates
from lnnlab.adaptive.costs import Costs, excerpt
from lnnlab.adaptive.learned import FLOORS, scores_of, train_gate
from lnnlab.adaptive.listening import Listener
from lnnlab.adaptive.search import KINDS, search
from lnnlab.compress import quantise
from lnnlab.data import load, make_splits
from lnnlab.data.streams import StreamPlan, build_stream
from lnnlab.experiments.keyword_recipes import any_timestep, family
from lnnlab.experiments.trained import trained
from lnnlab.target.boards import board


@pytest.fixture(scope="session")
def words():
    dataset = load("spoken_words", voices=22)
    return dataset, make_splits(dataset, "official")[0]


@pytest.fixture(scope="session")
def saved(words, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LNNLAB_CACHE", str(tmp_path_factory.mktemp("cache")))
        recipe = any_timestep(family("liquid_small", words[0], 1, versions=3)[0])
        return trained(*words, recipe, 0, tmp_path_factory.mktemp("models"), 25, 25)


@pytest.fixture(scope="session")
def stream(words):
    dataset, split = words
    plan = StreamPlan(90, activity=0.25, seed=1)
    return build_stream(dataset, split.validation, plan, "validation")


@pytest.fixture(scope="session")
def listener(saved, stream):
    model, chosen = quantise(saved), board("nrf52840")
    return Listener(model, stream, chosen, Costs(model, chosen, excerpt(model, stream)))


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
    return search(listener, KINDS, trials=4, progress=False)
