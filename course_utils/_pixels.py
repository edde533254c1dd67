"""Images as arrays: whatever holds one → what matplotlib shows unchanged, or a clear refusal."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any

import numpy as np


def as_image(image: Any) -> np.ndarray:
    """Return an image as an array that matplotlib shows unchanged.

    Args:
        image: tensor (C, H, W) or (H, W), array (H, W, C) or (H, W) (an array with the channels
            first is recognised), or PIL image; uint8, bool, or float in 0…1.

    Returns:
        (H, W) or (H, W, 3 or 4), uint8 or float32 in 0…1.

    Raises:
        ValueError: naming the shape, dtype or range that cannot be shown, and the fix.
    """
    array, channels_first = to_array(image)
    if array.ndim == 3:
        array = _channels_last(array, channels_first)
    elif array.ndim != 2:
        fix = "use show_batch, or one of its images: images[0]" if array.ndim == 4 else "give H, W"
        raise ValueError(f"shape {array.shape} is not one image (C, H, W) or (H, W); {fix}")
    return _checked_range(array)


def image_grid(
    images: Sequence[Any], *, columns: int = 8, gap: float = 0.08
) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """Return one white-backed image of all of them, and each one's (top, left) corner in it.

    ``gap`` between rows is a part of an image's height; columns stand 8 % of a width apart.
    """
    tiles = [as_rgb(as_image(image)) for image in images]
    shapes = sorted({tile.shape[:2] for tile in tiles})
    if len(shapes) != 1:
        raise ValueError(f"sizes {shapes} differ or there is no image; resize all to one (H, W)")
    height, width = shapes[0]
    down, across = ceil(height * (1 + gap)), ceil(width * 1.08)
    corners = [(i // columns * down, i % columns * across) for i in range(len(tiles))]
    bottom, right = (max(corner[axis] for corner in corners) for axis in (0, 1))
    mosaic = np.ones((bottom + (down if gap > 0.2 else height), right + width, 3), np.float32)
    for (top, left), tile in zip(corners, tiles, strict=True):
        mosaic[top : top + height, left : left + width] = tile
    return mosaic, corners


def to_array(values: Any) -> tuple[np.ndarray, bool]:
    """Return an array, and whether its channels come first by PyTorch's convention."""
    if hasattr(values, "detach"):
        values = values.detach().cpu()
        values = values.float() if values.is_floating_point() else values
        return values.numpy(), True
    if hasattr(values, "getpixel") and values.mode not in ("1", "L", "RGB", "RGBA"):
        values = values.convert("RGB")  # a PIL image: palettes, CMYK and the like
    return np.asarray(values), False


def as_rgb(pixels: np.ndarray) -> np.ndarray:
    """Any result of ``as_image`` → float32 (H, W, 3) in 0…1, on white where transparent."""
    scaled = pixels / np.float32(255) if pixels.dtype == np.uint8 else pixels
    if scaled.ndim == 2:
        return np.repeat(scaled[..., None], 3, axis=-1)
    alpha = scaled[..., 3:] if scaled.shape[-1] == 4 else np.float32(1)
    return scaled[..., :3] * alpha + (1 - alpha)


def _channels_last(array: np.ndarray, channels_first: bool) -> np.ndarray:
    """(C, H, W) or (H, W, C) → (H, W, C); one channel → (H, W)."""
    first, last = (array.shape[axis] in (1, 3, 4) for axis in (0, -1))
    if not (first or last):
        raise ValueError(
            f"shape {array.shape} has neither 1, 3 nor 4 channels, first or last; "
            "show one channel in grey: image[0]"
        )
    if first and (channels_first or not last):
        array = np.moveaxis(array, 0, -1)
    return array[..., 0] if array.shape[-1] == 1 else array


def _checked_range(array: np.ndarray) -> np.ndarray:
    if not array.size:
        raise ValueError(f"shape {array.shape} holds no pixel")
    if array.dtype in (np.uint8, np.bool_):
        return array if array.dtype == np.uint8 else array.astype(np.float32)
    if array.dtype.kind != "f":
        raise ValueError(f"dtype {array.dtype} is neither uint8 nor float; convert 0…255 to uint8")
    low, high = float(array.min()), float(array.max())
    if not (low >= 0 and high <= 1):  # true for NaN as well
        raise ValueError(
            f"float image has values {low:.3g} … {high:.3g} outside 0…1; denormalize() first, "
            "or divide by 255, or clamp(0, 1) what an operation overshot"
        )
    return array.astype(np.float32)
