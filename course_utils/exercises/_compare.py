"""Say how the learner's value differs from the right one, or that it does not."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

from ._text import brief

RTOL, ATOL = 1e-4, 1e-6  # other right orders of float32 sums pass, known mistakes do not


def difference(got: Any, expected: Any, against: str = "expected") -> str | None:
    """Return a phrase such as "yours 3.5, PyTorch 3", or None where both agree."""
    torch, numpy = sys.modules.get("torch"), sys.modules.get("numpy")
    if torch is not None and isinstance(expected, torch.nn.Module):
        return _modules(got, expected, against)
    if torch is not None and isinstance(expected, torch.Tensor):
        return _tensors(torch, got, expected, against)
    if numpy is not None and isinstance(expected, numpy.ndarray):
        return _arrays(numpy, got, expected, against)
    if isinstance(expected, Mapping):
        return _mappings(got, expected, against)
    if isinstance(expected, (list, tuple)):
        return _sequences(got, expected, against)
    if isinstance(expected, Real) and not isinstance(expected, bool):
        return _numbers(got, expected, against)
    if type(got) is not type(expected):
        return _types(got, expected, against)
    return None if got == expected else both(got, expected, against)


def both(got: Any, expected: Any, against: str) -> str:
    """Return "yours …, PyTorch …", with more digits where the short forms look alike."""
    mine, theirs = brief(got), brief(expected)
    if mine == theirs:
        mine, theirs = repr(got)[:80], repr(expected)[:80]
    return f"yours {mine}, {against} {theirs}"


def _types(got: Any, expected: Any, against: str) -> str:
    torch = sys.modules.get("torch")
    mine, theirs = kind_of(got), kind_of(expected)
    advice = ""
    if torch is not None and isinstance(got, torch.Tensor) and isinstance(expected, Real):
        advice = "; .item() makes a tensor of one element a number"
        if got.numel() != 1:
            advice = f"; one number is asked for, yours has shape {tuple(got.shape)}"
    return f"yours is {mine} ({brief(got)}), {against} {theirs} ({brief(expected)}){advice}"


def kind_of(value: Any) -> str:
    """Return "a float", "an int", "an ndarray"."""
    if value is None:
        return "None"
    name = type(value).__name__
    return f"an {name}" if name[0].lower() in "aeiou" or name == "ndarray" else f"a {name}"


def _numbers(got: Any, expected: Any, against: str) -> str | None:
    wanted = Integral if isinstance(expected, Integral) else Real
    if not isinstance(got, wanted) or isinstance(got, bool):
        return _types(got, expected, against)
    if got == expected or (math.isnan(got) and math.isnan(expected)):
        return None
    if wanted is Real and math.isclose(got, expected, rel_tol=RTOL, abs_tol=ATOL):
        return None
    return both(got, expected, against)


def _sequences(got: Any, expected: Any, against: str) -> str | None:
    wanted = list if isinstance(expected, list) else tuple
    if not isinstance(got, wanted):
        return _types(got, expected, against)
    if len(got) != len(expected):
        return f"{both(got, expected, against)} ({_items(got)} instead of {len(expected)})"
    found = [difference(a, b, against) for a, b in zip(got, expected, strict=True)]
    place = next((i for i, text in enumerate(found) if text), None)
    if place is None:
        return None
    scalars = all(isinstance(item, (int, float, str, type(None))) for item in (*got, *expected))
    short = scalars and len(expected) <= 8
    return both(got, expected, against) if short else f"at [{place}]: {found[place]}"


def _mappings(got: Any, expected: Mapping[Any, Any], against: str) -> str | None:
    if not isinstance(got, Mapping):
        return _types(got, expected, against)
    for key, right in expected.items():
        if key not in got:
            return f"{key} is missing"
        if text := difference(got[key], right, against):
            return f"{key}: {text}"
    extra = [key for key in got if key not in expected]
    return f"{extra[0] or repr(extra[0])} is too much" if extra else None


def _modules(got: Any, expected: Any, against: str) -> str | None:
    if type(got) is not type(expected):
        return _types(got, expected, against)
    if brief(got) != brief(expected):
        return both(got, expected, against)
    if got.training != expected.training:
        return f"yours is in {_mode(got)} mode, {against} in {_mode(expected)} mode"
    frozen = [sum(not p.requires_grad for p in m.parameters()) for m in (got, expected)]
    if frozen[0] != frozen[1]:
        return f"yours has {frozen[0]} frozen parameters, {against} {frozen[1]}"
    return difference(dict(got.state_dict()), dict(expected.state_dict()), against)


def _mode(module: Any) -> str:
    return "train" if module.training else "eval"


def _tensors(torch: Any, got: Any, expected: Any, against: str) -> str | None:
    if not isinstance(got, torch.Tensor):
        return _types(got, expected, against)
    for what in ("shape", "dtype", "device"):
        mine, theirs = getattr(got, what), getattr(expected, what)
        if mine != theirs:
            return f"yours has {what} {_plain(mine)}, {against} {_plain(theirs)}"
    if got.requires_grad != expected.requires_grad:
        return _gradients(got.requires_grad, against)
    if got.layout == torch.strided and not got.is_meta and torch.equal(got, expected):
        return None  # most are, and this is far quicker than the next line
    try:
        torch.testing.assert_close(got, expected, rtol=RTOL, atol=ATOL, equal_nan=True)
    except AssertionError:
        return _first_difference(torch, got.detach(), expected.detach(), against)
    return None


def _plain(value: Any) -> str:
    return str(tuple(value)) if isinstance(value, tuple) else str(value).removeprefix("torch.")


def _gradients(mine: bool, against: str) -> str:
    if mine:
        return f"yours still tracks gradients, {against} does not: use no_grad or detach()"
    return f"yours is cut from the graph, {against} is not: gradients cannot flow through it"


def _first_difference(torch: Any, got: Any, expected: Any, against: str) -> str:
    nan = torch.isnan(got) & ~torch.isnan(expected)
    if nan.any():
        return f"yours has NaN at {_place(torch, nan)}, {against} has {brief(expected[nan][0])}"
    if got.numel() <= 16:
        return both(got, expected, against)
    wrong = ~torch.isclose(got, expected, rtol=RTOL, atol=ATOL, equal_nan=True)
    place = _place(torch, wrong)
    return f"at {place}: {both(got[wrong][0].item(), expected[wrong][0].item(), against)}"


def _place(torch: Any, mask: Any) -> list[int]:
    return torch.nonzero(mask)[0].tolist()


def _arrays(numpy: Any, got: Any, expected: Any, against: str) -> str | None:
    if not isinstance(got, numpy.ndarray):
        return _types(got, expected, against)
    for what in ("shape", "dtype"):
        if getattr(got, what) != getattr(expected, what):
            return f"yours has {what} {getattr(got, what)}, {against} {getattr(expected, what)}"
    wrong = ~numpy.isclose(got, expected, rtol=RTOL, atol=ATOL, equal_nan=True)
    if not wrong.any():
        return None
    if got.size <= 16:
        return both(got, expected, against)
    place = numpy.argwhere(wrong)[0].tolist()
    return f"at {place}: {both(got[wrong][0].item(), expected[wrong][0].item(), against)}"


def _items(values: Any) -> str:
    return "1 item" if len(values) == 1 else f"{len(values)} items"
