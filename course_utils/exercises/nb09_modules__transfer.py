"""Exercises of notebook 09, third part: numbers from one network into another."""

from copy import deepcopy

import torch
from torch import nn

from ._define import Mistake, collect, exercise
from ._run import Raised


def _layers(rng):
    """Return the layers of source and target: some fit, some do not."""
    if rng.random() < 0.2:  # as many numbers, in another shape
        return [[nn.Linear(2, 2), nn.Linear(a, 5 - a, bias=False)] for a in (2, 3)]
    width, classes = rng.randint(2, 4), rng.randint(1, 4)
    other = classes + rng.choice([0, 1, 2])
    source = [nn.Linear(2, width), nn.BatchNorm1d(width), nn.Linear(width, classes)]
    target = [nn.Linear(2, width), nn.BatchNorm1d(width), nn.Linear(width, other)]
    if rng.random() < 0.4:
        target.append(nn.Linear(other, 2))
    if rng.random() < 0.3:
        source.append(nn.Linear(classes, 5))
    return source, target


def _pair(rng):
    def make():
        source, target = (nn.Sequential(*layers) for layers in _layers(rng))
        for tensor in (*source.state_dict().values(), *target.state_dict().values()):
            if tensor.is_floating_point():
                tensor.copy_(torch.randn(tensor.shape))
        return source, target

    source, target = rng.build(make)
    return {"source": source, "target": target}


def _observe_copy(copy, source, target):
    source, target = deepcopy(source), deepcopy(target)
    before = {name: value.clone() for name, value in source.state_dict().items()}
    try:
        report = {"returned": copy(source, target)}
    except RuntimeError as error:  # PyTorch says in further lines which names are meant
        raise RuntimeError(" ".join(str(error).split())).with_traceback(
            error.__traceback__
        ) from error
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


def _raised(*words):
    return lambda case, got, expected: isinstance(got, Raised) and any(w in got.text for w in words)


def _lists(test):
    """Return a predicate on the two lists of names."""
    return lambda case, got, expected: (
        isinstance(got, dict) and test(got["returned"], expected["returned"])
    )


def _changed(case, report):
    """Return the names of target whose numbers are no longer those of the beginning."""
    before = case["target"].state_dict()
    return {name for name, value in before.items() if not torch.equal(value, report[name])}


def _shape_overlooked(case, got, expected):
    if isinstance(got, Raised):
        return any(words in got.text for words in ("must match", "broadcast", "invalid for input"))
    return _changed(case, got) - _changed(case, expected)


def _buffers_left(case, got, expected):
    copied = _changed(case, got)
    forgotten = _changed(case, expected) - copied
    return any("weight" in name for name in copied) and any("running" in n for n in forgotten)


def _only_in(one, other):
    """Return a predicate: a name that ``other`` does not have was looked up in it."""

    def lost(case, got, expected):
        names = set(case[one].state_dict()) - set(case[other].state_dict())
        return got.kind is KeyError and any(f"'{name}'" in got.text for name in names)

    return lost


def _own_names_lost(case, got, expected):
    missing = set(expected["returned"]) - set(got["returned"])
    return missing and not missing & set(case["source"].state_dict())


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
            "return the names that were left, as a list",
            when=_lists(lambda a, b: not isinstance(a, list)),
        ),
        Mistake(
            "names of source that target does not have are no names of target: leave them out",
            when=lambda case, got, expected: any(name not in expected for name in got["returned"]),
        ),
        Mistake(
            "copy from source into target, not the other way round",
            when=lambda case, got, expected: not got["source is unchanged"],
        ),
        Mistake(
            "the shapes must agree as well as the names: compare them before you copy",
            when=_shape_overlooked,
        ),
        Mistake(
            "these are the names that were copied; wanted are those that were not",
            when=_lists(lambda a, b: bool(a) and not set(a) & set(b)),
        ),
        Mistake(
            "target is unchanged: changing the dictionary is not enough; load_state_dict it (or "
            "copy_ into its tensors)",
            when=lambda case, got, expected: _changed(case, expected) and not _changed(case, got),
        ),
        Mistake(
            "buffers count too: state_dict() has them, named_parameters() does not",
            when=_buffers_left,
        ),
        Mistake(
            "target shares tensors with source: copy the numbers (copy_, clone, load_state_dict)",
            when=lambda case, got, expected: not got["target has numbers of its own"],
        ),
        Mistake(
            "names that only target has are left as they were, too: go over target's names",
            when=_own_names_lost,
        ),
        Mistake(
            "in the order of target.state_dict(): do not sort",
            when=_lists(lambda a, b: sorted(a) == sorted(b)),
        ),
        Mistake(
            "some names of target are not in source: ask `name in theirs` first",
            when=_only_in("target", "source"),
        ),
        Mistake(
            "some names of source are not in target: go over target's names",
            when=_only_in("source", "target"),
        ),
        Mistake(
            "load_state_dict wants the same shapes, with strict=False too: look at each name first",
            when=_raised("size mismatch"),
        ),
        Mistake(
            "load_state_dict wants every name: leave target's own numbers in for the others, or "
            "say strict=False",
            when=_raised("Missing key"),
        ),
        Mistake(
            "source has names that target has not: look at each name first",
            when=_raised("Unexpected key"),
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
