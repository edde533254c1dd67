"""Exercises of notebook 16, third part: a schedule with a warm-up."""

import math
import warnings

import torch
from torch.optim import lr_scheduler

from ._define import Mistake, collect, exercise
from ._run import Raised


def _rate_of_torch(step, warmup, total, peak):
    """Ask PyTorch: a LinearLR and a CosineAnnealingLR, one after the other."""
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=peak)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an optimizer that never steps
        parts, milestones = [], []
        if warmup > 1:
            parts = [lr_scheduler.LinearLR(optimizer, 1 / warmup, total_iters=warmup - 1)]
            milestones = [warmup]
        parts.append(lr_scheduler.CosineAnnealingLR(optimizer, total - warmup))
        scheduler = lr_scheduler.SequentialLR(optimizer, parts, milestones)
        for _ in range(step - (warmup == 1)):
            scheduler.step()
    return optimizer.param_groups[0]["lr"]


def _schedule_case(rng):
    warmup = rng.choice([0, 1, 2, 3, 4, 5, 8])
    total = warmup + rng.randint(1, 12)
    places = [0, warmup, max(warmup - 1, 0), total - 1, rng.randrange(total)]
    step = min(rng.choice(places), total - 1)
    return {"step": step, "warmup": warmup, "total": total, "peak": rng.choice([0.1, 0.4, 1.0])}


def _schedule(step, warmup, total, peak, *, begin=1, end=0, since=None, half=0.5, until=None):
    """Return the schedule with one thing changed."""
    if step < warmup:
        return peak * (step + begin) / warmup
    since = warmup if since is None else since
    part = (step - since + end) / (total if until == "total" else total - warmup)
    return half * peak * (1 + math.cos(math.pi * part))


def _with_down(down, *, rises=lambda step, warmup: step < warmup):
    """Return a schedule whose way down is ``down(part, left)``, going up while ``rises``."""

    def schedule(step, warmup, total, peak):
        if rises(step, warmup):
            return peak * (step + 1) / warmup
        return peak * down(step - warmup, total - warmup)

    return schedule


def _half_cosine(done, length):
    return (1 + math.cos(math.pi * done / length)) / 2


def _divided_by_zero(where):
    """Recognise a division by 0 in the cases that ``where(step, warmup, total)`` is true of."""
    return lambda case, got, expected: (
        isinstance(got, Raised)
        and issubclass(got.kind, ZeroDivisionError)
        and where(case["step"], case["warmup"], case["total"])
    )


def _linear_down(step, warmup, total, peak):
    if step < warmup:
        return peak * (step + 1) / warmup
    return peak * (1 - (step - warmup) / (total - warmup))


def _differs(message, **choice):
    return Mistake(message, like=lambda *given: _schedule(*given, **choice))


NOT_YET = "step warmup belongs to the cosine: if step < warmup, not <="
TOO_EARLY = "0 is reached in step total, not in total - 1: divide by total - warmup"
ONE_PLUS = "cosine alone goes from 1 to -1: (1 + cosine) / 2 goes from 1 to 0"


@exercise(
    oracle=_rate_of_torch,
    cases=_schedule_case,
    count=60,
    against="PyTorch",
    hints=[
        "Two cases: if step < warmup, and all later steps.",
        "Warm-up: peak * (step + 1) / warmup. With warmup 0 no step comes here.",
        "Afterwards the part of the way is (step - warmup) / (total - warmup), from 0 towards 1.",
        "Cosine: peak * (1 + math.cos(math.pi * part)) / 2.",
    ],
    mistakes=[
        _differs("the first step, 0, must not have the rate 0: step + 1", begin=0),
        _differs(
            "the cosine begins after the warm-up: step - warmup of total - warmup",
            since=0,
            until="total",
        ),
        _differs("the cosine begins after the warm-up: step - warmup", since=0),
        _differs("the cosine has total - warmup steps: divide by that", until="total"),
        _differs("step warmup still has the peak: the part of the way is 0 there", end=1),
        _differs("1 + cosine goes from 2 to 0: take half of it", half=1.0),
        Mistake(
            NOT_YET,
            like=_with_down(_half_cosine, rises=lambda step, warmup: step <= warmup),
        ),
        Mistake(
            NOT_YET,
            like=_with_down(_half_cosine, rises=lambda step, warmup: step <= warmup > 0),
        ),
        Mistake(
            TOO_EARLY,
            like=_with_down(lambda done, length: _half_cosine(done, length - 1)),
        ),
        Mistake(
            TOO_EARLY,
            like=_with_down(lambda done, length: _half_cosine(done, max(length - 1, 1))),
        ),
        Mistake(
            ONE_PLUS,
            like=_with_down(lambda done, length: math.cos(math.pi * done / length)),
        ),
        Mistake(
            ONE_PLUS,
            like=_with_down(lambda done, length: math.cos(math.pi * done / length) / 2),
        ),
        Mistake(
            "half a cosine: (1 + cosine) / 2, all the way to math.pi",
            like=_with_down(lambda done, length: math.cos(math.pi * done / length / 2)),
        ),
        Mistake("the way down is a cosine, not a straight line", like=_linear_down),
        Mistake(
            "the warm-up is missing: for step < warmup it is peak * (step + 1) / warmup",
            like=lambda step, warmup, total, peak: _schedule(
                max(step, warmup), warmup, total, peak
            ),
        ),
        Mistake(
            "the warm-up is right; after it the rate falls along a cosine",
            like=lambda step, warmup, total, peak: peak * min(1, (step + 1) / max(warmup, 1)),
        ),
        Mistake(
            "that is the factor; multiply it by peak",
            like=lambda *given: _schedule(*given[:3], 1.0),
        ),
        Mistake(
            "warmup may be 0: then no step is warm-up, and nothing is divided by it",
            when=_divided_by_zero(lambda step, warmup, total: warmup == 0),
        ),
        Mistake(
            "warmup may be 1: then warmup - 1 is 0, and step 0 has the rate peak",
            when=_divided_by_zero(lambda step, warmup, total: step < warmup == 1),
        ),
        Mistake(
            "math.cos wants radians: half a turn is math.pi",
            like=lambda step, warmup, total, peak: (
                peak * (step + 1) / warmup
                if step < warmup
                else peak * (1 + math.cos(180 * (step - warmup) / (total - warmup))) / 2
            ),
        ),
    ],
)
def warmup_cosine(step, warmup, total, peak):
    """Return the learning rate of a step (0, 1, …): ``warmup`` steps up to peak, then a cosine."""
    if step < warmup:
        return peak * (step + 1) / warmup
    part = (step - warmup) / (total - warmup)
    return peak * (1 + math.cos(math.pi * part)) / 2


EXERCISES = collect(vars())
