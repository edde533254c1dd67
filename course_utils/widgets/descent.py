"""Gradient descent on a curve: the path, the tangent where it stands, the value after each step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import ipywidgets
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .._figures import COLORS, FAINT, INK, STYLE, style
from ._base import Explorer

EDGE = 3.0  # the picture shows w from −EDGE to EDGE
GRID = np.linspace(-EDGE, EDGE, 241)
LOST = 1e9  # a w farther out than this ends the path
MOST_STEPS = 30


@dataclass(frozen=True)
class Curve:
    """A loss of one number ``w``, its slope, and its lowest value; both take floats and arrays."""

    formula: str
    value: Callable
    slope: Callable
    lowest: float = 0.0

    @property
    def top(self) -> float:
        """The largest loss that the picture has room for."""
        return 1.08 * float(self.value(GRID).max())


CURVES = {
    "one valley": Curve("w²", lambda w: w * w, lambda w: 2 * w),
    "two valleys": Curve(
        "(w² − 2)² / 8 + w / 4 + 0.4",
        lambda w: (w * w - 2) * (w * w - 2) / 8 + w / 4 + 0.4,
        lambda w: w * (w * w - 2) / 2 + 0.25,
        lowest=0.032,
    ),
    "flat outside": Curve(
        "4 − 4 exp(−w²)",
        lambda w: 4 - 4 * np.exp(-w * w),
        lambda w: 8 * w * np.exp(-w * w),
    ),
    "sharp corner": Curve("2 |w|", lambda w: 2 * np.abs(w), lambda w: 2 * np.sign(w)),
}


def descent() -> Explorer:
    """Return the descent widget: curve, start, learning rate and number of steps."""
    slider = ipywidgets.FloatSlider
    controls = {
        "curve": ipywidgets.Dropdown(options=list(CURVES), description="curve"),
        "start": slider(2.5, min=-EDGE, max=EDGE, step=0.1, description="start w"),
        "learning_rate": slider(0.1, min=0.01, max=1.2, step=0.01, description="learning rate"),
        "steps": ipywidgets.IntSlider(3, min=0, max=MOST_STEPS, description="steps"),
    }
    return Explorer("Descent", draw_descent, controls, note=explain_descent)


def descend_path(curve: str, start: float, learning_rate: float, steps: int) -> list[float]:
    """Return the start and w after each step w − learning_rate · slope, as plain gradient descent.

    The path is shorter than ``steps`` where w leaves ±10⁹.
    """
    path = [float(start)]
    while len(path) <= steps and abs(path[-1]) <= LOST:
        path.append(path[-1] - learning_rate * float(CURVES[curve].slope(path[-1])))
    return path


def explain_descent(curve: str, start: float, learning_rate: float, steps: int) -> str:
    """Return where the path stands, where the next step leads, and what it does and why."""
    path = descend_path(curve, start, learning_rate, steps)
    w, loss, slope = _state(curve, path)
    if abs(w) > LOST:
        return (
            f"✗ Diverged: after step {len(path) - 1} w is {w:.1e}. Each step ended where the curve "
            "is steeper, so the next one was longer still. Take a smaller learning rate."
        )
    steps = len(path) - 1
    where = f"After {counted(steps)}: w = {w:.4g}, loss {loss:.4g}, slope {slope:.4g}."
    move = -learning_rate * slope
    return f"{where} Next step: −{learning_rate:.2f} · slope = {move:+.4g}. {_why(curve, path)}"


def counted(steps: int) -> str:
    """Return "1 step", "2 steps"."""
    return "1 step" if steps == 1 else f"{steps} steps"


def _state(curve: str, path: list[float]) -> tuple[float, float, float]:
    w = path[-1]
    return w, float(CURVES[curve].value(w)), float(CURVES[curve].slope(w))


def _why(curve: str, path: list[float]) -> str:
    """Say in one sentence what the path does."""
    _, loss, slope = _state(curve, path)
    first = float(CURVES[curve].value(path[0]))
    if loss > first + 1e-9:
        return "The loss is higher than at the start: a step goes past the bottom and up again."
    if abs(slope) < 0.05:
        if loss - CURVES[curve].lowest < 0.02:
            return "Almost no slope is left here: it has arrived, and stops by itself."
        return "Almost no slope here, so hardly a step, although lower places exist."
    turns = [float(CURVES[curve].slope(w)) > 0 for w in path[-4:]]
    if len(path) > 3 and sum(a != b for a, b in pairwise(turns)) >= 2:
        if curve == "sharp corner":
            return "It jumps across the corner for ever: the slope is no smaller near the bottom."
        return "It jumps from side to side: a step is longer than the way to the bottom."
    if curve == "sharp corner":
        return "All steps have one length here: the curve is equally steep everywhere."
    return "Steps are long where the curve is steep, and short where it is flat."


def draw_descent(curve: str, start: float, learning_rate: float, steps: int) -> Figure:
    """Draw the path on the curve with the tangent at its end, and the loss after each step."""
    path = descend_path(curve, start, learning_rate, steps)
    losses = [float(CURVES[curve].value(w)) for w in path]
    with style():
        figure = Figure(figsize=(7.2, 3.0), dpi=STYLE["figure.dpi"])
        left = figure.add_axes((0.075, 0.15, 0.495, 0.75))
        right = figure.add_axes((0.62, 0.15, 0.36, 0.75), sharey=left)
        for ax in (left, right):
            ax.set_ylim(-0.04 * CURVES[curve].top, CURVES[curve].top)
            ax.grid(color=FAINT, linewidth=0.7)
            ax.locator_params(axis="y", nbins=4)
        _draw_path(left, curve, path, learning_rate)
        title = draw_losses(right, losses, CURVES[curve].top)
        right.set(xlim=(-0.5, MOST_STEPS + 0.5), xticks=(0, 10, 20, 30), xlabel="step", title=title)
        right.tick_params(labelleft=False)
    figure.set_label(_description(curve, path, losses))
    return figure


def _draw_path(ax: Axes, curve: str, path: list[float], learning_rate: float) -> None:
    ax.plot(GRID, CURVES[curve].value(GRID), color=COLORS[0], linewidth=2)
    places = np.clip(path, -2 * EDGE, 2 * EDGE)  # outside of the picture, yet not far
    ax.plot(places, CURVES[curve].value(places), "-", color=COLORS[5], linewidth=0.8)
    inside = places[np.abs(places) <= EDGE]  # a dot at the very edge is drawn whole
    ax.plot(inside, CURVES[curve].value(inside), "o", color=COLORS[5], ms=5, clip_on=False)
    w, loss, slope = _state(curve, path)
    if abs(w) <= EDGE:
        ax.axline((w, loss), slope=slope, color=COLORS[1], linewidth=1.5)
        target = float(np.clip(w - learning_rate * slope, -2 * EDGE, 2 * EDGE))
        head = "<" if target < w else ">"
        ax.plot([w, target], [loss, loss], "--", color=INK, linewidth=1)
        ax.plot(target, loss, head, color=INK, ms=6)
        ax.plot(w, loss, "o", color=COLORS[1], ms=9, mec="white", clip_on=False)
    else:
        side = "→" if w > 0 else "←"
        words = {"color": COLORS[1], "weight": "bold", "ha": "center", "transform": ax.transAxes}
        box = {"facecolor": "white", "edgecolor": "none", "pad": 2}
        ax.text(0.5, 0.9, f"{side} off the picture, w = {w:.3g}", **words, bbox=box)
    ax.set(xlim=(-EDGE, EDGE), xlabel="w", ylabel="loss", title=f"loss = {CURVES[curve].formula}")


def draw_losses(ax: Axes, losses: list[float], top: float, color: str = COLORS[5]) -> str:
    """Draw the loss after each step, and return a title that says how to read it.

    A triangle at the upper edge stands for a loss above it.
    """
    shown = [min(loss, 0.97 * top) for loss in losses]
    ax.plot(range(len(losses)), shown, "-", color=color, linewidth=0.8)
    for marker, chosen in (("o", lambda v: v <= top), ("^", lambda v: v > top)):
        at = [step for step, loss in enumerate(losses) if chosen(loss)]
        places = [shown[step] for step in at]
        ax.plot(at, places, marker, color=color, ms=dot_size(len(losses)), clip_on=False)
    over = any(loss > top for loss in losses)
    return "▲ higher than the picture" if over else "loss after each step"


def dot_size(count: int) -> float:
    """Return the size of so many dots on a path: smaller where there are many."""
    return 5 if count <= MOST_STEPS + 1 else 2.5


def _description(curve: str, path: list[float], losses: list[float]) -> str:
    lead = f"{counted(len(path) - 1)} lead{'s' * (len(path) == 2)}"
    return (
        f"Gradient descent on loss = {CURVES[curve].formula}: {lead} from "
        f"w = {path[0]:.4g}, loss {losses[0]:.4g}, to w = {path[-1]:.4g}, loss {losses[-1]:.4g}"
    )
