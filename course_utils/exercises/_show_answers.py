"""``hint`` and ``solution``; and the code that a notebook hands out to begin with."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections import Counter
from typing import Any

from ._registry import UnknownExercise, find_exercise
from ._text import brief, say

_hints_given: Counter[str] = Counter()  # in this kernel


def hint(name: Any) -> None:
    """Print the next hint for an exercise: each call goes one further."""
    try:
        exercise = find_exercise(_as_name(name))
    except UnknownExercise as error:
        return say(f"✗ {error}")
    total = len(exercise.hints)
    place = min(_hints_given[exercise.name], total - 1)
    _hints_given[exercise.name] += 1
    say(f"hint {place + 1} of {total}: {exercise.hints[place]}")
    more = f'hint("{exercise.name}") again for the next one'
    say(more if place + 1 < total else f'solution("{exercise.name}") shows one way to do it')
    return None


def solution(name: Any) -> None:
    """Show the source of the reference solution (in colour where Jupyter can)."""
    try:
        exercise = find_exercise(_as_name(name))
    except UnknownExercise as error:
        return say(f"✗ {error}")
    source = definition_source(exercise.reference)
    if exercise.value:
        source += f"\n\n\nanswer = {exercise.name}()  # {brief(exercise())}"
    ipython = sys.modules.get("IPython")
    if ipython is None or ipython.get_ipython() is None:
        return say(source)
    from IPython.display import display

    bundle = {"text/plain": source, "text/markdown": f"```python\n{source}\n```"}
    display(bundle, raw=True)
    return None


def _as_name(name: Any) -> str:
    return name if isinstance(name, str) else getattr(name, "__name__", str(name))


def definition_source(function: Any) -> str:
    """Return a function's source from ``def`` on, without decorators."""
    source = textwrap.dedent(inspect.getsource(function))
    node = ast.parse(source).body[0]
    return "\n".join(source.splitlines()[node.lineno - 1 :])


def starter_source(name: str) -> str:
    """Return the cell that a notebook shows first: the broken code, or an empty function.

    For a repair this is its starter under the exercise's own name; else the reference's
    signature and docstring with `...` below, of a class those of its methods.
    """
    exercise = find_exercise(name)
    if exercise.value:
        return f'answer = ...\ncheck(answer, "{name}")'
    if exercise.starter is not None:
        return definition_source(exercise.starter).replace(f"{name}_starter", name)
    source = definition_source(exercise.reference)
    node = ast.parse(source).body[0]
    assert isinstance(node, ast.FunctionDef | ast.ClassDef)
    lines = source.splitlines()
    if isinstance(node, ast.FunctionDef):
        return _emptied(node, lines)
    methods = [inner for inner in node.body if isinstance(inner, ast.FunctionDef)]
    head = lines[node.lineno - 1 : node.body[0].end_lineno]
    return "\n".join([*head, *("\n" + _emptied(method, lines) for method in methods)])


def _emptied(node: ast.FunctionDef, lines: list[str]) -> str:
    """Return a function's lines from ``def`` to the end of its docstring, and a `...`."""
    docstring = node.body[0]
    head = lines[node.lineno - 1 : docstring.end_lineno]
    return "\n".join([*head, " " * docstring.col_offset + "..."])
