"""Exercises of notebook 07: a size and a range."""

import math

import torch
from torchvision.transforms.v2 import functional as F

from ._define import Mistake, collect, exercise

# Height, width, short: where a quotient of two of them, as a float, comes out too small.
ROUNDED = ((3, 13, 27), (49, 3, 15), (11, 20, 30), (51, 43, 31), (3, 17, 21))


def _photo_case(rng):
    height, width, short = rng.randint(3, 60), rng.randint(3, 60), rng.randint(2, 40)
    if rng.random() < 0.2:
        height, width, short = rng.choice(ROUNDED)
    return {"height": height, "width": width, "short": short}


def _size_of_resized(height, width, short):
    return tuple(F.resize(torch.zeros(1, height, width), [short]).shape[-2:])


def _whole(cut):
    """Return the function that makes whole numbers of the exact edges with ``cut``."""

    def sizes(height, width, short):
        least = min(height, width)
        return cut(short * height / least), cut(short * width / least)

    return sizes


def _factor_first(height, width, short):
    factor = short / min(height, width)
    return int(height * factor), int(width * factor)


def _ratio_first(height, width, short):
    least = min(height, width)
    return int(short * (height / least)), int(short * (width / least))


def _never_enlarged(height, width, short):
    return _size_of_resized(height, width, min(short, height, width))


@exercise(
    cases=_photo_case,
    oracle=_size_of_resized,
    against="v2.Resize",
    hints=[
        "Which of the two is the short edge? min(height, width). It becomes short.",
        "The other one times short, divided by min(height, width): multiply first, divide last.",
        "Cut the fraction off: short * height // min(height, width), and so for the width.",
    ],
    mistakes=[
        Mistake(
            "the fraction is cut off, not rounded: 26.67 becomes 26; // does it",
            like=_whole(round),
        ),
        Mistake(
            "the fraction is cut off, not rounded up: 26.67 becomes 26; // does it",
            like=_whole(math.ceil),
        ),
        Mistake(
            "the factor is rounded as a float: 11 · (30 / 11) is 29.999…, and int makes 29. "
            "Multiply first, divide last: short * height // least",
            like=_factor_first,
        ),
        Mistake(
            "the ratio is rounded as a float: 27 · (13 / 3) is 116.999…, and int makes 116. "
            "Multiply first, divide last: short * height // least",
            like=_ratio_first,
        ),
        Mistake(
            "the size is a tuple of two numbers: return a, b",
            when=lambda case, got, expected: isinstance(got, list),
        ),
        Mistake(
            "sizes are whole numbers: // instead of /, it cuts the fraction off",
            like=_whole(float),
        ),
        Mistake(
            "sizes are whole numbers: // of whole numbers, or int(…)",
            like=_whole(lambda edge: float(int(edge))),
        ),
        Mistake(
            "that is Resize((short, short)), which distorts; an int keeps the aspect ratio",
            like=lambda height, width, short: (short, short),
        ),
        Mistake(
            "the short edge is not always the height: use min(height, width)",
            like=lambda height, width, short: (short, short * width // height),
        ),
        Mistake(
            "the short edge is not always the height: use min(height, width) for each edge",
            like=lambda height, width, short: tuple(sorted(_size_of_resized(height, width, short))),
        ),
        Mistake(
            "the short edge is not always the width: use min(height, width)",
            like=lambda height, width, short: (short * height // width, short),
        ),
        Mistake(
            "the short edge becomes short, not the long one: min instead of max",
            like=lambda height, width, short: (
                short * height // max(height, width),
                short * width // max(height, width),
            ),
        ),
        Mistake(
            "(height, width), as in a tensor; (width, height) is the order of PIL's size",
            like=lambda height, width, short: _size_of_resized(height, width, short)[::-1],
        ),
        Mistake(
            "Resize enlarges small pictures too: the short edge becomes short, whatever it was",
            like=_never_enlarged,
        ),
        Mistake(
            "both edges change by the same factor, or the picture is distorted",
            like=lambda height, width, short: (
                (short, width) if height <= width else (height, short)
            ),
        ),
        Mistake(
            "a quotient of two sizes is rounded as a float, and int cuts off too much. "
            "Multiply first, divide last: short * height // least",
            when=lambda case, got, expected: all(
                0 <= right - mine <= 1 for mine, right in zip(got, expected, strict=True)
            ),
        ),
    ],
)
def resized_size(height, width, short):
    """Return (height, width) of a picture after ``v2.Resize(short)``."""
    least = min(height, width)
    return short * height // least, short * width // least


@exercise(
    value=True,
    hints=[
        "Normalize computes (x − mean) / std. Put in the smallest value that x can have.",
        "The smallest: (0 − 0.25) / 0.5. The largest: (1 − 0.25) / 0.5.",
    ],
    mistakes=[
        Mistake("that is what mean 0.5 and std 0.5 give; here the mean is 0.25", like=(-1.0, 1.0)),
        Mistake("that is the range before Normalize", like=(0.0, 1.0)),
        Mistake("the mean is taken away; the division by std is missing", like=(-0.25, 0.75)),
        Mistake("divide by std, do not multiply by it", like=(-0.125, 0.375)),
        Mistake("the mean is taken away, not added", like=(0.5, 2.5)),
        Mistake("first take the mean away, then divide by std", like=(-0.25, 1.75)),
        Mistake("divide by std, not by its square", like=(-1.0, 3.0)),
        Mistake("the smallest comes first", like=(1.5, -0.5)),
    ],
)
def normal_range():
    """Return (smallest, largest) after Normalize with mean 0.25 and std 0.5 of values 0 … 1."""
    return (-0.5, 1.5)


EXERCISES = collect(vars())
