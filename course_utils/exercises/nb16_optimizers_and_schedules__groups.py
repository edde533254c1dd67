"""Exercises of notebook 16, last part: which parameters an optimizer knows, and their rates."""

import torch
from torch import nn

from ._compare import kind_of
from ._define import Finding, Mistake, collect, exercise
from ._run import Raised


def _raised(*words):
    return lambda case, got, expected: isinstance(got, Raised) and any(w in got.text for w in words)


class _Classifier(nn.Module):
    """A body and a head, both with parameters."""

    def __init__(self, features=3, classes=2):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(2, features), nn.BatchNorm1d(features), nn.ReLU())
        self.head = nn.Linear(features, classes)

    def forward(self, x):
        """Return the logits, (B, classes), for ``x`` (B, 2)."""
        return self.head(self.body(x))


def _network(layers, seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if layers == "a class":
            return _Classifier()
        parts = [
            nn.Linear(2, 2) if size == "same" else nn.Linear(2, 2, bias=False) for size in layers
        ]
        return nn.Sequential(*parts)


def _some_model(rng):
    layers = rng.choice(["a class", ["same", "same"], ["same", "no bias"], ["same"] * 3])
    last = 2 if layers == "a class" else len(layers)
    head = rng.choice(["head", "body.1"]) if layers == "a class" else str(rng.randrange(last))
    rates = rng.choice([(0.01, 0.1), (0.001, 0.01), (0.1, 0.1), (0.5, 0.2)])
    case = {"layers": layers, "head": head}
    return {**case, "learning_rate": rates[0], "head_learning_rate": rates[1]}


def _rates(attempt, layers, head, learning_rate, head_learning_rate):
    """Return the learning rate of each parameter, by its name, and the kind of the optimizer."""
    model = _network(layers, seed=0)
    optimizer = attempt(model, model.get_submodule(head), learning_rate, head_learning_rate)
    if not isinstance(optimizer, torch.optim.Optimizer):
        raise Finding(f"it returns {kind_of(optimizer)}, not an optimizer")
    rates = {id(p): group["lr"] for group in optimizer.param_groups for p in group["params"]}
    named = {f"rate of {name}": rates.get(id(p)) for name, p in model.named_parameters()}
    learning = all(p.requires_grad for p in model.parameters())
    return {"kind": type(optimizer).__name__, **named, "all parameters can learn": learning}


def _optimizer(model, head, rate, head_rate, *, others=True):
    inside = {id(p) for p in head.parameters()}
    rest = [p for p in model.parameters() if id(p) not in inside]
    groups = [{"params": list(head.parameters()), "lr": head_rate}]
    groups += [{"params": rest, "lr": rate}] if others and rest else []
    return torch.optim.SGD(groups, lr=rate)


def _last_layer(model):
    return list(model.children())[-1]


@exercise(
    observe=_rates,
    cases=_some_model,
    count=30,
    praise="every parameter has its learning rate, once",
    hints=[
        'The first argument of SGD can be groups: [{"params": …, "lr": …}, {"params": …, "lr": …}]',
        "head.parameters() is the first group. The second one is all the others, and only those.",
        "Collect inside = {id(p) for p in head.parameters()}; the others have id(p) not in inside.",
    ],
    mistakes=[
        Mistake(
            "groups share parameters: head may be any layer, even inside another; compare id(p)",
            when=_raised("more than one parameter group"),
        ),
        Mistake(
            "`in` compares the numbers of tensors: collect the ids of head's parameters first, "
            "{id(p) for p in head.parameters()}",
            when=_raised("Boolean value of Tensor", "must match the size", "size of tensor"),
        ),
        Mistake(
            "all parameters have one rate: make a group for each of the two rates",
            like=lambda m, h, rate, other: torch.optim.SGD(m.parameters(), lr=rate),
        ),
        Mistake(
            "all parameters have one rate: make a group for each of the two rates",
            like=lambda m, h, rate, other: torch.optim.SGD(m.parameters(), lr=other),
        ),
        Mistake(
            "the others are missing: they are to learn too, with learning_rate",
            like=lambda *given: _optimizer(*given, others=False),
        ),
        Mistake(
            "the two rates are exchanged",
            like=lambda m, h, rate, other: _optimizer(m, h, other, rate),
        ),
        Mistake(
            "head need not be the last layer: take the parameters of the layer that is given",
            like=lambda m, h, *rates: _optimizer(m, _last_layer(m), *rates),
        ),
        Mistake(
            "head need not be the last layer: take the parameters of the layer that is given",
            like=lambda m, h, *rates: _optimizer(
                m, nn.ParameterList(list(m.parameters())[-2:]), *rates
            ),
        ),
        Mistake(
            "do not freeze anything: the other parameters are to learn too",
            when=lambda case, got, expected: got["all parameters can learn"] is False,
        ),
        Mistake(
            "the model need not have a layer called head or body: take the layer that is given",
            when=_raised("has no attribute 'head'", "has no attribute 'body'"),
        ),
        Mistake(
            "torch.optim.SGD is asked for",
            when=lambda case, got, expected: got["kind"] != expected["kind"],
        ),
        Mistake(
            "parameters are missing: is every one of the model, weights and biases, in a group?",
            when=lambda case, got, expected: None in got.values(),
        ),
    ],
)
def two_learning_rates(model, head, learning_rate, head_learning_rate):
    """Return an SGD: head's parameters at head_learning_rate, all others at learning_rate."""
    inside = {id(p) for p in head.parameters()}
    others = [p for p in model.parameters() if id(p) not in inside]
    groups = [
        {"params": others, "lr": learning_rate},
        {"params": list(head.parameters()), "lr": head_learning_rate},
    ]
    return torch.optim.SGD(groups)


def repair_new_head_starter(model, classes, learning_rate):
    """Give model.head as many outputs as there are classes; return (model, optimizer)."""
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=0.9)
    model.head = nn.Linear(model.head.in_features, classes)
    return model, optimizer


