"""Exercises of notebook 01, second part: signatures, calls and versions."""

import inspect
from importlib import metadata
from inspect import Parameter

from packaging.version import Version

from ._define import Mistake, collect, exercise

WORDS = ("image", "size", "mean", "scale", "dim")
DEFAULTS = ("None", "0", "False", "1", "'zeros'", "()")


def _signature_case(rng):
    names = rng.sample(WORDS, rng.randint(0, 4))
    place = rng.randint(0, len(names))
    plain, named = names[:place], names[place:]
    first_default = rng.randint(0, len(plain))
    parts = [p if i < first_default else f"{p}={_default(rng)}" for i, p in enumerate(plain)]
    if named:
        parts.append(rng.choice(["*", "*rest"]))
    elif rng.random() < 0.2:
        parts.append("*rest")
    parts += [rng.choice([p, f"{p}={_default(rng)}"]) for p in named]
    if rng.random() < 0.3:
        parts.append("**more")
    return {"signature": f"({', '.join(parts)})"}


def _default(rng):
    return rng.choice(DEFAULTS)


def _call_with_signature(attempt, signature):
    return attempt(eval(f"lambda {signature[1:-1]}: 0"))  # a text that this module wrote


def _parameters(function):
    return inspect.signature(function).parameters.items()


def _without_default(function):
    return [name for name, p in _parameters(function) if p.default is Parameter.empty]


def _without_true_default(function):
    return [n for n, p in _parameters(function) if p.default is Parameter.empty or not p.default]


def _without_none(function):
    return [name for name, p in _parameters(function) if p.default is None]


def _with_default(function):
    return [name for name, p in _parameters(function) if p.default is not Parameter.empty]


def _by_position(function):
    kinds = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    given = [(n, p) for n, p in _parameters(function) if p.kind in kinds]
    return [name for name, p in given if p.default is Parameter.empty]


