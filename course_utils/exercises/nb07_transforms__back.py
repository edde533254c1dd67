"""Exercise of notebook 07, second part: the way back from normalised pictures."""

import torch

from ._define import Mistake, collect, exercise


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
