"""The schedule preview: the learning rate of every step, and what counts as one step of it."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets
import numpy as np
from matplotlib.figure import Figure

from .._figures import COLORS, STYLE, style
from ._base import Explorer
from ._quick_text import QuickText

SCHEDULES = ("constant", "StepLR", "cosine", "OneCycle", "warm-up + cosine")
PER_BATCH, PER_EPOCH = "every batch", "every epoch"
COUNTS_EPOCHS = ("StepLR", "cosine")  # the others are made to count batches
PEAKS = (0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
GAMMAS = (0.1, 0.2, 0.5, 0.9)
BEGIN, END = 25, 25e4  # OneCycle starts at peak / BEGIN and ends at peak / END
LOWEST = 1e-8  # of the logarithmic scale
PANEL = (0.085, 0.13, 0.895, 0.74)  # left, bottom, width, height, parts of the figure
GRID = "#ECEEF1"


def schedule_preview() -> Explorer:
    """Return the schedule preview: schedule, who calls it, learning rate, epochs, own settings."""
    choose, slide = ipywidgets.Dropdown, ipywidgets.SelectionSlider
    whole, part = ipywidgets.IntSlider, ipywidgets.FloatSlider
    peaks, gammas = ([(f"{value:g}", value) for value in values] for values in (PEAKS, GAMMAS))
    controls = {
        "schedule": choose(options=list(SCHEDULES), value="OneCycle", description="schedule"),
        "called": choose(
            options=[PER_BATCH, PER_EPOCH], description="scheduler.step() after"
        ),
        "peak": slide(options=peaks, value=0.1, description="learning rate"),
        "epochs": whole(10, min=1, max=40, description="epochs"),
        "batches": whole(30, min=1, max=100, description="batches in an epoch"),
        "warmup": part(0.25, min=0.05, max=0.95, step=0.05, description="pct_start, warm-up"),
        "step_size": whole(10, min=1, max=20, description="step_size"),
        "gamma": slide(options=gammas, value=0.1, description="gamma"),
        "scale": choose(options=["linear", "logarithmic"], description="scale"),
    }  # fmt: skip
    own = {"step_size": ("StepLR",), "gamma": ("StepLR",), "warmup": SCHEDULES[3:]}
    schedule = controls["schedule"]

    def grey_out(_change: object = None) -> None:
        """Offer each setting only for the schedules that have it."""
        for name, owners in own.items():
            controls[name].disabled = schedule.value not in owners

    schedule.observe(grey_out, names="value")
    grey_out()
    return Explorer("Schedule preview", draw_schedule, controls, note=explain_schedule)


def learning_rates(
    schedule: str, called: str, peak: float, epochs: int, batches: int,
    warmup: float, step_size: int, gamma: float,
) -> np.ndarray:  # fmt: skip
    """Return the learning rate of every optimizer step, float64 (epochs · batches,).

    StepLR and cosine are made for ``epochs`` calls, the others for one call after every batch.
    """
    steps = epochs * batches
    calls = np.arange(steps) // (1 if called == PER_BATCH else batches)  # before each step
    if schedule == "StepLR":
        return peak * gamma ** (calls // step_size)
    if schedule == "cosine":
        return peak * (1 + np.cos(np.pi * calls / epochs)) / 2
    if schedule == "OneCycle":
        return peak * _one_cycle(calls, steps, warmup)
    if schedule == "warm-up + cosine":
        return peak * _warm_up(calls, steps, max(round(warmup * steps), 1))
    return np.full(steps, peak)


def _one_cycle(calls: np.ndarray, steps: int, warmup: float) -> np.ndarray:
    """Return OneCycleLR's rate as a part of its peak: a half cosine up, and one down."""
    top, last = warmup * steps - 1, steps - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        up = _between(1 / BEGIN, 1, calls / top)
        down = _between(1, 1 / END, (calls - top) / (last - top))
    return np.where((calls <= top) & (top > 0), up, down)  # PyTorch refuses a top of 0


def _warm_up(calls: np.ndarray, steps: int, length: int) -> np.ndarray:
    """Return a straight line up to 1 in ``length`` steps, then a half cosine down."""
    down = _between(1, 0, (calls - length) / max(steps - length, 1))
    return np.where(calls < length, (calls + 1) / length, down)


def _between(first: float, last: float, part: np.ndarray) -> np.ndarray:
    return last + (first - last) * (1 + np.cos(np.pi * part)) / 2


