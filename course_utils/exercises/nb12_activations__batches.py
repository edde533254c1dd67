"""Exercises of notebook 12, second part: units that died, and scores that become probabilities."""

import warnings

import torch
from torch.nn import functional as F

from ._define import Mistake, collect, exercise
from ._run import Raised


def _raised(*words):
    return lambda case, got, expected: isinstance(got, Raised) and any(w in got.text for w in words)


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
            "divide by the number of units, not by that of the rows",
            like=lambda a: (a == 0).all(dim=0).sum().item() / len(a),
        ),
        Mistake("a share, from 0 to 1, is wanted, not percent", like=lambda a: 100 * _share(a)),
        Mistake("a mask has no mean: make it .float() first", when=_raised("Bool")),
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
        scores[0] -= 1000  # one picture far below the others
    return {"scores": scores}


EXTREMES = "exp of a large score is inf, of a very low one 0; inf / inf and 0 / 0 are nan"
KEEP = "keep the dimension when you sum"


def _observe_probabilities(repair, scores):
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "Implicit dimension")
        return repair(scores)


def _by_hand(scores, dim=1, *, largest=False, keepdim=True):
    if largest:
        scores = scores - scores.amax(dim=dim, keepdim=True)
    powers = torch.exp(scores)
    return powers / powers.sum(dim=dim, keepdim=keepdim)


def _bad_shape(case, got, expected):
    text = "must match the size"
    return text in got.text if isinstance(got, Raised) else got.shape != expected.shape


def _far_from_0(case, got, expected):
    if not isinstance(got, torch.Tensor) or case["scores"].abs().max() <= 80:
        return False
    if not got.isfinite().all():
        return True
    sums = got.sum(dim=1)  # 1 where scores were clamped, 0 where nan was replaced
    return bool((sums.isclose(sums.round()) & (sums < 1.5)).all()) and not got.allclose(expected)


@exercise(
    starter=repair_probabilities_starter,
    observe=_observe_probabilities,
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
            "PyTorch guesses the dimension here: say dim=1", when=_raised("Implicit dimension")
        ),
        Mistake(
            "max(dim=1) gives values and indices: take .values, or use amax",
            when=_raised("return_types.max"),
        ),
        Mistake(
            "both bugs are still there: which numbers add up to 1? What is exp(400), exp(-1000)?",
            like=repair_probabilities_starter,
        ),
        Mistake(
            "each picture's classes add up to 1: sum(dim=1, keepdim=True)",
            like=lambda scores: F.softmax(scores.flatten(), dim=0).reshape(scores.shape),
        ),
        *(
            Mistake(
                "with dim=0 the pictures compete; the classes of one picture add up to 1", like=like
            )
            for like in (
                lambda scores: F.softmax(scores, dim=0),
                lambda scores: _by_hand(scores, 0),
                lambda scores: _by_hand(scores - scores.amax(dim=1, keepdim=True), 0),
            )
        ),
        Mistake("sigmoid asks each score alone; the classes compete: softmax", like=torch.sigmoid),
        Mistake(f"{EXTREMES}: take the largest score away first", like=_by_hand),
        Mistake(
            "take the largest score of *each picture* away, not that of the batch: the powers of "
            "the others become 0, and 0 / 0 is nan",
            like=lambda scores: _by_hand(scores - scores.max()),
        ),
        Mistake(
            "probabilities are wanted, not their logarithms",
            like=lambda scores: F.log_softmax(scores, dim=1),
        ),
        *(
            Mistake(f"{KEEP}: sum(dim=1, keepdim=True)", like=like)
            for like in (
                lambda scores: _by_hand(scores, largest=True, keepdim=False),
                lambda scores: _by_hand(scores, keepdim=False),
            )
        ),
        Mistake(f"{KEEP}, and when you look for the largest: keepdim=True", when=_bad_shape),
        Mistake(
            f"{EXTREMES}: take the largest score of each picture away first, and do nothing else "
            "to the scores",
            when=_far_from_0,
        ),
    ],
)
def repair_probabilities(scores):
    """Return the probabilities (B, classes) for scores (B, classes)."""
    powers = torch.exp(scores - scores.amax(dim=1, keepdim=True))
    return powers / powers.sum(dim=1, keepdim=True)


EXERCISES = collect(vars())
