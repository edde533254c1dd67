"""Exercises of notebook 23: from a picture to an answer."""

import torch

from ._define import Mistake, collect, exercise
from ._probes23 import answer_of
from ._run import Raised

ORDER = ("repair_answer", "top_classes", "on_white", "worst_mistakes", "beat_the_ledger")


def repair_answer_starter(model, picture):
    """Return the probabilities, (classes,), of one picture, (3, H, W), that is normalised."""
    batch = picture.unsqueeze(0)
    logits = model(batch)
    return logits.softmax(dim=0)[0]


def _answer(model, picture, *, mode=True, record=False, dim=1, pick=True):
    if mode:
        model.eval()
    with torch.set_grad_enabled(record):
        probabilities = model(picture.unsqueeze(0)).softmax(dim=dim)
    return probabilities[0] if pick else probabilities


def _wrong(**settings):
    return lambda model, picture: _answer(model, picture, **settings)


def _from_logits(function):
    def like(model, picture):
        model.eval()
        with torch.inference_mode():
            return function(model(picture.unsqueeze(0))[0])

    return like


def _has_no_batch(case, got, expected):
    return isinstance(got, Raised) and "3D input" in got.text


_NORMAL = "the mode is not: dropout drops at random, and batch norm learns from a single picture"


@exercise(
    starter=repair_answer_starter,
    observe=answer_of,
    cases=lambda rng: {"seed": rng.randrange(1000), "classes": rng.randint(2, 12)},
    count=6,
    praise="evaluation mode, no gradients, and the probabilities of one picture sum to 1",
    hints=[
        "Print the probabilities of some picture. What do they sum to, and what should they?",
        "The logits have the shape (1, classes). Along which dimension must they sum to 1?",
        "Before the network is asked: model.eval(). Around it: torch.inference_mode().",
    ],
    mistakes=[
        Mistake(
            "softmax(dim=0) goes over the batch, a single picture: e^x / e^x, so all are 1",
            like=repair_answer_starter,
        ),
        Mistake(
            "still softmax(dim=0), over a batch of one: every class gets 100 %", like=_wrong(dim=0)
        ),
        Mistake(
            "still softmax(dim=0), over a batch of one: every class gets 100 %",
            like=_wrong(dim=0, mode=False),
        ),
        Mistake(
            "still softmax(dim=0), over a batch of one: every class gets 100 %",
            like=_wrong(dim=0, record=True),
        ),
        Mistake(f"the sum is right, {_NORMAL}: model.eval()", like=_wrong(mode=False)),
        Mistake(
            f"the sum is right, {_NORMAL}: model.eval(), and torch.inference_mode()",
            like=_wrong(mode=False, record=True),
        ),
        Mistake(
            "the answer is right; autograd still records it all: use torch.inference_mode()",
            like=_wrong(record=True),
        ),
        Mistake("one picture was asked for: take row 0 of the batch", like=_wrong(pick=False)),
        Mistake("these are the logits: the softmax is gone", like=_from_logits(lambda x: x)),
        Mistake(
            "each class by itself is sigmoid; these classes exclude each other: softmax",
            like=_from_logits(torch.sigmoid),
        ),
        Mistake(
            "without log: log_softmax gives negative numbers",
            like=_from_logits(lambda x: x.log_softmax(dim=0)),
        ),
        Mistake("a network takes batches: picture.unsqueeze(0)", when=_has_no_batch),
    ],
)
def repair_answer(model, picture):
    """Return the probabilities, (classes,), of one picture, (3, H, W), that is normalised."""
    batch = picture.unsqueeze(0)
    model.eval()
    with torch.inference_mode():
        logits = model(batch)
    return logits.softmax(dim=1)[0]


def _pairs(values, classes, k, *, largest=True, scale=1):
    found = values.topk(k, largest=largest)
    indices = found.indices.tolist()
    return [(classes[i], v * scale) for i, v in zip(indices, found.values.tolist(), strict=True)]


def _of(values, **settings):
    return lambda logits, classes, k: _pairs(values(logits), classes, k, **settings)


def _probabilities(logits):
    return logits[0].softmax(dim=0)


def _indices_for_names(logits, classes, k):
    found = _probabilities(logits).topk(k)
    return list(zip(found.indices.tolist(), found.values.tolist(), strict=True))


def _swapped(logits, classes, k):
    return [(value, name) for name, value in _pairs(_probabilities(logits), classes, k)]


def _always_five(logits, classes, k):
    return _pairs(_probabilities(logits), classes, min(5, len(classes)))


def _among_k(logits, classes, k):
    found = logits[0].topk(k)
    names = [classes[i] for i in found.indices]
    return list(zip(names, found.values.softmax(dim=0).tolist(), strict=True))


def _some_logits(rng):
    names = ["ant", "bee", "cat", "dog", "emu", "fox", "gnu", "hen"][: rng.randint(2, 8)]
    rng.shuffle(names)
    return {
        "logits": torch.tensor([rng.sample(range(-30, 31), len(names))]) / 10,  # no two alike
        "classes": names,
        "k": rng.randint(1, len(names)),
    }


def _holds_tensors(case, got, expected):
    return isinstance(got, list) and any(isinstance(v, torch.Tensor) for pair in got for v in pair)


@exercise(
    oracle=_of(_probabilities),
    cases=_some_logits,
    hints=[
        "logits has one row. logits[0].softmax(dim=0) gives a probability for each class.",
        "topk(k) returns values and indices; .tolist() makes plain numbers of both.",
        "[(classes[i], p) for i, p in zip(indices, values)]",
    ],
    mistakes=[
        Mistake("plain numbers are wanted, no tensors: .tolist() or .item()", when=_holds_tensors),
        Mistake("these are logits: softmax comes before topk", like=_of(lambda x: x[0])),
        Mistake(
            "softmax after topk shares 100 % among these k only: it must see all classes",
            like=_among_k,
        ),
        Mistake("these are the least likely ones", like=_of(_probabilities, largest=False)),
        Mistake(
            "softmax(dim=0) of (1, classes) gives 1 everywhere", like=_of(lambda x: x.softmax(0)[0])
        ),
        Mistake("a fraction is wanted, 0 to 1, not percent", like=_of(_probabilities, scale=100)),
        Mistake(
            "each class by itself is sigmoid; these classes exclude each other: softmax",
            like=_of(lambda x: x[0].sigmoid()),
        ),
        Mistake("the index is there, the name is wanted: classes[index]", like=_indices_for_names),
        Mistake("the name comes first, then the probability", like=_swapped),
        Mistake("k says how many, not always five", like=_always_five),
        Mistake(
            "without log: log_softmax gives negative numbers",
            like=_of(lambda x: x[0].log_softmax(0)),
        ),
    ],
)
def top_classes(logits, classes, k):
    """Return [(name, probability), …] of the k likeliest classes; logits is (1, classes)."""
    found = logits[0].softmax(dim=0).topk(k)
    indices, values = found.indices.tolist(), found.values.tolist()
    return [(classes[i], value) for i, value in zip(indices, values, strict=True)]


EXERCISES = collect(vars())
