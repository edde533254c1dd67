"""Exercises of notebook 02: cut a box, foresee a shape, find a pixel, turn the channels round."""

import numpy as np

from ._define import Mistake, collect, exercise
from ._draw import grids

SIDES = (2, 3, 5, 6)


def pixels(rng, height, width, channels=0):
    """Return a random uint8 picture, (height, width) or (height, width, channels)."""
    shape = (height, width, channels) if channels else (height, width)
    numbers = [rng.randint(0, 255) for _ in range(int(np.prod(shape)))]
    return np.array(numbers, np.uint8).reshape(shape)


def _box_case(rng):
    height, width = rng.choice((3, 5, 6, 8)), rng.choice((3, 5, 6, 8))
    x, y = rng.randint(0, width - 1), rng.randint(0, height - 1)
    image = pixels(rng, height, width, rng.choice((0, 3)))
    box = {"width": rng.randint(1, width - x), "height": rng.randint(1, height - y)}
    return {"image": image, "x": x, "y": y, **box}


def _show_box(case, got, expected):
    image = case["image"] if case["image"].ndim == 2 else case["image"][..., 0]
    y, x = case["y"], case["x"]
    inside = [(y + i, x + j) for i in range(case["height"]) for j in range(case["width"])]
    return grids([image], [f"the box (framed) has shape {expected.shape}"], inside)


@exercise(
    cases=_box_case,
    draw=_show_box,
    praise="right for boxes of many sizes, in grey and in colour",
    hints=[
        "A slice is from:to. The rows begin at y; where do they end?",
        "Rows come first: image[rows, columns]. A missing third place means: all channels.",
        "image[y : y + height, ...] has the right rows. Add the columns.",
    ],
    mistakes=[
        Mistake(
            "rows come first in an array: y and height belong before the comma",
            like=lambda image, x, y, width, height: image[x : x + width, y : y + height],
        ),
        Mistake(
            "a slice is from:to, not from:length: it ends at y + height and x + width",
            like=lambda image, x, y, width, height: image[y:height, x:width],
        ),
        Mistake(
            "this is the transposed box: width belongs to the columns, height to the rows",
            like=lambda image, x, y, width, height: image[y : y + width, x : x + height],
        ),
        Mistake(
            "the end of a slice is not part of it: y : y + height has height rows already",
            like=lambda image, x, y, width, height: image[y : y + height + 1, x : x + width + 1],
        ),
        Mistake(
            "one row and one column are missing: the end of a slice is not part of it",
            like=lambda image, x, y, width, height: image[y : y + height - 1, x : x + width - 1],
        ),
        Mistake(
            "the second pair of brackets cuts the rows again: both slices belong into one pair",
            like=lambda image, x, y, width, height: image[y : y + height][x : x + width],
        ),
        Mistake(
            "every box begins in the corner: x and y are not used as a start",
            like=lambda image, x, y, width, height: image[:height, :width],
        ),
        Mistake(
            "a grey picture has two axes only: leave the third place out of the brackets",
            when=lambda case, got, expected: "IndexError" in got.text,
        ),
    ],
)
def cut_box(image, x, y, width, height):
    """Return the box whose top left pixel is in column ``x``, row ``y``."""
    return image[y : y + height, x : x + width]


@exercise(
    value=True,
    hints=[
        "Write the four sizes down and cross out what you name. The first axis has number 0.",
        "Axis 1 is the height, axis 2 the width. What is left?",
    ],
    mistakes=[
        Mistake("these two were named, so they disappear; the others stay", like=(120, 160)),
        Mistake("counting starts at 0: axis 1 is the height", like=(160, 3)),
        Mistake("both axes disappear, not only the first of them", like=(32, 160, 3)),
        Mistake("both axes disappear, not only the second of them", like=(32, 120, 3)),
        Mistake("an axis that is averaged away does not stay with size 1", like=(32, 1, 1, 3)),
        Mistake("only the last axis is gone here, and its number is 3", like=(32, 120, 160)),
        Mistake("width and channels are gone here: these are axes 2 and 3", like=(32, 120)),
        Mistake("the 32 pictures are not averaged together: axis 0 was not named", like=(3,)),
    ],
)
def mean_shape():
    """Return the shape of the mean over axes 1 and 2 of an array (32, 120, 160, 3)."""
    return (32, 3)


def _bright_case(rng):
    grey = pixels(rng, rng.choice(SIDES), rng.choice(SIDES)) // 2
    grey[rng.randrange(grey.shape[0]), rng.randrange(grey.shape[1])] = rng.randint(130, 255)
    return {"grey": grey}


def _place(grey):
    return divmod(int(grey.argmax()), grey.shape[1])


