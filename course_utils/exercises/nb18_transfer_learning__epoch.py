"""Exercises of notebook 18: an epoch in which a body stays as it is."""

import torch
from torch import nn

from ._define import Mistake, collect, exercise
from ._probes18 import batches_of, frozen_network
from ._run import Raised

LEFT_IN_TRAINING = (
    "nothing puts the body into eval mode: whoever calls you may have left it in training mode"
)


def repair_frozen_epoch_starter(model, loader, loss_function, optimizer):
    """Train model.head for one epoch; model.body is frozen and must stay as it is."""
    model.train()
    for images, labels in loader:
        optimizer.zero_grad()
        loss_function(model(images), labels).backward()
        optimizer.step()


def _steps(model, loader, loss_function, optimizer):
    for images, labels in loader:
        optimizer.zero_grad()
        loss_function(model(images), labels).backward()
        optimizer.step()


def _only_the_head_switched(model, loader, loss_function, optimizer):
    model.head.train()
    _steps(model, loader, loss_function, optimizer)


def _first_only(model, loader, loss_function, optimizer):
    repair_frozen_epoch.reference(model, loader[:1], loss_function, optimizer)


def _thawed(model, loader, loss_function, optimizer):
    model.requires_grad_(True)
    repair_frozen_epoch.reference(model, loader, loss_function, optimizer)


def _differ(grad, gradients):
    """Tell whether a gradient is more than what the last backward gave."""
    return bool(gradients) and grad is not None and not torch.equal(grad, gradients[-1])


def _observe_epoch(attempt, training, seed):
    model, loader = frozen_network(seed).train(training), batches_of(seed)
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
    cases=[{"training": training, "seed": seed} for seed in (3, 4) for training in (True, False)],
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
        Mistake(LEFT_IN_TRAINING, like=_only_the_head_switched),
        Mistake(LEFT_IN_TRAINING, like=_steps),
        Mistake(
            "the head needs train mode: its dropout works only there",
            when=lambda case, got, expected: (
                isinstance(got, dict)
                and got["batches seen"] > 0
                and not got["the head's dropout is in train mode"]
            ),
        ),
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


EXERCISES = collect(vars())
