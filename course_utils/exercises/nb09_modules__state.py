"""Exercises of notebook 09, second part: invisible layers."""

from functools import partial

import torch
from torch import nn

from ._define import Finding, Mistake, collect, exercise
from ._run import Raised


class RepairBranches_starter(nn.Module):
    """The sum of several linear layers, then one more."""

    def __init__(self, inputs, branches):
        super().__init__()
        self.branches = {f"branch{n}": nn.Linear(inputs, 3) for n in range(branches)}
        self.last = nn.Linear(3, 2)

    def forward(self, x):
        """Return (B, 2) for (B, inputs)."""
        return self.last(sum(branch(x) for branch in self.branches.values()))


def _observe_branches(make, inputs, branches):
    torch.manual_seed(0)
    model = make(inputs, branches)
    if not isinstance(model, nn.Module):
        raise Finding("RepairBranches stays a class that inherits from nn.Module")
    x = torch.linspace(-1, 1, 2 * inputs).reshape(2, inputs)
    report = {"parameters that an optimizer sees": len(list(model.parameters()))}
    kept = {value.data_ptr() for value in model.state_dict().values()}
    report["state_dict has all of them"] = {p.data_ptr() for p in model.parameters()} <= kept
    report["numbers in them"] = sum(p.numel() for p in model.parameters())
    with torch.no_grad():
        for count, (_, parameter) in enumerate(sorted(model.named_parameters()), start=1):
            parameter.fill_(0.1 * count)
    model(x).sum().backward()
    report["parameters with a gradient"] = sum(p.grad is not None for p in model.parameters())
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(0.5)
        report["output if every number is 0.5"] = model(x)
    return report


def _sees(case, got, expected, what):
    return isinstance(got, dict) and got[what] != expected[what]


@exercise(
    starter=RepairBranches_starter,
    observe=_observe_branches,
    cases=[
        {"inputs": 2, "branches": 1},
        {"inputs": 3, "branches": 2},
        {"inputs": 4, "branches": 4},
    ],
    praise="every branch is in the books",
    hints=[
        "A plain dictionary keeps no books. Which container of nn does?",
        "nn.ModuleDict takes a dictionary of modules (nn.ModuleList would do as well).",
        "self.branches = nn.ModuleDict({...}); forward can stay as it is.",
    ],
    mistakes=[
        Mistake(
            "a ModuleList has no .values(): go over it directly in forward",
            when=lambda case, got, expected: isinstance(got, Raised) and "values" in got.text,
        ),
        Mistake(
            "going over a dictionary gives its names: use .values()",
            when=lambda case, got, expected: (
                "'str' object is not callable" in got.text or "str is not a Module" in got.text
            ),
        ),
        Mistake(
            "there is one branch only, however many are asked for",
            when=lambda case, got, expected: (
                case["branches"] > 1
                and isinstance(got, dict)
                and got["parameters that an optimizer sees"] == 4
            ),
        ),
        Mistake(
            "the branches are still not in the books: an optimizer sees only some of the layers",
            when=lambda case, got, expected: (
                isinstance(got, dict)
                and got["parameters that an optimizer sees"]
                < expected["parameters that an optimizer sees"]
            ),
        ),
        Mistake(
            "parameters() alone is not enough: state_dict() and to() go by the books as well; use "
            "a container of nn",
            when=partial(_sees, what="state_dict has all of them"),
        ),
        Mistake(
            "more parameters than before: repair the container, keep the layers",
            when=partial(_sees, what="numbers in them"),
        ),
        Mistake(
            "some layers get no gradient: forward does not use them",
            when=partial(_sees, what="parameters with a gradient"),
        ),
        Mistake(
            "it no longer computes the same: the branches' outputs are added, then comes last",
            when=lambda case, got, expected: isinstance(got, dict),
        ),
    ],
)
class RepairBranches(nn.Module):
    """The sum of several linear layers, then one more."""

    def __init__(self, inputs, branches):
        super().__init__()
        self.branches = nn.ModuleDict({f"branch{n}": nn.Linear(inputs, 3) for n in range(branches)})
        self.last = nn.Linear(3, 2)

    def forward(self, x):
        """Return (B, 2) for (B, inputs)."""
        return self.last(sum(branch(x) for branch in self.branches.values()))


EXERCISES = collect(vars())
