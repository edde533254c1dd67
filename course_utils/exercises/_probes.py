"""What to watch while a learner's model, training loop or evaluation is at work.

Each returns a dict of labelled observations; the oracle's is made in the same way, so that the
first label that differs is what the learner is told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from ._define import Finding

Report = dict[str, Any]


def describe_network(build: Callable[[], nn.Module]) -> Report:
    """Return layer types, the shape after each layer for a batch of two, and parameters."""
    model = build()
    if not isinstance(model, nn.Sequential):
        raise Finding(f"it returns {_named(model)}, not an nn.Sequential")
    shapes: Report = {}
    x = torch.zeros(2, 3, 32, 32)  # (B, C, H, W)
    for place, layer in enumerate(model):
        title = f"layer {place} ({type(layer).__name__})"
        try:
            x = layer(x)
        except RuntimeError as error:
            raise Finding(f"{title} cannot take {tuple(x.shape)}: {error}") from None
        shapes[f"shape after {title}"] = tuple(x.shape)
    layers = [type(layer).__name__ for layer in model]
    return {"layers": layers, **shapes, "parameters": sum(p.numel() for p in model.parameters())}


def _named(value: Any) -> str:
    if value is None:
        return "nothing (is return missing?)"
    return f"a {type(value).__name__}" if not isinstance(value, type) else "a class"


def outputs_of_changed_network(change: Callable[[nn.Module], Any], model: nn.Module) -> Report:
    """Return what ``change(model)`` computes for a batch of 8×8 images."""
    weights = [parameter.detach().clone() for parameter in model.parameters()]
    changed = change(model)
    if not isinstance(changed, nn.Module):
        raise Finding(f"it returns {_named(changed)}, not a model")
    pairs = zip(weights, changed.parameters(), strict=False)
    kept = all(a.shape == b.shape and bool((a == b).all()) for a, b in pairs)
    images = torch.randn(4, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        logits = changed(images)  # (B, 3)
    leaves = [type(layer).__name__ for layer in changed.modules() if not list(layer.children())]
    return {
        "it keeps the weights of the given model": kept,
        "its layers": " ".join(leaves),
        "its logits for a batch": logits,
    }


def small_batches(seed: int, sizes: tuple[int, ...] = (8, 8, 3)) -> list[tuple[Any, Any]]:
    """Return batches of 6 features and 3 classes, the last one short, as a loader would."""
    generator = torch.Generator().manual_seed(seed)
    images = [torch.randn(size, 6, generator=generator) for size in sizes]  # (B, 6)
    return [(batch, (batch[:, :3] + batch[:, 3:]).argmax(dim=1)) for batch in images]


def steps_of_training(step: Callable[..., Any], seed: int) -> Report:
    """Return loss and weights after each of two steps, and the loss after thirty."""
    torch.manual_seed(seed)
    model, loss_fn = nn.Linear(6, 3), nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    (images, labels), *_ = small_batches(seed)
    gradients: list[bool] = []
    optimizer.register_step_pre_hook(lambda *_: gradients.append(model.weight.grad is not None))
    report: Report = {}
    for number in (1, 2):
        report[f"loss of step {number}"] = step(model, loss_fn, optimizer, images, labels)
        report[f"weights after step {number}"] = model.weight.detach().clone()
    there = {"steps of the optimizer": len(gradients), "each has gradients": all(gradients)}
    for _ in range(28):
        step(model, loss_fn, optimizer, images, labels)
    return {**there, **report, "loss after 30 steps": loss_fn(model(images), labels).item()}


def noisy_model(seed: int) -> nn.Sequential:
    """Return a small model in train mode that answers differently in train and eval mode."""
    torch.manual_seed(seed)
    layers = [nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.5), nn.Linear(16, 3)]
    return nn.Sequential(*layers).train()


def evaluation(evaluate: Callable[..., Any], seed: int) -> Report:
    """Return what ``evaluate(model, loss_fn, loader)`` gives, and how the model was used."""
    model, modes, recorded = noisy_model(seed), [], []
    statistics = model[1].running_mean.clone()
    model[0].register_forward_hook(lambda *_: modes.append(model.training))
    model[0].register_forward_hook(lambda *_: recorded.append(torch.is_grad_enabled()))
    result = evaluate(model, nn.CrossEntropyLoss(), small_batches(seed))
    if not (isinstance(result, tuple) and len(result) == 2):
        raise Finding(f"it returns {_named(result)}, not the pair (loss, accuracy)")
    return {
        "batches seen": len(modes),
        "the model is in train mode": any(modes),
        "gradients are recorded": any(recorded),
        "BatchNorm's statistics change": not torch.equal(statistics, model[1].running_mean),
        "loss": result[0],
        "accuracy": result[1],
    }


def mean_loss(epoch_loss: Callable[..., Any], seed: int) -> Any:
    """Return ``epoch_loss(model, loss_fn, loader)`` on batches of 8, 8 and 3 samples."""
    torch.manual_seed(seed)
    with torch.no_grad():
        return epoch_loss(nn.Linear(6, 3), nn.CrossEntropyLoss(), small_batches(seed))


def pictures_of(make: Callable[..., Any]) -> Report:
    """Return what the transforms for testing and for training do to two pictures."""
    mean, std = (0.5, 0.4, 0.3), (0.2, 0.25, 0.3)
    test, train = make(False, mean, std), make(True, mean, std)
    if not (callable(test) and callable(train)):
        raise Finding(f"it returns {_named(test)}, not a transform")
    speckled = (torch.arange(3 * 32 * 32) * 37 % 256).reshape(3, 32, 32).to(torch.uint8)
    tested = [test(speckled.clone()) for _ in range(12)]
    trained = [train(speckled.clone()) for _ in range(12)]
    grey = train(torch.full((3, 32, 32), 128, dtype=torch.uint8))
    return {
        "different pictures from one test image": _distinct(tested),
        "the test picture": tested[0],
        "the training pictures vary": _distinct(trained) > 1,
        "the training crop moves and flips": _distinct(trained) > 4,
        "size of a training picture": tuple(grey.shape),
        "the middle pixel of a grey training picture": grey[:, 16, 16],
    }


def _distinct(pictures: list[Any]) -> int:
    return len({tuple(picture.flatten().tolist()) for picture in pictures})


def learning_rates(train: Callable[..., Any], seed: int) -> Report:
    """Return the learning rate of every step: 5 epochs of 3 batches, StepLR(2, 0.1)."""
    torch.manual_seed(seed)
    model, rates = nn.Linear(6, 3), []
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.1)
    optimizer.register_step_pre_hook(lambda *_: rates.append(optimizer.param_groups[0]["lr"]))
    train(model, nn.CrossEntropyLoss(), optimizer, scheduler, small_batches(seed), 5)
    rows = [rates[start : start + 3] for start in range(0, len(rates), 3)]
    report = {f"learning rates of epoch {n}": row for n, row in enumerate(rows, start=1)}
    return {"steps": len(rates), **report}
