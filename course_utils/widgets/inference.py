"""The picture classifier: upload a picture or pick one, and see what the network makes of it."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping

import ipywidgets
import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from PIL import Image

from .._figures import COLORS, FAINT, STYLE, style
from ..inference import predict_picture, read_picture, seen_by
from ..pretrained import Pretrained, load_own
from ..sample_data import SampleCIFAR10
from ._base import Explorer
from ._quick_image import QuickImage
from ._quick_text import QuickText
from .hello import flower

TOP, SHOWN = 5, 240  # bars; pixels of the longer side of a picture as it is shown
FITS = {"middle square": False, "whole, squeezed": True}
WIDTH, HEIGHT = 8.2, 2.9  # inches
NAMES, BARS, RIGHT = 0.735, 0.75, 0.93  # ends of the names; from where to where the bars go
LONGEST_NAME = 26
ORIENTATION = 274  # EXIF's number for it


class Album:
    """Pictures by name, and what a network makes of each.

    Args:
        trained: a network with the transform and the classes that belong to it.
        pictures: name → RGB picture, in the order of the list.
    """

    def __init__(self, trained: Pretrained, pictures: Mapping[str, Image.Image]) -> None:
        self.trained, self.pictures, self.problem = trained, dict(pictures), ""
        self.sizes = {name: picture.size for name, picture in pictures.items()}
        self._answers: dict[tuple[str, str], tuple[np.ndarray, list[tuple[str, float]]]] = {}

    def add(self, content: bytes, file_name: str) -> str:
        """Take the bytes of a file in; return the name it got.

        Raises:
            ValueError: if it is no picture; then nothing has changed.
        """
        name = _short(file_name)
        self.pictures[name] = read_picture(content, name=name)  # reduced, if it is large
        self.sizes[name] = _size_of(content)
        for fit in FITS:
            self._answers.pop((name, fit), None)  # those of an older file of that name
        return name

    def answer(self, name: str, fit: str) -> tuple[np.ndarray, list[tuple[str, float]]]:
        """Return what the network sees, float (H, W, 3) in 0…1, and its ``TOP`` answers."""
        if (name, fit) not in self._answers:
            picture = self.pictures[name]
            if FITS[fit]:
                picture = picture.resize((min(picture.size),) * 2)
            seen = seen_by(self.trained, picture).permute(1, 2, 0).numpy()
            answers = predict_picture(
                picture, self.trained, top=min(TOP, len(self.trained.classes))
            )
            self._answers[name, fit] = seen, answers
        return self._answers[name, fit]


def picture_classifier(
    pictures: Mapping[str, Image.Image] | None = None, *, trained: Pretrained | None = None
) -> Explorer:
    """Return the classifier: a list of pictures, an upload, what the network sees and answers.

    Args:
        pictures: name → RGB picture to begin with; some drawn ones by default.
        trained: the course's own network by default.
    """
    album = Album(trained or load_own(), pictures or drawn_pictures())
    name = ipywidgets.Dropdown(options=list(album.pictures), description="picture")
    fit = ipywidgets.Dropdown(options=list(FITS), description="fit")
    explorer = Explorer(
        "Picture classifier",
        lambda **choice: draw_answer(album, **choice),
        {"name": name, "fit": fit},
        note=lambda **choice: in_words(album, **choice),
    )
    upload = ipywidgets.FileUpload(accept="image/*", description="Upload a picture")
    upload.layout.width = "15em"

    def take_in(_change: object) -> None:
        if not upload.value:
            return
        file, album.problem = upload.value[0], ""
        try:
            added = album.add(bytes(file["content"]), file["name"])
        except ValueError as error:
            album.problem = str(error)
            explorer.set()
        else:
            name.options = list(album.pictures)
            explorer.set(name=added)
        upload.value = ()  # so that the same file can be given once more

    def forget_problem(_change: object) -> None:
        album.problem = ""

    upload.observe(take_in, names="value")
    for control in (name, fit):
        control.observe(forget_problem, names="value")
    explorer.children = (upload, *explorer.children)
    return explorer


def drawn_pictures() -> dict[str, Image.Image]:
    """Return a drawn picture of each class, and two that belong to none of them."""
    dataset = SampleCIFAR10(train=False, size=10)
    order = sorted(range(10), key=lambda place: dataset.targets[place])
    found = {f"drawn {dataset.classes[dataset.targets[i]]}": dataset[i][0] for i in order}
    petals = Image.fromarray((flower(32) * 255).astype(np.uint8))
    noise = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    return {**found, "a flower (no class)": petals, "noise (no class)": Image.fromarray(noise)}


def draw_answer(album: Album, name: str, fit: str) -> Figure:
    """Draw the picture, what the network sees of it, and bars for the likeliest classes."""
    seen, answers = album.answer(name, fit)
    shown = album.pictures[name].copy()
    shown.thumbnail((SHOWN, SHOWN))
    with style():
        figure = Figure(figsize=(WIDTH, HEIGHT), dpi=STYLE["figure.dpi"])
        figure.add_artist(QuickImage(np.asarray(shown), (0.01, 0.03, 0.28, 0.82)))
        figure.add_artist(QuickImage(seen, (0.31, 0.03, 0.28, 0.82)))
        words = QuickText(8.5)
        words.add(0.15, 0.92, name, "middle", bold=True)
        gets = f"what the network sees, {_by(seen.shape[1::-1])}"
        words.add(0.45, 0.92, gets, "middle", bold=True)
        words.add(NAMES, 0.92, "its answer", "right", bold=True)
        places = [0.78 - 0.155 * number for number in range(len(answers))]
        for y, (label, probability) in zip(places, answers, strict=True):
            words.add(NAMES, y, _short(label, 18), "right")
            words.add(BARS + (RIGHT - BARS) * probability + 0.008, y, f"{probability:.0%}")
        figure.add_artist(_bars(places, [1.0] * len(places), FAINT, figure))
        figure.add_artist(_bars(places, [p for _, p in answers], COLORS[4], figure))
        words.set_zorder(3)
        figure.add_artist(words)
    listed = ", ".join(f"{label} {probability:.0%}" for label, probability in answers)
    figure.set_label(f"{name}, {fit}. The network answers: {listed}")
    return figure


def in_words(album: Album, name: str, fit: str) -> str:
    """Return the answer and what it is worth, or why the last upload is not shown."""
    if album.problem:
        return f"✗ {album.problem}. Still shown: {name}."
    seen, answers = album.answer(name, fit)
    label, probability = answers[0]
    gets, has = _by(seen.shape[1::-1]), _by(album.sizes[name])
    sizes = f"It gets {gets} pixels; your picture has {has}." if gets != has else ""
    others = len(album.trained.classes) - 1
    return (
        f"{label}, {probability:.0%}: that is its share against the {others} other classes, "
        f"not the chance that it is right. {sizes}"
    ).strip()


def _bars(places: list[float], shares: list[float], color: str, figure: Figure) -> LineCollection:
    ends = [BARS + (RIGHT - BARS) * share for share in shares]
    return LineCollection(
        [[(BARS, y), (end, y)] for y, end in zip(places, ends, strict=True)],
        colors=color,
        linewidths=0.1 * HEIGHT * 72,
        capstyle="butt",
        transform=figure.transFigure,
    )


def _by(size: tuple[int, ...]) -> str:
    return f"{size[0]} × {size[1]}"


def _size_of(content: bytes) -> tuple[int, int]:
    """Return width and height of a picture file, upright."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(io.BytesIO(content)) as image:
            width, height = image.size
            lies_on_its_side = image.getexif().get(ORIENTATION, 1) in (5, 6, 7, 8)
    return (height, width) if lies_on_its_side else (width, height)


def _short(name: str, longest: int = LONGEST_NAME) -> str:
    return name if len(name) <= longest else f"{name[: longest - 1]}…"
