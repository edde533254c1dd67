"""Exercises of notebook 21, second part: what all processes do together."""

import copy

import torch
from torch import nn

from ._define import Finding, Mistake, collect, exercise
from ._probes21 import NOTHING_BACK, none_back, raised, together

IN_VAIN = Mistake(
    "all_reduce is a meeting: every process calls it equally often, whatever its rank",
    when=raised("takes no part"),
)
NO_TENSOR = Mistake(
    "all_reduce works on tensors: torch.tensor(…) first",
    when=raised(*(f"all_reduce takes a tensor, not a {kind}" for kind in ("float", "int", "list"))),
)


def _counted(rng):
    size = rng.randint(1, 4)
    counts = [rng.randint(0, 9) for _ in range(size - 1)] + [rng.randint(1, 9)]
    return {"sums": [round(rng.uniform(0.1, 3) * n, 1) for n in counts], "counts": counts}


def _means(mean, sums, counts):
    answers = together(len(sums), lambda rank, reduce: mean(sums[rank], counts[rank], reduce))
    return {f"rank {rank}": _number(answer) for rank, answer in enumerate(answers)}


def _number(answer):
    try:
        return round(float(answer), 4)
    except (TypeError, ValueError):
        return answer


def _reduced(number, all_reduce):
    tensor = torch.tensor(float(number))
    all_reduce(tensor)
    return tensor.item()


def _zero_without_pictures(case, got, expected):
    return isinstance(got, dict) and all(
        got[f"rank {rank}"] == (expected[f"rank {rank}"] if count else 0)
        for rank, count in enumerate(case["counts"])
    )


def _mean_of_means(loss_sum, count, all_reduce):
    return _reduced(loss_sum / max(count, 1), all_reduce) / _reduced(1, all_reduce)


@exercise(
    observe=_means,
    cases=_counted,
    count=25,
    seconds=15,
    praise="the mean over all pictures, known to every process",
    hints=[
        "Two numbers must travel: the sum of the losses, and how many pictures there were.",
        "totals = torch.tensor([loss_sum, count]), one all_reduce, then divide.",
    ],
    mistakes=[
        IN_VAIN,
        NOTHING_BACK,
        NO_TENSOR,
        Mistake(
            "None comes back: all_reduce returns nothing, it changes the tensor in place; divide "
            "its numbers, and return the result",
            when=none_back,
        ),
        Mistake(
            "that is this process alone: all_reduce adds up over all",
            like=lambda s, n, r: s / max(n, 1),
        ),
        Mistake(
            "a process without pictures returns the mean of all, too, and not 0",
            when=_zero_without_pictures,
        ),
        Mistake(
            "a mean of means: a process with few pictures counts as much as one with many",
            like=_mean_of_means,
        ),
        Mistake(
            "the sum has met the others, the count has not: reduce both",
            like=lambda s, n, r: _reduced(s, r) / max(n, 1),
        ),
        Mistake(
            "a process can have no picture: divide by the pictures of all, after all have met",
            when=raised("ZeroDivisionError"),
        ),
        Mistake(
            "that is the sum over all processes: divide by the number of all pictures",
            like=lambda s, n, r: _reduced(s, r),
        ),
        Mistake(
            "divided by the number of processes; it should be the number of pictures",
            like=lambda s, n, r: _reduced(s, r) / _reduced(1, r),
        ),
        Mistake(
            "the fractions are lost: a tensor of whole numbers cannot hold a loss",
            like=lambda s, n, r: _reduced(int(s), r) / _reduced(n, r),
        ),
        Mistake(
            "upside down: the losses by the pictures",
            like=lambda s, n, r: _reduced(n, r) / _reduced(s, r),
        ),
    ],
)
def mean_over_all(loss_sum, count, all_reduce):
    """Return the mean loss over the pictures of all processes, as a number."""
    totals = torch.tensor([loss_sum, count])
    all_reduce(totals)
    return (totals[0] / totals[1]).item()


