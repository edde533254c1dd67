"""Exercises of notebook 13, fourth part: no chance when a network is asked."""

import copy

import torch
from torch import nn

from ._define import Finding, Mistake, collect, exercise
from ._run import Raised


def _raised(*words):
    return lambda case, got, expected: isinstance(got, Raised) and any(w in got.text for w in words)


def repair_classify_starter(model, picture):
    """Return the class of one picture (C, H, W), an int; the model stays as it was."""
    scores = model(picture.unsqueeze(0))
    return scores.argmax(dim=1).item()


def _asked(rng):
    def make():
        channels, classes = rng.randint(1, 3), rng.randint(3, 6)
        norm = nn.BatchNorm2d(4)
        norm.running_mean.normal_(0, 2)
        norm.running_var.uniform_(0.2, 4)
        layers = [nn.Conv2d(channels, 4, 3), norm, nn.ReLU(), nn.Flatten()]
        model = nn.Sequential(*layers, nn.Dropout(0.5), nn.Linear(16, classes))
        return model.train(rng.random() < 0.7), 3 * torch.randn(channels, 4, 4)

    model, picture = rng.build(make)
    return {"model": model, "picture": picture}


MODE = "its mode is what it was"
NUMBERS = "its parameters and statistics are what they were"
GRADIENTS = "its gradients are what they were"
LEARN = "its parameters can still learn"
ARGMAX = "argmax over the classes, dim=1: dimension 0 is the batch"


def _observe_asked(classify, model, picture):
    model = copy.deepcopy(model)
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)  # of the training that goes on
    before = {name: value.clone() for name, value in model.state_dict().items()}
    modes = [module.training for module in model.modules()]
    answer = classify(model, picture)
    if isinstance(answer, torch.Tensor):
        raise Finding("the class as a whole number is wanted, not a tensor: .item()")
    if isinstance(answer, float):
        raise Finding("that is a score, not a class: argmax says where the largest one stands")
    after = model.state_dict()
    return {
        "the class": answer,
        MODE: modes == [module.training for module in model.modules()],
        NUMBERS: all(torch.equal(before[name], after[name]) for name in before),
        GRADIENTS: all(
            parameter.grad is not None and bool((parameter.grad == 1).all())
            for parameter in model.parameters()
        ),
        LEARN: all(parameter.requires_grad for parameter in model.parameters()),
    }


def _answer(got, name):
    return isinstance(got, dict) and got[name]


@exercise(
    starter=repair_classify_starter,
    observe=_observe_asked,
    cases=_asked,
    praise="always the same answer, and no trace left",
    hints=[
        "Which layers answer differently while they train? model.eval() comes before the call.",
        "Note the mode first: was = model.training. At the end: model.train(was).",
    ],
    mistakes=[
        Mistake(
            "a model in eval mode must be left in eval mode: model.train(was), not model.train()",
            when=lambda case, got, expected: not case["model"].training and not got[MODE],
        ),
        Mistake(
            "eval mode is for asking, but the model comes back in the mode in which it was: "
            "was = model.training before, model.train(was) after",
            when=lambda case, got, expected: _answer(got, NUMBERS) and not _answer(got, MODE),
        ),
        Mistake(
            "BatchNorm looked at this picture and took note of it: call model.eval() first, with "
            "its brackets, for it reaches all layers inside (no_grad() alone does not help)",
            when=lambda case, got, expected: (
                isinstance(got, dict) and case["model"].training and not got[NUMBERS]
            ),
        ),
        Mistake(
            "requires_grad_(False) stays with the model, which could not learn any more: "
            "torch.no_grad() does without it",
            when=lambda case, got, expected: not got[LEARN],
        ),
        Mistake(
            "the gradients belong to the training: no backward() and no zero_grad() here",
            when=lambda case, got, expected: not got[GRADIENTS],
        ),
        Mistake(ARGMAX, like=lambda model, picture: 0),
        Mistake(ARGMAX, when=_raised("elements cannot be converted", "only one element tensors")),
        Mistake(
            "that is an answer of train mode: model.eval() comes before the call",
            when=lambda case, got, expected: isinstance(got, dict) and case["model"].training,
        ),
        Mistake(
            "the model wants a batch: picture[None] is a batch of one",
            when=_raised("expected", "Expected", "cannot be multiplied", "Dimension out of range"),
        ),
    ],
)
def repair_classify(model, picture):
    """Return the class of one picture (C, H, W), an int; the model stays as it was."""
    was = model.training
    model.eval()
    with torch.no_grad():
        scores = model(picture.unsqueeze(0))
    model.train(was)
    return scores.argmax(dim=1).item()


EXERCISES = collect(vars())
