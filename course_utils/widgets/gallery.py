"""The CIFAR-10 gallery: a page of pictures of one class, and the average of them all."""

from __future__ import annotations

import math
from typing import Any

import ipywidgets
import numpy as np
from matplotlib.figure import Figure

from .._figures import STYLE, style
from ._base import Explorer
from ._quick_image import QuickImage

ALL = "all classes"
ROWS, COLUMNS = 5, 8
GAP = 2  # white pixels between two pictures
VIEWS = ["average", "difference from the average of all"]


class Gallery:
    """The pictures of a dataset by class, with what has to be computed once.

    Args:
        dataset: has ``data``, uint8 (N, H, W, 3), ``targets`` and ``classes``, as
            ``course_utils.datasets.load_cifar10`` returns it.

    Raises:
        ValueError: if the dataset has no picture, or its pictures are not such an array.
    """

    def __init__(self, dataset: Any) -> None:
        self.data, targets = np.asarray(dataset.data), np.asarray(dataset.targets)
        if self.data.dtype != np.uint8 or self.data.ndim != 4 or not len(self.data):
            raise ValueError(
                f"dataset.data is {self.data.dtype} {self.data.shape}; the gallery needs uint8 "
                "(N, H, W, 3) with at least one picture"
            )
        self.places = {ALL: np.arange(len(self.data))}
        for label, name in enumerate(dataset.classes):
            if len(found := np.flatnonzero(targets == label)):
                self.places[name] = found
        self.averages = {
            name: self.data[places].mean(axis=0, dtype=np.float32) / 255
            for name, places in self.places.items()
        }

    def pages(self, name: str) -> int:
        """Return how many pages the pictures of a class fill, the last one perhaps in part."""
        return math.ceil(len(self.places[name]) / (ROWS * COLUMNS))

    def page(self, name: str, page: int) -> np.ndarray:
        """Return the positions of the pictures on a page: 1, 2, …"""
        return self.places[name][(page - 1) * ROWS * COLUMNS : page * ROWS * COLUMNS]


def cifar_gallery(dataset: Any) -> Explorer:
    """Return a gallery of a dataset's pictures by class; see `Gallery` for what it needs."""
    gallery = Gallery(dataset)
    name = ipywidgets.Dropdown(options=list(gallery.places), description="class")
    page = ipywidgets.IntSlider(1, min=1, max=gallery.pages(ALL), description="page")
    view = ipywidgets.Dropdown(options=VIEWS, description="on the right")

    def turn_to_what_there_is(_change: object) -> None:
        page.max = gallery.pages(name.value)  # and with it the page, where it is too large

    name.observe(turn_to_what_there_is, names="value")  # before the picture is drawn
    controls = {"name": name, "page": page, "view": view}
    return Explorer(
        "CIFAR-10 gallery",
        lambda **choice: draw_gallery(gallery, **choice),
        controls,
        note=lambda **choice: in_words(gallery, choice["name"], choice["view"]),
    )


def draw_gallery(gallery: Gallery, *, name: str, page: int, view: str) -> Figure:
    """Draw a page of pictures, and on the right what the pixels of all of them have in common."""
    average = gallery.averages[name]
    if view == VIEWS[1]:
        average = np.clip(0.5 + average - gallery.averages[ALL], 0, 1)
    pages = gallery.pages(name)
    with style():
        figure = Figure(figsize=(8, 3.7), dpi=STYLE["figure.dpi"])
        mosaic = _mosaic(gallery.data[gallery.page(name, page)])
        figure.add_artist(QuickImage(mosaic, (0.01, 0.02, 0.63, 0.88)))
        figure.text(0.01, 0.92, f"{name}, page {page} of {pages}", size=11)
        figure.add_artist(QuickImage(average, (0.68, 0.10, 0.30, 0.72)))
        kind = f"average of {len(gallery.places[name]):,} pictures"
        if view == VIEWS[1]:
            kind += "\nminus the average of all"
        figure.text(0.83, 0.84, kind, size=9.5, ha="center")
    kind = kind.replace("\n", " ")
    figure.set_label(
        f"Page {page} of {pages} of {name}. On the right the {kind}. "
        f"{in_words(gallery, name, view)}"
    )
    return figure


def in_words(gallery: Gallery, name: str, view: str) -> str:
    """Return the mean colour beside that of all, in percent, and how to read a difference."""
    red, green, blue = (gallery.averages[name].mean(axis=(0, 1)) * 100).round().astype(int)
    every = (gallery.averages[ALL].mean(axis=(0, 1)) * 100).round().astype(int)
    text = f"{len(gallery.places[name]):,} pictures, mean red {red}, green {green}, blue {blue} %"
    if name != ALL:
        text += f" (all classes: {', '.join(map(str, every))} %)"
    if view == VIEWS[0]:
        return text
    return f"{text}. Grey: no difference" + (", as all minus all." if name == ALL else ".")


def _mosaic(pictures: np.ndarray) -> np.ndarray:
    """Lay pictures (N, H, W, 3) out in rows, white where there is none."""
    height, width = pictures.shape[1] + GAP, pictures.shape[2] + GAP
    canvas = np.full((ROWS * height - GAP, COLUMNS * width - GAP, 3), 255, np.uint8)
    for place, picture in enumerate(pictures):
        top, left = place // COLUMNS * height, place % COLUMNS * width
        canvas[top : top + height - GAP, left : left + width - GAP] = picture
    return canvas
