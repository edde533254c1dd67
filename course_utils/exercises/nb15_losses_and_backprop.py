"""Exercises of notebook 15: what a batch has to do with the rate, and cross-entropy."""

import math

import torch
from torch.nn import functional as F

from ._define import Mistake, collect, exercise
from ._probes15 import logits_and_labels, lost_far_out, own_loss_and_gradient, says

ORDER = (
    "rate_for_sum",
    "repair_bee_loss",
    "cross_entropy_by_hand",
    "logit_gradient",
    "loss_floor",
    "smooth_targets",
    "soft_iou_loss",
)


@exercise(
    value=True,
    hints=[
        "How many losses are added up in a batch? How many times larger is their sum?",
        "The gradient of the sum is 64 times that of the mean. The step is rate · gradient.",
    ],
    mistakes=[
        Mistake("then each step would be 64 times as long: the gradients are larger", like=0.02),
        Mistake("the wrong direction: the gradients have grown, so the rate must fall", like=1.28),
        Mistake(
            "a picture has one loss, however many classes there are: 64 losses, not 640",
            like=0.02 / 640,
        ),
        Mistake("10 is the number of classes; how many losses are added up?", like=0.002),
        *(
            Mistake("that is rounded: write the fraction, such as 0.5 / 8", like=rounded)
            for rounded in (0.0003, 0.00031)
        ),
        *(
            Mistake("that is the factor by which the rate 0.02 changes", like=factor)
            for factor in (1 / 64, 64, 64.0)
        ),
        Mistake(
            "a number is wanted, not a tensor: .item()",
            when=lambda case, got, expected: isinstance(got, torch.Tensor),
        ),
    ],
)
def rate_for_sum():
    """Return the learning rate that takes the same steps with reduction="sum"."""
    return 0.02 / 64


def _right_ones(logits, labels):
    return logits[torch.arange(len(labels)), labels]


def _from_softmax(logits, labels):
    return -_right_ones(logits.softmax(dim=1), labels).log().mean()


def _from_powers(logits, labels):
    powers = logits.exp()
    return -(_right_ones(powers, labels) / powers.sum(dim=1)).log().mean()


EVERY_PAIR = (
    lambda z, labels: -z.log_softmax(dim=1)[:, labels].mean(),
    lambda z, labels: (z.logsumexp(dim=1) - z[:, labels]).mean(),
)
OVER_DIM_0 = (
    lambda z, labels: -_right_ones(z.softmax(dim=0), labels).log().mean(),
    lambda z, labels: -_right_ones(z.log_softmax(dim=0), labels).mean(),
    lambda z, labels: (z.logsumexp(dim=0) - _right_ones(z, labels)).mean(),
    lambda z, labels: (z.logsumexp(dim=0) - z.gather(1, labels[:, None])).mean(),
)


@exercise(
    observe=own_loss_and_gradient,
    oracle=F.cross_entropy,
    cases=logits_and_labels,
    against="PyTorch",
    hints=[
        "One picture: logsumexp of its logits, minus the logit of its label. Then the mean.",
        "The logits of the labels: logits.gather(1, labels[:, None]), of shape (B, 1).",
        "logits.logsumexp(dim=1) has the shape (B,): make both the same before you subtract.",
    ],
    mistakes=[
        *(
            Mistake(
                "[:, labels] takes *every* label's column for every picture, (B, B): gather takes "
                "one number from each row",
                like=pairs,
            )
            for pairs in EVERY_PAIR
        ),
        *(Mistake("the classes compete, not the pictures: dim=1", like=one) for one in OVER_DIM_0),
        Mistake(
            "the logit of the label is taken away: logsumexp − z, not + z",
            like=lambda z, labels: (z.logsumexp(dim=1) + _right_ones(z, labels)).mean(),
        ),
        Mistake(
            "the sum grows with the batch: the mean is wanted",
            like=lambda z, labels: -_right_ones(z.log_softmax(dim=1), labels).sum(),
        ),
        Mistake(
            "the mean over pictures is wanted: you divide by pictures · classes",
            like=lambda z, labels: -(F.one_hot(labels, z.shape[1]) * z.log_softmax(dim=1)).mean(),
        ),
        Mistake(
            "the logarithm of a probability is negative; the loss is minus that",
            like=lambda z, labels: _right_ones(z.log_softmax(dim=1), labels).mean(),
        ),
        Mistake(
            "that is the largest logit less the right one; logsumexp counts the others too",
            like=lambda z, labels: (z.amax(dim=1) - _right_ones(z, labels)).mean(),
        ),
        *(
            Mistake(
                f"ln is the natural logarithm: log, not {name}",
                like=lambda z, labels, one=one: (
                    -_right_ones(z.log_softmax(dim=1), labels).mean() / one
                ),
            )
            for name, one in (("log2", math.log(2)), ("log10", math.log(10)))
        ),
        Mistake(
            "e^400 is too large for float32: inf, and inf / inf is nan. logsumexp takes care",
            like=_from_powers,
        ),
        Mistake(
            "a probability can be so small that it becomes 0, and ln 0 is −inf: log_softmax or "
            "logsumexp, not softmax and then log",
            like=_from_softmax,
        ),
        Mistake(
            "far from 0 it is wrong: log_softmax or logsumexp, and nothing added or clamped",
            when=lost_far_out,
        ),
        Mistake(
            "that is B's mistake: a softmax is in logsumexp already, so give it the logits",
            like=lambda z, labels: -_right_ones(z.softmax(1).log_softmax(1), labels).mean(),
        ),
        Mistake("the mean over the batch is one number: .mean()", when=says("not one number")),
    ],
)
def cross_entropy_by_hand(logits, labels):
    """Return the mean cross-entropy of logits (B, C) and class indices (B,), as a tensor."""
    right = logits.gather(1, labels[:, None])  # (B, 1)
    return (logits.logsumexp(dim=1, keepdim=True) - right).mean()


EXERCISES = collect(vars())
