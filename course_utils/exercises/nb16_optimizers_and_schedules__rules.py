"""Exercises of notebook 16, second part: Adagrad, and a schedule with a warm-up."""

import math
import warnings

import torch
from torch.optim import lr_scheduler

from ._define import Mistake, collect, exercise
from ._run import Raised


def _adagrad_of_torch(weight, gradient, total, learning_rate, eps=1e-10):
    w = weight.clone()
    optimizer = torch.optim.Adagrad([w], lr=learning_rate, eps=eps)
    optimizer.state[w]["sum"] = total.clone()
    w.grad = gradient
    optimizer.step()
    return w, optimizer.state[w]["sum"]


def _adagrad_case(rng):
    shape = rng.choice([(1,), (2,), (3,), (2, 2), (2, 3)])
    total = rng.tensor(*shape, low=0.0, high=4.0) * (rng.random() < 0.8)
    return {
        "weight": rng.tensor(*shape),
        "gradient": rng.tensor(*shape),
        "total": total,
        "learning_rate": rng.choice([0.01, 0.1, 1.0]),
        **rng.choice([{}, {"eps": 0.1}, {"eps": 1.0}]),
    }


def _adagrad(
    w, g, total, rate, eps=1e-10, *, used=None, kept=None, root=torch.sqrt, sign=-1, inside=False
):
    """Return Adagrad with one thing changed: what is kept, what is used, where eps stands."""
    kept = total + g**2 if kept is None else kept(total, g)
    used = kept if used is None else used(total, g)
    below = root(used + eps) if inside else root(used) + eps
    return w + sign * rate * g / below, kept


def _acts_like(message, **choice):
    return Mistake(message, like=lambda *given: _adagrad(*given, **choice))


def _one_of_two(place):
    """Recognise that only one of the two results came back."""
    return lambda *given: adagrad_step(*given)[place]


ALL_PAST = "first add the new square to the total, then divide by its root"


@exercise(
    oracle=_adagrad_of_torch,
    cases=_adagrad_case,
    against="torch.optim.Adagrad",
    hints=[
        "The new total is total + gradient ** 2. Make a new tensor: total belongs to the caller.",
        "The step: learning_rate * gradient / (root of the new total + eps).",
        "Return both, the new weight first: return weight, total.",
    ],
    mistakes=[
        Mistake("the total is kept between the steps: return (weight, total)", like=_one_of_two(0)),
        Mistake("the new weight is missing: return (weight, total)", like=_one_of_two(1)),
        Mistake("the weight comes first", like=lambda *given: adagrad_step(*given)[::-1]),
        _acts_like(ALL_PAST, used=lambda total, g: total),
        _acts_like("the total is a sum of squares: gradient ** 2", kept=lambda total, g: total + g),
        _acts_like(
            "a square is never negative: gradient ** 2, not abs()",
            kept=lambda total, g: total + g.abs(),
        ),
        _acts_like(
            "that is RMSProp: Adagrad forgets nothing, it adds the whole square",
            kept=lambda total, g: 0.99 * total + 0.01 * g**2,
        ),
        _acts_like("the old squares count too: total + gradient ** 2", kept=lambda total, g: g**2),
        _acts_like(
            "the weight is right; return the new total too, not the old one",
            kept=lambda total, g: total,
            used=lambda total, g: total + g**2,
        ),
        _acts_like("divide by the root of the total", root=lambda x: x),
        _acts_like("eps is added after the root", inside=True),
        _acts_like("it goes uphill: subtract the step", sign=1),
        Mistake(
            "eps is not used",
            like=lambda w, g, total, rate, eps=0.0: _adagrad(w, g, total, rate, 1e-10),
        ),
        Mistake(
            "eps is not used", like=lambda w, g, t, rate, eps=0.0: _adagrad(w, g, t, rate, 0.0)
        ),
        Mistake(
            "divide each gradient by the root of its own total, not by one number for all",
            like=lambda w, g, total, rate, eps=1e-10: (
                w - rate * g / ((total + g**2).sum().sqrt() + eps),
                total + g**2,
            ),
        ),
    ],
)
def adagrad_step(weight, gradient, total, learning_rate, eps=1e-10):
    """Return (weight, total) after one step; total sums the squares of all gradients so far."""
    total = total + gradient**2
    return weight - learning_rate * gradient / (total.sqrt() + eps), total


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


def _linear_down(step, warmup, total, peak):
    if step < warmup:
        return peak * (step + 1) / warmup
    return peak * (1 - (step - warmup) / (total - warmup))


def _differs(message, **choice):
    return Mistake(message, like=lambda *given: _schedule(*given, **choice))


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
            when=lambda case, got, expected: (
                isinstance(got, Raised)
                and issubclass(got.kind, ZeroDivisionError)
                and case["warmup"] == 0
            ),
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