def explain_schedule(
    schedule: str, called: str, peak: float, epochs: int, batches: int,
    warmup: float, step_size: int, gamma: float, scale: str,
) -> str:  # fmt: skip
    """Return first, highest and last rate, and whether the scheduler is called as it is meant."""
    rates = learning_rates(
        schedule, called, peak, epochs, batches, warmup, step_size, gamma
    )  # fmt: skip
    ends = f"First {rates[0]:.3g}, highest {rates.max():.3g}, last {rates[-1]:.3g}."
    meant = PER_EPOCH if schedule in COUNTS_EPOCHS else PER_BATCH
    if schedule == "constant" or called == meant or batches == 1:
        return f"{ends} {_meaning(schedule, epochs, warmup, step_size, gamma)}"
    if schedule == "StepLR":
        return (
            f"✗ {ends} It counts calls, not epochs: × {gamma:g} after every {step_size} batches, "
            f"not after every {step_size} epochs."
        )
    if schedule == "cosine":
        return (
            f"✗ {ends} T_max is {epochs} here, made for epochs: it is down after {epochs} batches, "
            f"then goes up again. With T_max = {epochs * batches} it belongs after every batch."
        )
    return (
        f"✗ {ends} It was made for {epochs * batches} calls, one a batch, and gets {epochs - 1}: "
        "it hardly gets anywhere."
    )


def _meaning(schedule: str, epochs: int, warmup: float, step_size: int, gamma: float) -> str:
    return {
        "constant": "Nothing changes: no scheduler is needed.",
        "StepLR": f"× {gamma:g} after every {step_size} epochs, all at once.",
        "cosine": f"T_max is {epochs}: a half cosine down over all epochs, one stair for each.",
        "OneCycle": f"Up in {warmup:.0%} of the steps, then down to almost 0.",
        "warm-up + cosine": f"Straight up in {warmup:.0%} of the steps, then a half cosine to 0.",
    }[schedule]


def draw_schedule(
    schedule: str, called: str, peak: float, epochs: int, batches: int,
    warmup: float, step_size: int, gamma: float, scale: str,
) -> Figure:  # fmt: skip
    """Draw the learning rate over the steps, with a line where each epoch begins."""
    rates = learning_rates(schedule, called, peak, epochs, batches, warmup, step_size, gamma)
    heights, ticks = _scaled(rates, peak, scale)
    steps, words = len(rates), QuickText(8.5)
    with style():
        figure = Figure(figsize=(7.6, 2.8), dpi=STYLE["figure.dpi"])
        ax = figure.add_axes(PANEL, xlim=(-0.01 * steps, 1.01 * steps), ylim=(-0.03, 1.05))
        ax.set_axis_off()
        ax.vlines(np.arange(0, steps + 1, batches), 0, 1, color=GRID, linewidth=1, zorder=0)
        ax.hlines(list(ticks), 0, steps, color=GRID, linewidth=1, zorder=0)
        ax.stairs(heights, np.arange(steps + 1), baseline=None, color=COLORS[0], linewidth=2)
    left, bottom, width, height = PANEL
    for place, text in ticks.items():
        words.add(left - 0.008, bottom + height * (place + 0.03) / 1.08, text, "right")
    for number in sorted({0, epochs // 2, epochs}):
        x = left + width * (number / epochs + 0.01) / 1.02
        words.add(x, 0.075, f"step {number * batches}", "middle" if number < epochs else "right")
    words.add(left, 0.945, f"learning rate: {schedule}", bold=True)
    counted = f"{epochs} epoch{'s' * (epochs > 1)} of {batches} batch{'es' * (batches > 1)}"
    words.add(left + width, 0.945, counted, "right")
    figure.add_artist(words)
    figure.set_label(
        f"Learning rate over {steps} steps with {schedule}, stepped after {called}: first "
        f"{rates[0]:.3g}, highest {rates.max():.3g}, last {rates[-1]:.3g}"
    )
    return figure


def _scaled(rates: np.ndarray, peak: float, scale: str) -> tuple[np.ndarray, dict[float, str]]:
    """Return heights from 0 to 1, and the words at the heights that are marked."""
    if scale == "linear":
        return rates / peak, {part: f"{part * peak:.4g}" for part in (0, 0.25, 0.5, 0.75, 1)}
    reach: Callable = lambda rate: np.log10(np.maximum(rate, LOWEST) / LOWEST)  # noqa: E731
    marks = [10.0**power for power in range(-8, 1, 2) if 10.0**power <= peak]
    return reach(rates) / reach(peak), {
        reach(v) / reach(peak): f"{'≤ ' * (v == marks[0])}{v:g}" for v in marks
    }
