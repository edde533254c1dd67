"""Exercises of notebook 02, second part: read a file, make a picture brighter."""

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


def _finds_nothing(case, got, expected):
    signs = ("FileNotFoundError", "empty()", "NoneType")
    return case["there"] and any(sign in got.text for sign in signs)


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
            "OpenCV gives blue, green, red: turn it into RGB before you return it",
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
            when=lambda case, got, expected: (
                not case["there"] and ("OpenCV" in got.text or "NoneType" in got.text)
            ),
        ),
        Mistake(
            "`return` hands the error over as if it were a picture: write `raise` instead",
            when=lambda case, got, expected: isinstance(got, BaseException),
        ),
        Mistake(
            "it is the right moment for an error, and the wrong one: raise FileNotFoundError(path)",
            when=lambda case, got, expected: not case["there"] and "raises" in got.text,
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
            "the file is there and yours does not find it: does it read `path`?",
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
            when=lambda case, got, expected: got.shape[:2] == expected.shape[1::-1],
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


def make_brighter_starter(image, amount):
    """Return a uint8 image with ``amount`` added to every pixel, kept within 0 … 255."""
    return image + amount


def _wide(image, amount):
    return image.astype(int) + amount


def _adds(image, amount):
    image += amount
    return image


def _wrapped(image, amount):
    return _wide(image, amount).astype(np.uint8)


def _brighter_case(rng):
    image = pixels(rng, rng.choice(SIDES), rng.choice(SIDES), rng.choice((0, 3)))
    return {"image": image, "amount": rng.choice((rng.randint(1, 400), rng.randint(-400, 0)))}


def _wraps_above(image, amount):
    return np.maximum(_wide(image, amount), 0).astype(np.uint8)


def _wraps_below(image, amount):
    return np.minimum(_wide(image, amount), 255).astype(np.uint8)


@exercise(
    starter=make_brighter_starter,
    cases=_brighter_case,
    hints=[
        "200 + 100 does not fit into a uint8. Where is there room for 300?",
        "Three steps: a wider type (astype(int)), then np.clip, then back to uint8.",
        "In which order? What was clipped too late has wrapped already.",
    ],
    mistakes=[
        Mistake("+= writes into the caller's picture, and the sum wraps: widen it", like=_adds),
        Mistake(
            "amount can be 300 or −60, which this type cannot hold: go to a wider one, int, first",
            when=lambda case, got, expected: "out of bounds for" in got.text,
        ),
        Mistake(
            "the sum has wrapped round: widen it before you add, clip it before you go back",
            like=_wrapped,
        ),
        Mistake(
            "it is wide enough, but nothing is clipped and nothing made uint8 again", like=_wide
        ),
        Mistake(
            "the values are right, the type is not: end with .astype(np.uint8)",
            when=lambda case, got, expected: (
                got.dtype != np.uint8 and np.array_equal(got, expected)
            ),
        ),
        Mistake("values above 255 still wrap round to dark ones", like=_wraps_above),
        Mistake("values below 0 still wrap round to bright ones", like=_wraps_below),
        Mistake(
            "the result needs the shape of the image that is handed over: is it used at all?",
            when=lambda case, got, expected: got.shape != expected.shape,
        ),
        Mistake(
            "amount is not used with its sign: a negative amount makes it darker",
            like=lambda image, amount: np.clip(_wide(image, abs(amount)), 0, 255).astype(np.uint8),
        ),
    ],
)
def make_brighter(image, amount):
    """Return a uint8 image with ``amount`` added to every pixel, kept within 0 … 255."""
    wide = image.astype(int) + amount
    return np.clip(wide, 0, 255).astype(np.uint8)


EXERCISES = collect(vars())
