"""Exercises of notebook 10, third part: channels and groups, and what they cost."""

from torch import nn

from ._define import Mistake, collect, exercise
from ._run import Raised


def _layer(rng):
    groups = rng.choice([1, 1, 2, 3, 4])
    return {
        "in_channels": groups * rng.randint(1, 4),
        "out_channels": groups * rng.randint(1, 5),
        "kernel_size": rng.choice([1, 3, 5, (1, 3), (3, 5), (5, 2)]),
        "groups": groups,
    }


def _shape_by_torch(in_channels, out_channels, kernel_size, groups=1):
    layer = nn.Conv2d(in_channels, out_channels, kernel_size, groups=groups, device="meta")
    return tuple(layer.weight.shape)


def _shape(first_two, turn=1):
    """A wrong answer: its first two numbers, then the pair, turned round if ``turn`` is -1."""

    def answer(in_channels, out_channels, kernel_size, groups=1):
        pair = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
        return (*first_two(in_channels, out_channels, groups), *pair[::turn])

    return answer


def _is_division(case, got, expected):
    return isinstance(got, tuple) and any(isinstance(number, float) for number in got)


@exercise(
    oracle=_shape_by_torch,
    cases=_layer,
    hints=[
        "The order is (output channels, input channels that one kernel reads, height, width).",
        "With groups, one kernel reads in_channels // groups channels.",
        "isinstance(kernel_size, int) tells a number from a pair.",
    ],
    mistakes=[
        Mistake(
            "output channels come first: one kernel for each of them",
            like=_shape(lambda i, o, groups: (i // groups, o)),
        ),
        Mistake(
            "output channels come first, and a kernel reads in_channels // groups channels",
            like=_shape(lambda i, o, groups: (i, o)),
        ),
        Mistake(
            "with groups, one kernel reads only in_channels // groups channels",
            like=_shape(lambda i, o, groups: (o, i)),
        ),
        Mistake(
            "only the input channels are divided; there is one kernel for each output channel",
            like=_shape(lambda i, o, groups: (o // groups, i // groups)),
        ),
        Mistake(
            "output channels come first, undivided; the input channels are divided by the groups",
            like=_shape(lambda i, o, groups: (o // groups, i)),
        ),
        Mistake(
            "the channels come first, then the kernel's height and width",
            like=lambda *case: (lambda o, i, *pair: (*pair, o, i))(*_shape_by_torch(*case)),
        ),
        Mistake(
            "a pair is (height, width), in this order",
            like=_shape(lambda i, o, groups: (o, i // groups), turn=-1),
        ),
        Mistake("/ gives a number with a decimal point; // gives a whole one", when=_is_division),
        Mistake(
            "a tuple of four numbers: a pair must be taken apart, a number used twice",
            when=lambda case, got, expected: isinstance(got, (tuple, list)) and len(got) != 4,
        ),
        Mistake(
            "here kernel_size is a number: use it twice",
            when=lambda case, got, expected: (
                isinstance(case["kernel_size"], int) and isinstance(got, Raised)
            ),
        ),
        Mistake(
            "here kernel_size is a pair: its two numbers go into the shape one by one",
            when=lambda case, got, expected: (
                isinstance(case["kernel_size"], tuple)
                and (isinstance(got, Raised) or any(isinstance(number, tuple) for number in got))
            ),
        ),
    ],
)
def weight_shape(in_channels, out_channels, kernel_size, groups=1):
    """Return the shape of ``nn.Conv2d(...).weight`` as a tuple of four numbers."""
    pair = (kernel_size, kernel_size) if isinstance(kernel_size, int) else tuple(kernel_size)
    return (out_channels, in_channels // groups, *pair)


def _costs(rng):
    case = _layer(rng)
    return case | {
        "kernel_size": rng.choice([1, 3, 5]),
        "height": rng.randint(1, 32),
        "width": rng.randint(1, 32),
    }


def _factors(**powers):
    """A function that multiplies the arguments, each to the given power."""

    def count(in_channels, out_channels, kernel_size, height, width, groups=1):
        given = dict(locals())
        result = 1
        for name, power in {
            "in_channels": 1,
            "out_channels": 1,
            "kernel_size": 2,
            "height": 1,
            "width": 1,
            "groups": -1,
            **powers,
        }.items():
            result *= given[name] ** power
        return round(result)

    return count


def _with_bias(in_channels, out_channels, kernel_size, height, width, groups=1):
    return out_channels * height * width * (kernel_size**2 * (in_channels // groups) + 1)


def _shrunk(in_channels, out_channels, kernel_size, height, width, groups=1):
    places = (height - kernel_size + 1) * (width - kernel_size + 1)
    return out_channels * places * kernel_size**2 * (in_channels // groups)


@exercise(
    cases=_costs,
    hints=[
        "How many output numbers are there? How many products are in each of their sums?",
        "One output number: kernel_size ** 2 products for each channel that its kernel reads.",
        "out_channels * height * width * kernel_size ** 2 * (in_channels // groups)",
    ],
    mistakes=[
        Mistake(
            "with groups, a kernel reads only in_channels // groups channels",
            like=_factors(groups=0),
        ),
        Mistake("the groups divide the input channels only, so once", like=_factors(groups=-2)),
        Mistake("divide by groups: a kernel reads fewer channels", like=_factors(groups=1)),
        Mistake(
            "one product and its addition count as one multiply-add, not two",
            like=lambda *case: 2 * _factors()(*case),
        ),
        Mistake("without a bias there is nothing more to add", like=_with_bias),
        Mistake("height and width are the output's already", like=_shrunk),
        Mistake(
            "a kernel has kernel_size ** 2 numbers in each slice", like=_factors(kernel_size=1)
        ),
        Mistake(
            "every output channel has such a sum: times out_channels", like=_factors(out_channels=0)
        ),
        Mistake(
            "every input channel (of the group) gives kernel_size ** 2 products",
            like=_factors(in_channels=0, groups=0),
        ),
        Mistake(
            "that is the number of weights; each is used once for each pixel of the output",
            like=_factors(height=0, width=0),
        ),
        Mistake(
            "/ gives a number with a decimal point; // gives a whole one",
            when=lambda case, got, expected: isinstance(got, float),
        ),
    ],
)
def multiply_adds(in_channels, out_channels, kernel_size, height, width, groups=1):
    """Return the number of products for an output of ``height`` × ``width``."""
    outputs = out_channels * height * width
    return outputs * kernel_size**2 * (in_channels // groups)


EXERCISES = collect(vars())
