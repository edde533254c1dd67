"""Exercises of notebook 16: a step of SGD, and how long momentum makes it."""

import torch

from ._define import Mistake, collect, exercise
from ._run import Raised

ORDER = (
    "plain_step",
    "longest_step",
    "adagrad_step",
    "warmup_cosine",
    "two_learning_rates",
    "repair_new_head",
)


def _raised(*words):
    return lambda case, got, expected: isinstance(got, Raised) and any(w in got.text for w in words)


def _some_parameters(rng):
    shapes = [rng.choice([(), (1,), (2,), (2, 2), (3, 2)]) for _ in range(rng.randint(1, 3))]
    none = rng.randrange(len(shapes)) if rng.random() < 0.4 else None
    gradients = [rng.tensor(*shape) for shape in shapes]
    return {
        "weights": [rng.tensor(*shape) for shape in shapes],
        "gradients": [g if place != none else None for place, g in enumerate(gradients)],
        "learning_rate": rng.choice([0.01, 0.1, 0.5]),
    }


def _after_step(attempt, weights, gradients, learning_rate):
    """Return the parameters and their gradients after ``attempt(parameters, learning_rate)``."""
    parameters = [w.clone().requires_grad_() for w in weights]
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = None if gradient is None else gradient.clone()
    attempt(list(parameters), learning_rate)
    return {
        "parameters": [p.detach() for p in parameters],
        "they still ask for gradients": all(p.requires_grad and p.is_leaf for p in parameters),
        "gradients": [p.grad for p in parameters],
    }


def _sgd(parameters, learning_rate):
    torch.optim.SGD(parameters, lr=learning_rate).step()


def _variant(change=lambda p, rate: p.sub_(rate * p.grad), *, only=slice(None), afterwards=None):
    """Return a wrong step: another change, or of some parameters only."""

    def step(parameters, learning_rate):
        with torch.no_grad():
            for parameter in parameters[only]:
                if parameter.grad is not None:
                    change(parameter, learning_rate)
                    if afterwards:
                        afterwards(parameter)

    return step


def _is_emptied(parameter):
    parameter.grad = None


IN_PLACE = (
    "a parameter is changed in place (p -= …, with no_grad): p = p - … only makes a new tensor"
)


@exercise(
    oracle=_sgd,
    observe=_after_step,
    cases=_some_parameters,
    against="torch.optim.SGD",
    hints=[
        "Under torch.no_grad(), go over the parameters: p -= learning_rate * p.grad.",
        "A parameter that took no part in the loss has p.grad = None. Leave it as it is.",
    ],
    mistakes=[
        Mistake(
            "some p.grad is None, for a parameter that took no part: leave that one out",
            when=_raised("NoneType"),
        ),
        Mistake(
            "the step is not part of the graph: put it under torch.no_grad()",
            when=_raised("leaf Variable that requires grad", "leaf variable"),
        ),
        Mistake(
            "it goes uphill: the step is against the gradient, so subtract",
            like=_variant(lambda p, rate: p.add_(rate * p.grad)),
        ),
        Mistake(
            "the gradient is multiplied by the learning rate before it is subtracted",
            like=_variant(lambda p, rate: p.sub_(p.grad)),
        ),
        Mistake(
            "only the first parameter moves: does the loop end too early?",
            like=_variant(only=slice(1)),
        ),
        Mistake(
            "only the last parameter moves: the line belongs inside of the loop",
            like=_variant(only=slice(-1, None)),
        ),
        Mistake(
            "the parameters are right, but the gradients are gone: emptying is zero_grad's work",
            like=_variant(afterwards=_is_emptied),
        ),
        Mistake(
            "the parameters are right, but the gradients are gone: emptying is zero_grad's work",
            like=_variant(afterwards=lambda p: p.grad.zero_()),
        ),
        Mistake(
            "stop at no parameter: one without a gradient is left out, the next ones still move",
            like=lambda parameters, rate: _variant()(_until_none(parameters), rate),
        ),
        Mistake(
            "the parameter no longer asks for a gradient: change its numbers, nothing else",
            when=lambda case, got, expected: not got["they still ask for gradients"],
        ),
        Mistake(IN_PLACE, like=_variant(lambda p, rate: None)),
    ],
)
def plain_step(parameters, learning_rate):
    """Move each of the parameters (a list) against its gradient, like SGD's step()."""
    with torch.no_grad():
        for parameter in parameters:
            if parameter.grad is not None:
                parameter -= learning_rate * parameter.grad


def _until_none(parameters):
    places = [place for place, p in enumerate(parameters) if p.grad is None]
    return parameters[: places[0]] if places else parameters


def _walked(learning_rate, momentum, gradient):
    """Ask PyTorch: walk until all steps are equal, and measure the last one."""
    w = torch.zeros(1, dtype=torch.float64)
    optimizer = torch.optim.SGD([w], lr=learning_rate, momentum=momentum)
    for _ in range(300):
        before = w.clone()
        w.grad = torch.full_like(w, gradient)
        optimizer.step()
    return (before - w).item()


def _hills(rng):
    return {
        "learning_rate": rng.choice([0.001, 0.01, 0.1, 0.5]),
        "momentum": rng.choice([0.0, 0.5, 0.8, 0.9, 0.95]),
        "gradient": float(rng.randint(1, 5)),
    }


@exercise(
    oracle=_walked,
    cases=_hills,
    count=20,
    against="torch.optim.SGD",
    praise="the same as the 300th step of torch.optim.SGD, for 20 settings",
    hints=[
        "In the end the memory no longer changes: memory = momentum * memory + gradient.",
        "Solve that for memory: memory = gradient / (1 - momentum).",
        "The step is learning_rate * memory.",
    ],
    mistakes=[
        Mistake("that is the first step, before the memory has grown", like=lambda r, m, g: r * g),
        Mistake(
            "that is the second step: the memory goes on growing",
            like=lambda r, m, g: r * g * (1 + m),
        ),
        Mistake(
            "this makes the step shorter: divide by (1 - momentum)",
            like=lambda r, m, g: r * g * (1 - m),
        ),
        Mistake(
            "1 + m + m² + … is 1 / (1 - m): divide by (1 - momentum), not by momentum",
            like=lambda r, m, g: r * g / m,
        ),
        Mistake("the brackets: 1 - momentum goes below", like=lambda r, m, g: r * g / 1 - m),
        Mistake(
            "the gradient is missing: twice as steep, twice as long",
            like=lambda r, m, g: r / (1 - m),
        ),
        Mistake(
            "that is the memory; a step is learning_rate * memory", like=lambda r, m, g: g / (1 - m)
        ),
        Mistake(
            "momentum 0.9 is one case: take it from the arguments", like=lambda r, m, g: r * g * 10
        ),
        Mistake(
            "momentum 0 is allowed: then all steps are equally long",
            when=_raised("ZeroDivisionError"),
        ),
    ],
)
def longest_step(learning_rate, momentum, gradient):
    """Return how long the steps become in the end if the gradient always stays the same."""
    return learning_rate * gradient / (1 - momentum)


EXERCISES = collect(vars())
