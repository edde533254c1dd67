"""Two shapes side by side: read them, align them from the right, ask PyTorch what it says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import prod

MOST_DIMENSIONS, LARGEST = 6, 9999

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Column:
    """One dimension of both shapes; a size is None where a shape has no such dimension."""

    a: int | None
    b: int | None

    @property
    def result(self) -> int | None:
        """The size of the result, None where the two do not fit."""
        sizes = {size or 1 for size in (self.a, self.b)} - {1}
        return None if len(sizes) > 1 else max(sizes, default=1)

    def repeats(self, name: str) -> bool:
        """True if the tensor called "a" or "b" is repeated here (or gets a dimension of 1)."""
        return self.result not in (None, getattr(self, name))


def parse_shape(text: str) -> Shape:
    """Return the shape that is written in a text such as "(64, 3, 1, 1)", "3 4" or "()".

    Raises:
        ValueError: naming what cannot be read or drawn, and what can.
    """
    inner = text.strip().removeprefix("torch.Size").strip(" ()[]")
    words = [word for word in re.split(r"[\s,;×x*]+", inner) if word]
    for word in words:
        if not re.fullmatch(r"[0-9]{1,9}", word) or not 1 <= int(word) <= LARGEST:
            raise ValueError(f"{word!r} is no size; give whole numbers from 1 to {LARGEST}")
    if len(words) > MOST_DIMENSIONS:
        raise ValueError(f"{len(words)} dimensions; this widget draws up to {MOST_DIMENSIONS}")
    return tuple(map(int, words))


def align(a: Shape, b: Shape) -> list[Column]:
    """Return both shapes dimension by dimension, the last ones below each other."""
    rank = max(len(a), len(b))
    padded = [(None,) * (rank - len(shape)) + shape for shape in (a, b)]
    return [Column(*pair) for pair in zip(*padded, strict=True)]


def refusal(a: Shape, b: Shape) -> str:
    """Return PyTorch's own error for ``a + b``, "" where it has none."""
    import torch

    one = torch.zeros(())
    if all(column.result for column in align(a, b)):
        return ""
    try:
        one.expand(a) + one.expand(b)  # refused before any memory is needed
    except RuntimeError as error:
        return str(error)
    raise AssertionError(f"PyTorch adds {a} and {b}")


def remedy(a: Shape, b: Shape) -> str:
    """Return dimensions of size 1 that would make the shapes fit, "" if none at the end does."""
    for name, shape, other in (("b", b, a), ("a", a, b)):
        for added in range(1, len(other) - len(shape) + 1):
            longer = shape + (1,) * added
            if all(column.result for column in align(longer, other)):
                return f"{name}[{', '.join([':'] * len(shape) + ['None'] * added)}] is {longer}"
    return ""


def describe_fit(a: Shape, b: Shape) -> str:
    """Return in a sentence or two what is repeated, and where."""
    columns = align(a, b)
    result = tuple(column.result for column in columns)
    if a == b:
        return f"Both have shape {a}: element by element, and nothing is repeated."
    parts = []
    for name in "ab":
        places = [place for place, column in enumerate(columns) if column.repeats(name)]
        times = [f"{result[p]}× along dim {p - len(columns)}" for p in places if result[p] != 1]
        if times:
            parts.append(f"{name} is repeated {', '.join(times)}.")
    said = " ".join(parts) or "Only dimensions of size 1 are added."
    if len(parts) == 2:
        said += f" Both grow, to {prod(result):,} numbers: is that what you want?"
    return f"a + b has shape {result}. {said}"
