"""The activation explorer: a curve, its slope, and what it makes of many numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import ipywidgets
import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn import functional as F

from .._figures import COLORS, FAINT, INK, STYLE, style
from ._base import Explorer

EDGE = 6.0  # the curves are drawn from −EDGE to EDGE
COUNT = 2000  # numbers in the histograms
NEARLY_FLAT = 0.05  # a slope below this hardly lets a gradient through


@dataclass(frozen=True)
class Activation:
    """A function of a float tensor, and what to remember about it."""

    function: Callable[[Tensor], Tensor]
    remember: str


ACTIVATIONS = {
    "ReLU": Activation(torch.relu, "Cheap; slope 1 or 0. Below zero nothing comes back."),
    "LeakyReLU": Activation(F.leaky_relu, "A slope of 0.01 is left below zero, so no unit dies."),
    "Sigmoid": Activation(torch.sigmoid, "Between 0 and 1; its slope is never above 0.25."),
    "Tanh": Activation(torch.tanh, "Between −1 and 1, and around zero; flat far outside."),
    "GELU": Activation(F.gelu, "A smooth ReLU with a dip below zero; usual in Transformers."),
    "SiLU": Activation(F.silu, "x · sigmoid(x): smooth, with a dip; also called Swish."),
    "none": Activation(lambda x: x, "A straight line: layers without a bend are one layer."),
}


def activation_explorer() -> Explorer:
    """Return the activation explorer: function, and spread and mean of what goes in."""
    slider = ipywidgets.FloatSlider
    controls = {
        "name": ipywidgets.Dropdown(options=list(ACTIVATIONS), description="activation"),
        "spread": slider(1.0, min=0.1, max=5, step=0.1, description="spread of inputs"),
        "mean": slider(0.0, min=-4, max=4, step=0.1, description="mean of inputs"),
    }
    return Explorer("Activation explorer", draw_activation, controls, note=explain_activation)


def values_and_slopes(name: str, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the function's values and its slopes by autograd, both float64 like ``inputs``."""
    x = torch.tensor(inputs, dtype=torch.float64, requires_grad=True)
    y = ACTIVATIONS[name].function(x)
    y.sum().backward()
    return y.detach().numpy(), x.grad.numpy()


def draw_inputs(spread: float, mean: float) -> np.ndarray:
    """Return COUNT normally distributed numbers, the same ones each time but for the two."""
    return mean + spread * np.random.default_rng(0).standard_normal(COUNT)


def explain_activation(name: str, spread: float, mean: float) -> str:
    """Return what becomes of mean, spread and gradients, and what to remember."""
    values, slopes = values_and_slopes(name, draw_inputs(spread, mean))
    flat = (np.abs(slopes) < NEARLY_FLAT).mean()
    return (
        f"Out: mean {values.mean():.2f}, spread {values.std():.2f}. "
        f"Mean slope {slopes.mean():.2f}; "
        f"{flat:.0%} of the numbers meet a slope below {NEARLY_FLAT}. {ACTIVATIONS[name].remember}"
    )


def draw_activation(name: str, spread: float, mean: float) -> Figure:
    """Draw curve and slope on the left; the numbers before and after on the right."""
    grid = np.linspace(-EDGE, EDGE, 241)
    values, slopes = values_and_slopes(name, grid)
    before = draw_inputs(spread, mean)
    after, _ = values_and_slopes(name, before)
    with style():
        figure = Figure(figsize=(7.6, 2.9), dpi=STYLE["figure.dpi"])
        left = figure.add_axes((0.06, 0.16, 0.42, 0.76), xlim=(-EDGE, EDGE), ylim=(-1.5, 3))
        left.axhline(0, color=FAINT, linewidth=1)
        left.axvline(0, color=FAINT, linewidth=1)
        left.plot(grid, values, color=COLORS[0], linewidth=2.2, label=name)
        left.plot(grid, slopes, "--", color=COLORS[1], linewidth=1.8, label="slope")
        low, high = np.clip([mean - spread, mean + spread], -EDGE, EDGE)
        left.axvspan(low, high, color=COLORS[4], alpha=0.15, label="most inputs")
        left.legend(loc="upper left", fontsize=8, frameon=False)
        left.set_xlabel("input")
        right = figure.add_axes((0.55, 0.16, 0.43, 0.76), xlim=(-EDGE, EDGE))
        edges = np.linspace(-EDGE, EDGE, 49)
        for numbers, color, label in ((before, FAINT, "before"), (after, COLORS[0], "after")):
            counts, _ = np.histogram(np.clip(numbers, -EDGE, EDGE), edges)
            filled = label == "before"
            right.stairs(counts / COUNT, edges, fill=filled, color=color if filled else COLORS[0])
            right.plot([], [], color="#AEB4BB" if filled else COLORS[0], lw=3, label=label)
        right.set_ylim(0, 1)
        right.set_yscale("function", functions=(np.sqrt, np.square))
        right.set_yticks([0, 0.05, 0.2, 0.5, 1], ["0", "5 %", "20 %", "50 %", "100 %"], fontsize=8)
        right.set_xlabel("number (±6: and beyond)")
        right.legend(loc="upper left", fontsize=8, frameon=False, labelcolor=INK)
    figure.set_label(
        f"{name} and its slope; {COUNT} numbers of mean {mean:.1f} and spread {spread:.1f} before, "
        f"and after: mean {after.mean():.2f}, spread {after.std():.2f}"
    )
    return figure
