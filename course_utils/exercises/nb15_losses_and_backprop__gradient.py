"""Exercise of notebook 15: the gradient of cross-entropy."""

import torch
from torch.nn import functional as F

from ._define import Mistake, collect, exercise
from ._probes15 import logits_and_labels, says, without_graph


def _gradient(logits, labels):
    logits = logits.detach().clone().requires_grad_()
    with torch.enable_grad():
        F.cross_entropy(logits, labels).backward()
    return logits.grad


def _per_picture(logits, labels, dim=1):
    return logits.softmax(dim=dim) - F.one_hot(labels, logits.shape[1])


def _every_column(logits, labels):
    p = logits.softmax(dim=1)
    p[:, labels] -= 1
    return p / len(p)


@exercise(
    observe=without_graph,
    oracle=_gradient,
    cases=logits_and_labels,
    against="autograd",
    hints=[
        "For one picture: softmax − one-hot. Both have the shape (B, C) for a batch.",
        "F.one_hot(labels, classes) needs to know how many classes there are: logits.shape[1].",
        "The loss is a mean over B pictures, so each picture's message is divided by B.",
    ],
    mistakes=[
        Mistake(
            "there is no graph here: use the formula, softmax − one-hot",
            when=says("does not require grad"),
        ),
        Mistake(
            "the loss is a mean: each picture has one B-th of it. Divide by B", like=_per_picture
        ),
        Mistake(
            "[:, labels] takes *every* label's column for every picture: one number from each row",
            like=_every_column,
        ),
        Mistake(
            "one gradient for each logit, (B, C): no mean over them, divide by B",
            when=lambda case, got, expected: got.ndim < 2,
        ),
        Mistake(
            "divide by the number of pictures alone: the classes of a picture share one loss",
            like=lambda z, labels: _per_picture(z, labels) / z.numel(),
        ),
        Mistake(
            "divide by the number of pictures, not of classes",
            like=lambda z, labels: _per_picture(z, labels) / z.shape[1],
        ),
        Mistake(
            "the sign: the gradient is softmax − one-hot; a step goes against it",
            like=lambda z, labels: -_per_picture(z, labels) / len(z),
        ),
        Mistake(
            "the classes of a picture add up to 1: softmax over dim=1",
            like=lambda z, labels: _per_picture(z, labels, dim=0) / len(z),
        ),
        Mistake(
            "1 goes away at the label: subtract the one-hot row, not the label itself",
            like=lambda z, labels: (z.softmax(dim=1) - labels[:, None]) / len(z),
        ),
        Mistake(
            "the classes of a picture are one question: softmax. A sigmoid asks one for each",
            like=lambda z, labels: (z.sigmoid() - F.one_hot(labels, z.shape[1])) / len(z),
        ),
        Mistake(
            "that is the softmax alone: at the label, 1 goes away",
            like=lambda z, labels: z.softmax(dim=1) / len(z),
        ),
        Mistake(
            "one_hot needs as many classes as these logits have, logits.shape[1] (left alone it "
            "counts only up to the largest label)",
            when=says("must match the size"),
        ),
        Mistake(
            "one_hot counts only up to the largest label in the batch: tell it the number of "
            "classes, logits.shape[1]",
            like=lambda z, labels: (z.softmax(dim=1) - F.one_hot(labels)) / len(z),
        ),
        Mistake(
            "e^400 is too large for float32: softmax takes the largest logit away first",
            when=lambda case, got, expected: isinstance(got, torch.Tensor) and got.isnan().any(),
        ),
    ],
)
def logit_gradient(logits, labels):
    """Return the gradient of the mean cross-entropy for the logits, (B, C)."""
    one_hot = F.one_hot(labels, logits.shape[1])
    return (logits.softmax(dim=1) - one_hot) / len(logits)


EXERCISES = collect(vars())
