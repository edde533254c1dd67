"""The first widget: one slider, one picture, to see that widgets work."""

from __future__ import annotations

import ipywidgets
import numpy as np
from matplotlib.figure import Figure

from .._figures import STYLE, style
from ._base import Explorer


def hello_slider() -> Explorer:
    """Return a slider that gives a flower more or fewer pixels."""
    pixels = ipywidgets.IntSlider(12, 4, 48, description="pixels per side")
    return Explorer("Hello slider", draw_flower, {"pixels": pixels})


def flower(pixels: int) -> np.ndarray:
    """Return a flower as float (pixels, pixels, 3) in 0…1.

    Raises:
        ValueError: if ``pixels`` is less than 1.
    """
    if pixels < 1:
        raise ValueError(f"pixels {pixels} must be at least 1")
    line = (np.arange(pixels) + 0.5) / pixels * 2 - 1  # the centres of the pixels, −1…1
    x, y = np.meshgrid(line, line)
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    edge = 0.62 + 0.26 * np.cos(6 * angle)
    image = np.full((pixels, pixels, 3), (0.86, 0.93, 0.96))  # the sky
    petal = radius < edge
    shade = (radius / edge)[petal, None]
    image[petal] = (1 - shade) * (0.98, 0.78, 0.35) + shade * (0.80, 0.30, 0.55)
    image[radius < 0.22] = (0.45, 0.26, 0.12)
    return image


def draw_flower(pixels: int) -> Figure:
    """Draw the flower of ``flower`` and say how many numbers it is made of."""
    with style():
        figure = Figure(figsize=(6.2, 3.4), dpi=STYLE["figure.dpi"])
        ax = figure.add_axes((0.01, 0.02, 0.53, 0.96))
        ax.imshow(flower(pixels))
        ax.set_axis_off()
        numbers = f"{pixels} × {pixels} × 3"
        figure.text(0.58, 0.60, f"{numbers}\n= {pixels * pixels * 3:,} numbers", fontsize=15)
        figure.text(0.58, 0.46, "height × width × red, green, blue", fontsize=9)
        figure.set_label(f"A flower in {numbers} = {pixels * pixels * 3:,} numbers")
    return figure
