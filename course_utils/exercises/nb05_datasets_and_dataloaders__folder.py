"""Exercises of notebook 05, third part: a dataset of one's own."""

import io
import tempfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.utils.data import Dataset

from ._define import Finding, Mistake, collect, exercise

KINDS = ("ants", "bees", "bees2", "fire_ants", "fire_flies", "wasps")
MODES = {"RGB": 3, "L": 1, "RGBA": 4}


def _folder_case(rng):
    kinds = ["bees", "bees2"] if rng.random() < 0.2 else rng.sample(KINDS, rng.randint(1, 3))
    numbers = [f"{n:0{rng.choice([1, 4, 5])}d}" for n in range(3)]
    names = [f"{kind}_{n}.png" for kind in kinds for n in numbers[: rng.randint(1, 3)]]
    return {"names": rng.sample(names, len(names)), "seed": rng.randint(0, 99)}


def _drawn(name, seed):
    """Return a small PNG file, its size and mode depending on its name, as bytes."""
    rng = np.random.default_rng([seed, *name.encode()])
    height, width = rng.integers(2, 6, 2)
    channels = MODES[rng.choice(["RGB", "RGB", "L", "RGBA"])]
    pixels = rng.integers(0, 256, (height, width, channels), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels[..., 0] if channels == 1 else pixels).save(file, "PNG")
    return file.getvalue()


def _dataset_report(make, names, seed):
    """Make the dataset while its files are still empty; fill them; look at what it gives."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        for name in (*names, "read_me.txt"):
            (Path(folder) / name).touch()
        dataset = make(Path(folder))
        for name in names:
            (Path(folder) / name).write_bytes(_drawn(name, seed))
        report = {"it is a torch.utils.data.Dataset": isinstance(dataset, Dataset)}
        report["len(dataset)"] = len(dataset)
        for number in range(len(dataset)):
            report.update(_item_report(number, dataset[number]))
    return report


def _item_report(number, item):
    if item is None:
        raise Finding(f"dataset[{number}] is None: __getitem__ returns nothing yet")
    if not (isinstance(item, tuple | list) and len(item) == 2):
        raise Finding(f"dataset[{number}] is {type(item).__name__}, not a pair (image, label)")
    return {f"image of dataset[{number}]": item[0], f"label of dataset[{number}]": item[1]}


def _kind(path):
    return path.stem.rsplit("_", 1)[0]


def _each_once(kinds):
    return sorted(set(kinds))


def _variant(*, kind=_kind, classes=_each_once, code=None):
    """Return a class that solves the exercise but for what is asked to differ."""

    class Variant(Dataset):
        def __init__(self, folder):
            self.paths = sorted(folder.glob("*.png"))
            self.code = code or classes([kind(path) for path in self.paths]).index

        def __len__(self):
            return len(self.paths)

        def __getitem__(self, index):
            with Image.open(self.paths[index]) as file:
                image = torch.from_numpy(np.array(file.convert("RGB")))
            return image.permute(2, 0, 1), self.code(kind(self.paths[index]))

    return Variant


def _first_shapes(got, expected):
    """Return two shapes, the learner's and the right one, of the first image where they differ."""
    shapes = [(got[name].shape, image.shape) for name, image in expected.items() if "image" in name]
    return next((mine, right) for mine, right in shapes if mine != right)


def _text(got):
    return getattr(got, "text", "")


def _resized(got, expected):
    """Three channels as wanted, but all of one other size."""
    if hasattr(got, "text"):
        return False
    shapes = [(got[name].shape, right.shape) for name, right in expected.items() if "image" in name]
    mine = {tuple(shape) for shape, _ in shapes}
    return len(mine) == 1 and all(
        len(shape) == 3 and shape[0] == 3 and max(shape) > max(right) for shape, right in shapes
    )


def _not_converted(case, got, expected):
    """One axis too few, or not three channels; or what PyTorch and NumPy say to that."""
    if hasattr(got, "text"):
        return any(text in got.text for text in ("permute(", "axes don't match"))
    mine, (_, height, width) = _first_shapes(got, expected)
    if len(mine) == 2:
        return True
    first, last = mine[1:] == (height, width), mine[:2] == (height, width)
    return (first and mine[0] != 3) or (last and mine[2] != 3)


