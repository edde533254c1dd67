"""What the four-legged animals have in common."""

from __future__ import annotations

from ._pen import BLACK, Colour, Dice, Pen, Points, shade


def body(
    pen: Pen,
    dice: Dice,
    coat: Colour,
    *,
    long: float,
    deep: float,
    ground: float,
    leg: float,
    gait: float,
) -> None:
    """A trunk from −``long`` to ``long`` on four legs ``leg`` wide that stand on y = ``ground``."""
    hips, shoulders = -long + leg * 0.6, long - leg * 0.6
    for near_side in (False, True):
        colour = coat if near_side else shade(coat, 0.6)
        shift = 0 if near_side else 0.13
        for top, bend in ((hips + shift, -0.06), (shoulders - shift, 0.05)):
            foot = top + dice.between(-gait, gait)
            knee = ((top + foot) / 2 + bend, (deep + ground) / 2)
            pen.line([(top, 0), knee, (foot, ground)], leg, colour)
    rear, front = [(-long, deep * 0.4), (-long, -deep * 0.4)], [(long * 0.7, -deep), (long, 0)]
    back, belly = [(-long * 0.6, -deep), (0, -deep * 0.8)], [(long * 0.7, deep), (0, deep * 0.8)]
    pen.blob([*rear, *back, *front, *belly, (-long * 0.6, deep * 0.7)], coat)


def limb(pen: Pen, start: tuple, end: tuple, wide: float, narrow: float, colour: Colour) -> None:
    """A tapering neck or snout from ``start`` to ``end``."""
    (x0, y0), (x1, y1) = start, end
    length = max(((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5, 1e-6)
    nx, ny = (y1 - y0) / length / 2, (x0 - x1) / length / 2
    pen.polygon(
        [
            (x0 + nx * wide, y0 + ny * wide),
            (x1 + nx * narrow, y1 + ny * narrow),
            (x1 - nx * narrow, y1 - ny * narrow),
            (x0 - nx * wide, y0 - ny * wide),
        ],
        colour,
    )
    pen.ellipse(x1, y1, narrow / 2, narrow / 2, colour)


def mirrored(pen: Pen, points: Points, colour: Colour) -> None:
    """A polygon and its mirror image in the vertical axis."""
    for side in (-1, 1):
        pen.polygon([(side * x, y) for x, y in points], colour)


def eyes(pen: Pen, x: float, y: float, size: float, white: Colour | None = None) -> None:
    """A pair of dark eyes at ±x, on coloured ovals if ``white`` is given."""
    for side in (-x, x):
        if white:
            pen.ellipse(side, y, size * 1.7, size * 1.4, white)
        pen.ellipse(side, y, size * (0.7 if white else 1), size * (1.2 if white else 1), BLACK)
