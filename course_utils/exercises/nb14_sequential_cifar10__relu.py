"""Exercises of notebook 14, fourth part: activation functions between the layers."""

from functools import partial

from torch import nn

from ._define import Mistake, collect, exercise
from ._probes import KEPT, LAYERS, outputs_of_changed_network
from .nb14_sequential_cifar10__network import STAR_FORGOTTEN


def _small_network(rng):
    def make():
        channels = rng.randint(2, 4)
        conv = nn.Conv2d(3, channels, 3, padding=1)
        deep = [conv, nn.MaxPool2d(2), nn.Flatten(), nn.Linear(channels * 16, 5), nn.Linear(5, 3)]
        flat = [nn.Flatten(), nn.Linear(192, channels), nn.Linear(channels, 3)]
        small = [nn.AvgPool2d(2), conv, nn.AvgPool2d(2), nn.Flatten(), nn.Linear(channels * 4, 3)]
        maps = [conv, nn.AvgPool2d(2), nn.Conv2d(channels, 2, 3)]
        normed = [conv, nn.BatchNorm2d(channels), nn.AvgPool2d(8), nn.Flatten()]
        normed.append(nn.Linear(channels, 3))
        features = [conv, nn.AvgPool2d(4), nn.Flatten()]
        return nn.Sequential(*rng.choice([deep, flat, small, maps, normed, features])).eval()

    return {"model": rng.build(make)}


def _with_relu_after(model, *, kinds=(nn.Conv2d, nn.Linear), ends=(nn.Module,), make=nn.ReLU):
    """Return ``model`` with ``make()`` after each of ``kinds``, save a last layer of ``ends``."""
    layers = []
    for place, layer in enumerate(model):
        layers.append(layer)
        is_end = place == len(model) - 1 and isinstance(layer, ends)
        if isinstance(layer, kinds) and not is_end:
            layers.append(make())
    return nn.Sequential(*layers)


def _spare_last_with_weights(model):
    last = [place for place, layer in enumerate(model) if hasattr(layer, "weight")][-1]
    return nn.Sequential(*_with_relu_after(model[: last + 1]), *model[last + 1 :])


def _has_relu_before(case, got, expected):
    names = got[LAYERS].split()
    places = [place for place, name in enumerate(names[:-1]) if name == "ReLU"]
    behind = {"Conv2d", "Linear"}
    return any((not n or names[n - 1] not in behind) and names[n + 1] in behind for n in places)


def _after_all_with_weights(model):
    layers = [
        part
        for layer in model
        for part in ((layer, nn.ReLU()) if hasattr(layer, "weight") else (layer,))
    ]
    return nn.Sequential(*(layers[:-1] if hasattr(model[-1], "weight") else layers))


_EVERYWHERE = "only Conv2d and Linear get a ReLU, not pooling and Flatten"
_OTHERS = (nn.Sigmoid, nn.GELU, nn.LeakyReLU, nn.Tanh)


@exercise(
    observe=outputs_of_changed_network,
    cases=_small_network,
    count=40,
    praise="the same weights, bent by a ReLU after every layer but the last",
    hints=[
        "Go over the layers (for layer in model) and collect them in a new list.",
        "After a Conv2d or Linear append nn.ReLU() too: isinstance(layer, (nn.Conv2d, nn.Linear)).",
        "The last layer gives the logits: no ReLU there. model[-1] is the last layer.",
    ],
    mistakes=[
        STAR_FORGOTTEN,
        Mistake(
            "nn.ReLU is a class; nn.ReLU() makes a layer of it: the () are missing",
            when=lambda case, got, expected: ".ReLU is not a Module" in got.text,
        ),
        Mistake(
            "relu is a function; a Sequential takes layers: nn.ReLU()",
            when=lambda case, got, expected: ".relu is not a Module" in got.text,
        ),
        Mistake(
            "there is a ReLU after the last layer: it makes every negative logit 0",
            like=partial(_with_relu_after, ends=()),
        ),
        Mistake(
            "the last layer gets no ReLU, a Conv2d as little as a Linear",
            like=partial(_with_relu_after, ends=nn.Linear),
        ),
        Mistake(
            "the last layer gets no ReLU, a Linear as little as a Conv2d",
            like=partial(_with_relu_after, ends=nn.Conv2d),
        ),
        Mistake(
            "the Linear layers need a ReLU too (but not the last one)",
            like=partial(_with_relu_after, kinds=nn.Conv2d),
        ),
        Mistake(
            "the Linear layers need a ReLU too, and the last layer none",
            like=partial(_with_relu_after, kinds=nn.Conv2d, ends=()),
        ),
        Mistake(
            "the convolutions need a ReLU too", like=partial(_with_relu_after, kinds=nn.Linear)
        ),
        Mistake(_EVERYWHERE, like=partial(_with_relu_after, kinds=nn.Module)),
        Mistake(_EVERYWHERE, like=partial(_with_relu_after, kinds=nn.Module, ends=())),
        Mistake(
            "BatchNorm2d has weights too; only Conv2d and Linear get a ReLU",
            like=_after_all_with_weights,
        ),
        Mistake(
            "the last element is not always a ReLU: this model loses its own last layer; "
            "ask in the loop whether layer is model[-1]",
            like=lambda model: _with_relu_after(model, ends=())[:-1],
        ),
        Mistake(
            "this model ends in another layer, so the one with weights before it gets a ReLU too",
            like=_spare_last_with_weights,
        ),
        Mistake(
            "the last layer is missing: append it too, only without a ReLU",
            like=lambda model: _with_relu_after(model[:-1], ends=()),
        ),
        Mistake(
            "the last layer is missing: append it too, only without a ReLU",
            like=lambda model: _with_relu_after(model)[:-1],
        ),
        Mistake(
            "one ReLU at the end bends nothing between the layers, and cuts the logits",
            like=lambda model: nn.Sequential(*model, nn.ReLU()),
        ),
        Mistake("this is the network without any ReLU", like=lambda model: model),
        *[
            Mistake(
                f"that is a {kind.__name__}; asked for is nn.ReLU",
                when=lambda case, got, expected, name=kind.__name__: name in got[LAYERS].split(),
            )
            for kind in _OTHERS
        ],
        Mistake(
            "the ReLU comes before its layer: append the layer first, then nn.ReLU()",
            when=_has_relu_before,
        ),
        Mistake(
            "a new layer has new weights: put the layers of model itself into the list",
            when=lambda case, got, expected: not got[KEPT],
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


EXERCISES = collect(vars())
