"""Show a wrong answer as a picture beside the right one, in a notebook only."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Sequence
from typing import Any

from ._define import Exercise
from ._diagnose import Failure


def show_picture(exercise: Exercise, failure: Failure) -> None:
    """Display the exercise's own drawing of a failure; text alone where that is not possible."""
    if exercise.draw is None or not _in_notebook():
        return
    with contextlib.suppress(Exception):  # a picture must never hide the verdict
        shown = failure.shown
        figure = exercise.draw(shown.case, shown.got.value, shown.expected)
        _display(figure, f"Your answer to {exercise.name} beside the right one")


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    return ipython is not None and ipython.get_ipython() is not None


def _display(figure: Any, alt: str) -> None:
    from IPython.display import Image, display

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=100, bbox_inches="tight")
    display(Image(data=buffer.getvalue(), alt=alt))


def grids(
    tables: Sequence[Any],
    titles: Sequence[str],
    marks: Sequence[Any] = (),
    *,
    cmap: str = "cividis",
) -> Any:
    """Return a figure of number grids side by side; cells in ``marks`` get an orange frame."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.2 * len(tables), 3.2), facecolor="white")
    axes = figure.subplots(1, len(tables), squeeze=False)[0]
    for ax, table, title in zip(axes, tables, titles, strict=True):
        _grid(ax, [list(row) for row in table], title, marks, cmap)
    return figure


def _grid(ax: Any, rows: list[list[float]], title: str, marks: Sequence[Any], cmap: str) -> None:
    image = ax.imshow(rows, cmap=cmap)
    ax.set(title=title, xlabel="column", ylabel="row")
    ax.set(xticks=range(len(rows[0])), yticks=range(len(rows)))
    for y, row in enumerate(rows):
        for x, value in enumerate(row):
            dark = image.norm(value) < 0.5
            ax.text(x, y, f"{value:g}", ha="center", va="center", color="w" if dark else "k")
    for y, x in marks:
        ax.add_patch(_frame(x, y))


def _frame(x: int, y: int) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((x - 0.45, y - 0.45), 0.9, 0.9, fill=False, edgecolor="#E69F00", linewidth=3)
