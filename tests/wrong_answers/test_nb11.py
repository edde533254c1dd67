"""Wrong answers to the exercises of notebook 11, and right ones in another style."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from wrong_answer_runner import WrongAnswers

from course_utils.exercises import judge

wrong = WrongAnswers("11")


def blocks(image, kernel_size, combine):
    rows, columns = (n // kernel_size for n in image.shape)
    cut = image[: rows * kernel_size, : columns * kernel_size]
    return combine(cut.reshape(rows, kernel_size, columns, kernel_size))


@wrong("max_pool_by_hand", "the mean of each block")
def pool_means(image, kernel_size):
    return blocks(image, kernel_size, lambda cut: cut.mean(dim=(1, 3)))


@wrong("max_pool_by_hand", "smallest number")
def pool_minima(image, kernel_size):
    return blocks(image, kernel_size, lambda cut: cut.amin(dim=(1, 3)))


@wrong("max_pool_by_hand", "these windows overlap")
def pool_overlapping(image, kernel_size):
    return F.max_pool2d(image[None], kernel_size, stride=1)[0]


@wrong("max_pool_by_hand", "a block that is not full is left out")
def pool_with_the_rest(image, kernel_size):
    return F.max_pool2d(image[None], kernel_size, ceil_mode=True)[0]


@wrong("max_pool_by_hand", "do not start from 0")
def pool_from_zero(image, kernel_size):
    return blocks(image, kernel_size, lambda cut: cut.amax(dim=(1, 3)).clamp(min=0))


@wrong("max_pool_by_hand", "height and width are two numbers")
def pool_squares_only(image, kernel_size):
    size = image.shape[0] // kernel_size
    output = torch.zeros(size, size)
    for y in range(size):
        for x in range(size):
            block = image[y * kernel_size :, x * kernel_size :][:kernel_size, :kernel_size]
            output[y, x] = block.max() if block.numel() else 0
    return output


@wrong("pooled_size", "starts behind the last real pixel")
def size_of_the_plain_formula(size, kernel_size, stride=None, padding=0, ceil_mode=False):
    stride = stride or kernel_size
    rounded = math.ceil if ceil_mode else math.floor
    return rounded((size + 2 * padding - kernel_size) / stride) + 1


@wrong("pooled_size", "it is the kernel size, not 1")
def size_with_stride_one(size, kernel_size, stride=None, padding=0, ceil_mode=False):
    stride = 1 if stride is None else stride
    row = torch.zeros(1, 1, size)
    return F.max_pool1d(row, kernel_size, stride, padding, ceil_mode=ceil_mode).shape[-1]


@wrong("pooled_size", "ceil_mode is not used")
def size_rounded_down(size, kernel_size, stride=None, padding=0, ceil_mode=False):
    return (size + 2 * padding - kernel_size) // (stride or kernel_size) + 1


@wrong("pooled_size", "padding is not used")
def size_without_padding(size, kernel_size, stride=None, padding=0, ceil_mode=False):
    stride = stride or kernel_size
    places = (size - kernel_size) / stride
    count = (math.ceil(places) if ceil_mode else math.floor(places)) + 1
    return count - (ceil_mode and (count - 1) * stride >= size)


@wrong("pooled_size", "// instead of /")
def size_float(size, kernel_size, stride=None, padding=0, ceil_mode=False):
    return (size + 2 * padding - kernel_size) / (stride or kernel_size) + 1


def means(numbers, kernel_size, padding, divide):
    padded = [0.0] * padding + numbers + [0.0] * padding
    windows = [padded[i : i + kernel_size] for i in range(len(padded) - kernel_size + 1)]
    return [sum(window) / divide(i, window) for i, window in enumerate(windows)]


@wrong("average_row", "count_include_pad=False: divide by the number of real")
def row_always_counting(numbers, kernel_size, padding=0, count_include_pad=True):
    return means(numbers, kernel_size, padding, lambda i, window: kernel_size)


@wrong("average_row", "count_include_pad=True: the zeros count")
def row_never_counting(numbers, kernel_size, padding=0, count_include_pad=True):
    def real(i, window):
        return sum(padding <= k < padding + len(numbers) for k in range(i, i + kernel_size))

    return means(numbers, kernel_size, padding, real)


@wrong("average_row", "padding is not used")
def row_without_padding(numbers, kernel_size, padding=0, count_include_pad=True):
    return means(numbers, kernel_size, 0, lambda i, window: kernel_size)


@wrong("average_row", "not sums")
def row_of_sums(numbers, kernel_size, padding=0, count_include_pad=True):
    return means(numbers, kernel_size, padding, lambda i, window: 1)


@wrong("average_row", "count positions, not numbers")
def row_counting_nonzero(numbers, kernel_size, padding=0, count_include_pad=True):
    def divisor(i, window):
        return kernel_size if count_include_pad else max(1, sum(x != 0 for x in window))

    return means(numbers, kernel_size, padding, divisor)


@wrong("adaptive_windows", "round the end up")
def windows_without_overlap(size, outputs):
    return [(i * size // outputs, (i + 1) * size // outputs) for i in range(outputs)]


@wrong("adaptive_windows", "one size")
def windows_of_one_size(size, outputs):
    step = size // outputs
    return [(i * step, i * step + step) for i in range(outputs)]


@wrong("adaptive_windows", "the end is not included")
def windows_with_last_pixel(size, outputs):
    return [(i * size // outputs, math.ceil((i + 1) * size / outputs) - 1) for i in range(outputs)]


@wrong("adaptive_windows", "// instead of /")
def windows_of_floats(size, outputs):
    return [(i * size / outputs, (i + 1) * size / outputs) for i in range(outputs)]


@wrong("repair_head", "a maximum is taken")
def head_of_maxima(channels, classes):
    return nn.Sequential(nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(channels, classes))


@wrong("repair_head", "say what comes out")
def head_with_both(channels, classes):
    return nn.Sequential(
        nn.AvgPool2d(8), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes)
    )


@wrong("repair_head", "one number for each channel")
def head_of_windows_of_two(channels, classes):
    return nn.Sequential(nn.AvgPool2d(2), nn.Flatten(), nn.Linear(channels, classes))


@wrong("repair_head", "one number for each channel")
def head_of_eight(channels, classes):
    return nn.Sequential(nn.AdaptiveAvgPool2d(8), nn.Flatten(), nn.Linear(channels, classes))


@wrong("repair_head", "return a model")
def head_class_only(channels, classes):
    return nn.AdaptiveAvgPool2d


@wrong("unpool_by_hand", "along the *width*")
def unpool_by_height(values, places, height, width):
    output = torch.zeros(height, width)
    for value, place in zip(values.flatten(), places.flatten().tolist(), strict=True):
        output[place // height % height, place % height % width] = value
    return output


@wrong("unpool_by_hand", "repeats each value")
def unpool_repeated(values, places, height, width):
    return values.repeat_interleave(2, 0).repeat_interleave(2, 1)


@wrong("unpool_by_hand", "upper left corner")
def unpool_to_corners(values, places, height, width):
    output = torch.zeros(height, width)
    output[::2, ::2] = values
    return output


@wrong("unpool_by_hand", "reshape at the end")
def unpool_flat(values, places, height, width):
    flat = torch.zeros(height * width)
    flat[places.flatten()] = values.flatten()
    return flat


test_is_told_the_mistake, test_three_or_more = wrong.tests()


def pool_by_view(image, kernel_size):
    return blocks(image, kernel_size, lambda cut: cut.amax(dim=(1, 3)))


def pool_by_lists(image, kernel_size):
    rows, columns = (n // kernel_size for n in image.shape)
    return torch.tensor(
        [
            [
                image[y * kernel_size :, x * kernel_size :][:kernel_size, :kernel_size].max().item()
                for x in range(columns)
            ]
            for y in range(rows)
        ]
    )


def size_by_counting(size, kernel_size, stride=None, padding=0, ceil_mode=False):
    stride, count, start = stride or kernel_size, 0, -padding
    while start + kernel_size <= size + padding or (
        ceil_mode and start < size and start - stride + kernel_size < size + padding
    ):
        count, start = count + 1, start + stride
    return count


def row_by_torch(numbers, kernel_size, padding=0, count_include_pad=True):
    row = torch.tensor(numbers, dtype=torch.float64)[None]
    return F.avg_pool1d(row, kernel_size, 1, padding, False, count_include_pad)[0].tolist()


def windows_by_ceil(size, outputs):
    return [
        (math.floor(i * size / outputs), math.ceil((i + 1) * size / outputs))
        for i in range(outputs)
    ]


class Head(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        self.last = nn.Linear(channels, classes)

    def forward(self, maps):
        return self.last(maps.mean(dim=(2, 3)))


def unpool_by_scatter(values, places, height, width):
    flat = torch.zeros(height * width)
    return flat.scatter(0, places.flatten(), values.flatten()).view(height, width)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("max_pool_by_hand", pool_by_view),
        ("max_pool_by_hand", pool_by_lists),
        ("pooled_size", size_by_counting),
        ("average_row", row_by_torch),
        ("adaptive_windows", windows_by_ceil),
        ("repair_head", lambda channels, classes: Head(channels, classes)),
        ("unpool_by_hand", unpool_by_scatter),
    ],
)
def test_other_right_answers(name, answer):
    verdict = judge(answer, name)
    assert verdict.status == "solved", verdict.text
