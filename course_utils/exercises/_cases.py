"""Draw the inputs of an exercise: seeded, without repeats, small ones first."""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from ._define import Case, Exercise


class Rng(random.Random):
    """Python's random numbers, and tensors that a person can read."""

    def tensor(self, *shape: int, low: float = -3.0, high: float = 3.0) -> Any:
        """Return a float32 CPU tensor of values in [low, high] with one decimal."""
        import torch

        generator = torch.Generator().manual_seed(self.randrange(2**31))
        unit = torch.rand(shape, generator=generator)
        return torch.round((low + (high - low) * unit) * 10) / 10

    def labels(self, count: int, classes: int) -> Any:
        """Return an int64 CPU tensor of ``count`` class numbers below ``classes``."""
        import torch

        return torch.tensor([self.randrange(classes) for _ in range(count)], dtype=torch.int64)

    def build(self, make: Callable[[], Any]) -> Any:
        """Return ``make()``, a model say, with weights of this generator's choice."""
        import torch

        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(self.randrange(2**31))
            return make()

    def grid(self, rows: int, columns: int, top: int = 255) -> list[list[int]]:
        """Return ``rows`` lists of ``columns`` whole numbers from 0 to ``top``."""
        return [[self.randint(0, top) for _ in range(columns)] for _ in range(rows)]


def draw_cases(exercise: Exercise, *, batch: int = 0) -> list[Case]:
    """Return the exercise's cases in growing size; ``batch`` 1, 2, … draws other ones."""
    return list(_draw(exercise, batch) if callable(exercise.cases) else exercise.cases)


@cache
def _draw(exercise: Exercise, batch: int) -> list[Case]:
    rng = Rng(f"{exercise.name} {batch}")
    drawn = {repr(case): case for case in (exercise.cases(rng) for _ in range(exercise.count))}
    return sorted(drawn.values(), key=size_of)


def smaller_cases(exercise: Exercise, than: Case) -> Sequence[Case]:
    """Return fresh cases that are smaller than a failing one, smallest first."""
    if not callable(exercise.cases):
        return ()
    limit = size_of(than)
    return [case for case in draw_cases(exercise, batch=1) if size_of(case) < limit]


def size_of(value: Any) -> float:
    """Return how much there is to read in a value: the measure that "smallest case" means."""
    torch, numpy = sys.modules.get("torch"), sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.ndarray):
        return value.size + value.ndim
    if torch is not None and isinstance(value, torch.nn.Module):
        return sum(1 + size_of(parameter) for parameter in value.parameters())
    if torch is not None and isinstance(value, torch.Tensor):
        return value.numel() + value.dim()
    if isinstance(value, dict):
        return sum(map(size_of, value.values()))
    if isinstance(value, (list, tuple, set)):
        return len(value) + sum(map(size_of, value)) / 10
    if isinstance(value, (int, float)):
        return math.log2(1 + abs(value))
    return len(value) if isinstance(value, str) else 0
