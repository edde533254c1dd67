"""Exercises of notebook 05, first part: how many batches."""

from torch.utils.data import DataLoader

from ._define import Mistake, collect, exercise


def _loader_sizes(count, batch_size, drop_last):
    """Ask PyTorch: let a loader run over that many numbers."""
    loader = DataLoader(range(count), batch_size=batch_size, drop_last=drop_last)
    return [len(batch) for batch in loader]


def _sizes_case(rng):
    batch_size = rng.randint(1, 9)
    count = rng.choice([batch_size * rng.randint(1, 4), rng.randint(1, 40)])
    return {"count": count, "batch_size": batch_size, "drop_last": rng.random() < 0.5}


def _sizes(count, batch_size, *, keep_rest):
    full, rest = divmod(count, batch_size)
    return [batch_size] * full + [rest] * (keep_rest and rest > 0)


def _sizes_with_empty_batch(count, batch_size, drop_last):
    full, rest = divmod(count, batch_size)
    return [batch_size] * full + ([] if drop_last else [rest])


def _sizes_without_last(count, batch_size, drop_last):
    sizes = _sizes(count, batch_size, keep_rest=True)
    return sizes[:-1] if drop_last else sizes


def _sizes_rounded_up(count, batch_size, drop_last):
    return [batch_size] * (count // batch_size if drop_last else -(-count // batch_size))


def _sizes_spread(count, batch_size, drop_last):
    batches = -(-count // batch_size)
    sizes = [count // batches + (n < count % batches) for n in range(batches)]
    return [size for size in sizes if size == batch_size or not drop_last]


@exercise(
    oracle=_loader_sizes,
    against="PyTorch",
    cases=_sizes_case,
    hints=[
        "How many full batches are there, and how many pictures are left? // and % tell you.",
        "[batch_size] * full is a list of that many full batches.",
        "A rest of 0 is no batch. A rest above 0 is one, unless drop_last.",
    ],
    mistakes=[
        Mistake(
            "a last batch of 0 pictures is none: add the rest only if there is one",
            like=_sizes_with_empty_batch,
        ),
        Mistake(
            "the other way round: a rest of 0 is no batch, a rest above 0 is one",
            like=lambda n, b, d: [b] * (n // b) + [0] * (n % b == 0 and not d),
        ),
        Mistake(
            "drop_last is not used: with it an incomplete last batch is left out",
            like=lambda n, b, d: _sizes(n, b, keep_rest=True),
        ),
        Mistake(
            "without drop_last the incomplete batch comes as well",
            like=lambda n, b, d: _sizes(n, b, keep_rest=False),
        ),
        Mistake(
            "the other way round: drop_last leaves the incomplete batch out",
            like=lambda n, b, d: _sizes(n, b, keep_rest=d),
        ),
        Mistake(
            "drop_last drops the last batch only if it is incomplete; yours drops it always",
            like=_sizes_without_last,
        ),
        Mistake("the last batch holds what is left, not batch_size", like=_sizes_rounded_up),
        Mistake(
            "a loader does not spread the pictures evenly: it fills each batch before the next",
            like=_sizes_spread,
        ),
        Mistake(
            "that is how many batches there are; return the list of their sizes",
            when=lambda case, got, expected: got == len(expected),
        ),
    ],
)
def batch_sizes(count, batch_size, drop_last):
    """Return the list of the sizes of all batches that a DataLoader makes of ``count`` pictures."""
    full, rest = divmod(count, batch_size)
    sizes = [batch_size] * full
    if rest > 0 and not drop_last:
        sizes.append(rest)
    return sizes


EXERCISES = collect(vars())
