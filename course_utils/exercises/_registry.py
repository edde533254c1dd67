"""Find an exercise by name, importing only the file that it is in."""

from __future__ import annotations

import ast
import difflib
import functools
import importlib
from pathlib import Path

from ._define import Exercise

FOLDER = Path(__file__).parent
DEFINITIONS = (ast.FunctionDef, ast.ClassDef)


class UnknownExercise(LookupError):
    """No exercise has this name; the text says which come close."""


def exercise_names() -> dict[str, str]:
    """Return exercise name → notebook (``14_sequential_cifar10``), in teaching order."""
    return {name: notebook_of(module) for name, module in _modules().items()}


def notebook_of(module: str) -> str:
    """Return the notebook of ``nb14_sequential_cifar10__network``: what follows __ is a part."""
    return module.removeprefix("nb").partition("__")[0]


@functools.cache
def _modules() -> dict[str, str]:
    """Return exercise name → module. Parsed, not imported: notebook 00 must not wait for torch."""
    found: dict[str, str] = {}
    order: list[str] = []
    for path in sorted(FOLDER.glob("nb[0-9][0-9]_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, DEFINITIONS) and any(map(_is_exercise, node.decorator_list)):
                if node.name in found:
                    raise ValueError(f"exercise {node.name} is defined twice: rename one")
                found[node.name] = path.stem
            elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "ORDER":
                order += ast.literal_eval(node.value)
    places = {name: place for place, name in enumerate(order)}
    names = sorted(found, key=lambda name: (notebook_of(found[name]), places.get(name, 0)))
    return {name: found[name] for name in names}


def _is_exercise(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(called, ast.Name) and called.id == "exercise"


def find_exercise(name: str) -> Exercise:
    """Return the exercise called ``name``; `UnknownExercise` names those that come close."""
    if name not in exercise_names():
        raise UnknownExercise(f"there is no exercise called {name!r}; {_nearest(name)}")
    module = importlib.import_module(f"{__package__}.{_modules()[name]}")
    return getattr(module, name)


def _nearest(name: str) -> str:
    close = difflib.get_close_matches(name, exercise_names(), n=3, cutoff=0.65)
    if close:
        return "did you mean " + " or ".join(close) + "?"
    return "progress() lists the notebooks, solution(name) and hint(name) take the names used there"
