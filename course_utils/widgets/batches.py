"""The batch viewer: which pictures a real DataLoader puts together, batch by batch."""

from __future__ import annotations

import functools

import ipywidgets
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import ImageOps
from torch.utils.data import DataLoader

from .._figures import COLORS, INK, STYLE, style
from ..sample_data._pen import Dice
from ..sample_data.ants_bees import draw_insect
from ._base import Explorer

MOST, LARGEST = 32, 12  # pictures, and pictures in a batch
WIDTH, HEIGHT = 7.8, 3.3  # inches
TITLE, GAP, NAME = 0.26, 0.16, 0.34  # inches above, between batches, before a batch
SIDE = 40  # pixels of a little picture
CELLS = [size / 100 for size in range(110, 19, -2)]  # inches, the largest that fits is taken


def batch_viewer() -> Explorer:
    """Return the batch viewer: number of pictures, batch size, shuffle, drop_last, seed."""
    slider, box = ipywidgets.IntSlider, ipywidgets.Checkbox
    controls = {
        "count": slider(14, min=1, max=MOST, description="pictures"),
        "batch_size": slider(4, min=1, max=LARGEST, description="batch_size"),
        "shuffle": box(False, indent=True, description="shuffle"),
        "drop_last": box(False, indent=True, description="drop_last"),
        "seed": slider(0, min=0, max=20, description="seed"),
    }
    return Explorer("Batch viewer", draw_batches, controls, note=explain_batches)


def draw_order(
    count: int, batch_size: int, shuffle: bool, drop_last: bool, seed: int
) -> list[list[int]]:
    """Return the numbers in each batch of the first epoch, from a real ``DataLoader``."""
    loader = DataLoader(
        range(count),
        batch_size=batch_size,
        shuffle=shuffle,
        drop_last=drop_last,
        generator=torch.Generator().manual_seed(seed),
        collate_fn=list,
    )
    return list(loader)


def left_out(count: int, batch_size: int, shuffle: bool, drop_last: bool, seed: int) -> list[int]:
    """Return the numbers that are in no batch, in the order in which they were drawn."""
    batches = draw_order(count, batch_size, shuffle, False, seed)
    rest = batches[-1] if count % batch_size else []
    return rest if drop_last else []


def is_ant(number: int, count: int) -> bool:
    """Tell whether picture ``number`` of ``count`` is of an ant: the first half is, as in files."""
    return number < (count + 1) // 2


def explain_batches(count: int, batch_size: int, shuffle: bool, drop_last: bool, seed: int) -> str:
    """Return how many batches there are, the size of the last, and what follows for training."""
    settings = (count, batch_size, shuffle, drop_last, seed)
    batches, lost = draw_order(*settings), left_out(*settings)
    if not batches:
        return (
            f"✗ No batch at all: {count} pictures are fewer than batch_size {batch_size}, and "
            "drop_last leaves the incomplete batch out. A training loop would do nothing."
        )
    many = f"{len(batches)} batch" + "es" * (len(batches) > 1)
    parts = [f"{count} / {batch_size} → {many}{_last(batches)}."]
    if lost and shuffle:
        parts.append(f"Left out in this epoch: {len(lost)} of {count}.")
    elif lost:
        parts.append(f"Left out in every epoch, the same {len(lost)} of {count}.")
    elif drop_last:
        parts.append("drop_last changes nothing: the last batch is full.")
    parts.append(_about_order(batches, count, shuffle, seed))
    return " ".join(parts)


def _last(batches: list[list[int]]) -> str:
    """Return the size of the last batch, in words that fit one batch, too."""
    return f"{', the last' if len(batches) > 1 else ''} of {len(batches[-1])}" if batches else ""


def _about_order(batches: list[list[int]], count: int, shuffle: bool, seed: int) -> str:
    pure = sum(len({is_ant(n, count) for n in batch}) == 1 for batch in batches)
    single = " A batch of 1 is always one class." if len(batches[0]) == 1 else ""
    if shuffle:
        return f"Drawn with seed {seed}: the same seed gives the same order again.{single}"
    if single:
        return f"File order, the same in each epoch.{single} The seed is not used."
    if count > 2 and pure > len(batches) / 2:
        return (
            f"In file order {pure} of {len(batches)} batches show a single class, so such a step "
            "can teach only that one. The seed is not used."
        )
    return "File order, the same in each epoch. The seed is not used."


