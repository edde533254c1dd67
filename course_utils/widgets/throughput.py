"""Batch size and number format against images a second, as measured by the learner."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from math import ceil

import ipywidgets
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from .._figures import COLORS, FAINT, STYLE, style
from ._base import Explorer
from ._quick_text import QuickText

Measured = Mapping[str, Mapping[int, float]]

EPOCH = 50_000  # training pictures of CIFAR-10
MOST_ROWS = 10
COLUMNS = {  # title: where it ends, from 0 to 1
    "batch": 0.075,
    "images/s": 0.185,
    "epoch": 0.28,
    "steps": 0.37,
}
BARS, RIGHT = 0.4, 0.985  # from where to where the bars go
WIDTH, ROW, HEAD = 8.2, 0.3, 0.42  # inches


def throughput(measured: Measured) -> Explorer:
    """Return the throughput widget: batch size, number format.

    Args:
        measured: format, as "bf16", → batch size → images a second in training; the same batch
            sizes for every format.

    Raises:
        ValueError: if there is nothing to show, more than ten batch sizes, or a gap.
    """
    sizes = _sizes(measured)
    controls = {
        "batch_size": ipywidgets.SelectionSlider(
            options=sizes, value=sizes[len(sizes) // 2], description="batch size"
        ),
        "precision": ipywidgets.Dropdown(options=list(measured), description="format"),
    }
    draw, note = (partial(each, measured) for each in (draw_throughput, explain_throughput))
    return Explorer("Throughput", draw, controls, note=note)


def _sizes(measured: Measured) -> list[int]:
    sizes = sorted({batch_size for rates in measured.values() for batch_size in rates})
    if not 1 <= len(sizes) <= MOST_ROWS:
        raise ValueError(f"{len(sizes)} batch sizes were measured; 1 to {MOST_ROWS} can be shown")
    for name, rates in measured.items():
        if missing := sorted(set(sizes) - set(rates)):
            raise ValueError(f"{name} was not measured with batch size {missing[0]}; measure it")
        if min(rates.values()) <= 0:
            raise ValueError(f"{name}: {min(rates.values())} images/s must be above 0")
    return sizes


def explain_throughput(measured: Measured, batch_size: int, precision: str) -> str:
    """Return what the chosen setting means for an epoch, and how it compares."""
    rate = measured[precision][batch_size]
    steps = ceil(EPOCH / batch_size)
    parts = [
        f"{precision}, batches of {batch_size:,}: an epoch of {EPOCH:,} pictures is {steps:,} "
        f"step{'s' * (steps > 1)} and takes {_duration(EPOCH / rate)}."
    ]
    best = max(measured[precision], key=measured[precision].__getitem__)
    if best == batch_size:
        parts.append(f"No batch size is faster with {precision} here.")
    else:
        share = rate / measured[precision][best]
        parts.append(f"That is {share:.0%} of the speed of batches of {best:,}.")
    for other in measured.keys() - {precision}:
        times = rate / measured[other][batch_size]
        parts.append(f"{times:.1f} times the speed of {other}.")
    return " ".join(parts)


def draw_throughput(measured: Measured, batch_size: int, precision: str) -> Figure:
    """Draw a row for each batch size: numbers, and a bar for each format."""
    sizes = _sizes(measured)
    height = HEAD + ROW * len(sizes) + 0.12
    places = {each: 1 - (HEAD + ROW * (row + 0.5)) / height for row, each in enumerate(sizes)}
    with style():
        figure = Figure(figsize=(WIDTH, height), dpi=STYLE["figure.dpi"])
        band = [[(0.008, places[batch_size]), (0.992, places[batch_size])]]
        figure.add_artist(_lines(figure, band, [FAINT], ROW))
        figure.add_artist(_bars(figure, measured, places, precision))
        words = QuickText(9)
        for title, x in COLUMNS.items():
            words.add(x, 1 - HEAD / 2 / height, title, "right", bold=True)
        words.add(BARS, 1 - HEAD / 2 / height, _legend(measured, precision), bold=True)
        for each, y in places.items():
            for x, text in zip(COLUMNS.values(), _texts(measured, each, precision), strict=True):
                words.add(x, y, text, "right", bold=each == batch_size)
        words.set_zorder(4)
        figure.add_artist(words)
    rates = "; ".join(f"batch {each}: {measured[precision][each]:,.0f}" for each in sizes)
    figure.set_label(f"Images a second with {precision}. {rates}. Chosen: batch {batch_size}.")
    return figure


def _legend(measured: Measured, precision: str) -> str:
    others = [name for name in measured if name != precision]
    return f"thick: {precision}, thin: {', '.join(others)}" if others else precision


def _texts(measured: Measured, batch_size: int, precision: str) -> list[str]:
    rate = measured[precision][batch_size]
    steps = f"{ceil(EPOCH / batch_size):,}"
    return [f"{batch_size:,}", f"{rate:,.0f}", _duration(EPOCH / rate), steps]


def _bars(
    figure: Figure, measured: Measured, places: Mapping[int, float], precision: str
) -> LineCollection:
    """The chosen format thick, the others as thin lines on top of it; one artist."""
    fastest = max(rate for rates in measured.values() for rate in rates.values())
    lines, colors, widths = [], [], []
    for name in sorted(measured, key=lambda name: name != precision):
        for batch_size, y in places.items():
            end = BARS + (RIGHT - BARS) * measured[name][batch_size] / fastest
            lines.append([(BARS, y), (end, y)])
            colors.append(COLORS[0] if name == precision else COLORS[1])
            widths.append(0.62 * ROW if name == precision else 0.12 * ROW)
    return _lines(figure, lines, colors, widths, zorder=3)


def _lines(
    figure: Figure, lines: list, colors: list[str], inches: float | list[float], zorder: int = 1
) -> LineCollection:
    widths = [inches] if isinstance(inches, (int, float)) else inches
    return LineCollection(
        lines,
        colors=colors,
        linewidths=[72 * width for width in widths],
        transform=figure.transFigure,
        capstyle="butt",
        zorder=zorder,
    )


def _duration(seconds: float) -> str:
    """Return seconds in words: 0.42 s, 1.5 s, 12 s, 3.5 min, 2.1 h."""
    if seconds < 0.995:
        return f"{seconds:.2f} s"
    if seconds < 100:
        return f"{seconds:.0f} s" if seconds >= 9.95 else f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 6_000 else f"{seconds / 3600:.1f} h"
