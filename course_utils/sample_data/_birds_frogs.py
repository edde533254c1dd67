"""Birds and frogs."""

from __future__ import annotations

from ._pen import BLACK, Colour, Dice, Pen, left_right, shade, up_down

BEAK, IRIS = (228, 160, 50), (235, 220, 120)


def bird_perched(pen: Pen, dice: Dice, plumage: Colour) -> None:
    """A songbird on thin legs: beak, folded wing, tail."""
    tail = dice.between(0.05, 0.5)
    for x in (-0.02, 0.16):
        pen.line([(x, 0.4), (x + 0.04, 0.85)], 0.06, (105, 75, 50))
    pen.polygon([(-0.3, 0.1), (-1, tail), (-0.95, tail + 0.2), (-0.25, 0.4)], shade(plumage, 0.55))
    pen.blob(
        [(0.4, -0.6), (0.6, -0.1), (0.4, 0.4), (0, 0.5), (-0.45, 0.35), (-0.35, 0), (0.05, -0.35)],
        plumage,
    )
    pen.blob([(0.5, 0.0), (0.35, 0.42), (0, 0.48), (0.2, 0.1)], shade(plumage, 1.55))
    pen.polygon([(0.58, -0.52), (0.98, -0.38), (0.58, -0.26)], BEAK)
    pen.ellipse(0.36, -0.44, 0.29, 0.26, plumage)
    pen.blob(
        [(0.12, -0.1), (0.2, 0.2), (-0.2, 0.35), (-0.7, 0.35), (-0.3, 0.0)], shade(plumage, 0.65)
    )
    pen.ellipse(0.44, -0.5, 0.06, 0.06, BLACK)


def bird_flying(pen: Pen, dice: Dice, plumage: Colour) -> None:
    """Wings spread up, fan tail, beak ahead."""
    lift, back = dice.between(-0.95, -0.6), dice.between(-0.55, -0.15)
    pen.blob(
        [(0.25, -0.05), (0.2, lift * 0.8), (0.5, lift), (0.6, lift * 0.45), (0.35, 0.05)],
        shade(plumage, 0.5),
    )
    pen.polygon(
        [(-0.4, 0.0), (-1, -0.12), (-0.9, 0.1), (-1, 0.3), (-0.4, 0.18)], shade(plumage, 0.7)
    )
    pen.blob([(0.75, -0.05), (0.55, 0.2), (0, 0.3), (-0.55, 0.12), (0, -0.1), (0.5, -0.2)], plumage)
    pen.ellipse(0.62, -0.08, 0.2, 0.18, plumage)
    pen.polygon([(0.78, -0.14), (1.05, -0.02), (0.78, 0.05)], BEAK)
    pen.blob(
        [
            (0.3, 0.05),
            (back + 0.3, lift * 0.7),
            (back - 0.25, lift),
            (back - 0.3, lift * 0.5),
            (-0.2, 0.1),
        ],
        shade(plumage, 0.72),
    )
    pen.ellipse(0.68, -0.12, 0.05, 0.05, BLACK)


def bird_wader(pen: Pen, dice: Dice, plumage: Colour) -> None:
    """A heron, an ostrich or a swan: long neck, long legs or none."""
    swims = dice.chance(0.4)
    base = 0.5 if swims else 0.2
    if swims:
        pen.line([(-0.95, 0.78), (0.85, 0.78)], 0.08, (215, 230, 238))
    for x in () if swims else (-0.2, 0.05):
        pen.line([(x, 0.3), (x + 0.06, 0.65), (x, 0.98)], 0.07, (120, 85, 60))
    neck = [(0.32, base - 0.05), (0.55, base - 0.3), (0.32, base - 0.65), (0.45, -0.72)]
    pen.line(neck, 0.16, plumage)
    trunk = pen.part(0, base, 1)
    belly, back = (
        [(0.5, 0), (0.2, 0.26), (-0.5, 0.2), (-0.95, -0.25)],
        [(-0.3, -0.28), (0.2, -0.22)],
    )
    trunk.blob(belly + back, plumage)
    trunk.blob([(0.15, -0.1), (-0.1, 0.12), (-0.8, -0.1), (-0.3, -0.2)], shade(plumage, 0.7))
    pen.polygon([(0.55, -0.84), (0.98, -0.66), (0.55, -0.62)], BEAK)
    pen.ellipse(0.46, -0.74, 0.17, 0.15, plumage)
    pen.ellipse(0.52, -0.78, 0.05, 0.05, BLACK)


