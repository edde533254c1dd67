"""Exercises of notebook 20: move a batch, whatever it is made of."""

import torch
from torch import nn
from torch.nn import functional

from ._define import Finding, Mistake, collect, exercise
from ._run import Raised

ORDER = (
    "batch_to",
    "repair_move",
    "times_faster",
    "repair_waiting",
    "tensor_bytes",
    "largest_batch",
)


def raised(*words):
    """Return a predicate: the learner's code raised an error with one of these words."""
    return lambda case, got, expected: isinstance(got, Raised) and any(w in got.text for w in words)


def _described(value):
    """Return what can be compared of a batch: numbers on ``meta`` cannot."""
    if isinstance(value, torch.Tensor):
        numbers = value.tolist() if value.device.type == "cpu" else "elsewhere"
        return ["tensor", str(value.device), str(value.dtype), tuple(value.shape), numbers]
    if isinstance(value, dict):
        return {key: _described(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_described(part) for part in value)
    return value


def _moved(attempt, batch, device):
    return {"the batch": _described(attempt(batch, torch.device(device)))}


def _some_batch(rng, depth=0):
    kind = rng.choice(["tensor", "list", "tuple", "dict", "text"] if depth else ["list", "dict"])
    if depth > 2 or kind in ("tensor", "text"):
        tensor = rng.tensor(rng.randint(1, 3)) if rng.random() < 0.5 else rng.labels(2, 9)
        return rng.choice(["bee", 7, None]) if kind == "text" else tensor
    parts = [_some_batch(rng, depth + 1) for _ in range(rng.randint(1, 3))]
    if kind == "dict":
        return dict(zip(("images", "labels", "names"), parts, strict=False))
    return tuple(parts) if kind == "tuple" else parts


def _batches(rng):
    whole = rng.random() < 0.15
    batch = rng.tensor(2, 2) if whole else _some_batch(rng)
    return {"batch": batch, "device": rng.choice(["meta", "meta", "cpu"])}


def _only_outside(batch, device):
    """Moves what lies in the outermost container, and nothing deeper."""
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: v.to(device) if hasattr(v, "to") else v for k, v in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)(v.to(device) if hasattr(v, "to") else v for v in batch)
    return batch


def _without(*kinds, as_list=False, rest=lambda batch, device: batch):
    """Return a wrong answer that leaves containers of these kinds as they are."""

    def move(batch, device):
        if isinstance(batch, torch.Tensor):
            return batch.to(device)
        if isinstance(batch, kinds):
            return batch
        if isinstance(batch, dict):
            return {key: move(part, device) for key, part in batch.items()}
        if isinstance(batch, (list, tuple)):
            kind = list if as_list else type(batch)
            return kind(move(part, device) for part in batch)
        return rest(batch, device)

    return move


def _also_numbers(batch, device):
    return torch.tensor(batch, device=device) if isinstance(batch, int) else batch


def _to_keys_only(case, got, expected):
    return isinstance(got, dict) and isinstance(got["the batch"], set)


@exercise(
    observe=_moved,
    cases=_batches,
    count=80,
    praise="tensors at any depth are moved, all else is as it was",
    hints=[
        "Four kinds of batch: a tensor, a dict, a list or tuple, anything else. An if for each.",
        "A part of a batch is a batch again: call batch_to for it.",
        "{key: batch_to(part, device) for key, part in batch.items()}; the others are similar.",
    ],
    mistakes=[
        Mistake(
            "only the outermost parts are moved: a part can be a list or a dict again, so let "
            "batch_to call itself",
            like=_only_outside,
        ),
        Mistake("dicts stay where they are", like=_without(dict)),
        Mistake(
            "tuples stay where they are: isinstance(batch, (list, tuple))", like=_without(tuple)
        ),
        Mistake("lists stay where they are: isinstance(batch, (list, tuple))", like=_without(list)),
        Mistake("lists and tuples stay where they are", like=_without(list, tuple)),
        Mistake("a tuple must stay a tuple: type(batch)(…)", like=_without(as_list=True)),
        Mistake(
            "what is neither a tensor nor a container becomes None: return it as it is",
            like=_without(rest=lambda batch, device: None),
        ),
        Mistake(
            "not everything has .to: a name or a number is returned as it is",
            when=raised("has no attribute 'to'"),
        ),
        Mistake(
            ".items() gives keys and values; a dict alone gives its keys only",
            when=_to_keys_only,
        ),
        Mistake("use the device that the function is given", when=raised("NVIDIA", "CUDA enabled")),
        Mistake(
            "text can be looped over, and so can each of its letters, without end: ask for dict, "
            "list and tuple by isinstance",
            when=raised("recursion"),
        ),
        Mistake(
            "only tensors are moved: a number stays a number",
            like=_without(rest=_also_numbers),
        ),
        Mistake(
            "nothing is moved to the device that the function is given: .to(device) returns "
            "another tensor, so return that one",
            like=lambda batch, device: batch,
        ),
    ],
)
def batch_to(batch, device):
    """Return a batch (a tensor; a list, tuple or dict of batches; else anything) on ``device``."""
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {key: batch_to(part, device) for key, part in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch)(batch_to(part, device) for part in batch)
    return batch


