"""Figures to play with: a first drawing without a front end, another one when a knob is turned."""

from functools import partial

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
import pytest
from IPython.display import Audio

from lnnlab import play as played
from lnnlab.data import load, make_splits, one_of_each
from lnnlab.features import FeatureSpec
from lnnlab.play import Slider, play
from lnnlab.reports import cell_figures
from lnnlab.reports.sound_figures import NO_NOISE, Mixer, mistakes_of


class Screen:
    """What a front end was given: objects, in order, and what took their place later."""

    def __init__(self):
        self.shown, self.updates = [], []

    def display(self, thing, display_id=False):
        self.shown.append(thing)
        return self if display_id else None

    def update(self, thing):
        self.updates.append(thing)


@pytest.fixture
def screen(monkeypatch):
    screen = Screen()
    monkeypatch.setattr(played, "display", screen.display)
    return screen


def lines(count, colour, scale):
    figure, axis = plt.subplots()
    for each in range(count):
        axis.plot([0, scale * each], label=colour)
    return figure


def test_a_turned_knob_draws_anew_and_leaves_no_figure_open(screen):
    before = plt.get_fignums()
    play(lines, count=Slider(1, 9, 3), colour=["red", "blue"], scale=Slider(0.5, 2.0, 1.0))
    box, first = screen.shown
    assert isinstance(box, widgets.VBox) and len(first.axes[0].lines) == 3
    box.children[0].value = 5
    box.children[1].value = "blue"
    assert [len(each.axes[0].lines) for each in screen.updates] == [5, 5]
    assert screen.updates[-1].axes[0].lines[0].get_label() == "blue"
    assert plt.get_fignums() == before


def test_sounds_follow(screen):
    hum = lambda count: (np.zeros(80 * count), 8000.0)  # noqa: E731
    play(partial(lines, colour="red", scale=1.0), hum, count=Slider(1, 9, 2))
    box, _, player = screen.shown
    assert isinstance(player, Audio)
    box.children[0].value = 4
    assert len(screen.updates[-1].data) > len(player.data)


@pytest.mark.parametrize(("slider", "kind"), [
    (Slider(1, 9, 3), widgets.IntSlider), (Slider(0.5, 9, 3), widgets.FloatSlider),
    (Slider(1, 50, 3, logarithmic=True), widgets.FloatLogSlider)])
def test_a_slider_begins_where_it_is_told(slider, kind):
    knob = played._knob("how_much", slider)
    assert isinstance(knob, kind) and knob.value == pytest.approx(slider.start)
    assert knob.description == "how much"


@pytest.mark.parametrize("dt", [0.25, 1.0, 2.0, 4.0])
def test_linear_steps_lie_on_the_drawn_solution_and_eulers_do_not(dt):
    truth, steps, euler = cell_figures.exact_for_any_step(dt).axes[0].lines
    on = np.interp(steps.get_xdata(), truth.get_xdata(), truth.get_ydata())
    if dt < 4:  # inputs change every two
        np.testing.assert_allclose(steps.get_ydata(), on, atol=2e-3)
    assert np.abs(euler.get_ydata()[1:] - on).max() > 0.01 * dt
    plt.close("all")


def test_told_the_times_a_cell_is_where_all_samples_lead():
    bottom = cell_figures.uneven_samples(0.2, 3).axes[1]
    every, timed, untimed = bottom.lines
    at = timed.get_xdata() - 1
    np.testing.assert_allclose(timed.get_ydata(), every.get_ydata()[at], atol=1e-5)
    assert np.abs(untimed.get_ydata() - every.get_ydata()[at]).max() > 0.02
    plt.close("all")


def test_finer_solver_steps_come_nearer_to_the_drawn_truth():
    far = []
    for unfolds in (2, 24):
        truth, *others = cell_figures.solver_trajectories(1.0, unfolds).axes[0].lines
        far.append(max(np.abs(each.get_ydata() - np.interp(
            each.get_xdata(), truth.get_xdata(), truth.get_ydata())).max() for each in others))
    assert far[1] < 0.1 < far[0]
    plt.close("all")


def test_a_mix_has_the_ratio_that_was_chosen_and_its_features_are_drawn():
    dataset = load("spoken_words")
    fold = make_splits(dataset, "official")[0]
    row = one_of_each(dataset, fold.train, ["yes"])[0]
    mixer = Mixer(dataset, {"yes": row}, FeatureSpec("pcen", 512, 320, 40, floor=5e-9))
    clip = mixer.mixed("yes", NO_NOISE, 0)
    np.testing.assert_array_equal(clip, dataset.x[row, :, 0])
    for noise in mixer.noises[:-1]:
        added = mixer.mixed("yes", noise, 20.0) - clip
        ratio = 10 * np.log10(np.mean(clip**2) / np.mean(added**2))
        assert ratio == pytest.approx(20.0, abs=0.2)
    float_image, fixed_image = (axis.images[0].get_array() for axis in
                                mixer.figure("yes", "white", 0).axes[1:3])
    assert np.abs(float_image - fixed_image).mean() < 0.1 * float_image.std()
    plt.close("all")


def test_the_picker_shows_wrong_windows_only(bearing_records):
    made, _ = bearing_records
    wrong = mistakes_of(made, "majority")
    test = wrong.record.test
    assert len(wrong.names) == (test.truth != test.guess).sum() > 0
    place = wrong.places[1]
    expected = wrong.record.run.dataset.x[wrong.record.run.split.test[place], :, 0]
    np.testing.assert_array_equal(wrong.window(wrong.names[1]), expected)
    assert wrong.figure(wrong.names[1]).axes
    plt.close("all")
