"""Datasets: CIFAR-10, folders of pictures, pairs of picture and mask."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch.utils.data import Dataset

from . import download, paths
from ._image_files import check_images, read_rgb
from .sample_data import CIFAR10_CLASSES, SampleCIFAR10, make_ants_bees

if TYPE_CHECKING:
    from .folders import FolderDataset, ImageMaskPairs

__all__ = [
    "CIFAR10_CLASSES",
    "FolderDataset",
    "ImageMaskPairs",
    "check_images",
    "load_ants_bees",
    "load_cifar10",
    "read_rgb",
]


def __getattr__(name: str) -> Any:
    """Bring what needs torchvision, which takes seconds to import, when it is asked for."""
    if name in ("FolderDataset", "ImageMaskPairs"):
        from . import folders

        return getattr(folders, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def load_cifar10(
    train: bool,
    *,
    size: int | None = None,
    transform: Callable | None = None,
    target_transform: Callable | None = None,
    data: str | None = None,
    folder: str | Path | None = None,
    quiet: bool = False,
) -> Dataset:
    """Return the training or the test set of CIFAR-10, and say in one line which data it is.

    Args:
        size: only the first ``size`` pictures.
        transform: applied to each PIL image (32×32, RGB).
        target_transform: applied to each class index.
        data: ``"real"``, ``"sample"`` (pictures drawn by the course) or ``"auto"``: real if it is
            there or can be downloaded, else the sample. ``COURSE_DATA`` by default.
        folder: where the files are; ``paths.data_dir()`` by default.
        quiet: do not print the line.

    Returns:
        A dataset of (picture, class index) with ``data`` (uint8 (N, 32, 32, 3)), ``targets``,
        ``classes`` and ``source`` (``"real"`` or ``"sample"``).

    Raises:
        download.DownloadError: if real data was asked for and cannot be had.
        ValueError: if there are fewer than ``size`` pictures.
    """
    found = download.resolve_cifar10(folder, mode=data)
    if not quiet:
        print(found.message)
    changes = {"transform": transform, "target_transform": target_transform}
    if found.path is None:
        dataset = SampleCIFAR10(train, size=size, **changes)
    else:
        from torchvision.datasets import CIFAR10

        dataset = CIFAR10(found.path, train=train, **changes)
        if size is not None:
            _keep_first(dataset, size)
    dataset.source = "sample" if found.path is None else "real"
    return dataset


def load_ants_bees(
    split: str,
    *,
    transform: Callable | None = None,
    data: str | None = None,
    folder: str | Path | None = None,
    eager: bool = False,
    quiet: bool = False,
) -> FolderDataset:
    """Return the ants and bees of ``split``, ``"train"`` or ``"val"``; see ``load_cifar10``."""
    from .folders import FolderDataset

    if split not in ("train", "val"):
        raise ValueError(f"split {split!r} must be 'train' or 'val'")
    found = download.resolve_hymenoptera(folder, mode=data)
    if not quiet:
        print(found.message)
    root = found.path or make_ants_bees(Path(folder or paths.data_dir()) / "sample_ants_bees")
    dataset = FolderDataset(Path(root) / split, transform=transform, eager=eager)
    dataset.source = "sample" if found.path is None else "real"
    return dataset


def _keep_first(dataset: Any, size: int) -> None:
    if not 0 < size <= len(dataset):
        raise ValueError(f"size {size} is not within 1 … {len(dataset)}")
    dataset.data, dataset.targets = dataset.data[:size], dataset.targets[:size]
