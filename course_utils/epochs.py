"""One pass over the data: to train, to predict, to evaluate."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator

import torch
from torch import Tensor, nn

from . import _precision
from ._memory import Parts
from .history import Score
from .metrics import WeightedMean, correct
from .models import train_mode

Batches = Iterable[tuple[Tensor, Tensor]]
LossFunction = Callable[[Tensor, Tensor], Tensor]


def train_one_epoch(
    model: nn.Module,
    loader: Batches,
    loss_function: LossFunction,
    optimizer: torch.optim.Optimizer,
    *,
    device: torch.device | str,
    scheduler: torch.optim.lr_scheduler.LRScheduler | None = None,
    precision: str = "fp32",
    memory_format: torch.memory_format = torch.contiguous_format,
) -> Score:
    """Train ``model`` once on every batch of ``loader``; return its score meanwhile.

    Args:
        loader: yields (images, labels): float (B, C, H, W) and int64 (B,).
        loss_function: (logits, labels) → the mean loss of the batch.
        scheduler: stepped after every batch.

    A batch that is too large for the device's memory goes through in parts, and a line says so.

    Raises:
        ValueError: if a batch holds one image and a batch norm layer needs more.
    """
    train_mode(model)
    mean_loss, right, parts = WeightedMean(), 0, Parts()
    for images, labels in loader:
        images = _to(device, images, memory_format=memory_format)
        labels = _to(device, labels)
        size = len(labels)

        def work(images: Tensor, labels: Tensor, size: int = size) -> tuple[Tensor, Tensor, int]:
            with _precision.autocast(device, precision), _explain_batch_of_one(len(labels)):
                logits = model(images)
            loss = loss_function(logits.float(), labels)
            (loss * (len(labels) / size)).backward()
            return loss, correct(logits, labels), len(labels)

        results = parts.run(work, images, labels, start=optimizer.zero_grad)
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
        for loss, hits, count in results:
            mean_loss.add(loss, count)
            right = right + hits
    return Score(mean_loss.value, float(right) / mean_loss.count)


@torch.inference_mode()
def predict(
    model: nn.Module, loader: Batches, *, device: torch.device | str, precision: str = "fp32"
) -> tuple[Tensor, Tensor]:
    """Return the logits, float32 (N, classes), and the labels, (N,), of all images, on ``device``.

    The model is in evaluation mode meanwhile, and as it was afterwards.
    """
    was_training = model.training
    model.eval()
    logits, labels, parts = [], [], Parts()

    def work(images: Tensor, _: Tensor) -> Tensor:
        with _precision.autocast(device, precision):
            return model(images).float()

    try:
        for images, targets in loader:
            images, targets = _to(device, images), _to(device, targets)
            logits += parts.run(work, images, targets)
            labels.append(targets)
    finally:
        model.train(was_training)
    if not logits:
        raise ValueError("the loader gave no batch; is the dataset empty, or drop_last set?")
    return torch.cat(logits), torch.cat(labels)


def evaluate(
    model: nn.Module, loader: Batches, *, device: torch.device | str, precision: str = "fp32"
) -> Score:
    """Return the cross-entropy and the accuracy over all images; see ``predict``."""
    logits, labels = predict(model, loader, device=device, precision=precision)
    loss = nn.functional.cross_entropy(logits, labels).item()
    return Score(loss, correct(logits, labels).item() / len(labels))


def _to(
    device: torch.device | str,
    tensor: Tensor,
    memory_format: torch.memory_format = torch.preserve_format,
) -> Tensor:
    """Move a tensor; only CUDA need not be waited for (on a Mac that has given wrong numbers)."""
    ahead = torch.device(device).type == "cuda"
    return tensor.to(device, non_blocking=ahead, memory_format=memory_format)


@contextlib.contextmanager
def _explain_batch_of_one(batch_size: int) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        if "more than 1 value per channel" not in str(error):
            raise
        raise ValueError(
            f"a batch of {batch_size} image is too small for batch norm, which needs a spread to "
            "normalise by; use drop_last=True or a batch_size that leaves no rest of 1"
        ) from error
