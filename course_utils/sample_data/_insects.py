"""Ants and bees, large, and the ground they walk on."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageDraw

from ._pen import Colour, Dice, Pen, shade

ANT_COLOURS = [(38, 30, 28), (62, 38, 28), (112, 52, 30), (150, 96, 44), (28, 28, 34)]
BEE_COLOURS = [(214, 160, 40), (190, 128, 44), (150, 100, 50), (226, 184, 80)]
GROUNDS = {
    "leaf": [(88, 130, 58), (60, 104, 50), (124, 150, 70), (70, 96, 66)],
    "sand": [(196, 170, 126), (170, 140, 104), (206, 190, 158), (140, 120, 100)],
    "petal": [(222, 186, 70), (206, 132, 160), (226, 220, 208), (150, 110, 180)],
}


def oval(pen: Pen, x: float, y: float, rx: float, ry: float, colour: tuple) -> None:
    """Fill a large smooth ellipse."""
    turns = [i * math.pi / 5 for i in range(10)]
    pen.blob([(x + rx * math.cos(t), y + ry * math.sin(t)) for t in turns], colour)


def legs(pen: Pen, dice: Dice, hips: tuple, *, reach: float, width: float, colour: Colour) -> None:
    """Three legs on each side, with a knee: ``hips`` are their x at the trunk."""
    for side in (-1, 1):
        for x, lean in zip(hips, (-0.42, -0.08, 0.4), strict=True):
            step = dice.between(-0.09, 0.09)
            knee = (x + lean * reach * 0.9 + step / 2, side * reach * 0.55)
            foot = (x + lean * reach * 1.9 + step, side * reach * dice.between(0.9, 1.05))
            pen.line([(x, 0), knee, foot], width, colour)


def ant_above(pen: Pen, dice: Dice, coat: Colour) -> None:
    """An ant from above, heading right."""
    rear = dice.between(0.26, 0.34)
    legs(pen, dice, (-0.02, 0.12, 0.24), reach=dice.between(0.62, 0.78), width=0.045, colour=coat)
    for side in (-1, 1):
        bend = dice.between(0.2, 0.34)
        pen.line([(0.66, side * 0.08), (0.84, side * bend), (1.08, side * bend * 0.7)], 0.04, coat)
        pen.line([(0.74, side * 0.1), (0.86, side * 0.03)], 0.06, shade(coat, 1.2))
    oval(pen, -0.55, 0, rear + 0.08, rear * 0.8, coat)
    for x in (-0.7, -0.5):
        pen.line([(x, -rear * 0.6), (x, rear * 0.6)], 0.03, shade(coat, 1.25))
    oval(pen, -0.12, 0, 0.08, 0.07, shade(coat, 1.1))
    oval(pen, 0.14, 0, 0.22, 0.12, shade(coat, 1.12))
    head(pen, coat)


def head(pen: Pen, coat: Colour) -> None:
    """A head seen from above with an eye on each side."""
    oval(pen, 0.58, 0, 0.2, 0.19, coat)
    for y in (-0.13, 0.13):
        pen.ellipse(0.63, y, 0.045, 0.04, shade(coat, 1.5))


def ant_side(pen: Pen, dice: Dice, coat: Colour) -> None:
    """An ant from the side, heading right."""
    for x, lean in ((-0.05, -0.5), (0.1, -0.12), (0.26, 0.4)):
        for back in (True, False):
            foot = x + lean + dice.between(-0.12, 0.12)
            knee = (x + lean * 0.6, -0.08 + dice.between(-0.08, 0.04))
            pen.line([(x, 0.1), knee, (foot, 0.58)], 0.045, shade(coat, 1.2) if back else coat)
    lift = dice.between(-0.2, 0.1)
    oval(pen, -0.58, lift, 0.36, 0.25, coat)
    pen.line([(-0.75, lift - 0.2), (-0.72, lift + 0.2)], 0.03, shade(coat, 1.25))
    oval(pen, -0.17, 0.03, 0.08, 0.09, shade(coat, 1.1))
    oval(pen, 0.13, 0, 0.25, 0.13, shade(coat, 1.12))
    oval(pen, 0.58, -0.1, 0.21, 0.18, coat)
    pen.ellipse(0.63, -0.15, 0.05, 0.05, shade(coat, 1.6))
    pen.line([(0.74, 0.0), (0.86, 0.08)], 0.06, coat)
    for tip in (-0.5, -0.32):
        pen.line([(0.66, -0.2), (0.8, tip), (1.05, tip + 0.12)], 0.04, coat)


def striped(pen: Pen, x: float, y: float, rx: float, ry: float, coat: Colour, dark: Colour) -> None:
    """An abdomen with dark bands."""
    oval(pen, x, y, rx, ry, coat)
    for band in (-0.78, -0.42, -0.06, 0.3):
        edge = [(x + rx * u, ry * math.sqrt(1 - u * u) * 0.98) for u in (band - 0.09, band + 0.09)]
        (x0, h0), (x1, h1) = edge
        pen.polygon([(x0, y - h0), (x1, y - h1), (x1, y + h1), (x0, y + h0)], dark)


def fuzz(pen: Pen, dice: Dice, x: float, y: float, size: float, colour: Colour) -> None:
    """A hairy trunk."""
    for turn in range(0, 360, 20):
        length = size * dice.between(1.05, 1.3)
        t = math.radians(turn)
        pen.line([(x, y), (x + length * math.cos(t), y + length * math.sin(t))], 0.04, colour)
    oval(pen, x, y, size, size * 0.95, shade(colour, 0.85))


def bee_above(pen: Pen, dice: Dice, coat: Colour) -> None:
    """A bee from above, heading right: wings spread or folded back."""
    dark = dice.pick(((40, 32, 26), (66, 44, 30)))
    legs(pen, dice, (0.0, 0.14, 0.28), reach=dice.between(0.42, 0.52), width=0.06, colour=dark)
    for side in (-1, 1):
        pen.line([(0.6, side * 0.06), (0.76, side * 0.14), (0.9, side * 0.2)], 0.045, dark)
    striped(pen, -0.42, 0, 0.5, 0.29, coat, dark)
    wing = (*dice.near((216, 218, 214), 14), 165)
    back = dice.between(-0.45, 0.15)
    for side in (-1, 1):
        for reach, wide, shift in ((0.62, 0.2, -0.16), (0.86, 0.25, 0.0)):
            tip = (back + shift - 0.1, side * reach)
            mid = ((0.16 + tip[0]) / 2, side * reach / 2)
            pen.blob(
                [
                    (0.16, side * 0.1),
                    (mid[0] + wide, mid[1]),
                    tip,
                    (mid[0] - wide, mid[1] + side * 0.05),
                ],
                wing,
            )
    fuzz(pen, dice, 0.16, 0, 0.24, shade(coat, 0.85))
    oval(pen, 0.52, 0, 0.15, 0.19, dark)
    for y in (-0.14, 0.14):
        pen.ellipse(0.54, y, 0.09, 0.06, shade(dark, 0.5))


def bee_side(pen: Pen, dice: Dice, coat: Colour) -> None:
    """A bee from the side, wings raised."""
    dark = dice.pick(((40, 32, 26), (66, 44, 30)))
    for x in (0.0, 0.14, 0.28):
        step = dice.between(-0.1, 0.06)
        pen.line([(x, 0.15), (x + step - 0.05, 0.38), (x + step + 0.05, 0.56)], 0.06, dark)
    striped(pen, -0.42, 0.08, 0.5, 0.28, coat, dark)
    wing = (*dice.near((216, 218, 214), 14), 165)
    lean = dice.between(-0.75, -0.25)
    for shift in (-0.2, 0.1):
        tip = (lean + shift, -0.78)
        pen.blob([(0.14, -0.1), (tip[0] / 2 + 0.3, -0.55), tip, (tip[0] / 2 - 0.22, -0.35)], wing)
    fuzz(pen, dice, 0.16, 0.0, 0.25, shade(coat, 0.85))
    oval(pen, 0.54, 0.05, 0.17, 0.2, dark)
    pen.ellipse(0.58, 0.02, 0.07, 0.11, shade(dark, 0.5))
    for tip in (-0.32, -0.2):
        pen.line([(0.62, -0.1), (0.74, tip), (0.94, tip + 0.06)], 0.045, dark)


ANTS, BEES = (ant_above, ant_above, ant_side), (bee_above, bee_above, bee_side)


def ground(dice: Dice, width: int, height: int) -> tuple[Image.Image, Colour]:
    """Return a picture of leaves, sand or petals, and its main colour."""
    kind = dice.pick(tuple(GROUNDS))
    base = dice.near(dice.pick(GROUNDS[kind]), 22)
    rough = dice.between(8, 30)
    grid = np.array(base) + dice.noise(16, 16, 1) * rough / 200
    soft = Image.fromarray(grid.clip(0, 255).astype(np.uint8))
    image = soft.resize((width, height), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(image, "RGBA")
    pattern = {"leaf": leaves, "sand": pebbles, "petal": petals}[kind]
    pattern(draw, dice, base, width, height)
    stones = dice.pick(dice.pick(tuple(GROUNDS.values())))
    pebbles(draw, dice, stones, width, height, count=dice.pick((0, 3, 9)))
    return image, base


def leaves(draw: ImageDraw.ImageDraw, dice: Dice, base: Colour, width: int, height: int) -> None:
    """Pointed leaves with a midrib and side veins."""
    for _ in range(dice.pick((2, 4, 6))):
        colour, vein = shade(dice.near(base, 25), dice.between(0.7, 1.25)), shade(base, 1.4)
        centre = (dice.between(0, width), dice.between(0, height))
        pen = Pen(
            draw,
            dice,
            centre=centre,
            scale=height * dice.between(0.3, 0.8),
            angle=dice.between(0, 360),
        )
        pen.blob([(-1, 0), (-0.5, -0.4), (0.3, -0.35), (1, 0), (0.3, 0.35), (-0.5, 0.4)], colour)
        pen.line([(-0.95, 0), (0.95, 0)], 0.025, vein)
        for x in (-0.6, -0.3, 0.0, 0.3):
            for side in (-1, 1):
                pen.line([(x, 0), (x + 0.25, side * 0.28)], 0.015, vein)


def pebbles(
    draw: ImageDraw.ImageDraw, dice: Dice, base: Colour, width: int, height: int, *, count: int = 60
) -> None:
    """Grains and small stones, and a twig or two."""
    for _ in range(count):
        x, y = dice.between(0, width), dice.between(0, height)
        size = dice.between(0.006, 0.03) * height
        colour = shade(dice.near(base, 25), dice.between(0.5, 1.4))
        draw.ellipse((x - size * 1.3, y - size, x + size * 1.3, y + size), fill=colour)
    for _ in range(dice.pick((0, 1, 2)) if count else 0):
        ends = [(dice.between(0, width), dice.between(0, height)) for _ in range(2)]
        draw.line(ends, fill=dice.near((80, 60, 45), 25), width=max(2, height // 60))


def petals(draw: ImageDraw.ImageDraw, dice: Dice, base: Colour, width: int, height: int) -> None:
    """A flower larger than the picture."""
    centre = (dice.between(0, width), dice.between(0, height))
    size, count = height * dice.between(0.5, 0.8), dice.pick((7, 9, 13))
    for i in range(count):
        pen = Pen(
            draw, dice, centre=centre, scale=size, angle=i * 360 / count + dice.between(-6, 6)
        )
        colour = shade(dice.near(base, 16), dice.between(0.85, 1.2))
        pen.blob(
            [(0, 0), (0.5, -0.28), (1.15, -0.15), (1.25, 0), (1.15, 0.15), (0.5, 0.28)], colour
        )
        pen.line([(0.1, 0), (1, 0)], 0.012, shade(colour, 0.8))
    oval(Pen(draw, dice, centre=centre, scale=size), 0, 0, 0.2, 0.2, (196, 150, 50))
