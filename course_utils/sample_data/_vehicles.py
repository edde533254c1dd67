"""Airplanes, automobiles, ships and trucks."""

from __future__ import annotations

from ._pen import BLACK, GLASS, WHITE, Colour, Dice, Pen, left_right, shade, up_down

LAMP = (250, 243, 185)


def airliner(pen: Pen, dice: Dice, paint: Colour) -> None:
    """An airliner from the side: tail fin, one wing towards us, a row of windows."""
    thick = dice.between(0.13, 0.19)
    pen.polygon([(-0.95, -0.55), (-0.75, -0.55), (-0.45, -0.05), (-0.85, -0.02)], shade(paint, 0.7))
    pen.polygon([(0.1, 0), (0.28, 0), (-0.05, -0.45), (-0.15, -0.45)], shade(paint, 0.6))
    pen.blob(
        [(-1, -0.1), (-0.5, -thick), (0.6, -thick), (1, 0.02), (0.6, thick), (-0.5, thick)], paint
    )
    pen.line([(-0.6, -0.03), (0.65, -0.03)], 0.06, shade(paint, 0.45))
    pen.polygon([(0.8, -0.1), (0.62, -0.12), (0.62, -0.02), (0.88, -0.02)], GLASS)
    reach = dice.between(0.5, 0.7)
    pen.polygon([(0.25, 0.05), (-0.1, 0.05), (-0.5, reach), (-0.32, reach)], shade(paint, 0.55))
    pen.polygon([(-0.75, 0), (-0.6, 0), (-0.9, 0.22), (-1, 0.22)], shade(paint, 0.55))
    pen.ellipse(0.05, 0.28, 0.15, 0.07, shade(paint, 0.4))


def airplane_above(pen: Pen, dice: Dice, paint: Colour) -> None:
    """An airplane from above or below: a cross of fuselage and swept wings, a small tail."""
    sweep, span, chord = dice.between(0.0, 0.5), dice.between(0.8, 1.0), dice.between(0.22, 0.36)
    wing, dark = shade(paint, 0.8), shade(paint, 0.5)
    for side in (-1, 1):
        tip, root = 0.2 - sweep, 0.2
        wing_tip = [(tip, side * span), (tip - 0.14, side * span)]
        pen.polygon([(root, 0), *wing_tip, (root - chord, 0)], wing)
        pen.polygon([(-0.7, 0), (-0.9, side * 0.4), (-1, side * 0.4), (-0.95, 0)], wing)
        engine = tip + (root - tip) * 0.55
        pen.ellipse(engine, side * span * 0.45, 0.14, 0.06, dark)
    pen.blob(up_down([(-1, 0), (-0.5, 0.1), (0.7, 0.11), (1, 0)]), paint)
    pen.ellipse(0.75, 0, 0.1, 0.06, GLASS)
    pen.line([(-1, 0), (-0.65, 0)], 0.06, dark)


def fighter(pen: Pen, dice: Dice, paint: Colour) -> None:
    """A delta-winged jet from above."""
    back, span = dice.between(-0.75, -0.55), dice.between(0.55, 0.75)
    pen.polygon([(0.35, 0), (back, span), (back - 0.12, span), (back, 0)], shade(paint, 0.75))
    pen.polygon([(0.35, 0), (back, -span), (back - 0.12, -span), (back, 0)], shade(paint, 0.6))
    for side in (-1, 1):
        pen.polygon([(-0.7, 0), (-0.95, side * 0.34), (-1.05, side * 0.3), (-0.95, 0)], paint)
    pen.blob(up_down([(-1, 0), (-0.9, 0.11), (0.4, 0.1), (1.05, 0)]), paint)
    pen.ellipse(0.45, 0, 0.17, 0.06, GLASS)
    pen.ellipse(-1, 0, 0.07, 0.08, (225, 130, 50))


def wheel(pen: Pen, x: float, y: float, radius: float) -> None:
    """A tyre with a light hub."""
    pen.ellipse(x, y, radius, radius, BLACK)
    pen.ellipse(x, y, radius * 0.45, radius * 0.45, (175, 175, 180))


