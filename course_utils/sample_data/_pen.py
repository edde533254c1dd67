"""Dice that fall alike on every machine, colours, and a pen that draws in turned coordinates."""

from __future__ import annotations

import copy
import math
import random
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import TypeVar

import numpy as np
from PIL import ImageDraw

T = TypeVar("T")
Colour = tuple[int, int, int]
Points = Sequence[tuple[float, float]]
Shape = Callable[["Pen", "Dice", Colour], None]

BLACK, WHITE, GLASS = (28, 28, 32), (240, 240, 236), (120, 165, 195)
FUR = [
    (120, 78, 45),
    (78, 52, 36),
    (190, 118, 62),
    (200, 166, 124),
    (132, 130, 128),
    (72, 72, 78),
    (230, 224, 212),
    (40, 37, 38),
]
PAINT = [
    (190, 45, 40),
    (45, 85, 165),
    (225, 180, 50),
    (232, 232, 228),
    (150, 155, 162),
    (48, 50, 56),
    (55, 125, 75),
    (215, 115, 45),
]


class Dice:
    """Random choices that depend on ``key`` alone: PCG64 and ``random.random`` never change."""

    def __init__(self, *key: int) -> None:
        self._bits = np.random.PCG64(key)
        self.random = random.Random(int(self._bits.random_raw())).random

    def between(self, low: float, high: float) -> float:
        """Return a number in low … high, uniformly."""
        return low + (high - low) * self.random()

    def chance(self, probability: float) -> bool:
        """Return True with this probability."""
        return self.random() < probability

    def pick(self, things: Sequence[T]) -> T:
        """Return one of ``things``."""
        return things[int(self.random() * len(things))]

    def shuffled(self, things: Iterable[T]) -> list[T]:
        """Return ``things`` in random order."""
        return [thing for _, thing in sorted((self.random(), thing) for thing in things)]

    def near(self, colour: Colour, spread: int) -> Colour:
        """Return a colour at most ``spread`` away in each channel."""
        r, g, b = (min(255, max(0, int(c + self.between(-spread, spread)))) for c in colour)
        return r, g, b

    def noise(self, *shape: int) -> np.ndarray:
        """Return integers of a triangular distribution in −255 … 255 (standard deviation 104)."""
        raw = self._bits.random_raw(math.prod(shape) // 4)  # 8 bytes each: two for a value
        pairs = raw.astype("<u8").view(np.uint8).reshape(2, *shape).astype(np.int32)
        return pairs[0] - pairs[1]


class Pen:
    """Draws shapes given in units of a figure that fits into −1 … 1 (x right, y down).

    Args:
        draw: the picture to draw on.
        dice: moves the corners of blobs a little.
        centre: where (0, 0) goes, in pixels.
        scale: pixels a unit.
        angle: turn, in degrees.
        mirror: exchange left and right.
        mask: a second picture (mode L) in which the same shapes become 255.
    """

    def __init__(
        self,
        draw: ImageDraw.ImageDraw,
        dice: Dice,
        *,
        centre: tuple[float, float],
        scale: float,
        angle: float = 0.0,
        mirror: bool = False,
        wobble: float = 0.03,
        mask: ImageDraw.ImageDraw | None = None,
    ) -> None:
        self.draw, self.mask, self.dice, self.wobble = draw, mask, dice, wobble
        self.centre, self.scale = centre, scale
        turn = math.radians(angle)
        side = -1 if mirror else 1
        self._x = (scale * side * math.cos(turn), -scale * math.sin(turn))
        self._y = (scale * side * math.sin(turn), scale * math.cos(turn))

    def polygon(self, points: Points, colour: Colour) -> None:
        """Fill a polygon."""
        pixels = self._pixels(points)
        self.draw.polygon(pixels, fill=colour)
        if self.mask:
            self.mask.polygon(pixels, fill=255)

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        """Fill a rectangle."""
        self.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], colour)

    def blob(self, points: Points, colour: Colour) -> None:
        """Fill a smooth closed curve near ``points``."""
        moved = [
            (
                x + self.wobble * (self.dice.random() - 0.5),
                y + self.wobble * (self.dice.random() - 0.5),
            )
            for x, y in points
        ]
        self.polygon((_smoothing(len(moved)) @ np.array(moved)).tolist(), colour)

    def ellipse(
        self, x: float, y: float, rx: float, ry: float, colour: Colour, *, angle: float = 0.0
    ) -> None:
        """Fill an ellipse with half axes ``rx``, ``ry``, turned by ``angle`` degrees."""
        cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        self.polygon(
            [
                (x + rx * c * cos - ry * s * sin, y + rx * c * sin + ry * s * cos)
                for c, s in _CIRCLE
            ],
            colour,
        )

    def line(self, points: Points, width: float, colour: Colour) -> None:
        """Draw a polyline ``width`` units wide."""
        pixels, wide = self._pixels(points), max(1, round(width * self.scale))
        joint = "curve" if wide > 3 and len(points) > 2 else None
        self.draw.line(pixels, fill=colour, width=wide, joint=joint)
        if self.mask:
            self.mask.line(pixels, fill=255, width=wide, joint=joint)

    def part(self, x: float, y: float, size: float) -> Pen:
        """Return a pen for a part of the figure: ``size`` times as large, its centre at (x, y)."""
        other = copy.copy(self)
        other.centre, other.scale = self._place(x, y), self.scale * size
        other._x, other._y = (tuple(size * v for v in axis) for axis in (self._x, self._y))
        return other

    def _place(self, x: float, y: float) -> tuple[float, float]:
        (cx, cy), (xx, xy), (yx, yy) = self.centre, self._x, self._y
        return cx + x * xx + y * xy, cy + x * yx + y * yy

    def _pixels(self, points: Points) -> list[tuple[int, int]]:
        (cx, cy), (xx, xy), (yx, yy) = self.centre, self._x, self._y
        return [(round(cx + x * xx + y * xy), round(cy + x * yx + y * yy)) for x, y in points]


