"""The activation explorer: a curve, its slope, and what it makes of many numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import ipywidgets
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from torch import Tensor
from torch.nn import functional as F

from .._figures import COLORS, FAINT, STYLE, style
from ._base import Explorer
from ._quick_text import QuickText

EDGE = 6.0  # the curves are drawn from −EDGE to EDGE
COUNT = 2000  # numbers in the histograms
NEARLY_FLAT = 0.05  # a slope below this hardly lets a gradient through
BINS = np.linspace(-EDGE, EDGE, 49)
LEFT, RIGHT, BOTTOM, WIDTH, HEIGHT = 0.05, 0.57, 0.16, 0.42, 0.67  # panels, in parts of the figure
TOP = 0.955, 0.885  # two lines of words above them
GRID = "#ECEEF1"
VALUE = {"color": COLORS[0], "linewidth": 2.2}
SLOPE = {"color": COLORS[1], "linewidth": 1.8, "linestyle": "--"}
SHADE = {"color": COLORS[4], "alpha": 0.15, "linewidth": 0}
BEFORE = {"color": "#C3C9D0", "fill": True, "linewidth": 0}
AFTER = {"color": COLORS[0], "fill": False, "linewidth": 1.5}


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
    before = draw_inputs(spread, mean)
    after, _ = values_and_slopes(name, before)
    words = QuickText(8.5)
    with style():
        figure = Figure(figsize=(7.6, 2.9), dpi=STYLE["figure.dpi"])
        left = _add_panel(figure, words, LEFT, (-1.5, 3), {y: _text(y) for y in range(-1, 4)})
        _draw_curves(left, name, np.clip([mean - spread, mean + spread], -EDGE, EDGE))
        shares = {share**0.5: f"{100 * share:.0f} %" for share in (0, 0.05, 0.2, 0.5, 1)}
        right = _add_panel(figure, words, RIGHT, (0, 1), shares)
        for numbers, look in ((before, BEFORE), (after, AFTER)):
            counts, edges = np.histogram(np.clip(numbers, -EDGE, EDGE), BINS)
            right.stairs(np.sqrt(counts / COUNT), edges, **look)
        _name_parts(figure, words, name)
    figure.add_artist(words)
    figure.set_label(
        f"{name} and its slope; {COUNT} numbers of mean {mean:.1f} and spread {spread:.1f} before, "
        f"and after: mean {after.mean():.2f}, spread {after.std():.2f}"
    )
    return figure


def _add_panel(
    figure: Figure, words: QuickText, x: float, limits: tuple[float, float], ticks: dict[float, str]
) -> Axes:
    """Add axes without matplotlib's own ticks, which take half of the time: lines and words."""
    place = (x, BOTTOM, WIDTH, HEIGHT)
    ax = figure.add_axes(place, xlim=(-EDGE, EDGE), ylim=limits)
    ax.set_axis_off()
    low, high = limits
    across = [((-EDGE, y), (EDGE, y)) for y in ticks]
    upward = [((x, low), (x, high)) for x in range(-4, 5, 2)]
    zeros = [((-EDGE, 0), (EDGE, 0)), ((0, low), (0, high))]
    ax.add_collection(
        LineCollection(across + upward, colors=GRID, linewidths=1, zorder=0), autolim=False
    )
    ax.add_collection(LineCollection(zeros, colors=FAINT, linewidths=1, zorder=0), autolim=False)
    for y, text in ticks.items():
        words.add(x - 0.006, BOTTOM + HEIGHT * (y - low) / (high - low), text, "right")
    for number in range(-6, 7, 2):
        words.add(x + WIDTH * (number + EDGE) / (2 * EDGE), BOTTOM - 0.05, _text(number), "middle")
    return ax


def _text(number: int) -> str:
    return f"{number}".replace("-", "−")


def _draw_curves(ax: Axes, name: str, most: np.ndarray) -> None:
    """Draw the function and its slope, and shade where most inputs are."""
    grid = np.linspace(-EDGE, EDGE, 241)
    values, slopes = values_and_slopes(name, grid)
    ax.axvspan(*most, **SHADE)
    ax.plot(grid, values, **VALUE)
    ax.plot(grid, slopes, **SLOPE)


def _name_parts(figure: Figure, words: QuickText, name: str) -> None:
    """Write names of axes, and what each line and area stands for, around the two panels."""
    words.add(RIGHT, TOP[0], "share of the numbers (square-root scale)")
    words.add(LEFT + WIDTH / 2, 0.035, "input", "middle")
    words.add(RIGHT + WIDTH / 2, 0.035, "number (the outermost bars: and beyond)", "middle")
    lines = (LEFT, TOP[0], VALUE, f"{name}: value"), (LEFT + 0.21, TOP[0], SLOPE, "slope")
    for x, y, look, text in lines:
        figure.add_artist(Line2D([x, x + 0.032], [y, y], **look))
        words.add(x + 0.04, y, text)
    areas = (LEFT, SHADE, "about two thirds of the inputs"), (RIGHT, BEFORE, "before")
    for x, look, text in (*areas, (RIGHT + 0.11, AFTER, "after")):
        figure.add_artist(Rectangle((x, TOP[1] - 0.02), 0.032, 0.04, **look))
        words.add(x + 0.04, TOP[1], text)
