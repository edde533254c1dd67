"""Exercises of notebook 03, second part: the rule of broadcasting, and its use."""

import torch

from ._define import Finding, Mistake, collect, exercise


def _raise(text):
    raise ValueError(text)


def _max_or_error(m, n):
    return max(m, n) if m == n or 1 in (m, n) else _raise(f"{m} and {n}")


def _oracle(a, b):
    try:
        return tuple(torch.broadcast_shapes(a, b))
    except RuntimeError as error:
        raise ValueError("they do not fit") from error


def _borrows(attempt):
    """True if the attempt uses a name, or the import behind one, of PyTorch or NumPy."""
    names = getattr(getattr(attempt, "__code__", None), "co_names", ())
    values = [getattr(attempt, "__globals__", {}).get(name) for name in names]
    homes = [getattr(v, "__module__", None) or getattr(v, "__name__", "") for v in values]
    return any(str(n).split(".")[0] in ("torch", "np", "numpy") for n in (*names, *homes))


def _by_hand(attempt, a, b):
    """Return the attempt's answer, unless it asks PyTorch or NumPy for it."""
    if attempt is not _oracle and _borrows(attempt):
        raise Finding("write the rule yourself, without PyTorch and NumPy")
    return attempt(a, b)


def _shape_case(rng):
    result = [rng.choice((1, 2, 3, 4, 6)) for _ in range(rng.randint(0, 4))]
    shapes = []
    for _ in "ab":
        sizes = [rng.choice((size, size, 1)) for size in result]
        shapes.append(sizes[rng.randint(0, len(sizes)) if rng.random() < 0.5 else 0 :])
    victim = rng.choice(shapes)
    if victim and rng.random() < 0.3:
        victim[rng.randrange(len(victim))] = rng.choice((2, 3, 4, 6))
    return {"a": tuple(shapes[0]), "b": tuple(shapes[1])}


def _aligned(a, b, left=False):
    rank = max(len(a), len(b))
    ones = [(1,) * (rank - len(shape)) for shape in (a, b)]
    a, b = ((s + o) if left else (o + s) for s, o in zip((a, b), ones, strict=True))
    return list(zip(a, b, strict=True))


def _fits_if(rule):
    """Return a function that pads well, but refuses all pairs of sizes other than these."""
    return lambda a, b: tuple(max(p) if rule(*p) else _raise("no") for p in _aligned(a, b))


def _zipped(a, b):
    return tuple(_max_or_error(*pair) for pair in zip(a, b, strict=False))


def _from_left(a, b):
    return tuple(_max_or_error(*pair) for pair in _aligned(a, b, left=True))


def _largest(a, b):
    return tuple(max(pair) for pair in _aligned(a, b))


def _common_part(a, b):
    pairs = zip(a[::-1], b[::-1], strict=False)
    return tuple(_max_or_error(*pair) for pair in pairs)[::-1]


def _backwards(a, b):
    return tuple(_max_or_error(*pair) for pair in _aligned(a, b))[::-1]


def _smallest(a, b):
    return tuple(min(_max_or_error(*pair), *pair) for pair in _aligned(a, b))


@exercise(
    cases=_shape_case,
    oracle=_oracle,
    observe=_by_hand,
    errors=(ValueError,),
    praise="the same shapes as PyTorch's, for many pairs, and the same ones refused",
    count=150,
    hints=[
        "Make both equally long first: put as many 1s as needed in front of the shorter one.",
        "(1,) * 2 + (3, 4) is (1, 1, 3, 4).",
        "Then go through zip(a, b): equal sizes or a 1 fit, and the larger one is the result.",
    ],
    mistakes=[
        Mistake("the shapes are aligned from the right, not from the left", like=_from_left),
        Mistake("align from the right: zip begins at the left, and stops early", like=_zipped),
        Mistake("sizes that differ, and are not 1, must raise a ValueError", like=_largest),
        Mistake(
            "zip stops at the shorter shape: the dimensions in front get lost", like=_common_part
        ),
        Mistake("you went from right to left; turn the result round at the end", like=_backwards),
        Mistake("the 1 is what grows: take the larger size", like=_smallest),
        *(
            Mistake("a size of 1 fits every other size, in a and in b", like=_fits_if(rule))
            for rule in (
                lambda m, n: m == n,
                lambda m, n: n in (m, 1),
                lambda m, n: m in (n, 1),
            )
        ),
        Mistake(
            "only a size of 1 is repeated: 2 does not fit 4",
            like=_fits_if(lambda m, n: max(m, n) % min(m, n) == 0),
        ),
        Mistake("two equal sizes fit, too", like=_fits_if(lambda m, n: 1 in (m, n))),
        Mistake(
            "sizes and a loop are enough: fill up with 1s, then compare pair by pair",
            when=lambda case, got, expected: got.kind is Finding,
        ),
        Mistake(
            "raise a ValueError where the shapes do not fit, as the docstring says",
            when=lambda case, got, expected: (
                expected.kind is ValueError
                and got.kind in (RuntimeError, AssertionError, TypeError, Exception)
            ),
        ),
        Mistake(
            "where the shapes do not fit, raise ValueError(…); do not print it or return something",
            when=lambda case, got, expected: (
                expected.kind is ValueError and (not got or isinstance(got, str))
            ),
        ),
        Mistake(
            "an error is raised, not returned: raise ValueError(…)",
            when=lambda case, got, expected: (
                isinstance(got, Exception) or issubclass(got, Exception)
            ),
        ),
        Mistake(
            "the lengths may differ: fill the shorter shape up with 1s in front",
            when=lambda case, got, expected: (
                len(case["a"]) != len(case["b"]) and isinstance(got.kind, type)
            ),
        ),
        Mistake(
            "a size of 1 fits every other size",
            when=lambda case, got, expected: got.kind is ValueError,
        ),
    ],
)
def broadcast_shape(a, b):
    """Return the shape of the sum of tensors of shapes ``a`` and ``b``, two tuples.

    Raises:
        ValueError: if the shapes do not fit.
    """
    rank = max(len(a), len(b))
    a = (1,) * (rank - len(a)) + a
    b = (1,) * (rank - len(b)) + b
    for m, n in zip(a, b, strict=True):
        if m != n and 1 not in (m, n):
            raise ValueError(f"{m} and {n} do not fit")
    return tuple(max(m, n) for m, n in zip(a, b, strict=True))


