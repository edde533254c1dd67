"""Exercises of notebook 03, first part: shared memory, a batch of one, an error in silence."""

import numpy as np
import torch

from ._define import Finding, Mistake, collect, exercise
from ._draw import grids

SIDES = (1, 2, 3, 4, 5)


@exercise(
    value=True,
    hints=[
        "Draw one box for each block of numbers in memory. Which names point at which box?",
        "from_numpy shares, tensor copies, a slice shares.",
        "shared = shared + 3 makes a new tensor and moves the name to it. The old block stays.",
    ],
    mistakes=[
        Mistake(
            "shared + 3 is a new tensor; only += or add_ writes into the old one",
            like=[3.0, 3.0, 5.0, 5.0],
        ),
        Mistake(
            "torch.tensor copies: what happens to copied stays there", like=[1.0, 1.0, 3.0, 3.0]
        ),
        Mistake("only += on a name that shares the memory arrives here", like=[4.0, 4.0, 6.0, 6.0]),
        Mistake(
            "from_numpy shares the memory, and a slice of it does too", like=[0.0, 0.0, 0.0, 0.0]
        ),
        Mistake(
            "tail is the second half: the first two are not written to", like=[2.0, 2.0, 2.0, 2.0]
        ),
        Mistake("[2:] begins at the third number: counting starts at 0", like=[0.0, 2.0, 2.0, 2.0]),
        Mistake(
            "[2:] is everything from the third number on, [:2] before it", like=[2.0, 2.0, 0.0, 0.0]
        ),
        Mistake("two values in memory changed, but the other two are still there", like=[2.0, 2.0]),
        Mistake(
            "copied is a copy and shared + 3 a new tensor: look for the lines that write in place",
            when=lambda case, got, expected: 3 in got,
        ),
    ],
)
def shared_memory():
    """Return ``numbers.tolist()`` after the seven lines of the exercise."""
    numbers = np.zeros(4)
    shared = torch.from_numpy(numbers)
    copied = torch.tensor(numbers)
    tail = shared[2:]
    copied += 1
    tail += 2
    shared = shared + 3
    return numbers.tolist()


def _image_case(rng):
    height, width = rng.choice(SIDES), rng.choice(SIDES)
    numbers = [rng.randint(0, 255) for _ in range(height * width * 3)]
    return {"image": np.array(numbers, np.uint8).reshape(height, width, 3)}


def _chw(image):
    return torch.from_numpy(image).permute(2, 0, 1)


def _show_batch(case, got, expected):
    height, width = expected.shape[2:]
    return grids(expected[0], [f"{name}, {height} × {width}" for name in ("red", "green", "blue")])


@exercise(
    cases=_image_case,
    draw=_show_batch,
    praise="right for pictures of many sizes, wide ones and high ones",
    hints=[
        "Four steps: tensor, channels first, a batch dimension in front, values from 0 to 1.",
        "torch.from_numpy(image), then permute(2, 0, 1), then unsqueeze(0) or [None].",
        "A uint8 tensor divided by 255 is float32.",
    ],
    mistakes=[
        Mistake(
            "reshape takes the numbers in their old order and mixes the colours: use permute",
            like=lambda x: torch.from_numpy(x).reshape(1, 3, *x.shape[:2]) / 255,
        ),
        Mistake(
            "height and width are swapped as well: the picture lies on its side, permute(2, 0, 1)",
            like=lambda x: torch.from_numpy(x).permute(2, 1, 0)[None] / 255,
        ),
        Mistake(
            "permute takes the old places in the new order: the channels, place 2, come first",
            like=lambda x: torch.from_numpy(x).permute(1, 2, 0)[None] / 255,
        ),
        Mistake("the channels are still last", like=lambda x: torch.from_numpy(x)[None] / 255),
        Mistake(
            "the shape is still the image's: permute and unsqueeze return a new tensor, so keep it",
            when=lambda case, got, expected: got.shape == case["image"].shape,
        ),
        Mistake(
            "the batch dimension is missing: keep what unsqueeze(0) returns",
            when=lambda case, got, expected: got.shape == expected.shape[1:],
        ),
        Mistake(
            "the batch dimension stands behind the channels: unsqueeze(0)",
            like=lambda x: _chw(x)[:, None] / 255,
        ),
        Mistake("the values still go up to 255", like=lambda x: _chw(x)[None].float()),
        Mistake(
            "the values still go up to 255, and are uint8: keep what / 255 returns",
            like=lambda x: _chw(x)[None],
        ),
        Mistake("the largest value is 255, not 256", like=lambda x: _chw(x)[None] / 256),
        Mistake(
            "divide by 255, whatever the image: by its own maximum, dark pictures become bright",
            like=lambda x: _chw(x)[None] / x.max(),
        ),
        Mistake(
            "red and blue have changed places: keep the order of the channels",
            like=lambda x: _chw(x).flip(0)[None] / 255,
        ),
        Mistake(
            "that is a method of tensors, and image is an array: torch.from_numpy(image) first",
            when=lambda case, got, expected: "ndarray' object has no attribute" in got.text,
        ),
        Mistake(
            "permute wants one place for each dimension there is; image has three, no batch yet",
            when=lambda case, got, expected: "ordering of dimensions" in got.text,
        ),
        Mistake(
            "a tensor's transpose swaps two dimensions; to reorder all: permute(2, 0, 1)",
            when=lambda case, got, expected: "transpose() " in got.text,
        ),
        Mistake(
            "the array is (H, W, 3), the place for it (3, H, W): channels first, with permute",
            when=lambda case, got, expected: (
                "could not broadcast" in got.text or "expanded size" in got.text
            ),
        ),
        Mistake(
            "/= writes into the uint8 numbers, which have no room for fractions: x = x / 255",
            when=lambda case, got, expected: "cast" in got.text,
        ),
        Mistake(
            "an array is not yet a tensor: torch.from_numpy",
            when=lambda case, got, expected: isinstance(got, np.ndarray),
        ),
        Mistake(
            "float is float64 in Python and in NumPy: make it .float() or torch.float32",
            when=lambda case, got, expected: got.dtype == torch.float64,
        ),
        Mistake(
            "only 0 and 1 are left, and grey is lost: / 255, without //, round, int or clamp",
            when=lambda case, got, expected: (
                got.shape == expected.shape and set(got.unique().tolist()) <= {0, 1}
            ),
        ),
    ],
)
def to_batch(image):
    """Return an array (H, W, 3) uint8 as a float32 tensor (1, 3, H, W) of values 0 … 1."""
    return torch.from_numpy(image).permute(2, 0, 1).unsqueeze(0) / 255


