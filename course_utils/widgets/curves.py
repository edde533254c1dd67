"""The curve comparer: the learning curves of several runs in one picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

import ipywidgets
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .._figures import COLORS, FAINT, INK, STYLE, style
from ._base import Explorer

PARTS = {"train": ("training", "--"), "valid": ("validation", "-")}
BEST = {"loss": min, "accuracy": max}


def curve_comparer(runs: Mapping[str, Any]) -> Explorer:
    """Return the curves of several runs, with a choice of metric, axis, smoothing and scale.

    Args:
        runs: name → ``History``, or a dict of its series: ``train_loss``, ``valid_loss``,
            ``train_accuracy`` and ``valid_accuracy`` (fractions), and ``seconds`` of each epoch.

    Raises:
        ValueError: if there is no run, or one lacks a series or holds series of several lengths.
    """
    data = {str(name): _series(str(name), run) for name, run in runs.items()}
    if not data:
        raise ValueError("no runs to compare; give {name: history, …}")
    controls = {
        "shown": ipywidgets.SelectMultiple(
            options=list(data), value=list(data), rows=min(4, max(2, len(data))), description="runs"
        ),
        "metric": ipywidgets.Dropdown(options=["loss", "accuracy"], description="metric"),
        "part": ipywidgets.Dropdown(
            options={"both": "both", "training": "train", "validation": "valid"},
            description="curves",
        ),
        "x_axis": ipywidgets.Dropdown(options=["epochs", "seconds"], description="x axis"),
        "smoothing": ipywidgets.FloatSlider(0, min=0, max=0.95, step=0.05, description="smoothing"),
        "log_y": ipywidgets.Checkbox(False, description="log y axis", indent=True),
    }
    return Explorer(
        "Curve comparer",
        lambda **choice: draw_curves(data, **choice),
        controls,
        note=lambda **choice: compare(data, choice["shown"], choice["metric"]),
    )


def smooth(values: Sequence[float], smoothing: float) -> list[float]:
    """Return the exponential moving average, corrected for its start: early values are not pulled
    towards zero. 0 changes nothing; towards 1 only the trend is left.

    Raises:
        ValueError: if ``smoothing`` is not in 0 … below 1.
    """
    if not 0 <= smoothing < 1:
        raise ValueError(f"smoothing {smoothing} must be at least 0 and below 1")
    blend = accumulate(
        values, lambda past, new: smoothing * past + (1 - smoothing) * new, initial=0
    )
    return [value / (1 - smoothing**count) for count, value in enumerate(blend) if count]


def compare(data: Mapping[str, Mapping], shown: Sequence[str], metric: str) -> str:
    """Return each run's best validation epoch and its gap between training and validation there."""
    return " · ".join(f"{name}: {_best_text(data[name], metric)}" for name in shown)


def draw_curves(
    data: Mapping[str, Mapping],
    *,
    shown: Sequence[str],
    metric: str,
    part: str,
    x_axis: str,
    smoothing: float,
    log_y: bool,
) -> Figure:
    """Draw one colour a run: training dashed, validation solid, the best epoch as a dot."""
    parts = [part] if part in PARTS else list(PARTS)
    with style():
        figure = Figure(figsize=(8, 3.9), dpi=STYLE["figure.dpi"])
        ax = figure.add_axes((0.085, 0.13, 0.60, 0.83))
        for name in shown:
            color = COLORS[list(data).index(name) % len(COLORS)]
            x = _positions(data[name], x_axis)
            for which in parts:
                values = smooth(data[name][f"{which}_{metric}"], smoothing)
                label, dashes = f"{name}, {PARTS[which][0]}", PARTS[which][1]
                ax.plot(x, values, dashes, color=color, label=label)
                if which == "valid":
                    at = _best_epoch(data[name], metric)
                    ax.plot(x[at], values[at], "o", color=color, markeredgecolor="white")
        _finish(ax, metric, x_axis, log_y, bool(shown))
    figure.set_label(f"{metric} against {x_axis}. {compare(data, shown, metric)}")
    return figure


def _finish(ax: Axes, metric: str, x_axis: str, log_y: bool, any_shown: bool) -> None:
    ax.set(xlabel="epoch" if x_axis == "epochs" else "seconds, with scoring", ylabel=metric)
    ax.grid(color=FAINT, linewidth=0.7)
    if log_y:
        ax.set_yscale("log")
    elif metric == "accuracy":
        ax.yaxis.set_major_formatter("{x:.0%}")
    if x_axis == "epochs":
        ax.xaxis.get_major_locator().set_params(integer=True)
    if any_shown:
        ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.02), frameon=False, fontsize=9)
    else:
        ax.text(0.5, 0.5, "choose a run", transform=ax.transAxes, ha="center", color=INK)


def _series(name: str, run: Any) -> dict[str, list[float]]:
    """Check one run and return its series as plain lists."""
    if not isinstance(run, Mapping) and not hasattr(run, "train_loss"):
        raise ValueError(f"run {name!r} is neither a History nor a dict of its series")
    values = run if isinstance(run, Mapping) else vars(run)
    needed = [f"{part}_{metric}" for part in PARTS for metric in BEST] + ["seconds"]
    if missing := [key for key in needed if key not in values]:
        raise ValueError(f"run {name!r} lacks {', '.join(missing)}")
    series = {key: [float(value) for value in values[key]] for key in needed}
    lengths = sorted({len(numbers) for numbers in series.values()})
    if len(lengths) > 1 or lengths == [0]:
        raise ValueError(f"run {name!r} holds series of {lengths} epochs; give one value an epoch")
    return series


def _positions(run: Mapping[str, Sequence[float]], x_axis: str) -> list[float]:
    seconds = run["seconds"]
    return list(accumulate(seconds)) if x_axis == "seconds" else list(range(1, len(seconds) + 1))


def _best_epoch(run: Mapping[str, Sequence[float]], metric: str) -> int:
    """The index of the best validation value, before any smoothing."""
    values = run[f"valid_{metric}"]
    return values.index(BEST[metric](values))


def _best_text(run: Mapping[str, Sequence[float]], metric: str) -> str:
    at = _best_epoch(run, metric)
    best, training = run[f"valid_{metric}"][at], run[f"train_{metric}"][at]
    if metric == "loss":
        return f"best {best:.3f} in epoch {at + 1}, gap to training {best - training:+.3f}"
    return (
        f"best {best:.1%} in epoch {at + 1}, gap to training {(training - best) * 100:+.1f} points"
    )
