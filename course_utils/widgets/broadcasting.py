"""The broadcasting aligner: two shapes, aligned from the right, and what is repeated."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

import ipywidgets
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from .._figures import COLORS, INK, STYLE, style
from ._base import Explorer
from ._shapes_side_by_side import Column, Shape, align, describe_fit, parse_shape, refusal, remedy

WIDTH, HEIGHT = 7.8, 4.25  # inches
OWN = "your own: type below"
EXAMPLES = {
    "a column and a row": ("(3, 1)", "(4,)"),
    "a table and one number": ("(2, 3)", "()"),
    "a table and a row": ("(3, 4)", "(4,)"),
    "a table and a column": ("(3, 4)", "(3,)"),
    "pictures and the channel means": ("(64, 3, 32, 32)", "(3,)"),
    "the same, means as (3, 1, 1)": ("(64, 3, 32, 32)", "(3, 1, 1)"),
    "masks with and without a channel": ("(4, 1, 8, 8)", "(4, 8, 8)"),
    "every picture with every other": ("(5, 1, 3072)", "(8, 3072)"),
}
ROWS, COLUMNS = 4, 5  # how much of the last two dimensions is drawn
TABLE, CELL = 2.32, (0.41, 0.37)  # where the numbers begin, width and height of one; inches
TINTS = {"a": COLORS[0], "b": COLORS[5], "sum": COLORS[2]}
WRONG, QUIET = COLORS[1], "#6B7280"


class Aligner(Explorer):
    """Two shapes to type, and a list of examples that fills both in."""

    def __init__(self) -> None:
        self._example = ipywidgets.Dropdown(options=[*EXAMPLES, OWN], description="example")
        first = EXAMPLES[self._example.value]
        fields = {
            name: ipywidgets.Text(text, description=f"shape of {name}")
            for name, text in zip("ab", first, strict=True)
        }
        super().__init__("Broadcasting aligner", draw_alignment, fields, note=explain_alignment)
        self._example.style.description_width = fields["a"].style.description_width
        self._example.layout.width = "auto"
        self._example.observe(self._on_example, names="value")
        panel = self.children[0]
        panel.children = (self._example, *panel.children)

    def _on_example(self, change: Any) -> None:
        a, b = EXAMPLES.get(change.new, tuple(self.params.values()))
        if self.params != {"a": a, "b": b}:
            self.set(a=a, b=b)

    def _render(self) -> None:
        super()._render()
        shown = tuple(self.params.values())
        self._example.value = next((n for n, pair in EXAMPLES.items() if pair == shown), OWN)


def broadcasting_aligner() -> Explorer:
    """Return the broadcasting aligner; its fields ``a`` and ``b`` take shapes as text."""
    return Aligner()


def explain_alignment(a: str, b: str) -> str:
    """Return what is repeated, PyTorch's own error, or which text is no shape."""
    shapes, problem = _read(a, b)
    if problem:
        return f"✗ {problem}."
    error = refusal(*shapes)
    return f"✗ PyTorch: {error}" if error else describe_fit(*shapes)


def draw_alignment(a: str, b: str) -> Figure:
    """Draw both shapes below each other, and the last two dimensions with made-up numbers."""
    shapes, problem = _read(a, b)
    with style():
        figure = Figure(figsize=(WIDTH, HEIGHT), dpi=STYLE["figure.dpi"])
        ax = figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(HEIGHT, 0))  # in inches
        ax.set_axis_off()
        if problem:
            _write(ax, WIDTH / 2, HEIGHT / 2, problem, color=WRONG, fontsize=12)
        else:
            _draw_table(ax, *shapes)
            _draw_values(ax, *shapes)
    figure.set_label(problem or _in_words(*shapes))
    return figure


def _read(a: str, b: str) -> tuple[tuple[Shape, ...], str]:
    """Return both shapes, or what is wrong with the text of one."""
    shapes = []
    for name, text in (("a", a), ("b", b)):
        try:
            shapes.append(parse_shape(text))
        except ValueError as error:
            return (), f"shape of {name}: {error}"
    return tuple(shapes), ""


def _in_words(a: Shape, b: Shape) -> str:
    fit = _fit(align(a, b))
    columns = [f"{c.a or 'none'} and {c.b or 'none'}: {_verdict(c, fit)}" for c in align(a, b)]
    result = "fit" if fit else "do not fit"
    listed = "; ".join(columns) or "two single numbers"
    return f"Shapes {a} and {b}, aligned from the right, {result}. {listed}"


def _fit(columns: list[Column]) -> bool:
    return all(column.result for column in columns)


def _verdict(column: Column, fit: bool) -> str:
    if column.result is None:
        return "✗ differ"
    grown = [name for name in "ab" if column.repeats(name)]
    if not grown:
        return "equal"
    if column.result == 1:
        return "1 added"
    return f"{grown[0]} repeats" if fit else f"{grown[0]} would repeat"


def _write(ax: Axes, x: float, y: float, text: str, **look: Any) -> None:
    ax.text(x, y, text, **{"ha": "center", "va": "center", "fontsize": 10, **look})


