"""Exercises of notebook 08: rows and pictures, class counts, statistics in one pass."""

import weakref

import numpy as np
import torch

from ._define import Finding, Mistake, collect, exercise


def _some_rows(rng):
    count = rng.randint(1, 4)
    values = [rng.randint(0, 255) for _ in range(count * 3072)]
    return {"rows": np.array(values, dtype=np.uint8).reshape(count, 3072)}


@exercise(
    cases=_some_rows,
    count=6,
    hints=[
        "First cut each row as it was stored: (N, 3, 32, 32). How many rows? rows.shape[0], or -1.",
        "Then move the channels to the end: transpose(0, 2, 3, 1).",
    ],
    mistakes=[
        Mistake(
            "reshape alone moves no number: cut into (N, 3, 32, 32), then transpose",
            like=lambda rows: rows.reshape(-1, 32, 32, 3),
        ),
        Mistake(
            "height and width are swapped: transpose(0, 2, 3, 1)",
            like=lambda rows: rows.reshape(-1, 3, 32, 32).transpose(0, 3, 2, 1),
        ),
        Mistake(
            "the channels must come last: transpose(0, 2, 3, 1)",
            like=lambda rows: rows.reshape(-1, 3, 32, 32),
        ),
        Mistake(
            "that is the first picture only: keep N in front",
            like=lambda rows: rows[0].reshape(3, 32, 32).transpose(1, 2, 0),
        ),
        Mistake(
            "red and blue are swapped: the first 1024 values are red",
            like=lambda rows: rows.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)[..., ::-1],
        ),
    ],
)
def rows_to_pictures(rows):
    """Return uint8 pictures (N, 32, 32, 3) for rows (N, 3072) as CIFAR-10 stores them."""
    return rows.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)


NAMES = ("ship", "cat", "frog", "truck")


def _some_targets(rng):
    classes = list(NAMES[: rng.randint(2, 4)])
    numbers = range(rng.choice([len(classes), len(classes) - 1]))
    return {"targets": [rng.choice(numbers) for _ in range(rng.randint(1, 9))], "classes": classes}


def _counted(pairs):
    counts = {}
    for name in pairs:
        counts[name] = counts.get(name, 0) + 1
    return counts


@exercise(
    cases=_some_targets,
    count=40,
    hints=[
        "Start with a 0 for every name, then go over the targets.",
        "classes[target] is the name of a target.",
    ],
    mistakes=[
        Mistake(
            "a class without a picture is missing: it belongs in, with 0",
            like=lambda targets, classes: _counted(classes[target] for target in targets),
        ),
        Mistake(
            "the keys are numbers: classes[target] is the name",
            when=lambda case, got, expected: set(got) <= set(range(len(case["classes"]))),
        ),
        Mistake(
            "these are the numbers of the classes, not how often they occur",
            like=lambda targets, classes: {name: n for n, name in enumerate(classes)},
        ),
        Mistake(
            "shares, not counts: do not divide",
            like=lambda targets, classes: {
                name: targets.count(n) / len(targets) for n, name in enumerate(classes)
            },
        ),
    ],
)
def class_counts(targets, classes):
    """Return a dict: name of the class → how many of ``targets`` are its number."""
    counts = dict.fromkeys(classes, 0)
    for target in targets:
        counts[classes[target]] += 1
    return counts


class OnePass:
    """Batches that come once; it notices who keeps them all, or asks a second time."""

    def __init__(self, seed, sizes):
        self.seed, self.sizes, self.asked = seed, sizes, False

    def __iter__(self):
        if self.asked:
            raise Finding("the batches come once: do all of your sums in the same loop")
        self.asked, alive = True, []
        generator = torch.Generator().manual_seed(self.seed)
        for place, size in enumerate(self.sizes):
            shape, dark = (size, 3, 32, 32), 60 * (place % 3)
            batch = torch.randint(0, 130, shape, generator=generator) + dark
            batch[:, 1] = batch[:, 1] // 2
            batch = batch.to(torch.uint8)  # (B, 3, 32, 32)
            alive.append(weakref.ref(batch))
            if sum(kept() is not None for kept in alive) > 3:
                raise Finding("it keeps all batches in memory: keep sums, and let a batch go")
            yield batch
            del batch


def _statistics_of(attempt, seed, sizes):
    result = attempt(OnePass(seed, sizes))
    if not (isinstance(result, (tuple, list)) and len(result) == 2):
        raise Finding("it must return the pair (mean, std)")
    return {
        name: torch.as_tensor(values).detach().double()
        for name, values in zip(("mean", "std"), result, strict=True)
    }


def _from_sums(batches, *, scale=255, number=torch.Tensor.double, finish=torch.sqrt):
    count, total, squares = 0, 0, 0
    for batch in batches:
        x = number(batch)
        count += x[:, 0].numel()
        total = total + x.sum(dim=(0, 2, 3)).double()
        squares = squares + (x * x).sum(dim=(0, 2, 3)).double()
    mean = total / count
    return mean / scale, finish(squares / count - mean**2) / scale


def _mean_of_batches(batches):
    found = [
        (x.mean(dim=(0, 2, 3)), x.std(dim=(0, 2, 3), correction=0))
        for x in (batch.double() / 255 for batch in batches)
    ]
    means, stds = zip(*found, strict=True)
    return torch.stack(means).mean(dim=0), torch.stack(stds).mean(dim=0)


def _weighted_stds(batches):
    count, mean, std = 0, 0, 0
    for batch in batches:
        x = batch.double() / 255
        count, mean = count + len(x), mean + len(x) * x.mean(dim=(0, 2, 3))
        std = std + len(x) * x.std(dim=(0, 2, 3), correction=0)
    return mean / count, std / count


def _over_all_channels(batches):
    mean, std = channel_statistics(batches)
    return mean.mean(), (std**2 + mean**2).mean().sub(mean.mean() ** 2).sqrt()


@exercise(
    observe=_statistics_of,
    cases=lambda rng: {
        "seed": rng.randrange(1000),
        "sizes": [rng.choice([4, 7, 16]) for _ in range(rng.randint(5, 7))],
    },
    count=6,
    praise="one pass, batches of any length, and both right to four digits",
    hints=[
        "In the loop: x = batch.double(), then add to a count, to a sum and to a sum of squares.",
        "Over which dimensions? All but the channels: x.sum(dim=(0, 2, 3)).",
        "After it: mean = total / count and std = (squares / count - mean**2).sqrt(); both / 255.",
    ],
    mistakes=[
        Mistake(
            "both must be in the range 0…1: divide by 255",
            like=lambda batches: _from_sums(batches, scale=1),
        ),
        Mistake(
            "squares of uint8 wrap around at 256: make floats first",
            like=lambda batches: _from_sums(batches, number=lambda batch: batch),
        ),
        Mistake(
            "this is the variance: the standard deviation is its square root",
            like=lambda batches: _from_sums(
                batches, scale=1, number=lambda b: b.double() / 255, finish=lambda v: v
            ),
        ),
        Mistake(
            "a mean over batches counts a short one like a long one, and stds cannot be averaged: "
            "keep sums",
            like=_mean_of_batches,
        ),
        Mistake(
            "the mean is right; a mean of stds leaves out how far the batches lie apart",
            like=_weighted_stds,
        ),
        Mistake(
            "one number for each channel: do not sum over dimension 1", like=_over_all_channels
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
