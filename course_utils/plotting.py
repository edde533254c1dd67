"""Pictures of images, batches, masks, curves, kernels and confusion matrices.

Every function takes ``ax`` (drawn into, instead of a figure of its own) and returns Axes. Images
are whatever ``as_image`` accepts: values are never clipped in silence. End a cell with
``describe(ax)`` to give its picture an alternative text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from ._figures import COLORS, FAINT, SIGNED, describe, new_axes, style
from ._pixels import as_image, as_rgb, image_grid, to_array

__all__ = [
    "as_image",
    "describe",
    "image_grid",
    "new_axes",
    "plot_confusion",
    "plot_curves",
    "plot_kernels",
    "show_batch",
    "show_image",
    "show_mask",
    "style",
]


def show_image(image: Any, *, title: str | None = None, ax: Axes | None = None) -> Axes:
    """Show one image, pixel by pixel, without axes."""
    pixels = as_image(image)
    ax = ax if ax is not None else new_axes(3, 3 * pixels.shape[0] / pixels.shape[1] + 0.3)
    with style():
        gray = {"cmap": "gray", "vmin": 0, "vmax": 255 if pixels.dtype == np.uint8 else 1}
        ax.imshow(pixels, **(gray if pixels.ndim == 2 else {}))
        ax.set_axis_off()
        ax.set_title(title or "")
    return ax


def show_batch(
    images: Any,
    labels: Sequence[object] | None = None,
    *,
    columns: int = 8,
    frame: bool = False,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Show images of one size side by side, each with its label below.

    Args:
        images: (N, C, H, W) tensor, (N, H, W, C) array, or a sequence of images.
        labels: one for each image, shown as text.
        columns: images in a row.
        frame: draw a thin grey line round each image, so that white ones can be seen.
    """
    tiles = [as_image(image) for image in images]
    columns = max(1, min(columns, len(tiles)))
    if labels is not None and len(labels) != len(tiles):
        raise ValueError(f"{len(labels)} labels for {len(tiles)} images; give one label an image")
    mosaic, corners = image_grid(tiles, columns=columns, gap=0.28 if labels is not None else 0.08)
    rows, size = ceil(len(tiles) / columns), 8 / max(columns, 5)
    ax = ax if ax is not None else new_axes(columns * size, rows * size * 1.2 + 0.2)
    show_image(mosaic, title=title, ax=ax)
    for top, left in corners if frame else ():
        height, width = tiles[0].shape[:2]
        corner, line = (left - 0.5, top - 0.5), {"edgecolor": FAINT, "linewidth": 1}
        ax.add_patch(Rectangle(corner, width, height, fill=False, clip_on=False, **line))
    for (top, left), tile, label in zip(corners, tiles, labels or [], strict=False):
        center = left + tile.shape[1] / 2 - 0.5
        ax.text(center, top + tile.shape[0], str(label), ha="center", va="top", fontsize=9)
    return ax


def show_mask(
    image: Any, mask: Any, *, alpha: float = 0.55, title: str | None = None, ax: Axes | None = None
) -> Axes:
    """Show an image with the pixels of a mask tinted blue and outlined in orange.

    Args:
        mask: (H, W) or (1, H, W); what is above half of its range (0.5, or 127 for uint8) counts.
    """
    pixels, chosen = as_rgb(as_image(image)), as_image(mask)
    if chosen.shape != pixels.shape[:2]:
        raise ValueError(f"mask {chosen.shape} does not fit image {pixels.shape[:2]}; resize it")
    inside = chosen > (127 if chosen.dtype == np.uint8 and chosen.max() > 1 else 0.5)
    tint = np.array(mpl.colors.to_rgb(COLORS[0]), np.float32)
    blended = np.where(inside[..., None], (1 - alpha) * pixels + alpha * tint, pixels)
    ax = show_image(blended, title=title, ax=ax)
    if inside.any() and not inside.all():
        ax.contour(inside, levels=[0.5], colors=[COLORS[5]], linewidths=1.5)
    return ax


