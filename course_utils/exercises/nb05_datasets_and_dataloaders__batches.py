"""Exercises of notebook 05, second part: collate."""

import torch
from torch.nn import functional as F

from ._define import Mistake, collect, exercise


def _batch_case(rng):
    channels = rng.choice([1, 3])
    sizes = [(rng.randint(1, 5), rng.randint(1, 5)) for _ in range(rng.randint(1, 4))]
    images = [rng.tensor(channels, *size, low=1, high=25).mul(10).to(torch.uint8) for size in sizes]
    return {"samples": [(image, rng.randint(0, 9)) for image in images]}


def _padded(samples, *, side=None, corner=(0, 1), dtype=None):
    """Pad to ``side(images)``; ``corner`` says on which side of height and width."""
    images = [image for image, _ in samples]
    height, width = (side or _largest)(images)
    padded = []
    for image in images:
        down, across = height - image.shape[1], width - image.shape[2]
        borders = (across, 0, down, 0) if corner == (1, 0) else (0, across, 0, down)
        padded.append(F.pad(image, borders))
    stacked = torch.stack(padded)
    return stacked.to(dtype or stacked.dtype), torch.tensor([label for _, label in samples])


def _largest(images):
    return max(i.shape[1] for i in images), max(i.shape[2] for i in images)


def _square(images):
    return (max(_largest(images)),) * 2


def _labels_as_list(samples):
    return _padded(samples)[0], [label for _, label in samples]


def _labels_as_tuple(samples):
    return _padded(samples)[0], tuple(label for _, label in samples)


def _as_pair(collate, samples):
    """A list [images, labels] does as well as a tuple: what a loader gives is a list."""
    made = collate(samples)
    return tuple(made) if isinstance(made, list) else made


@exercise(
    observe=_as_pair,
    cases=_batch_case,
    hints=[
        "Height and width: max(image.shape[1] for image, label in samples), and shape[2].",
        "torch.zeros(batch, channels, height, width, dtype=torch.uint8) is a black batch.",
        "images[n, :, :h, :w] = image puts a picture into its upper left corner.",
        "The labels: torch.tensor([label for image, label in samples]).",
    ],
    mistakes=[
        Mistake("the labels must be a tensor too: torch.tensor([…])", like=_labels_as_list),
        Mistake("the labels must be a tensor too: torch.tensor([…])", like=_labels_as_tuple),
        Mistake(
            "the largest height and the largest width, each for itself; yours is a square",
            like=lambda samples: _padded(samples, side=_square),
        ),
        Mistake(
            "all take the size of the first picture; a later one may be larger",
            like=lambda samples: _padded(samples, side=lambda images: images[0].shape[1:]),
        ),
        Mistake(
            "this cuts off what is larger than the smallest; pad to the largest",
            like=lambda samples: _padded(
                samples,
                side=lambda images: (
                    min(i.shape[1] for i in images),
                    min(i.shape[2] for i in images),
                ),
            ),
        ),
        Mistake(
            "each picture belongs into the upper left corner: pad below and on the right",
            like=lambda samples: _padded(samples, corner=(1, 0)),
        ),
        Mistake(
            "keep the type: torch.zeros makes floats unless you say dtype=torch.uint8",
            like=lambda samples: _padded(samples, dtype=torch.float32),
        ),
        Mistake(
            "a loader expects the pair (images, labels)",
            when=lambda case, got, expected: isinstance(got, torch.Tensor),
        ),
        Mistake(
            "the pictures differ in size: bring them to one size before torch.stack",
            when=lambda case, got, expected: "equal size" in got.text,
        ),
    ],
)
def pad_batch(samples):
    """Turn a list of (image, label) into (images, labels), all padded to one size with black.

    The images are uint8 (C, h, w) of different sizes, the labels whole numbers. Return uint8
    (B, C, H, W), with each image in the upper left corner, H and W just large enough; int64 (B,).
    """
    height = max(image.shape[1] for image, _ in samples)
    width = max(image.shape[2] for image, _ in samples)
    channels = samples[0][0].shape[0]
    images = torch.zeros(len(samples), channels, height, width, dtype=torch.uint8)
    for place, (image, _) in enumerate(samples):
        images[place, :, : image.shape[1], : image.shape[2]] = image
    return images, torch.tensor([label for _, label in samples])


EXERCISES = collect(vars())
