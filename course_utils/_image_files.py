"""Pictures on a disk: find them, read them, and say what is wrong with which file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

SUFFIXES = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")
Problem = tuple[Path, str]


def check_images(
    folder: str | Path, *, masks: str | Path | None = None, one_size: bool = False
) -> list[Problem]:
    """Return (path, what is wrong) for whatever would stop a training on these pictures.

    Looks for files that cannot be decoded in full, and for folders (classes) without a picture.

    Args:
        folder: with pictures in it, or below it in one folder for each class.
        masks: a second folder; each picture needs a mask there, with the same path but for the
            suffix, and of the same size, and each mask a picture.
        one_size: also name the pictures that do not have the commonest size: a loader cannot stack
            different ones.

    Raises:
        ValueError: if there is no picture at all, or two of one name where masks are asked for.
    """
    folder = Path(folder)
    if not pictures_below(folder):
        raise ValueError(f"there are no pictures in {folder}")
    sizes, found = _decode(folder)
    found += _empty_folders(folder)
    if one_size:
        found += _odd_sizes(sizes)
    if masks is not None:
        found += _mask_problems(folder, Path(masks), sizes)
    return sorted(found)


def read_rgb(path: str | Path) -> Image.Image:
    """Read a picture as upright RGB.

    Raises:
        OSError: if the file is missing or damaged, naming it.
    """
    return read_as(path, "RGB")


def read_as(path: str | Path, mode: str) -> Image.Image:
    """Read a picture upright, in a mode of Pillow's such as "L"; errors as ``read_rgb``."""
    try:
        with Image.open(path) as image:
            return ImageOps.exif_transpose(image).convert(mode)
    except (OSError, SyntaxError) as error:
        raise OSError(
            f"cannot read {Path(path).as_posix()}: {_reason(error)}; "
            "check_images() lists all such files of a folder"
        ) from error


def pictures_below(folder: Path) -> list[Path]:
    """Return all picture files in ``folder`` and the folders in it, sorted."""
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())


def by_stem(folder: Path) -> dict[str, Path]:
    """Return path below ``folder`` without suffix, such as "bees/0", → picture, sorted.

    Raises:
        ValueError: if two pictures differ in their suffix only.
    """
    found: dict[str, Path] = {}
    for path in pictures_below(folder):
        stem = path.relative_to(folder).with_suffix("").as_posix()
        if stem in found:
            raise ValueError(
                f"{found[stem].name} and {path.name} of {path.parent.as_posix()} differ in their "
                "suffix only, so a mask cannot tell which of them is meant; rename one"
            )
        found[stem] = path
    return found


def _reason(error: Exception) -> str:
    return "not a picture" if isinstance(error, UnidentifiedImageError) else str(error)


def _decode(folder: Path) -> tuple[dict[Path, tuple[int, int]], list[Problem]]:
    """Return picture → (width, height), and the files that cannot be read."""
    sizes, bad = {}, []
    for path in pictures_below(folder):
        try:
            sizes[path] = read_rgb(path).size
        except OSError as error:
            bad.append((path, _reason(error.__cause__ or error)))
    return sizes, bad


def _empty_folders(folder: Path) -> Iterator[Problem]:
    for inner in (p for p in folder.rglob("*") if p.is_dir()):
        if not pictures_below(inner):
            yield inner, "a folder without a picture"


def _odd_sizes(sizes: dict[Path, tuple[int, int]]) -> Iterator[Problem]:
    for usual, _ in Counter(sizes.values()).most_common(1):
        for path, size in sizes.items():
            if size != usual:
                yield path, f"{_by(size)} pixels; the commonest size here is {_by(usual)}"


def _mask_problems(
    folder: Path, mask_folder: Path, sizes: dict[Path, tuple[int, int]]
) -> Iterator[Problem]:
    pictures, masks = by_stem(folder), by_stem(mask_folder)
    yield from ((path, "has no mask") for stem, path in pictures.items() if stem not in masks)
    yield from ((path, "has no picture") for stem, path in masks.items() if stem not in pictures)
    mask_sizes, bad = _decode(mask_folder)
    yield from bad
    for stem in pictures.keys() & masks.keys():
        size, mask_size = sizes.get(pictures[stem]), mask_sizes.get(masks[stem])
        if size and mask_size and size != mask_size:
            yield masks[stem], f"{_by(mask_size)} pixels, but its picture has {_by(size)}"


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]} × {size[1]}"
