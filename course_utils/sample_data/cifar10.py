"""Ten drawn classes in the layout of CIFAR-10."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageDraw
from torch.utils.data import Dataset

from . import _birds_frogs as bf
from . import _hoofed as hoofed
from . import _pets as pets
from . import _vehicles as road
from ._pen import FUR, PAINT, Colour, Dice, Pen, Shape, stand_out

TRAIN_SIZE, TEST_SIZE, CHUNK = 5_000, 1_000, 100
SIZE, FINE = 32, 3  # pixels of a side; drawn three times as large


class Subject(NamedTuple):
    """How a class looks: its views, colours, usual scenes and the largest tilt in degrees."""

    views: tuple[Shape, ...]
    colours: list[Colour]
    scenes: tuple[str, ...]
    tilt: float = 15


FEATHERS = [*FUR, (60, 100, 170), (190, 60, 50), (215, 175, 60)]
SKIN = [*[(70, 135, 60), (105, 150, 50), (50, 105, 80), (140, 140, 60)] * 2, *FUR[:4]]
SUBJECTS = {
    "airplane": Subject((road.airliner, road.airplane_above, road.fighter), PAINT, ("sky",), 50),
    "automobile": Subject((road.car_side, road.car_side, road.car_front), PAINT, ("road",), 12),
    "bird": Subject(
        (bf.bird_perched, bf.bird_flying, bf.bird_wader), FEATHERS, ("sky", "wood"), 22
    ),
    "cat": Subject((pets.cat_face, pets.cat_sitting, pets.cat_walking), FUR, ("room",), 18),
    "deer": Subject(
        (hoofed.deer_standing, hoofed.deer_grazing, hoofed.deer_face), FUR[:5], ("field", "wood")
    ),
    "dog": Subject(
        (pets.dog_face, pets.dog_standing, pets.dog_sitting), FUR, ("room", "field"), 18
    ),
    "frog": Subject((bf.frog_front, bf.frog_side, bf.frog_above), SKIN, ("wood", "field"), 35),
    "horse": Subject(
        (hoofed.horse_standing, hoofed.horse_standing, hoofed.horse_portrait), FUR, ("field",)
    ),
    "ship": Subject((road.steamer, road.sailing_boat, road.warship), PAINT, ("sea",), 14),
    "truck": Subject((road.truck_side, road.truck_side, road.truck_front), PAINT, ("road",), 12),
}
CIFAR10_CLASSES = tuple(SUBJECTS)

# Colours above and below the horizon.
SCENES = {
    "sky": ((105, 160, 220), (185, 210, 232)),
    "field": ((165, 195, 215), (110, 145, 70)),
    "sea": ((180, 200, 215), (50, 105, 140)),
    "road": ((150, 145, 140), (105, 105, 108)),
    "wood": ((70, 100, 60), (105, 90, 60)),
    "room": ((190, 170, 145), (140, 100, 75)),
}
USUAL = 0.55  # how often a class stands in its usual scene; else anywhere


def background(dice: Dice, name: str) -> tuple[Image.Image, Colour]:
    """Return a soft scene of 96×96 pixels and the colour around its middle."""
    upper, lower = (dice.near(colour, 35) for colour in SCENES[name])
    horizon, rough = dice.between(2, 10), dice.between(8, 45)
    rows = [upper if row < horizon else lower for row in range(12)]
    grid = np.array(rows)[:, None, :] + dice.noise(12, 12, 1) * rough / 255
    grid = (grid + dice.noise(12, 12, 3) * rough / 600).clip(0, 255).astype(np.uint8)
    image = Image.fromarray(grid).resize((SIZE * FINE,) * 2, Image.Resampling.BICUBIC)
    return image, rows[6]


def clutter(draw: ImageDraw.ImageDraw, dice: Dice, count: int, size: tuple[float, float]) -> None:
    """Put ``count`` patches, posts or discs of any colour anywhere."""
    for _ in range(count):
        x, y = dice.between(0, 96), dice.between(0, 96)
        wide, high = dice.between(*size), dice.between(*size)
        colour = dice.near((125, 125, 115), 75)
        kind = dice.pick((draw.ellipse, draw.rectangle, draw.line))
        box = (x - wide, y - high, x + wide, y + high)
        kind(box, fill=colour, **({"width": 5} if kind == draw.line else {}))


def draw_picture(label: int, dice: Dice) -> np.ndarray:
    """Return one picture of class ``label``: uint8 (32, 32, 3)."""
    subject = SUBJECTS[CIFAR10_CLASSES[label]]
    usual = dice.chance(USUAL)
    image, behind = background(dice, dice.pick(subject.scenes if usual else tuple(SCENES)))
    draw = ImageDraw.Draw(image)
    clutter(draw, dice, dice.pick((0, 1, 2, 3)), (4, 16))
    pen = Pen(
        draw,
        dice,
        centre=(48 + dice.between(-16, 16), 48 + dice.between(-14, 14)),
        scale=dice.between(26, 46),
        angle=dice.between(-subject.tilt, subject.tilt),
        mirror=dice.chance(0.5),
        wobble=0.1,
    )
    colour = stand_out(dice.near(dice.pick(subject.colours), 22), behind)
    dice.pick(subject.views)(pen, dice, colour)
    clutter(draw, dice, dice.pick((0, 1, 2, 3)), (3, 14))
    return finish(image, dice)


def finish(image: Image.Image, dice: Dice) -> np.ndarray:
    """Shrink to 32×32, change contrast and brightness, add noise."""
    pixels = np.asarray(image.reduce(FINE)).astype(np.int32)
    contrast, light, grain = (
        int(dice.between(*ends)) for ends in ((180, 380), (-30, 30), (12, 44))
    )
    pixels = ((pixels - 128) * contrast >> 8) + 128 + light
    pixels += dice.noise(SIZE, SIZE, 3) * grain >> 8
    return pixels.clip(0, 255).astype(np.uint8)


class SampleCIFAR10(Dataset):
    """Drawn pictures in the layout of ``torchvision.datasets.CIFAR10``, without any file.

    Items are (picture, class index): an RGB PIL image of 32×32 pixels, or what ``transform`` makes
    of it. Picture ``i`` depends on ``seed``, ``train`` and ``i`` alone, so a smaller set is the
    beginning of a larger one; each ten pictures in a row show each class once.

    Args:
        train: the training pictures, or else the test pictures (all different).
        size: number of pictures; 5,000 for training and 1,000 for testing by default.
        seed: other pictures for another seed, 0 or more.
        transform: called with each picture.
        target_transform: called with each class index.

    Attributes:
        data: uint8 array (N, 32, 32, 3).
        targets: list of N class indices.
        classes, class_to_idx: the names, and the index of each.

    Raises:
        ValueError: if ``size`` or ``seed`` is too small or not a whole number.
    """

    def __init__(
        self,
        train: bool,
        size: int | None = None,
        seed: int = 0,
        transform: Callable | None = None,
        target_transform: Callable | None = None,
    ) -> None:
        size = (TRAIN_SIZE if train else TEST_SIZE) if size is None else size
        for name, value, least in (("size", size, 1), ("seed", seed, 0)):
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise ValueError(f"{name} {value!r} must be a whole number of {least} or more")
        self.train, self.seed = bool(train), seed
        self.transform, self.target_transform = transform, target_transform
        self.classes = list(CIFAR10_CLASSES)
        self.class_to_idx = {name: index for index, name in enumerate(self.classes)}
        chunks = [_chunk(seed, self.train, start) for start in range(0, size, CHUNK)]
        self.data = np.concatenate([data for data, _ in chunks])[:size]  # (N, 32, 32, 3)
        self.targets = [label for _, labels in chunks for label in labels][:size]

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> tuple[Any, int]:
        image, target = Image.fromarray(self.data[index]), self.targets[index]
        image = image if self.transform is None else self.transform(image)
        return image, target if self.target_transform is None else self.target_transform(target)

    def __repr__(self) -> str:
        split = "train" if self.train else "test"
        return (
            f"SampleCIFAR10: {len(self):,} drawn {split} pictures of 32×32 RGB pixels, "
            f"{len(self.classes)} classes, seed {self.seed}"
        )


@lru_cache(maxsize=256)
def _chunk(seed: int, train: bool, start: int) -> tuple[np.ndarray, tuple[int, ...]]:
    """Return CHUNK pictures from ``start`` on and their labels; kept for the next who asks."""
    split = 0 if train else 1
    order = Dice(seed, split, start, 1)
    labels = [label for _ in range(CHUNK // 10) for label in order.shuffled(range(10))]
    pictures = [draw_picture(y, Dice(seed, split, start + i)) for i, y in enumerate(labels)]
    return np.stack(pictures), tuple(labels)
