"""Exercises of notebook 21: who takes which picture."""

import operator

import torch
from torch.utils.data import DistributedSampler

from ._compare import kind_of
from ._define import Finding, Mistake, collect, exercise

ORDER = (
    "mean_over_all",
    "average_gradients",
    "share_of",
    "back_in_order",
    "repair_run",
)
NOBODY, TWICE, EVEN = "nobody takes", "taken more than once", "the shares are about equally long"


def _shares(share, length, size):
    taken = []
    for rank in range(size):
        part = share(length, rank, size)
        if part is None or isinstance(part, (int, str)):
            raise Finding(f"rank {rank} gets {kind_of(part)}, not a list of positions")
        try:
            taken.append([operator.index(position) for position in part])
        except TypeError:
            raise Finding(f"rank {rank} gets {part}, but positions are whole numbers") from None
    every = [position for part in taken for position in part]
    lengths = [len(part) for part in taken]
    return {
        "positions that are not in the dataset": sorted(set(every) - set(range(length))),
        NOBODY: sorted(set(range(length)) - set(every)),
        TWICE: sorted({position for position in every if every.count(position) > 1}),
        EVEN: max(lengths) - min(lengths) <= 1,
    }


def _sampled(length, rank, size, **settings):
    return list(DistributedSampler(range(length), size, rank, shuffle=False, **settings))


def _rest_to_the_last(length, rank, size):
    part = length // size
    return list(range(rank * part, length if rank == size - 1 else (rank + 1) * part))


def _rounded_up(length, rank, size):
    part = -(-length // size)
    return list(range(rank * part, min((rank + 1) * part, length)))


@exercise(
    observe=_shares,
    cases=lambda rng: {"length": rng.randint(1, 14), "size": rng.randint(1, 5)},
    count=40,
    praise="each position is taken exactly once, by shares that differ by one at most",
    hints=[
        "Deal the positions out like cards: rank 0 takes 0, size, 2 · size …",
        "range(start, stop, step) does that: which start has process rank, and which step?",
    ],
    mistakes=[
        Mistake("the first ones are taken twice, as DistributedSampler does", like=_sampled),
        Mistake(
            "the rest that does not divide is lost, as with drop_last=True",
            like=lambda n, r, s: _sampled(n, r, s, drop_last=True),
        ),
        Mistake(
            "n // size each loses the rest that does not divide: who takes it?",
            like=lambda n, r, s: list(range(r * (n // s), (r + 1) * (n // s))),
        ),
        Mistake(
            "the last process gets the whole rest, so the others wait for it: spread the rest",
            like=_rest_to_the_last,
        ),
        Mistake(
            "rounded up, the last process gets too little (even nothing), and the others wait: "
            "the lengths may differ by one at most",
            like=_rounded_up,
        ),
        Mistake("size is not always 2: use it", like=lambda n, r, s: list(range(r, n, 2))),
        Mistake(
            "every process takes all positions: rank says which are its own",
            like=lambda n, r, s: list(range(n)),
        ),
        Mistake(
            "ranks are counted from 0, and so are positions: start at rank",
            like=lambda n, r, s: list(range(r + 1, n, s)),
        ),
        Mistake("shares overlap", when=lambda case, got, expected: bool(got[TWICE])),
        Mistake("positions are missing", when=lambda case, got, expected: bool(got[NOBODY])),
        Mistake(
            "complete, but the longest share is more than one longer than the shortest",
            when=lambda case, got, expected: not got[EVEN],
        ),
    ],
)
def share_of(length, rank, size):
    """Return the positions 0 … length - 1 that process ``rank`` of ``size`` takes."""
    return list(range(rank, length, size))


def _gathered(rng):
    size, length = rng.randint(1, 4), rng.randint(1, 9)
    values = rng.tensor(length, 2) if rng.random() < 0.4 else rng.tensor(length)
    parts = [values[_sampled(length, rank, size)] for rank in range(size)]
    return {"parts": parts, "length": length}


def _truth(parts, length):
    values = {}
    for rank, part in enumerate(parts):
        values.update(zip(_sampled(length, rank, len(parts)), part, strict=True))
    return torch.stack([values[position] for position in range(length)])


def _dealt(parts):
    return torch.stack(list(parts), dim=1).flatten(0, 1)


@exercise(
    oracle=_truth,
    against="DistributedSampler",
    cases=_gathered,
    count=40,
    hints=[
        "Picture 0 is the first of rank 0, picture 1 the first of rank 1: go across the parts.",
        "torch.stack(parts, dim=1) puts the first ones side by side, then the second ones.",
        "Flatten the first two dimensions; then cut off what was added to fill up.",
    ],
    mistakes=[
        Mistake(
            "one part lies behind the other (cat does that, and stack with dim=0), but they were "
            "dealt out in turn: picture 1 is the first one of rank 1",
            like=lambda parts, length: torch.cat(list(parts))[:length],
        ),
        Mistake(
            "cat puts one part behind the other, and the ones added to fill up are still there",
            like=lambda parts, length: torch.cat(list(parts)),
        ),
        Mistake(
            "the order is right; the ones that were added to fill up are still there: [:length]",
            like=lambda parts, length: _dealt(parts),
        ),
        Mistake(
            "the dimensions behind the first belong to a picture: flatten(0, 1), not all of them",
            like=lambda parts, length: torch.stack(list(parts), dim=1).flatten()[:length],
        ),
        Mistake(
            "right for two processes; there can be any number",
            like=lambda parts, length: _dealt(parts[:2])[:length],
        ),
        Mistake(
            "return one tensor, not a list",
            when=lambda case, got, expected: isinstance(got, (list, tuple)),
        ),
    ],
)
def back_in_order(parts, length):
    """Return the values of all pictures in the order of the dataset, each one once."""
    return torch.stack(parts, dim=1).flatten(0, 1)[:length]


EXERCISES = collect(vars())
