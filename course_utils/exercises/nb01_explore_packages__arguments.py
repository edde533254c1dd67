"""Exercises of notebook 01, second part: what a call must be given."""

import inspect
from collections.abc import Iterator
from inspect import Parameter

from ._define import Mistake, collect, exercise

WORDS = ("image", "size", "dim", "obj", "x", "weight", "rest", "more", "args", "options", "names")
DEFAULTS = ("None", "0", "False", "1", "'zeros'", "()")
KINDS = ("int", "float", "str", "tuple")


def _signature_case(rng):
    *names, star, stars = rng.sample(WORDS, rng.randint(2, 6))
    place = rng.randint(0, len(names))
    first_default = rng.randint(0, place)
    parts = [_part(rng, name, i >= first_default) for i, name in enumerate(names[:place])]
    if place and rng.random() < 0.2:
        parts.insert(rng.randint(1, place), "/")
    if names[place:]:
        parts.append(rng.choice(["*", _part(rng, f"*{star}")]))
    elif rng.random() < 0.2:
        parts.append(_part(rng, f"*{star}"))
    parts += [_part(rng, name, rng.random() < 0.5) for name in names[place:]]
    if rng.random() < 0.3:
        parts.append(_part(rng, f"**{stars}"))
    return {"signature": f"({', '.join(parts)})"}


def _part(rng, name, has_default=False):
    kind = f": {rng.choice(KINDS)}" if rng.random() < 0.25 else ""
    return name + kind + (f"={rng.choice(DEFAULTS)}" if has_default else "")


def _function(signature):
    made = {}
    exec(f"def function{signature}: return 0", made)  # a text that this module wrote
    return made["function"]


def _call_with_signature(attempt, signature):
    return attempt(_function(signature))


def _parameters(function):
    return inspect.signature(function).parameters.items()


def _has_star(parameter):
    return parameter.kind in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)


def _without_default(function):
    return [name for name, p in _parameters(function) if p.default is Parameter.empty]


def _without_true_default(function):
    return [n for n, p in _parameters(function) if p.default is Parameter.empty or not p.default]


def _without_true_default_or_star(function):
    starred = [name for name, p in _parameters(function) if _has_star(p)]
    return [name for name in _without_true_default(function) if name not in starred]


def _with_default(function):
    return [name for name, p in _parameters(function) if p.default is not Parameter.empty]


def _lists_a_star(case, got, expected):
    starred = [name for name, p in _parameters(_function(case["signature"])) if _has_star(p)]
    names = _bare(got)
    return [name for name in names if name not in starred] == expected != names


def _without_star(function):
    return [name for name, p in _parameters(function) if not str(p).startswith("*")]


def _lists_texts(case, got, expected):
    return isinstance(got, list) and got != expected and _bare(got) == expected


def _bare(texts):
    return [str(text).lstrip("*").partition(":")[0] for text in texts]


def _misses_kind(case, got, expected):
    parameters = inspect.signature(_function(case["signature"])).parameters
    plain = Parameter.POSITIONAL_OR_KEYWORD
    missing = [name for name in expected if name not in got]
    return missing and all(parameters[name].kind is not plain for name in missing)


@exercise(
    observe=_call_with_signature,
    cases=_signature_case,
    count=250,
    praise="right for 250 signatures, with defaults such as None and 0, with * and **",
    hints=[
        "inspect.signature(function).parameters.items() gives pairs of name and parameter.",
        "A parameter without a default has parameter.default equal to inspect.Parameter.empty.",
        "str(parameter) begins with * for *rest and **more: nothing must be given for those.",
    ],
    mistakes=[
        Mistake(
            "0, None and False are defaults too: compare with inspect.Parameter.empty",
            like=_without_true_default_or_star,
        ),
        Mistake(
            "0, None and False are defaults too: compare with inspect.Parameter.empty, and leave "
            "those with a star out",
            like=_without_true_default,
        ),
        Mistake(
            "these have the default None; a parameter without a default has Parameter.empty",
            like=lambda function: [name for name, p in _parameters(function) if p.default is None],
        ),
        Mistake(
            "a parameter without a default has the marker inspect.Parameter.empty, which counts "
            "as true: compare with `is`",
            like=lambda function: [name for name, p in _parameters(function) if not p.default],
        ),
        Mistake(
            "nothing is found: compare parameter.default with inspect.Parameter.empty",
            like=lambda function: [],
        ),
        Mistake(
            "a list is asked for: square brackets make one",
            when=lambda case, got, expected: isinstance(got, tuple | set | dict | Iterator),
        ),
        Mistake(
            "the stars are left out; a parameter with a default may stay out as well",
            like=_without_star,
        ),
        Mistake("these may be left out: you list those with a default", like=_with_default),
        Mistake(
            "this lists every parameter; leave out those with a default and those with a star",
            like=lambda function: [name for name, _ in _parameters(function)],
        ),
        Mistake(
            "a list of names is asked for, not of parameters",
            when=lambda case, got, expected: any(isinstance(x, Parameter) for x in got),
        ),
        Mistake(
            "a parameter with a star, whatever its name, may stay empty: nothing must be given",
            when=_lists_a_star,
        ),
        Mistake(
            "the text of a parameter holds more than its name: use the name alone",
            when=_lists_texts,
        ),
        Mistake(
            "a parameter before / must be given too, by its place; one after * by its name",
            when=_misses_kind,
        ),
        Mistake(
            "an annotation such as : str is no default",
            like=lambda function: [name for name, p in _parameters(function) if str(p) == name],
        ),
        Mistake(
            "some are missing: look at the parameter, not at its name, which can be any word",
            when=lambda case, got, expected: set(got) < set(expected),
        ),
    ],
)
def required_parameters(function):
    """Return the list of the names of the parameters that a caller of ``function`` must give."""
    return [
        name
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.default is inspect.Parameter.empty and not str(parameter).startswith("*")
    ]


EXERCISES = collect(vars())
