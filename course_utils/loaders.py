"""Mini-batches: the in-memory loader of the course, and ready-made train/valid/test loaders."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset, Subset

from .datasets import load_cifar10
from .device import get_device
from .transforms import CIFAR10_MEAN, CIFAR10_STD


class FastLoader:
    """Mini-batches from pictures that fit into memory, without a transform for each picture.

    All pictures are one uint8 tensor on ``device``; a batch is picked, augmented and normalised by
    a few operations on the whole batch. Crop and flip are still drawn for each picture.

    Iterating yields (images, labels): float32 (B, C, H, W), normalised, and int64 (B,), both on
    ``device``. The order and the augmentation of an epoch depend only on ``seed`` and the epoch's
    number, which counts up by itself and can be set with ``set_epoch``.

    Args:
        dataset: has ``data``, uint8 (N, H, W, C), and ``targets``, N class indices, as
            ``torchvision.datasets.CIFAR10`` has; or a ``Subset`` of such a dataset.
        crop_padding: mirrored pixels around each picture before a random crop of its own size.
        flip: mirror each picture with probability ½; "alternating": a random half of them in the
            first epoch, the others in the next, and so in turn.

    Raises:
        ValueError: if the dataset has a transform (it would never run) or no picture.
    """

    def __init__(
        self,
        dataset: Dataset,
        *,
        batch_size: int = 64,
        shuffle: bool = False,
        drop_last: bool = False,
        crop_padding: int = 0,
        flip: bool | Literal["alternating"] = False,
        mean: Sequence[float] = CIFAR10_MEAN,
        std: Sequence[float] = CIFAR10_STD,
        device: torch.device | str = "cpu",
        seed: int = 0,
    ) -> None:
        images, labels = _arrays(dataset)
        if batch_size < 1:
            raise ValueError(f"batch_size {batch_size} must be at least 1")
        if flip not in (False, True, "alternating"):
            raise ValueError(f"flip {flip!r} is unknown; use True, False or 'alternating'")
        self.dataset, self.batch_size, self.shuffle = dataset, batch_size, shuffle
        self.drop_last, self.crop_padding, self.flip = drop_last, crop_padding, flip
        self.device, self.seed, self.epoch = torch.device(device), seed, 0
        self._labels = labels.to(self.device)
        images = images.permute(0, 3, 1, 2)  # (N, C, H, W)
        self._shape = images.shape[1:]
        self._images = _mirror_border(images, crop_padding).contiguous().to(self.device)
        scale = torch.tensor(std, device=self.device).mul(255).reciprocal()
        shift = -torch.tensor(mean, device=self.device) * 255 * scale
        self._scale, self._shift = (  # (C, H, W): faster than broadcasting (C, 1, 1)
            v[:, None, None].expand(self._shape).contiguous() for v in (scale, shift)
        )

    def __len__(self) -> int:
        full, rest = divmod(len(self._labels), self.batch_size)
        return full + (rest > 0 and not self.drop_last)

    def set_epoch(self, epoch: int) -> None:
        """Let the next iteration be the one of ``epoch`` (0, 1, …), for a run that is resumed."""
        self.epoch = epoch

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + self.epoch)
        self.epoch += 1
        count = len(self._labels)
        order = torch.randperm(count, generator=generator) if self.shuffle else torch.arange(count)
        order = order.to(self.device)
        window = self._window(count, generator) if self.crop_padding or self.flip else None
        for start in itertools.islice(range(0, count, self.batch_size), len(self)):
            part = slice(start, start + self.batch_size)
            images = self._images.index_select(0, order[part])  # (B, C, H + 2p, W + 2p)
            if window is not None:
                rows, columns = window[0][part], window[1][part]  # (B, H), (B, W)
                pixels = rows[:, :, None] * images.shape[3] + columns[:, None, :]  # (B, H, W)
                pixels = pixels.flatten(1)[:, None].expand(-1, len(self._scale), -1)
                images = images.flatten(2).gather(2, pixels).unflatten(2, self._shape[1:])
            yield images.float().mul_(self._scale).add_(self._shift), self._labels[order[part]]

    def _window(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return the rows and columns that each picture of an epoch shows: (N, H) and (N, W)."""
        _, height, width = self._shape
        top, left = torch.randint(2 * self.crop_padding + 1, (2, count, 1), generator=generator)
        mirrored = torch.rand(count, 1, generator=generator) < (0.5 if self.flip else 0.0)
        if self.flip == "alternating":
            first = torch.Generator().manual_seed(self.seed)
            mirrored = (torch.rand(count, 1, generator=first) < 0.5) ^ (self.epoch % 2 == 0)
        top, left, mirrored = (v.to(self.device) for v in (top, left, mirrored))
        across = torch.arange(width, device=self.device)
        columns = torch.where(mirrored, width - 1 - across, across) + left
        return torch.arange(height, device=self.device) + top, columns