@exercise(
    observe=_call_with_signature,
    cases=_signature_case,
    count=150,
    praise="right for 150 signatures, with defaults such as None and 0, with * and **",
    hints=[
        "inspect.signature(function).parameters.items() gives pairs of name and parameter.",
        "A parameter without a default has parameter.default equal to inspect.Parameter.empty.",
        "str(parameter) begins with * for *rest and **more: nothing must be given for those.",
    ],
    mistakes=[
        Mistake(
            "*rest and **more may stay empty: nothing must be given for them",
            like=_without_default,
        ),
        Mistake(
            "0, None and False are defaults too: compare with inspect.Parameter.empty",
            like=lambda f: [n for n in _without_true_default(f) if n not in ("rest", "more")],
        ),
        Mistake(
            "0, None and False are defaults too: compare with inspect.Parameter.empty, and leave "
            "*rest and **more out",
            like=_without_true_default,
        ),
        Mistake(
            "these have the default None; a parameter without a default has Parameter.empty",
            like=_without_none,
        ),
        Mistake("these may be left out: you list those with a default", like=_with_default),
        Mistake("a parameter after * must be given too, by its name", like=_by_position),
        Mistake(
            "this lists every parameter; leave out those with a default",
            like=lambda function: [name for name, _ in _parameters(function)],
        ),
        Mistake(
            "a list of names is asked for, not of parameters",
            when=lambda case, got, expected: any(isinstance(x, Parameter) for x in got),
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


@exercise(
    value=True,
    hints=[
        "Which of the five lines go through __call__?",
        "layer(x) does, and so does layer.__call__(x). layer.forward(x) does not.",
    ],
    mistakes=[
        Mistake("layer.forward(x) goes past the hook: do not count those two", like=5),
        Mistake("layer.__call__(x) is what layer(x) means: it counts as well", like=2),
        Mistake("the hook belongs to the layer, not to one call: it runs again each time", like=1),
        Mistake("it runs: layer(x) asks the hooks after forward", like=0),
    ],
)
def hook_runs():
    """Return how often the hook runs in five calls of one layer."""
    runs = 0
    runs += 1  # layer(x)
    runs += 0  # layer.forward(x) goes past the hooks
    runs += 1  # layer(x)
    runs += 1  # layer.__call__(x) is the same as layer(x)
    runs += 0  # layer.forward(x)
    return runs


def is_at_least_starter(version, wanted):
    """Return True if ``version`` is ``wanted`` or newer, such as "2.10.0+cu132" and "2.9"."""
    return version >= wanted


def _numbers(version):
    return [int(part) for part in version.split("+")[0].split(".")]


def _same_numbers(version, wanted):
    same = Version(version.split("+")[0]) == Version(wanted)
    return same and len(_numbers(version)) != len(_numbers(wanted))


def _of_installed_torch(version, wanted):
    return Version(metadata.version("torch")) >= Version(wanted)


def _version_case(rng):
    def draw():
        return [rng.choice([1, 2, 2, 2, 3]), rng.choice([0, 1, 2, 9, 10, 11, 15, 20])]

    version = draw() + [rng.choice([0, 0, 1, 10])] * rng.randint(0, 1)
    wanted = rng.choice([draw(), [*draw(), rng.choice([0, 1, 2])], version[:2], [*version[:2], 0]])
    text, other = (".".join(map(str, numbers)) for numbers in (version, wanted))
    return {"version": text + rng.choice(["", "", "+cpu", "+cu132"]), "wanted": other}


@exercise(
    starter=is_at_least_starter,
    cases=_version_case,
    count=200,
    hints=[
        'As text "2.10" comes before "2.9", because 1 comes before 9. What must be compared?',
        "packaging.version.Version knows how versions are ordered; the section above shows it.",
    ],
    mistakes=[
        Mistake(
            "texts are compared letter by letter, and 1 comes before 9: int(…) makes numbers",
            like=is_at_least_starter,
        ),
        Mistake(
            "as a decimal number 2.10 is 2.1, less than 2.9: compare the parts one by one",
            like=lambda a, b: (
                float(".".join(a.split("+")[0].split(".")[:2])) >= float(".".join(b.split(".")[:2]))
            ),
        ),
        Mistake(
            "the same version counts as well: >= instead of >",
            like=lambda a, b: Version(a).release > Version(b).release,
        ),
        Mistake(
            "the same version counts as well: >= instead of >",
            like=lambda a, b: Version(a.split("+")[0]) > Version(b),
        ),
        Mistake(
            "the same version counts as well: >= instead of >",
            like=lambda a, b: Version(a) > Version(b),
        ),
        Mistake(
            "3.0 is newer than 2.15: the first number decides, then the second",
            like=lambda a, b: _numbers(a)[1] >= _numbers(b)[1],
        ),
        Mistake(
            "3.0 is newer than 2.15: all pairs at once is too strict, the first difference decides",
            like=lambda a, b: all(x >= y for x, y in zip(_numbers(a), _numbers(b), strict=False)),
        ),
        Mistake(
            "the third number counts too: 2.9.0 is older than 2.9.1",
            like=lambda a, b: _numbers(a)[:2] >= _numbers(b)[:2],
        ),
        Mistake(
            "compare the parameter version, not the PyTorch that is installed here",
            like=_of_installed_torch,
        ),
        Mistake(
            "the comparison is the wrong way round",
            like=lambda a, b: Version(b) >= Version(a),
        ),
        Mistake(
            "2.10 and 2.10.0 are the same version: a missing number means 0",
            when=lambda case, got, expected: _same_numbers(**case),
        ),
        Mistake(
            "+cu132 names the build and is no number: leave it out, or let Version read it",
            when=lambda case, got, expected: "ValueError" in str(getattr(got, "text", "")),
        ),
    ],
)
def is_at_least(version, wanted):
    """Return True if ``version`` is ``wanted`` or newer, such as "2.10.0+cu132" and "2.9"."""
    return Version(version) >= Version(wanted)


EXERCISES = collect(vars())