def draw_batches(count: int, batch_size: int, shuffle: bool, drop_last: bool, seed: int) -> Figure:
    """Draw each batch as a row of numbered pictures; what drop_last leaves out is pale."""
    settings = (count, batch_size, shuffle, drop_last, seed)
    batches, lost = draw_order(*settings), left_out(*settings)
    groups = batches + [lost] * bool(lost)
    cell, rows = _fit(len(groups), batch_size)
    with style():
        figure = Figure(figsize=(WIDTH, HEIGHT), dpi=STYLE["figure.dpi"])
        ax = figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(HEIGHT, 0))  # inches, downwards
        ax.set_axis_off()
        for place, group in enumerate(groups):
            left = 0.12 + place // rows * (NAME + batch_size * cell + GAP) + NAME
            top = TITLE + place % rows * (cell + GAP)
            dropped = place >= len(batches)
            _draw_group(ax, group, (left, top), cell, count, dropped)
            name = "out" if dropped else str(place + 1)
            _write(ax, left - 0.07, top + cell / 2, name, ha="right", weight="bold")
        _write(ax, 0.12, TITLE / 2, _title(batches, lost), ha="left")
    figure.set_label(_description(batches, lost))
    return figure


def _fit(groups: int, batch_size: int) -> tuple[float, int]:
    """Return the largest side of a picture, and the batches below each other, that fit."""
    for cell in CELLS:
        rows = int((HEIGHT - TITLE) / (cell + GAP))
        across = -(-groups // rows)
        if 0.12 + across * (NAME + batch_size * cell + GAP) <= WIDTH:
            return cell, max(1, min(rows, groups))
    raise AssertionError(f"{groups} batches of {batch_size} do not fit")


def _draw_group(
    ax: Axes, group: list[int], corner: tuple[float, float], cell: float, count: int, faded: bool
) -> None:
    left, top = corner
    strip = np.concatenate([_thumbnail(is_ant(n, count), n) for n in group], axis=1)
    right = left + len(group) * cell
    ax.imshow(
        strip,
        extent=(left, right, top + cell, top),
        aspect="auto",
        alpha=0.25 if faded else 1,
        interpolation="antialiased",
    )
    for place, number in enumerate(group):
        color = COLORS[1] if is_ant(number, count) else COLORS[0]
        x = left + place * cell
        badge = (0.17, 0.14)
        ax.add_patch(Rectangle((x, top + cell - 0.03), *badge, color=color, alpha=0.9, zorder=3))
        _write(ax, x + 0.085, top + cell + 0.045, number, size=7, color="white", zorder=4)


def _write(ax: Axes, x: float, y: float, text: object, **look: object) -> None:
    ax.text(x, y, str(text), **{"va": "center", "ha": "center", "size": 9, "color": INK, **look})


def _title(batches: list[list[int]], lost: list[int]) -> str:
    sizes = f"{len(batches)} batches" if len(batches) != 1 else "1 batch"
    out = f"; {len(lost)} left out" if lost else ""
    return f"{sizes}{_last(batches)}{out}      orange number: ant, blue number: bee"


def _description(batches: list[list[int]], lost: list[int]) -> str:
    shown = "; ".join(f"{n}: {' '.join(map(str, b))}" for n, b in enumerate(batches, 1))
    out = f". Left out: {' '.join(map(str, lost))}" if lost else ""
    return f"Batches of numbered pictures: {shown or 'none'}{out}"


@functools.cache
def _thumbnail(ant: bool, number: int) -> np.ndarray:
    """Return a little picture, uint8 (SIDE, SIDE, 3), with a white edge at its right."""
    picture, _ = draw_insect(0 if ant else 1, Dice(5, number), 48)
    pixels = np.array(ImageOps.fit(picture, (SIDE, SIDE)))
    pixels[:, -1] = 255
    return pixels
