"""Exercises of notebook 14, second part: the parameters of a layer and of a model."""

import torch
from torch import nn

from ._define import Mistake, collect, exercise


def _conv_numbers(in_channels, out_channels, kernel_size, bias=True):
    layer = nn.Conv2d(in_channels, out_channels, kernel_size, bias=bias, device="meta")
    return sum(parameter.numel() for parameter in layer.parameters())


def _layer_sizes(rng):
    sizes = {"in_channels": rng.randint(1, 9), "out_channels": rng.randint(1, 9)}
    bias = rng.choice([{}, {"bias": True}, {"bias": False}])  # {}: the default
    return {**sizes, "kernel_size": rng.randint(1, 5), **bias}


@exercise(
    oracle=_conv_numbers,
    against="PyTorch",
    cases=_layer_sizes,
    hints=[
        "One output channel has one kernel: kernel_size × kernel_size × in_channels weights.",
        "There are out_channels of them, each with one bias (if bias is True).",
    ],
    mistakes=[
        Mistake(
            "the biases are missing: one for each output channel",
            like=(lambda i, o, k, bias=True: o * i * k * k),
        ),
        Mistake("bias=False means no biases", like=lambda i, o, k, bias=True: o * i * k * k + o),
        Mistake(
            "a bias belongs to an output channel, not to an input channel",
            like=(lambda i, o, k, bias=True: o * i * k * k + i * bias),
        ),
        Mistake(
            "one bias for each output channel, not one for the layer",
            like=(lambda i, o, k, bias=True: o * i * k * k + bias),
        ),
        Mistake(
            "there is one such kernel for each output channel",
            like=(lambda i, o, k, bias=True: i * k * k + o * bias),
        ),
        Mistake(
            "without a bias the weights are still there: a + b if bias else 0 means "
            "(a + b) if bias else 0",
            like=(lambda i, o, k, bias=True: o * i * k * k + o if bias else 0),
        ),
        Mistake(
            "a slice has no bias of its own: one for each output channel",
            like=(lambda i, o, k, bias=True: o * i * (k * k + bias)),
        ),
        Mistake(
            "^ is not a power in Python: write ** or a product",
            like=(lambda i, o, k, bias=True: o * i * (k ^ 2) + o * bias),
        ),
        Mistake(
            "a kernel is kernel_size × kernel_size",
            like=(lambda i, o, k, bias=True: o * i * k + o * bias),
        ),
        Mistake(
            "every kernel has a slice for each input channel",
            like=(lambda i, o, k, bias=True: o * k * k + o * bias),
        ),
    ],
)
def conv_parameters(in_channels, out_channels, kernel_size, bias=True):
    """Return how many numbers a Conv2d learns."""
    weights = out_channels * in_channels * kernel_size * kernel_size
    return weights + out_channels if bias else weights


class Scaled(nn.Module):
    """A model with a parameter of its own, and no Sequential."""

    def __init__(self, features):
        super().__init__()
        self.layer = nn.Linear(features, 2)
        self.scale = nn.Parameter(torch.ones(features))  # (features,)

    def forward(self, x):
        """Return the layer's output for ``x`` (B, features), scaled first."""
        return self.layer(self.scale * x)


def _some_model(rng):
    def make():
        if rng.random() < 0.3:
            return Scaled(rng.randint(1, 5))
        inner = nn.Sequential(nn.Conv2d(3, rng.randint(1, 4), 3), nn.BatchNorm2d(2))
        layers = [inner, nn.Linear(rng.randint(1, 5), 2, bias=rng.random() < 0.5)]
        model = nn.Sequential(*rng.sample(layers, rng.randint(1, 2)), nn.ReLU())
        if rng.random() < 0.5:
            next(model.parameters()).requires_grad_(False)
        return model

    return {"model": rng.build(make)}


def _numbers_of(models):
    return sum(p.numel() for model in models for p in model.parameters())


@exercise(
    oracle=lambda model: nn.utils.parameters_to_vector(model.parameters()).numel(),
    against="PyTorch",
    cases=_some_model,
    count=40,
    hints=[
        "model.parameters() goes over all weights and biases, also of layers inside layers.",
        "A tensor says with .numel() how many numbers it holds. Add them up.",
    ],
    mistakes=[
        Mistake(
            "you count tensors; ask each with .numel() how many numbers it has",
            like=(lambda model: len(list(model.parameters()))),
        ),
        Mistake(
            "len(tensor) is its first dimension only; .numel() counts every number",
            like=(lambda model: sum(len(p) for p in model.parameters())),
        ),
        Mistake(
            "state_dict also holds BatchNorm's running statistics, which nobody learns",
            like=(lambda model: sum(t.numel() for t in model.state_dict().values())),
        ),
        Mistake(
            "the biases are missing",
            like=lambda model: sum(
                p.numel() for name, p in model.named_parameters() if "bias" not in name
            ),
        ),
        Mistake(
            "the weights of layers are not all: biases and a model's own parameters count too",
            like=lambda model: sum(
                p.numel() for name, p in model.named_parameters() if name.endswith("weight")
            ),
        ),
        Mistake(
            "not every model can be gone through layer by layer: ask model.parameters()",
            like=lambda model: _numbers_of(model),
        ),
        Mistake(
            "a model can have parameters of its own besides its layers: ask model.parameters()",
            like=lambda model: _numbers_of(model.children()),
        ),
        Mistake(
            "numbers are counted twice: modules() gives a layer and what it stands in, "
            "and parameters() of each goes all the way down; ask model.parameters() once",
            like=lambda model: _numbers_of(model.modules()),
        ),
        Mistake(
            "recurse=False leaves out the layers inside: without it parameters() goes all the way",
            like=lambda model: sum(p.numel() for p in model.parameters(recurse=False)),
        ),
        Mistake(
            "frozen parameters (requires_grad=False) are parameters too",
            like=(lambda model: sum(p.numel() for p in model.parameters() if p.requires_grad)),
        ),
    ],
)
def count_parameters(model):
    """Return how many numbers are in all parameters of ``model``, frozen ones too."""
    return sum(parameter.numel() for parameter in model.parameters())


EXERCISES = collect(vars())