def car_side(pen: Pen, dice: Dice, paint: Colour) -> None:
    """A saloon, an estate or a beetle from the side."""
    roof, front, back = dice.between(-0.5, -0.38), dice.between(0.1, 0.3), dice.between(-0.75, -0.4)
    low, radius = 0.3, dice.between(0.17, 0.22)
    cabin = [(back - 0.2, -0.08), (back, roof), (front, roof), (front + 0.32, -0.08)]
    pen.polygon(cabin, shade(paint, 0.85))
    top, pillar = roof + 0.08, (back + front) / 2
    glass = [(back - 0.09, -0.1), (back + 0.05, top), (front - 0.03, top), (front + 0.2, -0.1)]
    pen.polygon(glass, GLASS)
    pen.line([(pillar, -0.1), (pillar, top)], 0.09, shade(paint, 0.85))
    bonnet = [(-1, -0.05), (-0.5, -0.12), (0.5, -0.11), (0.96, 0.0)]
    pen.blob([*bonnet, (1, low), (0, low + 0.03), (-1, low)], paint)
    pen.line([(-0.9, low), (0.95, low)], 0.09, shade(paint, 0.4))
    pen.ellipse(0.92, 0.06, 0.06, 0.05, LAMP)
    pen.ellipse(-0.96, 0.06, 0.05, 0.05, (170, 20, 20))
    for x in (-0.58, 0.58):
        wheel(pen, x, low, radius)


def car_front(pen: Pen, dice: Dice, paint: Colour) -> None:
    """A car from the front: windscreen above lamps and grille."""
    wide, roof = dice.between(0.68, 0.8), dice.between(-0.62, -0.5)
    for x in (-wide + 0.16, wide - 0.16):
        pen.box(x - 0.13, 0.2, x + 0.13, 0.62, BLACK)
    pen.blob(left_right([(0.55, roof), (0.66, -0.1)]), shade(paint, 0.8))
    pen.polygon(left_right([(0.46, roof + 0.09), (0.57, -0.12)]), GLASS)
    pen.blob(left_right([(0, -0.2), (wide, -0.08), (wide, 0.45), (0, 0.5)]), paint)
    pen.polygon(left_right([(0.35, 0.12), (0.3, 0.3)]), BLACK)
    pen.line([(-wide, 0.42), (wide, 0.42)], 0.08, shade(paint, 0.4))
    for x in (-wide + 0.2, wide - 0.2):
        pen.ellipse(x, 0.1, 0.14, 0.1, LAMP)


def steamer(pen: Pen, dice: Dice, paint: Colour) -> None:
    """A liner or a freighter: long hull, decks, funnels."""
    deck, bow = dice.between(0.05, 0.15), dice.between(0.85, 1.0)
    decks = dice.pick((1, 2, 3))
    for level in range(decks):
        top, left, right = deck - 0.2 * (level + 1), -0.65 + 0.12 * level, 0.5 - 0.16 * level
        pen.box(left, top, right, top + 0.22, shade(WHITE, 1 - 0.08 * level))
        pen.line([(left + 0.06, top + 0.11), (right - 0.06, top + 0.11)], 0.06, shade(GLASS, 0.5))
    top = deck - 0.2 * decks
    for x in dice.pick(((-0.1,), (-0.35, 0.0), (-0.2, 0.15))):
        foot = [(x + 0.09, top + 0.03), (x - 0.09, top + 0.03)]
        pen.polygon([(x - 0.12, top - 0.3), (x + 0.06, top - 0.3), *foot], shade(paint, 0.75))
        pen.line([(x - 0.12, top - 0.27), (x + 0.06, top - 0.27)], 0.08, BLACK)
    pen.line([(0.6, deck), (0.6, deck - 0.6)], 0.05, BLACK)
    hull(pen, paint, deck, bow)


def hull(pen: Pen, paint: Colour, deck: float, bow: float) -> None:
    """The hull, its waterline and the wave in front of it."""
    sides = [(-0.92, deck), (bow, deck - 0.12), (bow - 0.28, 0.5), (-0.78, 0.5)]
    pen.polygon(sides, paint)
    pen.line([(-0.8, 0.44), (bow - 0.25, 0.44)], 0.12, shade(paint, 0.5))
    pen.line([(-1, 0.52), (bow, 0.52)], 0.07, (225, 235, 240))


def sailing_boat(pen: Pen, dice: Dice, paint: Colour) -> None:
    """One mast, a mainsail and a jib."""
    mast, sail = (
        dice.between(-0.15, 0.15),
        dice.near(dice.pick((WHITE, WHITE, (225, 190, 150))), 15),
    )
    pen.line([(mast, 0.3), (mast, -1)], 0.06, (90, 60, 40))
    pen.polygon([(mast - 0.05, -0.92), (mast - 0.05, 0.14), (-0.75, 0.14)], sail)
    pen.polygon([(mast + 0.07, -0.8), (mast + 0.07, 0.14), (0.7, 0.14)], shade(sail, 0.82))
    hull(pen, paint, 0.24, 0.9)


