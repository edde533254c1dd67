"""Exercise of notebook 15, last part: a loss for masks."""

import torch

from ._define import Mistake, collect, exercise
from ._probes15 import loss_and_gradient
from ._run import Raised


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


def _says(*words):
    return lambda case, got, expected: isinstance(got, Raised) and any(w in got.text for w in words)


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
            when=_says("cut from the graph", "does not require grad"),
        ),
        Mistake("one number for the batch: the mean over its pictures", when=_says("not one num")),
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
