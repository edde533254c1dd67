"""Exercises of notebook 04, first part: the chain rule, who gets a gradient, and adding up."""

from numbers import Real

import torch

from ._define import Finding, Mistake, collect, exercise

SHAPES = ((1,), (2,), (5,), (2, 3), (4, 4), (3, 2, 2), (3, 4, 5))


def _loss(w, picture, target):
    return ((w * picture - target) ** 2).mean()


@torch.enable_grad()
def _slope_by_autograd(w, picture, target):
    w = torch.tensor(w, requires_grad=True)
    (slope,) = torch.autograd.grad(_loss(w, picture, target), w)
    return slope


def _as_number(attempt, w, picture, target):
    """Return the attempt's answer without autograd; a tensor of one number counts as a number."""
    with torch.no_grad():
        slope = attempt(w, picture, target)
    one = isinstance(slope, torch.Tensor) and slope.dim() == 0
    return slope.item() if one else slope


def _pictures(rng):
    shape = rng.choice(SHAPES)
    picture = rng.tensor(*shape, low=0.0, high=1.0)
    return {
        "w": rng.randint(-20, 20) / 10,
        "picture": picture,
        "target": rng.tensor(*shape, low=0.0, high=1.0),
    }


@exercise(
    oracle=_slope_by_autograd,
    observe=_as_number,
    against="autograd",
    cases=_pictures,
    count=60,
    praise="60 random pictures agree with autograd",
    hints=[
        "For one pixel the slope is 2 · error · pixel, with error = w · pixel − target.",
        "Tensors do that for all pixels at once: 2 * error * picture, with error a tensor too.",
        "The loss is the mean over the pixels, so its slope is the mean of the pixels' slopes.",
    ],
    mistakes=[
        Mistake(
            "the loss is a mean, so the slope is one too: .mean(), not .sum()",
            like=lambda w, x, y: (2 * (w * x - y) * x).sum(),
        ),
        Mistake(
            "that is one slope for each pixel; the loss is their mean, so take .mean() at the end",
            like=lambda w, x, y: 2 * (w * x - y) * x,
        ),
        Mistake(
            "the inner slope is missing: error = w · picture − target changes by picture",
            like=lambda w, x, y: (2 * (w * x - y)).mean(),
        ),
        Mistake(
            "the slope of error² is 2 · error: the 2 is missing",
            like=lambda w, x, y: ((w * x - y) * x).mean(),
        ),
        Mistake(
            "multiply first, pixel by pixel, then take one mean: a product of means is different",
            like=lambda w, x, y: 2 * (w * x - y).mean() * x.mean(),
        ),
        Mistake(
            "the last factor is what w is multiplied by: the picture, not w",
            like=lambda w, x, y: (2 * (w * x - y) * w).mean(),
        ),
        Mistake(
            "the sign is turned: error is prediction − target",
            like=lambda w, x, y: (2 * (y - w * x) * x).mean(),
        ),
        Mistake(
            "a mean divides by the number of pixels, picture.numel(); len counts only rows",
            like=lambda w, x, y: (2 * (w * x - y) * x).sum() / len(x),
        ),
        Mistake("this is the loss itself, not its slope", like=_loss),
        Mistake(
            "without autograd: work the slope out with the chain rule",
            when=lambda case, got, expected: "does not require grad" in got.text,
        ),
        Mistake(
            "one slope is asked for: bring all pixels together, over all dimensions, with .mean() "
            "or with .sum() / picture.numel()",
            when=lambda case, got, expected: isinstance(got, torch.Tensor),
        ),
    ],
)
def slope_by_hand(w, picture, target):
    """Return the slope of ((w * picture - target) ** 2).mean() at w, without autograd."""
    error = w * picture - target
    return (2 * error * picture).mean()


def _sorted_names(names):
    """Names in any order, in a list, tuple or set, or in one text such as "a, e"."""
    if isinstance(names, str):
        names = names.replace(",", " ").split()
    if isinstance(names, (list, tuple, set)) and all(isinstance(name, str) for name in names):
        return sorted({name.strip() for name in names})
    raise Finding('the answer is a list of names in quotes, such as ["b", "d"]')


@exercise(
    value=True,
    observe=_sorted_names,
    hints=[
        "Needed: the tensor is a leaf, it asks for a gradient, and the result depends on it.",
        "Which of them are results of an operation? And which were made without requires_grad?",
        "b and d are leaves, but ask for no gradient: detach() cut d off. c is a result.",
    ],
    mistakes=[
        Mistake(
            "b is a constant: it was made without requires_grad=True",
            when=lambda case, got, expected: "b" in got,
        ),
        Mistake(
            "c is a result: the gradient flows through it, and is not kept there",
            when=lambda case, got, expected: "c" in got,
        ),
        Mistake(
            "d was cut off by detach(): it counts as a constant",
            when=lambda case, got, expected: "d" in got,
        ),
        Mistake(
            "one is missing: d is cut off, but c is not, and c still leads to a",
            when=lambda case, got, expected: got == ["e"],
        ),
        Mistake(
            "one is missing: e only takes part in a sum, but its slope is 1, not nothing",
            when=lambda case, got, expected: got == ["a"],
        ),
    ],
)
def gets_gradient():
    """Return the names of the tensors whose .grad is filled by backward()."""
    a = torch.tensor(1.0, requires_grad=True)
    b = torch.tensor(2.0)
    c = a * b
    d = c.detach()
    e = torch.tensor(3.0, requires_grad=True)
    (c * d + e).backward()
    leaves = {"a": a, "b": b, "d": d, "e": e}  # c is a result: nothing is kept there
    return [name for name, tensor in leaves.items() if tensor.grad is not None]


def _plain_number(answer):
    if isinstance(answer, (Real, torch.Tensor)):
        return float(answer)
    raise Finding("the answer is one number")


@exercise(
    value=True,
    observe=_plain_number,
    hints=[
        "The slope of w · w is 2 · w, so 4 at w = 2. The slope of 5 · w is 5 everywhere.",
        "backward() adds to what is in w.grad; w.grad = None empties it.",
        "What was added after w.grad = None?",
    ],
    mistakes=[
        Mistake("w.grad = None empties it: what came before is gone", like=16.0),
        Mistake("that is the last call alone; it adds to the one before", like=4.0),
        Mistake("that is what w.grad held before it was emptied", like=9.0),
        Mistake("one more backward() comes after 3 * w, and adds to it", like=3.0),
        Mistake("5 * w was run before w.grad = None", like=12.0),
    ],
)
def accumulated_gradient():
    """Return ``w.grad`` after four calls of backward and one emptying."""
    w = torch.tensor(2.0, requires_grad=True)
    (w * w).backward()
    (5 * w).backward()
    w.grad = None
    (3 * w).backward()
    (w * w).backward()
    return w.grad.item()


EXERCISES = collect(vars())