def warship(pen: Pen, dice: Dice, paint: Colour) -> None:
    """A low hull with a stepped tower, a mast and a gun."""
    x, tall, grey = dice.between(-0.2, 0.1), dice.between(0.4, 0.6), shade(paint, 0.9)
    for half, height in ((0.42, 0.22), (0.25, tall)):
        roof = [(x - half + 0.08, 0.15 - height), (x + half - 0.08, 0.15 - height)]
        pen.polygon([(x - half, 0.2), *roof, (x + half, 0.2)], grey)
    pen.line([(x, 0.1), (x, -0.95)], 0.06, BLACK)
    pen.line([(x - 0.2, -0.62), (x + 0.2, -0.62)], 0.05, BLACK)
    pen.ellipse(0.5, 0.06, 0.13, 0.1, grey)
    pen.line([(0.5, 0.02), (0.85, -0.1)], 0.06, BLACK)
    hull(pen, paint, 0.16, 1.0)


def cab(pen: Pen, left: float, top: float, paint: Colour) -> None:
    """A lorry's cab on its right end, with door window and lamp."""
    pen.polygon([(left, top), (0.78, top), (0.96, -0.05), (1, 0.42), (left, 0.42)], paint)
    edge = left + 0.1
    pen.polygon([(edge, top + 0.1), (0.74, top + 0.1), (0.87, -0.05), (edge, -0.05)], GLASS)
    pen.ellipse(0.95, 0.25, 0.05, 0.06, LAMP)


def box_of_truck(pen: Pen, dice: Dice, right: float, colour: Colour, paint: Colour) -> None:
    """A high box with a coloured band."""
    pen.box(-1, dice.between(-0.75, -0.5), right, 0.32, colour)
    pen.line([(-0.95, 0.05), (right - 0.05, 0.05)], 0.1, shade(paint, 0.8))


def tank_of_truck(pen: Pen, dice: Dice, right: float, colour: Colour, paint: Colour) -> None:
    """A round tank with a gleam."""
    ends = [(-1, -0.05), (-0.9, dice.between(-0.46, -0.36)), (right - 0.1, -0.4), (right, -0.05)]
    pen.blob([*ends, (right - 0.1, 0.3), (-0.9, 0.3)], colour)
    pen.line([(-0.85, -0.2), (right - 0.15, -0.2)], 0.08, shade(colour, 1.6))


def tipper_of_truck(pen: Pen, dice: Dice, right: float, colour: Colour, paint: Colour) -> None:
    """An open tipper with ribs."""
    top = dice.between(-0.5, -0.35)
    pen.polygon([(-1.02, top), (right, top - 0.05), (right - 0.08, 0.3), (-0.85, 0.3)], colour)
    for x in (-0.65, -0.3, 0.05):
        pen.line([(x, top + 0.05), (x, 0.25)], 0.06, shade(colour, 0.6))


def truck_side(pen: Pen, dice: Dice, paint: Colour) -> None:
    """A lorry with a box, a tank or a tipper behind the cab."""
    left, cab_top = dice.between(0.35, 0.5), dice.between(-0.42, -0.25)
    cargo = dice.pick((WHITE, (200, 195, 185), shade(paint, 1.4), shade(paint, 0.6)))
    pen.box(-1, 0.3, 1, 0.44, (50, 50, 52))
    load = dice.pick((box_of_truck, box_of_truck, tank_of_truck, tipper_of_truck))
    load(pen, dice, left - 0.05, dice.near(cargo, 20), paint)
    cab(pen, left, cab_top, paint)
    for x in dice.pick(((-0.6, 0.66), (-0.75, -0.42, 0.66), (-0.7, -0.35, 0.66))):
        wheel(pen, x, 0.47, 0.18)


def truck_front(pen: Pen, dice: Dice, paint: Colour) -> None:
    """A tall lorry from the front: a box above the cab, a wide screen, a deep grille."""
    for x in (-0.45, 0.45):
        pen.box(x - 0.15, 0.5, x + 0.15, 0.92, BLACK)
    cargo = dice.near(dice.pick((WHITE, (190, 185, 178))), 20)
    pen.box(-0.64, dice.between(-1, -0.85), 0.64, 0.4, cargo)
    pen.polygon(left_right([(0.54, -0.6), (0.58, 0.72)]), paint)
    pen.polygon(left_right([(0.46, -0.48), (0.48, -0.05)]), GLASS)
    for y in (0.1, 0.22, 0.34):
        pen.line([(-0.3, y), (0.3, y)], 0.06, BLACK)
    pen.line([(-0.58, 0.62), (0.58, 0.62)], 0.14, shade(paint, 0.4))
    for x in (-0.44, 0.44):
        pen.ellipse(x, 0.42, 0.1, 0.1, LAMP)
        pen.line([(x * 1.45, -0.45), (x * 1.45, -0.1)], 0.09, BLACK)
