"""Exercises of notebook 13, first part: rows that stay apart."""

import torch
from torch import nn

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
TWICE = "the same pictures get the same scores twice"
ALONE = "each picture gets the scores it gets alone"
LINEAR = "the scores are weighted sums of the pixels"


def _observe_dense(make, classes, batch):
    model = make(classes)
    if not isinstance(model, nn.Module):
        raise Finding("RepairDense stays a class that inherits from nn.Module")
    rng = torch.Generator().manual_seed(batch)
    images = torch.randn(batch, 3, 32, 32, generator=rng)
    scores = model(images)  # a lazy layer gets its weights here
    report = {SHAPE: _shape(scores)}
    if report[SHAPE] != (batch, classes):
        return report
    report[TWICE] = torch.equal(scores, model(images))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=rng) / 50)
    alone = torch.cat([model(image[None]) for image in images])
    if alone.shape != scores.shape:
        one = _shape(model(images[:1]))
        raise Finding(f"one picture in a batch gives the shape {one}, not {(1, classes)}")
    report[ALONE] = torch.allclose(model(images), alone, atol=1e-4)
    nothing = model(0 * images)
    twice = nothing + 2 * (model(images) - nothing)
    report[LINEAR] = torch.allclose(model(2 * images), twice, atol=1e-3)
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
            "channels, rows and columns all belong in the row: flatten(1), from dimension 1 to the "
            "last",
            when=_raised("x1024 and", "x32 and"),
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
            "a second call gives other scores: is a layer made in forward, with new weights each "
            "time? Make it in __init__ (and leave chance out)",
            when=_differs(TWICE),
        ),
        Mistake(
            "the right shape, but the numbers of several pictures are mixed: keep the batch first",
            when=_differs(ALONE),
        ),
        Mistake("plain scores are wanted: nothing behind the linear layer", when=_differs(LINEAR)),
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


EXERCISES = collect(vars())
