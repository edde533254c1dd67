"""Exercises of notebook 12: one layer out of two, and bends by hand."""

import torch
from torch import nn
from torch.nn import functional as F

from ._define import Finding, Mistake, collect, exercise
from ._run import Raised


def _two_layers(rng):
    def make():
        ins, middle, outs = rng.randint(1, 4), rng.randint(1, 5), rng.randint(1, 4)
        first = nn.Linear(ins, middle, bias=rng.random() < 0.6)
        return first, nn.Linear(middle, outs, bias=rng.random() < 0.6)

    first, second = rng.build(make)
    return {"first": first, "second": second}


def _observe_merged(merge, first, second):
    layer = merge(first, second)
    if not isinstance(layer, nn.Linear):
        raise Finding(f"one nn.Linear is wanted, not a {type(layer).__name__}")
    x = torch.linspace(-1, 1, 3 * first.in_features).reshape(3, -1)
    with torch.no_grad():
        for_zeros = layer(torch.zeros(1, first.in_features))
        return {
            "weight's shape": tuple(layer.weight.shape),
            "effect of the weights": layer(x) - for_zeros,
            "output for zeros": for_zeros,
        }


def _merge(first, second, *, weight=None, bias=None):
    layer = nn.Linear(first.in_features, second.out_features)
    with torch.no_grad():
        layer.weight.copy_(second.weight @ first.weight if weight is None else weight)
        layer.bias.copy_(_merged_bias(first, second) if bias is None else bias)
    return layer


def _merged_bias(first, second):
    bias = torch.zeros(second.out_features)
    if first.bias is not None:
        bias = bias + second.weight @ first.bias
    return bias if second.bias is None else bias + second.bias


def _own_bias(layer):
    return torch.zeros(layer.out_features) if layer.bias is None else layer.bias


def _both_or_none(first, second):
    if first.bias is None or second.bias is None:
        return torch.zeros(second.out_features)
    return _merged_bias(first, second)


def _raised(*words):
    return lambda case, got, expected: isinstance(got, Raised) and any(w in got.text for w in words)


def _differs(name):
    return lambda case, got, expected: (
        isinstance(got, dict) and not torch.allclose(got[name], expected[name], atol=1e-5)
    )


@exercise(
    observe=_observe_merged,
    cases=_two_layers,
    praise="two layers, one matrix",
    hints=[
        "The weight is second.weight @ first.weight, of shape (outputs, inputs).",
        "The bias is second.weight @ first.bias + second.bias; a bias may be None.",
        "Make nn.Linear(first.in_features, second.out_features), and copy_ both under no_grad.",
    ],
    mistakes=[
        Mistake("a bias can be None (bias=False): ask before you use it", when=_raised("NoneType")),
        Mistake(
            "under torch.no_grad(): a parameter is changed in place", when=_raised("leaf Variable")
        ),
        Mistake(
            "only a parameter can take its place: copy_ into it, or wrap it in nn.Parameter(…)",
            when=_raised("cannot assign"),
        ),
        Mistake(
            "the bias of the first layer goes through the second one: second.weight @ first.bias",
            like=lambda first, second: _merge(first, second, bias=_own_bias(second)),
        ),
        Mistake(
            "the second matrix stands on the left: second.weight @ first.weight",
            when=_raised("shapes cannot be multiplied", "must match the size", "mat1 and mat2"),
        ),
        Mistake(
            "the bias of the second layer is added as well",
            like=lambda first, second: _merge(first, second, bias=second.weight @ _own_bias(first)),
        ),
        Mistake(
            "the two biases make one: second.weight @ first.bias + second.bias",
            like=lambda first, second: _merge(first, second, bias=torch.zeros(second.out_features)),
        ),
        Mistake(
            "if one bias is None, the other still counts",
            like=lambda first, second: _merge(first, second, bias=_both_or_none(first, second)),
        ),
        Mistake(
            "its weights are not those of the product: copy them into the new layer",
            when=_differs("effect of the weights"),
        ),
        Mistake(
            "the weights are right, the bias is not: second.weight @ first.bias + second.bias",
            when=_differs("output for zeros"),
        ),
    ],
)
def merge_linear(first, second):
    """Return one nn.Linear that computes second(first(x))."""
    layer = nn.Linear(first.in_features, second.out_features)
    with torch.no_grad():
        layer.weight.copy_(second.weight @ first.weight)
        layer.bias.zero_()
        if first.bias is not None:
            layer.bias += second.weight @ first.bias
        if second.bias is not None:
            layer.bias += second.bias
    return layer


