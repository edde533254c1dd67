"""Exercises of notebook 10, fourth part: depthwise and pointwise, repaired."""

import torch
from torch import nn

from ._define import Finding, Mistake, collect, exercise
from ._run import Raised


def repair_separable_starter(in_channels, out_channels):
    """Return Sequential(depthwise 3×3, pointwise 1×1): (B, in, H, W) -> (B, out, H, W)."""
    depthwise = nn.Conv2d(in_channels, in_channels, 3, bias=False)
    pointwise = nn.Conv2d(out_channels, out_channels, 1, bias=False)
    return nn.Sequential(depthwise, pointwise)


def _describe_pair(build, in_channels, out_channels):
    model = build(in_channels, out_channels)
    if not isinstance(model, nn.Sequential) or len(model) != 2:
        raise Finding("return nn.Sequential(depthwise, pointwise): two layers")
    if not all(isinstance(layer, nn.Conv2d) for layer in model):
        raise Finding("both layers are nn.Conv2d")
    report = {
        f"{name} weight": tuple(layer.weight.shape)
        for name, layer in zip(("depthwise", "pointwise"), model, strict=True)
    }
    report["biases"] = sum(layer.bias is not None for layer in model)
    pictures = torch.linspace(-1, 1, 2 * in_channels * 5 * 7).reshape(2, in_channels, 5, 7)
    with torch.no_grad():
        for weight in model.parameters():
            weight.copy_(torch.linspace(-1, 2, weight.numel()).reshape(weight.shape))
        report["first layer's output"] = tuple(model[0](pictures).shape)
        report["output"] = tuple(model(pictures).shape)
        report["numbers, with known weights"] = model(pictures)
    return report


def _differs(*names):
    return lambda case, got, expected: (
        isinstance(got, dict) and any(got[name] != expected[name] for name in names)
    )


def _channels_clash(case, got, expected):
    return isinstance(got, Raised) and "to have" in got.text


@exercise(
    starter=repair_separable_starter,
    observe=_describe_pair,
    cases=lambda rng: {"in_channels": rng.randint(2, 6), "out_channels": rng.randint(2, 12)},
    praise="each channel alone, then all of them mixed",
    hints=[
        "What does the second layer get? How many channels come out of the first?",
        "Without groups, every kernel of the first layer reads all channels.",
        "Kernel 3 needs padding=1 to keep height and width; groups=in_channels makes it depthwise.",
    ],
    mistakes=[
        Mistake(
            "the second layer gets what the first one gives: its in_channels are in_channels",
            when=_channels_clash,
        ),
        Mistake(
            "the depthwise layer keeps the number of channels: in_channels in, in_channels out, "
            "and as many groups",
            when=lambda case, got, expected: isinstance(got, Raised) and "divisible" in got.text,
        ),
        Mistake(
            "the first layer is not depthwise: every kernel reads all channels; groups=in_channels",
            when=lambda case, got, expected: (
                isinstance(got, dict) and got["depthwise weight"][1] != 1
            ),
        ),
        Mistake(
            "the depthwise layer keeps the number of channels; the pointwise one changes it",
            when=lambda case, got, expected: (
                isinstance(got, dict) and got["depthwise weight"][0] != case["in_channels"]
            ),
        ),
        Mistake(
            "height and width must stay as they are: kernel 3 needs padding=1",
            when=_differs("output", "first layer's output"),
        ),
        Mistake(
            "pointwise means a 1 × 1 kernel, without groups", when=_differs("pointwise weight")
        ),
        Mistake("without biases: bias=False in both", when=_differs("biases")),
        Mistake("depthwise here means a 3 × 3 kernel", when=_differs("depthwise weight")),
        Mistake(
            "the shapes are right, the numbers are not: padding=1 with zeros, no dilation",
            when=lambda case, got, expected: isinstance(got, dict),
        ),
    ],
)
def repair_separable(in_channels, out_channels):
    """Return Sequential(depthwise 3×3, pointwise 1×1): (B, in, H, W) -> (B, out, H, W)."""
    depthwise = nn.Conv2d(in_channels, in_channels, 3, padding=1, groups=in_channels, bias=False)
    pointwise = nn.Conv2d(in_channels, out_channels, 1, bias=False)
    return nn.Sequential(depthwise, pointwise)


EXERCISES = collect(vars())
