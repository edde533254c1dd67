"""Exercise of notebook 08: the statistics of the channels in one pass."""

import math
import weakref

import numpy as np
import torch
from torch.overrides import TorchFunctionMode

from ._define import Finding, Mistake, collect, exercise


class Memory(TorchFunctionMode):
    """Within ``with``, it knows each tensor or array of PyTorch as long as somebody keeps it."""

    def __init__(self):
        super().__init__()
        self.made = {}

    def __torch_function__(self, func, types, args=(), kwargs=None):
        """Call ``func`` and take down what it makes."""
        result = func(*args, **(kwargs or {}))
        for made in result if isinstance(result, (tuple, list)) else [result]:
            if isinstance(made, (torch.Tensor, np.ndarray)):
                self.made[id(made)] = weakref.ref(made)
        return result

    def numbers(self):
        """Return how many numbers are kept."""
        kept = [ref() for ref in self.made.values()]
        return sum(math.prod(made.shape) for made in kept if made is not None)


class OnePass:
    """Batches that come once; it notices who keeps them all, or asks a second time."""

    def __init__(self, seed, sizes, height, width):
        self.seed, self.sizes, self.asked = seed, sizes, False
        self.shape = 3, height, width
        self.memory = Memory()

    def __iter__(self):
        if self.asked:
            raise Finding("the batches come once: do all of your sums in the same loop")
        self.asked, after = True, []
        generator = torch.Generator().manual_seed(self.seed)
        for place, size in enumerate(self.sizes):
            dark = 60 * (place % 3)
            batch = torch.randint(0, 130, (size, *self.shape), generator=generator) + dark
            batch[:, 1] = batch[:, 1] // 2
            batch = batch.to(torch.uint8)  # (B, 3, H, W)
            yield batch
            del batch
            after.append(self.memory.numbers())
        # The first two are as long as the last two: a loop leaves as much behind, a list more.
        came = sum(self.sizes[2:]) * math.prod(self.shape)
        if after[-1] - after[1] > came / 2:
            raise Finding("it keeps all batches in memory: keep sums, and let a batch go")


def _sizes(rng):
    """Return lengths of batches; the first two are those of the last two."""
    first, *others = (rng.choice([6, 9, 16]) for _ in range(rng.randint(3, 5)))
    return [first, 3, *others, first, 3]


def _statistics_of(attempt, **case):
    batches = OnePass(**case)
    with batches.memory:
        result = attempt(batches)
    if not (isinstance(result, (tuple, list)) and len(result) == 2):
        raise Finding("it must return the pair (mean, std)")
    found = [torch.as_tensor(values).detach() for values in result]
    if torch.float16 in {values.dtype for values in found}:
        raise Finding("float16 has three digits and ends at 65,504: sum in float32 or float64")
    return {name: values.double() for name, values in zip(("mean", "std"), found, strict=True)}


def _subtracted(squares, mean):
    return (squares - mean**2).sqrt()


def _from_sums(
    batches, *, number=torch.Tensor.double, pixels=lambda x: x[:, 0].numel(), std=_subtracted
):
    """Return mean and std in the units of ``number``; ``std`` is made of the two means."""
    count, total, squares = 0, 0, 0
    for batch in batches:
        x = number(batch)
        count += pixels(x)
        total = total + x.sum(dim=(0, 2, 3)).double()
        squares = squares + (x * x).sum(dim=(0, 2, 3)).double()
    return total / count, std(squares / count, total / count)


def _unit(batch):
    return batch.double() / 255


def _by_255(batches, **changes):
    mean, std = _from_sums(batches, **changes)
    return mean / 255, std / 255


def _of_each_batch(case, statistic):
    return torch.stack([statistic(_unit(batch)) for batch in OnePass(**case)])  # (batches, 3)


def _over_all_channels(batches):
    mean, std = channel_statistics(batches)
    return mean.mean(), (std**2 + mean**2).mean().sub(mean.mean() ** 2).sqrt()


