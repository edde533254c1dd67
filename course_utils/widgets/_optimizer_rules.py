"""The rules of six optimizers for a few numbers in NumPy, equal to those of torch.optim."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Memory = dict
Settings = tuple[float, float, float]  # learning rate, momentum or beta1, weight decay
Rule = Callable[[np.ndarray, np.ndarray, Memory, Settings], np.ndarray]
EPS, FORGET_RMSPROP, FORGET_ADAM = 1e-8, 0.99, 0.999


def _sgd(w: np.ndarray, g: np.ndarray, memory: Memory, settings: Settings) -> np.ndarray:
    rate, _, decay = settings
    return w - rate * (g + decay * w)


def _momentum(w: np.ndarray, g: np.ndarray, memory: Memory, settings: Settings) -> np.ndarray:
    rate, momentum, decay = settings
    memory["v"] = momentum * memory.get("v", 0) + g + decay * w
    return w - rate * memory["v"]


def _nesterov(w: np.ndarray, g: np.ndarray, memory: Memory, settings: Settings) -> np.ndarray:
    rate, momentum, decay = settings
    g = g + decay * w
    memory["v"] = momentum * memory.get("v", 0) + g
    return w - rate * (g + momentum * memory["v"])


def _rmsprop(w: np.ndarray, g: np.ndarray, memory: Memory, settings: Settings) -> np.ndarray:
    rate, _, decay = settings
    g = g + decay * w
    memory["s"] = FORGET_RMSPROP * memory.get("s", 0) + (1 - FORGET_RMSPROP) * g**2
    return w - rate * g / (np.sqrt(memory["s"]) + EPS)


def _adam(w: np.ndarray, g: np.ndarray, memory: Memory, settings: Settings) -> np.ndarray:
    rate, beta, decay = settings
    g = g + decay * w
    step = memory["step"] = memory.get("step", 0) + 1
    memory["v"] = beta * memory.get("v", 0) + (1 - beta) * g
    memory["s"] = FORGET_ADAM * memory.get("s", 0) + (1 - FORGET_ADAM) * g**2
    mean, square = memory["v"] / (1 - beta**step), memory["s"] / (1 - FORGET_ADAM**step)
    return w - rate * mean / (np.sqrt(square) + EPS)


def _adamw(w: np.ndarray, g: np.ndarray, memory: Memory, settings: Settings) -> np.ndarray:
    rate, beta, decay = settings
    return _adam(w * (1 - rate * decay), g, memory, (rate, beta, 0.0))


RULES: dict[str, Rule] = {
    "SGD": _sgd,
    "momentum": _momentum,
    "Nesterov": _nesterov,
    "RMSProp": _rmsprop,
    "Adam": _adam,
    "AdamW": _adamw,
}


def walk(
    rule: Rule,
    slopes: Callable,
    start: tuple[float, ...],
    settings: Settings,
    steps: int,
    lost: float,
) -> np.ndarray:
    """Return start and the place after each step, (steps + 1, n); it ends outside of ±``lost``."""
    w, memory = np.array(start, float), Memory()
    path = [w]
    while len(path) <= steps and np.abs(w).max() <= lost:
        w = rule(w, np.array(slopes(*w)), memory, settings)
        path.append(w)
    return np.array(path)
