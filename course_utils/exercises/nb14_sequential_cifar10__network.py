"""Exercises of notebook 14, second part: the classic network and one training step."""

from torch import nn

from ._define import Mistake, collect, exercise
from ._probes import describe_network, outputs_of_changed_network, steps_of_training


def _classic(*, kernel_size=5, padding=2, hidden=64, relu=False, pool=nn.MaxPool2d, last=()):
    """Return the classic network, or what becomes of it when one choice is different."""
    layers = []
    for channels, out_channels in [(3, 32), (32, 32), (32, 64)]:
        layers.append(nn.Conv2d(channels, out_channels, kernel_size, padding=padding))
        layers += [nn.ReLU()] * relu + [pool(2)]
    head = [nn.Linear(1024, hidden), nn.Linear(hidden, 10)] if hidden else [nn.Linear(1024, 10)]
    return nn.Sequential(*layers, nn.Flatten(), *head, *last)


@exercise(
    observe=describe_network,
    praise="145,578 parameters, and every layer gives the right shape",
    hints=[
        "Three times Conv2d and MaxPool2d(2), then Flatten and two Linear layers.",
        "Channels 3 → 32 → 32 → 64, kernel 5; padding 2 keeps the size at each convolution.",
        "32 is halved three times: 64 · 4 · 4 = 1024 numbers go into Linear(1024, 64).",
    ],
    mistakes=[
        Mistake(
            "without padding=2 each convolution cuts off a border of 2: the map ends too small",
            like=lambda: _classic(padding=0),
        ),
        Mistake(
            "kernel 3 with padding 1 keeps the size too, but this network has kernel 5",
            like=lambda: _classic(kernel_size=3, padding=1),
        ),
        Mistake("the hidden layer is missing: 1024 → 64 → 10", like=lambda: _classic(hidden=None)),
        Mistake(
            "the classic network has no activation function; add_relu comes next",
            like=lambda: _classic(relu=True),
        ),
        Mistake("it pools with MaxPool2d", like=lambda: _classic(pool=nn.AvgPool2d)),
        Mistake(
            "no softmax at the end: CrossEntropyLoss wants the logits",
            like=lambda: _classic(last=[nn.Softmax(dim=1)]),
        ),
    ],
)
def build_classic():
    """Return the classic CIFAR-10 network as an nn.Sequential."""
    return nn.Sequential(
        nn.Conv2d(3, 32, 5, padding=2),  # (B, 32, 32, 32)
        nn.MaxPool2d(2),  # (B, 32, 16, 16)
        nn.Conv2d(32, 32, 5, padding=2),  # (B, 32, 16, 16)
        nn.MaxPool2d(2),  # (B, 32, 8, 8)
        nn.Conv2d(32, 64, 5, padding=2),  # (B, 64, 8, 8)
        nn.MaxPool2d(2),  # (B, 64, 4, 4)
        nn.Flatten(),  # (B, 1024)
        nn.Linear(1024, 64),  # (B, 64)
        nn.Linear(64, 10),  # (B, 10)
    )


def _small_network(rng):
    def make():
        channels = rng.randint(2, 4)
        layers = [nn.Conv2d(3, channels, 3, padding=1), nn.MaxPool2d(2), nn.Flatten()]
        return nn.Sequential(*layers, nn.Linear(channels * 16, 5), nn.Linear(5, 3))

    return {"model": rng.build(make)}


def _with_relu_after(model, *, kinds=(nn.Conv2d, nn.Linear), skip_last=True, make=nn.ReLU):
    layers = []
    for place, layer in enumerate(model):
        layers.append(layer)
        if isinstance(layer, kinds) and not (skip_last and place == len(model) - 1):
            layers.append(make())
    return nn.Sequential(*layers)


@exercise(
    observe=outputs_of_changed_network,
    cases=_small_network,
    count=5,
    praise="the same weights, bent by a ReLU after every layer but the last",
    hints=[
        "Go over the layers (for layer in model) and collect them in a new list.",
        "After a Conv2d or Linear append nn.ReLU() too: isinstance(layer, (nn.Conv2d, nn.Linear)).",
        "The last layer gives the logits: no ReLU there. model[-1] is the last layer.",
    ],
    mistakes=[
        Mistake(
            "there is a ReLU after the last layer: it makes every negative logit 0",
            like=lambda model: _with_relu_after(model, skip_last=False),
        ),
        Mistake(
            "the Linear layers need a ReLU too (but not the last one)",
            like=lambda model: _with_relu_after(model, kinds=nn.Conv2d),
        ),
        Mistake(
            "the convolutions need a ReLU too",
            like=lambda model: _with_relu_after(model, kinds=nn.Linear),
        ),
        Mistake(
            "one ReLU at the end bends nothing between the layers, and cuts the logits",
            like=lambda model: nn.Sequential(*model, nn.ReLU()),
        ),
        Mistake("this is the network without any ReLU", like=lambda model: model),
        Mistake(
            "that is a sigmoid; asked for is nn.ReLU",
            like=lambda model: _with_relu_after(model, make=nn.Sigmoid),
        ),
    ],
)
def add_relu(model):
    """Return a new Sequential: the layers of ``model``, a ReLU after each Conv2d and Linear.

    The last layer gets none, and ``model`` itself stays as it is.
    """
    layers = []
    for layer in model:
        layers.append(layer)
        if isinstance(layer, (nn.Conv2d, nn.Linear)) and layer is not model[-1]:
            layers.append(nn.ReLU())
    return nn.Sequential(*layers)


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


def _step_returning_tensor(model, loss_fn, optimizer, images, labels):
    optimizer.zero_grad()
    loss = loss_fn(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss


@exercise(
    starter=repair_training_step_starter,
    observe=steps_of_training,
    cases=lambda rng: {"seed": rng.randrange(1000)},
    count=3,
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
