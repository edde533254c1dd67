"""Exercises of notebook 03, third part: one number a row, and the nearest pictures."""

import torch

from ._define import Mistake, collect, exercise
from ._draw import grids

ORDER = (
    "shared_memory",
    "to_batch",
    "scores_at_labels",
    "broadcast_shape",
    "center_pictures",
    "mask_error",
    "nearest_pictures",
)


def _score_case(rng):
    rows, classes = rng.randint(1, 5), rng.randint(2, 5)
    return {"scores": rng.tensor(rows, classes), "labels": rng.labels(rows, classes)}


def _show_scores(case, got, expected):
    marks = list(enumerate(case["labels"].tolist()))
    return grids([case["scores"].tolist()], ["one number a row (framed)"], marks)


@exercise(
    cases=_score_case,
    draw=_show_scores,
    praise="right for many tables, also for one row, and for as many rows as classes",
    hints=[
        "gather(1, index) takes numbers along dimension 1. The index needs two dimensions too.",
        "labels[:, None] has shape (B, 1), and so has what gather returns.",
        "squeeze(1) makes (B, 1) into (B,).",
    ],
    mistakes=[
        Mistake(
            "that takes all these columns of every row, (B, B); each row has one label: gather",
            like=lambda scores, labels: scores[:, labels],
        ),
        Mistake(
            "squeeze() makes a batch of one lose its only dimension: squeeze(1)",
            like=lambda s, y: s.gather(1, y[:, None]).squeeze(),
        ),
        Mistake(
            "the numbers are right, but stand in a column (B, 1): squeeze(1)",
            like=lambda s, y: s.gather(1, y[:, None]),
        ),
        Mistake(
            "that is the best score of each row; the label may be another class",
            like=lambda s, y: s.max(dim=1).values,
        ),
        Mistake(
            "the index needs as many dimensions as scores: labels[:, None]",
            when=lambda case, got, expected: "same number of dimensions" in got.text,
        ),
        Mistake(
            "rows and columns are swapped: the row number comes first",
            like=lambda s, y: s[y, torch.arange(len(y))],
        ),
        Mistake(
            "the diagonal is right where the labels happen to be 0, 1, 2 …",
            like=lambda s, y: s.diagonal(),
        ),
        Mistake("that is the first row only", like=lambda s, y: s[0, y]),
        *(
            Mistake(
                "the number of rows differs from batch to batch: torch.arange(len(labels))",
                like=lambda s, y, rows=rows: s[list(range(rows)), y],
            )
            for rows in (2, 3, 4)
        ),
        Mistake(
            "dimension 1 runs over the classes; you went along dimension 0",
            when=lambda case, got, expected: "out of bounds" in got.text,
        ),
        Mistake(
            "dimension 1 runs over the classes; you went along dimension 0",
            like=lambda s, y: s.index_select(0, y),
        ),
        Mistake(
            "torch.stack or torch.tensor makes a list a tensor; gather needs no list",
            when=lambda case, got, expected: isinstance(got, list),
        ),
    ],
)
def scores_at_labels(scores, labels):
    """Return (B,): from each row of ``scores`` (B, classes) the number at its label."""
    return scores.gather(1, labels[:, None]).squeeze(1)


def _squares(query, album):
    return ((album.float() - query.float()) ** 2).mean(dim=(1, 2, 3))


def _album_case(rng):
    shape = (rng.choice((1, 3)), rng.randint(1, 3), rng.randint(1, 3))
    size, dark = rng.randint(2, 6), rng.random() < 0.3
    while True:
        pixels = rng.tensor(size + 1, *shape, low=0, high=25.5).mul(10).round().to(torch.uint8)
        query, album = pixels[0], pixels[1:]
        if dark:
            query = query // 64 + 1
        if len(_squares(query, album).unique()) == size:  # no two are equally near
            return {"query": query, "album": album, "count": rng.randint(1, size)}


def _first(distance, count, **order):
    return distance.argsort(**order)[:count]


def _wrapped(query, album, count):
    return _first(((album - query).float() ** 2).mean(dim=(1, 2, 3)), count)


