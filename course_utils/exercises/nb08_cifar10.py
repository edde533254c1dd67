"""Exercises of notebook 08: rows and pictures, class counts."""

import numpy as np
import torch

from ._define import Mistake, collect, exercise


def _some_rows(rng):
    count = rng.randint(1, 4)
    values = [rng.randint(0, 255) for _ in range(count * 3072)]
    return {"rows": np.array(values, dtype=np.uint8).reshape(count, 3072)}


@exercise(
    cases=_some_rows,
    count=6,
    hints=[
        "First cut each row as it was stored: (N, 3, 32, 32). How many rows? rows.shape[0], or -1.",
        "Then move the channels to the end: transpose(0, 2, 3, 1).",
    ],
    mistakes=[
        Mistake(
            "reshape keeps the order of the numbers: cut into (N, 3, 32, 32), then transpose",
            like=lambda rows: rows.reshape(-1, 32, 32, 3),
        ),
        Mistake(
            "height and width are swapped: transpose(0, 2, 3, 1)",
            like=lambda rows: rows.reshape(-1, 3, 32, 32).transpose(0, 3, 2, 1),
        ),
        Mistake(
            "the channels must come last: transpose(0, 2, 3, 1)",
            like=lambda rows: rows.reshape(-1, 3, 32, 32),
        ),
        Mistake(
            "that is for one row: N stays in front, reshape(-1, 3, 32, 32)",
            like=lambda rows: rows.reshape(3, 32, 32).transpose(1, 2, 0),
        ),
        Mistake(
            "of the four dimensions (N, 3, 32, 32) the channels are number 1: "
            "transpose(0, 2, 3, 1)",
            when=lambda case, got, expected: "axes don't match array" in got.text,
        ),
        Mistake(
            "that is the first picture only: keep N in front",
            like=lambda rows: rows[0].reshape(3, 32, 32).transpose(1, 2, 0),
        ),
        Mistake(
            "red and blue are swapped: the first 1024 values are red",
            like=lambda rows: rows.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)[..., ::-1],
        ),
    ],
)
def rows_to_pictures(rows):
    """Return an array (N, 32, 32, 3), uint8, for rows (N, 3072) as CIFAR-10 stores them."""
    return rows.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)


NAMES = ["ship", "cat", "frog", "truck", "dog", "horse", "bird", "deer", "car", "plane", "bus"]


def _some_targets(rng):
    classes = NAMES[: rng.choice([2, 3, 4, len(NAMES)])]
    numbers = range(rng.choice([len(classes), len(classes) - 1]))
    return {"targets": [rng.choice(numbers) for _ in range(rng.randint(1, 9))], "classes": classes}


def _counted(pairs):
    counts = {}
    for name in pairs:
        counts[name] = counts.get(name, 0) + 1
    return counts


def _binned(minlength, *, strict):
    def like(targets, classes):
        counts = torch.bincount(torch.tensor(targets), minlength=minlength).tolist()
        return dict(zip(classes, counts, strict=strict))

    return like


@exercise(
    cases=_some_targets,
    count=40,
    hints=[
        "Start with a 0 for every name, then go over the targets.",
        "classes[target] is the name of a target.",
    ],
    mistakes=[
        Mistake(
            "a class without a picture is missing: it belongs in, with 0",
            like=lambda targets, classes: _counted(classes[target] for target in targets),
        ),
        *(
            Mistake(
                "the classes after the largest number that occurs are missing: there are "
                "len(classes) (bincount: minlength=len(classes))",
                like=_binned(0, strict=strict),
            )
            for strict in (False, True)
        ),
        *(
            Mistake(
                "10 is the number of classes of CIFAR-10 only: minlength=len(classes)",
                like=_binned(10, strict=strict),
            )
            for strict in (False, True)
        ),
        Mistake(
            "nothing is found: targets holds numbers, and a number never equals a name",
            like=lambda targets, classes: dict.fromkeys(classes, 0),
        ),
        Mistake(
            "a dict is wanted, with the names as its keys",
            when=lambda case, got, expected: isinstance(
                got, (list, tuple, np.ndarray, torch.Tensor)
            ),
        ),
        Mistake(
            "the keys are numbers: classes[target] is the name",
            when=lambda case, got, expected: got and set(got) <= set(range(len(case["classes"]))),
        ),
        Mistake(
            "these are the numbers of the classes, not how often they occur",
            like=lambda targets, classes: {name: n for n, name in enumerate(classes)},
        ),
        Mistake(
            "shares, not counts: do not divide",
            like=lambda targets, classes: {
                name: targets.count(n) / len(targets) for n, name in enumerate(classes)
            },
        ),
    ],
)
def class_counts(targets, classes):
    """Return a dict: name of the class → how many of ``targets`` are its number."""
    counts = dict.fromkeys(classes, 0)
    for target in targets:
        counts[classes[target]] += 1
    return counts


EXERCISES = collect(vars())
