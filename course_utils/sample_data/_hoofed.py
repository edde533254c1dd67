"""Deer and horses."""

from __future__ import annotations

from ._body import body, eyes, limb, mirrored
from ._pen import BLACK, WHITE, Colour, Dice, Pen, shade


def antlers(
    pen: Pen, x: float, y: float, size: float, colour: Colour, *, sides: tuple = (-1, 1)
) -> None:
    """Two branched antlers above (x, y)."""
    for side in sides:
        pen.line(
            [(x, y), (x + side * 0.5 * size, y - 0.35 * size), (x + side * 0.45 * size, y - size)],
            0.07,
            colour,
        )
        for t, reach in ((0.4, 0.1), (0.7, 0.85)):
            start = (x + side * 0.5 * size, y - t * size)
            pen.line([start, (x + side * reach * size, y - (t + 0.35) * size)], 0.06, colour)


def horn(coat: Colour) -> Colour:
    """The colour of antlers that shows beside the coat."""
    return shade(coat, 0.45) if sum(coat) > 270 else (205, 182, 145)


def deer_standing(pen: Pen, dice: Dice, coat: Colour) -> None:
    """A slim body on thin legs, an upright neck, antlers, a white rump."""
    body(
        pen, dice, coat, long=0.45, deep=0.19, ground=0.92, leg=0.085, gait=dice.pick((0.06, 0.25))
    )
    pen.ellipse(-0.43, -0.02, 0.1, 0.13, WHITE)
    limb(pen, (0.36, -0.02), (0.5, -0.45), 0.26, 0.15, coat)
    limb(pen, (0.48, -0.48), (0.74, -0.38), 0.2, 0.12, coat)
    pen.polygon([(0.42, -0.48), (0.18, -0.58), (0.38, -0.38)], shade(coat, 0.75))
    antlers(pen, 0.48, -0.52, dice.between(0.36, 0.48), horn(coat))
    if dice.chance(0.4):
        for x, y in ((-0.25, -0.1), (-0.05, -0.05), (0.15, -0.1), (-0.15, 0.04)):
            pen.ellipse(x, y, 0.04, 0.04, WHITE)


def deer_grazing(pen: Pen, dice: Dice, coat: Colour) -> None:
    """The neck down, the antlers in front of the chest."""
    body(pen, dice, coat, long=0.5, deep=0.2, ground=0.75, leg=0.085, gait=0.1)
    pen.ellipse(-0.48, -0.04, 0.1, 0.13, WHITE)
    y = dice.between(0.1, 0.3)
    limb(pen, (0.4, -0.05), (0.74, y), 0.27, 0.15, coat)
    limb(pen, (0.72, y), (0.86, y + 0.25), 0.19, 0.11, coat)
    antlers(pen, 0.78, y - 0.05, dice.between(0.4, 0.5), horn(coat))


def deer_face(pen: Pen, dice: Dice, coat: Colour) -> None:
    """A narrow face, wide ears, a crown of antlers."""
    antlers(pen, 0, -0.2, dice.between(0.75, 0.9), horn(coat))
    mirrored(pen, [(0.15, -0.05), (0.7, -0.2), (0.55, 0.08), (0.2, 0.15)], shade(coat, 0.8))
    pen.blob(
        [(-0.26, -0.2), (0.26, -0.2), (0.28, 0.15), (0.15, 0.7), (-0.15, 0.7), (-0.28, 0.15)], coat
    )
    pen.ellipse(0, 0.68, 0.15, 0.14, shade(coat, 1.5))
    pen.ellipse(0, 0.62, 0.1, 0.07, BLACK)
    pen.blob([(-0.2, 0.7), (0.2, 0.7), (0.35, 1.2), (-0.35, 1.2)], shade(coat, 0.85))
    eyes(pen, 0.2, 0.08, 0.07)


def horse_head(pen: Pen, x: float, y: float, coat: Colour) -> None:
    """A long head in profile with an upright ear."""
    pen.polygon([(x - 0.08, y), (x - 0.02, y - 0.24), (x + 0.08, y - 0.03)], coat)
    limb(pen, (x, y), (x + 0.28, y + 0.3), 0.27, 0.16, coat)
    pen.ellipse(x + 0.29, y + 0.31, 0.09, 0.08, shade(coat, 0.5))


def horse_standing(pen: Pen, dice: Dice, coat: Colour) -> None:
    """A strong body, an arched neck with a mane, a flowing tail; standing or galloping."""
    gait, hair = dice.pick((0.08, 0.45)), shade(coat, 0.4) if sum(coat) > 180 else shade(coat, 1.5)
    flow = dice.between(-0.95, -0.7) if gait > 0.2 else -0.68
    pen.blob(
        [(-0.5, -0.2), (flow, -0.1), (flow - 0.05, 0.45), (flow + 0.1, 0.4), (-0.5, 0.0)], hair
    )
    body(pen, dice, coat, long=0.56, deep=0.26, ground=0.9, leg=0.13, gait=gait)
    pen.blob([(0.3, -0.25), (0.42, -0.75), (0.62, -0.85), (0.66, -0.6), (0.5, -0.2)], hair)
    limb(pen, (0.42, -0.08), (0.64, -0.62), 0.4, 0.22, coat)
    horse_head(pen, 0.65, -0.66, coat)


def horse_portrait(pen: Pen, dice: Dice, coat: Colour) -> None:
    """Head and neck in profile with a mane."""
    hair = shade(coat, 0.4) if sum(coat) > 180 else shade(coat, 1.5)
    pen.blob([(-0.15, -0.75), (-0.65, -0.3), (-1, 0.6), (-0.7, 0.95), (-0.2, 0.2)], hair)
    pen.blob(
        [
            (0.0, -0.7),
            (0.25, -0.3),
            (0.1, 0.3),
            (0.15, 1.1),
            (-0.8, 1.1),
            (-0.55, 0.2),
            (-0.3, -0.45),
        ],
        coat,
    )
    pen.polygon([(-0.2, -0.55), (-0.12, -1.05), (0.08, -0.62)], coat)
    limb(pen, (-0.02, -0.4), (0.66, 0.22), 0.56, 0.3, coat)
    if dice.chance(0.5):
        pen.line([(0.12, -0.5), (0.6, 0.02)], 0.1, WHITE)
    pen.ellipse(0.74, 0.22, 0.06, 0.05, BLACK)
    pen.ellipse(0.1, -0.35, 0.07, 0.07, BLACK)
