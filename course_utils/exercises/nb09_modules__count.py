"""Exercises of notebook 09: how many numbers each child of a module has."""

from functools import partial
from itertools import accumulate

import torch
from torch import nn

from ._define import Mistake, collect, exercise


def _model(rng):
    def make():
        width = rng.randint(2, 5)
        block = nn.Sequential(nn.Conv2d(1, width, 3), nn.BatchNorm2d(width))
        parts = {
            "stem": nn.Conv2d(3, width, 3, bias=rng.random() < 0.5),
            "block": nn.Sequential(block, nn.ReLU()),
            "pool": nn.MaxPool2d(2),
            "head": nn.Linear(width, 3),
            "head2": nn.Linear(2, 3),
        }
        names = rng.sample(list(parts), rng.randint(1, 5))
        model = nn.Sequential()
        for name in names:
            model.add_module(name, parts[name])
        frozen = model[rng.randrange(len(model))] if rng.random() < 0.6 else None
        for parameter in frozen.parameters() if frozen else ():
            parameter.requires_grad = False
        if rng.random() < 0.35:
            model.gain = nn.Parameter(torch.ones(2))
        return model

    return {"model": rng.build(make)}


def _counts_by_start(model):
    return {
        name: sum(
            p.numel()
            for n, p in model.named_parameters()
            if p.requires_grad and n[: len(name)] == name
        )
        for name, _ in model.named_children()
    }


def _counts(model, *, frozen=False, below=True, add=sum, modules=nn.Module.named_children):
    return {
        name: add(p.numel() for p in child.parameters(recurse=below) if frozen or p.requires_grad)
        for name, child in modules(model)
    }


def _running_totals(model):
    return dict(zip(_counts(model), accumulate(_counts(model).values()), strict=True))


def _below(model):
    return list(model.named_modules())[1:]


def _lacks_zeros(case, got, expected):
    missing = set(expected) - set(got)
    return missing and set(got) < set(expected) and not any(expected[name] for name in missing)


ONE_LEVEL = "only the children are wanted, one level down: named_children(), not named_modules()"
TENSORS = "that counts tensors; numel() counts the numbers in one"


@exercise(
    cases=_model,
    hints=[
        "for name, child in model.named_children(): one round for each child.",
        "child.parameters() has those below as well; numel() counts the numbers of one.",
        "Add up parameter.numel() only if parameter.requires_grad.",
    ],
    mistakes=[
        Mistake(
            "gain is a parameter of the model itself and belongs to no child: go over "
            "named_children(), and add up the parameters() of each",
            when=lambda case, got, expected: "gain" in getattr(got, "text", got),
        ),
        Mistake(
            "head2 is not below head: compare the name with its dot, or ask each child",
            like=_counts_by_start,
        ),
        Mistake(
            "parameters that are frozen (requires_grad is False) do not count",
            like=lambda model: _counts(model, frozen=True),
        ),
        Mistake(
            "parameters deeper down count too: child.parameters() finds them",
            like=lambda model: _counts(model, below=False),
        ),
        Mistake(ONE_LEVEL, like=partial(_counts, modules=nn.Module.named_modules)),
        Mistake(ONE_LEVEL, like=partial(_counts, modules=_below)),
        Mistake(TENSORS, like=partial(_counts, add=lambda numbers: len(list(numbers)))),
        Mistake(
            TENSORS, like=partial(_counts, frozen=True, add=lambda numbers: len(list(numbers)))
        ),
        Mistake(
            "add up: += keeps what is there, = forgets all but the last parameter",
            like=partial(_counts, add=lambda numbers: [0, *numbers][-1]),
        ),
        Mistake("each child starts from 0 again: reset the sum for each", like=_running_totals),
        Mistake(
            "state_dict() has buffers too, and nothing in it has requires_grad: use parameters()",
            like=lambda model: {
                name: sum(value.numel() for value in child.state_dict().values())
                for name, child in model.named_children()
            },
        ),
        Mistake(
            "by child, not by parameter: add up all that one child has",
            like=lambda model: {
                name: p.numel() for name, p in model.named_parameters() if p.requires_grad
            },
        ),
        Mistake("a child without learnable numbers is in it too, with 0", when=_lacks_zeros),
    ],
)
def count_by_child(model):
    """Return {name of child: number of learnable numbers in it and below}."""
    counts = {}
    for name, child in model.named_children():
        counts[name] = sum(p.numel() for p in child.parameters() if p.requires_grad)
    return counts


EXERCISES = collect(vars())
