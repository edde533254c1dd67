"""Exercises of notebook 18: a new head."""

import torch
from torch import nn

from ._compare import kind_of
from ._define import Finding, Mistake, collect, exercise
from ._probes18 import IMAGES, built, sizes
from ._run import Raised

ORDER = (
    "swap_head",
    "train_only",
    "repair_frozen_epoch",
    "keep_features",
    "rates_by_depth",
    "grey_stem",
)


def _raised(*words):
    return lambda case, got, expected: isinstance(got, Raised) and any(w in got.text for w in words)


def _observe_head(attempt, seed, features, old_classes, classes):
    """Return what became of the network, and whether its output has the right number of classes."""
    model = built(seed, features, old_classes)
    body = {n: p.detach().clone() for n, p in model.named_parameters() if not n.startswith("fc")}
    old = model.fc.weight.detach().clone()
    changed = attempt(model, classes)
    if isinstance(changed, nn.Linear):
        raise Finding("it returns the new layer; return the whole model")
    if not isinstance(changed, nn.Module):
        raise Finding(f"it returns {kind_of(changed)}, not the model")
    with torch.no_grad():
        logits = changed(IMAGES)  # (B, classes)
    now = dict(changed.named_parameters())
    kept = all(n in now and torch.equal(p, now[n]) for n, p in body.items())
    head = {n: tuple(p.shape) for n, p in now.items() if n not in body}
    return {
        "it is the given model": changed is model,
        "shape of the logits": tuple(logits.shape),
        "the outputs are probabilities": _probabilities(logits),
        "every parameter can learn": all(p.requires_grad for p in changed.parameters()),
        "the head's parameters": sorted(head.values()),
        "the head keeps old weights": any(_shares_rows(now[n].detach(), old) for n in head),
        "the body keeps its weights": kept,
    }


def _shares_rows(weight, old):
    """Tell whether the first row of an old head is the first row of ``weight``."""
    return weight.shape[1:] == old.shape[1:] and torch.equal(weight[0], old[0])


def _probabilities(logits):
    """Tell whether a softmax or log_softmax came last."""
    return any(
        torch.allclose(values.sum(dim=1), torch.ones(len(values)), atol=1e-5)
        for values in (logits, logits.exp())
    )


def _exchanged(model, classes):
    model.fc = nn.Linear(classes, model.fc.in_features)
    return model


def _appended(model, classes):
    model.fc = nn.Sequential(model.fc, nn.Linear(model.fc.out_features, classes))
    return model


def _called_classifier(model, classes):
    model.classifier = nn.Linear(model.fc.in_features, classes)
    return model


def _only_number(model, classes):
    model.fc.out_features = classes
    return model


def _first_rows(model, classes):
    model.fc.weight = nn.Parameter(model.fc.weight[:classes].detach().clone())
    model.fc.bias = nn.Parameter(model.fc.bias[:classes].detach().clone())
    model.fc.out_features = classes
    return model


def _without_bias(model, classes):
    model.fc = nn.Linear(model.fc.in_features, classes, bias=False)
    return model


@exercise(
    observe=_observe_head,
    cases=lambda rng: {**sizes(rng), "classes": rng.choice([1, 2, 8])},
    count=12,
    praise="the logits have as many columns as there are classes, and the body is untouched",
    hints=[
        "The old head knows how many features come in: model.fc.in_features.",
        "Assign a new nn.Linear to the same name, model.fc; then return the model.",
    ],
    mistakes=[
        Mistake(
            "that hangs a layer behind the old head: put the new one in its place", like=_appended
        ),
        Mistake(
            "forward never uses that name: this network's head is called fc",
            like=_called_classifier,
        ),
        Mistake(
            "out_features is only a note: the weight has the old shape; make a new layer",
            like=_only_number,
        ),
        Mistake(
            "these are rows of the old head, made for other classes: make a new layer",
            when=lambda case, got, expected: (
                isinstance(got, dict) and got["the head keeps old weights"]
            ),
        ),
        Mistake("keep the bias, as the old head has it", like=_without_bias),
        Mistake(
            "in_features and out_features are exchanged: nn.Linear(model.fc.in_features, classes)",
            like=_exchanged,
        ),
        Mistake(
            "the loss wants logits: a Linear alone, no softmax behind it",
            when=lambda case, got, expected: (
                isinstance(got, dict) and got["the outputs are probabilities"]
            ),
        ),
        Mistake(
            "change the head only: nothing was frozen, and nothing is to be frozen here",
            when=lambda case, got, expected: (
                isinstance(got, dict) and not got["every parameter can learn"]
            ),
        ),
        Mistake(
            "change the model itself, not a copy: somebody else may hold the given one",
            when=lambda case, got, expected: (
                isinstance(got, dict)
                and not got["it is the given model"]
                and got["the body keeps its weights"]
            ),
        ),
        Mistake(
            "keep the network that you are given: its body is trained already",
            when=lambda case, got, expected: (
                isinstance(got, dict) and not got["the body keeps its weights"]
            ),
        ),
        Mistake(
            "the number of features is not the same for every network: ask model.fc.in_features",
            when=_raised("cannot be multiplied"),
        ),
        Mistake(
            "in_features and out_features are exchanged, or one is the old number of classes: "
            "nn.Linear(model.fc.in_features, classes)",
            when=lambda case, got, expected: (
                isinstance(got, dict)
                and got["shape of the logits"] != expected["shape of the logits"]
            ),
        ),
    ],
)
def swap_head(model, classes):
    """Give model.fc, a Linear, as many outputs as there are classes; return the same model."""
    model.fc = nn.Linear(model.fc.in_features, classes)
    return model


EXERCISES = collect(vars())
