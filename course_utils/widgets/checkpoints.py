"""The checkpoint key differ: a network's names and shapes beside those of a file."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import ipywidgets
import torch
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from torch import Tensor, nn

from .._figures import STYLE, style
from ..checkpoint import KeyDifference, compare_keys
from ._base import Explorer
from ._quick_text import QuickText

MOST_ROWS = 13
WIDTH, ROW, HEAD, EDGE = 8.2, 0.21, 0.36, 0.012  # inches; the edge is a share of the width
COLUMNS = {"the network": EDGE, "the checkpoint": 0.36, "compared": 0.69, "afterwards": 0.85}
TINTS = {  # pale forms of Okabe and Ito's green, orange, blue and vermilion
    "= fits": "#D3EEE5",
    "? missing": "#FAE8C3",
    "+ unexpected": "#D2E6F3",
    "≠ other shape": "#F9DACA",
    "  not needed": "#E9ECEF",  # batch norm's counter, which PyTorch can do without
}
SAME, MISSING, UNEXPECTED, OTHER, NOT_NEEDED = TINTS


def key_differ() -> Explorer:
    """Return the checkpoint key differ: which pair, and whether ``strict``."""
    controls = {
        "pair": ipywidgets.Dropdown(options=list(PAIRS), description="checkpoint of"),
        "strict": ipywidgets.Dropdown(
            options=[("True", True), ("False", False)], value=True, description="strict"
        ),
    }
    return Explorer("Key differ", draw_differ, controls, note=explain_differ)


def _network(*, norm: bool = False, classes: int = 10, head: str = "head") -> nn.Sequential:
    layers = [nn.Conv2d(3, 16, 3), nn.BatchNorm2d(16), nn.ReLU(), nn.Conv2d(16, 8, 3)]
    if not norm:
        del layers[1]
    return nn.Sequential(
        OrderedDict([("body", nn.Sequential(*layers)), (head, nn.Linear(8, classes))])
    )


def _as_it_is(state: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    return state


def _with_prefix(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {f"module.{name}": value for name, value in state.items()}


def _everything(state: Mapping[str, Tensor]) -> dict[str, Any]:
    return {"model": state, "optimizer": {}, "epoch": 12}


@dataclass(frozen=True)
class Pair:
    """A network that loads, one that was saved, what was done to its weights, and the cure."""

    ours: Mapping[str, Any] = field(default_factory=dict)
    theirs: Mapping[str, Any] = field(default_factory=dict)
    change: Callable[[Mapping[str, Tensor]], Mapping[str, Any]] = _as_it_is
    cure: str = ""


PAIRS = {
    "the same network": Pair(),
    "DataParallel": Pair(change=_with_prefix, cure="Take module. away from each name."),
    "a network of 2 classes": Pair(
        theirs={"classes": 2}, cure="Leave the head's weights out, and train a new head."
    ),
    "a network without BatchNorm": Pair(
        ours={"norm": True}, cure="A layer in between renumbers those behind it: give layers names."
    ),
    "a network with the layer fc": Pair(theirs={"head": "fc"}, cure="Rename the keys."),
    "a whole run": Pair(change=_everything, cure="The weights are in checkpoint['model']."),
}


@dataclass(frozen=True)
class Comparison:
    """What ``load_state_dict`` did with a pair, tried for real."""

    ours: dict[str, tuple[int, ...]]  # names and shapes of the network
    theirs: dict[str, tuple[int, ...] | None]  # of the checkpoint; None: not a tensor
    found: KeyDifference
    refused: bool
    loaded: frozenset[str]  # names whose numbers are those of the checkpoint afterwards


@lru_cache
def try_pair(pair: str, strict: bool) -> Comparison:
    """Build both networks of a pair, load one's weights into the other, and see what happened."""
    chosen = PAIRS[pair]
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        model, source = _network(**chosen.ours), _network(**chosen.theirs)
    with torch.no_grad():
        for value in (v for v in source.state_dict().values() if v.is_floating_point()):
            value.add_(1)
    state, refused = chosen.change(source.state_dict()), False
    ours = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    found = compare_keys(model.state_dict(), state)
    try:
        model.load_state_dict(state, strict=strict)
    except RuntimeError:
        refused = True
    now = model.state_dict()
    return Comparison(
        ours,
        {name: tuple(v.shape) if isinstance(v, Tensor) else None for name, v in state.items()},
        found,
        refused,
        frozenset(name for name in found.same if torch.equal(now[name], state[name])),
    )


