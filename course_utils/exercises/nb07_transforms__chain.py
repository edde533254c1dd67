"""Exercises of notebook 07, second part: from a photo to normalised numbers."""

import numpy as np
import torch
from PIL import Image
from torchvision.transforms import v2

from ._define import Finding, Mistake, collect, exercise

SIZES = ((30, 20), (18, 27), (24, 24))  # (width, height)
CLOSE = 0.03  # of the range 0…1: PIL images and tensors are resized with other roundings


def _photo(width, height):
    """Return a smooth picture whose red grows to the right and whose green grows downwards."""
    y, x = np.mgrid[0:height, 0:width]
    planes = (250 * x / width, 200 * y / height, 40 + 100 * (x + y) / (width + height))
    return Image.fromarray(np.stack(planes, axis=-1).astype(np.uint8))


def what_it_makes(build, size, mean, std):
    """Return what ``build(size, mean, std)`` makes of three photos, as the checker compares it."""
    transform = build(size, mean, std)
    if not callable(transform):
        raise Finding(f"it returns a {type(transform).__name__}; a transform can be called")
    report = {}
    right = evaluation_transform(size, mean, std)
    for width, height in SIZES:
        photo, title = _photo(width, height), f"a photo {width} wide and {height} high"
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
        report[title] = _rounded_to(right(photo), torch.as_tensor(result).as_subclass(torch.Tensor))
    return report


def _kind(result):
    return "a PIL image" if isinstance(result, Image.Image) else f"a {type(result).__name__}"


def _rounded_to(expected, result):
    """The expected values where the result is as close to them as resizing allows."""
    expected = expected.as_subclass(torch.Tensor)
    if expected.shape != result.shape or expected.dtype != result.dtype:
        return result
    return expected if (result - expected).abs().max() < CLOSE / 0.2 else result


def _chain(*steps):
    def build(size, mean, std):
        known = {
            "short": v2.Resize(size),
            "exact": v2.Resize((size, size)),
            "centre": v2.CenterCrop(size),
            "image": v2.ToImage(),
            "float": v2.ToDtype(torch.float32, scale=True),
            "raw": v2.ToDtype(torch.float32),
            "normal": v2.Normalize(mean, std),
        }
        return v2.Compose([known[step] for step in steps])

    return build


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
        Mistake(
            "Resize((size, size)) distorts every photo that is not square: Resize(size), then "
            "CenterCrop(size)",
            like=_chain("exact", "image", "float", "normal"),
        ),
        Mistake(
            "one edge is still too long after Resize(size): CenterCrop(size) cuts it",
            like=_chain("short", "image", "float", "normal"),
        ),
        Mistake(
            "CenterCrop alone keeps a small piece of the photo: Resize(size) comes before it",
            like=_chain("centre", "image", "float", "normal"),
        ),
        Mistake(
            "first Resize, then CenterCrop: the other way round cuts before it shrinks",
            like=_chain("centre", "short", "image", "float", "normal"),
        ),
        Mistake(
            "scale=True is missing: values 0 … 255 were normalised as if they were 0 … 1",
            like=_chain("short", "centre", "image", "raw", "normal"),
        ),
        Mistake(
            "Normalize is missing at the end",
            like=_chain("short", "centre", "image", "float"),
        ),
        Mistake(
            "Compose takes one list: v2.Compose([…])",
            when=lambda c, got, e: "Compose.__init__" in got.text,
        ),
        Mistake(
            "Normalize wants a float tensor: ToImage and ToDtype come before it",
            when=lambda case, got, expected: "Normalize" in got.text or "float tensor" in got.text,
        ),
        Mistake(
            "Normalize wants a float tensor: ToImage and ToDtype come before it",
            like=_chain("short", "centre", "normal", "image", "float"),
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
