"""What to watch while a learner's model, training loop or evaluation is at work.

Each returns a dict of labelled observations; the oracle's is made in the same way, so that the
first label that differs is what the learner is told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from ._compare import kind_of
from ._define import Finding

Report = dict[str, Any]
LAYERS, KEPT = "its layers", "it keeps the weights of the given model"


def describe_network(build: Callable[[], nn.Module]) -> Report:
    """Return layer types, the shape after each layer for a batch of two, and parameters."""
    model = build()
    if not isinstance(model, nn.Sequential):
        raise Finding(f"it returns {_named(model)}, not an nn.Sequential")
    shapes: Report = {}
    x = torch.zeros(2, 3, 32, 32)  # (B, C, H, W)
    for place, layer in enumerate(model):
        if isinstance(layer, nn.Sequential):
            raise Finding(f"layer {place} is a Sequential itself: put all layers side by side")
        title = f"layer {place} ({type(layer).__name__})"
        try:
            x = layer(x)
        except RuntimeError as error:
            raise Finding(f"{title} cannot take {tuple(x.shape)}: {error}") from None
        shapes[f"shape after {title}"] = tuple(x.shape)
    return {
        "layers": [type(layer).__name__ for layer in model],
        **shapes,
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "output for a picture": _output_with_known_weights(model),
    }


def _output_with_known_weights(model: nn.Module) -> torch.Tensor:
    """Return what ``model`` makes of a picture (1, 3, 32, 32), its weights replaced by seeded ones.

    Settings that change no shape show here: another padding_mode, overlapping pools.
    """
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            width = parameter[0].numel() if parameter.ndim > 1 else 1
            parameter.copy_(torch.randn(parameter.shape, generator=generator) / width**0.5)
        return model(torch.randn(1, 3, 32, 32, generator=generator))


def _named(value: Any) -> str:
    if value is None:
        return "nothing (is return missing?)"
    return kind_of(value) if not isinstance(value, type) else "a class"


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
    return {
        KEPT: kept,
        LAYERS: " ".join(_leaves(changed)),
        "its logits for a batch": logits,
    }


def _leaves(model: nn.Module) -> list[str]:
    """Return the kinds of all layers in order; one that is used twice counts twice."""
    inner = [layer for layer in model._modules.values() if layer is not None]
    return [name for layer in inner for name in _leaves(layer)] or [type(model).__name__]


def small_batches(seed: int, sizes: tuple[int, ...] = (8, 8, 3)) -> list[tuple[Any, Any]]:
    """Return batches of 6 features and 3 classes, the last one short, as a loader would."""
    generator = torch.Generator().manual_seed(seed)
    images = [torch.randn(size, 6, generator=generator) for size in sizes]  # (B, 6)
    return [(batch, (batch[:, :3] + batch[:, 3:]).argmax(dim=1)) for batch in images]


def steps_of_training(step: Callable[..., Any], seed: int, label_smoothing: float) -> Report:
    """Return loss and weights after each of two steps, and the loss after thirty."""
    torch.manual_seed(seed)
    model, loss_fn = nn.Linear(6, 3), nn.CrossEntropyLoss(label_smoothing=label_smoothing)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.5)
    (images, labels), *_ = small_batches(seed)
    gradients, modes = [], []
    optimizer.register_step_pre_hook(lambda *_: gradients.append(model.weight.grad is not None))
    model.register_forward_hook(lambda *_: modes.append(model.training))
    report: Report = {}
    for number in (1, 2):
        report[f"loss of step {number}"] = step(model, loss_fn, optimizer, images, labels)
        report[f"weights after step {number}"] = model.weight.detach().clone()
    there = {"steps of the optimizer": len(gradients), "each has gradients": all(gradients)}
    for _ in range(28):
        step(model, loss_fn, optimizer, images, labels)
    report["the model stays in train mode"] = all(modes) and model.training
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
    for layer in (model[1], model[3]):  # BatchNorm and Dropout; of a copy, the copy's own
        layer.register_forward_hook(lambda module, *_: modes.append(module.training))
    model[0].register_forward_hook(lambda *_: recorded.append(torch.is_grad_enabled()))
    result = evaluate(model, nn.CrossEntropyLoss(), small_batches(seed))
    if not (isinstance(result, tuple) and len(result) == 2):
        raise Finding(f"it returns {_named(result)}, not the pair (loss, accuracy)")
    return {
        "batches seen": len(recorded),
        "the model is in train mode": any(modes),
        "gradients are recorded": any(recorded),
        "BatchNorm's statistics change": not torch.equal(statistics, model[1].running_mean),
        "loss": result[0],
        "accuracy": result[1],
    }
