"""The augmentation playground: a bee, seven random copies of it, and the transform that made them.

Image, mask and a map of the bee go through the same transform, so the widget can say how much of
the bee is left in each copy.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import ipywidgets
import numpy as np
import torch
from matplotlib.figure import Figure

from .._figures import STYLE, style
from .._pixels import image_grid
from ..sample_data._pen import Dice
from ..sample_data.ants_bees import draw_insect
from ._base import Explorer

if TYPE_CHECKING:  # torchvision takes seconds to import: other widgets should not wait
    from torchvision import tv_tensors

BEE = (0, 1, 13)  # the training picture bees_0013
SIDE = 96  # pixels of the picture's sides
COPIES = 7
BLOCK = 4  # the bee's map has blocks of so many pixels a side
DOUBTFUL = 0.5  # below this share of the bee the note asks whether it is one still


@dataclass(frozen=True)
class Copy:
    """One picture, uint8 (3, H, W), its mask, bool (H, W), and the share of the bee in it, 0…1."""

    image: torch.Tensor
    mask: torch.Tensor
    share: float


def augmentation_playground() -> Explorer:
    """Return a bee with seven augmented copies, and controls for the augmentations and the seed."""
    check = ipywidgets.Checkbox
    controls = {
        "flip": check(True, description="flip"),
        "crop": check(True, description="random crop"),
        "rotation": check(False, description="rotation"),
        "colour": check(False, description="colour jitter"),
        "strength": ipywidgets.FloatSlider(0.5, min=0, max=1, step=0.1, description="strength"),
        "seed": ipywidgets.IntSlider(0, min=0, max=20, description="seed"),
        "masks": check(False, description="show masks"),
    }
    return Explorer(
        "Augmentation playground", draw_copies, controls, note=explain_copies, code=code_of_copies
    )


@lru_cache(maxsize=1)
def bee() -> tuple[tv_tensors.Image, tv_tensors.Mask]:
    """Return the original: uint8 (3, SIDE, SIDE) and its mask, float32 (1, SIDE, SIDE), 0 or 1."""
    from torchvision import tv_tensors
    from torchvision.transforms import v2

    picture, inside = draw_insect(BEE[1], Dice(0, *BEE), 160)
    to_tensor = v2.functional.pil_to_tensor
    image = tv_tensors.Image(to_tensor(picture))
    mask = tv_tensors.Mask((to_tensor(inside) > 127).float())
    return v2.Compose([v2.Resize(SIDE), v2.CenterCrop(SIDE)])(image, mask)


@lru_cache(maxsize=1)
def _blocks() -> tv_tensors.Mask:
    """The bee in numbered blocks, (1, SIDE, SIDE): 0 outside, else the number of the block."""
    from torchvision import tv_tensors

    rows = torch.arange(SIDE) // BLOCK
    numbers = rows[:, None] * (SIDE // BLOCK) + rows + 1
    return tv_tensors.Mask(bee()[1] * numbers)


def steps(
    flip: bool, crop: bool, rotation: bool, colour: bool, strength: float
) -> list[tuple[str, dict[str, Any]]]:
    """Return (name in v2, keywords) of the chosen transforms, in the order of their use."""
    least, change = round(1 - 0.9 * strength, 2), round(0.8 * strength, 2)
    jitter = {"brightness": change, "contrast": change, "hue": round(strength / 2, 2)}
    chosen = [
        (crop, "RandomResizedCrop", {"size": SIDE, "scale": (least, 1)}),
        (flip, "RandomHorizontalFlip", {"p": 0.5}),
        (rotation, "RandomRotation", {"degrees": round(180 * strength)}),
        (colour, "ColorJitter", jitter),
    ]
    return [(name, keywords) for wanted, name, keywords in chosen if wanted] or [("Identity", {})]


@lru_cache(maxsize=8)
def make_copies(
    flip: bool, crop: bool, rotation: bool, colour: bool, strength: float, seed: int
) -> tuple[Copy, ...]:
    """Return the original and ``COPIES`` augmented copies; PyTorch's own dice stay as they are."""
    from torchvision.transforms import v2

    chosen = steps(flip, crop, rotation, colour, strength)
    transform = v2.Compose([getattr(v2, name)(**keywords) for name, keywords in chosen])
    image, mask = bee()
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        made = [transform(image, mask, _blocks()) for _ in range(COPIES)]
    made = [(image, mask, _blocks()), *made]
    return tuple(Copy(i, m[0] > 0.5, _count(b) / _count(_blocks())) for i, m, b in made)


