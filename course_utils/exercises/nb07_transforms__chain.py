"""Exercises of notebook 07, third part: from a photo to normalised numbers."""

import numpy as np
import torch
from PIL import Image
from torchvision.transforms import v2

from ._compare import kind_of
from ._define import Finding, Mistake, collect, exercise

SIZES = ((30, 20), (18, 27), (24, 24))  # (width, height)
CLOSE = 0.01  # of the range 0…1: PIL images and tensors are resized with other roundings
CUTS = ("short", "exact", "centre", "nearest", "jagged")


def _photo(width, height):
    """Return a smooth picture whose red grows to the right and whose green grows downwards."""
    y, x = np.mgrid[0:height, 0:width]
    planes = (250 * x / width, 200 * y / height, 40 + 100 * (x + y) / (width + height))
    return Image.fromarray(np.stack(planes, axis=-1).astype(np.uint8))


def _checks(width, height):
    """Return a checkerboard of single pixels: all grey when shrunk, if neighbours are mixed."""
    y, x = np.mgrid[0:height, 0:width]
    return Image.fromarray(((x + y) % 2 * 255).astype(np.uint8)).convert("RGB")


def _photos():
    for width, height in SIZES:
        yield f"a photo {width} wide and {height} high", _photo(width, height)
    yield "a photo of a fine pattern", _checks(30, 20)


def what_it_makes(build, size, mean, std):
    """Return what ``build(size, mean, std)`` makes of four photos, as the checker compares it."""
    transform = build(size, mean, std)
    if not callable(transform):
        raise Finding(f"it returns {kind_of(transform)}; a transform can be called")
    report = {}
    right = evaluation_transform(size, mean, std)
    for title, photo in _photos():
        results = [transform(photo) for _ in range(6)]
        result = results[0]
        if not isinstance(result, torch.Tensor):
            raise Finding(f"for {title} it gives {_kind(result)}, not a tensor")
        if any(not torch.equal(result, other) for other in results):
            raise Finding(
                f"{title} comes out differently each time: evaluation has no chance in it"
            )
        report[f"shape for {title}"] = tuple(result.shape)
        report["dtype"] = str(result.dtype)
        report[title] = _rounded_to(right(photo), result, std)
    return report


def _kind(result):
    return "a PIL image" if isinstance(result, Image.Image) else kind_of(result)


def _rounded_to(expected, result, std):
    """The expected values where the result is as close to them as resizing allows."""
    expected, result = (values.as_subclass(torch.Tensor) for values in (expected, result))
    if expected.shape != result.shape or expected.dtype != result.dtype:
        return result
    colours = (result - expected) * torch.tensor(std)[:, None, None]  # in 0…1 again
    return expected if colours.abs().max() < CLOSE else result


def _chain(*steps):
    def build(size, mean, std):
        known = {
            "short": v2.Resize(size),
            "exact": v2.Resize((size, size)),
            "nearest": v2.Resize(size, interpolation=v2.InterpolationMode.NEAREST),
            "jagged": v2.Resize(size, antialias=False),
            "centre": v2.CenterCrop(size),
            "image": v2.ToImage(),
            "float": v2.ToDtype(torch.float32, scale=True),
            "raw": v2.ToDtype(torch.float32),
            "normal": v2.Normalize(mean, std),
            "halves": v2.Normalize([0.5] * 3, [0.5] * 3),
            "exchanged": v2.Normalize(std, mean),
        }
        return v2.Compose([known[step] for step in steps])

    return build


def _told(message, *steps):
    """Return the mistake three times: the photo, bytes or floats may be resized."""
    cuts = tuple(step for step in steps if step in CUTS)
    rest = tuple(step for step in steps if step not in CUTS)
    return [Mistake(message, like=_chain(*rest[:n], *cuts, *rest[n:])) for n in range(3)]


def _statistics(rng):
    mean = [rng.randint(3, 6) / 10 for _ in range(3)]
    return {"size": rng.choice((8, 12)), "mean": mean, "std": [rng.randint(2, 4) / 10] * 3}


