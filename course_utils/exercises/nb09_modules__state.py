"""Exercises of notebook 09, second part: invisible layers, states and hooks."""

from copy import deepcopy

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
            "more parameters than before: repair the container, keep the layers",
            when=lambda case, got, expected: _sees(case, got, expected, "numbers in them"),
        ),
        Mistake(
            "some layers get no gradient: forward does not use them",
            when=lambda case, got, expected: _sees(
                case, got, expected, "parameters with a gradient"
            ),
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


def _pair(rng):
    def make():
        width, classes = rng.randint(2, 4), rng.randint(2, 4)
        source = [nn.Linear(2, width), nn.BatchNorm1d(width), nn.Linear(width, classes)]
        other = classes + rng.choice([0, 1, 2])
        target = [nn.Linear(2, width), nn.BatchNorm1d(width), nn.Linear(width, other)]
        if rng.random() < 0.4:
            target.append(nn.Linear(other, 2))
        if rng.random() < 0.3:
            source.append(nn.Linear(classes, 5))
        models = nn.Sequential(*source), nn.Sequential(*target)
        for model in models:
            for tensor in model.state_dict().values():
                if tensor.is_floating_point():
                    tensor.copy_(torch.randn(tensor.shape))
        return models

    source, target = rng.build(make)
    return {"source": source, "target": target}


def _observe_copy(copy, source, target):
    source, target = deepcopy(source), deepcopy(target)
    before = {name: value.clone() for name, value in source.state_dict().items()}
    report = {"returned": copy(source, target)}
    report.update({name: value.clone() for name, value in target.state_dict().items()})
    report["source is unchanged"] = all(
        torch.equal(before[name], value) for name, value in source.state_dict().items()
    )
    with torch.no_grad():
        for parameter in source.parameters():
            parameter.add_(1)
    report["target has numbers of its own"] = all(
        torch.equal(report[name], value) for name, value in target.state_dict().items()
    )
    return report


def _lists(case, got, expected, test):
    return isinstance(got, dict) and test(got["returned"], expected["returned"])


@exercise(
    observe=_observe_copy,
    cases=_pair,
    count=60,
    praise="what fits is copied, what does not is named",
    hints=[
        "theirs, ours = source.state_dict(), target.state_dict(). Go over the names in ours.",
        "It fits if name in theirs and theirs[name].shape == ours[name].shape.",
        "Put what fits into ours (as a clone), then target.load_state_dict(ours).",
    ],
    mistakes=[
        Mistake(
            "return the names that were left out, as a list",
            when=lambda case, got, expected: _lists(
                case, got, expected, lambda a, b: not isinstance(a, list)
            ),
        ),
        Mistake(
            "names of source that target does not have are no names of target: leave them out",
            when=lambda case, got, expected: (
                isinstance(got, dict) and any(name not in expected for name in got["returned"])
            ),
        ),
        Mistake(
            "these are the names that were copied; wanted are those that were not",
            when=lambda case, got, expected: _lists(
                case, got, expected, lambda a, b: bool(a) and not set(a) & set(b)
            ),
        ),
        Mistake(
            "buffers count too: state_dict() has them, named_parameters() does not",
            when=lambda case, got, expected: (
                isinstance(got, dict)
                and any(
                    "running" in n and not torch.equal(got[n], expected[n])
                    for n in expected
                    if n in got
                )
            ),
        ),
        Mistake(
            "target shares tensors with source: copy the numbers (copy_, clone, load_state_dict)",
            when=lambda case, got, expected: (
                isinstance(got, dict) and not got["target has numbers of its own"]
            ),
        ),
        Mistake(
            "copy from source into target, not the other way round",
            when=lambda case, got, expected: (
                isinstance(got, dict) and not got["source is unchanged"]
            ),
        ),
        Mistake(
            "the shapes must agree as well as the names",
            when=lambda case, got, expected: (
                isinstance(got, Raised)
                and (
                    "size mismatch" in got.text
                    or "must match" in got.text
                    or "broadcast" in got.text
                )
            ),
        ),
        Mistake(
            "strict=False forgives missing names, not wrong shapes; and source may have names that "
            "target has not: look at each name first",
            when=lambda case, got, expected: (
                isinstance(got, Raised)
                and (
                    "Missing key" in got.text
                    or "Unexpected key" in got.text
                    or "loading state" in got.text
                )
            ),
        ),
    ],
)
def copy_matching(source, target):
    """Copy what has the same name and shape; return the names of ``target`` left as they were."""
    theirs, ours, left = source.state_dict(), target.state_dict(), []
    for name in ours:
        if name in theirs and theirs[name].shape == ours[name].shape:
            ours[name] = theirs[name].clone()
        else:
            left.append(name)
    target.load_state_dict(ours)
    return left


EXERCISES = collect(vars())