def plot_curves(
    curves: Any,
    *,
    x: Sequence[float] | None = None,
    xlabel: str = "epoch",
    ylabel: str = "",
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Plot one line for each series, named in the legend.

    Args:
        curves: a dict name → values, or a ``History`` (its training and validation loss).
        x: positions shared by all series; 1, 2, 3 … unless given.
    """
    if not isinstance(curves, Mapping):
        curves, ylabel = history_curves(curves, "loss"), ylabel or "loss"
    ax = ax if ax is not None else new_axes()
    with style():
        for (name, values), color in zip(curves.items(), COLORS * len(curves), strict=False):
            places = range(1, len(values) + 1) if x is None else x
            marker = "o" if len(values) <= 30 else ""  # many points: the line alone
            ax.plot(places, values, marker=marker, markersize=3.5, label=name, color=color)
        ax.set(xlabel=xlabel, ylabel=ylabel, title=title or "")
        ax.grid(color=FAINT, linewidth=0.7)
        if x is None:
            ax.xaxis.get_major_locator().set_params(integer=True)
        ax.legend(frameon=False)
    return ax


def history_curves(history: Any, metric: str) -> dict[str, list[float]]:
    """Return ``{"training": …, "validation": …}`` of a ``History`` for "loss" or "accuracy"."""
    names = {"training": f"train_{metric}", "validation": f"valid_{metric}"}
    return {label: list(getattr(history, name)) for label, name in names.items()}


def plot_kernels(
    weights: Any, *, columns: int = 8, title: str | None = None, ax: Axes | None = None
) -> Axes:
    """Show the kernels of a convolution: one tile for each output channel.

    Kernels over three channels appear as colours (grey is zero), those over one channel orange
    below zero and blue above. All share one scale.

    Args:
        weights: (out_channels, 1 or 3, H, W), or one kernel (H, W).
    """
    array, _ = to_array(weights)
    kernels = array[None, None] if array.ndim == 2 else array
    if kernels.ndim != 4 or kernels.shape[1] not in (1, 3):
        raise ValueError(
            f"weights {array.shape} are not (out_channels, 1 or 3, H, W); "
            "choose one input channel: weights[:, i : i + 1]"
        )
    span = float(np.abs(kernels).max()) or 1.0
    if kernels.shape[1] == 3:
        return show_batch(
            list(np.moveaxis(kernels / span / 2 + 0.5, 1, -1)), columns=columns, title=title, ax=ax
        )
    scale = mpl.cm.ScalarMappable(mpl.colors.Normalize(-span, span), SIGNED)
    tiles = [scale.to_rgba(kernel)[..., :3] for kernel in kernels[:, 0]]
    ax = show_batch(tiles, columns=columns, title=title, ax=ax)
    ax.figure.colorbar(scale, ax=ax, shrink=0.8, label="weight")
    return ax


def plot_confusion(
    matrix: Any, class_names: Sequence[str], *, title: str | None = None, ax: Axes | None = None
) -> Axes:
    """Show a confusion matrix: a row for each true class, a column for each predicted one.

    Args:
        matrix: (classes, classes) counts; the colour is the share of the row, the text the count.
    """
    counts, _ = to_array(matrix)
    if counts.shape != (len(class_names),) * 2:
        raise ValueError(f"matrix {counts.shape} does not fit {len(class_names)} class names")
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = 1.8 + 0.42 * len(class_names)
    ax = ax if ax is not None else new_axes(size + 0.8, size)
    with style():
        shown = ax.imshow(share, vmin=0, vmax=1, cmap="cividis")
        ax.figure.colorbar(shown, ax=ax, shrink=0.8, label="share of the true class")
        ax.set_xticks(range(len(class_names)), class_names, rotation=45, ha="right")
        ax.set_yticks(range(len(class_names)), class_names)
        ax.set(xlabel="predicted class", ylabel="true class", title=title or "")
    for (row, column), count in np.ndenumerate(counts):
        color = "black" if share[row, column] > 0.5 else "white"
        ax.text(column, row, f"{count:g}", ha="center", va="center", color=color, fontsize=8)
    return ax
