"""Exercises of notebook 16, second part: Adagrad."""

import torch

from ._define import Mistake, collect, exercise


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
        Mistake(
            "return both without brackets: return weight, total is a tuple, not a list",
            when=lambda case, got, expected: isinstance(got, list),
        ),
        Mistake(
            "the learning rate is missing in the step",
            like=lambda w, g, total, rate, eps=1e-10: _adagrad(w, g, total, 1.0, eps),
        ),
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


EXERCISES = collect(vars())
