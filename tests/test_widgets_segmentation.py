import base64
import itertools

import numpy as np
import pytest
import torch

from course_utils.metrics import dice, iou
from course_utils.widgets import mask_threshold
from course_utils.widgets._keys import GUARDED
from course_utils.widgets.segmentation import (
    STEPS,
    Predictions,
    _overlay,
    draw_mask,
    in_words,
)

FIGURE = (820, 290)
POSITIONS = [step / STEPS for step in range(STEPS + 1)]


def some(count=3, height=12, width=16, seed=0):
    """Pictures with a disc that a network has found roughly."""
    generator = torch.Generator().manual_seed(seed)
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    inside = (((y - 6) ** 2 + (x - 8) ** 2) < 20).expand(count, 1, height, width)
    noise = torch.randn(count, 1, height, width, generator=generator)
    images = torch.rand(count, 3, height, width, generator=generator)
    return images, torch.sigmoid(3 * (inside.float() - 0.5) + noise), inside


@pytest.fixture(scope="module")
def answers():
    return Predictions(*some())


def test_scores_are_those_of_the_course(answers):
    _, probabilities, masks = some()
    for place, threshold in enumerate(POSITIONS):
        expected = iou(probabilities > threshold, masks)
        assert torch.allclose(torch.tensor(answers.curves[place]).float(), expected)
    both = probabilities > 0.5
    assert f"Dice {dice(both, masks)[1]:.2f}" in in_words(answers, picture=2, threshold=0.5)


def test_every_position_is_drawn_in_one_size(answers):
    for picture, threshold in itertools.product((1, 3), POSITIONS):
        figure = draw_mask(answers, picture=picture, threshold=threshold)
        assert tuple(figure.bbox.size) == pytest.approx(FIGURE)
        assert 90 < len(in_words(answers, picture=picture, threshold=threshold)) < 190
        assert figure.get_label().startswith(f"Picture {picture} of 3 and its mask above")
    figure.canvas.draw()


def test_at_both_ends_all_is_found_or_nothing(answers):
    pixels, bee = 12 * 16, int(some()[2][0].sum())
    everything = in_words(answers, picture=1, threshold=0)
    assert f"{bee} hits, 0 misses, {pixels - bee} false alarms" in everything
    nothing = in_words(answers, picture=1, threshold=1)
    assert f"IoU 0.00, Dice 0.00: 0 hits, {bee} misses, 0 false alarms" in nothing


def test_each_outcome_has_its_colour():
    images = torch.full((1, 3, 1, 4), 0.5)
    probabilities = torch.tensor([0.9, 0.1, 0.9, 0.1]).reshape(1, 1, 1, 4)
    masks = torch.tensor([True, True, False, False]).reshape(1, 1, 1, 4)
    hit, miss, alarm, ground = _overlay(Predictions(images, probabilities, masks), 0, 0.5)[0]
    assert hit.argmax() == 2
    assert miss.min() > 0.7
    assert alarm.argmax() == 0
    assert alarm[0] > alarm[1] > alarm[2]
    assert ground.max() == ground.min() < 0.5


def test_an_empty_mask_found_empty_is_right():
    nothing = torch.zeros(1, 1, 4, 4)
    answers = Predictions(torch.zeros(1, 3, 4, 4), nothing, nothing)
    assert in_words(answers, picture=1, threshold=0.5).startswith("IoU 1.00, Dice 1.00: 0 hits")
    draw_mask(answers, picture=1, threshold=0.5).canvas.draw()


def test_takes_bytes_arrays_and_numbers_for_masks(answers):
    images, probabilities, masks = some()
    whole = (images * 255).round().byte()
    other = Predictions(whole, probabilities.numpy(), masks.float())
    assert np.array_equal(other.curves, answers.curves)
    assert np.allclose(other.images[0], answers.images[0], atol=1 / 255)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda i, p, m: (i, p[:, 0], m), "must be"),
        (lambda i, p, m: (i, p, m[..., 1:]), "must be"),
        (lambda i, p, m: (i[:0], p[:0], m[:0]), "N ≥ 1"),
        (lambda i, p, m: (i, torch.logit(p), m), "torch.sigmoid"),
        (lambda i, p, m: (i * 255, p, m), "outside 0…1"),
    ],
)
def test_refuses_what_it_cannot_show(change, message):
    with pytest.raises(ValueError, match=message):
        mask_threshold(*change(*some()))


def test_controls_and_bundle():
    widget = mask_threshold(*some())
    assert widget.params == {"picture": 1, "threshold": 0.5}
    for control in widget._controls.values():
        assert control.description
        assert control.continuous_update is False
    bundle = widget._repr_mimebundle_()
    assert bundle["text/plain"] == repr(widget) == "<Mask threshold: run this cell to start>"
    assert len(base64.b64decode(bundle["image/png"])) < 60_000
    assert GUARDED in widget._dom_classes


def test_moving_a_control_redraws():
    widget = mask_threshold(*some())
    before, said = widget._picture.value, widget.message
    widget._controls["threshold"].value = 0.8
    assert widget._picture.value != before
    assert widget.message != said
    widget.set(picture=3, threshold=1)
    assert widget.message.startswith("IoU 0.00")
    with pytest.raises(ValueError, match="picture cannot be 4; use 1 … 3"):
        widget.set(picture=4)
