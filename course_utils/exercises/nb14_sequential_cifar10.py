"""Exercises of notebook 14: sizes by hand."""

import math

import torch
from torch import nn

from ._define import Mistake, collect, exercise
from ._run import Raised

ORDER = (
    "same_padding",
    "flat_features",
    "conv_parameters",
    "count_parameters",
    "build_classic",
    "repair_training_step",
    "add_relu",
)


def _padding_that_keeps(kernel_size):
    """Ask PyTorch: try paddings until a 32-pixel image keeps its size."""
    for padding in range(kernel_size):
        layer = nn.Conv2d(1, 1, kernel_size, padding=padding, device="meta")
        if layer(torch.empty(1, 1, 32, 32, device="meta")).shape[-1] == 32:
            return padding
    raise ValueError(f"no padding keeps the size with kernel {kernel_size}")


def _is_given_back(case, got, expected):
    """Recognise ``return ValueError(...)`` and ``return ValueError``."""
    kind = got if isinstance(got, type) else type(got)
    return issubclass(kind, Exception)


def _refuses_odd(case, got, expected):
    refused = isinstance(got, Raised) and issubclass(got.kind, ValueError)
    return refused and case["kernel_size"] % 2 == 1


@exercise(
    oracle=_padding_that_keeps,
    errors=(ValueError,),
    cases=[{"kernel_size": k} for k in range(1, 16)],
    praise="PyTorch keeps the size with your padding for kernels 1 to 15",
    hints=[
        "Size after a convolution with stride 1: n + 2 * padding - kernel_size + 1. Set it to n.",
        "padding = (kernel_size - 1) / 2. For which kernels is that a whole number?",
        "raise ValueError(...) for an even kernel, (kernel_size - 1) // 2 for the others.",
    ],
    mistakes=[
        Mistake(
            "an error is raised, not returned: raise it, do not return it", when=_is_given_back
        ),
        Mistake(
            "an odd kernel always has such a padding, kernel 1 too: 0",
            when=_refuses_odd,
        ),
        Mistake("that fits kernel 5 only: compute it from kernel_size", like=lambda k: 2),
        Mistake(
            "odd kernels are right; an even one has no such padding: raise a ValueError",
            like=lambda k: k // 2,
        ),
        Mistake(
            "odd kernels are right; an even one has no such padding: raise a ValueError",
            like=lambda k: (k - 1) // 2,
        ),
        Mistake("(kernel_size + 1) // 2 is one too many", like=lambda k: (k + 1) // 2),
        Mistake("half of that: the padding is added on both sides", like=lambda k: k - 1),
        Mistake("/ gives a float; a padding is a whole number, use //", like=lambda k: (k - 1) / 2),
    ],
)
def same_padding(kernel_size):
    """Return the padding that keeps the size at stride 1; ValueError where there is none."""
    if kernel_size % 2 == 0:
        raise ValueError(f"no padding keeps the size with an even kernel ({kernel_size})")
    return (kernel_size - 1) // 2


def _measured_features(image_size, kernel_size, padding, out_channels, blocks):
    """Ask PyTorch: run an empty image through the layers."""
    layers = []
    for block in range(blocks):
        channels = 3 if block == 0 else out_channels
        layers += [nn.Conv2d(channels, out_channels, kernel_size, padding=padding), nn.MaxPool2d(2)]
    network = nn.Sequential(*layers, nn.Flatten()).to("meta")
    return network(torch.empty(1, 3, image_size, image_size, device="meta")).shape[1]


def _traced(n, kernel_size, padding, blocks, *, sides=2, plus=1, pool=lambda n: n // 2):
    for _ in range(blocks):
        n = pool(n + sides * padding - kernel_size + plus)
    return n


def _block_cases(rng):
    kernel_size, blocks = rng.randint(1, 5), rng.randint(1, 3)
    padding = rng.randint(0, kernel_size // 2)
    image_size = rng.randint(3, 40)
    while _traced(image_size, kernel_size, padding, blocks) < 1:
        image_size += 8
    return {
        "image_size": image_size,
        "kernel_size": kernel_size,
        "padding": padding,
        "out_channels": rng.randint(1, 8),
        "blocks": blocks,
    }


def _pooled_first(n, kernel_size, padding, blocks):
    for _ in range(blocks):
        n = n // 2 + 2 * padding - kernel_size + 1
    return n


def _features(follow=_traced, whole=lambda number: number, **changes):
    """Return a wrong answer: the size followed in another way, the rest right."""
    return lambda n, k, p, c, b: whole(c * follow(n, k, p, b, **changes) ** 2)


_HALVES = "pooling drops what is left over: use // 2 in every block, not / 2"


@exercise(
    oracle=_measured_features,
    against="PyTorch",
    cases=_block_cases,
    hints=[
        "One block is a convolution (stride 1) and a MaxPool2d(2). Follow the size block by block.",
        "Convolution: n + 2 * padding - kernel_size + 1. Pooling: // 2.",
        "Flatten lays out_channels maps of n × n numbers in a row.",
    ],
    mistakes=[
        Mistake(
            "the size is right, the channels are missing",
            like=lambda n, k, p, c, b: _traced(n, k, p, b) ** 2,
        ),
        Mistake(
            "a map has height and width: n * n", like=lambda n, k, p, c, b: c * _traced(n, k, p, b)
        ),
        Mistake(_HALVES, like=_features(pool=lambda n: n / 2)),
        Mistake(_HALVES, like=_features(pool=lambda n: n / 2, whole=int)),
        Mistake(_HALVES, like=_features(pool=lambda n: n / 2, whole=round)),
        Mistake(
            "pooling rounds down: what is left over is dropped, use // 2 in every block",
            like=_features(pool=lambda n: math.ceil(n / 2)),
        ),
        Mistake(
            "pooling rounds down, round() sometimes up: use // 2 in every block",
            like=_features(pool=lambda n: round(n / 2)),
        ),
        Mistake(
            "the + 1 is missing: a convolution gives n + 2 * padding - kernel_size + 1",
            like=_features(plus=0),
        ),
        Mistake("the padding is added on both sides: 2 * padding", like=_features(sides=1)),
        Mistake("the padding is missing: it makes the image larger", like=_features(sides=0)),
        Mistake(
            "each block convolves first and pools then: this is the other order",
            like=_features(_pooled_first),
        ),
        Mistake(
            "only the convolutions count here: each block also pools",
            like=_features(pool=lambda n: n),
        ),
        Mistake(
            "each block pools, not only the last one",
            like=lambda n, k, p, c, b: c * (_traced(n, k, p, b, pool=lambda n: n) // 2) ** 2,
        ),
        Mistake(
            "every convolution has out_channels channels: they do not multiply",
            like=lambda n, k, p, c, b: c**b * _traced(n, k, p, b) ** 2,
        ),
        Mistake(
            "each block shrinks the image, not only the first",
            like=lambda n, k, p, c, b: c * _traced(n, k, p, 1) ** 2,
        ),
        Mistake(
            "a convolution without enough padding shrinks the image too",
            like=lambda n, k, p, c, b: c * (n // 2**b) ** 2,
        ),
    ],
)
def flat_features(image_size, kernel_size, padding, out_channels, blocks):
    """Return how many numbers Flatten gives after ``blocks`` × (Conv2d, MaxPool2d(2))."""
    size = image_size
    for _ in range(blocks):
        size = size + 2 * padding - kernel_size + 1
        size = size // 2
    return out_channels * size * size


EXERCISES = collect(vars())
