"""What to watch in the repairs of notebook 17: losses, transforms and learning rates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from ._compare import kind_of
from ._define import Finding
from ._probes import Report, small_batches

LOSSES = {
    "cross entropy": nn.CrossEntropyLoss(),
    "label smoothing": nn.CrossEntropyLoss(label_smoothing=0.3),
    "margin": nn.MultiMarginLoss(),
}


def mean_loss(
    epoch_loss: Callable[..., Any], pictures: int, batch_size: int, loss: str, seed: int
) -> Any:
    """Return ``epoch_loss(model, loss_fn, loader)`` for one of `LOSSES` and a real loader."""
    torch.manual_seed(seed)
    [(images, labels)] = small_batches(seed, (pictures,))
    loader = DataLoader(TensorDataset(images, labels), batch_size=batch_size)
    with torch.no_grad():
        return epoch_loss(nn.Linear(6, 3), LOSSES[loss], loader)


def pictures_of(make: Callable[..., Any]) -> Report:
    """Return what the transforms for testing and for training do to a few pictures."""
    mean, std = (0.5, 0.4, 0.3), (0.2, 0.25, 0.3)
    test, train = make(False, mean, std), make(True, mean, std)
    if not (callable(test) and callable(train)):
        nothing = test is None or train is None
        raise Finding(f"it returns {'None' if nothing else 'something'} where a transform belongs")
    speckled = (torch.arange(3 * 32 * 32) * 37 % 256).reshape(3, 32, 32).to(torch.uint8)
    tested = [test(speckled.clone()) for _ in range(12)]
    return {
        "different pictures from one test image": _distinct(tested),
        "the test picture": tested[0],
        "the test picture from a PIL image": _from_pil(test, speckled, "test"),
        **_training_pictures(train),
        "size of a training picture from a PIL image": tuple(
            _from_pil(train, speckled, "training").shape
        ),
    }


def _training_pictures(train: Callable[..., Any]) -> Report:
    """Return what shows crop, flip and order: pictures that only one of them changes."""
    ramp = (torch.arange(32) * 8).to(torch.uint8)
    downwards = ramp.reshape(1, 32, 1).repeat(3, 1, 32)  # a flip leaves it as it is
    rightwards = ramp.reshape(1, 1, 32).repeat(3, 32, 1)  # (3, 32, 32)
    moved = [train(downwards.clone()) for _ in range(40)]
    turned = [train(rightwards.clone()) for _ in range(40)]
    white = [train(torch.full((3, 32, 32), 255, dtype=torch.uint8)) for _ in range(40)]
    flips = {bool(picture[0, 16, 8] > picture[0, 16, 24]) for picture in turned}
    return {
        "size of a training picture": tuple(white[0].shape),
        "the training pictures vary": _distinct(moved + turned) > 2,
        "the training crop moves": _distinct(moved) > 4,
        "training flips some pictures, not all": len(flips) == 2,
        "the middle pixel of a white training picture": white[0][:, 16, 16],
        "the black border of a white training picture": torch.stack(white).amin(dim=(0, 2, 3)),
    }


def _from_pil(transform: Callable[..., Any], picture: torch.Tensor, kind: str) -> torch.Tensor:
    from PIL import Image

    try:
        result = transform(Image.fromarray(picture.permute(1, 2, 0).numpy()))
    except TypeError as error:
        raise Finding(f"the {kind} transform cannot take a PIL image: {error}") from None
    if not isinstance(result, torch.Tensor):
        raise Finding(f"the {kind} transform makes {kind_of(result)} of a PIL image")
    return result


def _distinct(pictures: list[Any]) -> int:
    return len({tuple(picture.flatten().tolist()) for picture in pictures})


def learning_rates(train: Callable[..., Any], seed: int) -> Report:
    """Return every step's learning rate and what was trained: 5 epochs, 3 batches, StepLR(2)."""
    torch.manual_seed(seed)
    model, rates = nn.Linear(6, 3), []
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.1)
    optimizer.register_step_pre_hook(lambda *_: rates.append(optimizer.param_groups[0]["lr"]))
    train(model, nn.CrossEntropyLoss(), optimizer, scheduler, small_batches(seed), 5)
    rows = [rates[start : start + 3] for start in range(0, len(rates), 3)]
    return {
        "steps": len(rates),
        **{f"learning rates of epoch {n}": row for n, row in enumerate(rows, start=1)},
        "the scheduler's step_size": scheduler.step_size,
        "calls of scheduler.step()": scheduler.last_epoch,
        "weights after training": model.weight.detach().clone(),
    }
