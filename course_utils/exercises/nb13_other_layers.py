"""Exercises of notebook 13: rows that stay apart, and layers that must look at a batch."""

import torch
from torch import nn
from torch.nn import functional as F

from ._define import Finding, Mistake, collect, exercise
from ._run import Raised

ORDER = (
    "RepairDense",
    "batch_norm_by_hand",
    "how_many_means",
    "dropout_by_hand",
    "repair_classify",
    "rnn_by_hand",
    "attention_by_hand",
)


class RepairDense_starter(nn.Module):
    """Scores for pictures, by one linear layer."""

    def __init__(self, classes):
        super().__init__()
        self.linear = nn.Linear(64 * 3 * 32 * 32, classes)

    def forward(self, images):
        """Return (B, classes) for (B, 3, 32, 32), for any B."""
        return self.linear(torch.flatten(images))


SHAPE = "shape of the scores"


def _observe_dense(make, classes, batch):
    model = make(classes)
    if not isinstance(model, nn.Module):
        raise Finding("RepairDense stays a class that inherits from nn.Module")
    rng = torch.Generator().manual_seed(batch)
    images = torch.randn(batch, 3, 32, 32, generator=rng)
    report = {SHAPE: _shape(model(images))}  # a lazy layer gets its weights here
    if report[SHAPE] != (batch, classes):
        return report
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=rng) / 50)
    alone = torch.cat([model(image[None]) for image in images])
    report["each picture gets the scores it gets alone"] = torch.allclose(
        model(images), alone, atol=1e-4
    )
    pixels = images.clone().requires_grad_()
    model(pixels)[0].abs().sum().backward()
    report["pixels that count"] = int((pixels.grad[0] != 0).sum())
    report["numbers to learn"] = sum(parameter.numel() for parameter in model.parameters())
    return report


def _shape(scores):
    if not isinstance(scores, torch.Tensor):
        raise Finding("forward must return the scores, a tensor")
    return tuple(scores.shape)


def _raised(*words):
    return lambda case, got, expected: isinstance(got, Raised) and any(w in got.text for w in words)


def _differs(name):
    return lambda case, got, expected: isinstance(got, dict) and got[name] != expected[name]


@exercise(
    starter=RepairDense_starter,
    observe=_observe_dense,
    cases=[{"classes": c, "batch": b} for c, b in ((3, 64), (4, 1), (2, 16), (10, 7))],
    praise="one row of scores for each picture, however many there are",
    hints=[
        "How many numbers has one picture? That is in_features.",
        "The batch is dimension 0 and must survive: flatten from dimension 1 on.",
        "nn.Linear(3 * 32 * 32, classes), and self.linear(images.flatten(1)).",
    ],
    mistakes=[
        Mistake(
            "in __init__ you do not know the batch: one picture has 3 * 32 * 32 numbers, and "
            "flatten(1) keeps the pictures apart",
            when=_raised("and 196608x"),
        ),
        Mistake(
            "a number of pictures is written into forward; the last batch is shorter: flatten(1)",
            when=_raised("is invalid for input of size"),
        ),
        Mistake(
            "flatten without a start swallows the batch too: flatten(1)",
            when=lambda case, got, expected: _raised(f"(1x{case['batch'] * 3072} and")(
                case, got, expected
            ),
        ),
        Mistake(
            "the shapes do not fit: the number of pictures is written somewhere; flatten(1) does "
            "without it",
            when=_raised("shapes cannot be multiplied", "must match"),
        ),
        Mistake(
            "one row of scores for each picture is wanted: (B, classes)",
            when=_differs(SHAPE),
        ),
        Mistake(
            "the right shape, but the numbers of several pictures are mixed: keep the batch first",
            when=_differs("each picture gets the scores it gets alone"),
        ),
        Mistake("every pixel must have a say", when=_differs("pixels that count")),
        Mistake(
            "one weight for each pixel and class, and a bias for each class",
            when=_differs("numbers to learn"),
        ),
    ],
)
class RepairDense(nn.Module):
    """Scores for pictures, by one linear layer."""

    def __init__(self, classes):
        super().__init__()
        self.linear = nn.Linear(3 * 32 * 32, classes)

    def forward(self, images):
        """Return (B, classes) for (B, 3, 32, 32), for any B."""
        return self.linear(images.flatten(1))


