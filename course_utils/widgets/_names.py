"""What the names of a module are: kind, signature, first words of the docstring."""

from __future__ import annotations

import importlib
import inspect
import re
import warnings
from dataclasses import dataclass
from functools import cache
from typing import Any

KINDS = ("everything", "module", "class", "function", "value")

FORMULA = (
    (r"\\(?:text|mathrm|operatorname)\{([^{}]*)\}", r"\1"),
    (r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"\1 / \2"),
    (r"\\(?:left|right)(?![a-z])\s*", ""),
    (r"\\geq?(?![a-z])", "≥"),
    (r"\\leq?(?![a-z])", "≤"),
    (r"\\neq?(?![a-z])", "≠"),
    (r"\\times(?![a-z])", "×"),
    (r"\\_", "_"),
)


@dataclass(frozen=True)
class Entry:
    """What the browser says about one name."""

    name: str  # in full, as in "torch.cuda.is_available"
    kind: str  # one of KINDS, without "everything"
    signature: str  # as in "is_available()"; "" for modules and values
    summary: str  # the first sentence of its docstring, "" where it has none


@cache
def public_names(module: str) -> tuple[str, ...]:
    """Return the names in a module that do not begin with an underscore, sorted."""
    names = dir(importlib.import_module(module))
    return tuple(sorted((n for n in names if not n.startswith("_")), key=str.casefold))


def find(module: str, text: str = "", kind: str = "everything") -> list[str]:
    """Return the public names of a module that have ``text`` in the name or the first sentence.

    Capital and small letters count alike. The name itself comes first, then names that begin with
    the text, names that contain it, and those whose description does.
    """
    wanted = text.strip().casefold()
    entries = [(name, explain(module, name)) for name in public_names(module)]
    entries = [(name, entry) for name, entry in entries if kind in ("everything", entry.kind)]
    named = [name for name, _ in entries if wanted in name.casefold()]
    named.sort(key=lambda name: _distance(name.casefold(), wanted))
    told = [name for name, entry in entries if wanted in entry.summary.casefold()]
    return named + [name for name in told if name not in set(named)]


def _distance(name: str, wanted: str) -> int:
    return 0 if name == wanted else 1 if name.startswith(wanted) else 2


@cache
def explain(module: str, name: str) -> Entry:
    """Return kind, signature and first sentence of one public name of a module."""
    full = f"{module}.{name}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a deprecated name warns when it is looked at
        try:
            thing = getattr(importlib.import_module(module), name)
        except Exception as error:  # some names are there only with other packages installed
            return Entry(full, "value", "", f"not available here: {type(error).__name__}")
        kind = _kind(thing)
        if kind == "value":
            return Entry(full, kind, "", _describe_value(thing))
        lines = _doc_lines(thing)
        written = lines.pop(0) if lines and lines[0].startswith(f"{name}(") else ""
        if kind == "module":
            return Entry(full, kind, "", _first_sentence(lines))
        return Entry(full, kind, _signature(name, thing) or written, _first_sentence(lines))


def _kind(thing: object) -> str:
    if inspect.ismodule(thing):
        return "module"
    if inspect.isclass(thing):
        return "class"
    return "function" if callable(thing) else "value"


def _describe_value(thing: object) -> str:
    kind = f"a value of type {type(thing).__name__}"
    return f"{kind}: {thing!r}" if isinstance(thing, bool | int | float) else kind


def _doc_lines(thing: object) -> list[str]:
    """The lines of a docstring, none where there is none."""
    doc = thing.__doc__ if isinstance(thing.__doc__, str) else ""
    return inspect.cleandoc(doc).splitlines()


def _signature(name: str, thing: Any) -> str:
    """The signature without annotations, ``""`` for a compiled function that has none."""
    empty = inspect.Signature.empty
    try:
        signature = inspect.signature(thing)
        bare = [p.replace(annotation=empty) for p in signature.parameters.values()]
        text = str(signature.replace(parameters=bare, return_annotation=empty))
    except (ValueError, TypeError):
        return ""
    text = re.sub(r"<module '([\w.]+)'[^>]*>", r"\1", text)
    return name + re.sub(r"<(?:class '|function )?([\w.]+)[^<>]*>", r"\1", text)


def _first_sentence(lines: list[str]) -> str:
    """The first sentence in plain words: reStructuredText's own marks are taken out."""
    text = "\n".join(_without_notes(lines)).strip().split("\n\n")[0]
    text = re.sub(r"(?::\w+:)?`([^`<]+?)\s*<[^`<>\s]+>`_{0,2}", r"\1", text)  # a link's words
    text = re.sub(r":math:`([^`]*)`", lambda found: _plain_formula(found[1]), text)
    text = " ".join(re.sub(r":[\w:]+:`~?([^`]*)`", r"\1", text).split())
    text = re.sub(r"`|\*\*|\\\s?(?=\S)", "", text)
    return re.split(r"(?<=[.!?])(?<![\s.][A-Za-z]\.) (?=[A-Z])", text)[0]  # not at e.g. or N. Name


def _without_notes(lines: list[str]) -> list[str]:
    """Leave out every block such as ``.. note::``, with the indented lines that belong to it."""
    kept, inside = [], False
    for line in lines:
        inside = line.startswith(".. ") or (inside and (not line.strip() or line.startswith(" ")))
        if not inside:
            kept.append(line)
    return kept


def _plain_formula(latex: str) -> str:
    """LaTeX in plain signs; a formula that needs more than that becomes a reference to the help."""
    for pattern, plain in FORMULA:
        latex = re.sub(pattern, plain, latex)
    return "(formula: see its help)" if "\\" in latex else latex
