"""Optimizers on a surface of two numbers: the path of one or two, and the loss on the way.

What ``descent`` shows on a curve, for all rules of notebook 16. Its helpers draw the losses.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import ipywidgets
import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from .._figures import COLORS, FAINT, STYLE, style
from ._base import Explorer
from ._optimizer_rules import RULES, walk
from ._quick_image import QuickImage
from ._quick_text import QuickText
from .descent import LOST, counted, dot_size, draw_losses

MOST_STEPS = 100
RATES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.12, 0.13, 0.2, 0.5, 1.0)
DECAYS = (0.0, 0.01, 0.1, 0.5)
NOBODY = "nothing"
LOW, HIGH = -4, 2  # the losses on the right go from 10**LOW to 10**HIGH
MAP, LOSSES = (0.045, 0.13, 0.52, 0.74), (0.635, 0.13, 0.35, 0.74)  # panels, parts of the figure
PIXELS = 355, 593  # of the map: rows, columns
BOTH = COLORS[1], COLORS[0]
TOP = 0.945  # of the words above the panels
BANDS = np.linspace(0.98, 0.72, 14)


@dataclass(frozen=True)
class Surface:
    """A loss of two numbers, its slopes, where the picture ends, and where paths begin."""

    formula: str
    value: Callable
    slopes: Callable
    x: tuple[float, float]
    y: tuple[float, float]
    start: tuple[float, float]
    lowest: tuple[float, float]


SURFACES = {
    "narrow valley": Surface(
        "(x² + 16 y²) / 2",
        lambda x, y: (x * x + 16 * y * y) / 2,
        lambda x, y: (x, 16 * y),
        x=(-5, 5), y=(-2, 2), start=(-4, 1), lowest=(0, 0),
    ),
    "bent valley": Surface(
        "(1 − x)² + 5 (y − x²)²",
        lambda x, y: (1 - x) * (1 - x) + 5 * (y - x * x) * (y - x * x),
        lambda x, y: (2 * (x - 1) - 20 * x * (y - x * x), 10 * (y - x * x)),
        x=(-2.2, 2.2), y=(-0.8, 3), start=(-1.5, 0.5), lowest=(1, 1),
    ),
    "two hollows": Surface(
        "(x² − 4)² / 16 + x / 4 + y² + 0.6",
        lambda x, y: (x * x - 4) * (x * x - 4) / 16 + x / 4 + y * y + 0.6,
        lambda x, y: (x * (x * x - 4) / 4 + 0.25, 2 * y),
        x=(-4, 4), y=(-1.8, 1.8), start=(3.5, 1.2), lowest=(-2.1149, 0),
    ),
    "saddle": Surface(
        "x² / 2 − y² / 2 + y⁴ / 8 + 0.51",
        lambda x, y: x * x / 2 - y * y / 2 + y * y * y * y / 8 + 0.51,
        lambda x, y: (x, y * y * y / 2 - y),
        x=(-3, 3), y=(-2, 2), start=(-2.5, 0.001), lowest=(0, math.sqrt(2)),
    ),
    "flat outside": Surface(
        "4 − 4 exp(−(x² + y²) / 2)",
        lambda x, y: 4 - 4 * np.exp(-(x * x + y * y) / 2),
        lambda x, y: (4 * x * np.exp(-(x * x + y * y) / 2), 4 * y * np.exp(-(x * x + y * y) / 2)),
        x=(-4, 4), y=(-2.2, 2.2), start=(-3.2, 1.2), lowest=(0, 0),
    ),
}  # fmt: skip


def optimizer_paths() -> Explorer:
    """Return the paths of one or two optimizers: surface, rules, learning rate, momentum, decay."""
    choose, slide = ipywidgets.Dropdown, ipywidgets.SelectionSlider
    rates, decays = ([(f"{value:g}", value) for value in values] for values in (RATES, DECAYS))
    controls = {
        "surface": choose(options=list(SURFACES), description="surface"),
        "optimizer": choose(options=list(RULES), description="optimizer"),
        "beside": choose(options=[NOBODY, *RULES], value="momentum", description="beside it"),
        "learning_rate": slide(options=rates, value=0.1, description="learning rate"),
        "momentum": ipywidgets.FloatSlider(
            0.5, min=0, max=0.99, step=0.01, description="momentum, beta1"
        ),
        "weight_decay": slide(options=decays, value=0.0, description="weight decay"),
        "steps": ipywidgets.IntSlider(20, min=0, max=MOST_STEPS, description="steps"),
    }
    return Explorer("Optimizer paths", draw_optimizers, controls, note=explain_optimizers)


def optimizer_path(
    surface: str,
    optimizer: str,
    learning_rate: float,
    momentum: float,
    weight_decay: float,
    steps: int,
) -> np.ndarray:
    """Return the start and the place after each step, float64 (steps + 1, 2).

    The path is shorter where a number leaves ±10⁹.
    """
    place = SURFACES[surface]
    settings = (learning_rate, momentum, weight_decay)
    return walk(RULES[optimizer], place.slopes, place.start, settings, steps, LOST)


def _paths(surface: str, optimizer: str, beside: str, *settings: float) -> dict[str, np.ndarray]:
    names = dict.fromkeys(name for name in (optimizer, beside) if name != NOBODY)
    return {name: optimizer_path(surface, name, *settings) for name in names}


def explain_optimizers(
    surface: str, optimizer: str, beside: str, learning_rate: float, momentum: float,
    weight_decay: float, steps: int,
) -> str:  # fmt: skip
    """Return where each path ends, and what it does and why."""
    paths = _paths(surface, optimizer, beside, learning_rate, momentum, weight_decay, steps)
    lost = [name for name, path in paths.items() if np.abs(path[-1]).max() > LOST]
    if lost:
        step = len(paths[lost[0]]) - 1
        return (
            f"✗ {lost[0]} diverged (step {step}): each step ended where it is steeper than before, "
            "so the next one was longer still. Take a smaller learning rate, or less momentum."
        )
    ends = "; ".join(f"{name} {_loss(surface, path[-1]):.3g}" for name, path in paths.items())
    return f"Loss after {counted(steps)}: {ends}. {_why(surface, optimizer, paths[optimizer])}"


def _loss(surface: str, place: np.ndarray) -> float:
    return float(SURFACES[surface].value(*place))


def _why(surface: str, name: str, path: np.ndarray) -> str:
    """Say in one sentence what the path of ``name`` does."""
    distance = np.abs(path[-1] - SURFACES[surface].lowest).max()
    moves = np.diff(path, axis=0)
    if len(path) < 4:
        return "Add steps and watch."
    if _loss(surface, path[-1]) > _loss(surface, path[0]) + 1e-9:
        return f"{name} is higher than at the start: its steps are too long."
    if distance < 0.05:
        return f"{name} has arrived."
    turns = (moves[1:] * moves[:-1] < 0).mean(axis=0).max()
    if turns > 0.6:
        return f"{name} jumps from side to side: its steps are longer than the valley is wide."
    if np.abs(moves[-1]).max() < 0.01:
        return f"{name} hardly moves: it is nearly flat there, or its steps are too short."
    if name in ("momentum", "Nesterov") and turns > 0.04:
        return f"{name} swings like a ball: it goes past the bottom and comes back."
    if name in ("RMSProp", "Adam", "AdamW"):
        return f"{name} divides by the size of its gradients: flat or steep, steps are alike."
    return f"{name} goes far where it is steep, and little where it is flat."


def draw_optimizers(
    surface: str, optimizer: str, beside: str, learning_rate: float, momentum: float,
    weight_decay: float, steps: int,
) -> Figure:  # fmt: skip
    """Draw the paths on a map of the surface, and the loss after each step."""
    paths = _paths(surface, optimizer, beside, learning_rate, momentum, weight_decay, steps)
    place, words, headings = SURFACES[surface], QuickText(8.5), []
    with style():
        figure = Figure(figsize=(7.6, 3.2), dpi=STYLE["figure.dpi"])
        background = QuickImage(surface_map(surface), MAP)
        background.set_zorder(-1)
        figure.add_artist(background)
        left = figure.add_axes(MAP, xlim=place.x, ylim=place.y)
        right = figure.add_axes(LOSSES, xlim=(-0.5, MOST_STEPS + 0.5), ylim=(0, HIGH - LOW))
        for ax in (left, right):
            ax.set_axis_off()
        left.plot(*place.lowest, "*", color="#2E7D32", ms=13, mec="white", zorder=5)
        for path, color in zip(paths.values(), BOTH, strict=False):
            shown = np.clip(path, -50, 50)  # outside of the picture, yet not far
            left.plot(*shown.T, "o-", color=color, ms=dot_size(len(path)), linewidth=1)
            heights = [_height(_loss(surface, spot)) for spot in path]
            headings.append(draw_losses(right, heights, HIGH - LOW, color))
        _write(figure, words, surface, list(paths))
        words.add(LOSSES[0], TOP, next((h for h in headings if "▲" in h), headings[0]))
    figure.add_artist(words)
    figure.set_label(_description(surface, paths, learning_rate))
    return figure


def _height(loss: float) -> float:
    """Return where a loss stands on the right: 0 for 10**LOW and less, 1 more for each 10."""
    return math.log10(max(loss, 10**LOW)) - LOW


@cache
def surface_map(surface: str) -> np.ndarray:
    """Return the surface from above, float (rows, columns, 3): dark is low, with height lines."""
    place = SURFACES[surface]
    y, x = np.meshgrid(
        np.linspace(*place.y[::-1], PIXELS[0]), np.linspace(*place.x, PIXELS[1]), indexing="ij"
    )
    height = np.sqrt(place.value(x, y))
    band = np.minimum(height / height.max() * len(BANDS), len(BANDS) - 1).astype(int)
    edge = (np.diff(band, axis=0, prepend=band[:1]) != 0) | (
        np.diff(band, axis=1, prepend=band[:, :1]) != 0
    )
    light = BANDS[::-1][band] - 0.12 * edge
    return np.stack([light * 0.96, light * 0.985, light], axis=-1)


def _write(figure: Figure, words: QuickText, surface: str, names: list[str]) -> None:
    """Write the scales, the formula and the names of the paths."""
    left, bottom, width, height = LOSSES
    for power in range(LOW, HIGH + 1):
        y = bottom + height * (power - LOW) / (HIGH - LOW)
        figure.add_artist(Line2D([left, left + width], [y, y], color=FAINT, lw=0.7, zorder=-1))
        words.add(left - 0.008, y, f"{10.0**power:g}", "right")
    for step in range(0, MOST_STEPS + 1, 20):
        x = left + width * (step + 0.5) / (MOST_STEPS + 1)
        words.add(x, bottom - 0.055, str(step), "middle")
    words.add(left + width / 2, 0.025, "step", "middle")
    words.add(MAP[0], 0.025, f"loss = {SURFACES[surface].formula}, lowest at the star")
    for name, color, x in zip(names, BOTH, (MAP[0], MAP[0] + 0.2), strict=False):
        figure.add_artist(Line2D([x, x + 0.035], [TOP, TOP], color=color, lw=2, marker="o"))
        words.add(x + 0.045, TOP, name, bold=True)


def _description(surface: str, paths: dict[str, np.ndarray], learning_rate: float) -> str:
    ends = [
        f"{name} goes in {counted(len(path) - 1)} from loss {_loss(surface, path[0]):.4g} to "
        f"x = {path[-1][0]:.4g}, y = {path[-1][1]:.4g}, loss {_loss(surface, path[-1]):.4g}"
        for name, path in paths.items()
    ]
    return f"{surface.capitalize()}, learning rate {learning_rate:g}: {'; '.join(ends)}"
