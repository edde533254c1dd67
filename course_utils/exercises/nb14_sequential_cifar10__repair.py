"""Exercises of notebook 14, last part: one training step."""

import torch
from torch import nn

from ._define import Mistake, collect, exercise
from ._probes import steps_of_training


def repair_training_step_starter(model, loss_fn, optimizer, images, labels):
    """Train on one batch and return its loss as a number."""
    logits = model(images)
    loss = loss_fn(logits, labels)
    loss.backward()
    optimizer.step()
    return loss.item()


def _step_zeroing_last(model, loss_fn, optimizer, images, labels):
    loss = loss_fn(model(images), labels)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()


def _step_before_backward(model, loss_fn, optimizer, images, labels):
    loss = loss_fn(model(images), labels)
    optimizer.step()
    optimizer.zero_grad()
    loss.backward()
    return loss.item()


def _step_without_step(model, loss_fn, optimizer, images, labels):
    optimizer.zero_grad()
    loss = loss_fn(model(images), labels)
    loss.backward()
    return loss.item()


def _step_with_own_loss(model, loss_fn, optimizer, images, labels):
    return repair_training_step(model, nn.CrossEntropyLoss(), optimizer, images, labels)


def _step_in_eval_mode(model, loss_fn, optimizer, images, labels):
    model.eval()
    return repair_training_step(model, loss_fn, optimizer, images, labels)


def _step_measured_afterwards(model, loss_fn, optimizer, images, labels):
    repair_training_step(model, loss_fn, optimizer, images, labels)
    return loss_fn(model(images), labels).item()


def _step_of_probabilities(model, loss_fn, optimizer, images, labels):
    optimizer.zero_grad()
    loss = loss_fn(model(images).softmax(dim=1), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


def _step_twice(model, loss_fn, optimizer, images, labels):
    optimizer.zero_grad()
    loss = loss_fn(model(images), labels)
    loss.backward()
    optimizer.step()
    optimizer.step()
    return loss.item()


def _step_returning_tensor(model, loss_fn, optimizer, images, labels):
    optimizer.zero_grad()
    loss = loss_fn(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss


def _uses_other_optimizer(case, got, expected):
    moved = not torch.equal(got["weights after step 1"], got["weights after step 2"])
    return got["steps of the optimizer"] == 0 and moved


@exercise(
    starter=repair_training_step_starter,
    observe=steps_of_training,
    cases=lambda rng: {"seed": rng.randrange(1000), "label_smoothing": rng.choice([0.0, 0.2])},
    count=4,
    against="PyTorch",
    praise="the weights are right after every step, and the loss falls",
    hints=[
        "The first step is right, the second is not. What is left over from the first?",
        "backward() adds to the gradients that are there already.",
        "optimizer.zero_grad() belongs before loss.backward().",
    ],
    mistakes=[
        Mistake(
            "old gradients are still there: backward() adds to them. Which call empties them?",
            like=repair_training_step_starter,
        ),
        Mistake(
            "nothing is there for step to use: first zero_grad, then backward, then step",
            like=_step_zeroing_last,
        ),
        Mistake(
            "step comes before backward: it works with the gradients of the batch before",
            like=_step_before_backward,
        ),
        Mistake(
            "use the loss_fn that the function is given, not one of your own",
            like=_step_with_own_loss,
        ),
        Mistake("eval() is for measuring: training happens in train mode", like=_step_in_eval_mode),
        Mistake(
            "return the loss of the batch before the step: it is there already",
            like=_step_measured_afterwards,
        ),
        Mistake("no softmax: CrossEntropyLoss wants the logits", like=_step_of_probabilities),
        Mistake("one step for each batch, not two", like=_step_twice),
        Mistake(
            "use the optimizer that the function is given: it remembers, your own starts anew",
            when=_uses_other_optimizer,
        ),
        Mistake("the weights never change: optimizer.step() is missing", like=_step_without_step),
        Mistake(
            "a loss returned as a tensor keeps its graph in memory: return loss.item()",
            like=_step_returning_tensor,
        ),
    ],
)
def repair_training_step(model, loss_fn, optimizer, images, labels):
    """Train on one batch and return its loss as a number."""
    optimizer.zero_grad()
    logits = model(images)
    loss = loss_fn(logits, labels)
    loss.backward()
    optimizer.step()
    return loss.item()


EXERCISES = collect(vars())
