"""Exercises of notebook 18: learning rates that grow from part to part."""

import torch
from torch import nn

from ._compare import kind_of
from ._define import Finding, Mistake, collect, exercise
from ._run import Raised

LAYERS = {
    "linear": lambda: nn.Linear(2, 2),
    "block": lambda: nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.ReLU()),
    "relu": nn.ReLU,
    "pool": nn.Flatten,
}
STACKS = (
    ("linear",),
    ("linear", "linear"),
    ("linear", "block", "linear"),
    ("linear", "relu", "linear"),
    ("block", "relu", "linear", "pool", "linear"),
    ("block", "block", "pool", "linear"),
    ("linear", "relu"),
)


def _observe_rates(attempt, layers, learning_rate, factor):
    """Return the learning rate of each parameter that an optimizer gets from the groups."""
    model = nn.Sequential(*(LAYERS[name]() for name in layers))
    groups = attempt(model, learning_rate, factor)
    if isinstance(groups, torch.optim.Optimizer):
        raise Finding("it returns an optimizer; return the list of groups for one")
    if not isinstance(groups, (list, tuple)):
        raise Finding(f"it returns {kind_of(groups)}, not a list of groups")
    if not all(isinstance(group, dict) for group in groups):
        raise Finding('a group is a dictionary: {"params": …, "lr": …}')
    optimizer = torch.optim.SGD(list(groups), lr=9.0)  # stands out where a group has no rate
    rates = {id(p): group["lr"] for group in optimizer.param_groups for p in group["params"]}
    return {f"rate of {name}": rates.get(id(p)) for name, p in model.named_parameters()}


def _by_place(exponent, *, skip=True):
    """Return a wrong answer; ``exponent`` gets the part's place and the number of parts."""

    def answer(model, learning_rate, factor):
        parts = [p for p in model.children() if not skip or list(p.parameters())]
        return [
            {"params": part.parameters(), "lr": learning_rate * factor ** exponent(k, len(parts))}
            for k, part in enumerate(parts)
            if list(part.parameters())
        ]

    return answer


def _divided(model, learning_rate, factor):
    return rates_by_depth.reference(model, learning_rate, 1 / factor)


def _subtracted(model, learning_rate, factor):
    parts = [part for part in model.children() if list(part.parameters())][::-1]
    return [
        {"params": part.parameters(), "lr": learning_rate * (factor * k if k else 1)}
        for k, part in enumerate(parts)
    ]


def _per_parameter(model, learning_rate, factor):
    parameters = list(model.parameters())[::-1]
    return [{"params": [p], "lr": learning_rate * factor**k} for k, p in enumerate(parameters)]


def _weights_only(model, learning_rate, factor):
    groups = rates_by_depth.reference(model, learning_rate, factor)
    return [{**g, "params": [p for p in g["params"] if p.ndim > 1]} for g in groups]


@exercise(
    observe=_observe_rates,
    cases=lambda rng: {
        "layers": rng.choice(STACKS),
        "learning_rate": rng.choice([0.1, 0.01]),
        "factor": rng.choice([0.5, 0.1]),
    },
    count=24,
    praise="the head learns fastest, and every part before it more slowly",
    hints=[
        "Collect the parts that have parameters: [c for c in model.children() if "
        "list(c.parameters())].",
        "Go through them from the last one: its rate is learning_rate; multiply the rate by factor "
        "for each part before it.",
    ],
    mistakes=[
        Mistake(
            "it is the other way round: the last part gets learning_rate, the first the smallest",
            like=_by_place(lambda k, n: k),
        ),
        Mistake(
            "parts without parameters (ReLU, pooling) do not count: skip them before you number",
            like=_by_place(lambda k, n: n - 1 - k, skip=False),
        ),
        Mistake(
            "the last part gets learning_rate itself, without the factor",
            like=_by_place(lambda k, n: n - k),
        ),
        Mistake("multiply by factor for each part, do not divide", like=_divided),
        Mistake(
            "two parts before the last the rate is learning_rate · factor · factor",
            like=_by_place(lambda k, n: min(1, n - 1 - k)),
        ),
        Mistake(
            "two parts before the last the rate is learning_rate · factor · factor",
            like=_subtracted,
        ),
        Mistake(
            "all parts have one rate: multiply it by factor from part to part",
            like=_by_place(lambda k, n: 0),
        ),
        Mistake("biases learn too: hand over part.parameters()", like=_weights_only),
        Mistake(
            "one group for each child: all parameters of a part have the same rate",
            like=_per_parameter,
        ),
        Mistake(
            "model.modules() goes into the blocks too, so parameters come twice: model.children()",
            when=lambda case, got, expected: (
                isinstance(got, Raised) and "more than one parameter group" in got.text
            ),
        ),
        Mistake(
            "a block has no weight of its own, but parameters: ask list(part.parameters())",
            when=lambda case, got, expected: (
                isinstance(got, dict)
                and "block" in case["layers"]
                and any(rate is None for rate in got.values())
            ),
        ),
        Mistake(
            'the key must be "lr": the optimizer overlooks other names',
            when=lambda case, got, expected: isinstance(got, dict) and 9.0 in got.values(),
        ),
    ],
)
def rates_by_depth(model, learning_rate, factor):
    """Return a list of parameter groups for an optimizer, one for each child of model that has
    parameters: the last one learns with learning_rate, each one before it with factor times the
    rate of the next one (factor 0.5: half of it)."""
    groups, rate = [], learning_rate
    for part in reversed(list(model.children())):
        if list(part.parameters()):
            groups.append({"params": list(part.parameters()), "lr": rate})
            rate = rate * factor
    return groups


EXERCISES = collect(vars())
