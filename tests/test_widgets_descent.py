import base64
import itertools
import math

import pytest
import torch

from course_utils.widgets import descent
from course_utils.widgets._keys import GUARDED
from course_utils.widgets.descent import (
    CURVES,
    GRID,
    LOST,
    descend_path,
    draw_descent,
    explain_descent,
)

IN_TORCH = {
    "one valley": lambda w: w**2,
    "two valleys": lambda w: (w**2 - 2) ** 2 / 8 + w / 4 + 0.4,
    "flat outside": lambda w: 4 - 4 * torch.exp(-(w**2)),
    "sharp corner": lambda w: 2 * w.abs(),
}
FIGURE = (720, 300)


@pytest.fixture
def widget():
    return descent()


def lines(figure):
    return [line for ax in figure.axes for line in ax.lines]


@pytest.mark.parametrize("curve", CURVES)
def test_values_and_slopes_are_those_of_autograd(curve):
    w = torch.tensor(GRID, requires_grad=True)
    loss = IN_TORCH[curve](w)
    loss.sum().backward()
    assert CURVES[curve].value(GRID) == pytest.approx(loss.detach().numpy())
    assert CURVES[curve].slope(GRID) == pytest.approx(w.grad.numpy())
    assert CURVES[curve].lowest == pytest.approx(loss.min().item(), abs=2e-3)


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("learning_rate", [0.01, 0.3, 1.2])
def test_the_path_is_that_of_torch_sgd(curve, learning_rate):
    w = torch.tensor(2.9, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=learning_rate)
    path = descend_path(curve, 2.9, learning_rate, 6)
    for place in path:
        assert w.item() == pytest.approx(place, rel=1e-9)
        optimizer.zero_grad()
        IN_TORCH[curve](w).backward()
        optimizer.step()


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("start", [-3.0, 0.0, 3.0])
def test_everything_that_can_be_set_is_drawn_in_one_size(curve, start):
    for learning_rate, steps in itertools.product([0.01, 1.2], [0, 1, 30]):
        figure = draw_descent(curve, start, learning_rate, steps)
        assert tuple(figure.bbox.size) == FIGURE
        assert CURVES[curve].formula in figure.get_label()
        assert 60 < len(explain_descent(curve, start, learning_rate, steps)) < 230


@pytest.mark.parametrize(("steps", "words"), [(1, "1 step leads from"), (2, "2 steps lead from")])
def test_the_alt_text_counts_the_steps(steps, words):
    assert words in draw_descent("one valley", 2.5, 0.1, steps).get_label()


def test_the_tangent_touches_the_curve_with_its_slope():
    figure = draw_descent("one valley", 1.0, 0.1, 0)
    (tangent,) = [line for line in lines(figure) if hasattr(line, "get_slope")]
    assert tangent.get_slope() == 2
    assert tuple(tangent.get_xy1()) == (1, 1)


def test_the_loss_after_each_step_is_shown():
    figure = draw_descent("one valley", 2.0, 0.25, 3)
    below = next(line for line in figure.axes[1].lines if line.get_marker() == "o")
    assert list(below.get_ydata()) == [4, 1, 0.25, 0.0625]


def test_what_does_not_fit_is_marked_and_never_hidden():
    figure = draw_descent("one valley", 2.5, 1.1, 6)
    above = next(line for line in figure.axes[1].lines if line.get_marker() == "^")
    top = figure.axes[1].get_ylim()[1]
    assert len(above.get_xdata()) == sum(6.25 * 1.2 ** (2 * n) > top for n in range(7)) > 3
    assert max(above.get_ydata()) < top
    assert "higher" in figure.axes[1].get_title()
    assert "off the picture, w = 7.46" in figure.axes[0].texts[0].get_text()
    assert "to w = 7.465, loss 55.73" in figure.get_label()


@pytest.mark.parametrize("start", [-3.0, 3.0])
def test_a_dot_at_the_edge_is_drawn_whole(start):
    left = draw_descent("one valley", start, 0.1, 2).axes[0]
    dots = [line for line in left.lines if line.get_marker() == "o"]
    assert dots[0].get_xdata()[0] == start
    assert not any(line.get_clip_on() for line in dots)


