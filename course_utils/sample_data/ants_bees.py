"""Drawn ants and bees as files, in the layout of the real ones, with a mask for each."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from ..storage import disk_errors
from ._insects import ANT_COLOURS, ANTS, BEE_COLOURS, BEES, ground
from ._pen import Colour, Dice, Pen, stand_out

STAMP, VERSION = "drawn_by_the_course.json", 1
CLASSES = ("ants", "bees")
SHAPES, COLOURS = (ANTS, BEES), (ANT_COLOURS, BEE_COLOURS)
FINE = 2  # drawn twice as large


def make_ants_bees(
    folder: str | Path, *, train: int = 120, val: int = 60, size: int = 160, seed: int = 0
) -> Path:
    """Draw ants and bees into ``folder`` and return it; a folder made before is used as it is.

    Pictures are RGB files such as ``train/ants/ants_0000.jpg``, in ``train`` and ``val``, ``ants``
    and ``bees``; the shorter side has ``size`` to 1.25·``size`` pixels, the longer up to 1.4 times
    that. Their masks have the same names and sizes below ``train_masks`` and ``val_masks``: PNG,
    mode L, 255 on the animal and 0 elsewhere. The folder appears complete or not at all. If it was
    made with other settings, it is made anew.

    Args:
        train: number of training pictures of each class.
        val: number of validation pictures of each class.
        size: pixels of the shortest side.
        seed: other pictures for another seed, 0 or more.

    Raises:
        ValueError: if a number is too small.
        FileExistsError: if ``folder`` holds anything that was not drawn here.
        DownloadError: if the disk is full or refuses to be written.
    """
    settings = {"train": train, "val": val, "size": size, "seed": seed, "version": VERSION}
    _check(settings)
    folder = Path(folder)
    if _is_complete(folder, settings):
        return folder
    _refuse_strangers(folder)
    with disk_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            dir=folder.parent, prefix=f".{folder.name}-", ignore_cleanup_errors=True
        ) as workshop:
            _draw_all(Path(workshop) / "new", settings)
            _swap(Path(workshop), folder, settings)
    return folder


def draw_insect(label: int, dice: Dice, size: int) -> tuple[Image.Image, Image.Image]:
    """Return a picture (RGB) of an ant (0) or a bee (1) and its mask (L, 0 or 255)."""
    short = dice.between(1.0, 1.25) * size
    sides = [round(short), round(short * dice.between(1.0, 1.4))]
    width, height = sides if dice.chance(0.3) else sides[::-1]
    image, behind = ground(dice, width * FINE, height * FINE)
    mask = Image.new("L", image.size)
    for _ in range(dice.pick((1, 1, 1, 1, 2))):
        _place(label, dice, image, mask, behind)
    return _finish(image, mask, dice)


def _finish(image: Image.Image, mask: Image.Image, dice: Dice) -> tuple[Image.Image, Image.Image]:
    """Shrink both; change the picture's contrast and brightness, add noise."""
    pixels = np.asarray(image.reduce(FINE)).astype(np.int32)
    contrast, light, grain = (int(dice.between(*e)) for e in ((190, 290), (-30, 25), (5, 30)))
    pixels = ((pixels - 128) * contrast >> 8) + 128 + light
    pixels += (np.resize(dice.noise(97, 64, 1), (*pixels.shape[:2], 1)) * grain) >> 8
    picture = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
    inside = np.asarray(mask.reduce(FINE)) > 127
    return picture, Image.fromarray(inside.astype(np.uint8) * 255)


def _place(label: int, dice: Dice, image: Image.Image, mask: Image.Image, behind: Colour) -> None:
    """Draw one animal, wholly or mostly inside the picture."""
    width, height = image.size
    pen = Pen(
        ImageDraw.Draw(image, "RGBA"),
        dice,
        centre=(width * dice.between(0.32, 0.68), height * dice.between(0.32, 0.68)),
        scale=min(width, height) * dice.between(0.24, 0.46),
        angle=dice.between(0, 360),
        mirror=dice.chance(0.5),
        wobble=0.05,
        mask=ImageDraw.Draw(mask),
    )
    colour = dice.near(dice.pick(COLOURS[label]), 12)
    colour = stand_out(colour, behind, by=35)
    dice.pick(SHAPES[label])(pen, dice, colour)


def _draw_all(folder: Path, settings: dict[str, int]) -> None:
    for picture, mask, key in _files(settings):
        image, inside = draw_insect(key[1], Dice(settings["seed"], *key), settings["size"])
        for path, content, options in ((picture, image, {"quality": 88}), (mask, inside, {})):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            content.save(folder / path, **options)
    (folder / STAMP).write_text(json.dumps(settings, indent=1), encoding="utf-8")


def _files(settings: dict[str, int]) -> Iterator[tuple[str, str, tuple[int, int, int]]]:
    """Yield (picture, mask, (split, label, index)) for every file of these settings."""
    for split, name in enumerate(("train", "val")):
        for label, kind in enumerate(CLASSES):
            for index in range(settings[name]):
                stem = f"{kind}/{kind}_{index:04d}"
                yield f"{name}/{stem}.jpg", f"{name}_masks/{stem}.png", (split, label, index)


def _is_complete(folder: Path, settings: dict[str, int]) -> bool:
    if _stamp(folder) != settings:
        return False
    return all(
        (folder / path).is_file()
        for picture, mask, _ in _files(settings)
        for path in (picture, mask)
    )


def _stamp(folder: Path) -> dict[str, int] | None:
    try:
        return json.loads((folder / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _refuse_strangers(folder: Path) -> None:
    """Raise if ``folder`` is anything but absent, empty, or full of drawings of our own."""
    if folder.exists() and not folder.is_dir():
        raise FileExistsError(f"{folder} is a file; name a folder for the drawn ants and bees")
    ours = {STAMP}
    if settings := _stamp(folder):
        ours |= {path for picture, mask, _ in _files(settings) for path in (picture, mask)}
    found = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir()}
    if strangers := sorted(found - ours):
        raise FileExistsError(
            f"{folder} holds {len(strangers)} file(s) that the course did not draw, such as "
            f"{strangers[0]}; name an empty folder or move them away"
        )


def _swap(workshop: Path, folder: Path, settings: dict[str, int]) -> None:
    """Put the finished folder in its place; the old one goes when the workshop is swept."""
    try:
        if folder.exists():
            folder.rename(workshop / "old")
        (workshop / "new").rename(folder)
    except OSError:
        if not _is_complete(folder, settings):  # else another process was faster
            raise


def _check(settings: dict[str, int]) -> None:
    for name, least in (("train", 1), ("val", 1), ("size", 32), ("seed", 0)):
        value = settings[name]
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ValueError(f"{name} {value!r} must be a whole number of {least} or more")
