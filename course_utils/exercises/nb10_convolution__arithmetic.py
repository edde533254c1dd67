"""Exercises of notebook 10, second part: how many places a window has."""

from functools import partial
from math import ceil

import torch
from torch.nn import functional as F

from ._define import Mistake, collect, exercise


def _one_dimension(rng):
    kernel, dilation = rng.randint(1, 7), rng.choice([1, 1, 1, 2, 3])
    padding = rng.choice([0, 0, 1, 2, 3])
    least = max(1, dilation * (kernel - 1) + 1 - 2 * padding)
    return {
        "size": least + rng.randint(0, 30),
        "kernel_size": kernel,
        "stride": rng.choice([1, 1, 2, 3, 4]),
        "padding": padding,
        "dilation": dilation,
    }


def _size_by_torch(size, kernel_size, stride=1, padding=0, dilation=1):
    row = torch.zeros(1, 1, size)
    kernel = torch.zeros(1, 1, kernel_size)
    return F.conv1d(row, kernel, stride=stride, padding=padding, dilation=dilation).shape[-1]


def _size(
    size, kernel_size, stride=1, padding=0, dilation=1, *, sides=2, last=1, less=1, rounded=None
):
    room = size + sides * padding - dilation * (kernel_size - 1) - less
    return (room // stride if rounded is None else rounded(room / stride)) + last


@exercise(
    oracle=_size_by_torch,
    cases=_one_dimension,
    hints=[
        "A dilated kernel reaches over dilation * (kernel_size - 1) + 1 pixels.",
        "Padding is added on both sides; // divides and rounds down.",
        "(size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1",
    ],
    mistakes=[
        Mistake("count the first place as well: + 1 at the end", like=partial(_size, last=0)),
        Mistake(
            "the + 1 counts the first place: outside the division",
            like=partial(_size, less=0, last=0),
        ),
        Mistake("- 1 is missing: a kernel of k reaches k - 1 further", like=partial(_size, less=0)),
        Mistake(
            "// comes before + and -: put brackets round what is divided",
            like=lambda size, kernel_size, stride=1, padding=0, dilation=1: (
                size + 2 * padding - dilation * (kernel_size - 1) - 1 // stride + 1
            ),
        ),
        Mistake("padding is added on both sides: 2 * padding", like=partial(_size, sides=1)),
        Mistake("padding makes the row longer: + 2 * padding", like=partial(_size, sides=-2)),
        Mistake("padding is not used", like=partial(_size, sides=0)),
        Mistake(
            "round down with //; what is left over is dropped", like=partial(_size, rounded=ceil)
        ),
        Mistake(
            "round() goes to the nearest number; // rounds down", like=partial(_size, rounded=round)
        ),
        Mistake(
            "/ gives a number with a decimal point; // gives a whole one",
            when=lambda case, got, expected: isinstance(got, float),
        ),
        Mistake(
            "dilation is not used: the kernel reaches over dilation * (kernel_size - 1) + 1 pixels",
            like=lambda size, kernel_size, stride=1, padding=0, dilation=1: _size(
                size, kernel_size, stride, padding
            ),
        ),
        Mistake(
            "between k pixels there are k - 1 steps: dilation * (kernel_size - 1) + 1, not "
            "dilation * kernel_size",
            like=lambda size, kernel_size, stride=1, padding=0, dilation=1: _size(
                size, dilation * kernel_size, stride, padding
            ),
        ),
        Mistake(
            "every one of the k - 1 steps grows: dilation * (kernel_size - 1) + 1",
            like=lambda size, kernel_size, stride=1, padding=0, dilation=1: _size(
                size, kernel_size + dilation - 1, stride, padding
            ),
        ),
        Mistake(
            "stride is not used",
            like=lambda size, kernel_size, stride=1, padding=0, dilation=1: _size(
                size, kernel_size, 1, padding, dilation
            ),
        ),
    ],
)
def output_size(size, kernel_size, stride=1, padding=0, dilation=1):
    """Return the output's size along one dimension."""
    return (size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1


EXERCISES = collect(vars())
