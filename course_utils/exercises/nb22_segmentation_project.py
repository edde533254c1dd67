"""Exercises of notebook 22: count hits and errors, join two maps."""

import torch
from torch.nn import functional as F

from ._define import Finding, Mistake, collect, exercise
from ._run import Raised

ORDER = (
    "count_outcomes",
    "merge_skip",
    "repair_find_bee",
    "best_threshold",
    "save_mask",
)


def _two_masks(rng):
    shape = rng.randint(1, 3), rng.randint(2, 4)
    return {name: rng.tensor(*shape) > rng.choice((-1, 0, 1)) for name in ("found", "truth")}


def _three_counts(count, found, truth):
    """Return the three counts; a tensor of one number counts as that number."""
    given = count(found, truth)
    given = given.tolist() if hasattr(given, "tolist") else given
    if not isinstance(given, (tuple, list)) or len(given) != 3:
        sort = "nothing (is return missing?)" if given is None else type(given).__name__
        raise Finding(f"three numbers are asked for: return hits, misses, alarms; yours is {sort}")
    names = ("hits", "misses", "false alarms")
    return {name: _whole(value) for name, value in zip(names, given, strict=True)}


def _whole(value):
    if torch.is_tensor(value) and value.numel() > 1:
        raise Finding(f"one of them is still a mask, of shape {tuple(value.shape)}; .sum() counts")
    value = value.item() if hasattr(value, "item") else value
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _counts(found, truth):
    return tuple(int(part.sum()) for part in (found & truth, ~found & truth, found & ~truth))


def _of_all_right(found, truth):
    return int((found == truth).sum()), *_counts(found, truth)[1:]


def _sizes(found, truth):
    return int((found & truth).sum()), int(truth.sum()), int(found.sum())


def _counted(name, part):
    """Return a ``when``: this number counts ``part`` instead, in a case where that matters."""

    def when(case, got, expected):
        return got[name] == int(part(**case).sum()) != expected[name]

    return when


def _errors_together(found, truth):
    return int((found & truth).sum()), *[int((found ^ truth).sum())] * 2


@exercise(
    observe=_three_counts,
    cases=_two_masks,
    hints=[
        "For bool tensors & is and, ~ is not; .sum() counts what is True.",
        "A hit is found & truth. A miss is in the truth and not found: ~found & truth.",
        "return hits, misses, alarms makes a tuple; .item() makes a number of a tensor.",
    ],
    mistakes=[
        Mistake(
            "misses and false alarms have changed places: a miss is bee that was not found",
            like=lambda found, truth: tuple(_counts(found, truth)[i] for i in (0, 2, 1)),
        ),
        Mistake(
            "ground that is called ground is right, but no hit: a hit is found & truth",
            like=_of_all_right,
        ),
        Mistake("these are the sizes of the two masks: take the hits away from each", like=_sizes),
        Mistake(
            "found != truth has both kinds of error in it: which of them are bee?",
            like=_errors_together,
        ),
        Mistake(
            "counts are asked for, not shares: sum(), not mean()",
            like=lambda found, truth: tuple(n / found.numel() for n in _counts(found, truth)),
        ),
        Mistake(
            "PyTorch refuses minus between bool tensors: use & and ~",
            when=lambda case, got, expected: isinstance(got, Raised) and "`-` operator" in got.text,
        ),
        Mistake(
            "`and` and `not` ask about a whole tensor; & and ~ go pixel by pixel",
            when=lambda case, got, expected: isinstance(got, Raised) and "ambiguous" in got.text,
        ),
        Mistake(
            "found | truth is what is in either; a hit is in both: found & truth",
            when=_counted("hits", lambda found, truth: found | truth),
        ),
        Mistake(
            "~found alone is all that was not found, ground as well: ~found & truth",
            when=_counted("misses", lambda found, truth: ~found),
        ),
        Mistake(
            "~truth alone is all of the ground: which of it was found?",
            when=_counted("false alarms", lambda found, truth: ~truth),
        ),
    ],
)
def count_outcomes(found, truth):
    """Return (hits, misses, false alarms), in pixels; both are bool tensors (H, W)."""
    hits = (found & truth).sum().item()
    misses = (~found & truth).sum().item()
    alarms = (found & ~truth).sum().item()
    return hits, misses, alarms


