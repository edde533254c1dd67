import pytest
import torch
from torch.autograd import gradcheck

from course_utils.losses import dice_loss
from course_utils.metrics import dice

GENERATOR = torch.Generator().manual_seed(0)


def drawn(*shape, share=0.3, dtype=torch.float64):
    logits = torch.randn(*shape, generator=GENERATOR, dtype=dtype)
    return logits, torch.rand(*shape, generator=GENERATOR) < share


@pytest.mark.parametrize("shape", [(1, 1, 4, 4), (3, 1, 5, 7), (2, 6), (4, 2, 3, 3)])
def test_sure_answers_cost_what_the_score_says(shape):
    logits, masks = drawn(*shape)
    found = logits > 0
    sure = torch.where(found, 1000.0, -1000.0).double()
    loss = dice_loss(sure, masks.double(), smooth=0)
    assert loss.item() == pytest.approx(1 - dice(found, masks).mean().item(), abs=1e-6)


def test_it_is_the_sum_over_the_pixels_of_each_image():
    logits, masks = drawn(3, 1, 4, 5)
    losses = []
    for z, t in zip(logits.flatten(1).tolist(), masks.flatten(1).tolist(), strict=True):
        p = torch.tensor(z).sigmoid().tolist()
        both = sum(a * b for a, b in zip(p, t, strict=True))
        losses.append(1 - (2 * both + 1) / (sum(p) + sum(t) + 1))
    assert dice_loss(logits, masks).item() == pytest.approx(sum(losses) / 3, rel=1e-6)


def test_the_gradient_is_right_and_half_of_it_at_the_start_is_for_a_small_object():
    logits, masks = drawn(2, 1, 3, 4)
    assert gradcheck(lambda z: dice_loss(z, masks), (logits.requires_grad_(),))
    start = torch.zeros(1, 1, 20, 20, dtype=torch.float64, requires_grad=True)
    mask = torch.zeros(1, 1, 20, 20)
    mask[..., :2, :2] = 1  # a hundredth of all pixels
    dice_loss(start, mask, smooth=0).backward()
    pull = start.grad.abs()
    assert (pull * mask).sum() / pull.sum() == pytest.approx((1 + 0.01) / 2)


def test_an_empty_mask_that_is_found_empty_costs_nothing():
    empty = torch.zeros(2, 1, 8, 8)
    assert dice_loss(empty - 100, empty).item() == pytest.approx(0, abs=1e-6)
    assert dice_loss(empty + 100, empty).item() > 0.98


@pytest.mark.parametrize("kind", [torch.bool, torch.uint8, torch.int64, torch.float32])
def test_masks_of_every_type(kind):
    logits, masks = drawn(2, 1, 4, 4)
    assert dice_loss(logits, masks.to(kind)) == dice_loss(logits, masks)


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
def test_half_precision_is_summed_in_float32(kind):
    large = torch.full((1, 1, 300, 300), 2.0, dtype=kind)  # 90,000 pixels: more than float16 holds
    loss = dice_loss(large, torch.ones_like(large))
    assert loss.dtype == torch.float32
    assert 0 < loss.item() < 0.1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"masks": torch.zeros(2, 4, 4)}, r"masks \(2, 4, 4\) must have one shape .*unsqueeze"),
        ({"masks": torch.zeros(2, 1, 4, 5)}, "must have one shape"),
        ({"masks": torch.zeros(2, 1, 4, 4), "smooth": -1}, "smooth -1 must be 0 or more"),
    ],
)
def test_bad_input_names_the_value(arguments, message):
    with pytest.raises(ValueError, match=message):
        dice_loss(torch.zeros(2, 1, 4, 4), **arguments)
