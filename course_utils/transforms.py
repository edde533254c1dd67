"""Statistics of the datasets and the transforms that the course uses, by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:  # torchvision takes seconds to import; what does not need it should not wait
    from torchvision.transforms import v2

# Mean and standard deviation of each channel over the 50,000 training images, range 0…1.
CIFAR10_MEAN = (0.4914, 0.4822, 0.4465)
CIFAR10_STD = (0.2470, 0.2435, 0.2616)
# The statistics that belong to torchvision's ImageNet weights.
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


def to_tensor() -> v2.Compose:
    """Return the transform PIL image → float32 (3, H, W) in 0…1."""
    from torchvision.transforms import v2

    return v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.ToPureTensor()])


def for_evaluation(
    *, mean: Sequence[float] = CIFAR10_MEAN, std: Sequence[float] = CIFAR10_STD
) -> v2.Compose:
    """Return the transform PIL image → normalised float32 (3, H, W), without any randomness."""
    from torchvision.transforms import v2

    return v2.Compose([*to_tensor().transforms, v2.Normalize(mean=mean, std=std)])


def for_training(
    *,
    image_size: int = 32,
    crop_padding: int = 2,
    flip: bool = True,
    mean: Sequence[float] = CIFAR10_MEAN,
    std: Sequence[float] = CIFAR10_STD,
) -> v2.Compose:
    """Return ``for_evaluation`` behind a random crop and a random horizontal flip.

    The crop takes ``image_size`` square pixels out of the image padded by ``crop_padding`` mirrored
    pixels on each side.
    """
    from torchvision.transforms import v2

    augment: list[v2.Transform] = []
    if crop_padding:
        augment.append(v2.RandomCrop(image_size, padding=crop_padding, padding_mode="reflect"))
    if flip:
        augment.append(v2.RandomHorizontalFlip())
    return v2.Compose([*augment, *for_evaluation(mean=mean, std=std).transforms])


def denormalize(
    images: Tensor, *, mean: Sequence[float] = CIFAR10_MEAN, std: Sequence[float] = CIFAR10_STD
) -> Tensor:
    """Undo ``Normalize`` so that images can be shown.

    Args:
        images: normalised float (…, C, H, W), as many channels as ``mean`` has values.

    Returns:
        The same shape and dtype, clamped to 0…1 (rounding may leave it by a hair).

    Raises:
        ValueError: if the number of channels is another.
    """
    if images.ndim < 3 or images.shape[-3] != len(mean):
        raise ValueError(
            f"images of shape {tuple(images.shape)} do not have {len(mean)} channels at "
            "dimension −3; give (…, C, H, W) and as many means"
        )
    scale, shift = (images.new_tensor(values)[:, None, None] for values in (std, mean))
    return (images * scale + shift).clamp(0, 1)
