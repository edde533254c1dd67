"""Wrong answers to the exercises of notebook 10, and right ones in another style."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from wrong_answer_runner import WrongAnswers

from course_utils.exercises import judge
from course_utils.exercises.nb10_convolution__depthwise import repair_separable

wrong = WrongAnswers("10")


@wrong("slide_window", "the last place is missing")
def slide_without_last(image, kernel, stride=1):
    height, width = kernel.shape
    rows, columns = (image.shape[0] - height) // stride, (image.shape[1] - width) // stride
    output = torch.zeros(rows, columns)
    for y in range(rows):
        for x in range(columns):
            window = image[y * stride :, x * stride :][:height, :width]
            output[y, x] = (window * kernel).sum()
    return output


def slide(image, kernel, stride, step=None):
    height, width = kernel.shape
    step = step or stride
    rows = (image.shape[0] - height) // stride + 1
    columns = (image.shape[1] - width) // stride + 1
    output = torch.zeros(rows, columns)
    for y in range(rows):
        for x in range(columns):
            output[y, x] = (image[y * step :, x * step :][:height, :width] * kernel).sum()
    return output


@wrong("slide_window", "begin at y * stride")
def slide_with_steps_of_one(image, kernel, stride=1):
    return slide(image, kernel, stride, step=1)


@wrong("slide_window", "stride is not used")
def slide_without_stride(image, kernel, stride=1):
    return slide(image, kernel, 1)


@wrong("slide_window", "turns the kernel by 180°")
def slide_turned(image, kernel, stride=1):
    return slide(image, kernel.flip(0, 1), stride)


@wrong("slide_window", "not their mean")
def slide_mean(image, kernel, stride=1):
    return slide(image, kernel, stride) / kernel.numel()


@wrong("slide_window", "rank 2 is wanted")
def slide_rank_four(image, kernel, stride=1):
    return F.conv2d(image[None, None], kernel[None, None], stride=stride)


@wrong("slide_window", "height and width are two numbers each")
def slide_squares_only(image, kernel, stride=1):
    side = kernel.shape[0]
    size = (image.shape[0] - side) // stride + 1
    output = torch.zeros(size, size)
    for y in range(size):
        for x in range(size):
            output[y, x] = (image[y * stride :, x * stride :][:side, :side] * kernel).sum()
    return output


def slide_over(ways, kernel, image):
    height, width = kernel.shape
    return [
        [(image[y : y + height, x : x + width] * kernel).sum().item() for x in ways[1]]
        for y in ways[0]
    ]


@wrong("slide_window", "the last place is missing")
def slide_range_too_short(image, kernel, stride=1):
    ways = [range(0, n - k, stride) for n, k in zip(image.shape, kernel.shape, strict=True)]
    return torch.tensor(slide_over(ways, kernel, image))


@wrong("slide_window", "torch.tensor(rows)")
def slide_list_of_lists(image, kernel, stride=1):
    ways = [range(0, n - k + 1, stride) for n, k in zip(image.shape, kernel.shape, strict=True)]
    return slide_over(ways, kernel, image)


@wrong("slide_window", "y * stride for the window")
def slide_output_by_place(image, kernel, stride=1):
    height, width = kernel.shape
    rows, columns = image.shape[0] - height + 1, image.shape[1] - width + 1
    output = torch.zeros((rows - 1) // stride + 1, (columns - 1) // stride + 1)
    for y in range(0, rows, stride):
        for x in range(0, columns, stride):
            output[y, x] = (image[y : y + height, x : x + width] * kernel).sum()
    return output


@wrong("slide_window", "y * stride for the window")
def slide_output_with_holes(image, kernel, stride=1):
    height, width = kernel.shape
    rows, columns = image.shape[0] - height + 1, image.shape[1] - width + 1
    output = torch.zeros(rows, columns)
    for y in range(0, rows, stride):
        for x in range(0, columns, stride):
            output[y, x] = (image[y : y + height, x : x + width] * kernel).sum()
    return output


@wrong("slide_window", "then + 1 for the first place")
def slide_divides_too_much(image, kernel, stride=1):
    height, width = kernel.shape
    rows = (image.shape[0] - height + 1) // stride
    columns = (image.shape[1] - width + 1) // stride
    output = torch.zeros(rows, columns)
    for y in range(rows):
        for x in range(columns):
            output[y, x] = (image[y * stride :, x * stride :][:height, :width] * kernel).sum()
    return output


@wrong("slide_window", ".sum()")
def slide_without_sum(image, kernel, stride=1):
    height, width = kernel.shape
    rows = (image.shape[0] - height) // stride + 1
    columns = (image.shape[1] - width) // stride + 1
    output = torch.zeros(rows, columns)
    for y in range(rows):
        for x in range(columns):
            output[y, x] = image[y * stride :, x * stride :][:height, :width] * kernel
    return output


@wrong("slide_window", ".sum()")
def slide_lists_without_sum(image, kernel, stride=1):
    (h, w), (rows, columns) = kernel.shape, image.shape
    return torch.tensor(
        [
            [image[y : y + h, x : x + w] * kernel for x in range(0, columns - w + 1, stride)]
            for y in range(0, rows - h + 1, stride)
        ]
    )


@wrong("slide_window", "inside the picture")
def slide_over_every_pixel(image, kernel, stride=1):
    height, width = kernel.shape
    output = torch.zeros(-(-image.shape[0] // stride), -(-image.shape[1] // stride))
    for y in range(output.shape[0]):
        for x in range(output.shape[1]):
            output[y, x] = (image[y * stride :, x * stride :][:height, :width] * kernel).sum()
    return output


@wrong("slide_window", "kernel.shape[0] and kernel.shape[1]")
def slide_square_kernels_only(image, kernel, stride=1):
    side = len(kernel)
    rows, columns = (image.shape[0] - side) // stride + 1, (image.shape[1] - side) // stride + 1
    output = torch.zeros(rows, columns)
    for y in range(rows):
        for x in range(columns):
            top, left = y * stride, x * stride
            output[y, x] = (image[top : top + side, left : left + side] * kernel).sum()
    return output


@wrong("slide_window", "image.shape[0] and image.shape[1]")
def slide_square_images_only(image, kernel, stride=1):
    size = (image.shape[0] - kernel.shape[0]) // stride + 1
    output = torch.zeros(size, size)
    for y in range(size):
        for x in range(min(size, (image.shape[1] - kernel.shape[1]) // stride + 1)):
            window = image[y * stride :, x * stride :][: kernel.shape[0], : kernel.shape[1]]
            output[y, x] = (window * kernel).sum()
    return output


@wrong("slide_window", "changes")
def slide_in_place(image, kernel, stride=1):
    result = slide(image, kernel, stride)
    image.mul_(2)
    return result


@wrong("output_size", "count the first place")
def size_without_one(size, kernel_size, stride=1, padding=0, dilation=1):
    return (size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride


@wrong("output_size", "padding is added on both sides")
def size_one_side(size, kernel_size, stride=1, padding=0, dilation=1):
    return (size + padding - dilation * (kernel_size - 1) - 1) // stride + 1


@wrong("output_size", "// gives a whole one")
def size_float(size, kernel_size, stride=1, padding=0, dilation=1):
    return (size + 2 * padding - dilation * (kernel_size - 1) - 1) / stride + 1


@wrong("output_size", "round down")
def size_rounded_up(size, kernel_size, stride=1, padding=0, dilation=1):
    return math.ceil((size + 2 * padding - dilation * (kernel_size - 1) - 1) / stride) + 1


@wrong("output_size", "dilation is not used")
def size_without_dilation(size, kernel_size, stride=1, padding=0, dilation=1):
    return (size + 2 * padding - kernel_size) // stride + 1


@wrong("output_size", "k - 1 steps")
def size_dilated_too_far(size, kernel_size, stride=1, padding=0, dilation=1):
    return (size + 2 * padding - dilation * kernel_size) // stride + 1


@wrong("output_size", "stride is not used")
def size_without_stride(size, kernel_size, stride=1, padding=0, dilation=1):
    return size + 2 * padding - dilation * (kernel_size - 1)


@wrong("output_size", "brackets")
def size_without_brackets(size, kernel_size, stride=1, padding=0, dilation=1):
    return size + 2 * padding - dilation * (kernel_size - 1) - 1 // stride + 1


@wrong("output_size", "outside the division")
def size_one_inside(size, kernel_size, stride=1, padding=0, dilation=1):
    return (size + 2 * padding - dilation * (kernel_size - 1) - 1 + 1) // stride


@wrong("output_size", "- 1 is missing")
def size_one_less(size, kernel_size, stride=1, padding=0, dilation=1):
    return (size + 2 * padding - dilation * (kernel_size - 1)) // stride + 1


@wrong("output_size", "every one of the k - 1 steps grows")
def size_dilated_once(size, kernel_size, stride=1, padding=0, dilation=1):
    return (size + 2 * padding - (kernel_size + dilation - 1)) // stride + 1


@wrong("output_size", "makes the row longer")
def size_padding_taken_off(size, kernel_size, stride=1, padding=0, dilation=1):
    return (size - 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1


def pair(kernel_size):
    return (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size


@wrong("weight_shape", "output channels come first")
def weight_turned(in_channels, out_channels, kernel_size, groups=1):
    return (in_channels // groups, out_channels, *pair(kernel_size))


@wrong("weight_shape", "reads only in_channels // groups")
def weight_without_groups(in_channels, out_channels, kernel_size, groups=1):
    return (out_channels, in_channels, *pair(kernel_size))


@wrong("weight_shape", "only the input channels are divided")
def weight_both_divided(in_channels, out_channels, kernel_size, groups=1):
    return (out_channels // groups, in_channels // groups, *pair(kernel_size))


@wrong("weight_shape", "(height, width), in this order")
def weight_pair_turned(in_channels, out_channels, kernel_size, groups=1):
    return (out_channels, in_channels // groups, *pair(kernel_size)[::-1])


@wrong("weight_shape", "// gives a whole one")
def weight_float(in_channels, out_channels, kernel_size, groups=1):
    return (out_channels, in_channels / groups, *pair(kernel_size))


@wrong("weight_shape", "kernel_size is a pair")
def weight_number_only(in_channels, out_channels, kernel_size, groups=1):
    return (out_channels, in_channels // groups, kernel_size, kernel_size)


@wrong("weight_shape", "four numbers")
def weight_of_rank_three(in_channels, out_channels, kernel_size, groups=1):
    return (out_channels, in_channels // groups, kernel_size)


@wrong("weight_shape", "kernel_size is a number")
def weight_pair_only(in_channels, out_channels, kernel_size, groups=1):
    return (out_channels, in_channels // groups, kernel_size[0], kernel_size[1])


@wrong("weight_shape", "the input channels are divided by the groups")
def weight_outputs_divided(in_channels, out_channels, kernel_size, groups=1):
    return (out_channels // groups, in_channels, *pair(kernel_size))


@wrong("weight_shape", "the channels come first")
def weight_kernel_first(in_channels, out_channels, kernel_size, groups=1):
    return (*pair(kernel_size), out_channels, in_channels // groups)


@wrong("multiply_adds", "count as one multiply-add")
def products_and_sums(in_channels, out_channels, kernel_size, height, width, groups=1):
    return 2 * out_channels * height * width * kernel_size**2 * (in_channels // groups)


@wrong("multiply_adds", "output's already")
def products_of_the_input(in_channels, out_channels, kernel_size, height, width, groups=1):
    places = (height - kernel_size + 1) * (width - kernel_size + 1)
    return out_channels * places * kernel_size**2 * (in_channels // groups)


@wrong("multiply_adds", "without a bias")
def products_and_bias(in_channels, out_channels, kernel_size, height, width, groups=1):
    return (kernel_size**2 * (in_channels // groups) + 1) * out_channels * height * width


@wrong("multiply_adds", "divide by groups")
def products_times_groups(in_channels, out_channels, kernel_size, height, width, groups=1):
    return out_channels * height * width * kernel_size**2 * in_channels * groups


@wrong("multiply_adds", "reads only in_channels // groups")
def products_without_groups(in_channels, out_channels, kernel_size, height, width, groups=1):
    return out_channels * height * width * kernel_size**2 * in_channels


@wrong("multiply_adds", "kernel_size ** 2 numbers")
def products_of_a_row(in_channels, out_channels, kernel_size, height, width, groups=1):
    return out_channels * height * width * kernel_size * (in_channels // groups)


@wrong("multiply_adds", "times out_channels")
def products_of_one_output(in_channels, out_channels, kernel_size, height, width, groups=1):
    return height * width * kernel_size**2 * (in_channels // groups)


@wrong("multiply_adds", "number of weights")
def products_are_weights(in_channels, out_channels, kernel_size, height, width, groups=1):
    return out_channels * kernel_size**2 * (in_channels // groups)


@wrong("multiply_adds", "so once")
def products_divided_twice(in_channels, out_channels, kernel_size, height, width, groups=1):
    return out_channels // groups * height * width * kernel_size**2 * (in_channels // groups)


@wrong("repair_separable", "gets what the first one gives")
def separable_pointwise_left(in_channels, out_channels):
    depthwise = nn.Conv2d(in_channels, in_channels, 3, padding=1, groups=in_channels, bias=False)
    return nn.Sequential(depthwise, nn.Conv2d(out_channels, out_channels, 1, bias=False))


@wrong("repair_separable", "not depthwise")
def separable_without_groups(in_channels, out_channels):
    depthwise = nn.Conv2d(in_channels, in_channels, 3, padding=1, bias=False)
    return nn.Sequential(depthwise, nn.Conv2d(in_channels, out_channels, 1, bias=False))


@wrong("repair_separable", "needs padding=1")
def separable_without_padding(in_channels, out_channels):
    depthwise = nn.Conv2d(in_channels, in_channels, 3, groups=in_channels, bias=False)
    return nn.Sequential(depthwise, nn.Conv2d(in_channels, out_channels, 1, bias=False))


@wrong("repair_separable", "needs padding=1")
def separable_padded_late(in_channels, out_channels):
    depthwise = nn.Conv2d(in_channels, in_channels, 3, groups=in_channels, bias=False)
    pointwise = nn.Conv2d(in_channels, out_channels, 1, padding=1, bias=False)
    return nn.Sequential(depthwise, pointwise)


@wrong("repair_separable", "bias=False in both")
def separable_with_bias(in_channels, out_channels):
    depthwise = nn.Conv2d(in_channels, in_channels, 3, padding=1, groups=in_channels, bias=False)
    return nn.Sequential(depthwise, nn.Conv2d(in_channels, out_channels, 1))


def separable(in_channels, out_channels, **settings):
    depthwise = nn.Conv2d(in_channels, in_channels, 3, groups=in_channels, bias=False, **settings)
    return nn.Sequential(depthwise, nn.Conv2d(in_channels, out_channels, 1, bias=False))


@wrong("repair_separable", "no dilation")
def separable_dilated(in_channels, out_channels):
    return separable(in_channels, out_channels, padding=2, dilation=2)


@wrong("repair_separable", "padding=1 with zeros")
def separable_reflecting(in_channels, out_channels):
    return separable(in_channels, out_channels, padding=1, padding_mode="reflect")


@wrong("repair_separable", "keeps the number of channels")
def separable_changes_channels(in_channels, out_channels):
    depthwise = nn.Conv2d(in_channels, out_channels, 3, padding=1, groups=in_channels, bias=False)
    return nn.Sequential(depthwise, nn.Conv2d(out_channels, out_channels, 1, bias=False))


@wrong("repair_separable", "keeps the number of channels")
def separable_wrong_groups(in_channels, out_channels):
    depthwise = nn.Conv2d(in_channels, in_channels, 3, padding=1, groups=out_channels, bias=False)
    return nn.Sequential(depthwise, nn.Conv2d(in_channels, out_channels, 1, bias=False))


@wrong("repair_separable", "two layers")
def separable_depthwise_only(in_channels, out_channels):
    return nn.Conv2d(in_channels, in_channels, 3, padding=1, groups=in_channels, bias=False)


def one_at(row, column):
    kernel = torch.zeros(3, 3)
    kernel[row, column] = 1
    return kernel


wrong.value("shift_kernel", one_at(1, 0), "to the right")
wrong.value("shift_kernel", one_at(1, 1), "where it is")
wrong.value("shift_kernel", one_at(2, 1), "moves it up")
wrong.value("shift_kernel", one_at(0, 2), "left and down")
wrong.value("shift_kernel", one_at(1, 2) - one_at(1, 1), "must not count")
wrong.value("shift_kernel", torch.ones(3, 3), "exactly one number")
wrong.value("shift_kernel", torch.tensor([0.0, 0, 1]), "shape (3, 3) is wanted")
wrong.value("shift_kernel", "left", "3 × 3 numbers")
wrong.value("shift_kernel", 3 * one_at(1, 2), "the one number must be 1")
wrong.value("shift_kernel", -one_at(1, 2), "the one number must be 1")
wrong.value("shift_kernel", torch.zeros(3, 3), "black picture")
wrong.value("shift_kernel", torch.zeros(5, 5), "shape (3, 3) is wanted, not (5, 5)")
wrong.value("shift_kernel", one_at(1, 0), "picture=tensor([[0, 0, 0], [0, 1, 0], [0, 0, 0]])")


@wrong("field_of_view", "multiply step after adding")
def view_stride_too_early(layers):
    seen, step = 1, 1
    for kernel_size, stride in layers:
        step *= stride
        seen += (kernel_size - 1) * step
    return seen


@wrong("field_of_view", "multiply by step")
def view_without_stride(layers):
    return 1 + sum(kernel_size - 1 for kernel_size, _ in layers)


@wrong("field_of_view", "adds k - 1, not k")
def view_whole_kernels(layers):
    seen, step = 0, 1
    for kernel_size, stride in layers:
        seen += kernel_size * step
        step *= stride
    return seen


@wrong("field_of_view", "start at 1")
def view_from_zero(layers):
    seen, step = 0, 1
    for kernel_size, stride in layers:
        seen += (kernel_size - 1) * step
        step *= stride
    return seen


@wrong("field_of_view", "*all* layers before")
def view_last_stride_only(layers):
    seen, step = 1, 1
    for kernel_size, stride in layers:
        seen += (kernel_size - 1) * step
        step = stride
    return seen


@wrong("field_of_view", "not its own stride")
def view_own_stride(layers):
    return 1 + sum((kernel_size - 1) * stride for kernel_size, stride in layers)


@wrong("field_of_view", "kernels overlap")
def view_sum_of_kernels(layers):
    return sum(kernel_size for kernel_size, _ in layers)


@wrong("field_of_view", "not the area")
def view_area(layers):
    return view_from_the_end(layers) ** 2


@wrong("field_of_view", "opposite order")
def view_rule_walked_forwards(layers):
    seen = 1
    for kernel_size, stride in layers:
        seen = (seen - 1) * stride + kernel_size
    return seen


@wrong("field_of_view", "opposite order")
def view_backwards(layers):
    seen, step = 1, 1
    for kernel_size, stride in reversed(layers):
        seen += (kernel_size - 1) * step
        step *= stride
    return seen


test_is_told_the_mistake, test_three_or_more = wrong.tests()


@pytest.mark.parametrize("kernel", [torch.zeros(5, 5), torch.tensor([0.0, 1]), "left"])
def test_a_kernel_of_another_form_is_told_nothing_else(kernel):
    assert "several pixels" not in judge(kernel, "shift_kernel").text


def test_first_picture_has_no_minus_zero():
    assert "-0" not in judge(slide_range_too_short, "slide_window").text


def by_unfold(image, kernel, stride=1):
    columns = image.unfold(0, kernel.shape[0], stride).unfold(1, kernel.shape[1], stride)
    return (columns * kernel).sum(dim=(2, 3))


def by_lists(image, kernel, stride=1):
    height, width = kernel.shape
    tops = range(0, image.shape[0] - height + 1, stride)
    lefts = range(0, image.shape[1] - width + 1, stride)
    return torch.tensor(
        [
            [(image[y : y + height, x : x + width] * kernel).sum().item() for x in lefts]
            for y in tops
        ]
    )


def size_by_counting(size, kernel_size, stride=1, padding=0, dilation=1):
    reach = dilation * (kernel_size - 1) + 1
    return len(range(0, size + 2 * padding - reach + 1, stride))


def shape_from_the_layer(in_channels, out_channels, kernel_size, groups=1):
    return tuple(nn.Conv2d(in_channels, out_channels, kernel_size, groups=groups).weight.shape)


def products_by_weights(in_channels, out_channels, kernel_size, height, width, groups=1):
    return int(np.prod((out_channels, in_channels // groups, kernel_size))) * (
        kernel_size * height * width
    )


def view_from_the_end(layers):
    seen = 1
    for kernel_size, stride in reversed(layers):
        seen = (seen - 1) * stride + kernel_size
    return seen


def separable_same(in_channels, out_channels):
    depthwise = nn.Conv2d(
        in_channels, in_channels, (3, 3), padding="same", groups=in_channels, bias=False
    )
    return nn.Sequential(depthwise, nn.Conv2d(in_channels, out_channels, 1, bias=False))


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("slide_window", by_unfold),
        ("slide_window", by_lists),
        ("output_size", size_by_counting),
        ("weight_shape", shape_from_the_layer),
        ("multiply_adds", products_by_weights),
        ("field_of_view", view_from_the_end),
        ("repair_separable", separable_same),
        ("repair_separable", repair_separable.reference),
        ("shift_kernel", one_at(1, 2)),
        ("shift_kernel", torch.tensor([[0, 0, 0], [0, 0, 1], [0, 0, 0]])),
        ("shift_kernel", [[0, 0, 0], [0, 0, 1], [0, 0, 0]]),
    ],
)
def test_other_right_answers(name, answer):
    verdict = judge(answer, name)
    assert verdict.status == "solved", verdict.text
