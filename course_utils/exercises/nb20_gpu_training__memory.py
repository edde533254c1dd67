"""Exercises of notebook 20, third part: will it fit?"""

import math

import torch

from ._define import Mistake, collect, exercise
from ._run import Raised
from .nb20_gpu_training import raised

DTYPES = ("uint8", "bool", "int64", "float16", "bfloat16", "float32", "float64")


def _asked_pytorch(shape, dtype):
    return torch.empty(shape, dtype=dtype, device="meta").nbytes


def _shapes(rng):
    if rng.random() < 0.1:  # nobody can make this one
        return {"shape": (10**6,) * 3, "dtype": torch.float64}
    shape = tuple(rng.randint(1, 9) for _ in range(rng.randint(0, 4)))
    return {"shape": shape, "dtype": getattr(torch, rng.choice(DTYPES))}


def _of_an_empty_product(case, got, expected):
    return not case["shape"] and isinstance(got, float) and got == expected


def _in_larger_units(case, got, expected):
    return any(abs(got * unit / expected - 1) < 0.01 for unit in (1000, 1024, 10**6, 2**20))


@exercise(
    oracle=_asked_pytorch,
    against="PyTorch",
    cases=_shapes,
    count=60,
    hints=[
        "How many numbers are in a tensor of that shape? math.prod multiplies a tuple.",
        "Each takes dtype.itemsize bytes.",
    ],
    mistakes=[
        Mistake(
            "that makes the tensor: compute its bytes from shape and dtype alone",
            when=raised("allocate"),
        ),
        Mistake(
            "that counts numbers, not bytes: each takes dtype.itemsize",
            like=lambda shape, dtype: math.prod(shape),
        ),
        Mistake(
            "4 bytes are right for float32 only: dtype.itemsize",
            like=lambda shape, dtype: 4 * math.prod(shape),
        ),
        Mistake(
            "dimensions are multiplied, not added",
            like=lambda shape, dtype: sum(shape) * dtype.itemsize,
        ),
        Mistake(
            "these are bits: a byte has 8 of them",
            like=lambda shape, dtype: 8 * math.prod(shape) * dtype.itemsize,
        ),
        Mistake(
            "an empty shape () is a single number: math.prod(()) is 1",
            like=lambda shape, dtype: math.prod(shape) * dtype.itemsize if shape else 0,
        ),
        Mistake(
            "math.prod(()) is 1, a whole number; the product of an empty shape is 1.0 here",
            when=_of_an_empty_product,
        ),
        Mistake("bytes are asked for, not kB or MB: do not divide", when=_in_larger_units),
        Mistake(
            "finfo knows floating-point dtypes only: dtype.itemsize works for all",
            when=raised("torch.finfo()", "torch.iinfo()"),
        ),
        Mistake(
            "an empty shape () is a single number, and has no first dimension",
            when=raised("index out of range", "empty"),
        ),
    ],
)
def tensor_bytes(shape, dtype):
    """Return how many bytes the numbers of a tensor of this shape and dtype take."""
    return math.prod(shape) * dtype.itemsize


def _search(attempt, limit, most, bug):
    tried = []

    def train_step(batch_size):
        tried.append(batch_size)
        if batch_size > limit:
            raise torch.OutOfMemoryError(f"CUDA out of memory with {batch_size}")
        if bug and batch_size >= bug:
            raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    found = attempt(train_step, most)
    return {
        "largest batch": found,
        "tried beyond most": any(size > most for size in tried),
        "tried other sizes than powers of 2": any(size & (size - 1) for size in map(int, tried)),
        "tried more after memory was short": any(size > limit for size in tried[:-1]),
        "tried in the order 1, 2, 4, …": tried == sorted(tried) and tried[:1] == [1],
    }


def _limits(rng):
    limit = rng.choice([0, 1, 2, 3, 5, 8, 21, 32, 64, 100, 10_000])
    bug = rng.choice([0, 0, 0, 1, 4])
    return {"limit": limit, "most": rng.choice([1, 8, 32, 50, 256]), "bug": bug}


def _bug_is_hidden(case, got, expected):
    return isinstance(expected, Raised) and isinstance(got, dict)


def _doubled(give, within=lambda size, most: size <= most):
    """Return a search that tries sizes as long as ``within``, and returns ``give(size, most)``."""

    def search(train_step, most):
        size = 1
        while within(size, most):
            try:
                train_step(size)
            except torch.OutOfMemoryError:
                break
            size *= 2
        return give(size, most)

    return search


@exercise(
    observe=_search,
    errors=(RuntimeError,),
    cases=_limits,
    count=80,
    praise="doubled until memory was short, and real errors came through",
    hints=[
        "best = 0, size = 1; as long as size <= most: try, and double.",
        "except torch.OutOfMemoryError: that ends the search. Catch nothing else.",
        "Keep size in best right after train_step(size) has worked.",
    ],
    mistakes=[
        Mistake(
            "that swallows a real error: catch torch.OutOfMemoryError, not RuntimeError or "
            "Exception",
            when=_bug_is_hidden,
        ),
        Mistake(
            "an error for lack of memory is what you wait for: catch it",
            when=raised("CUDA out of memory"),
        ),
        Mistake(
            "that is the size behind the last that worked: return the last that worked",
            like=_doubled(lambda size, most: size),
        ),
        Mistake(
            "where all sizes fit, too, return the last that worked: most need not be one of "
            "1, 2, 4, …",
            like=_doubled(lambda size, most: size // 2 if size <= most else most),
        ),
        Mistake(
            "most itself may be tried: size <= most",
            like=_doubled(lambda size, most: size // 2, lambda size, most: size < most),
        ),
        Mistake(
            "not even one picture fits here: 0",
            when=lambda case, got, expected: got["largest batch"] and not expected["largest batch"],
        ),
        Mistake(
            "never try more than most", when=lambda case, got, expected: got["tried beyond most"]
        ),
        Mistake(
            "try 1, 2, 4, 8 …: each twice the one before",
            when=lambda case, got, expected: got["tried other sizes than powers of 2"],
        ),
        Mistake(
            "begin with 1 and double: 1, 2, 4 …",
            when=lambda case, got, expected: not got["tried in the order 1, 2, 4, …"],
        ),
        Mistake(
            "where one size does not fit, no larger one does: end the search there",
            when=lambda case, got, expected: got["tried more after memory was short"],
        ),
    ],
)
def largest_batch(train_step, most):
    """Return the largest of 1, 2, 4, … up to ``most`` for which train_step(size) has memory."""
    best, size = 0, 1
    while size <= most:
        try:
            train_step(size)
        except torch.OutOfMemoryError:
            break
        best, size = size, 2 * size
    return best


EXERCISES = collect(vars())
