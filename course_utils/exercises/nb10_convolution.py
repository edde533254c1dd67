"""Exercises of notebook 10: a window slides, and how many places it has."""

from functools import partial
from math import ceil

import torch
from torch.nn import functional as F

from ._define import Mistake, collect, exercise


def _picture(rng):
    height, width = rng.randint(1, 3), rng.randint(1, 3)
    return {
        "image": rng.tensor(height + rng.randint(0, 4), width + rng.randint(0, 4)).round(),
        "kernel": rng.tensor(height, width).round(),
        "stride": rng.choice([1, 1, 2, 3]),
    }


def _by_torch(image, kernel, stride=1):
    return F.conv2d(image[None, None], kernel[None, None], stride=stride)[0, 0]


def _slide(image, kernel, stride=1, *, last=1, step=None, combine=lambda a, b: (a * b).sum()):
    height, width = kernel.shape
    step = stride if step is None else step
    rows = (image.shape[0] - height) // stride + last
    columns = (image.shape[1] - width) // stride + last
    output = torch.zeros(max(rows, 0), max(columns, 0))
    for y in range(rows):
        for x in range(columns):
            window = image[y * step : y * step + height, x * step : x * step + width]
            output[y, x] = combine(window, kernel)
    return output


@exercise(
    oracle=_by_torch,
    cases=_picture,
    hints=[
        "The output has (image height - kernel height) // stride + 1 rows; the columns likewise.",
        "At output (y, x) the window begins at row y * stride, column x * stride.",
        "Fill torch.zeros(rows, columns) in two loops with (window * kernel).sum().",
    ],
    mistakes=[
        Mistake(
            "the last place is missing: (size - kernel) // stride + 1 places",
            like=partial(_slide, last=0),
        ),
        Mistake(
            "the size is right, but the windows overlap as with stride 1: begin at y * stride",
            like=partial(_slide, step=1),
        ),
        Mistake("stride is not used", like=lambda image, kernel, stride=1: _slide(image, kernel)),
        Mistake(
            "this turns the kernel by 180°; PyTorch lays it on as it is",
            like=lambda image, kernel, stride=1: _slide(image, kernel.flip(0, 1), stride),
        ),
        Mistake(
            "this multiplies with the kernel transposed",
            like=lambda image, kernel, stride=1: _slide(image, kernel.T, stride),
        ),
        Mistake(
            "the sum of the products is wanted, not their mean",
            like=partial(_slide, combine=lambda a, b: (a * b).mean()),
        ),
        Mistake(
            "multiply place by place (*), not as matrices (@)",
            like=partial(_slide, combine=lambda a, b: (a @ b).sum()),
        ),
        Mistake(
            "a result of rank 2 is wanted: [0, 0] takes batch and channel away",
            when=lambda case, got, expected: getattr(got, "ndim", 2) > 2,
        ),
        Mistake(
            "height and width are two numbers each: kernel.shape[0] and kernel.shape[1]",
            when=lambda case, got, expected: (
                case["kernel"].shape[0] != case["kernel"].shape[1]
                or case["image"].shape[0] != case["image"].shape[1]
            ),
        ),
    ],
)
def slide_window(image, kernel, stride=1):
    """Return the convolution of ``image`` with ``kernel``, a tensor of rank 2."""
    height, width = kernel.shape
    rows = (image.shape[0] - height) // stride + 1
    columns = (image.shape[1] - width) // stride + 1
    output = torch.zeros(rows, columns)
    for y in range(rows):
        for x in range(columns):
            top, left = y * stride, x * stride
            output[y, x] = (image[top : top + height, left : left + width] * kernel).sum()
    return output


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


def _size(size, kernel_size, stride=1, padding=0, dilation=1, *, sides=2, last=1, rounded=None):
    room = size + sides * padding - dilation * (kernel_size - 1) - 1
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
        Mistake("padding is added on both sides: 2 * padding", like=partial(_size, sides=1)),
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