def _draw_table(ax: Axes, a: Shape, b: Shape) -> None:
    """The sizes in boxes, one column a dimension, the last column at the right."""
    columns = align(a, b)
    width = 0.98
    right = (WIDTH + len(columns) * width + 0.6) / 2  # centred, with the names at the left
    tops = {"a": 0.38, "b": 0.78, "result": 1.28}
    for name, top in tops.items():
        look = {"ha": "right", "color": _color(name), "weight": "bold", "fontsize": 11}
        label = "a + b" if name == "result" else name
        _write(ax, right - len(columns) * width - 0.1, top + 0.16, label, **look)
    for place, column in enumerate(reversed(columns)):
        x = right - (place + 1) * width
        _write(ax, x + width / 2, 0.2, f"dim −{place + 1}", color=QUIET, fontsize=8.5)
        for name, top in tops.items():
            _draw_size(ax, x, top, width - 0.1, name, column, _fit(columns))
        color = WRONG if column.result is None else QUIET
        _write(ax, x + width / 2, 1.78, _verdict(column, _fit(columns)), color=color, fontsize=8.5)
    if not columns:
        words = "two single numbers: no dimension to align"
        _write(ax, WIDTH / 2, 0.95, words, color=QUIET)


def _color(name: str) -> str:
    return TINTS.get(name, TINTS["sum"])


def _draw_size(
    ax: Axes, x: float, top: float, width: float, name: str, column: Column, fit: bool
) -> None:
    size, result = getattr(column, name), column.result
    color = WRONG if result is None else _color(name) if fit else QUIET
    repeated = name != "result" and column.repeats(name)
    face = (*to_rgb(color), 0.06 if repeated else 0.25)
    text = f"{size or 'none'} → {result}" if repeated else str(size or "✗")
    if size is None and not repeated and name != "result":
        text = "none"
    line = {"edgecolor": color, "linestyle": "--" if repeated else "-", "linewidth": 1.3}
    ax.add_patch(Rectangle((x + 0.05, top), width, 0.33, facecolor=face, **line))
    _write(ax, x + 0.05 + width / 2, top + 0.17, text, weight="normal" if repeated else "bold")


def _draw_values(ax: Axes, a: Shape, b: Shape) -> None:
    """The last two dimensions as tables of numbers: pale is what was repeated."""
    columns = align(a, b)
    if not _fit(columns):
        advice = remedy(a, b)
        words = "Two sizes fit if they are equal, or if one of them is 1 or missing."
        _write(ax, WIDTH / 2, 2.75, words, fontsize=11)
        _write(ax, WIDTH / 2, 3.15, advice and f"It would fit: {advice}.", color=QUIET, fontsize=11)
        return
    last = [Column(None, None)] * (2 - len(columns)) + columns[-2:]
    values = {"a": 10 * _numbers(last, "a"), "b": _numbers(last, "b")}
    values["sum"] = values["a"] + values["b"]
    signs = (("a", "a", ""), ("b", "b", "+"), ("sum", "a + b", "="))
    for place, (name, title, sign) in enumerate(signs):
        left = 0.35 + place * 2.5
        _write(ax, left - 0.2, TABLE + _shown(last)[0] * CELL[1] / 2, sign, fontsize=15)
        _draw_numbers(ax, left, title, values[name], TINTS[name], _own(last, name))
    said = " · ".join(_undrawn(columns[:-2], last))
    _write(ax, WIDTH / 2, HEIGHT - 0.13, said, color=QUIET, fontsize=8.5)


def _undrawn(leading: list[Column], last: list[Column]) -> Iterator[str]:
    """Say how much more there is than the tables show."""
    if prod(column.result or 1 for column in leading) > 1:
        yield f"one of {' × '.join(str(column.result) for column in leading)} tables like these"
    grown = [n for n in "ab" if any(c.repeats(n) and c.result != 1 for c in leading)]
    if grown:
        yield f"whole tables of {' and '.join(grown)} are repeated"
    if any((c.result or 1) > most for c, most in zip(last, (ROWS, COLUMNS), strict=True)):
        yield "only the upper left corner is drawn"


def _shown(last: list[Column]) -> tuple[int, int]:
    """How many rows and columns are drawn."""
    return min(last[0].result or 1, ROWS), min(last[1].result or 1, COLUMNS)


def _numbers(last: list[Column], name: str) -> np.ndarray:
    """1, 2, 3 … for the tensor's own elements, repeated as broadcasting does."""
    sizes = [
        1 if column.repeats(name) else most for column, most in zip(last, _shown(last), strict=True)
    ]
    own = np.arange(1, sizes[0] * sizes[1] + 1).reshape(sizes)
    return np.broadcast_to(own, _shown(last))


def _own(last: list[Column], name: str) -> np.ndarray:
    """True for the elements that the tensor itself has."""
    rows, columns = np.indices(_shown(last))
    if name == "sum":
        return rows >= 0
    down, across = (column.repeats(name) for column in last)
    return ~((down & (rows > 0)) | (across & (columns > 0)))


def _draw_numbers(
    ax: Axes, left: float, title: str, values: np.ndarray, color: str, own: np.ndarray
) -> None:
    width, height = CELL
    _write(ax, left, TABLE - 0.17, title, ha="left", color=color, weight="bold")
    for (row, column), value in np.ndenumerate(values):
        x, y, mine = left + column * width, TABLE + row * height, own[row, column]
        face = (*to_rgb(color), 0.45 if mine else 0.1)
        ax.add_patch(Rectangle((x, y), width, height, facecolor=face, edgecolor="white"))
        ink = INK if mine else QUIET
        _write(ax, x + width / 2, y + height / 2, str(value), color=ink, fontsize=9)