def _trained(attempt, features, classes, learning_rate, seed):
    """Return what two steps of training do to each parameter, and what the optimizer holds."""
    torch.manual_seed(seed)
    given = _Classifier(features)
    body = [p.detach().clone() for p in given.body.parameters()]
    result = attempt(given, classes, learning_rate)
    if not (isinstance(result, tuple) and len(result) == 2):
        raise Finding("it does not return the pair (model, optimizer)")
    model, optimizer = result
    if not isinstance(model, nn.Module) or not isinstance(optimizer, torch.optim.Optimizer):
        raise Finding(f"it returns {kind_of(model)} and {kind_of(optimizer)}, not model, optimizer")
    head = getattr(model, "head", None)
    if not isinstance(head, nn.Linear) or head.bias is None:
        raise Finding("model.head must be one nn.Linear with bias, as it was")
    kept = all(map(torch.equal, body, model.body.parameters()))
    shape = tuple(model.head.weight.shape)
    moved = _moved_by_steps(model, optimizer, seed)
    settings = [(group["lr"], group.get("momentum")) for group in optimizer.param_groups]
    return {
        "shape of the head's weight": shape,
        "the body keeps its weights": kept,
        **{f"{name} learns": changed for name, changed in moved.items()},
        "learning rate and momentum": sorted(set(settings)),
    }


def _moved_by_steps(model, optimizer, seed):
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    images = torch.randn(8, 2, generator=torch.Generator().manual_seed(seed))  # (B, 2)
    labels = torch.arange(8) % model.head.out_features
    for _ in range(2):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
    now = dict(model.named_parameters())
    names = ("body.1.weight", "body.1.bias", "head.weight", "head.bias")  # these always matter
    return {name: not torch.equal(before[name], now[name]) for name in names}


def _rebuilt(model, classes, rate, *, of=lambda model: model, **settings):
    model.head = nn.Linear(model.head.in_features, classes)
    return model, torch.optim.SGD(of(model).parameters(), lr=rate, **settings)


@exercise(
    starter=repair_new_head_starter,
    observe=_trained,
    cases=lambda rng: {
        "features": rng.randint(2, 6),
        "classes": rng.randint(3, 5),
        "learning_rate": rng.choice([0.01, 0.1]),
        "seed": rng.randrange(1000),
    },
    count=8,
    praise="body and head learn, with the right settings",
    hints=[
        "The optimizer got a list of tensors. Is the new head among them?",
        "First change the network, then make the optimizer.",
    ],
    mistakes=[
        Mistake(
            "the new head never learns: the optimizer was made before it, and holds the old one",
            like=repair_new_head_starter,
        ),
        Mistake(
            "only the head learns now: hand over the parameters of the whole model",
            like=lambda *given: _rebuilt(*given, of=lambda model: model.head, momentum=0.9),
        ),
        Mistake("keep the momentum of 0.9", like=lambda *given: _rebuilt(*given)),
        Mistake(
            "use the learning_rate that the function is given",
            when=lambda case, got, expected: (
                got["learning rate and momentum"][0][0] != case["learning_rate"]
            ),
        ),
        Mistake(
            "keep the network that the function is given: its body is trained already",
            when=lambda case, got, expected: not got["the body keeps its weights"],
        ),
        Mistake(
            "a Linear's weight is (outputs, inputs): nn.Linear(in_features, classes)",
            when=_raised("cannot be multiplied"),
        ),
    ],
)
def repair_new_head(model, classes, learning_rate):
    """Give model.head as many outputs as there are classes; return (model, optimizer)."""
    model.head = nn.Linear(model.head.in_features, classes)
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=0.9)
    return model, optimizer


EXERCISES = collect(vars())
