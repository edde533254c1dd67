"""A loss for masks that PyTorch does not have. The others are in ``torch.nn``."""

from __future__ import annotations

import torch
from torch import Tensor


def dice_loss(logits: Tensor, masks: Tensor, *, smooth: float = 1.0) -> Tensor:
    """Return 1 − the Dice coefficient, with probabilities in place of yes and no; mean over images.

    For each image it is 1 − (2·Σ p·t + smooth) / (Σ p + Σ t + smooth), where p = sigmoid(logit), t
    is 0 or 1, and the sums go over all of its pixels. Between 0 and 1, and differentiable. With
    logits far from 0 and ``smooth=0`` it is 1 − ``metrics.dice``. (Milletari, Navab and Ahmadi,
    "V-Net", 2016, without their squares.)

    Args:
        logits: (N, …), floating point; half precision is summed in float32.
        masks: the same shape, bool or numbers 0 and 1.
        smooth: makes an empty mask that is found empty cost about 0. With 0 it would be nan.

    Raises:
        ValueError: if the shapes differ (they are never broadcast), or ``smooth`` is negative.
    """
    if logits.shape != masks.shape or logits.ndim < 2:
        raise ValueError(
            f"logits {tuple(logits.shape)} and masks {tuple(masks.shape)} must have one shape "
            "(N, …); masks.unsqueeze(1) makes (N, 1, H, W) of (N, H, W)"
        )
    if smooth < 0:
        raise ValueError(f"smooth {smooth} must be 0 or more")
    exact = logits if logits.dtype == torch.float64 else logits.float()
    inside = torch.sigmoid(exact).flatten(1)  # (N, pixels)
    target = masks.to(inside.dtype).flatten(1)
    both = (inside * target).sum(dim=1)
    sizes = inside.sum(dim=1) + target.sum(dim=1)
    return (1 - (2 * both + smooth) / (sizes + smooth)).mean()
