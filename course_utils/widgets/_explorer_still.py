"""The convolution explorer as a picture, for readers without a kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor, nn

from .._figures import SIGNED, style

if TYPE_CHECKING:
    from .explorer import ConvolutionExplorer

ROOM = 9.0  # inches, for all grids
HEAD, GAP, LETTER = 0.45, 0.3, 0.088  # inches: above the grids, between them, of a title
SMALLEST = 5  # points, of a number that can be read


def still(explorer: ConvolutionExplorer) -> Figure:
    """Return the first channel of every picture from input to output, and of the kernel."""
    pictures = _pictures(explorer)
    cell, wide = 0.34, _total(pictures, 0.34)
    while wide > ROOM and cell > 0.05:
        cell *= 0.97
        wide = _total(pictures, cell)
    size = (max(wide, ROOM), cell * max(values.shape[0] for values in pictures.values()) + HEAD)
    with style():
        figure = Figure(figsize=size)
    left = 0.1
    for title, values in pictures.items():
        height, width = (cell * n for n in values.shape)
        bottom = size[1] - HEAD + 0.1 - height
        ax = figure.add_axes((left / size[0], bottom / size[1], width / size[0], height / size[1]))
        _draw_grid(ax, title, values, cell)
        left += _width(title, values, cell)
    return figure


def _total(pictures: dict[str, Tensor], cell: float) -> float:
    return sum(_width(title, values, cell) for title, values in pictures.items())


def _width(title: str, values: Tensor, cell: float) -> float:
    return max(cell * values.shape[1], LETTER * len(title)) + GAP


def _pictures(explorer: ConvolutionExplorer) -> dict[str, Tensor]:
    """Title → (height, width); without an output where PyTorch refuses the layer."""
    values = explorer.input
    found = {_title("input", values): values[0, 0]}
    try:
        whole = explorer.module()
        layers = list(whole) if isinstance(whole, nn.Sequential) else [whole]
        if hasattr(layers[0], "weight"):
            found["kernel"] = layers[0].weight.detach()[0, 0]
        with torch.no_grad():
            for number, layer in enumerate(layers, start=1):
                values = layer(values)
                name = "output" if number == len(layers) else f"layer {number}"
                if number < len(layers) or not explorer.state["predict"]:
                    found[_title(name, values)] = values[0, 0]
    except (RuntimeError, ValueError):  # PyTorch's own; the live explorer shows the words
        pass
    return found


def _title(name: str, values: Tensor) -> str:
    return f"{name}: " + " × ".join(map(str, values.shape[1:]))


def _draw_grid(ax: Axes, title: str, values: Tensor, cell: float) -> None:
    most = float(values.abs().max()) or 1.0
    ax.pcolormesh(
        values.numpy(), cmap=SIGNED, vmin=-1.6 * most, vmax=1.6 * most, edgecolor="0.75", lw=0.5
    )
    ax.set_title(title, loc="left", fontsize=10, fontweight="bold")
    ax.invert_yaxis()
    ax.set_axis_off()
    for y, row in enumerate(values.tolist()):
        for x, value in enumerate(row):
            text = f"{value:.3g}".replace("-", "−")
            size = 72 * cell * min(0.42, 1.5 / len(text))
            if size >= SMALLEST:
                ax.text(x + 0.5, y + 0.5, text, ha="center", va="center", size=min(size, 10))