def _rows(tried: Comparison) -> list[tuple[str, str, str, str]]:
    """Return for each name its text on both sides, how they compare, and what became of it."""
    rows = []
    for name, shape in tried.ours.items():
        kind, right = MISSING if name in tried.found.missing else NOT_NEEDED, ""
        if name in tried.theirs:
            kind = OTHER if name in tried.found.other_shape else SAME
            right = _text(name, tried.theirs[name])
        after = "loaded" if name in tried.loaded else "as it was"
        rows.append((_text(name, shape), right, kind, after))
    rows += [
        ("", _text(n, tried.theirs[n]), UNEXPECTED, "not used") for n in tried.found.unexpected
    ]
    return rows


def _text(name: str, shape: tuple[int, ...] | None) -> str:
    return f"{name}  {'(no tensor)' if shape is None else shape}"


def draw_differ(pair: str, strict: bool) -> Figure:
    """Draw the names and shapes of both sides as a table, a line for each name."""
    rows = _rows(try_pair(pair, strict))
    height = HEAD + ROW * MOST_ROWS + 0.08
    places = [1 - (HEAD + ROW * (number + 0.5)) / height for number in range(len(rows))]
    with style():
        figure = Figure(figsize=(WIDTH, height), dpi=STYLE["figure.dpi"])
        words = QuickText(8.5)
        for title, x in COLUMNS.items():
            words.add(x, 1 - HEAD / 2 / height, title, bold=True)
            for y, row in zip(places, rows, strict=True):
                words.add(x, y, dict(zip(COLUMNS, row, strict=True))[title])
        bands = LineCollection(
            [[(EDGE / 2, y), (1 - EDGE / 2, y)] for y in places],
            colors=[TINTS[kind] for _, _, kind, _ in rows],
            linewidths=ROW * 0.86 * 72,
            transform=figure.transFigure,
        )
        figure.add_artist(bands)
        words.set_zorder(3)
        figure.add_artist(words)
    lines = "; ".join(f"{left or right}: {kind[2:]}, {after}" for left, right, kind, after in rows)
    figure.set_label(f"Loading a checkpoint of {pair} with strict={strict}. {lines}")
    return figure


def explain_differ(pair: str, strict: bool) -> str:
    """Return what ``load_state_dict`` says, and what it has done."""
    tried = try_pair(pair, strict)
    found, count, total = tried.found, len(tried.loaded), len(tried.ours)
    if found.fits:
        return f"Accepted: <All keys matched successfully>. All {total} tensors are loaded."
    kinds = {
        "missing": len(found.missing),
        "unexpected": len(found.unexpected),
        "of another shape": len(found.other_shape),
    }
    what = ", ".join(f"{number} {kind}" for kind, number in kinds.items() if number)
    cure = PAIRS[pair].cure
    if tried.refused:
        also = "" if strict else " all the same, as strict=False forgives names, not shapes"
        half = f"{count} of {total} are copied already: half old, half new."
        return f"✗ RuntimeError{also}: {what}. {half if count else 'Nothing was copied.'} {cure}"
    if not count:
        return (
            f"Accepted without an error, and not one tensor is loaded ({what}): the network is as "
            f"random as before. {cure}"
        )
    left = ", ".join(found.missing[:2]) + (" …" if len(found.missing) > 2 else "")
    return (
        f"Accepted without an error: {count} of {total} tensors are loaded ({what}). Left as they "
        f"were: {left}. {cure}"
    )