def _show_brightest(case, got, expected):
    title = f"row {expected[0]}, column {expected[1]} (framed)"
    return grids([case["grey"]], [title], [expected])


def _holds_the_place(case, got, expected):
    return isinstance(got, list | np.ndarray) and tuple(map(int, got)) == expected


def _firsts_are_right(case, got, expected):
    if not _are_arrays(case, got, expected) or any(part.size > 1 for part in got):
        return False
    return tuple(int(part[0]) for part in got) == expected


def _are_arrays(case, got, expected):
    return isinstance(got, tuple) and all(isinstance(part, np.ndarray) for part in got)


@exercise(
    cases=_bright_case,
    oracle=_place,
    draw=_show_brightest,
    hints=[
        "grey.argmax() is the place in the flat list of all pixels. How many fit into one row?",
        "np.unravel_index(place, grey.shape) turns a flat place into (row, column).",
    ],
    mistakes=[
        Mistake(
            "argmax gives the place in the flat list of pixels: make a row and a column of it",
            like=lambda grey: int(grey.argmax()),
        ),
        Mistake(
            "a row holds as many pixels as the picture is wide: divide by grey.shape[1]",
            like=lambda grey: divmod(int(grey.argmax()), grey.shape[0]),
        ),
        Mistake(
            "row and column are swapped",
            like=lambda grey: _place(grey)[::-1],
        ),
        Mistake(
            "row and column are swapped, and a row holds grey.shape[1] pixels",
            like=lambda grey: divmod(int(grey.argmax()), grey.shape[0])[::-1],
        ),
        Mistake(
            "this is the brightness itself; its place is asked for: argmax, not max",
            like=lambda grey: int(grey.max()),
        ),
        Mistake(
            "this is the darkest pixel: argmax, not argmin",
            like=lambda grey: divmod(int(grey.argmin()), grey.shape[1]),
        ),
        Mistake(
            "rows or columns with a large sum need not hold the brightest pixel",
            like=lambda grey: (int(grey.sum(axis=1).argmax()), int(grey.sum(axis=0).argmax())),
        ),
        Mistake(
            "the place is right; tuple(…) makes the pair that is wanted", when=_holds_the_place
        ),
        Mistake(
            "np.where gives arrays, here of one number each: take the first of each",
            when=_firsts_are_right,
        ),
        Mistake(
            "argsort sorts each row by itself: argmax without an axis looks at the whole picture",
            like=lambda grey: grey.argsort()[-1],
        ),
        Mistake(
            "argsort sorts each row by itself: argmax without an axis looks at the whole picture",
            like=lambda grey: np.unravel_index(grey.argsort()[-1], grey.shape),
        ),
        Mistake(
            "with an axis you get one place for each column or row: use argmax without one",
            when=_are_arrays,
        ),
    ],
)
def brightest_pixel(grey):
    """Return (row, column) of the largest number of an array (H, W)."""
    return np.unravel_index(grey.argmax(), grey.shape)


RESHAPED = "reshape keeps the numbers in their old order and mixes the channels"


def _colour_case(rng):
    return {"image": pixels(rng, rng.choice(SIDES), rng.choice(SIDES), rng.choice((3, 3, 4)))}


@exercise(
    cases=_colour_case,
    hints=[
        "The order of the axes changes, and no number leaves its pixel: not a reshape.",
        "image.transpose(…) takes the old axes in their new order. The channels are axis 2.",
    ],
    mistakes=[
        Mistake(
            f"{RESHAPED}: use transpose",
            like=lambda image: image.reshape(image.shape[2], *image.shape[:2]),
        ),
        Mistake(
            f"{RESHAPED} (and there may be four): use transpose",
            like=lambda image: image.reshape(3, *image.shape[:2]),
        ),
        Mistake(
            "height and width are swapped too, so the picture lies on its side: (2, 0, 1)",
            like=lambda image: image.transpose(2, 1, 0),
        ),
        Mistake(
            "(1, 2, 0) is the way back, from channels first to channels last",
            like=lambda image: image.transpose(1, 2, 0),
        ),
        Mistake(
            "this moves the channels one place only; they belong in front",
            like=lambda image: image.swapaxes(1, 2),
        ),
        Mistake("nothing has moved", like=lambda image: image),
        Mistake(
            "there may be a fourth channel: take as many as the picture has",
            like=lambda image: np.stack([image[..., 0], image[..., 1], image[..., 2]]),
        ),
        Mistake(
            "red and blue have changed places: the channels keep their order",
            like=lambda image: image[..., ::-1].transpose(2, 0, 1),
        ),
    ],
)
def channels_first(image):
    """Return a picture (H, W, C) as (C, H, W)."""
    return image.transpose(2, 0, 1)


EXERCISES = collect(vars())