@exercise(
    observe=what_it_makes,
    cases=_statistics,
    count=3,
    seconds=10.0,
    praise="landscape, portrait and square photos come out right, and the same each time",
    hints=[
        "Which steps? The size (two of them), the type (two of them), the statistics.",
        "Resize(size) keeps the aspect ratio; one edge stays too long: CenterCrop(size) cuts it.",
        "v2.Compose([v2.Resize(size), v2.CenterCrop(size), v2.ToImage(), …]): ToDtype with "
        "scale=True, then Normalize.",
    ],
    mistakes=[
        *_told(
            "Resize((size, size)) distorts every photo that is not square: Resize(size), then "
            "CenterCrop(size)",
            *("exact", "image", "float", "normal"),
        ),
        *_told(
            "one edge is still too long after Resize(size): CenterCrop(size) cuts it",
            *("short", "image", "float", "normal"),
        ),
        *_told(
            "CenterCrop alone keeps a small piece of the photo: Resize(size) comes before it",
            *("centre", "image", "float", "normal"),
        ),
        *_told(
            "first Resize, then CenterCrop: the other way round cuts before it shrinks",
            *("centre", "short", "image", "float", "normal"),
        ),
        *_told(
            "scale=True is missing: values 0 … 255 were normalised as if they were 0 … 1",
            *("short", "centre", "image", "raw", "normal"),
        ),
        *_told(
            "Normalize is missing at the end",
            *("short", "centre", "image", "float"),
        ),
        *_told(
            "mean and std are given: 0.5 is right for no data but its own",
            *("short", "centre", "image", "float", "halves"),
        ),
        *_told(
            "mean and std have changed places: Normalize(mean=mean, std=std)",
            *("short", "centre", "image", "float", "exchanged"),
        ),
        *_told(
            "NEAREST copies one pixel and forgets its neighbours: that is for masks",
            *("nearest", "centre", "image", "float", "normal"),
        ),
        *_told(
            "without antialias Resize skips pixels: leave antialias as it is, True",
            *("jagged", "centre", "image", "float", "normal"),
        ),
        Mistake(
            "Compose takes one list: v2.Compose([…])",
            when=lambda c, got, e: "Compose.__init__" in got.text,
        ),
        Mistake(
            "return is missing in front of v2.Compose([…])",
            when=lambda c, got, e: "it returns None" in got.text,
        ),
        Mistake(
            "v2.Compose([…]) makes one transform of the list",
            when=lambda c, got, e: got.text.startswith(("it returns a list", "it returns a tuple")),
        ),
        Mistake(
            "return the transform itself; check calls it",
            when=lambda c, got, e: got.text.startswith(("it returns an Image", "it returns a Ten")),
        ),
        Mistake(
            "the second argument of Resize is the interpolation: Resize(size)",
            when=lambda case, got, e: f"KeyError: {case['size']}" in got.text,
        ),
        Mistake(
            "one of them is the class only: two pairs of brackets, as in v2.ToImage()(photo)",
            when=lambda c, got, e: "Transform.__init__() takes 1 positional" in got.text,
        ),
        Mistake(
            "Normalize wants a float tensor: ToImage and ToDtype come before it",
            when=lambda c, got, e: (
                "tensor should be a float" in got.text
                or "Normalize() does not support PIL" in got.text
            ),
        ),
        Mistake(
            "a PIL image has no numbers to normalise yet: ToImage and ToDtype are missing",
            when=lambda case, got, expected: "a PIL image" in got.text,
        ),
    ],
)
def evaluation_transform(size, mean, std):
    """Return a transform: RGB PIL image of any size → normalised float32 (3, size, size).

    The short edge becomes ``size``, the middle is cut out, and nothing is random.
    """
    return v2.Compose(
        [
            v2.Resize(size),
            v2.CenterCrop(size),
            v2.ToImage(),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize(mean=mean, std=std),
        ]
    )


EXERCISES = collect(vars())
