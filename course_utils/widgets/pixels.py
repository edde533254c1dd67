"""The pixel playground: channels, brightness, blur and edges of a picture, down to its numbers.

OpenCV is imported when it is needed: where it cannot be loaded, the other widgets still work.
"""

from __future__ import annotations

import io
from functools import lru_cache

import ipywidgets
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from .._figures import COLORS, STYLE, style
from ..sample_data._pen import Dice
from ..sample_data.ants_bees import draw_insect
from ._base import Explorer

CHANNELS = ["RGB", "BGR shown as RGB", "red only", "green only", "blue only", "grey"]
CROPS = [("whole picture", 0), *((f"{side} × {side}", side) for side in (128, 64, 32, 16, 8))]
BLURS = [("off", 1), *((f"{size} × {size}", size) for size in (3, 5, 7, 9, 11, 15))]
EDGES = [("off", 0), *((str(step), step) for step in (20, 40, 60, 80, 100, 150, 200))]
BEE = (0, 1, 13)  # the training picture bees_0013
CENTER = (98, 104)  # row and column that every crop keeps in its middle
NUMBERED = 8  # up to so many pixels a side have their numbers written on them
CURVES = {"red": COLORS[1], "green": COLORS[2], "blue": COLORS[0], "grey": "#555555"}


def pixel_playground() -> Explorer:
    """Return a drawn bee with controls for channels, crop, gamma, blur and Canny's edges."""
    choose = ipywidgets.SelectionSlider
    controls = {
        "channels": ipywidgets.Dropdown(options=CHANNELS, description="channels"),
        "crop": choose(options=CROPS, value=16, description="crop"),
        "gamma": ipywidgets.FloatSlider(1, min=0.3, max=3, step=0.1, description="gamma"),
        "blur": choose(options=BLURS, value=1, description="Gaussian blur"),
        "edges": choose(options=EDGES, value=0, description="Canny threshold"),
    }
    return Explorer("Pixel playground", draw_pixels, controls, note=explain)


@lru_cache(maxsize=1)
def bee() -> np.ndarray:
    """Return the picture of the playground, (228, 198, 3) uint8, RGB; nothing may write to it.

    It goes through JPEG, so that its numbers are those of the file that `make_ants_bees` makes.
    """
    picture, _ = draw_insect(BEE[1], Dice(0, *BEE), 160)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=88)
    with Image.open(file) as opened:
        pixels = np.array(opened)
    pixels.setflags(write=False)
    return pixels


@lru_cache(maxsize=1)
def _small_bee() -> np.ndarray:
    return np.asarray(Image.fromarray(bee()).reduce(2))


def process(channels: str, crop: int, gamma: float, blur: int, edges: int) -> np.ndarray:
    """Return the bee after gamma, blur, choice of channels, edges and crop, in this order.

    Returns:
        uint8, (H, W, 3), or (H, W) for one channel, grey and edges (0 or 255).

    Raises:
        ValueError: if ``channels`` is not one of ``CHANNELS``.
    """
    if channels not in CHANNELS:
        raise ValueError(f"channels {channels!r} must be one of {', '.join(CHANNELS)}")
    import cv2

    image = gamma_table(gamma)[bee()]
    if blur > 1:
        image = cv2.GaussianBlur(image, (blur, blur), 0)
    image = _choose(image, channels)
    if edges:
        image = cv2.Canny(image if image.ndim == 2 else _grey(image), edges, 2 * edges)
    rows, columns = _window(crop)
    return image[rows, columns]


def gamma_table(gamma: float) -> np.ndarray:
    """Return the new value of each of the values 0 … 255: 255 · (value / 255) ** gamma."""
    return np.rint(255 * (np.arange(256) / 255) ** gamma).astype(np.uint8)


def _choose(image: np.ndarray, channels: str) -> np.ndarray:
    if channels == "RGB":
        return image
    if channels == "BGR shown as RGB":
        return np.ascontiguousarray(image[..., ::-1])
    if channels == "grey":
        return _grey(image)
    return np.ascontiguousarray(image[..., ("red", "green", "blue").index(channels.split()[0])])


def _grey(image: np.ndarray) -> np.ndarray:
    import cv2

    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)


