"""Windows of streams heard through policies, and networks tuned on them."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from lnnlab.errors import UserError
from lnnlab.experiments.policies import tuning
from lnnlab.experiments.policies.tuning import Tuning, tuned, tuned_on_streams
from lnnlab.experiments.policies.windows import Hearing, heard_windows
from lnnlab.experiments.run import Budget


def test_windows_of_streams_end_with_what_they_are_called(words, saved):
    """Frames that last nothing fill windows up in front and change no answer."""
    dataset, split = words
    few = replace(split, train=split.train[:40])
    how = Hearing(passes=1, context_s=1.0, gates=3)
    windows = heard_windows(dataset, few, saved, how, 0)
    spans = windows.timespans
    assert (np.diff((spans > 0).astype(int), axis=1) >= 0).all()  # padding only in front
    assert (spans.sum(axis=1) <= 50).all() and (spans.sum(axis=1) > 0).all()
    row = int(np.argmin((spans > 0).sum(axis=1)))
    own = spans[row] > 0
    x = torch.from_numpy(windows.x[row : row + 1])
    with torch.no_grad():
        whole = saved.network(x, torch.from_numpy(spans[row : row + 1]))
        bare = saved.network(x[:, own], torch.from_numpy(spans[row : row + 1, own]))
    torch.testing.assert_close(whole, bare)
    with torch.no_grad():
        guess = saved.network(torch.from_numpy(windows.x), torch.from_numpy(spans)).argmax(1)
    right = float((guess.numpy() == windows.y).mean())
    assert right > 0.3  # chance is 1 in 12: labels and windows belong together


def test_some_windows_are_heard_asleep_unless_all_are_heard_always(words, saved):
    dataset, split = words
    few, how = replace(split, train=split.train[:40]), Hearing(passes=1, context_s=1.0, gates=3)
    asleep, awake = (heard_windows(dataset, few, saved, each, 0).timespans
                     for each in (how, replace(how, always=1.0)))
    some = ((asleep > 1).any(axis=1) & (asleep == 0).any(axis=1)).mean()
    assert 0.2 < some < 1
    assert (awake == 1).all() and awake.shape == asleep.shape


def test_batch_normalisation_keeps_its_statistics_while_a_network_is_tuned(word_run, saved):
    how = Tuning(Hearing(passes=1, context_s=1.0, gates=2), epochs=1)
    few = replace(word_run, split=replace(word_run.split, train=word_run.split.train[:30]))
    found, again = (tuned(few, saved, how).network.state_dict() for _ in range(2))
    for name, before in saved.network.state_dict().items():
        same = torch.equal(before, found[name])
        assert same == ("running" in name or "tracked" in name or name in ("offset", "scale")), name
        assert torch.equal(found[name], again[name])


def test_teachers_hear_a_clip_s_length_of_every_frame(words, saved):
    """A stand-in that answers by how many frames it is given, and by the last one."""
    dataset, split = words
    seen = []

    class Teacher(torch.nn.Module):
        def forward(self, x):
            seen.append(x)
            return 8.0 * torch.nn.functional.one_hot(x[:, -1].argmax(dim=1) % 3, 12).float()

    few, how = replace(split, train=split.train[:30]), Hearing(1, context_s=1.5, gates=1)
    windows = heard_windows(dataset, few, saved, how, 0, [Teacher(), Teacher()])
    clip = saved.features.frames(dataset.x.shape[1])
    assert {x.shape[1] for x in seen} == {clip} and clip < windows.x.shape[1]
    heard = torch.cat(seen[::2])
    np.testing.assert_array_equal(windows.teacher.argmax(axis=1),
                                  heard[:, -1].argmax(dim=1).numpy() % 3)
    assert windows.teacher.max() > 0.7 and len(windows.teacher) == len(windows.y)


def test_teachers_change_what_is_learned(word_run, saved):
    few = replace(word_run, split=replace(word_run.split, train=word_run.split.train[:20]))

    class Contrary(torch.nn.Module):
        def forward(self, x):
            return torch.eye(12)[torch.full((len(x),), 3)] * 20

    how = Tuning(Hearing(1, context_s=1.0, gates=1), 1)
    alone, taught = (tuned(few, saved, how, teachers) for teachers in ((), (Contrary(),)))
    pulled = [each.network.readout.bias[3].item() for each in (alone, taught)]
    assert pulled[1] > pulled[0]


def test_a_tuned_network_is_kept_and_stale_ones_are_not_built_on(
    word_run, tmp_path, monkeypatch
):
    monkeypatch.setenv("LNNLAB_CACHE", str(tmp_path / "cache"))
    few = replace(word_run, split=replace(word_run.split, train=word_run.split.train[:30]),
                  budget=Budget(1))
    how = Tuning(Hearing(1, context_s=1.0, gates=1), 1)
    made = tuned_on_streams(few, how, tmp_path)
    assert len(list(tmp_path.glob("*.pt"))) == 2 and len(made.calibration)
    with monkeypatch.context() as patch:
        patch.setattr(tuning, "trained", None)
        patch.setattr(tuning, "tuned", None)
        again = tuned_on_streams(few, how, tmp_path)
        assert torch.equal(again.network.readout.bias, made.network.readout.bias)
        patch.setattr(tuning, "basis_of", lambda run: {"probe": [1.0]})
        patch.setattr(tuning, "renewed", lambda run, folder: SimpleNamespace(saved="anew"))
        assert tuning.up_to_date(few, tmp_path) == "anew"


@pytest.mark.parametrize("given", [
    {"passes": -1}, {"gates": 0}, {"activity": 1.0}, {"always": 1.5}, {"silences": -0.1},
    {"context_s": 0.0}, {"temperature": 0.0},
], ids=str)
def test_strange_hearing_is_refused(given):
    (name, value), = given.items()
    with pytest.raises(UserError, match=f"^{name} = {value:g}: choose "):
        Hearing(**given)


def test_gates_compute_the_share_of_frames_that_is_asked_for(words, saved):
    dataset, split = words
    few = replace(split, train=split.train[:40])
    how = Hearing(passes=1, activity=0.2, context_s=1.0, gates=3, always=0.0, silences=0.0)
    rare, frequent = (
        (heard_windows(dataset, few, saved, replace(how, shares=shares), 0).timespans > 0).sum()
        for shares in ((0.1, 0.2), (0.35, 0.5)))
    assert 1.4 * rare < frequent


@pytest.mark.parametrize("shares", [(0.3, 0.1), (-0.1, 0.2), (0.5, 1.2)], ids=str)
def test_a_range_of_shares_must_rise_within_0_to_1(shares):
    with pytest.raises(UserError, match=r"^shares = \(.*\): choose a rising range from 0 to 1"):
        Hearing(shares=shares)
