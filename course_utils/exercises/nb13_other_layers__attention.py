"""Exercises of notebook 13, sixth part: everything at once."""

import torch
from torch.nn import functional as F

from ._define import Mistake, collect, exercise
from ._run import Raised


def _raised(*words):
    return lambda case, got, expected: isinstance(got, Raised) and any(w in got.text for w in words)


def _looks(rng):
    asking, asked, width = rng.randint(1, 4), rng.randint(1, 4), rng.randint(1, 4)
    return {
        "queries": rng.tensor(asking, width),
        "keys": rng.tensor(asked, width),
        "values": rng.tensor(asked, rng.randint(1, 3)),
    }


def _attend(queries, keys, values, *, scale=None, dim=1):
    scale = queries.shape[1] ** 0.5 if scale is None else scale
    return torch.softmax(queries @ keys.T / scale, dim=dim) @ values


def _without_keepdim(queries, keys, values):
    powers = torch.exp(queries @ keys.T / queries.shape[1] ** 0.5)
    return powers / powers.sum(dim=1) @ values


def _attend_like(message, answer):
    return Mistake(message, like=lambda queries, keys, values: answer(queries, keys, values))


@exercise(
    oracle=lambda queries, keys, values: F.scaled_dot_product_attention(
        queries[None], keys[None], values[None]
    )[0],
    cases=_looks,
    against="PyTorch",
    hints=[
        "queries @ keys.T has a score for each pair: (asking, asked).",
        "Divide by the root of the width, queries.shape[1] ** 0.5.",
        "Softmax over the asked, dim=1, so that each row adds up to 1; then @ values.",
    ],
    mistakes=[
        Mistake(
            "the scores are divided by the root of the width",
            like=lambda queries, keys, values: _attend(queries, keys, values, scale=1),
        ),
        Mistake(
            "by the root of the width, not by the width",
            like=lambda queries, keys, values: _attend(
                queries, keys, values, scale=queries.shape[1]
            ),
        ),
        Mistake(
            "the width is queries.shape[1]; shape[0] is how many ask",
            like=lambda queries, keys, values: _attend(
                queries, keys, values, scale=len(queries) ** 0.5
            ),
        ),
        Mistake(
            "the width is queries.shape[1]; len(keys) is how many are asked",
            like=lambda queries, keys, values: _attend(
                queries, keys, values, scale=len(keys) ** 0.5
            ),
        ),
        Mistake(
            "each row must add up to 1: softmax over dim 1, those who are asked",
            like=lambda queries, keys, values: _attend(queries, keys, values, dim=0),
        ),
        Mistake(
            "softmax is missing: shares that add up to 1",
            like=lambda queries, keys, values: queries @ keys.T / queries.shape[1] ** 0.5 @ values,
        ),
        Mistake(
            "the scores are divided before softmax, not the shares after it",
            like=lambda queries, keys, values: (
                _attend(queries, keys, values, scale=1) / queries.shape[1] ** 0.5
            ),
        ),
        Mistake(
            "the result is a mixture of the values: shares @ values",
            like=lambda queries, keys, values: torch.softmax(
                queries @ keys.T / queries.shape[1] ** 0.5, dim=1
            ),
        ),
        _attend_like(
            "8 was the width in the cell above; here it is queries.shape[1]",
            lambda q, k, v: _attend(q, k, v, scale=8**0.5),
        ),
        _attend_like(
            "the width of queries and keys counts, not that of the values: queries.shape[1]",
            lambda q, k, v: _attend(q, k, v, scale=v.shape[1] ** 0.5),
        ),
        _attend_like(
            "the scores are divided by the root, not multiplied",
            lambda q, k, v: _attend(q, k, v, scale=q.shape[1] ** -0.5),
        ),
        _attend_like(
            "the shares mix the values, not the keys: shares @ values",
            lambda q, k, v: _attend(q, k, k),
        ),
        _attend_like(
            "a mixture of all values, not the best one alone: softmax, not argmax",
            lambda q, k, v: v[(q @ k.T).argmax(dim=1)],
        ),
        _attend_like(
            "keys must be turned: queries @ keys.T",
            lambda q, k, v: torch.softmax(q @ k / q.shape[1] ** 0.5, dim=1) @ v,
        ),
        _attend_like(
            "the values stay as they are: shares @ values", lambda q, k, v: _attend(q, k, v.T)
        ),
        _attend_like(
            "a row for each query: queries @ keys.T, in this order",
            lambda q, k, v: _attend(k, q, v),
        ),
        _attend_like(
            "each row is divided by its own sum: sum(dim=1, keepdim=True)", _without_keepdim
        ),
        Mistake(
            "the shapes do not fit: (T, D) @ (D, S) makes (T, S), and that @ (S, E) makes (T, E)",
            when=_raised("shapes cannot be multiplied", "size mismatch", "must match"),
        ),
    ],
)
def attention_by_hand(queries, keys, values):
    """Return (T, E) for ``queries`` (T, D), ``keys`` (S, D) and ``values`` (S, E)."""
    scores = queries @ keys.T / queries.shape[1] ** 0.5  # (T, S)
    return torch.softmax(scores, dim=1) @ values


EXERCISES = collect(vars())
