"""Exercises of notebook 20, fourth part: do not wait for the device."""

import torch

from ._define import Mistake, collect, exercise
from ._probes20 import epoch_of
from .nb20_gpu_training import raised


def repair_waiting_starter(model, loss_fn, optimizer, loader):
    """Train for one epoch; return the mean loss of a picture, a number."""
    total, count = 0.0, 0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count


def _steps(model, loss_fn, optimizer, loader, step=True):
    for images, labels in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        loss.backward()
        if step:
            optimizer.step()
        yield loss.detach(), len(labels)


def _epoch(weigh=True, divide_by_pictures=True, step=True):
    """Return a solution, or one that adds, divides or trains otherwise."""

    def train(*given):
        total, count = 0.0, 0
        for loss, size in _steps(*given, step=step):
            total = total + loss * (size if weigh else 1)
            count += size if divide_by_pictures else 1
        return (total / count).item()

    return train


def _last_loss(*given):
    for loss, _ in _steps(*given):
        last = loss
    return last.item()


def _keeps_graphs(case, got, expected):
    return got["keeps old graphs"]


def _waits(where):
    return lambda case, got, expected: got["waits often"] == where


@exercise(
    starter=repair_waiting_starter,
    observe=epoch_of,
    cases=[
        {"seed": 0, "sizes": [4, 4, 4]},
        {"seed": 1, "sizes": [8, 8, 8, 8, 3]},
        {"seed": 2, "sizes": [6, 6, 6, 6, 6, 6, 1]},
    ],
    praise="the same number and the same weights, with a single wait",
    hints=[
        "Which call in the loop needs a number from the device?",
        "Add up tensors: total += loss.detach() * len(labels).",
        "One .item() behind the loop: return (total / count).item().",
    ],
    mistakes=[
        Mistake(
            "without detach() the sum keeps the graph of every batch in memory: loss.detach()",
            when=_keeps_graphs,
        ),
        Mistake(
            "the loop still waits: .item(), float(), .cpu(), .tolist() and the like belong behind "
            "it, once; a loss that is written into a tensor on the CPU waits, too",
            when=_waits("in the loop"),
        ),
        Mistake(
            "each .item() behind the loop waits, too: add up on the device, one .item() in all",
            when=_waits("behind the loop"),
        ),
        Mistake(
            "return a number: one .item() at the end is fine",
            when=lambda case, got, expected: isinstance(got["the mean loss"], torch.Tensor),
        ),
        Mistake(
            "weigh each loss with len(labels): the last batch is short",
            like=_epoch(weigh=False, divide_by_pictures=False),
        ),
        Mistake(
            "a loss is the mean of its batch: add loss.detach() * len(labels)",
            like=_epoch(weigh=False),
        ),
        Mistake(
            "optimizer.step() must stay: the loop trains",
            like=_epoch(step=False),
        ),
        Mistake("that is the loss of the last batch alone: add them up", like=_last_loss),
        Mistake("a detached loss has no graph: detach behind backward()", when=raised("grad_fn")),
        Mistake(
            "only the loss of the last batch is left: add them up",
            when=lambda case, got, expected: got["the mean loss"] < 0.7 * expected["the mean loss"],
        ),
    ],
)
def repair_waiting(model, loss_fn, optimizer, loader):
    """Train for one epoch; return the mean loss of a picture, a number."""
    total, count = 0.0, 0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.detach() * len(labels)
        count += len(labels)
    return (total / count).item()


EXERCISES = collect(vars())