def _any_tensor(rng):
    shape = [rng.randint(1, 4) for _ in range(rng.randint(0, 3))]
    return {"x": rng.tensor(*shape), "slope": rng.choice([0.01, 0.1, 0.5, 1.5, 2.0])}


@exercise(
    oracle=lambda x, slope=0.01: F.leaky_relu(x, slope),
    cases=_any_tensor,
    hints=[
        "torch.where(condition, a, b) takes from a where the condition holds, else from b.",
        "torch.where(x > 0, x, slope * x)",
    ],
    mistakes=[
        Mistake(
            "below zero x is multiplied by slope, not 0", like=lambda x, slope=0.01: x.clamp(min=0)
        ),
        Mistake(
            "the sign below zero stays: slope * x",
            like=lambda x, slope=0.01: torch.where(x > 0, x, -slope * x),
        ),
        Mistake(
            "the two are exchanged: x where it is positive",
            like=lambda x, slope=0.01: torch.where(x > 0, slope * x, x),
        ),
        Mistake("x comes back as it was: below zero it is slope * x", like=lambda x, slope=0.01: x),
        Mistake(
            "the minimum takes slope * x where x is positive: use torch.where",
            like=lambda x, slope=0.01: torch.minimum(x, slope * x),
        ),
        Mistake(
            "below zero it is slope * x, not slope alone",
            like=lambda x, slope=0.01: torch.where(x > 0, x, slope),
        ),
        Mistake("slope * x everywhere bends nothing", like=lambda x, slope=0.01: slope * x),
        Mistake(
            "the maximum of x and slope * x is right only for slopes below 1",
            like=lambda x, slope=0.01: torch.maximum(x, slope * x),
        ),
        Mistake("slope is not used", like=lambda x, slope=0.01: F.leaky_relu(x, 0.01)),
        Mistake(
            "`if x > 0` asks a whole tensor at once; torch.where asks each number",
            when=_raised("more than one value is ambiguous"),
        ),
    ],
)
def leaky_relu_by_hand(x, slope=0.01):
    """Return x where it is positive, slope * x elsewhere; the same shape as ``x``."""
    return torch.where(x > 0, x, slope * x)


def _observe_slopes(answer):
    if isinstance(answer, torch.Tensor):
        return answer.tolist()
    if not isinstance(answer, list | tuple):
        return answer
    return [x.item() if isinstance(x, torch.Tensor) and x.numel() == 1 else x for x in answer]


@exercise(
    value=True,
    observe=_observe_slopes,
    hints=[
        "Both curves are steepest at 0. Read the slopes off the pictures above, or ask autograd.",
        "sigmoid's slope is s * (1 - s) with s = sigmoid(0) = 0.5; tanh's is 1 - t * t with t = 0.",
    ],
    mistakes=[
        Mistake("sigmoid(0) is 0.5; its slope there is 0.5 * (1 - 0.5)", like=[0.5, 1.0]),
        Mistake("these are the values at 0, not the slopes", like=[0.5, 0.0]),
        Mistake("the other way round: sigmoid first", like=[1.0, 0.25]),
        Mistake("sigmoid runs from 0 to 1 only, and is flatter than tanh", like=[1.0, 1.0]),
    ],
)
def slopes_at_zero():
    """Return [slope of sigmoid at 0, slope of tanh at 0]."""
    return [0.25, 1.0]


EXERCISES = collect(vars())
