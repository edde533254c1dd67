"""Exercises of notebook 13, second part: which numbers share a mean."""

from numbers import Real

import torch
from torch.nn import functional as F

from ._define import Mistake, collect, exercise
from ._run import Raised


def _raised(*words):
    return lambda case, got, expected: isinstance(got, Raised) and any(w in got.text for w in words)


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


KEEPDIM = "keepdim=True, or the means are lined up with the wrong dimension"


def _mean(x):
    return x.mean(dim=(0, 2, 3), keepdim=True)


def _root(x, eps):
    return (x.var(dim=(0, 2, 3), unbiased=False, keepdim=True) + eps).sqrt()


def _without_keepdim(x, eps=1e-5):
    return (x - _mean(x).flatten()) / _root(x, eps).flatten()


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
            "two things: unbiased=False, and eps is not used",
            like=lambda x, eps=1e-5: _normalised(x, 0.0, unbiased=True),
        ),
        _norm_like("each channel has a mean of its own: 0, 2 and 3, not 1", dims=(0, 1)),
        Mistake("the mean is not subtracted", like=lambda x, eps=1e-5: x / _root(x, eps)),
        Mistake(
            "the mean is subtracted; now divide by the root of the variance",
            like=lambda x, eps=1e-5: x - _mean(x),
        ),
        Mistake(
            "brackets: (x - mean) / root, or only the mean is divided",
            like=lambda x, eps=1e-5: x - _mean(x) / _root(x, eps),
        ),
        Mistake(
            "the number of channels is x.shape[1], not always the same",
            when=_raised("should contain"),
        ),
        Mistake(
            "over the whole batch: the dimensions 0, 2 and 3", when=_raised("1 spatial element")
        ),
        Mistake(KEEPDIM, like=_without_keepdim),
        Mistake(KEEPDIM, when=_raised("The size of tensor", "could not be broadcast")),
        Mistake(
            "the shape stays as it is",
            when=lambda case, got, expected: got.shape != expected.shape,
        ),
    ],
)
def batch_norm_by_hand(x, eps=1e-5):
    """Return ``x``, (B, C, H, W), with mean 0 and variance 1 in each channel."""
    mean = x.mean(dim=(0, 2, 3), keepdim=True)  # (1, C, 1, 1)
    variance = x.var(dim=(0, 2, 3), unbiased=False, keepdim=True)
    return (x - mean) / torch.sqrt(variance + eps)


def _as_list(answer):
    """Return whole numbers in a list, also if they came as floats, in a tuple or a tensor."""
    answer = answer.tolist() if hasattr(answer, "tolist") else answer
    if not isinstance(answer, (list, tuple)):
        return answer
    return [int(n) if isinstance(n, Real) and n == n // 1 else n for n in answer]


def _wrong_at(place):
    return lambda case, got, expected: len(got) == 3 and got[place] != expected[place]


@exercise(
    value=True,
    observe=_as_list,
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
            "LayerNorm and GroupNorm do it for each of the 8 pictures separately",
            when=lambda case, got, expected: got in ([6, 1, 1], [6, 1, 2]),
        ),
        Mistake("BatchNorm does it for each channel separately", like=[1, 8, 16]),
        Mistake("each group has one mean, not each channel of it", like=[6, 8, 12]),
        Mistake("each group has one mean, not each channel of it", like=[6, 8, 48]),
        Mistake(
            "GroupNorm: groups=2 makes 2 groups, and that in each of the 8 pictures",
            when=lambda case, got, expected: got in ([6, 8, 1], [6, 8, 3]),
        ),
        Mistake(
            "LayerNorm((6, 4, 4)) takes one mean over all three dimensions",
            when=lambda case, got, expected: got[1] in (128, 192, 32, 16),
        ),
        Mistake(
            "three whole numbers in a list",
            when=lambda case, got, expected: not isinstance(got, list) or len(got) != 3,
        ),
        Mistake("the first number: which numbers share a mean in BatchNorm?", when=_wrong_at(0)),
        Mistake("the second number: which numbers share one in LayerNorm?", when=_wrong_at(1)),
        Mistake("the third number: which numbers share one in GroupNorm?", when=_wrong_at(2)),
    ],
)
def how_many_means():
    """Return how many means BatchNorm2d(6), LayerNorm((6, 4, 4)) and GroupNorm(2, 6) take."""
    return [6, 8, 16]


EXERCISES = collect(vars())