def _is_mean_of_means(case, got, expected):
    means = _of_each_batch(case, lambda x: x.mean(dim=(0, 2, 3)))
    return got["mean"].shape == (3,) and torch.allclose(got["mean"], means.mean(dim=0), 1e-4)


def _is_mean_of_stds(case, got, expected):
    """Tell whether ``got`` has a mean of the batches' stds, whatever their length counts for."""
    stds = _of_each_batch(case, lambda x: x.std(dim=(0, 2, 3)))
    sizes = torch.tensor(case["sizes"]).double()
    averages = stds.mean(dim=0), sizes @ stds / sizes.sum()
    return any(torch.allclose(got["std"], average, 1e-3) for average in averages)


def _counts_pictures(case, got, expected):
    """Tell whether the sums were divided by the number of pictures, with or without the 255."""
    too_large = case["height"] * case["width"] * expected["mean"]
    return any(torch.allclose(got["mean"], unit * too_large, 1e-4) for unit in (1, 255))


def _has_nan(case, got, expected):
    return bool(got["std"].isnan().any())


MISTAKES = {
    "both must be in the range 0…1: divide by 255": _from_sums,
    "subtract the square of the mean: mean**2": lambda batches: _by_255(
        batches, std=lambda squares, mean: (squares - mean).sqrt()
    ),
    "squares of uint8 wrap at 256, and clamp hides it: make floats first": lambda batches: _by_255(
        batches,
        number=lambda batch: batch,
        std=lambda squares, mean: (squares - mean**2).clamp(min=0).sqrt(),
    ),
    "this is the variance: the standard deviation is its square root": lambda batches: _from_sums(
        batches, number=_unit, std=lambda squares, mean: squares - mean**2
    ),
    "one number for each channel: do not sum over dimension 1": _over_all_channels,
    "not every picture has 32·32 pixels: count those that come": lambda batches: _from_sums(
        batches, number=_unit, pixels=lambda x: len(x) * 32 * 32
    ),
    "a third of the mean: count the pixels of one channel, x[:, 0].numel()": (
        lambda batches: _from_sums(batches, number=_unit, pixels=torch.Tensor.numel)
    ),
}


@exercise(
    observe=_statistics_of,
    cases=lambda rng: {
        "seed": rng.randrange(1000),
        "sizes": _sizes(rng),
        "height": rng.choice([24, 30]),
        "width": rng.choice([20, 36]),
    },
    count=6,
    praise="one pass, batches of any length, and both right to four digits",
    hints=[
        "In the loop: x = batch.double(), then add to a count, to a sum and to a sum of squares.",
        "Over which dimensions? All but the channels: x.sum(dim=(0, 2, 3)).",
        "After it: mean = total / count and std = (squares / count - mean**2).sqrt(); both / 255.",
    ],
    mistakes=[
        *(Mistake(message, like=like) for message, like in MISTAKES.items()),
        Mistake(
            "a mean above 1: count the pixels of one channel, x[:, 0].numel(), not the pictures",
            when=_counts_pictures,
        ),
        Mistake(
            "a mean over batches counts a short one like a long one, and stds cannot be averaged: "
            "keep sums",
            when=_is_mean_of_means,
        ),
        Mistake(
            "the mean is right; a mean of stds leaves out how far the batches lie apart",
            when=_is_mean_of_stds,
        ),
        Mistake(
            "NaN is the root of a negative number: is it mean**2, and are the squares floats? "
            "(uint8 wraps around at 256)",
            when=_has_nan,
        ),
    ],
)
def channel_statistics(batches):
    """Return (mean, std), two tensors of 3 values in the range 0…1.

    ``batches`` yields uint8 tensors (B, 3, H, W), one after the other, once.
    """
    count = 0
    total = squares = torch.zeros(3, dtype=torch.float64)
    for batch in batches:
        x = batch.double()  # (B, 3, H, W)
        count += x[:, 0].numel()
        total = total + x.sum(dim=(0, 2, 3))
        squares = squares + (x * x).sum(dim=(0, 2, 3))
    mean = total / count
    std = (squares / count - mean**2).sqrt()
    return mean / 255, std / 255


EXERCISES = collect(vars())
