"""Exercises of notebook 04, third part: gradients without autograd, to check it."""

import torch

from ._define import Mistake, collect, exercise

FUNCTIONS = {
    "x³ summed up": lambda x: (x**3).sum(),
    "x² averaged": lambda x: (x**2).mean(),
    "sine of x, times 2, summed up": lambda x: (2 * x.sin()).sum(),
    "the product of all x": lambda x: x.prod(),
    "row sums, squared and summed up": lambda x: (x.sum(-1) ** 2).sum(),
}


def _points(rng):
    x = rng.tensor(*rng.choice([(1,), (2,), (3,), (2, 2), (2, 3), (2, 2, 2)]), low=-2.0, high=2.0)
    return {"function": rng.choice(list(FUNCTIONS)), "x": x.double(), "h": rng.choice([1e-6, 0.5])}


def _gradient_of(attempt, function, x, h):
    with torch.no_grad():  # an answer by autograd is none
        return attempt(FUNCTIONS[function], x, h)


def _differences(f, x, h, *, forth=1.0, back=1.0, width=2.0, together=False):
    """Return central differences in the shape of x, or what a mistake makes of them."""
    slopes = torch.zeros_like(x)
    for i in range(x.numel()):
        step = torch.zeros_like(x)
        step.view(-1)[i] = h
        if together:
            step = torch.full_like(x, h)
        slopes.view(-1)[i] = (f(x + forth * step) - f(x - back * step)) / (width * h)
    return slopes


def _rows_moved(f, x, h):
    """What x[i] + h makes of a tensor with rows: it moves a whole row."""
    slopes = torch.zeros_like(x)
    for i in range(len(x)):
        step = torch.zeros_like(x)
        step[i] = h
        slopes[i] = (f(x + step) - f(x - step)) / (2 * h)
    return slopes


@exercise(
    observe=_gradient_of,
    cases=_points,
    count=60,
    praise="60 random tensors, of one to three dimensions",
    hints=[
        "Start with slopes = torch.zeros_like(x), then a loop over i in range(x.numel()).",
        "step = torch.zeros_like(x), and step.view(-1)[i] = h: a step in one number only.",
        "slopes.view(-1)[i] = (f(x + step) - f(x - step)) / (2 * h).",
    ],
    mistakes=[
        Mistake(
            "from x − h to x + h the distance is 2 · h: divide by that",
            like=lambda f, x, h: _differences(f, x, h, width=1.0),
        ),
        Mistake(
            "look on both sides: f(x + step) − f(x − step), divided by 2 · h",
            like=lambda f, x, h: _differences(f, x, h, back=0.0, width=1.0),
        ),
        Mistake(
            "look on both sides: f(x + step) − f(x − step), divided by 2 · h",
            like=lambda f, x, h: _differences(f, x, h, forth=0.0, width=1.0),
        ),
        Mistake(
            "that is f(x + h) − f(x) over 2 · h: is old = x.view(-1)[i] a view that changes too? "
            "Take .item()",
            like=lambda f, x, h: _differences(f, x, h, back=0.0),
        ),
        Mistake(
            "all numbers move at once: for each slope move only one of them",
            like=lambda f, x, h: _differences(f, x, h, together=True),
        ),
        Mistake("x[i] is a whole row here: go over x.view(-1), number by number", like=_rows_moved),
        Mistake(
            "the slopes are right, but in a row: give them the shape of x",
            like=lambda f, x, h: _differences(f, x, h).flatten(),
        ),
        Mistake(
            "use the h that is handed over",
            like=lambda f, x, h: _differences(f, x, 1e-6),
        ),
        Mistake(
            "/ 2 * h divides by 2 and multiplies by h: brackets, / (2 * h)",
            like=lambda f, x, h: _differences(f, x, h, width=2 / h**2),
        ),
        Mistake(
            "all slopes are 0: does a = x; b = x change one tensor twice? Copy it with x.clone()",
            like=lambda f, x, h: torch.zeros_like(x),
        ),
        Mistake(
            "give f a tensor in the shape of x: flattened, its rows are gone",
            like=lambda f, x, h: _differences(lambda row: f(row.flatten()), x, h),
        ),
        Mistake(
            "this is autograd's slope; compute the differences",
            when=lambda case, got, expected: "does not require grad" in got.text,
        ),
        Mistake(
            "x is float64, so use torch.zeros_like(x), or dtype=x.dtype",
            when=lambda case, got, expected: got.dtype == torch.float32,
        ),
    ],
)
def numeric_gradient(f, x, h):
    """Return (f with h more − f with h less) / (2 h) for each number of x, in the shape of x."""
    slopes = torch.zeros_like(x)
    for i in range(x.numel()):
        step = torch.zeros_like(x)
        step.view(-1)[i] = h
        slopes.view(-1)[i] = (f(x + step) - f(x - step)) / (2 * h)
    return slopes


EXERCISES = collect(vars())