def left_right(points: Points) -> list[tuple[float, float]]:
    """Return a closed outline: ``points`` on the right and their mirror images on the left."""
    return [*points, *((-x, y) for x, y in reversed(points) if x)]


def up_down(points: Points) -> list[tuple[float, float]]:
    """Return a closed outline: ``points`` below and their mirror images above."""
    return [*points, *((x, -y) for x, y in reversed(points) if y)]


def shade(colour: Colour, factor: float) -> Colour:
    """Return a darker (factor < 1) or a lighter colour (factor up to 2 is white)."""
    if factor <= 1:
        r, g, b = (int(c * factor) for c in colour)
    else:
        r, g, b = (int(c + (255 - c) * (factor - 1)) for c in colour)
    return r, g, b


def stand_out(colour: Colour, background: Colour, *, by: int = 45) -> Colour:
    """Return ``colour``, made lighter or darker if it would vanish in front of ``background``."""
    if sum(abs(a - b) for a, b in zip(colour, background, strict=True)) >= 3 * by:
        return colour
    return shade(colour, 0.45 if sum(background) > 330 else 1.55)


@lru_cache(maxsize=32)
def _smoothing(count: int, steps: int = 4) -> np.ndarray:
    """Return the matrix (count·steps, count) from corners to a closed Catmull–Rom curve."""
    t = np.arange(steps)[:, None] / steps
    weights = 0.5 * np.hstack(
        [-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, t**3 - t**2]
    )
    matrix = np.zeros((count, steps, count))
    for corner in range(count):
        for offset in range(4):
            matrix[corner, :, (corner + offset - 1) % count] += weights[:, offset]
    return matrix.reshape(count * steps, count)


_CIRCLE = [(math.cos(i * math.pi / 8), math.sin(i * math.pi / 8)) for i in range(16)]
