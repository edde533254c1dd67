"""Exercises of notebook 15, second part: what the loss is told, and what it hears."""

import math

import torch
from torch.nn import functional as F

from ._define import Mistake, collect, exercise
from ._probes15 import loss_and_gradient, lost_far_out, says

FAR = 200.0


def repair_bee_loss_starter(outputs, labels):
    """Return the mean binary cross-entropy of logits (B, 1) and labels (B,), each 0 or 1."""
    p = torch.sigmoid(outputs)
    losses = -(labels * p.log() + (1 - labels) * (1 - p).log())
    return losses.mean()


def _bees(rng):
    batch = rng.randint(1, 5)
    outputs = rng.tensor(batch, 1)
    outputs[outputs == 0] = 0.1  # at 0 itself clamp and abs, right elsewhere, have no slope
    if rng.random() < 0.4:
        outputs = outputs.sign() * FAR
    return {"outputs": outputs, "labels": rng.labels(batch, 2)}


def _by_logs(outputs, labels, *, least=0.0):
    p = torch.sigmoid(outputs).clamp(least, 1 - least)
    return -(labels * p.log() + (1 - labels) * (1 - p).log()).mean()


def _all_pairs(outputs, labels):
    return (F.softplus(outputs) - outputs * labels).mean()


def _column(labels):
    return labels[:, None].float()


@exercise(
    starter=repair_bee_loss_starter,
    observe=lambda loss, outputs, labels: loss_and_gradient(loss, outputs, labels),
    oracle=lambda outputs, labels: F.binary_cross_entropy_with_logits(outputs, _column(labels)),
    cases=_bees,
    against="PyTorch",
    hints=[
        "Print the shape of losses. How many should there be for B pictures?",
        "What is p for a logit of 200? And (1 - p).log()?",
        "F.binary_cross_entropy_with_logits wants two float tensors of one shape.",
    ],
    mistakes=[
        Mistake(
            "both bugs are still there: what is the shape of losses? What is log(1 - p) at p = 1?",
            like=repair_bee_loss_starter,
        ),
        Mistake(
            "(B, 1) and (B,) make (B, B): every picture is compared with every label",
            like=_all_pairs,
        ),
        Mistake(
            "(B, 1) and (B,) make (B, B): every picture is compared with every label",
            like=lambda outputs, labels: _by_logs(outputs, labels, least=1e-7),
        ),
        Mistake(
            "the labels must be float: labels.float()",
            when=says("can't be cast", "expected dtype", "Long", "dtype"),
        ),
        Mistake(
            "squeeze() takes the batch away as well when there is one picture: squeeze(1)",
            when=says("size (torch.Size([1])) must be the same as input size (torch.Size([])"),
        ),
        Mistake(
            "outputs and labels need one shape: outputs[:, 0], or labels[:, None]",
            when=says("must be the same as input size"),
        ),
        Mistake(
            "softmax over one number is always 1: with one logit it is sigmoid and BCE",
            like=lambda outputs, labels: F.cross_entropy(outputs, 0 * labels),
        ),
        Mistake(
            "the mean is wanted, not the sum",
            like=lambda outputs, labels: (F.softplus(outputs) - outputs * labels[:, None]).sum(),
        ),
        Mistake(
            "the label's sign is turned round: 1 means bee, a high logit",
            like=lambda outputs, labels: (
                F.softplus(outputs) - outputs * (1 - labels[:, None])
            ).mean(),
        ),
        Mistake(
            "the logits go in, not the probabilities: the sigmoid is inside already",
            like=lambda outputs, labels: F.binary_cross_entropy_with_logits(
                torch.sigmoid(outputs), _column(labels)
            ),
        ),
        Mistake(
            "e^200 is too large for float32: softplus computes ln(1 + e^z) without it",
            like=lambda outputs, labels: (
                (1 + outputs.exp()).log() - outputs * labels[:, None]
            ).mean(),
        ),
        Mistake(
            "far from 0 the sigmoid is exactly 0 or 1, and the message is lost: use the logits "
            "themselves, in binary_cross_entropy_with_logits or softplus",
            when=lost_far_out,
        ),
        Mistake("one number for the batch: .mean()", when=says("not one number")),
    ],
)
def repair_bee_loss(outputs, labels):
    """Return the mean binary cross-entropy of logits (B, 1) and labels (B,), each 0 or 1."""
    return F.binary_cross_entropy_with_logits(outputs[:, 0], labels.float())


