"""The layer zoo: a batch as a table, before and after a layer that may change its ways."""

from __future__ import annotations

from functools import cache

import ipywidgets
import numpy as np
import torch
from matplotlib import colormaps
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from torch import Tensor, nn

from .._figures import STYLE, style
from ._base import Explorer
from ._quick_text import QuickText

ROWS, COLUMNS = 5, 6  # pictures in a batch, numbers for each
GROUPS = 9  # how many sets of other pictures there are
MOST_TRAINED = 50
LIMIT = 5.0  # numbers beyond ±LIMIT have the strongest colour
PALE = ListedColormap(colormaps["PuOr_r"](np.linspace(0.27, 0.73, 256)), "pale")  # under dark text
LEFT, RIGHT, BOTTOM, WIDTH, HEIGHT = 0.125, 0.565, 0.16, 0.35, 0.7  # tables, in parts of a figure
LAYERS = ("BatchNorm", "LayerNorm", "Dropout")
MEANS = torch.tensor(
    [2.0, 0.0, -2.0, 1.0, -1.0, 0.5]
)  # each column has a mean and a spread of its own
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
    layer, own = controls["layer"], {"p": "Dropout", "trained": "BatchNorm"}

    def grey_out(_change: object = None) -> None:
        """Offer p for dropout only, and training before for batch normalisation only."""
        for name, owner in own.items():
            controls[name].disabled = layer.value != owner

    layer.observe(grey_out, names="value")
    grey_out()
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
        return (
            "Each row gets mean 0 and standard deviation 1 by itself: "
            "train and eval make no difference."
        )
    if layer == "Dropout" and mode == "eval":
        return "In eval mode dropout does nothing, whatever p is."
    if layer == "Dropout":
        gone = int((after == 0).sum())
        return f"{gone} of {after.numel()} numbers are 0; the others times {1 / (1 - p):.3g}."
    if mode == "train":
        return (
            "Each column gets mean 0 and standard deviation 1 from this batch: "
            "the rows look at each other."
        )
    if trained == 0:
        return "It has noted nothing yet (mean 0, variance 1), so it changes nearly nothing."
    return f"It uses the means and variances that it noted during {trained} batches of training."


def draw_zoo(layer: str, mode: str, p: float, others: int, trained: int) -> Figure:
    """Draw the batch before and after as two tables, with the means of rows and columns."""
    before, after = batch_with(others), put_through(layer, mode, p, others, trained)
    words = QuickText(8.5)
    words.set_zorder(3)  # above the colours
    for row in range(ROWS):
        y = BOTTOM + HEIGHT * (1 - (row + 0.5) / ROWS)
        words.add(LEFT - 0.008, y, "another" if row else "your picture", "right")
    with style():
        figure = Figure(figsize=(7.6, 2.7), dpi=STYLE["figure.dpi"])
        _table(figure, words, LEFT, before, "what goes in")
        _table(figure, words, RIGHT, after, f"what comes out of {layer}, {mode}")
    figure.add_artist(words)
    first = ", ".join(_short(number) for number in after[0].tolist())
    figure.set_label(
        f"A batch of {ROWS} pictures with {COLUMNS} numbers each, and what {layer} in {mode} mode "
        f"makes of it. Your picture becomes {first}"
    )
    return figure


def _table(figure: Figure, words: QuickText, left: float, numbers: Tensor, title: str) -> None:
    """Draw numbers in colour, zeros white; below and beside them, in bold, the means."""
    ax = figure.add_axes((left, BOTTOM, WIDTH, HEIGHT))
    ax.set_axis_off()
    ax.imshow(numbers.numpy(), cmap=PALE, vmin=-LIMIT, vmax=LIMIT, aspect="auto")
    across = [left + WIDTH * (column + 0.5) / COLUMNS for column in range(COLUMNS)]
    down = [BOTTOM + HEIGHT * (1 - (row + 0.5) / ROWS) for row in range(ROWS)]
    beside, below = left + WIDTH + 0.03, BOTTOM - 0.08
    for y, values in zip(down, numbers.tolist(), strict=True):
        for x, value in zip(across, values, strict=True):
            words.add(x, y, _short(value) if value else "0", "middle")  # 0: dropped, not small
    for x, value in zip(across, numbers.mean(dim=0).tolist(), strict=True):
        words.add(x, below, _short(value), "middle", bold=True)
    for y, value in zip(down, numbers.mean(dim=1).tolist(), strict=True):
        words.add(beside, y, _short(value), "middle", bold=True)
    words.add(beside, below, "means", "middle", bold=True)
    words.add(left + WIDTH / 2, 0.94, title, "middle", bold=True)


def _short(value: float) -> str:
    return f"{round(value, 1) + 0.0:.1f}".replace("-", "−")  # + 0.0 makes −0.0 positive
