"""Exercises of notebook 13, second part: chance while training, and none when asked."""

import copy

import torch
from torch import nn

from ._define import Finding, Mistake, collect, exercise
from ._run import Raised


def _raised(*words):
    return lambda case, got, expected: isinstance(got, Raised) and any(w in got.text for w in words)


def _coins(rng):
    shape = [rng.randint(1, 4) for _ in range(rng.randint(1, 3))]
    keep = rng.tensor(*shape) > rng.choice([-1.0, 0.0, 1.0])
    p = rng.choice([0.0, 0.1, 0.25, 0.5, 0.8])
    return {"x": rng.tensor(*shape), "keep": keep, "p": p, "training": rng.random() < 0.7}


def _dropped(factor, *, training=True):
    """An answer that multiplies what it keeps by ``factor(p)``."""

    def answer(x, keep, p, training_now=True):
        return x * keep * factor(p) if training_now or not training else x

    return lambda x, keep, p, training=True: answer(x, keep, p, training)


@exercise(
    cases=_coins,
    hints=[
        "x * keep makes the others 0: True counts as 1, False as 0.",
        "What is kept grows by 1 / (1 - p).",
        "When training is False, return x as it is.",
    ],
    mistakes=[
        Mistake("what is kept must grow: divide by 1 - p", like=_dropped(lambda p: 1)),
        Mistake(
            "p is the share that is dropped: divide by 1 - p, the share that is kept",
            when=lambda case, got, expected: (
                case["training"]
                and case["p"] == 0
                and (isinstance(got, Raised) or not torch.isfinite(got).all())
            ),
        ),
        Mistake(
            "what is kept must grow, not shrink: divide by 1 - p", like=_dropped(lambda p: 1 - p)
        ),
        Mistake(
            "divide by 1 - p, the share that is kept",
            like=_dropped(lambda p: 1 / p if p else float("inf")),
        ),
        Mistake(
            "with training=False nothing happens to x",
            like=_dropped(lambda p: 1 / (1 - p), training=False),
        ),
        Mistake(
            "keep says what stays; you dropped just those",
            like=lambda x, keep, p, training=True: x * ~keep / (1 - p) if training else x,
        ),
        Mistake(
            "in eval mode x is returned as it is, not scaled",
            when=lambda case, got, expected: not case["training"] and case["p"] > 0,
        ),
        Mistake(
            "the shape stays: x * keep puts 0 where a number goes, x[keep] takes it out",
            when=lambda case, got, expected: got.shape != expected.shape,
        ),
        Mistake(
            "use the mask that is given; do not draw one of your own",
            when=lambda case, got, expected: (
                isinstance(got, torch.Tensor)
                and got.shape == expected.shape
                and not torch.equal(got == 0, expected == 0)
            ),
        ),
    ],
)
def dropout_by_hand(x, keep, p, training=True):
    """Return what dropout makes of ``x``, if ``keep`` says which numbers stay."""
    return x * keep / (1 - p) if training else x


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


def _observe_asked(classify, model, picture):
    model = copy.deepcopy(model)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    modes = [module.training for module in model.modules()]
    answer = classify(model, picture)
    if isinstance(answer, torch.Tensor):
        raise Finding("the class as a whole number is wanted, not a tensor: .item()")
    after = model.state_dict()
    return {
        "the class": answer,
        "its mode is what it was": modes == [module.training for module in model.modules()],
        "its parameters and statistics are what they were": all(
            torch.equal(before[name], after[name]) for name in before
        ),
    }


MODE = "its mode is what it was"
NUMBERS = "its parameters and statistics are what they were"


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
            "no_grad() switches gradients off, not train mode: BatchNorm looked at this picture, "
            "and took note of it. model.eval() comes before the call",
            when=lambda case, got, expected: (
                isinstance(got, dict) and case["model"].training and not got[NUMBERS]
            ),
        ),
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
