"""Exercises of notebook 05, first part: how many batches, and a dataset of one's own."""

import io
import tempfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

from ._define import Finding, Mistake, collect, exercise


def _loader_sizes(count, batch_size, drop_last):
    """Ask PyTorch: let a loader run over that many numbers."""
    loader = DataLoader(range(count), batch_size=batch_size, drop_last=drop_last)
    return [len(batch) for batch in loader]


def _sizes_case(rng):
    batch_size = rng.randint(1, 9)
    count = rng.choice([batch_size * rng.randint(1, 4), rng.randint(1, 40)])
    return {"count": count, "batch_size": batch_size, "drop_last": rng.random() < 0.5}


def _sizes(count, batch_size, *, keep_rest):
    full, rest = divmod(count, batch_size)
    return [batch_size] * full + [rest] * (keep_rest and rest > 0)


def _sizes_with_empty_batch(count, batch_size, drop_last):
    full, rest = divmod(count, batch_size)
    return [batch_size] * full + ([] if drop_last else [rest])


def _sizes_without_last(count, batch_size, drop_last):
    sizes = _sizes(count, batch_size, keep_rest=True)
    return sizes[:-1] if drop_last else sizes


def _sizes_rounded_up(count, batch_size, drop_last):
    return [batch_size] * (count // batch_size if drop_last else -(-count // batch_size))


def _sizes_spread(count, batch_size, drop_last):
    batches = -(-count // batch_size)
    sizes = [count // batches + (n < count % batches) for n in range(batches)]
    return [size for size in sizes if size == batch_size or not drop_last]


@exercise(
    oracle=_loader_sizes,
    against="PyTorch",
    cases=_sizes_case,
    hints=[
        "How many full batches are there, and how many pictures are left? // and % tell you.",
        "[batch_size] * full is a list of that many full batches.",
        "A rest of 0 is no batch. A rest above 0 is one, unless drop_last.",
    ],
    mistakes=[
        Mistake(
            "a last batch of 0 pictures is none: add the rest only if there is one",
            like=_sizes_with_empty_batch,
        ),
        Mistake(
            "drop_last is not used: with it an incomplete last batch is left out",
            like=lambda n, b, d: _sizes(n, b, keep_rest=True),
        ),
        Mistake(
            "without drop_last the incomplete batch comes as well",
            like=lambda n, b, d: _sizes(n, b, keep_rest=False),
        ),
        Mistake(
            "the other way round: drop_last leaves the incomplete batch out",
            like=lambda n, b, d: _sizes(n, b, keep_rest=d),
        ),
        Mistake(
            "drop_last drops the last batch only if it is incomplete; yours drops it always",
            like=_sizes_without_last,
        ),
        Mistake("the last batch holds what is left, not batch_size", like=_sizes_rounded_up),
        Mistake(
            "a loader does not spread the pictures evenly: it fills each batch before the next",
            like=_sizes_spread,
        ),
        Mistake(
            "that is how many batches there are; return the list of their sizes",
            when=lambda case, got, expected: got == len(expected),
        ),
    ],
)
def batch_sizes(count, batch_size, drop_last):
    """Return the list of the sizes of all batches that a DataLoader makes of ``count`` pictures."""
    full, rest = divmod(count, batch_size)
    sizes = [batch_size] * full
    if rest > 0 and not drop_last:
        sizes.append(rest)
    return sizes


KINDS = ("ants", "bees", "fire_ants", "fire_flies", "wasps")
MODES = {"RGB": 3, "L": 1, "RGBA": 4}


def _folder_case(rng):
    kinds = rng.sample(KINDS, rng.randint(1, 3))
    names = [f"{kind}_{n:04d}.png" for kind in kinds for n in range(rng.randint(1, 3))]
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
    if not (isinstance(item, tuple | list) and len(item) == 2):
        raise Finding(f"dataset[{number}] is {type(item).__name__}, not a pair (image, label)")
    return {f"image of dataset[{number}]": item[0], f"label of dataset[{number}]": item[1]}


def _kind(path):
    return path.stem.rsplit("_", 1)[0]


def _variant(*, kind=_kind, code=None, mode="RGB", first=True):
    """Return a class that solves the exercise but for what is asked to differ."""

    class Variant(Dataset):
        def __init__(self, folder):
            self.paths = sorted(folder.glob("*.png"))
            self.code = code or sorted({kind(path) for path in self.paths}).index

        def __len__(self):
            return len(self.paths)

        def __getitem__(self, index):
            with Image.open(self.paths[index]) as file:
                array = np.array(file.convert(mode) if mode else file)
            image = torch.from_numpy(array)
            image = image.permute(2, 0, 1) if first and image.ndim == 3 else image
            return image, self.code(kind(self.paths[index]))

    return Variant


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
            'some files are grey or transparent: file.convert("RGB") gives each three channels',
            like=_variant(mode=None),
        ),
        Mistake("PyTorch wants the channels first: permute(2, 0, 1)", like=_variant(first=False)),
        Mistake(
            "the name ends at the last underscore, not at the first: fire_ants_0003.png",
            like=_variant(kind=lambda path: path.stem.split("_")[0]),
        ),
        Mistake("every label is 0: the name is not used", like=_variant(code=lambda name: 0)),
        Mistake(
            "do not read the pictures in __init__ (they are not written yet): keep their paths",
            when=lambda case, got, expected: "cannot identify image file" in got.text,
        ),
        Mistake(
            "the right pictures in another order: sort the paths, glob promises no order",
            when=_out_of_order,
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
