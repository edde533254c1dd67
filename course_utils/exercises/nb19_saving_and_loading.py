"""Exercises of notebook 19: how much a file holds, and what it should hold."""

import io

import torch

from ._define import Mistake, collect, exercise
from ._probes19 import BACK, CONTENT, FENCE, MORE, TRIED, WEIGHTS, saved_network
from ._run import Raised

ORDER = (
    "state_bytes",
    "repair_saving",
    "resume_from",
    "save_safely",
    "strip_prefix",
    "load_body",
)


def _some_state(rng):
    kinds = [torch.float32, torch.float16, torch.float64, torch.int64, torch.uint8, torch.bool]
    shapes = [(), (rng.randint(1, 4),), (rng.randint(1, 3), rng.randint(2, 4))]
    shapes = rng.sample(shapes, rng.randint(1, 3))
    return {
        "state": {
            f"layer{n}.weight": torch.zeros(shape, dtype=rng.choice(kinds))
            for n, shape in enumerate(shapes)
        }
    }


def _file_size(state):
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return buffer.tell()


@exercise(
    cases=_some_state,
    count=40,
    hints=[
        "A state_dict is a dictionary: go over its values().",
        "numel(): how many numbers a tensor has; element_size(): how many bytes one of them takes.",
    ],
    mistakes=[
        Mistake(
            "these are numbers, not bytes: times element_size() of each tensor",
            like=lambda state: sum(value.numel() for value in state.values()),
        ),
        Mistake(
            "4 bytes are right for float32 only: element_size() tells for each tensor",
            like=lambda state: 4 * sum(value.numel() for value in state.values()),
        ),
        Mistake(
            "that is the whole file, with names and order: add up the tensors alone",
            like=_file_size,
        ),
        Mistake(
            "only tensors with a fraction are counted: counters (int64) are in the file, too",
            like=lambda state: sum(v.nbytes for v in state.values() if v.is_floating_point()),
        ),
        Mistake(
            "len(tensor) is its first dimension: numel() counts all numbers",
            like=lambda state: sum(len(v) * v.element_size() for v in state.values()),
        ),
        Mistake(
            "a tensor without dimensions is one number, too: its numel() is 1",
            like=lambda state: sum(v.nbytes for v in state.values() if v.ndim),
        ),
        Mistake(
            "bits: one byte has eight of them",
            like=lambda state: 8 * sum(v.nbytes for v in state.values()),
        ),
        Mistake(
            "each tensor has its own kind of numbers: use its element_size(), not the first one's",
            like=lambda state: (
                sum(v.numel() for v in state.values()) * next(iter(state.values())).element_size()
            ),
        ),
    ],
)
def state_bytes(state):
    """Return how many bytes the tensors of a state_dict hold together."""
    return sum(value.numel() * value.element_size() for value in state.values())


def repair_saving_starter(model, path, fresh):
    """Save ``model`` at ``path``; return ``fresh`` with what the file holds."""
    torch.save(model, path)
    return torch.load(path)


def _is_refused(case, got, expected):
    return isinstance(got, Raised) and "Weights only load failed" in got.text


def _returns(*words):
    return lambda case, got, expected: any(word in got[BACK] for word in words)


def _other(case, got, expected, *, names):
    wrong = [k for k, v in expected.items() if torch.is_tensor(v) and not torch.equal(got[k], v)]
    return bool(wrong) and all(any(name in k for name in names) for k in wrong)


@exercise(
    starter=repair_saving_starter,
    observe=saved_network,
    cases=[{"seed": seed} for seed in (0, 10)],
    praise="the file holds weights alone, and fresh has them",
    hints=[
        "The file must hold names and numbers only: which method of the model gives them?",
        "torch.load then returns a dictionary. Which method of fresh takes it?",
        "torch.save(model.state_dict(), path), then fresh.load_state_dict(torch.load(path)).",
    ],
    mistakes=[
        Mistake(
            "the file still holds more than tensors (the whole model, or a method without its "
            "brackets): save model.state_dict()",
            when=_is_refused,
        ),
        Mistake(
            "nothing is written at path",
            when=lambda case, got, expected: got[CONTENT] == "nothing",
        ),
        Mistake(
            "the file still holds the whole model, and loading such a file can run what is in it "
            "(or torch.save did not write it): torch.save(model.state_dict(), path)",
            when=lambda case, got, expected: got[CONTENT] == MORE,
        ),
        Mistake(
            "the file holds numbers without their names, not a state_dict: save model.state_dict()",
            when=lambda case, got, expected: got[CONTENT] != WEIGHTS,
        ),
        Mistake(
            "weights_only=False takes the fence away, for no need: leave it out, the file holds "
            "weights alone",
            when=lambda case, got, expected: not got[FENCE],
        ),
        Mistake(
            "load_state_dict gives back a note on missing names, not the network: return fresh",
            when=_returns("IncompatibleKeys"),
        ),
        Mistake(
            "that is the dictionary: load it into fresh, and return fresh",
            when=_returns("Dict", "a dict"),
        ),
        Mistake("return fresh, with what the file holds", when=_returns("the given model")),
        Mistake(
            "fresh has the numbers of the model in memory, and nobody has tried the file: read "
            "them with torch.load",
            when=lambda case, got, expected: not got[TRIED],
        ),
        Mistake("it returns None: end the function with return fresh", when=_returns("None")),
        Mistake(
            "the parameters are there, the buffers of batch normalisation are not: state_dict() "
            "has both",
            when=lambda case, got, expected: _other(case, got, expected, names=("running", "num_")),
        ),
        Mistake(
            "fresh still has its own numbers: load the file into it",
            when=lambda case, got, expected: _other(case, got, expected, names=("",)),
        ),
    ],
)
def repair_saving(model, path, fresh):
    """Save ``model`` at ``path``; return ``fresh`` with what the file holds."""
    torch.save(model.state_dict(), path)
    fresh.load_state_dict(torch.load(path))
    return fresh


EXERCISES = collect(vars())
