"""Exercises of notebook 11, second part: the mean at the border."""

from functools import partial

import torch
from torch.nn import functional as F

from ._define import Mistake, collect, exercise


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


def _means(
    numbers,
    kernel_size,
    padding=0,
    count_include_pad=True,
    *,
    count=lambda include: include,  # whether the frame counts
    front=True,
    behind=True,
    step=1,
    divide=None,
):
    padded = [0.0] * padding * front + list(numbers) + [0.0] * padding * behind
    first = padding * front  # where the real numbers begin
    means = []
    for start in range(0, len(padded) - kernel_size + 1, step):
        window = padded[start : start + kernel_size]
        inside = [i for i in range(start, start + kernel_size) if 0 <= i - first < len(numbers)]
        size = kernel_size if count(count_include_pad) else len(inside)
        if divide and not count_include_pad:
            size = divide(window, padding)
        means.append(sum(window) / size)
    return means


def _not_zero(window, padding):
    return sum(number != 0 for number in window)


def _frame_only_if_counted(numbers, kernel_size, padding=0, count_include_pad=True):
    return _means(numbers, kernel_size, padding if count_include_pad else 0)


def _apart(numbers, kernel_size, padding=0, count_include_pad=True, **way):
    return _means(numbers, kernel_size, padding, count_include_pad, step=kernel_size, **way)


def _by_all(numbers, kernel_size, padding=0, count_include_pad=True):
    means = _means(numbers, kernel_size, padding)
    return [mean * kernel_size / len(numbers) for mean in means]


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
            like=partial(_means, count=lambda include: True),
        ),
        Mistake(
            "count_include_pad=True: the zeros count, divide by kernel_size",
            like=partial(_means, count=lambda include: False),
        ),
        Mistake(
            "the flag is the wrong way round: with True the zeros of the frame count",
            like=partial(_means, count=lambda include: not include),
        ),
        Mistake(
            "the frame stays in both ways of counting; only the divisor changes",
            like=_frame_only_if_counted,
        ),
        Mistake(
            "padding is not used",
            like=lambda numbers, kernel_size, padding=0, count_include_pad=True: _means(
                numbers, kernel_size
            ),
        ),
        *(
            Mistake("pad on both sides", like=partial(_means, **side, **way))
            for side in ({"front": False}, {"behind": False})
            for way in ({}, {"count": lambda include: True})
        ),
        Mistake("the stride is 1: the windows overlap", like=_apart),
        Mistake(
            "the stride is 1: the windows overlap",
            like=partial(_apart, count=lambda include: True),
        ),
        Mistake("divide by the numbers of one window, not of the whole list", like=_by_all),
        Mistake(
            "only windows at the border hold zeros of the frame, and not all hold the same number",
            like=partial(_means, divide=lambda window, padding: len(window) - padding),
        ),
        Mistake(
            "means are wanted, not sums",
            like=lambda numbers, kernel_size, padding=0, count_include_pad=True: [
                mean * kernel_size for mean in _means(numbers, kernel_size, padding)
            ],
        ),
        *(
            Mistake(
                "a real number may be 0 as well: count positions, not numbers that are not 0",
                like=partial(_means, divide=divide),
            )
            for divide in (_not_zero, lambda *window: max(1, _not_zero(*window)))
        ),
    ],
)
def average_row(numbers, kernel_size, padding=0, count_include_pad=True):
    """Return a list: the means of all windows of ``numbers``, a list too; stride 1."""
    padded = [0.0] * padding + numbers + [0.0] * padding
    real = [False] * padding + [True] * len(numbers) + [False] * padding
    means = []
    for start in range(len(padded) - kernel_size + 1):
        end = start + kernel_size
        count = kernel_size if count_include_pad else sum(real[start:end])
        means.append(sum(padded[start:end]) / count)
    return means


EXERCISES = collect(vars())
