"""Exercises of notebook 08, second part: what is put aside, and how it is transformed."""

import torch
from torch.utils.data import Dataset, Subset

from ._define import Finding, Mistake, collect, exercise


def _some_split(rng):
    held_out = rng.randint(1, 3)
    targets = [label for label in range(rng.randint(2, 4)) for _ in range(rng.randint(8, 14))]
    rng.shuffle(targets)
    return {"targets": targets, "held_out": held_out, "seed": rng.randrange(100)}


def _pair_of_lists(result):
    if not (isinstance(result, (tuple, list)) and len(result) == 2):
        raise Finding("it must return two lists: (train_indices, valid_indices)")
    return [[int(index) for index in part] for part in result]


def _what_is_split(attempt, targets, held_out, seed):
    train, valid = _pair_of_lists(attempt(list(targets), held_out, seed))
    again = _pair_of_lists(attempt(list(targets), held_out, seed))
    others = [_pair_of_lists(attempt(list(targets), held_out, seed + n)) for n in range(1, 9)]
    both = sorted(set(train) & set(valid))
    return {
        "pictures in both parts": both,
        "pictures more than once in a part": len(train + valid) - len(set(train)) - len(set(valid)),
        "validation pictures of each class": [
            sum(targets[index] == label for index in valid) for label in sorted(set(targets))
        ],
        "always the first pictures of each class": sorted(valid)
        == sorted(_split(targets, held_out, seed, shuffle=False)[1]),
        "pictures in neither part": sorted(set(range(len(targets))) - set(train) - set(valid)),
        "the same seed gives the same split": sorted(again[1]) == sorted(valid),
        "another seed gives another split": any(
            sorted(other[1]) != sorted(valid) for other in others
        ),
    }


def _split(targets, held_out, seed, *, shuffle=True, by_class=True):
    generator = torch.Generator().manual_seed(seed)
    places = range(len(targets))
    order = torch.randperm(len(targets), generator=generator).tolist() if shuffle else list(places)
    if not by_class:
        cut = held_out * len(set(targets))
        return order[cut:], order[:cut]
    valid = []
    for label in set(targets):
        valid += [place for place in order if targets[place] == label][:held_out]
    return [place for place in places if place not in valid], valid


def _keeping_all(targets, held_out, seed):
    return list(range(len(targets))), _split(targets, held_out, seed)[1]


@exercise(
    observe=_what_is_split,
    cases=_some_split,
    count=8,
    praise="balanced, complete, nothing in both parts, and the seed decides",
    hints=[
        "A random order of all places: torch.randperm(len(targets), generator=generator).tolist().",
        "Go through that order once for each class, and keep the first held_out of that class.",
        "What is not held out is for training.",
    ],
    mistakes=[
        Mistake(
            "the held-out pictures are still in the training part: the score would flatter you",
            like=_keeping_all,
        ),
        Mistake(
            "drawn from all at once, some classes get more than others: draw from each class",
            like=lambda targets, held_out, seed: _split(targets, held_out, seed, by_class=False),
        ),
        Mistake(
            "always the first ones of each class: shuffle, with a generator made from the seed",
            like=lambda targets, held_out, seed: _split(targets, held_out, seed, shuffle=False),
        ),
        Mistake(
            "give randperm a generator with the seed: torch.Generator().manual_seed(seed)",
            when=lambda case, got, expected: not got["the same seed gives the same split"],
        ),
        Mistake(
            "the two parts are swapped: (train_indices, valid_indices)",
            like=lambda targets, held_out, seed: _split(targets, held_out, seed)[::-1],
        ),
        Mistake(
            "the seed must decide: torch.Generator().manual_seed(seed)",
            when=lambda case, got, expected: not got["another seed gives another split"],
        ),
    ],
)
def stratified_split(targets, held_out, seed):
    """Return (train_indices, valid_indices), two lists of whole numbers.

    ``valid_indices`` has ``held_out`` random pictures of each class, ``train_indices`` the rest.
    """
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(targets), generator=generator).tolist()
    valid = []
    for label in sorted(set(targets)):
        valid += [place for place in order if targets[place] == label][:held_out]
    return [place for place in order if place not in valid], valid


class _Marked(Dataset):
    """Items say which picture they are and which transform they went through."""

    def __init__(self, count, transform):
        self.count, self.transform = count, transform

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        if not 0 <= index < self.count:
            raise IndexError(index)
        return self.transform(index), index % 3


def _who_is_augmented(attempt, count, held_out, seed):
    def make_dataset(transform):
        return _Marked(count, transform)

    def augment(picture):
        return ("augmented", picture)

    def plain(picture):
        return ("plain", picture)

    result = attempt(make_dataset, augment, plain, held_out, seed)
    if not (isinstance(result, (tuple, list)) and len(result) == 2):
        raise Finding("it must return two parts: (training part, validation part)")
    train, valid = ([part[n][0] for n in range(len(part))] for part in result)
    kinds = [sorted({kind for kind, _ in part}) for part in (train, valid)]
    numbers = [[number for _, number in part] for part in (train, valid)]
    return {
        "the validation pictures are": kinds[1],
        "the training pictures are": kinds[0],
        "pictures in both parts": sorted(set(numbers[0]) & set(numbers[1])),
        "validation pictures": len(numbers[1]),
        "different pictures in all": len(set(numbers[0]) | set(numbers[1])),
        "the validation pictures are drawn at random": numbers[1]
        not in (
            list(range(held_out)),
            list(range(count - held_out, count)),
        ),
    }


def repair_split_starter(make_dataset, augment, plain, held_out, seed):
    """Return (training part, validation part); the second has ``held_out`` pictures."""
    dataset = make_dataset(augment)
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(dataset), generator=generator).tolist()
    return Subset(dataset, order[held_out:]), Subset(dataset, order[:held_out])


def _with_one(make_dataset, transform, held_out, seed):
    return repair_split_starter(make_dataset, transform, None, held_out, seed)


def _swapped(make_dataset, augment, plain, held_out, seed):
    return repair_split(make_dataset, plain, augment, held_out, seed)


@exercise(
    starter=repair_split_starter,
    observe=_who_is_augmented,
    cases=lambda rng: {
        "count": rng.randint(20, 30),
        "held_out": rng.randint(4, 6),
        "seed": rng.randrange(100),
    },
    count=4,
    praise="only the training part is augmented, and no picture is in both",
    hints=[
        "Both parts share one dataset, so they share its transform. How many datasets do you need?",
        "make_dataset(augment) for one, make_dataset(plain) for the other; one order for both.",
    ],
    mistakes=[
        Mistake(
            "the validation part still goes through augment: it needs a dataset of its own",
            like=repair_split_starter,
        ),
        Mistake(
            "now nothing is augmented: give each part a dataset of its own, the training part "
            "make_dataset(augment); a transform that is set afterwards changes both",
            like=lambda make, augment, plain, held, seed: _with_one(make, plain, held, seed),
        ),
        Mistake("the two transforms are swapped", like=_swapped),
        Mistake(
            "a picture is in both parts: use the same order for both, not two random ones",
            when=lambda case, got, expected: bool(got["pictures in both parts"]),
        ),
    ],
)
def repair_split(make_dataset, augment, plain, held_out, seed):
    """Return (training part, validation part); the second has ``held_out`` pictures."""
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(make_dataset(plain)), generator=generator).tolist()
    train = Subset(make_dataset(augment), order[held_out:])
    return train, Subset(make_dataset(plain), order[:held_out])


EXERCISES = collect(vars())
