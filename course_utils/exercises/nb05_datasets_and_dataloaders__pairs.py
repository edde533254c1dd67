"""Exercises of notebook 05, fifth part: pictures and their masks."""

from collections.abc import Iterator
from pathlib import Path

from ._define import Mistake, collect, exercise

PICTURES, MASKS = (".jpg", ".jpeg", ".bmp"), (".png", ".tiff")


def _names_case(rng):
    stems = rng.sample(["ants_1", "ants_10", "ants_2", "bees.v2_1", "bees.v2_2"], rng.randint(1, 4))
    masks = list(stems)
    chance = rng.random()
    if chance < 0.3:
        masks.remove(rng.choice(masks))
    if 0.15 < chance < 0.45:
        masks.append(rng.choice(["wasps_1", "ants_3", "bees.v1_1"]))
    return {
        "pictures": [s + rng.choice(PICTURES) for s in rng.sample(stems, len(stems))],
        "masks": [s + rng.choice(MASKS) for s in rng.sample(masks, len(masks))],
    }


def _pairs(pictures, masks, *, stem=lambda name: Path(name).stem, alone=lambda a, b: a != b):
    """Pair by ``stem``; refuse what ``alone(stems of the pictures, of the masks)`` is true for."""
    found = {stem(name): name for name in masks}
    if alone({stem(name) for name in pictures}, found.keys()):
        raise ValueError("no partner")
    return [(name, found[stem(name)]) for name in sorted(pictures) if stem(name) in found]


def _zipped(pictures, masks):
    return list(zip(sorted(pictures), sorted(masks), strict=False))


def _zipped_strictly(pictures, masks):
    return list(zip(sorted(pictures), sorted(masks), strict=True))


def _zipped_and_compared(pictures, masks):
    pairs = _zipped(pictures, masks)
    if any(Path(picture).stem != Path(mask).stem for picture, mask in pairs):
        raise ValueError("no partner")
    return pairs


def _zipped_unsorted(pictures, masks):
    return list(zip(pictures, masks, strict=False))


def _another_error(case, got, expected):
    """An error where one is due, but not a ValueError."""
    return expected.kind is ValueError and (
        got.kind is Exception
        or issubclass(got.kind, AssertionError | LookupError | OSError | RuntimeError)
    )


def _refuses(got):
    """Say whether it takes a name for one without a partner."""
    return issubclass(got.kind, ValueError | LookupError)


@exercise(
    cases=_names_case,
    errors=(ValueError,),
    praise="right for 100 folders, also where a picture or a mask has no partner",
    hints=[
        "Path(name).stem is the name without its suffix: bees_0001.jpg and bees_0001.png share it.",
        "A dictionary {stem: mask} finds the mask of a picture.",
        "Compare the set of the pictures' stems with that of the masks; raise ValueError if they "
        "differ.",
    ],
    mistakes=[
        Mistake(
            "zip pairs by place: one missing file, and every pair behind it is wrong",
            like=_zipped,
        ),
        Mistake(
            "zip stops at the shorter list, so the last names go unnoticed: compare the lengths "
            "too, or say strict=True",
            like=_zipped_and_compared,
        ),
        Mistake(
            "equal numbers are no proof: one picture and one mask may both be alone",
            like=_zipped_strictly,
        ),
        Mistake("the lists come in any order: pair by name", like=_zipped_unsorted),
        Mistake(
            "a picture without a mask is left out in silence: raise ValueError",
            like=lambda p, m: _pairs(p, m, alone=lambda a, b: False),
        ),
        Mistake(
            "a mask without a picture goes unnoticed: compare in both directions",
            like=lambda p, m: _pairs(p, m, alone=lambda a, b: bool(a - b)),
        ),
        Mistake(
            "a picture without a mask goes unnoticed: compare in both directions",
            like=lambda p, m: _pairs(p, m, alone=lambda a, b: bool(b - a)),
        ),
        Mistake(
            "a name may hold a dot (bees.v2_1.jpg): Path(name).stem cuts off the last part only",
            like=lambda p, m: _pairs(p, m, stem=lambda name: name.split(".")[0]),
        ),
        Mistake(
            "it is the right moment for an error, and the wrong one: raise ValueError(…)",
            when=_another_error,
        ),
        Mistake(
            "every name here has its partner: take off the suffix, whatever it is, with "
            "Path(name).stem",
            when=lambda case, got, expected: isinstance(expected, list) and _refuses(got),
        ),
        Mistake(
            "return hands the error over as an answer: write raise ValueError(…)",
            when=lambda case, got, expected: isinstance(got, Exception) or got is ValueError,
        ),
        Mistake(
            "the answer must be a list: list(…) makes one",
            when=lambda case, got, expected: isinstance(got, Iterator | tuple),
        ),
        Mistake(
            "the right pairs in another order: sort them by picture",
            when=lambda case, got, expected: (
                isinstance(got, list) and got != expected and sorted(got) == expected
            ),
        ),
    ],
)
def pair_up(pictures, masks):
    """Return [(picture, mask), …] of file names that differ in their suffix only.

    In the sorted order of the pictures. ValueError if a picture or a mask is without a partner.
    """
    mask_of = {Path(name).stem: name for name in masks}
    stems = {Path(name).stem for name in pictures}
    if alone := stems ^ mask_of.keys():
        raise ValueError(f"no partner: {sorted(alone)}")
    return [(name, mask_of[Path(name).stem]) for name in sorted(pictures)]


EXERCISES = collect(vars())