@exercise(
    cases=lambda rng: {"classes": rng.choice([2, 3, 10, 100, 1000, rng.randint(2, 50)])},
    count=40,
    hints=[
        "What is the best row of probabilities? 1 at the right class, 0 at the others.",
        "CrossEntropyLoss takes these numbers for logits, and makes a softmax of them.",
        "The second softmax gives the right class e¹ / (e¹ + (classes − 1) · e⁰).",
    ],
    mistakes=[
        Mistake(
            "that is the floor for logits; here only numbers from 0 to 1 get in",
            like=lambda classes: 0.0,
        ),
        Mistake(
            "that is a guess, all classes alike: the best answer does a little better",
            like=math.log,
        ),
        Mistake(
            "that is the *highest* one, with all probability at a wrong class",
            like=lambda classes: math.log(math.e + classes - 1),
        ),
        Mistake(
            "the right class is in the sum below as well: e + classes − 1",
            like=lambda classes: math.log(classes - 1) - 1,
        ),
        Mistake(
            "classes − 1 others, each with e⁰ = 1",
            like=lambda classes: math.log(math.e + classes) - 1,
        ),
        Mistake(
            "that is the probability of the right class; the loss is −ln of it",
            like=lambda classes: math.e / (math.e + classes - 1),
        ),
        Mistake(
            "that is right for ten classes; the number of classes is handed over",
            like=lambda classes: math.log(math.e + 9) - 1,
        ),
    ],
)
def loss_floor(classes):
    """Return the lowest cross-entropy that a row of probabilities in place of logits can reach."""
    return math.log(math.e + classes - 1) - 1


def _smoothing(rng):
    classes = rng.randint(2, 5)
    labels = rng.labels(rng.randint(1, 4), classes)
    return {"labels": labels, "classes": classes, "smoothing": rng.choice([0.0, 0.1, 0.2, 0.5])}


def _spread(labels, classes, high, low):
    return torch.full((len(labels), classes), float(low)).scatter(1, labels[:, None], float(high))


@exercise(
    cases=_smoothing,
    hints=[
        "Start with F.one_hot(labels, classes), as floats.",
        "(1 − smoothing) of it stays, and smoothing is spread evenly over *all* classes.",
    ],
    mistakes=[
        Mistake(
            "that spreads it over the *other* classes; PyTorch gives the right one its share too",
            like=lambda labels, classes, smoothing: _spread(
                labels, classes, 1 - smoothing, smoothing / (classes - 1)
            ),
        ),
        Mistake(
            "a row adds up to less than 1: the right class gets smoothing / classes as well",
            like=lambda labels, classes, smoothing: _spread(
                labels, classes, 1 - smoothing, smoothing / classes
            ),
        ),
        Mistake(
            "a row adds up to more than 1: the right class keeps only 1 − smoothing of its own",
            like=lambda labels, classes, smoothing: _spread(
                labels, classes, 1 + smoothing / classes, smoothing / classes
            ),
        ),
        Mistake(
            "each class gets smoothing / classes, so that a row adds up to 1",
            like=lambda labels, classes, smoothing: _spread(labels, classes, 1, smoothing),
        ),
        Mistake(
            "each class gets smoothing / classes, so that a row adds up to 1",
            like=lambda labels, classes, smoothing: _spread(
                labels, classes, 1 - smoothing + smoothing, smoothing
            ),
        ),
        Mistake(
            "a row adds up to less than 1: smoothing / classes goes to every class",
            like=lambda labels, classes, smoothing: _spread(labels, classes, 1 - smoothing, 0),
        ),
        Mistake(
            "smoothing is shared by all classes, the right one too: divide by classes",
            like=lambda labels, classes, smoothing: _spread(
                labels,
                classes,
                1 - smoothing + smoothing / (classes - 1),
                smoothing / (classes - 1),
            ),
        ),
        Mistake(
            "that is one-hot still: where does smoothing come in?",
            like=lambda labels, classes, smoothing: _spread(labels, classes, 1, 0),
        ),
        Mistake(
            "whole numbers cannot hold 0.9: .float() first",
            when=lambda case, got, expected: not got.is_floating_point(),
        ),
        Mistake(
            "one_hot counts only up to the largest label in the batch: tell it classes",
            when=lambda case, got, expected: (
                got.shape != expected.shape and got.shape[1] == case["labels"].max() + 1
            ),
        ),
    ],
)
def smooth_targets(labels, classes, smoothing):
    """Return the smoothed targets of class indices (B,), float32 (B, classes)."""
    one_hot = F.one_hot(labels, classes).float()
    return (1 - smoothing) * one_hot + smoothing / classes


EXERCISES = collect(vars())
