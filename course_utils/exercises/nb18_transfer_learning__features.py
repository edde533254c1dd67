"""Exercises of notebook 18, second part: a body that stays as it is."""

import numpy as np
import torch
from torch import nn

from ._compare import kind_of
from ._define import Finding, Mistake, collect, exercise
from ._probes18 import batches_of, frozen_network
from ._run import Raised


def repair_frozen_epoch_starter(model, loader, loss_function, optimizer):
    """Train model.head for one epoch; model.body is frozen and must stay as it is."""
    model.train()
    for images, labels in loader:
        optimizer.zero_grad()
        loss_function(model(images), labels).backward()
        optimizer.step()


def _head_in_eval_mode(model, loader, loss_function, optimizer):
    model.eval()
    _steps(model, loader, loss_function, optimizer)


def _steps(model, loader, loss_function, optimizer):
    for images, labels in loader:
        optimizer.zero_grad()
        loss_function(model(images), labels).backward()
        optimizer.step()


def _first_only(model, loader, loss_function, optimizer):
    repair_frozen_epoch.reference(model, loader[:1], loss_function, optimizer)


def _thawed(model, loader, loss_function, optimizer):
    model.requires_grad_(True)
    repair_frozen_epoch.reference(model, loader, loss_function, optimizer)


def _differ(grad, gradients):
    """Tell whether a gradient is more than what the last backward gave."""
    return bool(gradients) and grad is not None and not torch.equal(grad, gradients[-1])


def _observe_epoch(attempt, seed):
    model, loader = frozen_network(seed), batches_of(seed)
    modes, batches, piled, gradients = [], [], [], []
    model.body[1].register_forward_hook(lambda module, *_: modes.append(module.training))
    model.head[0].register_forward_hook(lambda module, *_: batches.append(module.training))
    optimizer = torch.optim.SGD(model.head.parameters(), lr=0.1)
    weight = model.head[1].weight
    weight.register_hook(lambda grad: gradients.append(grad.clone()))
    optimizer.register_step_pre_hook(lambda *_: piled.append(_differ(weight.grad, gradients)))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    attempt(model, loader, nn.CrossEntropyLoss(), optimizer)
    same = {name: torch.equal(before[name], value) for name, value in model.state_dict().items()}
    statistics = ("body.1.running_mean", "body.1.running_var", "body.1.num_batches_tracked")
    late = any(modes) and not model.body[1].training
    return {
        "batches seen": len(batches),
        "the running statistics stay": all(same[name] for name in statistics),
        "the body's batch norm is in train mode": any(modes),
        "the head's dropout is in train mode": bool(batches) and all(batches),
        "the body's weights stay": all(v for n, v in same.items() if n.startswith("body")),
        "the body is still frozen": not any(p.requires_grad for p in model.body.parameters()),
        "switched too late": late,
        "the head learns": not same["head.1.weight"] and not same["head.1.bias"],
        "gradients are cleared before each backward": not any(piled),
    }


@exercise(
    starter=repair_frozen_epoch_starter,
    observe=_observe_epoch,
    cases=lambda rng: {"seed": rng.randrange(1000)},
    count=3,
    praise="the head learns, and not a number of the body changes",
    hints=[
        "requires_grad=False stops the gradients. What does model.train() switch on in the body?",
        "Batch norm in training mode renews its running statistics, frozen or not.",
        "After model.train(), put the frozen part back: model.body.eval().",
    ],
    mistakes=[
        Mistake(
            "too late: the statistics have changed by then; call body.eval() before the batches",
            when=lambda case, got, expected: isinstance(got, dict) and got["switched too late"],
        ),
        Mistake(
            "model.train() switches the frozen batch norm back: its running statistics change",
            like=repair_frozen_epoch_starter,
        ),
        Mistake("the head needs train mode: its dropout works only there", like=_head_in_eval_mode),
        Mistake("the body must stay frozen", like=_thawed),
        Mistake("train on every batch of the loader", like=_first_only),
        Mistake(
            "optimizer.zero_grad() is missing: the gradients of all batches pile up",
            when=lambda case, got, expected: (
                isinstance(got, dict) and not got["gradients are cleared before each backward"]
            ),
        ),
        Mistake(
            "the head does not learn: it needs gradients, so no no_grad round the whole step",
            when=lambda case, got, expected: (
                "does not require grad" in got.text
                if isinstance(got, Raised)
                else not got["the head learns"]
            ),
        ),
    ],
)
def repair_frozen_epoch(model, loader, loss_function, optimizer):
    """Train model.head for one epoch; model.body is frozen and must stay as it is."""
    model.train()
    model.body.eval()
    for images, labels in loader:
        optimizer.zero_grad()
        loss_function(model(images), labels).backward()
        optimizer.step()


