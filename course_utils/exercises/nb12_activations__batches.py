"""Exercises of notebook 12, second part: units that died, and scores that become probabilities."""

import torch
from torch.nn import functional as F

from ._define import Mistake, collect, exercise


def _activations(rng):
    rows, units = rng.randint(1, 5), rng.randint(1, 7)
    x = rng.tensor(rows, units).relu()
    for unit in range(units):
        if rng.random() < 0.4:
            x[:, unit] = 0
    if rows > 1 and rng.random() < 0.5:
        x[rng.randrange(rows)] = 0  # a picture for which nothing is active
    if rng.random() < 0.4:
        x[:, rng.randrange(units)] -= 0.5  # of another activation: below zero is alive
    return {"activations": x}


def _share(activations, *, rows=False, test=lambda x: x == 0):
    return test(activations).all(dim=1 if rows else 0).float().mean().item()


@exercise(
    cases=_activations,
    hints=[
        "activations == 0 is a mask; all(dim=0) asks each column whether every row holds.",
        "The mean of a mask of 0s and 1s is a share: .float().mean().item()",
    ],
    mistakes=[
        Mistake(
            "that is the share of zeros; a dead unit is 0 in *every* row",
            like=lambda a: (a == 0).float().mean().item(),
        ),
        Mistake(
            "those are the pictures without any active unit: dim=0 asks the columns",
            like=lambda a: _share(a, rows=True),
        ),
        Mistake(
            "a unit that is 0 in one row may live in another: all, not any",
            like=lambda a: (a == 0).any(dim=0).float().mean().item(),
        ),
        Mistake("that is the share of living units", like=lambda a: 1 - _share(a)),
        Mistake("a number below zero is not 0", like=lambda a: _share(a, test=lambda x: x <= 0)),
        Mistake(
            "positive and negative numbers can add up to 0: ask each one",
            like=lambda a: (a.sum(dim=0) == 0).float().mean().item(),
        ),
        Mistake(
            "that is their number; the share is wanted",
            like=lambda a: (a == 0).all(dim=0).sum().item(),
        ),
        Mistake(
            "a float is wanted: .item()",
            when=lambda case, got, expected: isinstance(got, torch.Tensor),
        ),
    ],
)
def dead_share(activations):
    """Return the share of units (columns) that are 0 in every row, as a float."""
    return (activations == 0).all(dim=0).float().mean().item()


def repair_probabilities_starter(scores):
    """Return the probabilities (B, classes) for scores (B, classes)."""
    powers = torch.exp(scores)
    return powers / powers.sum()


def _scores(rng):
    shape = rng.randint(1, 4), rng.randint(1, 5)
    scores = rng.tensor(*shape).round(decimals=2)
    if rng.random() < 0.4:
        scores = scores * 100
    if rng.random() < 0.3:
        scores[0] -= 300  # one picture far below the others
    return {"scores": scores}


@exercise(
    starter=repair_probabilities_starter,
    oracle=lambda scores: F.softmax(scores, dim=1),
    cases=_scores,
    count=120,
    hints=[
        "Which numbers shall add up to 1? One picture's: sum over dim 1, and keep the dimension.",
        "exp of a large score is inf. Take the largest score of each picture away first.",
        "scores - scores.amax(dim=1, keepdim=True)",
    ],
    mistakes=[
        Mistake(
            "each picture's classes add up to 1: sum(dim=1, keepdim=True)",
            like=lambda scores: F.softmax(scores.flatten(), dim=0).reshape(scores.shape),
        ),
        Mistake(
            "with dim=0 the pictures compete; the classes of one picture add up to 1",
            like=lambda scores: F.softmax(scores, dim=0),
        ),
        Mistake(
            "exp of a large score is inf, and inf / inf is nan: take the largest score away first",
            like=lambda scores: torch.exp(scores) / torch.exp(scores).sum(dim=1, keepdim=True),
        ),
        Mistake(
            "take the largest score of *each picture* away, not that of the batch: the powers of "
            "the others become 0, and 0 / 0 is nan",
            like=lambda scores: (
                torch.exp(scores - scores.max())
                / torch.exp(scores - scores.max()).sum(dim=1, keepdim=True)
            ),
        ),
        Mistake(
            "probabilities are wanted, not their logarithms",
            like=lambda scores: F.log_softmax(scores, dim=1),
        ),
        Mistake(
            "keep the dimension when you sum: sum(dim=1, keepdim=True)",
            when=lambda case, got, expected: case["scores"].shape[0] != case["scores"].shape[1],
        ),
    ],
)
def repair_probabilities(scores):
    """Return the probabilities (B, classes) for scores (B, classes)."""
    powers = torch.exp(scores - scores.amax(dim=1, keepdim=True))
    return powers / powers.sum(dim=1, keepdim=True)


EXERCISES = collect(vars())
