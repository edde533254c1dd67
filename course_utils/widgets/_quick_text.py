"""Many short texts as one artist, for tables: a tenth of the time that matplotlib's own take."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backend_bases import RendererBase
from matplotlib.colors import to_rgb
from matplotlib.font_manager import FontProperties, findfont
from PIL import Image, ImageDraw, ImageFont

from .._figures import INK

Place = tuple[float, float]
Side = Literal["left", "middle", "right"]
ANCHORS = {"left": "lm", "middle": "mm", "right": "rm"}  # Pillow's names


class QuickText(Artist):
    """Texts in a figure, drawn by Pillow in one go; ``figure.add_artist`` takes it.

    Matplotlib needs a tenth of a millisecond for each letter, and a table has hundreds.
    """

    def __init__(self, size: float) -> None:
        """Start without texts; ``size`` is that of the letters, in points."""
        super().__init__()
        self.size = size
        self.texts: list[tuple[Place, str, Side, bool]] = []

    def add(
        self, x: float, y: float, text: str, side: Side = "left", *, bold: bool = False
    ) -> None:
        """Add a text whose left end, middle or right end is at ``x``; (1, 1) is the upper right."""
        self.texts.append(((x, y), text, side, bold))

    def draw(self, renderer: RendererBase) -> None:
        """Draw all texts."""
        points = self.size * renderer.points_to_pixels(1.0)
        width, height = map(round, renderer.get_canvas_width_height())
        ink = Image.new("L", (width, height))
        pen = ImageDraw.Draw(ink)
        for (x, y), text, side, bold in self.texts:
            place = round(x * width), round((1 - y) * height)
            pen.text(place, text, 255, _font(points, bold), ANCHORS[side])
        pixels = np.empty((height, width, 4), np.uint8)
        pixels[..., :3] = [round(255 * part) for part in to_rgb(INK)]
        pixels[..., 3] = np.asarray(ink)
        renderer.draw_image(renderer.new_gc(), 0, 0, pixels[::-1])
        self.stale = False


@lru_cache
def _font(pixels: float, bold: bool) -> ImageFont.FreeTypeFont:
    """Return DejaVu Sans, which comes with matplotlib."""
    file = findfont(FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal"))
    return ImageFont.truetype(file, pixels, layout_engine=ImageFont.Layout.BASIC)
