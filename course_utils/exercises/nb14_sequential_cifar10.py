"""Exercises of notebook 14: sizes and parameters by hand."""

import torch
from torch import nn

from ._define import Mistake, collect, exercise


def _padding_that_keeps(kernel_size):
    """Ask PyTorch: try paddings until a 32-pixel image keeps its size."""
    for padding in range(kernel_size):
        layer = nn.Conv2d(1, 1, kernel_size, padding=padding, device="meta")
        if layer(torch.empty(1, 1, 32, 32, device="meta")).shape[-1] == 32:
            return padding
    raise ValueError(f"no padding keeps the size with kernel {kernel_size}")


@exercise(
    oracle=_padding_that_keeps,
    against="PyTorch",
    errors=(ValueError,),
    cases=[{"kernel_size": k} for k in range(1, 16)],
    praise="PyTorch keeps the size with your padding for kernels 1 to 15",
    hints=[
        "Size after a convolution with stride 1: n + 2 * padding - kernel_size + 1. Set it to n.",
        "padding = (kernel_size - 1) / 2. For which kernels is that a whole number?",
        "raise ValueError(...) for an even kernel, (kernel_size - 1) // 2 for the others.",
    ],
    mistakes=[
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


def _traced(image_size, kernel_size, padding, blocks, pool=2):
    for _ in range(blocks):
        image_size = (image_size + 2 * padding - kernel_size + 1) // pool
    return image_size


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


def _true_division(n, k, p, c, blocks):
    for _ in range(blocks):
        n = (n + 2 * p - k + 1) / 2
    return c * n * n


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
        Mistake("pooling drops what is left over: // 2, not / 2", like=_true_division),
        Mistake(
            "only the convolutions count here: each block also pools",
            like=(lambda n, k, p, c, b: c * _traced(n, k, p, b, pool=1) ** 2),
        ),
        Mistake(
            "each block shrinks the image, not only the first",
            like=lambda n, k, p, c, b: c * _traced(n, k, p, 1) ** 2,
        ),
        Mistake(
            "a convolution without enough padding shrinks the image too",
            like=(lambda n, k, p, c, b: c * (n // 2**b) ** 2),
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


def _conv_numbers(in_channels, out_channels, kernel_size, bias=True):
    layer = nn.Conv2d(in_channels, out_channels, kernel_size, bias=bias, device="meta")
    return sum(parameter.numel() for parameter in layer.parameters())


def _layer_sizes(rng):
    sizes = {"in_channels": rng.randint(1, 9), "out_channels": rng.randint(1, 9)}
    return {**sizes, "kernel_size": rng.randint(1, 5), "bias": rng.random() < 0.7}


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


def _some_model(rng):
    def make():
        inner = nn.Sequential(nn.Conv2d(3, rng.randint(1, 4), 3), nn.BatchNorm2d(2))
        layers = [inner, nn.Linear(rng.randint(1, 5), 2, bias=rng.random() < 0.5)]
        model = nn.Sequential(*rng.sample(layers, rng.randint(1, 2)), nn.ReLU())
        if rng.random() < 0.5:
            next(model.parameters()).requires_grad_(False)
        return model

    return {"model": rng.build(make)}


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
                p.numel() for name, p in model.named_parameters() if name.endswith("weight")
            ),
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
