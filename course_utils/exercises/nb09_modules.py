"""Exercises of notebook 09: modules of one's own, and what they own."""

import torch
from torch import nn

from ._define import Finding, Mistake, collect, exercise
from ._run import Raised


def _describe_scale(make, channels):
    """What a learner sees of the module: its parameters, and its output with other numbers."""
    module = make(channels)
    if not isinstance(module, nn.Module):
        raise Finding(
            "a class that inherits from nn.Module is wanted: class ScaleAndShift(nn.Module)"
        )
    report = {"parameters": [(name, tuple(p.shape)) for name, p in _flat(module)]}
    images = torch.arange(2.0 * channels * 8).reshape(2, channels, 2, 4)
    report["output at the start"] = _output(module, images)
    with torch.no_grad():
        for factor, (_, parameter) in enumerate(_flat(module), start=2):
            numbers = torch.arange(1.0, parameter.numel() + 1).reshape(parameter.shape)
            parameter.copy_(numbers * factor)
    report["output after scale and shift have changed"] = _output(module, images)
    if report["parameters"]:
        module(images).sum().backward()
    report["every parameter gets a gradient"] = all(p.grad is not None for _, p in _flat(module))
    return report


def _output(module, images):
    given = images.clone()
    result = module(given)
    if not torch.equal(given, images):
        raise Finding("forward changed its input x in place: make the result anew, x * ... + ...")
    return result


def _flat(module):
    """Parameters by name; (C, 1, 1) is as good as (C,)."""
    return sorted(module.named_parameters(), key=lambda item: item[0])


def _same_but_for_ones(shapes):
    return [(name, tuple(n for n in shape if n != 1) or (1,)) for name, shape in shapes]


def _observe_scale(make, channels):
    report = _describe_scale(make, channels)
    report["parameters"] = _same_but_for_ones(report["parameters"])
    return report


def _raised(*words):
    return lambda case, got, expected: isinstance(got, Raised) and any(w in got.text for w in words)


def _lacks_parameters(case, got, expected):
    return isinstance(got, dict) and not got["parameters"]


def _not_two_tensors(case, got, expected):
    names = {name for name, _ in got["parameters"]}
    return names != {"scale", "shift"} and {n.split(".")[0] for n in names} & {"scale", "shift"}


def _other_names(case, got, expected):
    return isinstance(got, dict) and {n for n, _ in got["parameters"]} != {"scale", "shift"}


def _wrong_start(case, got, expected):
    name = "output at the start"
    return isinstance(got, dict) and not _alike(got[name], expected[name])


def _alike(a, b):
    return isinstance(a, torch.Tensor) and a.shape == b.shape and torch.allclose(a, b)


def _numbers_per_channel(case, got, expected):
    return isinstance(got, dict) and got["parameters"] != expected["parameters"]


@exercise(
    observe=_observe_scale,
    cases=[{"channels": 3}, {"channels": 1}, {"channels": 2}, {"channels": 5}],
    praise="two numbers for each channel, and both can learn",
    hints=[
        "super().__init__() first; then self.scale = nn.Parameter(torch.ones(channels)).",
        "scale has shape (C,), x has (B, C, H, W): scale[:, None, None] lines them up.",
        "return x * self.scale[:, None, None] + self.shift[:, None, None]",
    ],
    mistakes=[
        Mistake(
            "super().__init__() must come first in __init__",
            when=_raised("Module.__init__() call", "_parameters"),
        ),
        Mistake("forward must return its result", when=_raised("NoneType")),
        Mistake(
            "scale is not lined up with the channels: use scale[:, None, None], or make it "
            "(C, 1, 1)",
            when=_raised("must match the size", "broadcast"),
        ),
        Mistake(
            "the result does not depend on the parameters for autograd: leave out .data and "
            "detach()",
            when=lambda case, got, expected: (
                "does not require grad" in got.text
                if isinstance(got, Raised)
                else got["parameters"] == expected["parameters"]
                and not got["every parameter gets a gradient"]
            ),
        ),
        Mistake(
            "there is no parameter: wrap the tensors in nn.Parameter, in __init__",
            when=_lacks_parameters,
        ),
        Mistake(
            "both scale and shift must be parameters, each one tensor of `channels` numbers",
            when=_not_two_tensors,
        ),
        Mistake("the parameters are called scale and shift", when=_other_names),
        Mistake(
            "one number for each channel in scale, and one in shift", when=_numbers_per_channel
        ),
        Mistake(
            "at the start nothing may change: scale is ones, shift is zeros", when=_wrong_start
        ),
        Mistake(
            "right at the start; with other numbers it is not x * scale + shift for each channel",
            when=lambda case, got, expected: isinstance(got, dict),
        ),
    ],
)
class ScaleAndShift(nn.Module):
    """Learnable contrast (``scale``) and brightness (``shift``) for each channel."""

    def __init__(self, channels):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(channels))
        self.shift = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        """Return ``x * scale + shift``, channel by channel, for (B, C, H, W)."""
        return x * self.scale[:, None, None] + self.shift[:, None, None]


EXERCISES = collect(vars())