def _some_models(rng):
    return {"size": rng.randint(2, 4), "seed": rng.randrange(100), "frozen": rng.random() < 0.5}


def _averaged(average, size, seed, frozen):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = nn.Sequential(nn.Linear(3, 2), nn.ReLU(), nn.Linear(2, 1))
        inputs = torch.randn(size, 4, 3)
    if frozen:
        model[0].requires_grad_(False)
    models = [copy.deepcopy(model) for _ in range(size)]
    for each, share in zip(models, inputs, strict=True):
        each(share).square().mean().backward()
    together(size, lambda rank, reduce: average(models[rank], size, reduce))
    report = {}
    for rank, each in enumerate(models):
        for name, parameter in each.named_parameters():
            grad = parameter.grad
            report[f"gradient of {name}, rank {rank}"] = (
                None if grad is None else torch.round(grad, decimals=4) + 0.0
            )
            if not torch.equal(parameter, dict(model.named_parameters())[name]):
                raise Finding(f"{name} of rank {rank} has changed: average the gradients, .grad")
    return report


def _trainable(model):
    return [p for p in model.parameters() if p.grad is not None]


def _only_summed(model, size, all_reduce):
    for parameter in _trainable(model):
        all_reduce(parameter.grad)


def _only_divided(model, size, all_reduce):
    for parameter in _trainable(model):
        parameter.grad /= size


def _divided_twice(model, size, all_reduce):
    for parameter in _trainable(model):
        parameter.grad /= size
        all_reduce(parameter.grad)
        parameter.grad /= size


def _first_only(model, size, all_reduce):
    gradient = _trainable(model)[0].grad
    all_reduce(gradient)
    gradient /= size


def _weights_only(model, size, all_reduce):
    for name, parameter in model.named_parameters():
        if parameter.grad is not None and "weight" in name:
            all_reduce(parameter.grad)
            parameter.grad /= size


def _divided_what_comes_back(model, size, all_reduce):
    for parameter in _trainable(model):
        parameter.grad = all_reduce(parameter.grad) / size


@exercise(
    observe=_averaged,
    cases=_some_models,
    count=12,
    seconds=15,
    praise="every process has the mean gradient, as with DistributedDataParallel",
    hints=[
        "Go over model.parameters(): the gradient of each is .grad, a tensor.",
        "all_reduce adds up; a mean needs one more step. A frozen parameter's .grad is None.",
    ],
    mistakes=[
        IN_VAIN,
        NO_TENSOR,
        Mistake(NOTHING_BACK.message, like=_divided_what_comes_back),
        Mistake(
            "a gradient has become None: all_reduce returns nothing, it changes its tensor",
            when=none_back,
        ),
        Mistake(
            "a frozen parameter has no gradient: skip it where .grad is None",
            when=raised("NoneType"),
        ),
        Mistake(
            "that is the sum over the processes: divide by size, in place (/=) or written to .grad",
            like=_only_summed,
        ),
        Mistake(
            "divided, but never added up: nothing has met the other processes", like=_only_divided
        ),
        Mistake("divided twice", like=_divided_twice),
        Mistake("only the first parameter has met the others: go over all", like=_first_only),
        Mistake("biases have gradients, too", like=_weights_only),
        Mistake(
            "the gradients are as before: write the mean into .grad itself (in place)",
            like=lambda model, size, all_reduce: None,
        ),
        Mistake(
            "there are not always two processes: divide by size",
            like=lambda model, size, all_reduce: [
                (all_reduce(p.grad), p.grad.div_(2)) for p in _trainable(model)
            ],
        ),
    ],
)
def average_gradients(model, size, all_reduce):
    """Replace every gradient of ``model`` by its mean over all processes."""
    for parameter in model.parameters():
        if parameter.grad is not None:
            all_reduce(parameter.grad)
            parameter.grad /= size


EXERCISES = collect(vars())
