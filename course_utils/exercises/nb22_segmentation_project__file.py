"""Exercise of notebook 22, last part: a mask as a file."""

import tempfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from ._define import Finding, Mistake, collect, exercise
from ._probes import Report
from ._run import Raised

FORMAT, CHANNELS, VALUES = "format of the file", "channels", "values in the file"


def observe_file(save: object, mask: torch.Tensor) -> Report:
    """Return what is in the file that ``save(mask, path)`` writes."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "mask.png"
        save(mask, path)
        if not path.is_file():
            raise Finding("there is no file at path afterwards")
        with Image.open(path) as picture:
            if picture.mode.startswith("I"):
                raise Finding(
                    "the file has 16 bits a pixel, where white is 65,535 and 255 is almost black: "
                    ".astype(np.uint8)"
                )
            grey = np.asarray(picture.convert("L"))
            report: Report = {FORMAT: picture.format, CHANNELS: len(picture.getbands())}
    report[VALUES] = sorted(set(grey.flatten().tolist()))
    return {**report, "pixels": grey}


def _mask(rng):
    mask = rng.tensor(rng.randint(2, 4), rng.randint(3, 6)) > 0
    mask[0, 0], mask[-1, -1], mask[0, -1] = True, True, False
    return {"mask": mask}


def _write(picture, path):
    Image.fromarray(picture).save(path)


@exercise(
    observe=observe_file,
    cases=_mask,
    count=30,
    seconds=10,
    praise="30 masks came back from their files pixel by pixel",
    hints=[
        "mask.numpy() is an array of True and False; as uint8 these are 1 and 0.",
        "255 * array, with array of dtype uint8, stays uint8.",
        "Image.fromarray(array).save(path) writes the format that path ends in.",
    ],
    mistakes=[
        Mistake(
            "the file holds 0 and 1, which look equally black: 255 is white",
            like=lambda mask, path: _write(mask.numpy().astype(np.uint8), path),
        ),
        Mistake(
            "black and white have changed places: 255 where the mask is True",
            like=lambda mask, path: _write((~mask).numpy().astype(np.uint8) * 255, path),
        ),
        Mistake(
            "the file is black everywhere: white is 255 (256 does not fit into a byte, and becomes "
            "0), and True counts as 1, which is not more than 127",
            like=lambda mask, path: _write(np.zeros(mask.shape, np.uint8), path),
        ),
        Mistake(
            "the mask lies on its side: mask.numpy() is (H, W) already, as Pillow wants it",
            like=lambda mask, path: _write(mask.T.numpy().astype(np.uint8) * 255, path),
        ),
        Mistake(
            "that is a picture with several channels: a mask needs one (Pillow's mode L)",
            when=lambda case, got, expected: got[CHANNELS] > 1,
        ),
        Mistake(
            "inside it is no PNG, whatever its name: let the name choose the format",
            when=lambda case, got, expected: got[FORMAT] != "PNG",
        ),
        Mistake(
            "Pillow wants bytes here: make the array uint8 before or after you multiply",
            when=lambda case, got, expected: (
                isinstance(got, Raised) and "handle this data type" in got.text
            ),
        ),
        Mistake(
            "Pillow and OpenCV want an array: mask.numpy()",
            when=lambda case, got, expected: (
                isinstance(got, Raised)
                and any(
                    word in got.text for word in ("array_interface", "Bad argument", "'Tensor'")
                )
            ),
        ),
    ],
)
def save_mask(mask, path):
    """Write a bool tensor (H, W) to ``path``, a grey PNG file: 255 where it is True, else 0."""
    pixels = mask.numpy().astype(np.uint8) * 255
    Image.fromarray(pixels).save(path)


EXERCISES = collect(vars())
