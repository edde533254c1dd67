"""Exercises of notebook 11, second part: any size in, and back to where it came from."""

from math import ceil

import torch
from torch import nn
from torch.nn import functional as F

from ._define import Finding, Mistake, collect, exercise
from ._run import Raised


def _windows_by_torch(size, outputs):
    """Read the windows off PyTorch's own gradient."""
    windows = []
    for place in range(outputs):
        row = torch.ones(1, size, requires_grad=True)
        F.adaptive_avg_pool1d(row, outputs)[0, place].backward()
        touched = row.grad[0].nonzero()[:, 0]
        windows.append((int(touched.min()), int(touched.max()) + 1))
    return windows


def _windows(size, outputs, *, first=lambda a: a // 1, last=ceil):
    return [
        (int(first(i * size / outputs)), int(last((i + 1) * size / outputs)))
        for i in range(outputs)
    ]


@exercise(
    oracle=_windows_by_torch,
    cases=lambda rng: {"size": rng.randint(1, 20), "outputs": rng.randint(1, 8)},
    hints=[
        "One pair for each i in range(outputs).",
        "The start is i * size // outputs. -(-a // b) is a / b rounded up.",
        "(i * size // outputs, -(-(i + 1) * size // outputs))",
    ],
    mistakes=[
        Mistake(
            "round the end up: windows may overlap",
            like=lambda size, outputs: _windows(size, outputs, last=int),
        ),
        Mistake(
            "round the start down", like=lambda size, outputs: _windows(size, outputs, first=ceil)
        ),
        Mistake(
            "round() goes to the nearest number: the start down, the end up",
            like=lambda size, outputs: _windows(size, outputs, first=round, last=round),
        ),
        Mistake(
            "the end is not included: one more than the last pixel",
            like=lambda size, outputs: [(a, b - 1) for a, b in _windows(size, outputs)],
        ),
        Mistake(
            "these windows all have one size; the adaptive ones need not",
            like=lambda size, outputs: [
                (i * (size // outputs), (i + 1) * (size // outputs)) for i in range(outputs)
            ],
        ),
        Mistake(
            "whole numbers are wanted: // instead of /",
            when=lambda case, got, expected: (
                isinstance(got, list)
                and any(isinstance(end, float) for pair in got for end in pair)
            ),
        ),
    ],
)
def adaptive_windows(size, outputs):
    """Return a list of pairs (start, end), end not included, one for each output."""
    return [(i * size // outputs, -(-(i + 1) * size // outputs)) for i in range(outputs)]


def repair_head_starter(channels, classes):
    """Return a model (B, channels, H, W) -> (B, classes) for any H and W."""
    return nn.Sequential(
        nn.AvgPool2d(8),
        nn.Flatten(),
        nn.Linear(channels, classes),
    )


def _answers_of_head(build, channels, classes):
    model = build(channels, classes)
    if not isinstance(model, nn.Module):
        raise Finding("return a model, such as nn.Sequential(...)")
    linear = [layer for layer in model.modules() if isinstance(layer, nn.Linear)]
    if len(linear) != 1:
        raise Finding(f"one nn.Linear is wanted; yours has {len(linear)}")
    rng = torch.Generator().manual_seed(0)
    report = {}
    with torch.no_grad():
        linear[0].weight.copy_(torch.rand(linear[0].weight.shape, generator=rng))
        if linear[0].bias is not None:
            linear[0].bias.copy_(torch.rand(linear[0].bias.shape, generator=rng))
        for height, width in ((8, 8), (5, 9), (16, 16), (2, 3), (1, 1)):
            maps = torch.rand(2, channels, height, width, generator=rng)
            report[f"answer to {height} × {width} maps"] = model(maps)
    return report


def _raised(words):
    return lambda case, got, expected: isinstance(got, Raised) and words in got.text


@exercise(
    starter=repair_head_starter,
    observe=_answers_of_head,
    cases=lambda rng: {"channels": rng.randint(1, 6), "classes": rng.randint(2, 5)},
    praise="one mean for each channel, whatever the size",
    hints=[
        "Which layer knows the number 8?",
        "You want one number for each channel, whatever comes in.",
        "nn.AdaptiveAvgPool2d(1)",
    ],
    mistakes=[
        Mistake(
            "the means are right for 8 × 8; here a maximum is taken instead of a mean",
            like=lambda channels, classes: nn.Sequential(
                nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(channels, classes)
            ),
        ),
        Mistake(
            "something in it has a fixed size: say what comes out, not how large the window is",
            when=_raised("Output size is too small"),
        ),
        Mistake(
            "one number for each channel must reach the linear layer: AdaptiveAvgPool2d(1), "
            "then Flatten",
            when=_raised("shapes cannot be multiplied"),
        ),
    ],
)
def repair_head(channels, classes):
    """Return a model (B, channels, H, W) -> (B, classes) for any H and W."""
    return nn.Sequential(
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(channels, classes),
    )


def _pooled(rng):
    def make():
        height, width = 2 * rng.randint(1, 3), 2 * rng.randint(1, 3)
        values, places = F.max_pool2d(
            torch.randperm(height * width).float().reshape(1, height, width) + 1,
            2,
            return_indices=True,
        )
        return {"values": values[0], "places": places[0], "height": height, "width": width}

    return rng.build(make)


def _unpool_by_torch(values, places, height, width):
    return F.max_unpool2d(values[None], places[None], 2, output_size=(height, width))[0]


def _placed(values, places, height, width, *, row=None):
    output = torch.zeros(height, width)
    for value, place in zip(values.flatten(), places.flatten().tolist(), strict=True):
        output[(place // (row or width)) % height, place % (row or width) % width] = value
    return output


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
            like=lambda values, places, height, width: _placed(
                values, places, height, width, row=height
            ),
        ),
        Mistake(
            "rows and columns are exchanged",
            like=lambda values, places, height, width: (
                torch.zeros(width, height)
                .flatten()
                .index_put((places.flatten(),), values.flatten())
                .reshape(width, height)
                .T
            ),
        ),
        Mistake(
            "this repeats each value over its whole window; only its own place gets it",
            like=lambda values, places, height, width: values.repeat_interleave(
                2, dim=0
            ).repeat_interleave(2, dim=1),
        ),
        Mistake(
            "each value belongs to its place, not to the upper left corner of its window",
            when=lambda case, got, expected: (
                isinstance(got, torch.Tensor)
                and got.shape == expected.shape
                and torch.equal(got[::2, ::2], case["values"].to(got.dtype))
            ),
        ),
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
