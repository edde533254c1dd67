"""Exercises of notebook 14, third part: the classic network."""

from itertools import pairwise

from torch import nn

from ._define import Mistake, collect, exercise
from ._probes import describe_network

_HALVE, _FLATTEN = nn.MaxPool2d(2), (nn.Flatten(),)

STAR_FORGOTTEN = Mistake(
    "nn.Sequential takes the layers one by one: nn.Sequential(*layers), with a star",
    when=lambda case, got, expected: any(
        f" {kind} is not a Module" in got.text for kind in ("list", "tuple", "<genexpr>")
    ),
)


def _first_other_shape(got, expected):
    """Return the label of the first shape that differs, and both shapes."""
    if got["layers"] != expected["layers"]:
        return "", (), ()
    labels = (key for key in expected if key.startswith("shape") and got[key] != expected[key])
    label = next(labels, "")
    return label, got.get(label, ()), expected.get(label, ())


def _has_other_channels(case, got, expected):
    label, shape, right = _first_other_shape(got, expected)
    return "Conv2d" in label and shape[1] != right[1]


def _lacks(got, expected):
    """Return how many parameters are missing where all layers and shapes are right, else 0."""
    same = all(got[key] == expected[key] for key in expected if key.startswith(("lay", "shape")))
    return expected["parameters"] - got["parameters"] if same else 0


def _classic(
    *,
    kernel_size=5,
    padding=2,
    padding_mode="zeros",
    widths=(3, 32, 32, 64),
    hidden=64,
    relu=(),
    pool=_HALVE,
    flatten=_FLATTEN,
    last=(),
):
    """Return the classic network, or what becomes of it when one choice is different."""
    layers, settings = [], {"padding": padding, "padding_mode": padding_mode}
    for channels, out_channels in pairwise(widths):
        layers += [nn.Conv2d(channels, out_channels, kernel_size, **settings), *relu, pool]
    head = [nn.Linear(1024, hidden), nn.Linear(hidden, 10)] if hidden else [nn.Linear(1024, 10)]
    return nn.Sequential(*layers, *flatten, *head, *last)


@exercise(
    observe=describe_network,
    praise="145,578 parameters, and every layer gives the right shape",
    hints=[
        "Three times Conv2d and MaxPool2d(2), then Flatten and two Linear layers.",
        "Channels 3 → 32 → 32 → 64, kernel 5; padding 2 keeps the size at each convolution.",
        "32 is halved three times: 64 · 4 · 4 = 1024 numbers go into Linear(1024, 64).",
    ],
    mistakes=[
        STAR_FORGOTTEN,
        Mistake(
            "without padding=2 each convolution cuts off a border of 2: the map ends too small",
            like=lambda: _classic(padding=0),
        ),
        Mistake(
            "kernel 3 with padding 1 keeps the size too, but this network has kernel 5",
            like=lambda: _classic(kernel_size=3, padding=1),
        ),
        Mistake("the hidden layer is missing: 1024 → 64 → 10", like=lambda: _classic(hidden=None)),
        Mistake(
            "the classic network has no activation function; add_relu comes next",
            like=lambda: _classic(relu=[nn.ReLU()]),
        ),
        Mistake("it pools with MaxPool2d", like=lambda: _classic(pool=nn.AvgPool2d(2))),
        Mistake(
            "three convolutions: 3 → 32, 32 → 32 and 32 → 64",
            when=lambda case, got, expected: got["layers"].count("Conv2d") != 3,
        ),
        Mistake("the channels are 3 → 32 → 32 → 64", when=_has_other_channels),
        Mistake(
            "the linear layers are 1024 → 64 → 10",
            when=lambda case, got, expected: "Linear" in _first_other_shape(got, expected)[0],
        ),
        Mistake(
            "the convolutions and linear layers have biases, PyTorch's default: leave bias out",
            when=lambda case, got, expected: 0 < _lacks(got, expected) <= 32 + 32 + 64 + 64 + 10,
        ),
        Mistake(
            "the shapes are right: is every kernel 5 × 5, and does every other setting, such as "
            "groups, stay PyTorch's default?",
            when=lambda case, got, expected: _lacks(got, expected) != 0,
        ),
        Mistake(
            "it pools each 2 × 2 block on its own: MaxPool2d(2), no overlap",
            like=lambda: _classic(pool=nn.MaxPool2d(3, stride=2, padding=1)),
        ),
        Mistake(
            "the border is padded with zeros, PyTorch's default: leave padding_mode out",
            when=lambda case, got, expected: all(
                got[key] == expected[key] for key in expected if key != "output for a picture"
            ),
        ),
        Mistake(
            "a Flatten is missing before the first Linear: it takes rows of 1024 numbers",
            like=lambda: _classic(flatten=()),
        ),
        Mistake(
            "Flatten(0) melts the batch too: Flatten() keeps the batch dimension",
            like=lambda: _classic(flatten=[nn.Flatten(0)]),
        ),
        Mistake(
            "no ReLU at the end: it would make every negative logit 0",
            like=lambda: _classic(last=[nn.ReLU()]),
        ),
        Mistake(
            "no softmax at the end: CrossEntropyLoss wants the logits",
            like=lambda: _classic(last=[nn.Softmax(dim=1)]),
        ),
    ],
)
def build_classic():
    """Return the classic CIFAR-10 network as an nn.Sequential."""
    return nn.Sequential(
        nn.Conv2d(3, 32, 5, padding=2),  # (B, 32, 32, 32)
        nn.MaxPool2d(2),  # (B, 32, 16, 16)
        nn.Conv2d(32, 32, 5, padding=2),  # (B, 32, 16, 16)
        nn.MaxPool2d(2),  # (B, 32, 8, 8)
        nn.Conv2d(32, 64, 5, padding=2),  # (B, 64, 8, 8)
        nn.MaxPool2d(2),  # (B, 64, 4, 4)
        nn.Flatten(),  # (B, 1024)
        nn.Linear(1024, 64),  # (B, 64)
        nn.Linear(64, 10),  # (B, 10)
    )


EXERCISES = collect(vars())