def _window(crop: int) -> tuple[slice, slice]:
    """The rows and columns that a crop keeps: all for 0."""
    if not crop:
        return slice(None), slice(None)
    starts = [
        min(max(middle - crop // 2, 0), side - crop)
        for middle, side in zip(CENTER, bee().shape[:2], strict=True)
    ]
    return slice(starts[0], starts[0] + crop), slice(starts[1], starts[1] + crop)


def draw_pixels(*, channels: str, crop: int, gamma: float, blur: int, edges: int) -> Figure:
    """Draw the result, beside it the whole picture with the crop framed, and how values spread."""
    result = process(channels, crop, gamma, blur, edges)
    with style():
        figure = Figure(figsize=(7, 3.6), dpi=STYLE["figure.dpi"])
        _show(figure.add_axes((0.01, 0.02, 0.52, 0.96)), result)
        _overview(figure.add_axes((0.56, 0.45, 0.42, 0.53)), crop)
        _spread(figure.add_axes((0.60, 0.12, 0.36, 0.27)), result, channels)
    height, width = result.shape[:2]
    figure.set_label(
        f"A bee on a leaf: {channels}, {width} pixels wide and {height} high, gamma {gamma:g}, "
        f"Gaussian blur {_or_off(blur, 1)}, Canny threshold {_or_off(edges, 0)}; beside it the "
        "whole picture, and how often each value occurs"
    )
    return figure


def _or_off(value: int, off: int) -> str:
    return "off" if value == off else str(value)


def _show(ax: Axes, image: np.ndarray) -> None:
    ax.imshow(image, cmap="gray", vmin=0, vmax=255)
    ax.set_axis_off()
    if max(image.shape[:2]) <= NUMBERED:
        _write_numbers(ax, image)


def _overview(ax: Axes, crop: int) -> None:
    """The whole bee in half its size, and a frame around what the crop keeps."""
    height, width = bee().shape[:2]
    ax.imshow(_small_bee(), extent=(-0.5, width - 0.5, height - 0.5, -0.5))
    ax.set_axis_off()
    if crop:
        rows, columns = _window(crop)
        corner = (columns.start - 0.5, rows.start - 0.5)
        ax.add_patch(Rectangle(corner, crop, crop, fill=False, edgecolor="white", linewidth=1.5))


def _write_numbers(ax: Axes, image: np.ndarray) -> None:
    """Write each pixel's numbers on it, one line for each channel."""
    for row, column in np.ndindex(image.shape[:2]):
        numbers = np.atleast_1d(image[row, column])
        color = "black" if numbers.mean() > 110 else "white"
        text = "\n".join(map(str, numbers))
        ax.text(column, row, text, ha="center", va="center", color=color, fontsize=7)


def _spread(ax: Axes, image: np.ndarray, channels: str) -> None:
    """How many pixels have which value, one line for each channel."""
    planes = [image] if image.ndim == 2 else list(np.moveaxis(image, -1, 0))
    names = [channels.split()[0]] if len(planes) == 1 else ["red", "green", "blue"]
    for plane, name in zip(planes, names, strict=True):
        counts, borders = np.histogram(plane, bins=32, range=(0, 256))
        color = CURVES.get(name, CURVES["grey"])
        ax.stairs(counts / plane.size, borders, color=color, linewidth=1.4)
    ax.set(xlim=(0, 256), xticks=(0, 64, 128, 192, 255), yticks=(), xlabel="value of a pixel")
    ax.set_ylabel("how often", fontsize=8)
    ax.set_ylim(bottom=0)
    ax.tick_params(labelsize=8)


def explain(*, channels: str, crop: int, gamma: float, blur: int, edges: int) -> str:
    """Return the shape of the result, and what each control that was moved does and why."""
    image = process(channels, crop, gamma, blur, edges)
    said = [f"Shape {image.shape}, values {image.min()} … {image.max()}."]
    if channels == "BGR shown as RGB":
        said.append("Red and blue have changed places.")
    elif channels == "grey":
        said.append("Grey is 0.299 red + 0.587 green + 0.114 blue.")
    elif channels != "RGB":
        said.append(f"One channel is a grey picture: bright where there is much {channels[:-5]}.")
    if gamma != 1:
        said.append(f"Gamma {gamma:g}: 64 becomes {gamma_table(gamma)[64]}; 0 and 255 stay.")
    if blur > 1:
        said.append(f"Each pixel becomes a weighted mean of {blur} × {blur}: noise and edges fade.")
    if edges:
        share = (process(channels, 0, gamma, blur, edges) > 0).mean()
        limits = f"Thresholds {edges} and {2 * edges}"
        said.append(f"{limits}: edges are {share:.1%} of the whole picture.")
    return " ".join(said)
