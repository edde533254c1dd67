"""Exercises of notebook 11, third part: any size in, one size out."""

from math import ceil

import torch
from torch import nn
from torch.nn import functional as F

from ._compare import difference
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


def _as_tuples(answer, size, outputs):
    """A pair may be a list as well."""
    windows = answer(size, outputs)
    if not isinstance(windows, list):
        return windows
    return [tuple(pair) if isinstance(pair, list) else pair for pair in windows]


@exercise(
    oracle=_windows_by_torch,
    observe=_as_tuples,
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
            "-(-a // b) rounds up: two minus signs, the inner one within the brackets",
            like=lambda size, outputs: [
                (i * size // outputs, -(i + 1) * size // outputs) for i in range(outputs)
            ],
        ),
        Mistake(
            "the first window begins at pixel 0: i counts from 0",
            when=lambda case, got, expected: got[0][0] != 0,
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
    rng = torch.Generator().manual_seed(0)
    with torch.no_grad():
        model(torch.zeros(2, channels, 8, 8))  # a LazyLinear knows its size from here on
        _same_weights(model, channels, rng)
        return {
            f"answer to {height} × {width} maps": model(
                torch.randn(2, channels, height, width, generator=rng)
            )
            for height, width in ((8, 8), (12, 12), (5, 9), (16, 16), (2, 3), (1, 1))
        }


def _same_weights(model, channels, rng):
    linear = [layer for layer in model.modules() if isinstance(layer, nn.Linear)]
    if len(linear) != 1:
        raise Finding(f"one nn.Linear is wanted; yours has {len(linear)}")
    if linear[0].in_features not in (1, channels):  # 1: Flatten was forgotten
        raise Finding(
            f"your nn.Linear takes {linear[0].in_features} numbers. For 8 × 8 the answers must "
            f"stay what they were: one mean for each channel, {channels} here"
        )
    for parameter in linear[0].parameters():
        parameter.copy_(torch.randn(parameter.shape, generator=rng))


def _raised(words):
    return lambda case, got, expected: isinstance(got, Raised) and words in got.text


def _right_for_eight(got, expected):
    first = next(iter(expected))
    return difference(got[first], expected[first]) is None


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
        Mistake(
            "Flatten is missing: (B, channels, 1, 1) -> (B, channels)",
            when=lambda case, got, expected: any(answer.ndim != 2 for answer in got.values()),
        ),
        Mistake(
            "it is right for 8 × 8; of other maps every pixel must count alike, too",
            when=lambda case, got, expected: _right_for_eight(got, expected),
        ),
        Mistake(
            "for 8 × 8 the answers must stay what they were: one mean for each channel, "
            "then the linear layer, nothing else",
            when=lambda case, got, expected: not _right_for_eight(got, expected),
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


EXERCISES = collect(vars())
