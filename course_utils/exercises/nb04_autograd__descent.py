"""Exercises of notebook 04, second part: going downhill, and the repair of a wrong gradient."""

import torch

from ._define import Finding, Mistake, collect, exercise

CURVES = {
    "w²": lambda w: w**2,
    "(w − 1)²": lambda w: (w - 1) ** 2,
    "3 w": lambda w: 3 * w,
    "w⁴ / 4 + w": lambda w: w**4 / 4 + w,
}


def _settings(rng):
    return {
        "curve": rng.choice(list(CURVES)),
        "start": rng.randint(-15, 15) / 10,
        "learning_rate": rng.choice([0.05, 0.1, 0.2]),
        "steps": rng.randint(0, 4),
    }


def _descend_on(attempt, curve, start, learning_rate, steps):
    return attempt(CURVES[curve], start, learning_rate, steps)


def _path(f, start, learning_rate, steps, *, sign=-1, empty=True, first=True, more=0):
    """Return the path of descent, or of what becomes of it with one mistake."""
    w = torch.tensor(float(start), requires_grad=True)
    path = [start] if first else []
    for _ in range(steps + more):
        f(w).backward()
        with torch.no_grad():
            w += sign * learning_rate * w.grad
        if empty:
            w.grad = None
        path.append(w.item())
    return path


@exercise(
    observe=_descend_on,
    cases=_settings,
    count=60,
    praise="60 random paths, on four curves",
    hints=[
        "Make w = torch.tensor(start, requires_grad=True), and a list that begins with start.",
        "Each step: f(w).backward(), then under torch.no_grad(): w -= learning_rate * w.grad.",
        "Empty the gradient (w.grad = None) after each step, and append w.item() to the list.",
    ],
    mistakes=[
        Mistake(
            "the gradient is never emptied: each step also takes all slopes before it",
            like=lambda *given: _path(*given, empty=False),
        ),
        Mistake(
            "this goes uphill: step against the slope, so subtract",
            like=lambda *given: _path(*given, sign=1),
        ),
        Mistake(
            "the list begins with start, before any step",
            like=lambda *given: _path(*given, first=False),
        ),
        Mistake("that is one step too many", like=lambda *given: _path(*given, more=1)),
        Mistake("that is one step too few", like=lambda *given: _path(*given, more=-1)),
        Mistake(
            "the slope is multiplied by the learning rate before it is subtracted",
            like=lambda f, start, rate, steps: _path(f, start, 1.0, steps),
        ),
        Mistake(
            "only where the path ends comes back; the whole list is asked for",
            like=lambda *given: _path(*given)[-1],
        ),
        Mistake(
            "the slope 2 * w is right for w² only: let f(w).backward() find it",
            like=lambda f, *rest: _path(lambda w: w**2, *rest),
        ),
        Mistake(
            "w never moves: is the gradient emptied before the step?",
            like=lambda f, start, rate, steps: [start] * (steps + 1),
        ),
        Mistake(
            "return a list of plain numbers",
            when=lambda case, got, expected: isinstance(got, (torch.Tensor, tuple)),
        ),
        Mistake(
            "append w.item(), a number: the tensor itself changes with every further step",
            when=lambda case, got, expected: isinstance(got[-1], torch.Tensor),
        ),
        Mistake(
            "a step is not part of the graph: make it under with torch.no_grad():",
            when=lambda case, got, expected: "leaf Variable that requires grad" in got.text,
        ),
        Mistake(
            "nothing was recorded: w needs requires_grad=True, only the step belongs under no_grad",
            when=lambda case, got, expected: (
                "does not require grad" in got.text and case["steps"] == 1
            ),
        ),
        Mistake(
            "w.grad is None: call backward() before the step, empty after it, and keep w a leaf",
            when=lambda case, got, expected: "'NoneType'" in got.text and case["steps"] == 1,
        ),
        Mistake(
            "the new w asks for no gradient: change w itself, under torch.no_grad()",
            when=lambda case, got, expected: "does not require grad" in got.text,
        ),
        Mistake(
            "w is the result of an operation now, no leaf, so w.grad is None: change w itself",
            when=lambda case, got, expected: "'NoneType'" in got.text,
        ),
    ],
)
def descend(f, start, learning_rate, steps):
    """Return [start, w after step 1, w after step 2, …] of gradient descent on f, as numbers."""
    w = torch.tensor(float(start), requires_grad=True)
    path = [w.item()]
    for _ in range(steps):
        f(w).backward()
        with torch.no_grad():
            w -= learning_rate * w.grad
        w.grad = None
        path.append(w.item())
    return path


def repair_error_report_starter(w, picture, target):
    """Return the loss, ready for backward(), and the mean absolute error as a number."""
    error = w * picture - target
    loss = (error**2).mean()
    error.data.abs_()
    return loss, error.mean().item()


def _report(attempt, w, picture, target):
    """Return loss, mean absolute error and the gradient that the loss gives to w."""
    w = torch.tensor(w, requires_grad=True)
    result = attempt(w, picture, target)
    if not (isinstance(result, tuple) and len(result) == 2):
        raise Finding("it does not return the pair (loss, mean absolute error)")
    loss, error = result
    if not (isinstance(loss, torch.Tensor) and loss.requires_grad):
        raise Finding("the loss is cut from its graph: backward() is impossible")
    loss.backward()
    return {"loss": loss.item(), "mean absolute error": error, "w.grad": w.grad}


def _backward_inside(w, picture, target):
    loss, error = repair_error_report(w, picture, target)
    loss.backward(retain_graph=True)
    return loss, error


def _signed_report(w, picture, target):
    error = w * picture - target
    return (error**2).mean(), error.mean().item()


def _report_pictures(rng):
    shape = rng.choice([(2,), (4,), (2, 3), (3, 2, 2)])
    values = {"low": 0.0, "high": 1.0}
    picture, target = rng.tensor(*shape, **values), rng.tensor(*shape, **values)
    return {"w": rng.randint(0, 15) / 10, "picture": picture, "target": target}


@exercise(
    starter=repair_error_report_starter,
    observe=_report,
    cases=_report_pictures,
    count=40,
    praise="the loss, the report and the gradient are right, for 40 random pictures",
    hints=[
        "Both returned numbers are right. Call loss.backward() and look at w.grad: it is not.",
        "The squares remember the tensor error. Who changes it afterwards, behind their back?",
        "error.abs(), without an underscore, makes a new tensor and leaves error as it is.",
    ],
    mistakes=[
        Mistake(
            ".data still changes the tensor that the squares remember, and nobody notices",
            like=repair_error_report_starter,
        ),
        Mistake(
            "abs_() still changes the tensor that the squares remember: make a new one with abs()",
            when=lambda case, got, expected: "modified by an inplace operation" in got.text,
        ),
        Mistake(
            "do not call backward() here: the caller does",
            when=lambda case, got, expected: "backward through the graph a second" in got.text,
        ),
        Mistake("do not call backward() here: the caller does", like=_backward_inside),
        Mistake(
            "errors above and below cancel out in this mean: take the mean of what abs() returns "
            "(without an underscore, abs() leaves error itself as it is)",
            like=_signed_report,
        ),
    ],
)
def repair_error_report(w, picture, target):
    """Return the loss, ready for backward(), and the mean absolute error as a number."""
    error = w * picture - target
    loss = (error**2).mean()
    return loss, error.abs().mean().item()


EXERCISES = collect(vars())
