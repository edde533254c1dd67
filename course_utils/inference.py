"""From the file of a picture to an answer: read whatever it is, prepare it, ask the network."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

from .pretrained import Pretrained
from .transforms import denormalize

Source = str | PathLike | bytes | bytearray | memoryview | BinaryIO | Image.Image
LONGEST = 2048  # pixels; no network of the course looks at more


def read_picture(source: Source, *, name: str | None = None, longest: int = LONGEST) -> Image.Image:
    """Return a picture upright and in RGB, whatever kind of file it comes from.

    Turned as its EXIF mark says. What is transparent becomes white. Grey, palette, CMYK, 16 bits
    (0…65535) and floats (0…1, or 0…255 where one is above 1) become RGB with 8 bits. Of an
    animation the first picture counts.

    Args:
        source: a path, the bytes of a file, a file opened with ``"rb"``, or a Pillow picture.
        name: what messages call the source; the path as given by default.
        longest: larger pictures are reduced until height and width are so many pixels at most.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the file is empty, not a picture, damaged, or has so many pixels that Pillow
            warns of it (89 million); names it and the fix.
        TypeError: if ``source`` is something else.
    """
    if isinstance(source, Image.Image):
        return _finished(source, longest)
    name = name or _name_of(source)
    with _opened(source, name) as file:
        if not file.read(1):
            raise ValueError(f"{name} is empty; save or download it again")
        file.seek(0)
        try:
            with _only_bombs_matter(), Image.open(file) as image:
                image.draft(None, (longest, longest))  # a large JPEG is decoded at a smaller size
                return _finished(image, longest)
        except Exception as error:  # the decoders raise a dozen kinds for damaged files
            raise ValueError(f"{name} {_problem(error)}") from error


def predict_picture(
    source: Source, trained: Pretrained, *, top: int = 5
) -> list[tuple[str, float]]:
    """Return the ``top`` likeliest classes of a picture and their probabilities, likeliest first.

    The network computes on the device where it is, in evaluation mode, without gradients.

    Args:
        source: whatever ``read_picture`` takes; its errors pass through.
        trained: a network with the transform and the classes that belong to it.

    Raises:
        ValueError: if ``top`` is not from 1 to the number of classes.
    """
    if not 1 <= top <= len(trained.classes):
        raise ValueError(
            f"top {top} is not within 1 … {len(trained.classes)}, the classes there are"
        )
    batch = trained.transform(read_picture(source)).unsqueeze(0)  # (1, 3, H, W)
    device = next(trained.model.parameters()).device
    was_training = trained.model.training
    trained.model.eval()
    try:
        with torch.inference_mode():
            logits = trained.model(batch.to(device))  # (1, classes)
    finally:
        trained.model.train(was_training)
    found = logits[0].softmax(dim=0).topk(top)
    pairs = zip(found.indices.tolist(), found.values.tolist(), strict=True)
    return [(trained.classes[index], probability) for index, probability in pairs]


def seen_by(trained: Pretrained, source: Source) -> Tensor:
    """Return what is left of a picture when the network looks at it: float (3, H, W) in 0…1."""
    numbers = trained.transform(read_picture(source))
    steps = getattr(trained.transform, "transforms", [trained.transform])
    normalize: Any = next(step for step in steps if hasattr(step, "mean"))
    return denormalize(numbers, mean=normalize.mean, std=normalize.std)


def _finished(image: Image.Image, longest: int) -> Image.Image:
    """Return a copy: upright, RGB, not larger than asked for."""
    picture = _to_rgb(ImageOps.exif_transpose(image))
    picture.thumbnail((longest, longest))
    return picture


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # Pillow's own convert() would clip at 255
        values = np.asarray(image).clip(0, 65535) / 257
        image = Image.fromarray(values.round().astype(np.uint8))
    elif image.mode == "F":
        values = np.nan_to_num(np.asarray(image))
        values = values.clip(0, 255) if values.max() > 1 else values.clip(0, 1) * 255
        image = Image.fromarray(values.round().astype(np.uint8))
    elif image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")


@contextlib.contextmanager
def _opened(source: Any, name: str) -> Iterator[BinaryIO]:
    if isinstance(source, str | PathLike):
        if not Path(source).is_file():
            raise FileNotFoundError(f"there is no file {name}; check the name and the folder")
        with Path(source).open("rb") as file:
            yield file
    elif isinstance(source, bytes | bytearray | memoryview):
        yield io.BytesIO(source)
    elif hasattr(source, "read") and hasattr(source, "seek"):
        yield source
    else:
        raise TypeError(
            f"source is of type {type(source).__name__}; give a path, bytes, a file opened with "
            "'rb', or a Pillow picture"
        )


@contextlib.contextmanager
def _only_bombs_matter() -> Iterator[None]:
    """Let Pillow's warning of very many pixels be an error, and hide those about small flaws."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def _name_of(source: Any) -> str:
    if isinstance(source, str | PathLike):
        return Path(source).as_posix()
    name = getattr(source, "name", None)
    return Path(name).name if isinstance(name, str) else "the picture"


def _problem(error: Exception) -> str:
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return f"has more than {Image.MAX_IMAGE_PIXELS:,} pixels; save a smaller copy of it"
    if isinstance(error, UnidentifiedImageError):
        return "is not a picture that can be read here; save it as JPEG or PNG"
    return f"is damaged ({error or type(error).__name__}); save or download it again"
