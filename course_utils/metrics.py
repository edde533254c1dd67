"""Measures of how well a model does. All of them count images, never batches."""

from __future__ import annotations

import torch
from torch import Tensor


class WeightedMean:
    """A running mean in which every image counts once, whatever the batch it came in.

    The sum stays on the device of the values, so that adding to it does not wait for a GPU.
    """

    def __init__(self) -> None:
        self.total: Tensor | float = 0.0
        self.count = 0

    def add(self, mean: Tensor | float, count: int) -> None:
        """Add the ``mean`` over ``count`` images (a number or a tensor with one element)."""
        if isinstance(mean, Tensor):  # float64, which MPS lacks
            mean = mean.detach().to(torch.float32 if mean.device.type == "mps" else torch.float64)
        self.total = self.total + mean * count
        self.count += count

    @property
    def value(self) -> float:
        """The mean so far.

        Raises:
            ValueError: if nothing was added yet.
        """
        if not self.count:
            raise ValueError("the mean of 0 images is not defined; add at least one batch first")
        return float(self.total) / self.count


def accuracy(logits: Tensor, labels: Tensor) -> float:
    """Return the fraction (0…1) of images whose largest logit is at the right class.

    Args:
        logits: (N, classes), floating point; probabilities do as well.
        labels: (N,), class indices.

    Raises:
        ValueError: if the shapes do not fit together, or there is no image.
    """
    return correct(logits, labels).item() / len(labels)


def correct(logits: Tensor, labels: Tensor) -> Tensor:
    """Return how many images are right, as a tensor with one element on the logits' device."""
    if logits.ndim != 2 or labels.shape != logits.shape[:1] or not len(labels):
        raise ValueError(
            f"logits {tuple(logits.shape)} and labels {tuple(labels.shape)} do not fit; "
            "give (N, classes) and (N,) with N ≥ 1"
        )
    return (logits.argmax(dim=1) == labels).sum()


def confusion_matrix(predicted: Tensor, labels: Tensor, num_classes: int) -> Tensor:
    """Return an int64 tensor (num_classes, num_classes): row = true class, column = predicted.

    Args:
        predicted: (N,), class indices 0 … num_classes − 1.
        labels: (N,), class indices 0 … num_classes − 1.

    Raises:
        ValueError: if the lengths differ or an index is outside the range.
    """
    if predicted.shape != labels.shape or labels.ndim != 1:
        raise ValueError(
            f"predicted {tuple(predicted.shape)} and labels {tuple(labels.shape)} must both be (N,)"
        )
    for name, indices in (("predicted", predicted), ("labels", labels)):
        if len(indices) and not 0 <= int(indices.min()) <= int(indices.max()) < num_classes:
            raise ValueError(
                f"{name} holds classes {int(indices.min())} … {int(indices.max())}; "
                f"with num_classes={num_classes} they must be 0 … {num_classes - 1}"
            )
    cells = labels.long() * num_classes + predicted.long()
    return torch.bincount(cells, minlength=num_classes**2).reshape(num_classes, num_classes)


def iou(predicted: Tensor, target: Tensor) -> Tensor:
    """Return intersection over union of each pair of masks, (N,) float in 0…1.

    Args:
        predicted: (N, …) bool, or numbers of which those above 0.5 count as inside.
        target: the same shape.

    Two empty masks agree: their IoU is 1.

    Raises:
        ValueError: if the shapes differ (they are never broadcast).
    """
    both, either = _overlap(predicted, target)
    return torch.where(either == 0, 1.0, both / either.clamp(min=1))


def dice(predicted: Tensor, target: Tensor) -> Tensor:
    """Return the Dice coefficient, 2·|A∩B| / (|A|+|B|), of each pair of masks; see ``iou``."""
    both, either = _overlap(predicted, target)
    return torch.where(either == 0, 1.0, 2 * both / (both + either).clamp(min=1))


def _overlap(predicted: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    if predicted.shape != target.shape or predicted.ndim < 2:
        raise ValueError(
            f"masks {tuple(predicted.shape)} and {tuple(target.shape)} must have one shape (N, …)"
        )
    a, b = (mask if mask.dtype == torch.bool else mask > 0.5 for mask in (predicted, target))
    return (a & b).flatten(1).sum(1), (a | b).flatten(1).sum(1)