def _two_maps(rng):
    height, width = rng.randint(1, 3), rng.randint(1, 3)
    size = [2 * side + rng.randint(0, 1) for side in (height, width)]
    batch = rng.randint(1, 2)
    return {
        "deep": rng.tensor(batch, rng.randint(1, 3), height, width),
        "skip": rng.tensor(batch, rng.randint(1, 3), *size),
    }


def _merged(deep, skip, mode="nearest"):
    return torch.cat([F.interpolate(deep, size=skip.shape[-2:], mode=mode), skip], dim=1)


def _with_zeros(deep, skip):
    """Twice as large; where skip has a row or column more, it is filled with zeros."""
    large = F.interpolate(deep, scale_factor=2.0)
    rows, columns = (skip.shape[axis] - large.shape[axis] for axis in (2, 3))
    return torch.cat([F.pad(large, (0, columns, 0, rows)), skip], dim=1)


def _stops(*words):
    return lambda case, got, expected: isinstance(got, Raised) and any(w in got.text for w in words)


@exercise(
    cases=_two_maps,
    count=60,
    against="PyTorch",
    praise="right for 60 pairs of maps, odd sizes too",
    hints=[
        "F.interpolate(deep, size=…) enlarges; which two sizes does skip.shape end with?",
        "torch.cat([first, second], dim=…) joins channels: which dimension of (B, C, H, W)?",
        "torch.cat([F.interpolate(deep, size=skip.shape[-2:]), skip], dim=1)",
    ],
    mistakes=[
        Mistake(
            "skip stands first in yours: deep comes first",
            like=lambda deep, skip: _merged(deep, skip).roll(skip.shape[1], dims=1),
        ),
        Mistake(
            "bilinear mixes neighbours; leave mode out, PyTorch's default repeats them",
            like=lambda deep, skip: _merged(deep, skip, "bilinear"),
        ),
        Mistake(
            "nearest-exact rounds in another way: leave mode out",
            like=lambda deep, skip: _merged(deep, skip, "nearest-exact"),
        ),
        Mistake(
            "where skip is one row or column larger than twice deep, yours fills up with zeros: "
            "give F.interpolate the size",
            like=_with_zeros,
        ),
        Mistake(
            "the sizes do not fit: give F.interpolate size=skip.shape[-2:], which is (H, W). "
            "A factor of 2 is right for even sizes only, and half of 5 is 2",
            when=_stops("except in dimension 1"),
        ),
        Mistake(
            "the channels are dimension 1: torch.cat([…], dim=1)",
            when=_stops("Sizes of tensors must match"),
        ),
        Mistake(
            "torch.stack makes a new dimension; torch.cat([…], dim=1) joins along one",
            when=lambda case, got, expected: (
                _stops("stack expects")(case, got, expected) or got.ndim > expected.ndim
            ),
        ),
        Mistake(
            "F.interpolate wants height and width only: skip.shape[-2:]",
            when=_stops("Input and output must have the same number of spatial dimensions"),
        ),
        Mistake(
            "skip is the fine map with the *where*: enlarge deep, do not shrink skip",
            when=lambda case, got, expected: got.shape[-2:] == case["deep"].shape[-2:],
        ),
        Mistake(
            "the channels are dimension 1: torch.cat([…], dim=1)",
            when=lambda case, got, expected: (
                got.shape != expected.shape and got.numel() == expected.numel()
            ),
        ),
        Mistake(
            "adding mixes both maps for good; the channels must stand side by side: torch.cat",
            when=lambda case, got, expected: (
                _stops("must match the size")(case, got, expected)
                or torch.equal(
                    got, F.interpolate(case["deep"], case["skip"].shape[2:]) + case["skip"]
                )
            ),
        ),
        Mistake(
            "skip is missing: join both with torch.cat",
            when=lambda case, got, expected: got.shape[1] == case["deep"].shape[1],
        ),
    ],
)
def merge_skip(deep, skip):
    """Return (B, C + S, H, W): ``deep`` (B, C, h, w) enlarged to H × W, then ``skip``.

    ``skip`` is (B, S, H, W), and H and W are *about* twice h and w. Enlarge with
    ``F.interpolate``, without a ``mode``.
    """
    enlarged = F.interpolate(deep, size=skip.shape[-2:])
    return torch.cat([enlarged, skip], dim=1)


EXERCISES = collect(vars())