def frog_front(pen: Pen, dice: Dice, skin: Colour) -> None:
    """A wide face with bulging eyes and a wide mouth, crouched."""
    dark, light = shade(skin, 0.6), shade(skin, 1.5)
    for side in (-1, 1):
        pen.ellipse(side * 0.68, 0.38, 0.3, 0.36, dark, angle=side * 20)
        pen.line([(side * 0.4, 0.3), (side * 0.5, 0.78)], 0.17, shade(skin, 0.8))
        for toe in (-0.16, 0, 0.16):
            pen.line([(side * 0.5, 0.74), (side * 0.52 + toe, 0.9)], 0.08, shade(skin, 0.8))
        pen.ellipse(side * 0.4, -0.52, 0.24, 0.24, skin)
    width = dice.between(0.66, 0.78)
    pen.blob(left_right([(0, -0.45), (width, -0.15), (0.6, 0.45), (0, 0.62)]), skin)
    pen.blob(left_right([(0, 0.2), (0.5, 0.12), (0.4, 0.48), (0, 0.58)]), light)
    pen.line([(-0.6, -0.02), (-0.25, 0.13), (0.25, 0.13), (0.6, -0.02)], 0.07, shade(skin, 0.35))
    for side in (-0.4, 0.4):
        pen.ellipse(side, -0.55, 0.16, 0.16, IRIS)
        pen.ellipse(side, -0.55, 0.1, 0.07, BLACK)


def frog_side(pen: Pen, dice: Dice, skin: Colour) -> None:
    """Sitting in profile: sloping back, folded hind leg, eye on top."""
    dark = shade(skin, 0.65)
    rise = dice.between(-0.4, -0.2)
    pen.line([(0.35, 0.25), (0.4, 0.55), (0.6, 0.64)], 0.14, shade(skin, 0.8))
    pen.blob(
        [
            (0.95, -0.12),
            (0.5, rise - 0.1),
            (-0.2, rise + 0.2),
            (-0.85, 0.4),
            (-0.5, 0.6),
            (0.3, 0.45),
            (0.8, 0.15),
        ],
        skin,
    )
    pen.blob([(0.9, 0.0), (0.5, 0.3), (0.1, 0.5), (0.4, 0.15)], shade(skin, 1.5))
    pen.ellipse(0.5, rise - 0.14, 0.19, 0.18, skin)
    pen.ellipse(0.53, rise - 0.15, 0.12, 0.12, IRIS)
    pen.ellipse(0.55, rise - 0.15, 0.07, 0.06, BLACK)
    pen.line([(0.45, 0.02), (0.92, -0.05)], 0.05, shade(skin, 0.35))
    pen.ellipse(-0.4, 0.3, 0.36, 0.2, dark, angle=-35)
    pen.line([(-0.55, 0.45), (-0.15, 0.58), (-0.7, 0.66), (0.0, 0.68)], 0.12, dark)


def frog_above(pen: Pen, dice: Dice, skin: Colour) -> None:
    """From above: splayed hind legs with webbed feet, a striped or spotted back."""
    dark, spread = shade(skin, 0.75), dice.between(0.75, 0.95)
    for side in (-1, 1):
        foot = side * spread
        pen.line(
            [(-0.35, side * 0.2), (-0.05, foot), (-0.6, side * 0.55), (-0.85, foot)], 0.17, dark
        )
        web = [(-0.75, foot - side * 0.1), (-1.02, foot - side * 0.15), (-1, foot + side * 0.15)]
        pen.polygon(web, dark)
        pen.line([(0.3, side * 0.25), (0.35, side * 0.62), (0.62, side * 0.7)], 0.13, dark)
    back = [(0.9, 0), (0.55, 0.33), (0.1, 0.36), (-0.55, 0.22), (-0.62, 0)]
    pen.blob(up_down(back), skin)
    if dice.chance(0.5):
        pen.line([(-0.5, 0), (0.7, 0)], 0.1, shade(skin, 1.5))
    for x, y in ((-0.2, 0.15), (0.1, -0.18), (-0.35, -0.08), (0.25, 0.16)):
        pen.ellipse(x, y, 0.08, 0.07, shade(skin, 0.5))
    for y in (-0.27, 0.27):
        pen.ellipse(0.58, y, 0.14, 0.13, IRIS)
        pen.ellipse(0.6, y, 0.07, 0.07, BLACK)
