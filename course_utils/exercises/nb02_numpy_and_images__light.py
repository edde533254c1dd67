"""Exercise of notebook 02, third part: make a picture brighter."""

import numpy as np

from ._define import Mistake, collect, exercise
from .nb02_numpy_and_images import SIDES, pixels


def make_brighter_starter(image, amount):
    """Return a uint8 image with ``amount`` added to every pixel, kept within 0 … 255."""
    return image + amount


def _wide(image, amount):
    return image.astype(int) + amount


def _adds(image, amount):
    image += amount
    return image


def _wrapped(image, amount):
    return _wide(image, amount).astype(np.uint8)


def _brighter_case(rng):
    image = pixels(rng, rng.choice(SIDES), rng.choice(SIDES), rng.choice((0, 3)))
    return {"image": image, "amount": rng.choice((rng.randint(1, 400), rng.randint(-400, 0)))}


def _wraps_above(image, amount):
    return np.maximum(_wide(image, amount), 0).astype(np.uint8)


def _wraps_below(image, amount):
    return np.minimum(_wide(image, amount), 255).astype(np.uint8)


@exercise(
    starter=make_brighter_starter,
    cases=_brighter_case,
    hints=[
        "200 + 100 does not fit into a uint8. Where is there room for 300?",
        "Three steps: a wider type (astype(int)), then np.clip, then back to uint8.",
        "In which order? What was clipped too late has wrapped already.",
    ],
    mistakes=[
        Mistake("+= writes into the caller's picture, and the sum wraps: widen it", like=_adds),
        Mistake(
            "amount can be 300 or −60, which this type cannot hold: go to a wider one, int, first",
            when=lambda case, got, expected: "out of bounds for" in got.text,
        ),
        Mistake(
            "the sum has wrapped round: widen it before you add, clip it before you go back",
            like=_wrapped,
        ),
        Mistake(
            "it is wide enough, but nothing is clipped and nothing made uint8 again", like=_wide
        ),
        Mistake(
            "the values are right, the type is not: end with .astype(np.uint8)",
            when=lambda case, got, expected: (
                got.dtype != np.uint8 and np.array_equal(got, expected)
            ),
        ),
        Mistake("values above 255 still wrap round to dark ones", like=_wraps_above),
        Mistake("values below 0 still wrap round to bright ones", like=_wraps_below),
        Mistake(
            "the result needs the shape of the image that is handed over: is it used at all?",
            when=lambda case, got, expected: got.shape != expected.shape,
        ),
        Mistake(
            "amount is not used with its sign: a negative amount makes it darker",
            like=lambda image, amount: np.clip(_wide(image, abs(amount)), 0, 255).astype(np.uint8),
        ),
    ],
)
def make_brighter(image, amount):
    """Return a uint8 image with ``amount`` added to every pixel, kept within 0 … 255."""
    wide = image.astype(int) + amount
    return np.clip(wide, 0, 255).astype(np.uint8)


EXERCISES = collect(vars())
