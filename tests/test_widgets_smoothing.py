import base64
import io
import itertools

import numpy as np
import pytest

from course_utils._figures import style
from course_utils.widgets import smoothing_slider
from course_utils.widgets._keys import GUARDED
from course_utils.widgets.curves import smooth
from course_utils.widgets.smoothing import (
    TOP,
    draw_smoothing,
    explain_smoothing,
    lag_after_drop,
    noisy_loss,
    true_loss,
)

FIGURE = (720, 320)
ENDS = list(itertools.product((0, 0.6, 0.99), (0, 0.3, 0.6), (50, 300, 1000)))


@pytest.fixture
def widget():
    return smoothing_slider()


def line(figure, label):
    return next(line for line in figure.axes[0].lines if line.get_label() == label)


@pytest.mark.parametrize(("smoothing", "noise", "steps"), ENDS)
def test_everything_that_can_be_set_is_drawn_in_one_size(smoothing, noise, steps):
    figure = draw_smoothing(smoothing, noise, steps)
    assert tuple(figure.bbox.size) == FIGURE
    assert f"{steps} steps with noise {noise:.2f}" in figure.get_label()
    assert 40 < len(explain_smoothing(smoothing, noise, steps)) < 230


@pytest.mark.parametrize(("smoothing", "noise", "steps"), ENDS)
def test_nothing_leaves_the_picture(smoothing, noise, steps):
    logged = noisy_loss(noise, steps)
    assert logged.shape == (steps,)
    assert logged.min() >= 0
    assert max(smooth(logged, smoothing)) <= TOP + 1


def test_the_lines_are_what_their_names_say():
    figure = draw_smoothing(0.8, 0.3, 200)
    logged = noisy_loss(0.3, 200)
    assert line(figure, "logged").get_ydata() == pytest.approx(np.minimum(logged, TOP))
    assert line(figure, "smoothed").get_ydata() == pytest.approx(smooth(logged, 0.8))
    assert line(figure, "without noise").get_ydata() == pytest.approx(true_loss(200))
    assert line(figure, "logged").get_alpha() < 0.5  # pale, behind the others


def test_without_noise_and_smoothing_all_three_are_one():
    figure = draw_smoothing(0, 0, 100)
    for label in ("logged", "smoothed"):
        assert line(figure, label).get_ydata() == pytest.approx(true_loss(100))


def test_the_noise_is_the_same_each_time_and_grows_with_the_slider():
    assert np.array_equal(noisy_loss(0.3, 100), noisy_loss(0.3, 100))
    off = [np.abs(noisy_loss(noise, 500) - true_loss(500)).mean() for noise in (0, 0.2, 0.6)]
    assert off == sorted(off)
    assert off[0] == 0


def test_more_smoothing_jumps_less_and_is_later():
    lags = [lag_after_drop(smoothing, 1000) for smoothing in (0, 0.5, 0.9, 0.98)]
    assert lags == sorted(lags)
    assert lags[0] == 1
    assert lag_after_drop(0.99, 100) is None
    jumps = [np.abs(np.diff(smooth(noisy_loss(0.3, 300), s))).mean() for s in (0, 0.6, 0.9)]
    assert jumps == sorted(jumps, reverse=True)


def test_the_lag_is_that_of_the_formula():
    """A jump of 1 shrinks to smoothing ** n after n steps; a tenth is left when it is ≤ 0.1."""
    n = np.log(0.1) / np.log(0.9)
    assert lag_after_drop(0.9, 1000) == pytest.approx(n, abs=2)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ((0, 0.3, 300), "as it was logged"),
        ((0.9, 0.3, 300), "about 10 steps"),
        ((0.9, 0.3, 300), "steps late"),
        ((0.2, 0.3, 300), "nearly at once"),
        ((0.99, 0.3, 100), "Too much"),
        ((0.99, 0.3, 50), "about 50 steps"),
        ((0.6, 0.3, 300), "about 2.5 steps"),
        ((0.5, 0.3, 300), "about 2 steps"),
    ],
)
def test_the_note_says_what_is_won_and_what_it_costs(setting, words):
    assert words in explain_smoothing(*setting)


def test_without_noise_the_jumps_are_not_compared():
    assert "instead of" in explain_smoothing(0.9, 0.05, 300)
    assert "instead of" not in explain_smoothing(0.9, 0, 300)


def test_the_truth_is_drawn_on_top_and_no_label_leaves_the_picture():
    figure = draw_smoothing(0, 0, 100)
    assert figure.axes[0].lines[-1].get_label() == "without noise"
    with style():
        figure.savefig(io.BytesIO())
    assert figure.axes[0].yaxis.label.get_window_extent().x0 > 2


def test_controls_and_bundle(widget):
    assert widget.params == {"smoothing": 0.6, "noise": 0.3, "steps": 300}
    for control in widget._controls.values():
        assert control.description
        assert control.continuous_update is False
    bundle = widget._repr_mimebundle_()
    assert bundle["text/plain"] == repr(widget) == "<Smoothing slider: run this cell to start>"
    assert len(base64.b64decode(bundle["image/png"])) < 40_000
    assert GUARDED in widget._dom_classes


def test_moving_a_control_redraws(widget):
    before = widget._picture.value
    widget._controls["smoothing"].value = 0.9
    assert widget._picture.value != before
    assert "about 10 steps" in widget.message
    with pytest.raises(ValueError, match=r"smoothing cannot be 1; use 0.0 … 0.99"):
        widget.set(smoothing=1)
