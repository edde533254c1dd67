"""Write values short enough to read, and print what a learner is told."""

from __future__ import annotations

import reprlib
import sys
from collections.abc import Mapping
from typing import Any


def brief(value: Any) -> str:
    """Return a value on one short line: six digits, small tensors in full, modules by layers."""
    torch, numpy = sys.modules.get("torch"), sys.modules.get("numpy")
    if isinstance(value, float):
        return f"{value:.6g}"
    if numpy is not None and isinstance(value, numpy.ndarray):
        return _brief_array(value)
    if numpy is not None and isinstance(value, numpy.generic):
        return brief(value.item())
    if torch is not None and isinstance(value, torch.Tensor):
        return _brief_tensor(value)
    if torch is not None and isinstance(value, torch.nn.Module):
        layers = [type(child).__name__ for child in value.children()]
        inside = ", ".join(layers) or value.extra_repr()
        return f"{type(value).__name__}({shorten(inside, 100)})"
    if isinstance(value, list) and len(value) <= 12:
        return f"[{', '.join(map(brief, value))}]"
    if isinstance(value, tuple) and len(value) <= 12:
        return f"({', '.join(map(brief, value))}{',' * (len(value) == 1)})"
    return _safe_repr(value)


def _brief_tensor(value: Any) -> str:
    if value.numel() > 16:
        return f"a tensor of shape {tuple(value.shape)}"
    return f"tensor({brief(value.tolist())})"


def _brief_array(value: Any) -> str:
    if value.size > 16 or value.dtype == object:
        return f"an array of shape {value.shape}"
    return f"array({brief(value.tolist())})"


def _safe_repr(value: Any) -> str:
    try:
        return shorten(reprlib.repr(value), 80)
    except Exception:
        return f"an object of type {type(value).__name__}"


def brief_case(case: Mapping[str, Any]) -> str:
    """Return "n=7, stride=2"; a seed says nothing to a reader and is left out."""
    return ", ".join(f"{name}={brief(value)}" for name, value in case.items() if name != "seed")


def shorten(text: str, width: int) -> str:
    """Return the text on one line, cut with an ellipsis where it is too long."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 1] + "…"


def quote_output(printed: str) -> str:
    """Return the first lines of what a call printed, on one line."""
    lines = printed.strip().splitlines()
    shown = " ⏎ ".join(shorten(line, 60) for line in lines[:3])
    return shown + (" …" if len(lines) > 3 else "")


def say(text: str) -> None:
    """Print, also where the console knows no ✓ (an old Windows code page)."""
    try:
        print(text)
    except UnicodeEncodeError:
        print(text.replace("✓", "OK").replace("✗", "NO").encode("ascii", "replace").decode())