class Loaders(NamedTuple):
    """Three loaders over disjoint pictures."""

    train: FastLoader
    valid: FastLoader | None
    test: FastLoader


def make_loaders(
    *,
    train_size: int | None = None,
    test_size: int | None = None,
    valid_fraction: float = 0.1,
    batch_size: int = 64,
    augment: bool = False,
    crop_padding: int = 2,
    device: torch.device | str | None = None,
    seed: int = 0,
    data: str | None = None,
    quiet: bool = False,
) -> Loaders:
    """Return loaders over CIFAR-10 (real or drawn, see ``load_cifar10``).

    Args:
        train_size: how many training pictures to use before the split; all by default.
        valid_fraction: the share of them that is set apart for validation, drawn with ``seed``.
        augment: random crop and flip on the training part, and nowhere else.
        device: where the batches are made; ``get_device()`` by default.

    Raises:
        ValueError: if ``valid_fraction`` leaves one of the two parts empty.
    """
    train_and_valid = load_cifar10(train=True, size=train_size, data=data, quiet=quiet)
    test = load_cifar10(train=False, size=test_size, data=data, quiet=True)
    train, valid = split(train_and_valid, valid_fraction, seed=seed)
    common: dict[str, Any] = {
        "batch_size": batch_size,
        "device": get_device() if device is None else device,
        "seed": seed,
    }
    return Loaders(
        FastLoader(
            train,
            shuffle=True,
            crop_padding=crop_padding if augment else 0,
            flip=augment,
            **common,
        ),
        FastLoader(valid, **common),
        FastLoader(test, **common),
    )


def split(dataset: Dataset, fraction: float, *, seed: int = 0) -> tuple[Subset, Subset]:
    """Split ``dataset`` at random into (1 − fraction, fraction), the same way for the same seed.

    Raises:
        ValueError: if a part would be empty.
    """
    count = len(dataset)
    held_out = round(count * fraction)
    if not 0 < held_out < count:
        raise ValueError(
            f"a fraction of {fraction} of {count} pictures leaves one part empty; "
            "use a value such as 0.1"
        )
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed)).tolist()
    return Subset(dataset, order[held_out:]), Subset(dataset, order[:held_out])


def _arrays(dataset: Dataset) -> tuple[Tensor, Tensor]:
    """Return the pictures, uint8 (N, H, W, C), and the labels, int64 (N,)."""
    if isinstance(dataset, Subset):
        images, labels = _arrays(dataset.dataset)
        return images[dataset.indices], labels[dataset.indices]
    if getattr(dataset, "transforms", None) is not None:
        raise ValueError(
            f"{type(dataset).__name__} has a transform, which FastLoader would not run; create it "
            "without one and use crop_padding, flip, mean and std"
        )
    images = torch.from_numpy(np.ascontiguousarray(dataset.data))
    if images.dtype != torch.uint8 or images.ndim != 4 or not len(images):
        raise ValueError(
            f"dataset.data is {images.dtype} {tuple(images.shape)}; FastLoader needs uint8 "
            "(N, H, W, C) with N ≥ 1"
        )
    return images, torch.as_tensor(dataset.targets)


def _mirror_border(images: Tensor, border: int) -> Tensor:
    """Pad (N, C, H, W) of any dtype by ``border`` mirrored pixels (F.pad refuses uint8)."""
    for dimension in (2, 3):
        size = images.shape[dimension]
        if not 0 <= border < size:
            raise ValueError(f"crop_padding {border} must be from 0 to {size - 1}")
        positions = torch.arange(-border, size + border).abs()
        positions = torch.where(positions >= size, 2 * (size - 1) - positions, positions)
        images = images.index_select(dimension, positions)
    return images
