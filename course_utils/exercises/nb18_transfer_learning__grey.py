"""Exercises of notebook 18: a network for grey pictures."""

import torch
from torch import nn

from ._compare import kind_of
from ._define import Finding, Mistake, collect, exercise
from ._run import Raised


def _raised(*words):
    return lambda case, got, expected: isinstance(got, Raised) and any(w in got.text for w in words)


def _convolution(rng):
    settings = {
        "kernel_size": rng.choice([1, 3, (3, 1), 5]),
        "stride": rng.choice([1, 2]),
        "padding": rng.choice([0, 1]),
        "dilation": rng.choice([1, 1, 2]),
        "bias": rng.random() < 0.5,
        "padding_mode": rng.choice(["zeros", "zeros", "reflect"]),
    }
    return rng.build(lambda: nn.Conv2d(3, rng.randint(1, 4), **settings))


def _observe_grey(attempt, conv, seed):
    """Return what the new layer makes of grey pictures, and whether the old one is as it was."""
    before = [p.detach().clone() for p in conv.parameters()]
    layer = attempt(conv)
    if not isinstance(layer, nn.Conv2d):
        raise Finding(f"it returns {kind_of(layer)}, not a Conv2d")
    grey = torch.randn(2, 1, 9, 11, generator=torch.Generator().manual_seed(seed))
    return {
        "channels": (layer.in_channels, layer.out_channels),
        "shape of the weight": tuple(layer.weight.shape),
        "the given layer is unchanged": (
            layer is not conv and all(map(torch.equal, before, conv.parameters()))
        ),
        "its output for grey pictures": layer(grey).detach(),
        "its weight can be trained": isinstance(layer.weight, nn.Parameter)
        and layer.weight.is_leaf
        and layer.weight.requires_grad,
        "it has a bias": layer.bias is not None,
        "the bias is the old one": _same_bias(layer.bias, conv.bias),
    }


def _same_bias(one, other):
    if one is None or other is None:
        return one is other
    return one.shape == other.shape and torch.allclose(one, other)


def _like(conv, **changes):
    names = ("kernel_size", "stride", "padding", "dilation", "padding_mode")
    settings = {name: getattr(conv, name) for name in names} | {"bias": conv.bias is not None}
    return nn.Conv2d(1, conv.out_channels, **(settings | changes))


@torch.no_grad()
def _grey(conv, weight, **changes):
    layer = _like(conv, **changes)
    layer.weight.copy_(weight(conv.weight))
    if layer.bias is not None:
        layer.bias.copy_(conv.bias)
    return layer


def _summed(weight):
    return weight.sum(dim=1, keepdim=True)


def _same_shapes(got, expected):
    names = ("shape of the weight", "its output for grey pictures")
    one, other = (tuple(getattr(r[n], "shape", r[n]) for n in names) for r in (got, expected))
    return one == other