def _channels_last(case, got, expected):
    mine, (_, height, width) = _first_shapes(got, expected)
    return mine == (height, width, 3)


def _out_of_order(case, got, expected):
    """The right pictures, but at other places."""
    found, wanted = (
        [value.tolist() for name, value in report.items() if name.startswith("image")]
        for report in (got, expected)
    )
    return found != wanted and sorted(map(str, found)) == sorted(map(str, wanted))


@exercise(
    observe=_dataset_report,
    cases=_folder_case,
    count=40,
    praise="right for 40 folders: grey, colour and transparent pictures, one to three classes",
    hints=[
        'In __init__: self.paths = sorted(folder.glob("*.png")), and the sorted names.',
        'path.stem.rsplit("_", 1)[0] is what stands before the last underscore of a file name.',
        '__getitem__ opens self.paths[index], converts it to "RGB", makes an array, then a tensor.',
        "self.classes.index(name) is the place of a name in the list.",
    ],
    mistakes=[
        Mistake(
            "the label is still the name: return its place in the sorted list of names",
            like=_variant(code=str),
        ),
        Mistake(
            "only *.png files are pictures: there is a read_me.txt too",
            when=lambda case, got, expected: (
                "read_me" in got.text
                if hasattr(got, "text")
                else got["len(dataset)"] == len(case["names"]) + 1
            ),
        ),
        Mistake(
            "it finds no file: look for *.png in the folder that you are given",
            when=lambda case, got, expected: got["len(dataset)"] == 0,
        ),
        Mistake(
            "the right pictures in another order: sort the paths themselves (glob promises none)",
            when=_out_of_order,
        ),
        Mistake(
            "__len__ returns nothing yet: fill in all three methods",
            when=lambda case, got, expected: "cannot be interpreted as an integer" in _text(got),
        ),
        Mistake(
            "keep each picture's own size: no resize here",
            when=lambda case, got, expected: _resized(got, expected),
        ),
        Mistake(
            'some files are grey or transparent: file.convert("RGB") gives each three channels',
            when=_not_converted,
        ),
        Mistake("PyTorch wants the channels first: permute(2, 0, 1)", when=_channels_last),
        Mistake(
            "the name ends at the last underscore, not at the first: fire_ants_0003.png",
            like=_variant(kind=lambda path: path.stem.split("_")[0]),
        ),
        Mistake(
            "the number need not have four digits: cut at the last underscore",
            like=_variant(kind=lambda path: path.stem[:-5]),
        ),
        *(
            Mistake(
                "each name counts once: sorted(set(names)), or labels have gaps",
                like=_variant(classes=c),
            )
            for c in (sorted, list)
        ),
        Mistake(
            "sort the names themselves: bees2_0.png stands before bees_0.png, bees before bees2",
            like=_variant(classes=lambda kinds: list(dict.fromkeys(kinds))),
        ),
        Mistake(
            "a set has no order: sorted(set(names))",
            like=_variant(classes=lambda kinds: list(set(kinds))),
        ),
        Mistake("every label is 0: the name is not used", like=_variant(code=lambda name: 0)),
        Mistake(
            "do not read the pictures in __init__ (they are not written yet): keep their paths",
            when=lambda case, got, expected: "cannot identify image file" in got.text,
        ),
    ],
)
class NamedPictures(Dataset):
    """Pictures in one folder, each file named after what it shows: bees_0007.png.

    Items are (image, label): uint8 (3, H, W), and the place of the name in the sorted names.
    """

    def __init__(self, folder):
        """Find the *.png files of ``folder``, a Path, in sorted order; read none of them."""
        self.paths = sorted(folder.glob("*.png"))
        self.names = [path.stem.rsplit("_", 1)[0] for path in self.paths]
        self.classes = sorted(set(self.names))

    def __len__(self):
        """Return how many pictures there are."""
        return len(self.paths)

    def __getitem__(self, index):
        """Return picture ``index`` as a tensor, and its label."""
        with Image.open(self.paths[index]) as file:
            image = torch.from_numpy(np.array(file.convert("RGB")))  # (H, W, 3)
        return image.permute(2, 0, 1), self.classes.index(self.names[index])


EXERCISES = collect(vars())