def repair_move_starter(model, images, labels, device):
    """Return the loss of a batch as a tensor; network and batch are moved to ``device`` first."""
    model.to(device)
    images.to(device)
    labels.to(device)
    return functional.cross_entropy(model(images), labels)


_NOT_BACK = "the loss must be on the device: everything goes there, nothing comes back from it"


def _loss_on(attempt, size, device):
    model = nn.Sequential(nn.Flatten(), nn.Linear(12, 3))
    with torch.no_grad():
        model[1].weight.copy_(torch.linspace(-1, 1, 36).sin().view(3, 12))
    images, computed_on = torch.linspace(0, 1, 12 * size).view(size, 3, 2, 2), []
    model.register_forward_hook(lambda module, inputs, output: computed_on.append(output.device))
    loss = attempt(model, images, torch.arange(size) % 3, torch.device(device))
    if not isinstance(loss, torch.Tensor):
        raise Finding(f"it returns {loss!r:.40}; return the loss as a tensor")
    here = loss.device.type == "cpu"
    return {
        "the loss is on": str(loss.device),
        "shape of the loss": tuple(loss.shape),
        "the network is on": str(model[1].weight.device),
        "the network computed on": str(computed_on[-1]) if computed_on else "nothing",
        "the loss": loss.item() if here and loss.numel() == 1 else "elsewhere",
        "it has a graph": loss.requires_grad,
    }


@exercise(
    starter=repair_move_starter,
    observe=_loss_on,
    cases=[{"size": size, "device": device} for size in (1, 2, 5) for device in ("meta", "cpu")],
    praise="network, images and labels meet on one device",
    hints=[
        "model.to(device) changes the model. What does images.to(device) change?",
        "Nothing: it returns another tensor. Give it a name: images = images.to(device).",
    ],
    mistakes=[
        Mistake("use the device that the function is given", when=raised("NVIDIA", "CUDA enabled")),
        Mistake(
            "still on two devices: images, labels and network must all be moved, and what "
            "tensor.to returns must be assigned",
            when=raised("not on the expected device", "on the same device"),
        ),
        Mistake(
            "return the loss as a tensor: .item() waits, and backward() needs the tensor",
            when=raised("cannot be called on meta"),
        ),
        Mistake(_NOT_BACK, when=raised("copy out of meta")),
        Mistake(
            _NOT_BACK,
            when=lambda case, got, expected: got["the loss is on"] != expected["the loss is on"],
        ),
        Mistake(
            "the network has computed before the move: move first",
            when=lambda case, got, expected: (
                got["the network is on"]
                == expected["the network is on"]
                != got["the network computed on"]
                != "nothing"
            ),
        ),
        Mistake(
            "backward() will need the graph: no .detach(), no torch.no_grad()",
            when=lambda case, got, expected: got["it has a graph"] != expected["it has a graph"],
        ),
        Mistake(
            "the network that the function was given is not on the device: model.to(device), not "
            "a copy, as an optimizer may hold its parameters",
            when=lambda case, got, expected: (
                got["the network is on"] != expected["the network is on"]
            ),
        ),
    ],
)
def repair_move(model, images, labels, device):
    """Return the loss of a batch as a tensor; network and batch are moved to ``device`` first."""
    model.to(device)
    images = images.to(device)
    labels = labels.to(device)
    return functional.cross_entropy(model(images), labels)


EXERCISES = collect(vars())
