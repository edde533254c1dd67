"""Exercises of notebook 10: a window slides."""

from functools import partial

import torch
from torch.nn import functional as F

from ._define import Mistake, collect, exercise
from ._run import Raised


def _picture(rng):
    height, width = rng.randint(1, 3), rng.randint(1, 3)
    return {
        "image": rng.tensor(height + rng.randint(0, 4), width + rng.randint(0, 4)).round() + 0,
        "kernel": rng.tensor(height, width).round() + 0,
        "stride": rng.choice([1, 1, 2, 3]),
    }


def _by_torch(image, kernel, stride=1):
    return F.conv2d(image[None, None], kernel[None, None], stride=stride)[0, 0]


def _slide(image, kernel, stride=1, *, count=None, step=None, combine=lambda a, b: (a * b).sum()):
    """A wrong answer: how many places, how far apart, what is done with the products."""
    height, width = kernel.shape
    step = stride if step is None else step
    count = count or (lambda size, side, stride: (size - side) // stride + 1)
    rows = count(image.shape[0], height, stride)
    columns = count(image.shape[1], width, stride)
    output = torch.zeros(max(rows, 0), max(columns, 0))
    for y in range(rows):
        for x in range(columns):
            window = image[y * step : y * step + height, x * step : x * step + width]
            output[y, x] = combine(window, kernel)
    return output


def _slide_squares(image, kernel, stride=1):
    side = kernel.shape[0]
    output = torch.zeros([(size - side) // stride + 1 for size in image.shape])
    for y in range(output.shape[0]):
        for x in range(output.shape[1]):
            window = image[y * stride : y * stride + side, x * stride : x * stride + side]
            output[y, x] = (window * kernel).sum()
    return output


def _slide_range(image, kernel, stride=1):
    """A wrong answer: range(0, size - kernel, stride), a loop that ends one place too early."""
    ways = [
        range(0, size - side, stride) for size, side in zip(image.shape, kernel.shape, strict=True)
    ]
    height, width = kernel.shape
    return torch.tensor(
        [[(image[y : y + height, x : x + width] * kernel).sum() for x in ways[1]] for y in ways[0]]
    )


def _says(*words):
    """Does the learner's code raise an error with one of these words?"""
    return lambda case, got, expected: (
        isinstance(got, Raised) and any(word in got.text for word in words)
    )


def _mixes_up(case, got, expected):
    return _says("IndexError")(case, got, expected) or (
        case["stride"] > 1 and got.ndim == 2 and got.numel() > expected.numel()
    )


def _is_square(case, got, expected):
    return got.ndim == 2 and got.shape[0] == got.shape[1] and got.shape != expected.shape


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
            like=partial(_slide, count=lambda size, side, stride: (size - side) // stride),
        ),
        Mistake(
            "the last place is missing: the range ends *before* its end, so size - kernel + 1",
            like=_slide_range,
        ),
        Mistake(
            "divide by stride first, then + 1 for the first place: (size - kernel) // stride + 1",
            like=partial(_slide, count=lambda size, side, stride: (size - side + 1) // stride),
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
            "a tensor is wanted: torch.tensor(rows) makes one of lists of numbers",
            when=lambda case, got, expected: isinstance(got, (list, tuple)),
        ),
        Mistake(
            "a result of rank 2 is wanted: [0, 0] takes batch and channel away",
            when=lambda case, got, expected: got.ndim > 2,
        ),
        Mistake(
            "one number for each window: add its products up with .sum()",
            when=_says("expand(", "one element", "only length-1"),
        ),
        Mistake(
            "count outputs and places separately: y for the output, y * stride for the window",
            when=_mixes_up,
        ),
        Mistake(
            "height and width are two numbers each: kernel.shape[0] and kernel.shape[1]",
            like=_slide_squares,
        ),
        Mistake(
            "height and width are two numbers each: image.shape[0] and image.shape[1]",
            when=_is_square,
        ),
        Mistake(
            "the last place is missing: the range ends *before* its end, so size - kernel + 1",
            when=lambda case, got, expected: got.numel() == 0,
        ),
        Mistake(
            "every window lies inside the picture: it begins at size - kernel at the latest",
            when=lambda case, got, expected: (
                _says("must match the size")(case, got, expected)
                or got.shape == case["image"].shape != expected.shape
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


EXERCISES = collect(vars())
