"""Exercises of notebook 13, third part: chance while training."""

import torch

from ._define import Mistake, collect, exercise
from ._run import Raised


def _coins(rng):
    shape = [rng.randint(1, 4) for _ in range(rng.randint(1, 3))]
    p = rng.choice([0.0, 0.1, 0.25, 0.5, 0.8])
    keep = rng.tensor(*shape) > (rng.choice([-1.0, 0.0, 1.0]) if p else -9)  # p = 0 keeps all
    x = rng.tensor(*shape, low=0.1)  # no −0 where a negative number is dropped
    return {"x": x, "keep": keep, "p": p, "training": rng.random() < 0.7}


def _dropped(factor, *, training=True):
    """An answer that multiplies what it keeps by ``factor(p)``."""

    def answer(x, keep, p, training_now=True):
        return x * keep * factor(p) if training_now or not training else x

    return lambda x, keep, p, training=True: answer(x, keep, p, training)


def _same(got, other):
    return got.shape == other.shape and torch.allclose(got, other)


@exercise(
    cases=_coins,
    hints=[
        "x * keep makes the others 0: True counts as 1, False as 0.",
        "What is kept grows by 1 / (1 - p).",
        "When training is False, return x as it is.",
    ],
    mistakes=[
        Mistake("what is kept must grow: divide by 1 - p", like=_dropped(lambda p: 1)),
        Mistake(
            "p is the share that is dropped: divide by 1 - p, the share that is kept",
            when=lambda case, got, expected: (
                case["training"]
                and case["p"] == 0
                and (isinstance(got, Raised) or not torch.isfinite(got).all())
            ),
        ),
        Mistake(
            "what is kept must grow, not shrink: divide by 1 - p", like=_dropped(lambda p: 1 - p)
        ),
        Mistake(
            "divide by 1 - p, the share that is kept",
            like=_dropped(lambda p: 1 / p if p else float("inf")),
        ),
        Mistake(
            "p is the share that is dropped: divide by 1 - p, the share that is kept",
            when=lambda case, got, expected: (
                case["training"]
                and not _same(got, expected)  # all dropped: 0 is 0, whatever the factor
                and _same(got, case["x"] * case["keep"] / case["p"])
            ),
        ),
        Mistake(
            "brackets: without them / 1 - p divides by 1, then subtracts p",
            when=lambda case, got, expected: _same(got, case["x"] * case["keep"] - case["p"]),
        ),
        Mistake(
            "the branches are exchanged: numbers are dropped while training, and only then",
            like=lambda x, keep, p, training=True: x if training else x * keep / (1 - p),
        ),
        Mistake(
            "with training=False nothing happens to x",
            like=_dropped(lambda p: 1 / (1 - p), training=False),
        ),
        Mistake(
            "keep says what stays; you dropped just those",
            like=lambda x, keep, p, training=True: x * ~keep / (1 - p) if training else x,
        ),
        Mistake(
            "in eval mode x is returned as it is, not scaled",
            when=lambda case, got, expected: not case["training"] and case["p"] > 0,
        ),
        Mistake(
            "the shape stays: x * keep puts 0 where a number goes, x[keep] takes it out",
            when=lambda case, got, expected: got.shape != expected.shape,
        ),
        Mistake(
            "use the mask that is given; do not draw one of your own",
            when=lambda case, got, expected: (
                isinstance(got, torch.Tensor)
                and got.shape == expected.shape
                and not torch.equal(got == 0, expected == 0)
            ),
        ),
    ],
)
def dropout_by_hand(x, keep, p, training=True):
    """Return what dropout makes of ``x``, if ``keep`` says which numbers stay."""
    return x * keep / (1 - p) if training else x


EXERCISES = collect(vars())
