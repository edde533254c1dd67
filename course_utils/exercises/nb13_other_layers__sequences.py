"""Exercises of notebook 13, fifth part: one step after the other."""

import torch
from torch import nn

from ._define import Mistake, collect, exercise


def _steps(rng):
    steps, features, hidden = rng.randint(2, 4), rng.randint(2, 3), rng.randint(2, 3)
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


def _from_a_step(x, w_in, w_back):
    state, states = torch.zeros(x.shape[1]), []
    for row in x:
        state = torch.tanh(w_in @ row + w_back @ state)
        states.append(state)
    return torch.stack(states)


def _exchanged(x, w_in, w_back):
    return _by_torch(x, w_back, w_in)


def _elementwise(x, w_in, w_back):
    state, states = torch.zeros(len(w_in)), []
    for row in x:
        state = torch.tanh(w_in * row + w_back * state)
        states.append(state)
    return torch.stack(states)


def _step_like(message, step, **choice):
    return Mistake(message, like=lambda x, w_in, w_back: _walk(x, w_in, w_back, step, **choice))


TANH = "the bend is another one: tanh"


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
        _step_like(
            "one tanh, over the sum of both",
            lambda new, w, state: torch.tanh(new) + torch.tanh(w @ state),
        ),
        _step_like(TANH, lambda new, w, state: torch.sigmoid(new + w @ state)),
        _step_like(TANH, lambda new, w, state: torch.relu(new + w @ state)),
        _step_like("w_back is not used", lambda new, w, state: torch.tanh(new + state)),
        _step_like(
            "w_back @ state, not its transpose", lambda new, w, state: torch.tanh(new + state @ w)
        ),
        _step_like(
            "the first state is zeros",
            lambda new, w, state: torch.tanh(new + w @ state),
            start=1.0,
        ),
        Mistake("a state has len(w_in) numbers, not as many as a step of x", like=_from_a_step),
        Mistake("w_in belongs to the step, w_back to the state before", like=_exchanged),
        Mistake("* multiplies number by number; a matrix times a row is @", like=_elementwise),
        Mistake(
            "a tensor is wanted: torch.stack(states)",
            when=lambda case, got, expected: isinstance(got, list),
        ),
        Mistake(
            "one row for each step: stack puts the states below each other, cat glues them",
            when=lambda case, got, expected: got.shape == expected.flatten().shape,
        ),
        Mistake(
            "does return stand inside the loop? Then it ends after one step",
            when=lambda case, got, expected: torch.allclose(got.flatten(), expected[0]),
        ),
        Mistake(
            "one row for each step: the zeros before the first step are left out",
            when=lambda case, got, expected: len(got) == len(expected) + 1,
        ),
        Mistake(
            "one row for each step: torch.stack(states), without dim=1",
            when=lambda case, got, expected: got.ndim == 2 and torch.allclose(got.T, expected),
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


EXERCISES = collect(vars())
