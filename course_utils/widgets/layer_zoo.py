"""The layer zoo: a batch as a table, before and after a layer that may change its ways."""

from __future__ import annotations

from functools import cache

import ipywidgets
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor, nn

from .._figures import INK, STYLE, style
from ._base import Explorer

ROWS, COLUMNS = 5, 6  # pictures in a batch, numbers for each
GROUPS = 9  # how many sets of other pictures there are
MOST_TRAINED = 50
LIMIT = 5.0  # numbers beyond ±LIMIT have the strongest colour
LAYERS = ("BatchNorm", "LayerNorm", "Dropout")
MEANS = torch.tensor([2.0, 0.0, -2.0, 1.0, -1.0, 0.5])  # each column has its own mean and spread
SPREADS = torch.tensor([1.0, 0.4, 1.5, 0.7, 1.0, 2.0])


def layer_zoo() -> Explorer:
    """Return the layer zoo: layer, mode, p, the other pictures, and training before."""
    dropdown, whole = ipywidgets.Dropdown, ipywidgets.IntSlider
    slider = ipywidgets.FloatSlider
    controls = {
        "layer": dropdown(options=list(LAYERS), description="layer"),
        "mode": dropdown(options=["train", "eval"], description="mode"),
        "p": slider(0.5, min=0, max=0.9, step=0.1, description="p of dropout"),
        "others": whole(1, min=1, max=GROUPS, description="the other pictures"),
        "trained": whole(MOST_TRAINED, min=0, max=MOST_TRAINED, description="batches before"),
    }
    return Explorer("Layer zoo", draw_zoo, controls, note=explain_zoo)


def batch_with(others: int) -> Tensor:
    """Return (ROWS, COLUMNS): the first row is always the same, the others are new ones."""
    rows = [_rows(1, seed=0), _rows(ROWS - 1, seed=others)]
    return torch.cat(rows)


def _rows(count: int, *, seed: int) -> Tensor:
    rng = torch.Generator().manual_seed(seed)
    return MEANS + SPREADS * torch.randn(count, COLUMNS, generator=rng)


@cache
def _running_statistics(trained: int) -> tuple[Tensor, Tensor]:
    """Return what BatchNorm has noted after so many batches in training: mean and variance."""
    norm = nn.BatchNorm1d(COLUMNS)
    for seed in range(trained):
        norm(_rows(ROWS, seed=1000 + seed))
    return norm.running_mean, norm.running_var


def put_through(layer: str, mode: str, p: float, others: int, trained: int) -> Tensor:
    """Return what the layer makes of ``batch_with(others)``: (ROWS, COLUMNS)."""
    made = {
        "BatchNorm": nn.BatchNorm1d(COLUMNS, affine=False),
        "LayerNorm": nn.LayerNorm(COLUMNS, elementwise_affine=False),
        "Dropout": nn.Dropout(p),
    }[layer].train(mode == "train")
    if layer == "BatchNorm":
        mean, variance = _running_statistics(trained)
        made.running_mean, made.running_var = mean.clone(), variance.clone()
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(others)  # dropout draws anew for every batch
        return made(batch_with(others))


def explain_zoo(layer: str, mode: str, p: float, others: int, trained: int) -> str:
    """Return what becomes of the first row in other batches, and why."""
    first = [put_through(layer, mode, p, n, trained)[0] for n in range(1, GROUPS + 1)]
    steady = all(torch.equal(first[0], row) for row in first)
    verdict = "the same in every batch" if steady else "another one in each batch"
    what = _about(layer, mode, p, put_through(layer, mode, p, others, trained), trained)
    return f"What comes out of your picture is {verdict}. {what}"


def _about(layer: str, mode: str, p: float, after: Tensor, trained: int) -> str:
    if layer == "LayerNorm":
        return "Each row gets mean 0 and spread 1 by itself: train and eval make no difference."
    if layer == "Dropout" and mode == "eval":
        return "In eval mode dropout does nothing, whatever p is."
    if layer == "Dropout":
        gone = int((after == 0).sum())
        return f"{gone} of {after.numel()} numbers are 0; the others times {1 / (1 - p):.3g}."
    if mode == "train":
        return "Each column gets mean 0 and spread 1 from this batch: the rows look at each other."
    if trained == 0:
        return "It has noted nothing yet (mean 0, variance 1), so it changes nearly nothing."
    return f"It uses the means and variances that it noted during {trained} batches of training."


def draw_zoo(layer: str, mode: str, p: float, others: int, trained: int) -> Figure:
    """Draw the batch before and after as two tables, with the means of rows and columns."""
    before, after = batch_with(others), put_through(layer, mode, p, others, trained)
    with style():
        figure = Figure(figsize=(7.6, 2.7), dpi=STYLE["figure.dpi"])
        _table(figure.add_axes((0.115, 0.09, 0.37, 0.76)), before, "what goes in")
        right = figure.add_axes((0.56, 0.09, 0.37, 0.76))
        _table(right, after, f"what comes out of {layer}, {mode}")
        left = figure.axes[0]
        left.set_yticks(range(ROWS), ["your picture", *["another"] * (ROWS - 1)], fontsize=8)
    first = ", ".join(f"{number:.1f}" for number in after[0])
    figure.set_label(
        f"A batch of {ROWS} pictures with {COLUMNS} numbers each, and what {layer} in {mode} mode "
        f"makes of it. Your picture becomes {first}"
    )
    return figure


def _table(ax: Axes, numbers: Tensor, title: str) -> None:
    """Draw numbers in colour, zeros white; below and beside it the means."""
    ax.imshow(numbers.numpy(), cmap="PuOr_r", vmin=-LIMIT, vmax=LIMIT, aspect="auto")
    ax.set_title(title, fontsize=10)
    ax.set(xticks=[], yticks=[], xlim=(-0.5, COLUMNS + 0.4), ylim=(ROWS + 0.3, -0.5))
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    for row, values in enumerate(numbers.tolist()):
        for column, value in enumerate(values):
            color = "white" if abs(value) > 0.65 * LIMIT else INK
            text = _short(value) if value else "0"  # dropped, not merely small
            ax.text(column, row, text, ha="center", va="center", fontsize=8, color=color)
    small = {"ha": "center", "va": "center", "fontsize": 8, "style": "italic", "color": "#0072B2"}
    for column, value in enumerate(numbers.mean(dim=0).tolist()):
        ax.text(column, ROWS - 0.05, _short(value), **small)
    for row, value in enumerate(numbers.mean(dim=1).tolist()):
        ax.text(COLUMNS - 0.05, row, _short(value), **small)
    ax.text(COLUMNS - 0.05, ROWS - 0.05, "means", **small)


def _short(value: float) -> str:
    return f"{round(value, 1) + 0.0:.1f}".replace("-", "−")  # + 0.0 makes −0.0 positive
