"""Exercises of notebook 07, fourth part: a choice for each picture, and one for image and mask."""

import torch
from torchvision import tv_tensors
from torchvision.transforms import v2

from ._define import Finding, Mistake, collect, exercise

PAIRS = 200  # so many that 3 and 7 mirrored out of 10 can be told from 5
FITS = f"pairs out of {PAIRS} in which the mask fits"


def _batch_case(rng):
    count = rng.randint(1, 5)
    images = rng.tensor(count, rng.choice((1, 3)), rng.randint(2, 4), rng.randint(2, 5))
    return {"images": images, "chosen": torch.tensor([rng.random() < 0.5 for _ in range(count)])}


def _flip_chosen(images, chosen, *, axis=-1):
    return torch.where(chosen[:, None, None, None], images.flip(axis), images)


@exercise(
    cases=_batch_case,
    hints=[
        "Begin with a copy of all, images.clone(): pictures that are not chosen stay as they are.",
        "A mask picks pictures: images[chosen] are those that are chosen.",
        "result[chosen] = images[chosen].flip(-1)",
    ],
    mistakes=[
        Mistake(
            "that turns them upside down; left and right lie along the last axis, W",
            like=lambda images, chosen: _flip_chosen(images, chosen, axis=-2),
        ),
        Mistake(
            "that turns them by 180°: only the last axis, W, is mirrored",
            like=lambda images, chosen: _flip_chosen(images, chosen, axis=(-2, -1)),
        ),
        Mistake(
            "you mirror those that are not chosen",
            like=lambda images, chosen: _flip_chosen(images, ~chosen),
        ),
        Mistake(
            "all of them are mirrored, chosen or not", like=lambda images, chosen: images.flip(-1)
        ),
        Mistake(
            "one choice was made for the whole batch; each picture has its own",
            like=lambda images, chosen: images.flip(-1) if chosen.any() else images,
        ),
        Mistake(
            "one choice was made for the whole batch; each picture has its own",
            like=lambda images, chosen: images.flip(-1) if chosen[0] else images,
        ),
        Mistake(
            "`if` asks once, about the whole batch: choose picture by picture",
            when=lambda case, got, expected: "Boolean value of Tensor" in got.text,
        ),
        Mistake(
            "the pictures stand in a list or tuple: torch.stack(…) makes a batch of them",
            when=lambda case, got, expected: isinstance(got, (list, tuple)),
        ),
        Mistake(
            "the order is lost: picture i must stay at place i",
            like=lambda images, chosen: torch.cat([images[chosen].flip(-1), images[~chosen]]),
        ),
        Mistake(
            "the order is lost: picture i must stay at place i",
            like=lambda images, chosen: torch.cat([images[~chosen], images[chosen].flip(-1)]),
        ),
        Mistake(
            "the pictures that are not chosen stay in the batch, unchanged",
            like=lambda images, chosen: images[chosen].flip(-1),
        ),
        Mistake(
            "chosen has shape (N,) and is laid along the last axis, W: make it (N, 1, 1, 1)",
            like=lambda images, chosen: torch.where(chosen, images.flip(-1), images),
        ),
        Mistake(
            "chosen has shape (N,) and is laid along the last axis, W: make it (N, 1, 1, 1)",
            when=lambda case, got, expected: "must match the size" in got.text,
        ),
        Mistake(
            "that brings the pictures into another order: flip(0) mirrors the batch itself",
            like=lambda images, chosen: _flip_chosen(images, chosen, axis=0),
        ),
        Mistake("nothing is mirrored", like=lambda images, chosen: images),
    ],
)
def flip_some(images, chosen):
    """Return a new batch (N, C, H, W), picture i mirrored left to right where chosen[i].

    ``chosen`` is a bool tensor (N,).
    """
    result = images.clone()
    result[chosen] = images[chosen].flip(-1)
    return result


def repair_augment_pair_starter(image, mask):
    """Return a random 6 × 6 piece of image and mask, mirrored with probability 0.5."""
    augment = v2.Compose([v2.RandomCrop(6), v2.RandomHorizontalFlip(p=0.5)])
    return augment(image), augment(mask)


def pairs_of_many_calls(augment, image, mask):
    """Return what many random pairs have in common; red tells where each pixel was."""
    pairs = []
    for _ in range(PAIRS):
        pair = augment(tv_tensors.Image(image), tv_tensors.Mask(mask))
        if not (isinstance(pair, (tuple, list)) and len(pair) == 2):
            raise Finding("it must return two things: the image and the mask")
        if any(not isinstance(part, torch.Tensor) for part in pair):
            raise Finding("both the image and the mask must be tensors")
        pairs.append([part.as_subclass(torch.Tensor) for part in pair])
    shapes = {tuple(tuple(part.shape) for part in pair) for pair in pairs}
    if shapes != {((3, 6, 6), (1, 6, 6))}:
        image_shape, mask_shape = shapes.pop()
        raise Finding(f"a pair has shapes {image_shape} and {mask_shape}, not (3, 6, 6), (1, 6, 6)")
    flipped = sum(bool(image[0, 0, 0] > image[0, 0, 1]) for image, _ in pairs)
    return {
        FITS: sum(map(_fits, pairs)),
        "about half of the pairs are mirrored": 0.3 < flipped / PAIRS < 0.7,
        "the piece comes from many places": len({float(i[0].min()) for i, _ in pairs}) > 5,
        "the colours stay": all(bool((image[1] == image[0]).all()) for image, _ in pairs),
    }


def _fits(pair):
    image, mask = pair
    return int(torch.equal(mask.float(), (image[2:] > 0.5).float()))


def _pair_case(rng):
    place = torch.arange(100).reshape(10, 10) / 100
    blob = rng.tensor(10, 10, low=0, high=1)
    return {"image": torch.stack([place, place, blob]), "mask": (blob > 0.5).float()[None]}


def _all_fit(report):
    return report[FITS] == PAIRS


def _one_place(case, got, expected):
    return _all_fit(got) and not got["the piece comes from many places"]


def _flip_not_random(case, got, expected):
    return _all_fit(got) and not got["about half of the pairs are mirrored"]


@exercise(
    starter=repair_augment_pair_starter,
    observe=pairs_of_many_calls,
    cases=_pair_case,
    count=3,
    praise=f"{PAIRS} random pairs, and every mask fits its image",
    hints=[
        "How often are the dice thrown here? Once for the image, and once more for the mask.",
        "A v2 transform takes several things in one call, and returns as many.",
        "return augment(image, mask)",
    ],
    mistakes=[
        Mistake(
            "two calls throw the dice twice: give image and mask to one call",
            like=repair_augment_pair_starter,
        ),
        Mistake(
            "they fit, but every pair is the same piece: no seed and no CenterCrop in here",
            when=_one_place,
        ),
        Mistake(
            "the mask must be cut like its image: give both to one call, and the mask as it is "
            "(mask.float() is a plain tensor, which v2 leaves alone)",
            when=lambda case, got, expected: "(1, 10, 10)" in got.text,
        ),
        Mistake(
            "they fit, but about half of them must be mirrored: RandomHorizontalFlip(p=0.5)",
            when=_flip_not_random,
        ),
        Mistake(
            "in some pairs they went different ways: each random step needs both in one call",
            when=lambda case, got, expected: not _all_fit(got),
        ),
    ],
)
def repair_augment_pair(image, mask):
    """Return a random 6 × 6 piece of image and mask, mirrored with probability 0.5."""
    augment = v2.Compose([v2.RandomCrop(6), v2.RandomHorizontalFlip(p=0.5)])
    return augment(image, mask)


EXERCISES = collect(vars())
