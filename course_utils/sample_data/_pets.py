"""Cats and dogs."""

from __future__ import annotations

from ._body import body, eyes, limb, mirrored
from ._pen import BLACK, WHITE, Colour, Dice, Pen, left_right, shade

PINK = (215, 140, 140)


def cat_face(pen: Pen, dice: Dice, coat: Colour, *, whiskers: bool = True) -> None:
    """Two pointed ears, round cheeks, slit eyes, whiskers."""
    ear, light = dice.between(-1.0, -0.82), shade(coat, 1.45)
    mirrored(pen, [(0.72, ear), (0.1, -0.5), (0.72, -0.05)], coat)
    mirrored(pen, [(0.62, ear + 0.22), (0.32, -0.5), (0.62, -0.25)], PINK)
    pen.blob(left_right([(0, -0.58), (0.6, -0.42), (0.8, 0.15), (0.4, 0.65)]), coat)
    if dice.chance(0.5):
        for x in (-0.2, 0.0, 0.2):
            pen.line([(x, -0.55), (x * 0.8, -0.25)], 0.07, shade(coat, 0.5))
    eyes(pen, 0.34, -0.06, 0.12, dice.pick(((150, 200, 90), (225, 200, 80), (140, 190, 220))))
    pen.ellipse(0, 0.36, 0.26, 0.18, light)
    pen.polygon([(-0.1, 0.2), (0.1, 0.2), (0, 0.33)], (190, 90, 95))
    for side in (-1, 1) if whiskers else ():
        for y in (0.25, 0.42):
            pen.line(
                [(side * 0.25, 0.32), (side * 0.98, y)], 0.03, WHITE if sum(coat) < 400 else BLACK
            )


def cat_sitting(pen: Pen, dice: Dice, coat: Colour) -> None:
    """A pear-shaped body under a small face, the tail around it."""
    x = dice.between(0.55, 0.8)
    pen.line([(0.25, 0.8), (x, 0.78), (x + 0.1, 0.4), (x, 0.1)], 0.16, shade(coat, 0.75))
    pen.blob(left_right([(0, -0.35), (0.3, 0), (0.48, 0.6), (0.4, 0.95)]), coat)
    pen.blob(left_right([(0, -0.05), (0.16, 0.2), (0.12, 0.55)]), shade(coat, 1.45))
    pen.line([(0, 0.55), (0, 0.95)], 0.05, shade(coat, 0.55))
    cat_face(pen.part(0, -0.48, 0.52), dice, coat, whiskers=False)


def cat_walking(pen: Pen, dice: Dice, coat: Colour) -> None:
    """A low body, a round head with two points, a long tail held up."""
    body(pen, dice, coat, long=0.55, deep=0.22, ground=0.62, leg=0.14, gait=0.15)
    curl = dice.between(-0.95, -0.6)
    pen.line([(-0.5, -0.05), (-0.8, -0.25), (-0.85, -0.6), (curl, -0.85)], 0.12, coat)
    if dice.chance(0.5):
        for x in (-0.3, -0.1, 0.1):
            pen.line([(x, -0.2), (x + 0.03, 0.1)], 0.06, shade(coat, 0.55))
    cat_face(pen.part(0.58, -0.3, 0.42), dice, coat, whiskers=False)


def dog_face(pen: Pen, dice: Dice, coat: Colour) -> None:
    """Hanging ears beside a long face, a light muzzle, a big black nose, a tongue."""
    ear = shade(coat, dice.pick((0.55, 0.7, 0.45)))
    skull = [(0, -0.72), (0.45, -0.6), (0.55, 0), (0.36, 0.6), (0, 0.75)]
    pen.blob(left_right(skull), coat)
    tip = dice.between(0.2, 0.5)
    for side in (-1, 1):
        flap = [(0.35, -0.72), (0.75, -0.5), (0.9, tip), (0.6, tip + 0.05), (0.48, -0.3)]
        pen.blob([(side * x, y) for x, y in flap], ear)
    if dice.chance(0.7):
        pen.polygon([(-0.12, 0.6), (0.12, 0.6), (0.1, 0.95), (-0.1, 0.95)], (225, 100, 110))
    pen.ellipse(0, 0.35, 0.34, 0.32, shade(coat, 1.5))
    pen.ellipse(0, 0.18, 0.17, 0.13, BLACK)
    pen.line([(0, 0.25), (0, 0.5)], 0.06, BLACK)
    eyes(pen, 0.25, -0.2, 0.09)


def dog_head(pen: Pen, x: float, y: float, coat: Colour) -> None:
    """A head in profile: snout with nose, hanging ear."""
    limb(pen, (x, y), (x + 0.36, y + 0.1), 0.34, 0.2, coat)
    pen.ellipse(x, y, 0.23, 0.22, coat)
    pen.ellipse(x + 0.45, y + 0.04, 0.08, 0.07, BLACK)
    pen.ellipse(x + 0.08, y - 0.07, 0.05, 0.05, BLACK)
    pen.ellipse(x - 0.13, y + 0.1, 0.11, 0.25, shade(coat, 0.5), angle=12)


def dog_standing(pen: Pen, dice: Dice, coat: Colour) -> None:
    """A sturdy body, a snout, a hanging ear, a wagging tail."""
    body(pen, dice, coat, long=0.5, deep=0.24, ground=0.72, leg=0.15, gait=0.1)
    pen.line([(-0.45, -0.1), (-0.7, -0.3), (-0.8, dice.between(-0.7, -0.4))], 0.11, coat)
    limb(pen, (0.38, -0.02), (0.52, -0.42), 0.4, 0.3, coat)
    dog_head(pen, 0.54, -0.48, coat)
    if dice.chance(0.4):
        pen.ellipse(-0.1, -0.05, 0.2, 0.13, shade(coat, 0.5))


def dog_sitting(pen: Pen, dice: Dice, coat: Colour) -> None:
    """Sitting in profile: straight forelegs, bent haunch."""
    pen.line([(-0.45, 0.8), (-0.8, 0.75), (-0.95, dice.between(0.3, 0.6))], 0.12, coat)
    pen.blob(
        [
            (0.2, -0.4),
            (0.38, 0.05),
            (0.2, 0.6),
            (-0.2, 0.9),
            (-0.55, 0.8),
            (-0.5, 0.3),
            (-0.15, -0.25),
        ],
        coat,
    )
    pen.line([(0.25, 0.1), (0.22, 0.88), (0.38, 0.9)], 0.16, shade(coat, 0.85))
    pen.ellipse(-0.28, 0.65, 0.28, 0.24, shade(coat, 0.8))
    pen.line([(-0.3, 0.87), (0.05, 0.9)], 0.13, shade(coat, 0.8))
    dog_head(pen, 0.16, -0.55, coat)