def _pictures(rng):
    batch, channels = rng.randint(1, 4), rng.choice((1, 3, 3))
    plane = rng.choice(((1, 1), (2, 2), (2, 3), (3, 2), (3, 3), (4, 1)))
    return {"pictures": rng.tensor(batch, channels, *plane, low=0.0, high=1.0)}


def _minus_mean(dims, keepdim=True):
    return lambda x: x - x.mean(dim=dims, keepdim=keepdim)


@exercise(
    cases=_pictures,
    against="PyTorch",
    praise="right for many shapes, also where batch, channels, height and width are equal",
    hints=[
        "One mean for each picture and each channel: over which two dimensions is it taken?",
        "pictures.mean(dim=(2, 3)) has shape (B, C). Which shape would fit (B, C, H, W)?",
        "keepdim=True leaves the averaged dimensions there, with size 1.",
    ],
    mistakes=[
        Mistake(
            "the mean has shape (B, C), aligned with (H, W): keepdim=True makes it (B, C, 1, 1)",
            like=_minus_mean((2, 3), keepdim=False),
        ),
        Mistake(
            "that is one mean for all numbers together: name the dimensions",
            like=lambda x: x - x.mean(),
        ),
        Mistake(
            "that is the channel's mean over the whole batch; each picture has its own",
            like=_minus_mean((0, 2, 3)),
        ),
        Mistake(
            "that is one mean for all channels of a picture; each channel has its own",
            like=_minus_mean((1, 2, 3)),
        ),
        Mistake(
            "dimensions 1 and 2 are channels and height; the pixels are dimensions 2 and 3",
            like=_minus_mean((1, 2)),
        ),
        Mistake(
            "(B, C, 1) lines up with (C, H, W): two more dimensions, [:, :, None, None]",
            like=lambda x: x - x.mean((2, 3))[:, :, None],
        ),
        Mistake(
            "(B, 1, 1, C) puts the channels below the width: [:, :, None, None]",
            like=lambda x: x - x.mean((2, 3))[:, None, None],
        ),
        Mistake("that is the mean of each row: over height *and* width", like=_minus_mean(3)),
        Mistake("that is the mean of each column: over height *and* width", like=_minus_mean(2)),
        Mistake(
            "that is the average picture of the batch; each picture has its own mean",
            like=_minus_mean(0),
        ),
        *(
            Mistake(
                "that is a mean over the channels; the pixels are dimensions 2 and 3", like=like
            )
            for like in (_minus_mean(1), _minus_mean(1, keepdim=False), _minus_mean((0, 1)))
        ),
        Mistake(
            "only the mean is taken away; do not divide",
            like=lambda x: center_pictures(x) / x.std((2, 3), keepdim=True),
        ),
        Mistake(
            "these are the means; take them away from the pictures",
            like=lambda x: x.mean((2, 3), keepdim=True),
        ),
        Mistake(
            "the mean has lost two dimensions, and lines up with the wrong ones: keepdim=True",
            when=lambda case, got, expected: "must match" in got.text,
        ),
    ],
)
def center_pictures(pictures):
    """Return (B, C, H, W) minus the mean of each channel of each picture."""
    return pictures - pictures.mean(dim=(2, 3), keepdim=True)


EXERCISES = collect(vars())
