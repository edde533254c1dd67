"""Exercises of notebook 11: pooling by hand, its sizes and its borders."""

from functools import partial
from math import ceil

import torch
from torch.nn import functional as F

from ._define import Mistake, collect, exercise


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
            "a block that is not full is left out: // rounds down", like=partial(_blocks, up=True)
        ),
        Mistake(
            "numbers below zero can be the largest of their block: do not start from 0",
            like=partial(_blocks, combine=lambda block: block.max().clamp(min=0)),
        ),
        Mistake(
            "height and width are two numbers: image.shape[0] and image.shape[1]",
            when=lambda case, got, expected: case["image"].shape[0] != case["image"].shape[1],
        ),
    ],
)
def max_pool_by_hand(image, kernel_size):
    """Return the largest number of each ``kernel_size`` × ``kernel_size`` block, rank 2."""
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


def _size(size, kernel_size, stride=None, padding=0, ceil_mode=False, *, usual=None, drop=True):
    stride = (usual or kernel_size) if stride is None else stride
    places = (size + 2 * padding - kernel_size) / stride
    count = (ceil(places) if ceil_mode else int(places // 1)) + 1
    return count - 1 if drop and ceil_mode and (count - 1) * stride >= size + padding else count


def _without(name, value):
    def answer(size, kernel_size, stride=None, padding=0, ceil_mode=False):
        given = {"stride": stride, "padding": padding, "ceil_mode": ceil_mode, name: value}
        return _size(size, kernel_size, **given)

    return answer


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
            like=partial(_size, drop=False),
        ),
        Mistake("without a stride, it is the kernel size, not 1", like=partial(_size, usual=1)),
        Mistake("ceil_mode is not used", like=_without("ceil_mode", False)),
        Mistake("round up only with ceil_mode", like=_without("ceil_mode", True)),
        Mistake("padding is not used (it is added on both sides)", like=_without("padding", 0)),
        Mistake("a stride that is given counts", like=_without("stride", None)),
        Mistake("count the first place as well: + 1", like=lambda *a, **k: _size(*a, **k) - 1),
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


def _numbers(rng):
    kernel = rng.randint(1, 4)
    return {
        "numbers": [float(rng.randint(-9, 9)) for _ in range(kernel + rng.randint(0, 4))],
        "kernel_size": kernel,
        "padding": rng.randint(0, kernel // 2),
        "count_include_pad": rng.random() < 0.5,
    }


def _means_by_torch(numbers, kernel_size, padding=0, count_include_pad=True):
    row = torch.tensor(numbers, dtype=torch.float64)[None]
    return F.avg_pool1d(row, kernel_size, 1, padding, False, count_include_pad)[0].tolist()


def _means(numbers, kernel_size, padding=0, count_include_pad=True, *, always=None, behind=True):
    padded = [0.0] * padding + list(numbers) + [0.0] * padding * behind
    count = count_include_pad if always is None else always
    means = []
    for start in range(len(padded) - kernel_size + 1):
        real = [i for i in range(start, start + kernel_size) if 0 <= i - padding < len(numbers)]
        means.append(
            sum(padded[start : start + kernel_size]) / (kernel_size if count else len(real))
        )
    return means


@exercise(
    oracle=_means_by_torch,
    cases=_numbers,
    count=120,
    hints=[
        "padded = [0] * padding + numbers + [0] * padding; the windows are its slices.",
        "With count_include_pad every window divides by kernel_size.",
        "Without, divide by the number of positions i of the window with "
        "padding <= i < padding + len(numbers).",
    ],
    mistakes=[
        Mistake(
            "count_include_pad=False: divide by the number of real numbers in the window",
            like=partial(_means, always=True),
        ),
        Mistake(
            "count_include_pad=True: the zeros count, divide by kernel_size",
            like=partial(_means, always=False),
        ),
        Mistake(
            "padding is not used",
            like=lambda numbers, kernel_size, padding=0, count_include_pad=True: _means(
                numbers, kernel_size
            ),
        ),
        Mistake("pad on both sides", like=partial(_means, behind=False)),
        Mistake(
            "means are wanted, not sums",
            like=lambda numbers, kernel_size, padding=0, count_include_pad=True: [
                mean * kernel_size for mean in _means(numbers, kernel_size, padding)
            ],
        ),
        Mistake(
            "a real number may be 0 as well: count positions, not numbers that are not 0",
            when=lambda case, got, expected: (
                0.0 in case["numbers"] and not case["count_include_pad"]
            ),
        ),
    ],
)
def average_row(numbers, kernel_size, padding=0, count_include_pad=True):
    """Return the means of all windows of ``numbers``, a list; stride 1."""
    padded = [0.0] * padding + numbers + [0.0] * padding
    real = [False] * padding + [True] * len(numbers) + [False] * padding
    means = []
    for start in range(len(padded) - kernel_size + 1):
        end = start + kernel_size
        count = kernel_size if count_include_pad else sum(real[start:end])
        means.append(sum(padded[start:end]) / count)
    return means


EXERCISES = collect(vars())
