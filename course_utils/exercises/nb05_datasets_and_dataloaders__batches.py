"""Exercises of notebook 05, second part: collate and shuffle."""

import torch
from torch.nn import functional as F
from torch.utils.data import DataLoader

from ._define import Finding, Mistake, collect, exercise


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


@exercise(
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


def repair_loaders_starter(train_set, test_set):
    """Return the loader for training and the loader for testing, in batches of 8."""
    train_loader = DataLoader(train_set, batch_size=8)
    test_loader = DataLoader(test_set, batch_size=8, shuffle=True, drop_last=True)
    return train_loader, test_loader


def _loaders(*, train=(True, True), test=(False, False), batch_size=8):
    """Return a solution; the pairs are (shuffle, drop_last)."""

    def make(train_set, test_set):
        return tuple(
            DataLoader(data, batch_size=batch_size, shuffle=shuffle, drop_last=drop_last)
            for data, (shuffle, drop_last) in ((train_set, train), (test_set, test))
        )

    return make


def _orders(make, train_size, test_size):
    """Watch two epochs of training, and one of testing, over numbered pictures."""
    made = make(range(train_size), range(test_size))
    if not (isinstance(made, tuple | list) and len(made) == 2):
        raise Finding("it does not return the pair (train_loader, test_loader)")
    train, test = made
    epochs = [[batch.tolist() for batch in train] for _ in range(2)]
    flat = [[n for batch in epoch for n in batch] for epoch in epochs]
    return {
        "batch sizes in training": [len(batch) for batch in epochs[0]],
        "training goes through the pictures in file order": flat[0] == sorted(flat[0]),
        "training has the same order in each epoch": flat[0] == flat[1],
        "a picture comes twice in one epoch": len(set(flat[0])) < len(flat[0]),
        "the test pictures, in their order": [n for batch in test for n in batch.tolist()],
        "batch sizes in testing": [len(batch) for batch in test],
    }


@exercise(
    starter=repair_loaders_starter,
    observe=_orders,
    cases=lambda rng: {"train_size": rng.randint(20, 60), "test_size": rng.randint(3, 30)},
    count=30,
    praise="training: full batches, a new order each epoch. Testing: every picture once, in order",
    hints=[
        "Which of the two needs a new order in every epoch? Which must see every picture?",
        "shuffle=True and drop_last=True stand in the wrong line: move both.",
    ],
    mistakes=[
        Mistake(
            "nothing is shuffled in training: ants first, then bees",
            like=_loaders(train=(False, True)),
        ),
        Mistake(
            "testing is still shuffled: results could not be laid beside their files",
            like=_loaders(test=(True, False)),
        ),
        Mistake(
            "testing still drops its last pictures: each of them must count",
            like=_loaders(test=(False, True)),
        ),
        Mistake(
            "testing still shuffles, and drops its last pictures",
            like=_loaders(test=(True, True)),
        ),
        Mistake(
            "only full batches are wanted in training: drop_last=True",
            like=_loaders(train=(True, False)),
        ),
        Mistake(
            "testing is right now; in training shuffle and drop_last are missing",
            like=_loaders(train=(False, False)),
        ),
        Mistake(
            "the loaders are given back in the other order: train first",
            like=lambda train, test: _loaders()(train, test)[::-1],
        ),
        Mistake(
            "one order for all epochs: let the loader shuffle, with shuffle=True",
            when=lambda case, got, expected: got["training has the same order in each epoch"],
        ),
    ],
)
def repair_loaders(train_set, test_set):
    """Return the loader for training and the loader for testing, in batches of 8."""
    train_loader = DataLoader(train_set, batch_size=8, shuffle=True, drop_last=True)
    test_loader = DataLoader(test_set, batch_size=8)
    return train_loader, test_loader


EXERCISES = collect(vars())
