"""Exercises of notebook 11, fourth part: back to where the numbers came from."""

from functools import partial

import torch
from torch.nn import functional as F

from ._define import Mistake, collect, exercise


def _pooled(rng):
    def make():
        height, width = rng.randint(2, 7), rng.randint(2, 7)
        values, places = F.max_pool2d(
            torch.randperm(height * width).float().reshape(1, height, width) + 1,
            2,
            return_indices=True,
        )
        return {"values": values[0], "places": places[0], "height": height, "width": width}

    return rng.build(make)


def _unpool_by_torch(values, places, height, width):
    return F.max_unpool2d(values[None], places[None], 2, output_size=(height, width))[0]


def _placed(values, places, height, width, *, along="width", swap=False, less=0):
    output = torch.zeros(height, width)
    along = {"height": height, "width": width, "twice": 2 * values.shape[1]}[along]
    for value, place in zip(values.flatten(), places.flatten().tolist(), strict=True):
        row, column = divmod(place - less, along)
        output[(column, row) if swap else (row, column)] = value
    return output


def _repeated(values, places, height, width):
    return values.repeat_interleave(2, dim=0).repeat_interleave(2, dim=1)


def _to_corners(values, places, height, width):
    output = torch.zeros(height, width)
    output[: 2 * len(values) : 2, : 2 * values.shape[1] : 2] = values
    return output


def _twice(case, got, expected):
    twice = tuple(2 * n for n in case["values"].shape)
    return isinstance(got, torch.Tensor) and got.shape == twice != tuple(expected.shape)


def _along_twice(values, places, height, width):
    return _placed(values, places, height, width, along="twice")


def _turned(values, places, height, width):
    flat = torch.zeros(width * height)
    flat[places.flatten()] = values.flatten()
    return flat.reshape(width, height).T


@exercise(
    oracle=_unpool_by_torch,
    cases=_pooled,
    hints=[
        "Start with flat zeros: torch.zeros(height * width), and reshape at the end.",
        "Place 7 in a map of width 4 is row 7 // 4, column 7 % 4.",
        "flat[places.flatten()] = values.flatten() writes all at once.",
    ],
    mistakes=[
        Mistake(
            "a place counts along the *width*: row = place // width, column = place % width",
            like=partial(_placed, along="height"),
        ),
        Mistake("rows and columns are exchanged", like=_turned),
        Mistake("rows and columns are exchanged", like=partial(_placed, swap=True)),
        Mistake(
            "this repeats each value over its whole window; only its own place gets it",
            like=_repeated,
        ),
        Mistake("use height and width: 4 and 5 pixels both become 2", when=_twice),
        Mistake("use width: a row of 5 pixels becomes 2 values, not 4", like=_along_twice),
        Mistake(
            "each value belongs to its place, not to the upper left corner of its window",
            like=_to_corners,
        ),
        Mistake("the places count from 0: no - 1", like=partial(_placed, less=1)),
        Mistake(
            "a tensor of rank 2, (height, width), is wanted: reshape at the end",
            when=lambda case, got, expected: isinstance(got, torch.Tensor) and got.ndim != 2,
        ),
    ],
)
def unpool_by_hand(values, places, height, width):
    """Return a (height, width) tensor of zeros with each of ``values`` at its place."""
    flat = torch.zeros(height * width)
    flat[places.flatten()] = values.flatten()
    return flat.reshape(height, width)


EXERCISES = collect(vars())
