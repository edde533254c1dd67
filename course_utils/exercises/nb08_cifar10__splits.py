"""Exercise of notebook 08: a validation set with the same share of each class."""

import torch

from ._define import Finding, Mistake, collect, exercise


def _some_split(rng):
    held_out = rng.choice([1, 2, 3, 5])
    targets = [label for label in range(rng.randint(2, 4)) for _ in range(rng.randint(8, 14))]
    rng.shuffle(targets)
    return {"targets": targets, "held_out": held_out, "seed": rng.randrange(100)}


def _pair_of_lists(attempt, targets, held_out, seed):
    given = list(targets)
    result = attempt(given, held_out, seed)
    if given != targets:
        raise Finding("it changes targets, the caller's list: shuffle the places instead")
    if not (isinstance(result, (tuple, list)) and len(result) == 2):
        raise Finding("it must return two lists: (train_indices, valid_indices)")
    parts = [[int(index) for index in part] for part in result]
    if beyond := [n for part in parts for n in part if not 0 <= n < len(targets)]:
        raise Finding(f"there is no picture {beyond[0]}: the places are 0 … {len(targets) - 1}")
    if any(set(part) <= set(targets) and len(set(part)) < len(part) for part in parts):
        raise Finding("these are labels: return the places of the pictures in targets")
    return parts


def _are_neighbours(chosen, members):
    """Tell whether ``chosen`` stand side by side in ``members``, a circle."""
    marks = [place in chosen for place in members]
    borders = sum(mark != marks[place - 1] for place, mark in enumerate(marks))
    return sum(marks) > 1 and borders == 2


def _what_is_split(attempt, targets, held_out, seed):
    train, valid = _pair_of_lists(attempt, targets, held_out, seed)
    again = _pair_of_lists(attempt, targets, held_out, seed)[1]
    others = [_pair_of_lists(attempt, targets, held_out, seed + n)[1] for n in range(1, 9)]
    places = range(len(targets))
    classes = [[n for n in places if targets[n] == label] for label in sorted(set(targets))]
    first = sorted(_split(targets, held_out, seed, shuffle=False)[1])
    return {
        "pictures in both parts": sorted(set(train) & set(valid)),
        "pictures more than once in a part": len(train + valid) - len(set(train)) - len(set(valid)),
        "validation pictures of each class": [len(set(valid) & set(group)) for group in classes],
        "always the first pictures of each class": all(
            sorted(chosen) == first for chosen in [valid, *others]
        ),
        "pictures in neither part": sorted(set(places) - set(train) - set(valid)),
        "the same seed gives the same split": sorted(again) == sorted(valid),
        "another seed gives another split": any(sorted(other) != sorted(valid) for other in others),
        "always neighbours in the file": all(
            _are_neighbours(chosen, group) for chosen in [valid, *others] for group in classes
        ),
    }


def _split(targets, held_out, seed, *, shuffle=True):
    generator = torch.Generator().manual_seed(seed)
    places = range(len(targets))
    order = torch.randperm(len(targets), generator=generator).tolist() if shuffle else list(places)
    valid = []
    for label in set(targets):
        valid += [place for place in order if targets[place] == label][:held_out]
    return [place for place in places if place not in valid], valid


def _in_all(case, got, expected):
    """Tell whether the number of validation pictures is right, but not the same in each class."""
    counts = got["validation pictures of each class"]
    return len(set(counts)) > 1 and sum(counts) == case["held_out"] * len(counts)


def _are_numbers_of_members(case, got, expected):
    """Tell whether parts repeat small numbers: places in a class, not in the file."""
    largest = max(case["targets"].count(label) for label in case["targets"])
    small = all(place < largest for place in got["pictures in both parts"])
    return got["pictures more than once in a part"] > 0 and small


def _counts_differ(case, got, expected):
    return any(n != case["held_out"] for n in got["validation pictures of each class"])


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
            "a picture is twice in a part: a k of randperm(len(members)) stands for members[k]; "
            "and draw without putting back",
            when=_are_numbers_of_members,
        ),
        Mistake(
            "the held-out pictures are still in the training part: the score would flatter you",
            when=lambda case, got, expected: got["pictures in both parts"],
        ),
        Mistake(
            "always the first ones of each class: shuffle, with a generator made from the seed",
            like=lambda targets, held_out, seed: _split(targets, held_out, seed, shuffle=False),
        ),
        Mistake(
            "the two parts are swapped: (train_indices, valid_indices)",
            like=lambda targets, held_out, seed: _split(targets, held_out, seed)[::-1],
        ),
        Mistake(
            "drawn from all at once, some classes get more than others: draw from each class",
            when=_in_all,
        ),
        Mistake(
            "held_out is a number of pictures, of each class: no share, and not of all together",
            when=_counts_differ,
        ),
        Mistake(
            "give randperm a generator with the seed: torch.Generator().manual_seed(seed)",
            when=lambda case, got, expected: not got["the same seed gives the same split"],
        ),
        Mistake(
            "the seed must decide: torch.Generator().manual_seed(seed)",
            when=lambda case, got, expected: not got["another seed gives another split"],
        ),
        Mistake(
            "neighbours in a file are often alike: shuffle the places, do not cut out a piece",
            when=lambda case, got, expected: got["always neighbours in the file"],
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


EXERCISES = collect(vars())
