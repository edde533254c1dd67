"""What to watch in a loss that a learner wrote: its value, and the gradient that it sends back."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from ._compare import kind_of
from ._define import Finding
from ._probes import Report
from ._run import Raised

LARGEST = 16  # about −ln of the smallest step below 1 in float32
READY_MADE = {F.cross_entropy, F.nll_loss}


class WithoutReadyMade(TorchFunctionMode):
    """Within ``with``, PyTorch's own cross-entropy is a `Finding`."""

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Call ``func`` unless it is the whole answer."""
        if func in READY_MADE:
            raise Finding(f"write it yourself, without {func.__name__} of PyTorch")
        return func(*args, **(kwargs or {}))


def says(*words: str) -> Callable[..., bool]:
    """Return a ``when`` of a `Mistake`: the learner's code stopped with one of these words."""
    return lambda case, got, expected: isinstance(got, Raised) and any(w in got.text for w in words)


def lost_far_out(case: Any, got: Any, expected: Any) -> bool:
    """Whether a loss is not finite, or too small where a probability is 0 in float32."""
    ours, true = got["loss"].item(), expected["loss"].item()
    return not math.isfinite(ours) or (true > LARGEST and ours < true)


def loss_and_gradient(loss: Callable[..., Any], logits: Tensor, targets: Tensor) -> Report:
    """Return ``loss(logits, targets)`` and the gradient for each logit."""
    start = logits.clone().requires_grad_()
    given = start.clone()
    value = loss(given, targets)
    if not isinstance(value, Tensor):
        sort = "nothing (is return missing?)" if value is None else kind_of(value)
        raise Finding(f"it returns {sort}, but backward() needs the tensor: no .item()")
    if value.shape:
        raise Finding(f"it returns a tensor of shape {tuple(value.shape)}, not one number")
    if not torch.equal(given.detach(), logits):
        raise Finding("it changes its input in place: make a new tensor instead")
    if not value.requires_grad:
        raise Finding(f"it returns {value:.4g}, cut from the graph: nothing can flow back")
    value.backward()
    gradient = torch.zeros_like(logits) if start.grad is None else start.grad
    return {"loss": value.detach().float(), "gradient for the logits": gradient}


def own_loss_and_gradient(loss: Callable[..., Any], logits: Tensor, labels: Tensor) -> Report:
    """As `loss_and_gradient`, where PyTorch's cross-entropy is the oracle and no answer."""
    with nullcontext() if loss is F.cross_entropy else WithoutReadyMade():
        return loss_and_gradient(loss, logits, labels)


def without_graph(gradient: Callable[..., Any], logits: Tensor, labels: Tensor) -> Any:
    """Return ``gradient(logits, labels)`` where nothing is recorded."""
    with torch.no_grad():
        return gradient(logits, labels)


def logits_and_labels(rng: Any) -> dict[str, Tensor]:
    """Return a case: logits (B, C), float32, some of them far from 0, and labels (B,), int64."""
    size, classes = rng.randint(1, 4), rng.randint(2, 4)
    logits = rng.tensor(size, classes)
    if rng.random() < 0.4:  # 0 where a probability is too small to be told from 0
        logits = logits.sign() * 400
    return {"logits": logits, "labels": rng.labels(size, classes)}