@exercise(
    observe=_observe_grey,
    cases=lambda rng: {"conv": _convolution(rng), "seed": rng.randrange(1000)},
    oracle=lambda conv: _grey(conv, _summed),
    count=24,
    against="the old layer on three equal channels",
    praise="a grey picture gives what three equal channels gave before",
    hints=[
        "If all channels are equal, x·w0 + x·w1 + x·w2 = x·(w0 + w1 + w2).",
        "conv.weight is (out_channels, in_channels, kh, kw): add up dim 1, and keep it.",
        "Make nn.Conv2d(1, conv.out_channels, conv.kernel_size, stride=conv.stride, …) with the "
        "old settings, then copy_ weight and bias under torch.no_grad().",
    ],
    mistakes=[
        Mistake(
            "the mean makes the answers a third as large: add the channels up",
            like=lambda conv: _grey(conv, lambda w: w.mean(dim=1, keepdim=True)),
        ),
        Mistake(
            "the other channels' weights are lost: add all of them up",
            like=lambda conv: _grey(conv, lambda w: w[:, :1]),
        ),
        Mistake(
            "the bias is missing: the old layer has one",
            when=lambda case, got, expected: (
                isinstance(got, dict) and expected["it has a bias"] and not got["it has a bias"]
            ),
        ),
        Mistake(
            "the old layer has no bias, so the new one has none: bias=conv.bias is not None",
            when=lambda case, got, expected: (
                isinstance(got, dict) and got["it has a bias"] and not expected["it has a bias"]
            ),
        ),
        Mistake(
            "make a new layer: the given one must stay as it is",
            when=lambda case, got, expected: (
                isinstance(got, dict) and not got["the given layer is unchanged"]
            ),
        ),
        Mistake(
            "in_channels still says 3: make a new nn.Conv2d(1, …)",
            when=lambda case, got, expected: isinstance(got, dict) and got["channels"][0] == 3,
        ),
        Mistake(
            "the bias is a new one, or was changed: copy it as it is",
            when=lambda case, got, expected: (
                isinstance(got, dict) and not got["the bias is the old one"]
            ),
        ),
        Mistake(
            "the new layer must be able to learn: its weight needs requires_grad=True",
            when=lambda case, got, expected: (
                isinstance(got, dict) and not got["its weight can be trained"]
            ),
        ),
        Mistake(
            "keep the stride of the old layer", like=lambda conv: _grey(conv, _summed, stride=1)
        ),
        Mistake(
            "keep the padding of the old layer", like=lambda conv: _grey(conv, _summed, padding=0)
        ),
        Mistake(
            "keep the dilation of the old layer", like=lambda conv: _grey(conv, _summed, dilation=1)
        ),
        Mistake(
            "keep the padding_mode of the old layer",
            like=lambda conv: _grey(conv, _summed, padding_mode="zeros"),
        ),
        Mistake(
            "some settings of the old layer are lost: stride, padding, dilation?",
            when=lambda case, got, expected: (
                isinstance(got, dict)
                and got["shape of the weight"] == expected["shape of the weight"]
                and got["its output for grey pictures"].shape
                != expected["its output for grey pictures"].shape
            ),
        ),
        Mistake(
            "adding up dim 1 removes it: keepdim=True",
            when=_raised(
                "expected 4",
                "expected stride to be a single integer",
                "Expected 3D",
                "must match",
                "broadcast shape",
            ),
        ),
        Mistake(
            "the new layer must take one channel: nn.Conv2d(1, …), with a weight for one",
            when=_raised("Given groups"),
        ),
        Mistake(
            "bias wants True or False, not a tensor: bias=conv.bias is not None",
            when=_raised("Boolean value of Tensor", "bool value of Tensor"),
        ),
        Mistake(
            "the weight must be an nn.Parameter, or be copied under torch.no_grad()",
            when=_raised("cannot assign", "a leaf Variable", "a view of a leaf"),
        ),
        Mistake(
            "conv may have no bias: then conv.bias is None, and there is nothing to copy",
            when=_raised("NoneType"),
        ),
        Mistake(
            "the weights are not the sum of the old ones: copy it into the new layer",
            when=lambda case, got, expected: isinstance(got, dict) and _same_shapes(got, expected),
        ),
    ],
)
def grey_stem(conv):
    """Return a Conv2d with one input channel that gives for a grey picture what conv (groups=1)
    gives for three equal channels; all other settings are those of conv."""
    settings = ("stride", "padding", "dilation", "padding_mode")
    layer = nn.Conv2d(
        1,
        conv.out_channels,
        conv.kernel_size,
        bias=conv.bias is not None,
        **{name: getattr(conv, name) for name in settings},
    )
    with torch.no_grad():
        layer.weight.copy_(conv.weight.sum(dim=1, keepdim=True))
        if conv.bias is not None:
            layer.bias.copy_(conv.bias)
    return layer


EXERCISES = collect(vars())
