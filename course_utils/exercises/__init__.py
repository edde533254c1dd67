"""Exercises that answer back: ``check(fn)``, ``hint(name)``, ``solution(name)``, ``progress()``.

Each notebook has one file here (``nb14_sequential_cifar10.py``) that holds its exercises. How to
write one is told in ``_define.py``.
"""

from ._judge import check, judge
from ._progress import progress
from ._show_answers import hint, solution, starter_source

__all__ = ["check", "hint", "judge", "progress", "solution", "starter_source"]