@exercise(
    cases=_album_case,
    praise="right for albums of many sizes, and the query is never overlooked",
    hints=[
        "What is uint8 10 - 20? Go to float first: album.float().",
        "album (N, C, H, W) minus query (C, H, W) broadcasts. Square, then mean(dim=(1, 2, 3)).",
        "argsort() gives the places from the smallest to the largest; keep the first ones.",
    ],
    mistakes=[
        Mistake("in uint8 10 - 20 is 246: make both float before you subtract", like=_wrapped),
        Mistake(
            "in uint8 10 - 20 is 246, so that abs() comes too late: make both float first",
            like=lambda q, a, n: _first((a - q).float().mean(dim=(1, 2, 3)), n),
        ),
        Mistake(
            "squares above 32,767 wrap in int16: make both float",
            like=lambda q, a, n: _first(
                (a.to(torch.int16) - q.to(torch.int16)).square().sum(dim=(1, 2, 3)), n
            ),
        ),
        Mistake(
            "a large product may only mean a bright picture: the distance has a² and b², too",
            like=lambda q, a, n: _first(
                (a.float() * q.float()).sum(dim=(1, 2, 3)), n, descending=True
            ),
        ),
        *(
            Mistake("divide both by 255 or none: the scales must be the same", like=like)
            for like in (
                lambda q, a, n: _first(_squares(q, a / 255), n),
                lambda q, a, n: _first(_squares(q / 255, a), n),
            )
        ),
        Mistake(
            "in uint8 10 - 20 is 246, and squares wrap as well: make both float first",
            like=lambda q, a, n: _first(((a - q) ** 2).sum(dim=(1, 2, 3)), n),
        ),
        Mistake(
            "a mean needs floats, and in uint8 10 - 20 is 246: make both float first",
            when=lambda case, got, expected: "could not infer output dtype" in got.text,
        ),
        Mistake(
            "these are the farthest ones, the farthest first",
            like=lambda q, a, n: _first(_squares(q, a), n, descending=True),
        ),
        Mistake(
            "these are the farthest ones: the nearest stand at the beginning, [:count]",
            like=lambda q, a, n: _squares(q, a).argsort()[-n:],
        ),
        Mistake(
            "the nearest one is left out: counting starts at 0, [:count]",
            like=lambda q, a, n: _squares(q, a).argsort()[1 : n + 1],
        ),
        Mistake(
            "[count] is one place; [:count] gives the first ones",
            like=lambda q, a, n: _squares(q, a).argsort()[n],
        ),
        Mistake(
            "without a square the differences above and below zero cancel",
            like=lambda q, a, n: _first((a.float() - q.float()).mean(dim=(1, 2, 3)), n),
        ),
        Mistake(
            "equally bright is not alike: compare pixel by pixel, then take the mean",
            like=lambda q, a, n: _first(
                (a.float().mean(dim=(1, 2, 3)) - q.float().mean()).abs(), n
            ),
        ),
        Mistake(
            "the distance is the mean of squares, not of absolute values",
            like=lambda q, a, n: _first((a.float() - q.float()).abs().mean(dim=(1, 2, 3)), n),
        ),
        Mistake(
            "these are the distances; their places are asked for: argsort, not sort",
            like=lambda q, a, n: _squares(q, a).sort().values[:n],
        ),
        Mistake("count is not used", like=lambda q, a, n: _squares(q, a).argsort()),
        Mistake(
            "the nearest one only: argsort()[:count] gives several",
            when=lambda case, got, expected: got.ndim == 0,
        ),
        *(
            Mistake("the right ones in the wrong order: the nearest comes first", like=like)
            for like in (
                lambda q, a, n: _first(_squares(q, a), n).sort().values,
                lambda q, a, n: _first(_squares(q, a), n).flip(0),
            )
        ),
        Mistake(
            "sort and topk return two tensors, values and places: take .indices",
            when=lambda case, got, expected: isinstance(got, tuple),
        ),
        Mistake(
            "the places are right; leave them int64, as argsort gives them",
            when=lambda case, got, expected: torch.equal(got.long(), expected),
        ),
    ],
)
def nearest_pictures(query, album, count):
    """Return the places (count,) of the pictures in ``album`` nearest to ``query``, nearest first.

    Both are uint8: (C, H, W) and (N, C, H, W). The distance is the mean squared difference.
    """
    difference = album.float() - query.float()  # (N, C, H, W)
    distance = (difference**2).mean(dim=(1, 2, 3))  # (N,)
    return distance.argsort()[:count]


EXERCISES = collect(vars())
