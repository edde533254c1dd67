"""Datasets of files in folders: one folder a class, and pairs of picture and mask."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import Dataset
from torchvision import datasets as tv_datasets
from torchvision import tv_tensors
from torchvision.transforms.v2 import functional as F

from ._image_files import by_stem, read_as, read_rgb


class FolderDataset(tv_datasets.ImageFolder):
    """Pictures in one folder a class: the folder's name is the label.

    Items are (transform(RGB PIL image), class index). As ``torchvision.datasets.ImageFolder``, with
    errors that name the file, pictures turned upright (EXIF), and ``eager=True`` to read all files
    at once and keep them in memory.

    Raises:
        ValueError: if ``root`` is no folder, or a class has no picture.
        OSError: if a picture cannot be read (at once if eager, else when it is asked for).
    """

    def __init__(
        self, root: str | Path, *, transform: Callable | None = None, eager: bool = False
    ) -> None:
        try:
            super().__init__(root, transform=transform, loader=read_rgb)
        except FileNotFoundError as error:
            reason = str(error).partition(". Supported")[0]
            raise ValueError(
                f"{root} is not a folder with one folder of pictures for each class: {reason}"
            ) from None
        self._kept = [read_rgb(path) for path, _ in self.samples] if eager else None

    def __getitem__(self, index: int) -> tuple[Any, int]:
        path, target = self.samples[index]
        image = self._kept[index] if self._kept else self.loader(path)
        return (image if self.transform is None else self.transform(image)), target


class ImageMaskPairs(Dataset):
    """Pictures with one mask each, paired by their path below the two folders (without suffix).

    Items are (image, mask) after ``transform(image, mask)``: a uint8 ``tv_tensors.Image``
    (3, H, W) and a float32 ``tv_tensors.Mask`` (1, H, W) of zeros and ones, so that a v2 transform
    moves both alike.

    Raises:
        ValueError: if a picture or a mask has no partner, naming them; or their sizes differ.
    """

    def __init__(
        self,
        image_folder: str | Path,
        mask_folder: str | Path,
        *,
        transform: Callable | None = None,
        eager: bool = False,
    ) -> None:
        images, masks = (by_stem(Path(folder)) for folder in (image_folder, mask_folder))
        if alone := sorted(images.keys() ^ masks.keys()):
            raise ValueError(
                f"{len(alone)} file(s) of {image_folder} and {mask_folder} have no partner: "
                f"{', '.join(alone[:5])}; add or remove them"
            )
        if not images:
            raise ValueError(f"there are no pictures in {image_folder}")
        self.pairs = [(images[stem], masks[stem]) for stem in sorted(images)]
        self.transform = transform
        self._kept = [_read_pair(*pair) for pair in self.pairs] if eager else None

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        image, mask = self._kept[index] if self._kept else _read_pair(*self.pairs[index])
        return (image, mask) if self.transform is None else self.transform(image, mask)


def _read_pair(image_path: Path, mask_path: Path) -> tuple[tv_tensors.Image, tv_tensors.Mask]:
    image, mask = read_rgb(image_path), read_as(mask_path, "L")
    if image.size != mask.size:
        raise ValueError(
            f"{image_path.name} is {image.size} but its mask {mask_path.name} is {mask.size} "
            "(width, height); save the mask at the picture's size"
        )
    inside = (F.pil_to_tensor(mask) > 127).to(torch.float32)
    return tv_tensors.Image(F.pil_to_tensor(image)), tv_tensors.Mask(inside)