def test_dots_off_the_picture_are_left_out_and_the_words_stand_on_white():
    left = draw_descent("one valley", 2.5, 1.1, 6).axes[0]
    dots = next(line for line in left.lines if line.get_marker() == "o")
    assert all(abs(place) <= 3 for place in dots.get_xdata())
    assert left.texts[0].get_bbox_patch().get_facecolor() == (1, 1, 1, 1)


@pytest.mark.parametrize(
    ("setting", "deepest"),
    [  # what notebook 04 answers to its questions
        ((0.2, 0.1), True),
        ((0.3, 0.1), False),
        ((2.5, 0.40), False),
        ((2.5, 0.41), True),
        ((2.5, 0.79), True),
    ],
)
def test_which_of_the_two_valleys_is_reached(setting, deepest):
    assert (descend_path("two valleys", *setting, 30)[-1] < 0) == deepest


def test_a_path_that_runs_away_ends_with_the_reason():
    path = descend_path("two valleys", 3.0, 1.2, 30)
    assert len(path) < 12
    assert abs(path[-2]) <= LOST < abs(path[-1]) < math.inf
    words = explain_descent("two valleys", 3.0, 1.2, 30)
    assert words.startswith(f"✗ Diverged: after step {len(path) - 1} ")


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        (("one valley", 2.5, 0.1, 2), "After 2 steps: w = 1.6, loss 2.56, slope 3.2."),
        (("one valley", 2.5, 0.1, 0), "After 0 steps: w = 2.5,"),
        (("one valley", 2.5, 0.1, 1), "After 1 step: w = 2,"),
        (("one valley", 2.5, 0.1, 2), "−0.10 · slope = -0.32."),
        (("one valley", 2.5, 0.1, 2), "long where the curve is steep"),
        (("one valley", 2.5, 0.1, 30), "it has arrived"),
        (("one valley", 2.5, 0.9, 5), "from side to side"),
        (("one valley", 2.5, 1.01, 4), "higher than at the start"),
        (("two valleys", 2.5, 0.1, 30), "lower places exist"),
        (("two valleys", -2.5, 0.1, 30), "it has arrived"),
        (("flat outside", 2.8, 0.1, 30), "lower places exist"),
        (("flat outside", 2.0, 0.8, 30), "from side to side"),
        (("flat outside", 2.0, 0.8, 3), "long where the curve is steep"),
        (("sharp corner", 2.5, 0.1, 5), "one length"),
        (("sharp corner", -2.5, 0.1, 5), "slope -2."),
        (("sharp corner", -2.5, 0.1, 5), "equally steep everywhere"),
        (("sharp corner", 2.5, 0.11, 30), "jumps across the corner"),
        (("sharp corner", 2.5, 0.3, 20), "jumps across the corner"),
    ],
)
def test_the_note_says_where_it_stands_and_why(setting, words):
    assert words in explain_descent(*setting)


def test_controls_and_bundle(widget):
    assert widget.params == {"curve": "one valley", "start": 2.5, "learning_rate": 0.1, "steps": 3}
    for control in widget._controls.values():
        assert control.description
        assert control.continuous_update is False
    bundle = widget._repr_mimebundle_()
    assert bundle["text/plain"] == repr(widget) == "<Descent: run this cell to start>"
    assert len(base64.b64decode(bundle["image/png"])) < 30_000
    assert GUARDED in widget._dom_classes


def test_moving_a_control_redraws(widget):
    before = widget._picture.value
    widget._controls["steps"].value = 4
    assert widget._picture.value != before
    assert widget.message.startswith("After 4 steps: w = 1.024")
    widget.set(curve="two valleys", start=3.0, learning_rate=1.2, steps=30)
    assert "Diverged" in widget.message
    with pytest.raises(ValueError, match=r"learning_rate cannot be 2; use 0.01 … 1.2"):
        widget.set(learning_rate=2)
