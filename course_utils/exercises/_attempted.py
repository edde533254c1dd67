"""Tell whether a learner has begun: an empty body and the untouched starter are no attempt."""

from __future__ import annotations

import ast
import inspect
import linecache
from functools import lru_cache
from typing import Any

Definition = ast.FunctionDef | ast.ClassDef


def is_untouched(attempt: Any, starter: Any = None) -> bool:
    """Return True for `...` bodies, a `...` left where a value belongs, or the starter itself."""
    if not callable(attempt):
        return attempt is ... or attempt is None
    if starter is not None and is_same_code(attempt, starter):
        return True
    node = definition(attempt)
    return node is not None and (_is_empty(node) or _has_gap(node))


def definition(subject: Any) -> Definition | None:
    """Return the syntax tree of a function or class, None where its source is not to be had."""
    code = _code(subject)
    if code is None:
        return None
    wanted = (subject.__name__, code.co_name)
    nodes = _definitions("".join(linecache.getlines(code.co_filename)))
    around = [n for n in nodes if _first_line(n) <= code.co_firstlineno <= (n.end_lineno or 0)]
    return next((n for n in around if n.name in wanted), None)


@lru_cache(maxsize=16)
def _definitions(source: str) -> list[Definition]:
    try:
        return [n for n in ast.walk(ast.parse(source)) if isinstance(n, Definition)]
    except SyntaxError:
        return []


def _code(subject: Any) -> Any:
    subject = inspect.unwrap(subject)
    if inspect.isclass(subject):
        subject = next((f for f in vars(subject).values() if inspect.isfunction(f)), None)
    return getattr(subject, "__code__", None)


def _first_line(node: Definition) -> int:
    return min([node.lineno, *(d.lineno for d in node.decorator_list)])


def _is_empty(node: Definition) -> bool:
    """Return True when no function in it does anything."""
    functions = [n for n in ast.walk(node) if isinstance(n, ast.FunctionDef)]
    return all(all(map(_does_nothing, function.body)) for function in functions)


def _does_nothing(statement: ast.stmt) -> bool:
    match statement:
        case ast.Pass() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Return(value=None | ast.Constant(value=None)):
            return True
        case ast.Expr(value=ast.Call()):  # what every module's __init__ begins with
            return ast.unparse(statement) == "super().__init__()"
        case ast.Raise(exc=ast.Name(id=name) | ast.Call(func=ast.Name(id=name))):
            return name == "NotImplementedError"
    return False


def _has_gap(node: Definition) -> bool:
    """Return True when a `...` stands for a value that is still to be filled in."""
    harmless: set[int] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Subscript):  # x[..., 0] is a real use
            harmless.update(map(id, ast.walk(inner.slice)))
        elif isinstance(inner, ast.Expr):  # a line of its own that was left standing
            harmless.add(id(inner.value))
    gaps = [n for n in ast.walk(node) if isinstance(n, ast.Constant) and n.value is ...]
    return any(id(gap) not in harmless for gap in gaps)


def raises_not_implemented(attempt: Any) -> bool:
    """Return True when the learner's own code says ``raise NotImplementedError``."""
    node = definition(attempt)
    if node is None:
        code = _code(attempt)
        return code is not None and "NotImplementedError" in code.co_names
    raised = [inner.exc for inner in ast.walk(node) if isinstance(inner, ast.Raise) and inner.exc]
    return any(ast.unparse(exc).startswith("NotImplementedError") for exc in raised)


def is_same_code(one: Any, other: Any) -> bool:
    """Compare two functions, blind to name, comments, blank lines, docstring and annotations."""
    first, second = definition(one), definition(other)
    if first is not None and second is not None:
        return _skeleton(first) == _skeleton(second)
    a, b = _code(one), _code(other)
    return a is not None and b is not None and a.co_code == b.co_code and a.co_names == b.co_names


def _skeleton(node: Definition) -> str:
    node = ast.parse(ast.unparse(node)).body[0]  # a copy that may be changed
    assert isinstance(node, Definition)
    node.name, node.decorator_list = "", []
    for inner in ast.walk(node):
        if isinstance(inner, ast.arg):
            inner.annotation = None
        if isinstance(inner, ast.FunctionDef):
            inner.returns = None
    if ast.get_docstring(node) is not None:
        node.body = node.body[1:]
    return ast.dump(node)
