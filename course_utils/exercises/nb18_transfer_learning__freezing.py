"""Exercises of notebook 18, second part: what is frozen."""

import torch

from ._define import Mistake, collect, exercise
from ._probes18 import built, sizes


def _observe_frozen(attempt, seed, features, old_classes, names, learning):
    model = built(seed, features, old_classes)
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(learning or name.startswith("fc"))
    weights = [p.detach().clone() for p in model.parameters()]
    count = attempt(model, names)
    return {
        **{f"{name} learns": p.requires_grad for name, p in model.named_parameters()},
        "returned": count,
        "the weights are unchanged": all(map(torch.equal, weights, model.parameters())),
    }


def _by(wanted):
    """Return a wrong answer that lets learn what ``wanted(parameter's name, names)`` says."""

    def answer(model, names):
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(wanted(name, names))
        return sum(p.numel() for p in model.parameters() if p.requires_grad)

    return answer


def _never_thawed(model, names):
    for name, parameter in model.named_parameters():
        if name.split(".")[0] not in names:
            parameter.requires_grad_(False)
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def _counted(count):
    """Return a wrong answer that returns ``count(parameters that learn)``, or of all."""

    def answer(model, names):
        train_only.reference(model, names)
        return count(list(model.parameters()))

    return answer


def _only_attribute(model, names):
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


NAMES = (
    ["fc"],
    ["layer1", "fc"],
    ["layer1"],
    ["layer10", "fc"],
    ["conv1"],
    ["conv1", "pool", "fc"],
    [],
)


@exercise(
    observe=_observe_frozen,
    cases=lambda rng: {
        **sizes(rng),
        "names": rng.choice(NAMES),
        "learning": rng.random() < 0.5,
    },
    count=40,
    praise="exactly the named parts learn",
    hints=[
        "model.requires_grad_(False) freezes everything. Then let the named parts learn again.",
        "model.get_submodule(name).requires_grad_(True) does it for one part.",
        "Count p.numel() over the parameters whose requires_grad is True.",
    ],
    mistakes=[
        Mistake(
            "layer10 begins with layer1, but is another part: compare whole names",
            like=_by(lambda name, names: any(name.startswith(n) for n in names)),
        ),
        Mistake(
            "layer10 begins with layer1, but is another part: compare whole names",
            like=_by(lambda name, names: any(n in name for n in names)),
        ),
        Mistake(
            "it is the other way round: the named parts learn, all others are frozen",
            like=_by(lambda name, names: name.split(".")[0] not in names),
        ),
        Mistake(
            "a part that was frozen before must learn again: set requires_grad to True as well",
            like=_never_thawed,
        ),
        Mistake("everything is frozen", like=_by(lambda name, names: False)),
        Mistake(
            "only the weights learn: a part has biases too",
            like=_by(lambda n, names: n.split(".")[0] in names and n.endswith("weight")),
        ),
        Mistake(
            "count numbers, not tensors: p.numel()",
            like=_counted(lambda parameters: sum(p.requires_grad for p in parameters)),
        ),
        Mistake(
            "count only the parameters that learn",
            like=_counted(lambda parameters: sum(p.numel() for p in parameters)),
        ),
        Mistake(
            "return the number of parameters that learn",
            when=lambda case, got, expected: isinstance(got, dict) and got["returned"] is None,
        ),
        Mistake(
            "module.requires_grad = … is a new attribute that nobody reads: set it on parameters, "
            "or call module.requires_grad_(…)",
            like=_only_attribute,
        ),
    ],
)
def train_only(model, names):
    """Freeze all parts of model but those in names; return how many parameters learn."""
    model.requires_grad_(False)
    for name in names:
        model.get_submodule(name).requires_grad_(True)
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


EXERCISES = collect(vars())