def _observe_features(attempt, count, batch_size, seed):
    """Return the features, and how the body was used."""
    body = frozen_network(seed).body.requires_grad_(True).train()
    images = torch.randn(count, 6, generator=torch.Generator().manual_seed(seed))
    sizes, modes, recorded = [], [], []

    def watch(module, inputs, output):
        sizes.append(len(inputs[0]))
        modes.append(module.training)
        recorded.append(output.requires_grad)

    body[1].register_forward_hook(watch)
    features = attempt(body, images, batch_size)
    if isinstance(features, np.ndarray):
        raise Finding("it returns a NumPy array: keep the features as a tensor")
    if not isinstance(features, torch.Tensor):
        raise Finding(f"it returns {kind_of(features)}, not one tensor")
    return {
        "pictures that went through the body": sum(sizes),
        "the body was in train mode": any(modes),
        "largest batch is at most batch_size": max(sizes, default=0) <= batch_size,
        "a graph is attached": features.requires_grad or any(recorded),
        "features": features.detach(),
    }


@torch.no_grad()
def _features(body, images, batch_size):
    return torch.cat([body(part) for part in images.split(batch_size)])


def _at_once(body, images, batch_size):
    return _features(body.eval(), images, len(images))


def _chunked(body, images, batch_size):
    body.eval()
    return torch.cat([body(part) for part in images.chunk(batch_size)]).detach()


def _in_another_order(got, expected):
    """Tell whether the rows are the right ones, but not in the order of the pictures."""
    one, other = got["features"], expected["features"]
    if one.shape != other.shape or torch.allclose(one, other, atol=1e-5):
        return False
    return torch.allclose(one.sort(dim=0).values, other.sort(dim=0).values, atol=1e-5)


def _few(case, got):
    """Tell whether fewer pictures than there are went through the body."""
    return got["pictures that went through the body"] < case["count"]


def _last_batch(body, images, batch_size):
    return _features(body.eval(), images, batch_size)[-(len(images) % batch_size or batch_size) :]


@exercise(
    observe=_observe_features,
    cases=lambda rng: {
        "count": rng.randint(2, 14),
        "batch_size": rng.choice([2, 3, 5]),
        "seed": rng.randrange(1000),
    },
    count=12,
    praise="all pictures once, in order, in eval mode, without a graph",
    hints=[
        "Start with body.eval(), and put the work below torch.no_grad() (or inference_mode()).",
        "images.split(batch_size) gives the batches, the last one shorter.",
        "torch.cat([...]) joins the features of all batches.",
    ],
    mistakes=[
        Mistake(
            "in train mode batch norm mixes the pictures of a batch: body.eval() first",
            when=lambda case, got, expected: (
                isinstance(got, dict) and got["the body was in train mode"]
            ),
        ),
        Mistake(
            "a graph was recorded for nothing: use torch.no_grad() or inference_mode()",
            when=lambda case, got, expected: isinstance(got, dict) and got["a graph is attached"],
        ),
        Mistake(
            "the pictures are too many to go through the body at once: batch_size at a time",
            like=_at_once,
        ),
        Mistake(
            "chunk(n) makes n parts; split(batch_size) makes parts of batch_size pictures",
            like=torch.no_grad()(_chunked),
        ),
        Mistake(
            "keep the order of the pictures: without shuffle, else the labels do not fit",
            when=lambda case, got, expected: (
                isinstance(got, dict) and _in_another_order(got, expected)
            ),
        ),
        Mistake(
            "pictures are missing: is the last, shorter batch in it?",
            when=lambda case, got, expected: (
                isinstance(got, dict) and len(got["features"]) < case["count"] and _few(case, got)
            ),
        ),
        Mistake(
            "these are the features of the last batch only: join all of them", like=_last_batch
        ),
        Mistake(
            "it returns a list: torch.cat makes one tensor of it",
            when=lambda case, got, expected: isinstance(got, Raised) and "a list" in got.text,
        ),
        Mistake(
            "torch.stack wants batches of one size and adds a dimension: torch.cat joins them",
            when=lambda case, got, expected: (
                (isinstance(got, Raised) and "equal size" in got.text)
                or (isinstance(got, dict) and got["features"].ndim == 3)
            ),
        ),
    ],
)
def keep_features(body, images, batch_size):
    """Return body's output for all images, one tensor, computed once and kept: in eval mode,
    without a graph, at most batch_size images at a time."""
    body.eval()
    with torch.no_grad():
        return torch.cat([body(part) for part in images.split(batch_size)])


EXERCISES = collect(vars())
