"""Exercises of notebook 19, third part: names with a prefix."""

import re

from ._compare import kind_of
from ._define import Finding, Mistake, collect, exercise


def _names_with_prefix(rng):
    prefix = rng.choice(["module.", "model.", "_orig_mod."])
    word = prefix.removesuffix(".")
    names = rng.sample(
        [
            f"{prefix}conv.weight",
            f"{prefix}bias",
            f"{prefix}{prefix}bias",
            f"{prefix}block.{prefix}weight",
            f"head.{prefix}weight",
            f"{word}s.weight",
            "head.bias",
            f"{prefix}modem.weight",
            f"{prefix}{word}",
        ],
        rng.randint(1, 5),
    )
    state = {name: rng.tensor(rng.randint(1, 2)) for name in names}
    return {"state": state, "prefix": prefix}


def _observe_strip(strip, state, prefix):
    answer = strip(state, prefix)
    if not isinstance(answer, dict):
        raise Finding(f"it returns {kind_of(answer)}, not a dictionary")
    return dict(answer)


def _all_gone(state, prefix):
    return {name.replace(prefix, ""): value for name, value in state.items()}


def _again_and_again(state, prefix):
    return {re.sub(f"^({re.escape(prefix)})+", "", name): v for name, v in state.items()}


def _cut(state, prefix):
    return {name[len(prefix) :]: value for name, value in state.items()}


def _only_those(state, prefix):
    return {n.removeprefix(prefix): v for n, v in state.items() if n.startswith(prefix)}


def _renamed_in_a_copy(state, prefix):
    new = dict(state)
    for name in state:
        if name.startswith(prefix):
            new[name.removeprefix(prefix)] = new.pop(name)
    return new


IN_THE_MIDDLE = (
    lambda state, prefix: {n.partition(prefix)[2] or n: v for n, v in state.items()},
    lambda state, prefix: {n.split(prefix)[-1]: v for n, v in state.items()},
    lambda state, prefix: {n[len(prefix) :] if prefix in n else n: v for n, v in state.items()},
)


@exercise(
    observe=_observe_strip,
    cases=_names_with_prefix,
    count=60,
    hints=[
        "A new dictionary: for name, value in state.items() …",
        "str has a method that takes something away from the front only: removeprefix.",
    ],
    mistakes=[
        Mistake(
            "replace takes it away everywhere: only the front is meant (removeprefix)",
            like=_all_gone,
        ),
        Mistake(
            "replace takes the first one it finds, also in the middle of a name: removeprefix",
            like=lambda state, prefix: {n.replace(prefix, "", 1): v for n, v in state.items()},
        ),
        Mistake(
            "strip and lstrip take letters, not a word: they go on as long as a letter is one of "
            "them. Use removeprefix",
            like=lambda state, prefix: {n.lstrip(prefix): v for n, v in state.items()},
        ),
        Mistake(
            "the prefix is taken away again and again: once is enough (removeprefix)",
            like=_again_and_again,
        ),
        Mistake("names without the prefix are cut, too: leave them as they are", like=_cut),
        Mistake(
            "names without the prefix are lost: they belong to the result, as they are",
            like=_only_those,
        ),
        Mistake(
            "other prefixes than 'module.' can be given: use prefix",
            like=lambda state, prefix: {n.removeprefix("module."): v for n, v in state.items()},
        ),
        Mistake(
            "the dictionary changes while you go over it: fill a new one",
            when=lambda case, got, expected: "changed" in getattr(got, "text", ""),
        ),
        Mistake(
            "after a dot, only the last part of a name is left: take away the prefix, no more",
            like=lambda state, prefix: {n.rpartition(".")[2]: v for n, v in state.items()},
        ),
        Mistake(
            "the names are as they were: a text never changes, removeprefix gives a new one back",
            like=lambda state, prefix: dict(state),
        ),
        Mistake(
            "a new name can be one that is still to come (module.module.bias becomes module.bias): "
            "do not rename in a copy, fill a new dictionary",
            like=_renamed_in_a_copy,
        ),
        *[
            Mistake(
                "a name with the prefix in its middle is cut, too: only the front counts "
                "(startswith, removeprefix)",
                like=cut,
            )
            for cut in IN_THE_MIDDLE
        ],
    ],
)
def strip_prefix(state, prefix="module."):
    """Return a new state_dict: names that begin with ``prefix`` have lost it once."""
    return {name.removeprefix(prefix): value for name, value in state.items()}


EXERCISES = collect(vars())
