"""The smoothing slider: a noisy loss, its moving average, and what the average hides."""

from __future__ import annotations

from functools import cache

import ipywidgets
import numpy as np
from matplotlib.figure import Figure

from .._figures import COLORS, FAINT, INK, STYLE, style
from ._base import Explorer
from ._keys import guard_keys
from .curves import smooth

MOST_STEPS = 1000
DROP = 0.6  # after this part of the steps the true loss falls a second time
TOP = 3.2  # the largest loss that the picture has room for
FADED = {"color": COLORS[0], "alpha": 0.3, "linewidth": 1}


def smoothing_slider() -> Explorer:
    """Return a noisy loss curve with three sliders: smoothing, noise and the number of steps."""
    slider = ipywidgets.FloatSlider
    controls = {
        "smoothing": slider(0.6, min=0, max=0.99, step=0.01, description="smoothing"),
        "noise": slider(0.3, min=0, max=0.6, step=0.05, description="noise"),
        "steps": ipywidgets.IntSlider(
            300, min=50, max=MOST_STEPS, step=50, description="number of steps"
        ),
    }
    widget = Explorer("Smoothing slider", draw_smoothing, controls, note=explain_smoothing)
    guard_keys(widget)
    return widget


def true_loss(steps: int) -> np.ndarray:
    """Return the loss without noise: it falls, flattens, and falls once more at 60 % of the way."""
    way = np.arange(steps) / steps
    return 1.1 + 1.2 * np.exp(-8 * way) - 0.5 * (way >= DROP)


def noisy_loss(noise: float, steps: int) -> np.ndarray:
    """Return the loss as a training would log it; the same noise each time, never below zero."""
    return np.maximum(true_loss(steps) + noise * _random()[:steps], 0)


def lag_after_drop(smoothing: float, steps: int) -> int | None:
    """Return how many steps after the drop the smoothed curve has made 90 % of it.

    Measured without noise; None if the steps do not suffice.
    """
    truth = true_loss(steps)
    smoothed, drop = np.array(smooth(truth, smoothing)), int(np.argmax(_after_drop(steps)))
    late = np.flatnonzero((smoothed - truth)[drop:] <= 0.05)  # a tenth of the drop of 0.5
    return int(late[0]) + 1 if len(late) else None


def explain_smoothing(smoothing: float, noise: float, steps: int) -> str:
    """Return how much of the jumping is left, and how late the curve shows the drop."""
    logged = noisy_loss(noise, steps)
    smoothed = smooth(logged, smoothing)
    jumps = f"From step to step the line jumps by {_jump(smoothed):.3f}"
    if smoothing == 0:
        return f"{jumps}: smoothing 0 shows every value as it was logged."
    raw = f" instead of {_jump(logged):.3f}" if noise else ""
    window = min(1 / (1 - smoothing), steps)
    about = f"{window:.1f}" if window < 5 else f"{window:.0f}"
    why = f"each point is an average over about {about.removesuffix('.0')} steps"
    return f"{jumps}{raw}, as {why}. {_lateness(smoothing, steps)}"


def draw_smoothing(smoothing: float, noise: float, steps: int) -> Figure:
    """Draw the logged loss pale, the smoothed one over it, the true one dashed."""
    logged = noisy_loss(noise, steps)
    smoothed = smooth(logged, smoothing)
    places = range(steps)
    with style():
        figure = Figure(figsize=(7.2, 3.2), dpi=STYLE["figure.dpi"])
        ax = figure.add_axes((0.085, 0.145, 0.9, 0.835))
        ax.plot(places, np.minimum(logged, TOP), **FADED, label="logged")
        ax.plot(places, smoothed, color=COLORS[1], linewidth=2, label="smoothed")
        ax.plot(places, true_loss(steps), "--", color=INK, linewidth=1, label="without noise")
        ax.set(xlim=(0, steps - 1), ylim=(0, TOP), xlabel="step", ylabel="loss")
        ax.grid(color=FAINT, linewidth=0.7)
        ax.legend(loc="upper right", frameon=False, ncols=3)
    figure.set_label(
        f"A loss over {steps} steps with noise {noise:.2f}, and smoothed by {smoothing:.2f}. "
        f"The last point of the smoothed line is {smoothed[-1]:.2f}, without noise it would be "
        f"{true_loss(steps)[-1]:.2f}"
    )
    return figure


@cache
def _random() -> np.ndarray:
    return np.random.default_rng(6).standard_normal(MOST_STEPS)


def _after_drop(steps: int) -> np.ndarray:
    return np.arange(steps) / steps >= DROP


def _jump(values: object) -> float:
    """Return the mean size of the change from one value to the next."""
    return float(np.abs(np.diff(values)).mean())


def _lateness(smoothing: float, steps: int) -> str:
    late = lag_after_drop(smoothing, steps)
    if late is None:
        return "Too much: even at the end the line has not come down from the drop at 60 %."
    if late <= 2:
        return "The drop at 60 % of the way is shown nearly at once."
    return f"The price: it shows the drop at 60 % of the way about {late} steps late."
