import base64
import itertools
import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from course_utils.widgets import loss_explorer
from course_utils.widgets._keys import GUARDED
from course_utils.widgets.losses import (
    CLASSES,
    LOSSES,
    _signed,
    draw_loss,
    explain_loss,
    loss_state,
)

FIGURE = (760, 270)
IN_TORCH = {
    "cross-entropy": F.cross_entropy,
    "with label smoothing 0.1": lambda z, y: F.cross_entropy(z, y, label_smoothing=0.1),
    "softmax, then cross-entropy": lambda z, y: F.cross_entropy(z.softmax(dim=1), y),
    "yes or no for each class (BCE)": lambda z, y: F.binary_cross_entropy_with_logits(
        z, F.one_hot(y, 3).to(z.dtype)
    ),
}
ENDS = [dict(zip(CLASSES, ends, strict=True)) for ends in itertools.product((-6.0, 6.0), repeat=3)]
START = {"cat": 2.0, "dog": 1.0, "ship": -1.0}


@pytest.fixture
def widget():
    return loss_explorer()


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("right", CLASSES)
def test_loss_and_gradient_are_those_of_torch(loss, right):
    numbers = np.random.default_rng(0).uniform(-6, 6, (20, 3)).tolist()
    for scores in [*numbers, [0.0, 0.0, 0.0], *(list(ends.values()) for ends in ENDS)]:
        logits = torch.tensor([scores], dtype=torch.float64, requires_grad=True)
        value = IN_TORCH[loss](logits, torch.tensor([CLASSES.index(right)]))
        value.backward()
        state = loss_state(loss, right, **dict(zip(CLASSES, scores, strict=True)))
        assert state.loss == pytest.approx(value.item(), abs=1e-12)
        assert state.gradient == pytest.approx(logits.grad[0].numpy(), abs=1e-12)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("right", CLASSES)
def test_everything_that_can_be_set_is_drawn_in_one_size(loss, right):
    for logits in [*ENDS, START, dict.fromkeys(CLASSES, 0.0)]:
        figure = draw_loss(loss, right, **logits)
        assert tuple(figure.bbox.size) == FIGURE
        assert f"right class {right}" in figure.get_label()
        assert 60 < len(explain_loss(loss, right, **logits)) < 180


def test_where_the_bars_end_beside_the_mark():
    state = loss_state("cross-entropy", "dog", **START)
    assert state.gradient == pytest.approx(state.seen - state.wanted)
    assert state.seen == pytest.approx([0.705, 0.259, 0.035], abs=5e-4)  # the picture of 15
    assert state.loss == pytest.approx(1.3490, abs=5e-5)
    assert loss_state("cross-entropy", "dog", cat=0.1, dog=0.2, ship=0.3).loss == pytest.approx(
        1.1019, abs=5e-5
    )


def test_with_yes_or_no_the_gradient_is_a_third_of_that():
    state = loss_state("yes or no for each class (BCE)", "dog", **START)
    assert 3 * state.gradient == pytest.approx(state.seen - state.wanted)


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.0, "+0.000"), (-0.7412, "-0.741"), (0.00034, "+0.0003"), (0.0000079, "+8e-06")],
)
def test_small_gradients_do_not_look_like_zero(value, words):
    assert _signed(value) == words


def test_softmax_twice_cannot_get_below_what_the_note_says():
    best = loss_state("softmax, then cross-entropy", "dog", cat=-6, dog=6, ship=-6).loss
    assert best == pytest.approx(math.log(math.e + 2) - 1, abs=1e-4)
    assert best > 0.5514


@pytest.mark.parametrize(
    ("loss", "logits", "words"),
    [
        ("cross-entropy", START, "Loss 1.3490 = −ln 0.259, the bar of dog."),
        ("cross-entropy", START, "a bar minus its mark"),
        ("cross-entropy", {"cat": 6, "dog": -6, "ship": -6}, "the loudest message there is"),
        ("cross-entropy", {"cat": -6, "dog": 6, "ship": -6}, "hardly anything to say"),
        ("softmax, then cross-entropy", START, "never gets below 0.5514"),
        (
            "softmax, then cross-entropy",
            {"cat": 6, "dog": -6, "ship": -6},
            "Wrong, and yet hardly a message",
        ),
        ("softmax, then cross-entropy", {"cat": -6, "dog": 6, "ship": -6}, "never gets below"),
        ("with label smoothing 0.1", START, "the marks are at 0.933 and 0.033"),
        ("with label smoothing 0.1", START, "would be enough"),
        ("with label smoothing 0.1", {"cat": -6, "dog": 6, "ship": -6}, "dog should fall!"),
        ("yes or no for each class (BCE)", START, "add up to 1.88: no class knows the others"),
        ("yes or no for each class (BCE)", START, "Each gradient is a third of bar − mark."),
    ],
)
def test_the_note_says_what_the_loss_does(loss, logits, words):
    assert words in explain_loss(loss, "dog", **logits)


def test_controls_and_bundle(widget):
    assert widget.params == {"loss": "cross-entropy", "right": "dog", **START}
    for control in widget._controls.values():
        assert control.description
        assert control.continuous_update is False
    bundle = widget._repr_mimebundle_()
    assert bundle["text/plain"] == repr(widget) == "<Loss explorer: run this cell to start>"
    assert len(base64.b64decode(bundle["image/png"])) < 30_000
    assert GUARDED in widget._dom_classes


def test_moving_a_control_redraws(widget):
    before = widget._picture.value
    widget._controls["dog"].value = 1.1
    assert widget._picture.value != before
    assert widget.message.startswith("Loss 1.2759 = −ln 0.279, the bar of dog.")
    widget.set(loss="softmax, then cross-entropy", dog=-6.0, cat=6.0)
    assert "hardly a message" in widget.message
    with pytest.raises(ValueError, match=r"dog cannot be 7; use -6.0 … 6.0"):
        widget.set(dog=7)