def mask_error_starter(prediction, target):
    """Return the mean squared difference of (B, 1, H, W) and (B, H, W)."""
    return ((prediction - target) ** 2).mean()


def _mask_case(rng):
    batch, height, width = rng.randint(1, 4), rng.randint(1, 4), rng.randint(1, 4)
    return {
        "prediction": rng.tensor(batch, 1, height, width, low=0.0, high=1.0),
        "target": rng.tensor(batch, height, width, low=0.0, high=1.0).round(),
    }


def _as_number(attempt, prediction, target):
    """Return the attempt's answer; a tensor of rank 0 counts as its number."""
    error = attempt(prediction, target)
    if not isinstance(error, torch.Tensor):
        return error
    if error.ndim:
        raise Finding(f"yours has shape {tuple(error.shape)}, but one number is asked for")
    return error.item()


def _squeezed(prediction, target):
    return ((prediction.squeeze() - target) ** 2).mean()


@exercise(
    starter=mask_error_starter,
    observe=_as_number,
    cases=_mask_case,
    praise="right for batches of one, too, and for masks of one row or column",
    hints=[
        "Print (prediction - target).shape. How many numbers would be right?",
        "Take the channel dimension out of prediction, or put one into target.",
        "Name the dimension that you take out: it has number 1.",
    ],
    mistakes=[
        Mistake(
            "the difference is still (B, B, H, W): each prediction minus each target",
            like=mask_error_starter,
        ),
        *(
            Mistake(
                "a height of 1 is lost as well: name the dimension, and only in prediction: "
                "prediction.squeeze(1)",
                like=like,
            )
            for like in (_squeezed, lambda p, t: ((p.squeeze(1) - t.squeeze(1)) ** 2).mean())
        ),
        Mistake(
            "the mean is asked for, not the sum",
            like=lambda p, t: ((p.squeeze(1) - t) ** 2).sum(),
        ),
        Mistake("the difference is not squared", like=lambda p, t: (p.squeeze(1) - t).mean()),
        Mistake(
            "absolute values are not squares", like=lambda p, t: (p.squeeze(1) - t).abs().mean()
        ),
        Mistake(
            "that compares the first picture only", like=lambda p, t: ((p[0, 0] - t[0]) ** 2).mean()
        ),
        Mistake(
            "take one mean over everything: .mean(), without dim, gives rank 0",
            when=lambda case, got, expected: got.kind is Finding,
        ),
        Mistake(
            "a name with an underscore at its end, and -=, write into the caller's tensor: "
            "use the form that returns a new one",
            when=lambda case, got, expected: got == expected,
        ),
    ],
)
def mask_error(prediction, target):
    """Return the mean squared difference of (B, 1, H, W) and (B, H, W)."""
    return ((prediction.squeeze(1) - target) ** 2).mean()


EXERCISES = collect(vars())