def _maps(rng):
    shape = [rng.randint(2, 4), rng.randint(1, 3), rng.randint(1, 3), rng.randint(1, 3)]
    x = rng.tensor(*shape)
    if rng.random() < 0.3:
        x = x / 100  # here eps matters
    return {"x": x, "eps": rng.choice([1e-5, 1e-5, 0.01, 0.5])}


def _normalised(x, eps, *, dims=(0, 2, 3), unbiased=False, inside=True, root=True):
    mean = x.mean(dim=dims, keepdim=True)
    variance = x.var(dim=dims, unbiased=unbiased, keepdim=True)
    if not root:
        return (x - mean) / (variance + eps)
    return (x - mean) / ((variance + eps).sqrt() if inside else variance.sqrt() + eps)


def _norm_like(message, **choice):
    return Mistake(message, like=lambda x, eps=1e-5: _normalised(x, eps, **choice))


@exercise(
    oracle=lambda x, eps=1e-5: F.batch_norm(x, None, None, training=True, eps=eps),
    cases=_maps,
    against="PyTorch",
    hints=[
        "Mean and variance of each channel: over the dimensions 0, 2 and 3, with keepdim=True.",
        "The variance divides by the count: x.var(dim=(0, 2, 3), unbiased=False, keepdim=True).",
        "(x - mean) / torch.sqrt(variance + eps)",
    ],
    mistakes=[
        _norm_like("over the whole batch: the dimensions 0, 2 and 3", dims=(2, 3)),
        _norm_like("that is LayerNorm, each picture by itself: take 0, 2 and 3", dims=(1, 2, 3)),
        _norm_like("each channel has a mean of its own: not over dim 1", dims=(0, 1, 2, 3)),
        _norm_like("pixels belong to the same channel: over 2 and 3 as well", dims=(0,)),
        _norm_like("divide by the count, not by count - 1: unbiased=False", unbiased=True),
        _norm_like("eps is added to the variance, before the root", inside=False),
        _norm_like(
            "two things: unbiased=False, and eps stands below the root", unbiased=True, inside=False
        ),
        _norm_like("divide by the root of the variance", root=False),
        Mistake(
            "divide by the root of the variance, with eps added to it",
            like=lambda x, eps=1e-5: _normalised(x, 0.0, root=False),
        ),
        Mistake("eps is not used", like=lambda x, eps=1e-5: _normalised(x, 1e-5)),
        Mistake("eps is not used", like=lambda x, eps=1e-5: _normalised(x, 0.0)),
        Mistake(
            "keepdim=True, or the means are lined up with the wrong dimension",
            when=lambda case, got, expected: isinstance(got, Raised) or got.shape != expected.shape,
        ),
    ],
)
def batch_norm_by_hand(x, eps=1e-5):
    """Return ``x``, (B, C, H, W), with mean 0 and variance 1 in each channel."""
    mean = x.mean(dim=(0, 2, 3), keepdim=True)  # (1, C, 1, 1)
    variance = x.var(dim=(0, 2, 3), unbiased=False, keepdim=True)
    return (x - mean) / torch.sqrt(variance + eps)


@exercise(
    value=True,
    hints=[
        "Which numbers share a mean? Then: how many such sets are in 8 pictures with 6 channels?",
        "BatchNorm: one for each channel. LayerNorm: one for each picture.",
        "GroupNorm: one for each picture and group of channels.",
    ],
    mistakes=[
        Mistake("the first two are exchanged: BatchNorm has one for each channel", like=[8, 6, 16]),
        Mistake("GroupNorm does it for each of the 8 pictures", like=[6, 8, 2]),
        Mistake("groups=2 makes 2 groups of 3 channels, not 3 groups of 2", like=[6, 8, 24]),
        Mistake("BatchNorm takes one mean over all pictures", like=[48, 8, 16]),
        Mistake("LayerNorm takes the mean over all channels and pixels", like=[6, 48, 16]),
        Mistake(
            "three whole numbers in a list",
            when=lambda case, got, expected: not isinstance(got, list) or len(got) != 3,
        ),
    ],
)
def how_many_means():
    """Return how many means BatchNorm2d(6), LayerNorm((6, 4, 4)) and GroupNorm(2, 6) take."""
    return [6, 8, 16]


EXERCISES = collect(vars())
