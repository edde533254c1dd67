"""Exercises of notebook 11: pooling by hand, and the size of its output."""

from functools import partial
from math import ceil

import torch
from torch.nn import functional as F

from ._define import Mistake, collect, exercise
from ._run import Raised


def _image(rng):
    kernel = rng.choice([1, 2, 2, 3, 4])
    height, width = kernel + rng.randint(0, 5), kernel + rng.randint(0, 5)
    return {"image": rng.tensor(height, width, low=-9, high=9).round(), "kernel_size": kernel}


def _pool_by_torch(image, kernel_size):
    return F.max_pool2d(image[None], kernel_size)[0]


def _blocks(image, kernel_size, *, step=None, combine=torch.max, up=False):
    step = kernel_size if step is None else step
    rows, columns = (
        ceil(n / kernel_size) if up else (n - kernel_size) // step + 1 for n in image.shape
    )
    output = torch.zeros(rows, columns)
    for y in range(rows):
        for x in range(columns):
            block = image[y * step :, x * step :][:kernel_size, :kernel_size]
            output[y, x] = combine(block)
    return output


def _crowded(image, kernel_size):
    """Take the windows at (y, x) for the blocks (y, x)."""
    rows, columns = (n // kernel_size for n in image.shape)
    return _blocks(image, kernel_size, step=1)[:rows, :columns]


def _square_only(case, got, expected):
    if isinstance(got, Raised):
        different = issubclass(got.kind, (IndexError, RuntimeError))
    else:
        different = got.shape != expected.shape
    return different and case["image"].shape[0] != case["image"].shape[1]


@exercise(
    oracle=_pool_by_torch,
    cases=_image,
    hints=[
        "There are image.shape[0] // kernel_size rows of blocks; the columns likewise.",
        "Block (y, x) begins at row y * kernel_size, column x * kernel_size.",
        "In two loops: output[y, x] = block.max().",
    ],
    mistakes=[
        Mistake(
            "that is the mean of each block; the largest number is wanted",
            like=partial(_blocks, combine=torch.mean),
        ),
        Mistake(
            "that is the smallest number of each block", like=partial(_blocks, combine=torch.min)
        ),
        Mistake(
            "these windows overlap: the next one begins kernel_size pixels further",
            like=partial(_blocks, step=1),
        ),
        Mistake(
            "block (y, x) begins at row y * kernel_size, column x * kernel_size", like=_crowded
        ),
        Mistake(
            "a block that is not full is left out: // rounds down", like=partial(_blocks, up=True)
        ),
        Mistake(
            "numbers below zero can be the largest of their block: do not start from 0",
            like=partial(_blocks, combine=lambda block: block.max().clamp(min=0)),
        ),
        Mistake(
            "a number far below zero is not large: no abs()",
            like=partial(_blocks, combine=lambda block: block.abs().max()),
        ),
        Mistake(
            "height and width are two numbers: image.shape[0] and image.shape[1]",
            when=_square_only,
        ),
    ],
)
def max_pool_by_hand(image, kernel_size):
    """Return the largest number of each ``kernel_size`` × ``kernel_size`` block of ``image``."""
    rows, columns = image.shape[0] // kernel_size, image.shape[1] // kernel_size
    output = torch.zeros(rows, columns)
    for y in range(rows):
        for x in range(columns):
            top, left = y * kernel_size, x * kernel_size
            output[y, x] = image[top : top + kernel_size, left : left + kernel_size].max()
    return output


def _setting(rng):
    kernel = rng.randint(1, 6)
    padding = rng.choice([0, 0, rng.randint(0, kernel // 2)])
    return {
        "size": max(1, kernel - 2 * padding) + rng.randint(0, 20),
        "kernel_size": kernel,
        "stride": rng.choice([None, None, 1, 2, 3, 4]),
        "padding": padding,
        "ceil_mode": rng.random() < 0.6,
    }


def _size_by_torch(size, kernel_size, stride=None, padding=0, ceil_mode=False):
    row = torch.zeros(1, 1, size)
    return F.max_pool1d(row, kernel_size, stride, padding, ceil_mode=ceil_mode).shape[-1]


def _size(
    size,
    kernel_size,
    stride=None,
    padding=0,
    ceil_mode=False,
    *,
    usual=None,
    sides=2,
    last=1,
    drop=lambda start, size, padding: start - padding >= size,
):
    stride = (usual or kernel_size) if stride is None else stride
    places = (size + sides * padding - kernel_size) / stride
    count = (ceil(places) if ceil_mode else int(places // 1)) + last
    return count - bool(drop and ceil_mode and drop((count - 1) * stride, size, padding))


def _without(name, value):
    def answer(size, kernel_size, stride=None, padding=0, ceil_mode=False):
        given = {"stride": stride, "padding": padding, "ceil_mode": ceil_mode, name: value}
        return _size(size, kernel_size, **given)

    return answer


def _either_way(message, **slip):
    """Recognise a slip in the formula, with the rule about the last window and without."""
    return [Mistake(message, like=partial(_size, **slip, **way)) for way in ({}, {"drop": None})]


@exercise(
    oracle=_size_by_torch,
    cases=_setting,
    count=150,
    hints=[
        "First: stride = kernel_size if stride is None else stride.",
        "(size + 2 * padding - kernel_size) / stride, rounded down or up, and + 1.",
        "-(-a // b) is a / b rounded up.",
        "With ceil_mode: the last window starts at (count - 1) * stride - padding. If that is not "
        "below size, take it away.",
    ],
    mistakes=[
        Mistake(
            "a window that starts behind the last real pixel is dropped: "
            "(count - 1) * stride - padding must be below size",
            like=partial(_size, drop=None),
        ),
        *(
            Mistake(
                "the last window starts at (count - 1) * stride - padding; "
                "if that is size or more, it is dropped",
                like=partial(_size, drop=drop),
            )
            for drop in (
                lambda start, size, padding: start - padding > size,
                lambda start, size, padding: start >= size,
                lambda start, size, padding: start > size,
            )
        ),
        *_either_way("without a stride, it is the kernel size, not 1", usual=1),
        Mistake("ceil_mode is not used", like=_without("ceil_mode", False)),
        Mistake("round up only with ceil_mode", like=_without("ceil_mode", True)),
        Mistake("padding is not used (it is added on both sides)", like=_without("padding", 0)),
        *_either_way("padding is added on both sides: 2 * padding", sides=1),
        Mistake("a stride that is given counts", like=_without("stride", None)),
        *_either_way("count the first place as well: + 1", last=0),
        Mistake("count the first place as well: + 1", like=lambda *a, **k: _size(*a, **k) - 1),
        Mistake(
            "stride may be None: then it is the kernel size",
            when=lambda case, got, expected: "NoneType" in got.text,
        ),
        Mistake(
            "a whole number is wanted: // instead of /",
            when=lambda case, got, expected: isinstance(got, float),
        ),
    ],
)
def pooled_size(size, kernel_size, stride=None, padding=0, ceil_mode=False):
    """Return the output's size along one dimension."""
    stride = kernel_size if stride is None else stride
    room = size + 2 * padding - kernel_size
    count = (-(-room // stride) if ceil_mode else room // stride) + 1
    if ceil_mode and (count - 1) * stride - padding >= size:
        count -= 1
    return count


EXERCISES = collect(vars())