def _count(blocks: torch.Tensor) -> int:
    """How many blocks of the bee can be seen."""
    return len(set(blocks.unique().tolist()) - {0})


def draw_copies(
    *,
    flip: bool,
    crop: bool,
    rotation: bool,
    colour: bool,
    strength: float,
    seed: int,
    masks: bool,
) -> Figure:
    """Draw the original and its copies in two rows, outside of the masks darkened if asked for."""
    copies = make_copies(flip, crop, rotation, colour, strength, seed)
    tiles = [_tile(copy, masks) for copy in copies]
    mosaic, corners = image_grid(tiles, columns=4, gap=0.16)
    height, width = mosaic.shape[:2]
    with style():
        figure = Figure(figsize=(5, 5 * (height + SIDE * 0.14) / width), dpi=STYLE["figure.dpi"])
        ax = figure.add_axes((0, 0, 1, 1))
        ax.imshow(mosaic)
        ax.set_ylim(height + SIDE * 0.14, 0)
        ax.set_axis_off()
        for number, (top, left) in enumerate(corners):
            text = f"{copies[number].share:.0%} in view" if number else "original"
            ax.text(left + SIDE / 2, top + SIDE + 2, text, ha="center", va="top", fontsize=9)
    figure.set_label(_alternative(flip, crop, rotation, colour, strength, seed, masks))
    return figure


def _tile(copy: Copy, masks: bool) -> np.ndarray:
    pixels = copy.image.permute(1, 2, 0).numpy()  # (H, W, C)
    if not masks:
        return pixels
    light = np.where(copy.mask.numpy(), 1.0, 0.3)[..., None]
    return (pixels * light).astype(np.uint8)


def _alternative(
    flip: bool, crop: bool, rotation: bool, colour: bool, strength: float, seed: int, masks: bool
) -> str:
    wanted = {"flip": flip, "crop": crop, "rotation": rotation, "colour": colour}
    names = " and ".join(name for name, on in wanted.items() if on) or "nothing"
    shares = [copy.share for copy in make_copies(*wanted.values(), strength, seed)[1:]]
    return (
        f"A bee and {COPIES} copies of it after {names}, strength {strength:g}, seed {seed}"
        f"{', with masks' * masks}: {min(shares):.0%} to {max(shares):.0%} of the bee in view"
    )


def explain_copies(
    *,
    flip: bool,
    crop: bool,
    rotation: bool,
    colour: bool,
    strength: float,
    seed: int,
    masks: bool,
) -> str:
    """Return what was done to the copies, and the copy of which least is left."""
    said = []
    if crop and strength:
        said.append(f"Crop: {1 - 0.9 * strength:.0%} to 100% of the area, then enlarged.")
    if rotation and strength:
        said.append(f"Rotation: up to {180 * strength:.0f}° either way; corners become black.")
    if flip:
        said.append("Flip: each copy with probability 0.5, whatever the strength.")
    if colour and strength:
        said.append("Colour: only the image changes, never the mask.")
    shares = [copy.share for copy in make_copies(flip, crop, rotation, colour, strength, seed)[1:]]
    least = min(shares)
    if least < DOUBTFUL:
        said.append(f"The worst copy shows {least:.0%} of the bee: still a bee?")
    return " ".join(said) or "Every copy is the original."


def code_of_copies(
    *,
    flip: bool,
    crop: bool,
    rotation: bool,
    colour: bool,
    strength: float,
    seed: int,
    masks: bool,
) -> str:
    """Return the code that makes the copies of an ``image`` and its ``mask``."""
    lines = ""
    for name, keywords in steps(flip, crop, rotation, colour, strength):
        settings = ", ".join(f"{key}={value}" for key, value in keywords.items())
        lines += f"    v2.{name}({settings}),\n"
    call = "image, mask" if masks else "image"
    return (
        "import torch\nfrom torchvision.transforms import v2\n\n"
        f"augment = v2.Compose([\n{lines}])\n"
        f"torch.manual_seed({seed})\n"
        f"copies = [augment({call}) for _ in range({COPIES})]  # image: uint8 (3, {SIDE}, {SIDE})\n"
    )
