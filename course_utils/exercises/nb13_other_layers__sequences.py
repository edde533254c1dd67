"""Exercises of notebook 13, third part: layers that read one step after another, or all at once."""

import torch
from torch import nn
from torch.nn import functional as F

from ._define import Mistake, collect, exercise
from ._run import Raised


def _raised(*words):
    return lambda case, got, expected: isinstance(got, Raised) and any(w in got.text for w in words)


def _steps(rng):
    steps, features, hidden = rng.randint(2, 4), rng.randint(1, 3), rng.randint(1, 3)
    size = {"low": -1.0, "high": 1.0}
    return {
        "x": rng.tensor(steps, features, **size),
        "w_in": rng.tensor(hidden, features, **size),
        "w_back": rng.tensor(hidden, hidden, **size),
    }


def _by_torch(x, w_in, w_back):
    rnn = nn.RNN(w_in.shape[1], w_in.shape[0], bias=False)
    with torch.no_grad():
        rnn.weight_ih_l0.copy_(w_in)
        rnn.weight_hh_l0.copy_(w_back)
        return rnn(x)[0]


def _walk(x, w_in, w_back, step, *, start=0.0):
    state, states = torch.full((len(w_in),), start), []
    for row in x:
        state = step(w_in @ row, w_back, state)
        states.append(state)
    return torch.stack(states)


def _walk_with_rows_on_the_left(x, w_in, w_back):
    return _walk(x @ w_in, torch.eye(len(w_in)), w_back, lambda n, w, s: torch.tanh(n + s @ w))


def _step_like(message, step, **choice):
    return Mistake(message, like=lambda x, w_in, w_back: _walk(x, w_in, w_back, step, **choice))


@exercise(
    oracle=_by_torch,
    cases=_steps,
    against="PyTorch",
    hints=[
        "state = torch.zeros(len(w_in)) at first; then go over the rows of x.",
        "The new state is torch.tanh(w_in @ row + w_back @ state). Keep each one in a list.",
        "return torch.stack(states)",
    ],
    mistakes=[
        _step_like(
            "each state must know the one before: + w_back @ state, inside the tanh",
            lambda new, w, state: torch.tanh(new),
        ),
        _step_like("the bend is missing: tanh", lambda new, w, state: new + w @ state),
        _step_like(
            "tanh comes last, over the sum of both",
            lambda new, w, state: torch.tanh(new) + w @ state,
        ),
        _step_like("w_back is not used", lambda new, w, state: torch.tanh(new + state)),
        _step_like(
            "w_back @ state, not its transpose", lambda new, w, state: torch.tanh(new + state @ w)
        ),
        _step_like(
            "the first state is zeros",
            lambda new, w, state: torch.tanh(new + w @ state),
            start=1.0,
        ),
        Mistake(
            "a tensor is wanted: torch.stack(states)",
            when=lambda case, got, expected: isinstance(got, list),
        ),
        Mistake(
            "one row for each step: stack puts the states below each other, cat glues them",
            when=lambda case, got, expected: got.shape == expected.flatten().shape,
        ),
        Mistake(
            "w_in @ row and w_back @ state: the matrix stands on the left",
            like=_walk_with_rows_on_the_left,
        ),
        Mistake(
            "all states are wanted, one row for each step; not the last one alone",
            when=lambda case, got, expected: torch.equal(
                torch.as_tensor(got).flatten(), expected[-1]
            ),
        ),
    ],
)
def rnn_by_hand(x, w_in, w_back):
    """Return all states, (T, H), for ``x`` (T, F), ``w_in`` (H, F) and ``w_back`` (H, H)."""
    state, states = torch.zeros(len(w_in)), []
    for row in x:
        state = torch.tanh(w_in @ row + w_back @ state)  # (H,)
        states.append(state)
    return torch.stack(states)


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
        Mistake(
            "keys must be turned: queries @ keys.T",
            when=_raised("shapes cannot be multiplied", "size mismatch", "must match"),
        ),
    ],
)
def attention_by_hand(queries, keys, values):
    """Return (T, E) for ``queries`` (T, D), ``keys`` (S, D) and ``values`` (S, E)."""
    scores = queries @ keys.T / queries.shape[1] ** 0.5  # (T, S)
    return torch.softmax(scores, dim=1) @ values


EXERCISES = collect(vars())
