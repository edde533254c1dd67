"""Exercise of notebook 08: which part of a split is augmented."""

import torch
from torch.utils.data import Dataset, Subset

from ._define import Finding, Mistake, collect, exercise


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


def _two_parts(attempt, count, held_out, seed):
    """Return two lists of (kind, picture), and whether each look at a training picture is new."""
    calls = []

    def augment(picture):
        calls.append(picture)
        return "augmented", picture

    def plain(picture):
        return "plain", picture

    made = attempt(lambda transform: _Marked(count, transform), augment, plain, held_out, seed)
    if not (isinstance(made, (tuple, list)) and len(made) == 2):
        raise Finding("it must return two parts: (training part, validation part)")
    calls.clear()
    parts = [[part[n][0] for n in range(len(part))] for part in made]
    seen = [picture for kind, picture in parts[0] if kind == "augmented"]
    return parts, calls[: len(seen)] == seen


def _who_is_augmented(attempt, count, held_out, seed):
    (train, valid), anew = _two_parts(attempt, count, held_out, seed)
    again, *others = (
        sorted(_two_parts(attempt, count, held_out, seed + n)[0][1]) for n in range(4)
    )
    kinds = [sorted({kind for kind, _ in part}) for part in (train, valid)]
    numbers = [[number for _, number in part] for part in (train, valid)]
    return {
        "the validation pictures are": kinds[1],
        "the training pictures are": kinds[0],
        "pictures in both parts": sorted(set(numbers[0]) & set(numbers[1])),
        "validation pictures": len(numbers[1]),
        "different pictures in all": len(set(numbers[0]) | set(numbers[1])),
        "the validation pictures are drawn at random": sorted(numbers[1])
        not in (
            list(range(held_out)),
            list(range(count - held_out, count)),
        ),
        "each look at a training picture is augmented anew": anew,
        "the same seed gives the same split": again == sorted(valid),
        "another seed gives another split": any(other != again for other in others),
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
            "a picture is in both parts: cut one order, order[held_out:] and order[:held_out]",
            when=lambda case, got, expected: bool(got["pictures in both parts"]),
        ),
        Mistake(
            "the order is (training part, validation part); the second has held_out pictures",
            when=lambda case, got, expected: got["validation pictures"] != case["held_out"],
        ),
        Mistake(
            "a picture is in neither part: order[held_out:] and order[:held_out] leave none out",
            when=lambda case, got, expected: got["different pictures in all"] < case["count"],
        ),
        Mistake(
            "the first or the last ones are not a random choice: take them from order",
            when=lambda case, got, expected: not got["the validation pictures are drawn at random"],
        ),
        Mistake(
            "a ready list is augmented once, the same for all epochs: return a Subset",
            when=lambda case, got, expected: (
                not got["each look at a training picture is augmented anew"]
            ),
        ),
        Mistake(
            "the seed must decide: give randperm a generator with manual_seed(seed)",
            when=lambda case, got, expected: (
                not (
                    got["the same seed gives the same split"]
                    and got["another seed gives another split"]
                )
            ),
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
