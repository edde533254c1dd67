"""Exercises of notebook 07: a size, a range, and the way back from normalised pictures."""

import math

import torch
from torchvision.transforms.v2 import functional as F

from ._define import Mistake, collect, exercise


def _photo_case(rng):
    height, width = rng.randint(3, 60), rng.randint(3, 60)
    return {"height": height, "width": width, "short": rng.randint(2, 40)}


def _size_of_resized(height, width, short):
    return tuple(F.resize(torch.zeros(1, height, width), [short]).shape[-2:])


def _whole(cut):
    """Return the function that makes whole numbers of the exact edges with ``cut``."""

    def sizes(height, width, short):
        least = min(height, width)
        return cut(short * height / least), cut(short * width / least)

    return sizes


def _factor_first(height, width, short):
    factor = short / min(height, width)
    return int(height * factor), int(width * factor)


def _never_enlarged(height, width, short):
    return _size_of_resized(height, width, min(short, height, width))


@exercise(
    cases=_photo_case,
    oracle=_size_of_resized,
    against="v2.Resize",
    hints=[
        "Which of the two is the short edge? min(height, width). It becomes short.",
        "The other one times short, divided by min(height, width): multiply first, divide last.",
        "Cut the fraction off: short * height // min(height, width), and so for the width.",
    ],
    mistakes=[
        Mistake(
            "the fraction is cut off, not rounded: 26.67 becomes 26; // does it",
            like=_whole(round),
        ),
        Mistake(
            "the fraction is cut off, not rounded up: 26.67 becomes 26; // does it",
            like=_whole(math.ceil),
        ),
        Mistake(
            "the factor is rounded as a float: 11 · (30 / 11) is 29.999…, and int makes 29. "
            "Multiply first, divide last: short * height // least",
            like=_factor_first,
        ),
        Mistake(
            "the size is a tuple of two numbers: return a, b",
            when=lambda case, got, expected: isinstance(got, list),
        ),
        Mistake(
            "sizes are whole numbers: // instead of /, it cuts the fraction off",
            like=_whole(float),
        ),
        Mistake(
            "sizes are whole numbers: // of whole numbers, or int(…)",
            like=_whole(lambda edge: float(int(edge))),
        ),
        Mistake(
            "that is Resize((short, short)), which distorts; an int keeps the aspect ratio",
            like=lambda height, width, short: (short, short),
        ),
        Mistake(
            "the short edge is not always the height: use min(height, width)",
            like=lambda height, width, short: (short, short * width // height),
        ),
        Mistake(
            "the short edge is not always the height: use min(height, width) for each edge",
            like=lambda height, width, short: tuple(sorted(_size_of_resized(height, width, short))),
        ),
        Mistake(
            "the short edge is not always the width: use min(height, width)",
            like=lambda height, width, short: (short * height // width, short),
        ),
        Mistake(
            "the short edge becomes short, not the long one: min instead of max",
            like=lambda height, width, short: (
                short * height // max(height, width),
                short * width // max(height, width),
            ),
        ),
        Mistake(
            "(height, width), as in a tensor; (width, height) is the order of PIL's size",
            like=lambda height, width, short: _size_of_resized(height, width, short)[::-1],
        ),
        Mistake(
            "Resize enlarges small pictures too: the short edge becomes short, whatever it was",
            like=_never_enlarged,
        ),
        Mistake(
            "both edges change by the same factor, or the picture is distorted",
            like=lambda height, width, short: (
                (short, width) if height <= width else (height, short)
            ),
        ),
    ],
)
def resized_size(height, width, short):
    """Return (height, width) of a picture after ``v2.Resize(short)``."""
    least = min(height, width)
    return short * height // least, short * width // least


@exercise(
    value=True,
    hints=[
        "Normalize computes (x − mean) / std. Put in the smallest value that x can have.",
        "The smallest: (0 − 0.25) / 0.5. The largest: (1 − 0.25) / 0.5.",
    ],
    mistakes=[
        Mistake("that is what mean 0.5 and std 0.5 give; here the mean is 0.25", like=(-1.0, 1.0)),
        Mistake("that is the range before Normalize", like=(0.0, 1.0)),
        Mistake("the mean is taken away; the division by std is missing", like=(-0.25, 0.75)),
        Mistake("divide by std, do not multiply by it", like=(-0.125, 0.375)),
        Mistake("the mean is taken away, not added", like=(0.5, 2.5)),
        Mistake("first take the mean away, then divide by std", like=(-0.25, 1.75)),
        Mistake("divide by std, not by its square", like=(-1.0, 3.0)),
        Mistake("the smallest comes first", like=(1.5, -0.5)),
    ],
)
def normal_range():
    """Return (smallest, largest) after Normalize with mean 0.25 and std 0.5 of values 0 … 1."""
    return (-0.5, 1.5)


def _along_channels(images, values):
    return torch.tensor(values, device=images.device)[:, None, None]


def _normalised_case(rng):
    channels = rng.choice((1, 3, 3))
    mean = [rng.randint(2, 8) / 10 for _ in range(channels)]
    std = [rng.randint(1, 5) / 10 for _ in range(channels)]
    lead = rng.choice(((), (), (1,), (2,), (3,)))
    images = rng.tensor(*lead, channels, rng.randint(1, 4), rng.randint(1, 4), low=0, high=1)
    return {
        "images": (images - _along_channels(images, mean)) / _along_channels(images, std),
        "mean": mean,
        "std": std,
    }


def _other_order(images, mean, std):
    return (images + _along_channels(images, mean)) * _along_channels(images, std)


def _normalised_again(images, mean, std):
    return (images - _along_channels(images, mean)) / _along_channels(images, std)


def _wants_three(case, got, expected):
    signs = ("invalid for input of size", "out of bounds", "out of range")
    return len(case["mean"]) == 1 and any(sign in got.text for sign in signs)


@exercise(
    cases=_normalised_case,
    hints=[
        "Normalize took the mean away, then divided by std. Undo the last step first.",
        "The numbers must lie along C: torch.tensor(std)[:, None, None] has shape (C, 1, 1).",
        "images * torch.tensor(std)[:, None, None] + … has half of it. (For pictures on a GPU: "
        "torch.tensor(std, device=images.device).)",
    ],
    mistakes=[
        Mistake("undo the last step first: multiply by std, then add the mean", like=_other_order),
        Mistake(
            "this normalises once more; go the way back: times std, plus mean",
            like=_normalised_again,
        ),
        Mistake(
            "a tensor of shape (C,) is laid along the last axis, W: make it (C, 1, 1) with "
            "[:, None, None]",
            when=lambda case, got, expected: (
                not hasattr(got, "shape") and "must match the size" in got.text
            ),
        ),
        Mistake(
            "a tensor of shape (C,) is laid along the last axis, W: make it (C, 1, 1) with "
            "[:, None, None]",
            like=lambda images, mean, std: images * torch.tensor(std) + torch.tensor(mean),
        ),
        Mistake(
            "each channel has a mean and a std of its own",
            like=lambda images, mean, std: images * std[0] + mean[0],
        ),
        Mistake(
            "any number of channels, here 1: len(mean) tells it, [:, None, None] fits it",
            when=_wants_three,
        ),
        Mistake(
            "mean and std have changed places: times std, plus mean",
            like=lambda images, mean, std: back_to_colours(images, std, mean),
        ),
        Mistake(
            "Normalize divided by std: multiply by it",
            like=lambda images, mean, std: (
                images / _along_channels(images, std) + _along_channels(images, mean)
            ),
        ),
        Mistake(
            "one picture (C, H, W) stays one: (C, 1, 1) fits it as well as a batch, (1, C, 1, 1) "
            "adds an axis",
            when=lambda case, got, expected: got.ndim == expected.ndim + 1,
        ),
        Mistake(
            "mean and std are lists: torch.tensor(mean) makes a tensor of them",
            when=lambda case, got, expected: "raises TypeError" in got.text,
        ),
        Mistake(
            "np.array counts in float64; torch.tensor(mean) is float32, as the images are",
            when=lambda case, got, expected: got.dtype == torch.float64,
        ),
        Mistake(
            "no factor 255: before Normalize the colours were 0 … 1",
            like=lambda images, mean, std: 255 * back_to_colours(images, mean, std),
        ),
        Mistake(
            "the mean belongs there too: times std, plus mean",
            like=lambda images, mean, std: images * _along_channels(images, std),
        ),
        Mistake(
            "multiply by std first, then add the mean",
            like=lambda images, mean, std: images + _along_channels(images, mean),
        ),
    ],
)
def back_to_colours(images, mean, std):
    """Undo Normalize: ``images`` is float (C, H, W) or (N, C, H, W), ``mean`` and ``std`` lists."""
    on = images.device
    scale, shift = (torch.tensor(values, device=on)[:, None, None] for values in (std, mean))
    return images * scale + shift


EXERCISES = collect(vars())
