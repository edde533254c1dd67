"""Exercise of notebook 15, last part: a loss for masks."""

import torch

from ._define import Mistake, collect, exercise
from ._probes15 import loss_and_gradient, says


def _observe(loss, logits, masks):
    return loss_and_gradient(loss, logits, masks)


def _masks(rng):
    shape = rng.randint(1, 3), 1, rng.randint(1, 3), rng.randint(2, 4)
    masks = (rng.tensor(*shape) > 1).float()
    masks[:, :, 0, 0] = 1  # none is empty
    return {"logits": rng.tensor(*shape), "masks": masks}


def _sums(p, masks, dims=(1, 2, 3)):
    return (p * masks).sum(dims), p.sum(dims), masks.sum(dims)


def _soft_iou(p, masks, dims=(1, 2, 3)):
    both, found, wanted = _sums(p, masks, dims)
    return both / (found + wanted - both)


def _dice(logits, masks):
    both, found, wanted = _sums(torch.sigmoid(logits), masks)
    return 1 - (2 * both / (found + wanted)).mean()


def _counted_twice(logits, masks):
    both, found, wanted = _sums(torch.sigmoid(logits), masks)
    return 1 - (both / (found + wanted)).mean()


def _one_added(logits, masks, dice=False):
    both, found, wanted = _sums(torch.sigmoid(logits), masks)
    above, below = (2 * both, found + wanted) if dice else (both, found + wanted - both)
    return 1 - ((above + 1) / (below + 1)).mean()


def _not_flat(logits, masks):
    p = torch.sigmoid(logits).flatten(1)
    both = (p * masks).sum(dim=1)
    return 1 - (both / (p.sum(dim=1) + masks.sum(dim=1) - both)).mean()


@exercise(
    observe=_observe,
    cases=_masks,
    hints=[
        "As in dice_by_hand: both = (p * masks) summed over the pixels of each picture.",
        "either = the sum of p + the sum of masks − both, as both is in each of the two sums.",
        "IoU is both / either for each picture; the loss is 1 − the mean of them.",
    ],
    mistakes=[
        Mistake("that is Dice: IoU is both / either, without the 2", like=_dice),
        Mistake(
            "that is Dice with 1 added: IoU is both / either, without the 2, and nothing added",
            like=lambda logits, masks: _one_added(logits, masks, dice=True),
        ),
        Mistake("nothing is added here: no mask is empty", like=_one_added),
        Mistake(
            "the 2 belongs to Dice: IoU is both / either",
            like=lambda logits, masks: 1 - 2 * _soft_iou(torch.sigmoid(logits), masks).mean(),
        ),
        *(
            Mistake("the mean over the pictures is wanted, not the sum", like=total)
            for total in (
                lambda logits, masks: (1 - _soft_iou(torch.sigmoid(logits), masks)).sum(),
                lambda logits, masks: 1 - _soft_iou(torch.sigmoid(logits), masks).sum(),
            )
        ),
        Mistake("p is (B, pixels) and masks is not: flatten both", like=_not_flat),
        Mistake("what is in both is counted twice below: take it away once", like=_counted_twice),
        Mistake(
            "IoU for each picture first, then the mean: a large animal must not outvote a small "
            "one",
            like=lambda logits, masks: 1 - _soft_iou(torch.sigmoid(logits), masks, (0, 1, 2, 3)),
        ),
        Mistake(
            "the sums go over both directions of a picture, not over its rows one by one",
            like=lambda logits, masks: 1 - _soft_iou(torch.sigmoid(logits), masks, 3).mean(),
        ),
        Mistake(
            "the logits are no probabilities yet: sigmoid",
            like=lambda logits, masks: 1 - _soft_iou(logits, masks).mean(),
        ),
        Mistake(
            "that is the score, 1 is best; a loss falls: 1 − it",
            like=lambda logits, masks: _soft_iou(torch.sigmoid(logits), masks).mean(),
        ),
        Mistake(
            "a minus sign does fall, but 0 is to be the best loss: 1 − it",
            like=lambda logits, masks: -_soft_iou(torch.sigmoid(logits), masks).mean(),
        ),
        Mistake(
            "softmax over pixels lets them compete; each pixel is a question with yes or no: "
            "sigmoid",
            like=lambda logits, masks: (
                1 - _soft_iou(logits.flatten(1).softmax(1).view_as(logits), masks).mean()
            ),
        ),
        Mistake(
            "a comparison such as > 0.5 has no slope: nothing flows back. Use the probabilities",
            when=says("cut from the graph", "does not require grad"),
        ),
        Mistake("one number for the batch: the mean over its pictures", when=says("not one num")),
    ],
)
def soft_iou_loss(logits, masks):
    """Return 1 − IoU with probabilities; mean over the pictures. Both are (B, 1, H, W)."""
    p = torch.sigmoid(logits).flatten(1)  # (B, pixels)
    masks = masks.flatten(1)
    both = (p * masks).sum(dim=1)
    either = p.sum(dim=1) + masks.sum(dim=1) - both
    return 1 - (both / either).mean()


EXERCISES = collect(vars())
