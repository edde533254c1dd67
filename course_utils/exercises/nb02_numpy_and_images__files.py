"""Exercises of notebook 02, second part: read a file."""

import tempfile
from contextlib import chdir
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from ._define import Mistake, collect, exercise
from .nb02_numpy_and_images import SIDES, pixels

# Plain relative names: OpenCV on Windows cannot read accents.
NAMES = ("a.png", "bee_7.png", "leaf.png", "photo.png", "picture.png")
PALETTE = [part for index in range(256) for part in (255 - index, index, index // 2)]


def _read_file(attempt, kind, name, there, pixels):
    """Call ``attempt`` with a PNG file of ``pixels``, or with a path where there is none."""
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        if there:
            picture = Image.fromarray(pixels)
            if kind == "palette":
                picture.putpalette(PALETTE)
            picture.save(name)
        return attempt(Path(name))


def _read_rgb(path):
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


CHANNELS = {"RGB": 3, "RGBA": 4, "grey": 0, "palette": 0}


def _file_case(rng):
    kind = rng.choice(("RGB", "RGB", *CHANNELS))
    image = pixels(rng, rng.choice(SIDES), rng.choice(SIDES), CHANNELS[kind])
    there = rng.random() < 0.85
    return {"kind": kind, "name": rng.choice(NAMES), "there": there, "pixels": image}


def _cv2_read(path):
    return cv2.imread(str(path))


def _returns_none(case, got, expected):
    return got is None and not case["there"]


def _with_alarm(read):
    """Return a reader that raises what is wanted for a missing file."""

    def reader(path):
        if not path.exists():
            raise FileNotFoundError(path)
        return read(path)

    return reader


def _message(got):
    """Return what an error says, without the line of code that is quoted behind it."""
    return got.text.split(" (line ")[0]


def _finds_nothing(case, got, expected):
    signs = ("FileNotFoundError", "empty()", "NoneType")
    return case["there"] and any(sign in _message(got) for sign in signs)


def _stumbles_over_none(case, got, expected):
    return not case["there"] and (got.kind is cv2.error or "NoneType" in _message(got))


def _raises_another_error(case, got, expected):
    slips = (NameError, AttributeError, TypeError)  # these come for files that are there, too
    return not case["there"] and got.text.startswith("raises") and not issubclass(got.kind, slips)


def _is_turned_round(case, got, expected):
    turned = expected[..., ::-1]  # as OpenCV gives it
    return any(np.array_equal(got, other) for other in (turned[::-1], turned[:, ::-1]))


def _has_another_dtype(case, got, expected):
    return isinstance(got, np.ndarray) and got.dtype != np.uint8 and got.shape == expected.shape


def _stacked_as_it_is(case, got, expected):
    return got.shape[2] == 4 or (case["kind"] == "palette" and got.dtype == np.uint8)


def _no_array(case, got, expected):
    return isinstance(got, Image.Image)


@exercise(
    observe=_read_file,
    oracle=_read_rgb,
    cases=_file_case,
    count=60,
    errors=(FileNotFoundError,),
    praise="right for grey and colour files of many sizes, and for files that are not there",
    hints=[
        "Three steps: read, look whether it is None, put the channels into the order RGB.",
        "raise FileNotFoundError(path) ends the function with that error.",
        "cv2.cvtColor(image, cv2.COLOR_BGR2RGB) comes last.",
    ],
    mistakes=[
        Mistake(
            "red and blue have changed places: OpenCV gives BGR, which must be turned; "
            "Pillow gives RGB, which must not",
            like=_with_alarm(_cv2_read),
        ),
        Mistake(
            "the channels are still blue, green, red, and a missing file gives None",
            like=_cv2_read,
        ),
        Mistake(
            "a missing file gives None without an error: test for None and raise",
            when=_returns_none,
        ),
        Mistake(
            "imread gave None and the next step stumbled over it: test for None before you go on",
            when=_stumbles_over_none,
        ),
        Mistake(
            "`return` hands the error over as if it were a picture: write `raise` instead",
            when=lambda case, got, expected: isinstance(got, BaseException),
        ),
        Mistake(
            "it is the right moment for an error, and the wrong one: raise FileNotFoundError(path)",
            when=_raises_another_error,
        ),
        Mistake(
            "turn it into an array: np.asarray(picture)",
            when=_no_array,
        ),
        Mistake(
            "a grey file, or one with a palette, has one channel in Pillow: "
            'picture.convert("RGB") makes three of it',
            when=lambda case, got, expected: got.ndim == 2,
        ),
        Mistake(
            'a file may have four channels, or a palette: picture.convert("RGB") knows them all',
            when=_stacked_as_it_is,
        ),
        Mistake(
            "the file is there, and yours says it is not: does it read `path`? "
            "Or does `except` hide another error?",
            when=_finds_nothing,
        ),
        Mistake(
            "the file is there and yours gives None: is a return missing, or is `path` not read?",
            when=lambda case, got, expected: got is None,
        ),
        Mistake(
            "an array of many pixels is neither true nor false: write `if image is None`",
            when=lambda case, got, expected: "truth value of an array" in got.text,
        ),
        Mistake(
            "the picture lies on its side: an array of a picture is (height, width, 3)",
            when=lambda case, got, expected: np.array_equal(got, expected.swapaxes(0, 1)),
        ),
        Mistake(
            "this turns the rows or the columns round; the channels come last: [..., ::-1]",
            when=_is_turned_round,
        ),
        Mistake(
            "the numbers must stay uint8, 0 … 255: no division, no other type",
            when=_has_another_dtype,
        ),
    ],
)
def load_rgb(path):
    """Return the picture file at ``path`` as uint8 (H, W, 3), RGB.

    Raises:
        FileNotFoundError: if there is no such file.
    """
    image = cv2.imread(str(path))
    if image is None:
        raise FileNotFoundError(path)
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


EXERCISES = collect(vars())
