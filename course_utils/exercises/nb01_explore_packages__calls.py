"""Exercises of notebook 01, third part: calls and versions."""

from importlib import metadata

from packaging.version import Version

from ._define import Mistake, collect, exercise


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


def _by_common_numbers(version, wanted):
    for a, b in zip(_numbers(version), _numbers(wanted), strict=False):
        if a != b:
            return a > b
    return True


AS_TEXT = "compared as text or as decimals, 9 comes after 10: compare whole numbers"
WITHOUT_DOTS = "without its dots 1.20 is 120, more than 2.9's 29: compare number by number"


def _comparing(convert):
    return lambda version, wanted: convert(version) >= convert(wanted)


def _with_and_without_build(convert):
    return [_comparing(convert), _comparing(lambda text: convert(text.split("+")[0]))]


def _as_text_or_decimals():
    def two_parts(text):
        return float(".".join(text.split(".")[:2]))

    readings = (str, lambda text: text.split("."), float, two_parts)
    return [wrong for reading in readings for wrong in _with_and_without_build(reading)]


def _without_dots():
    return _with_and_without_build(lambda text: int(text.replace(".", "")))


def _version_case(rng):
    def draw():
        return [rng.choice([1, 2, 2, 2, 3]), rng.choice([0, 1, 2, 9, 10, 11, 15, 20])]

    version = draw() + [rng.choice([0, 0, 1, 10])] * rng.randint(0, 1)
    wanted = rng.choice(
        [draw(), [*draw(), rng.choice([0, 1, 2])], version[:2], [*version[:2], rng.choice([0, 1])]]
    )
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
        *(Mistake(AS_TEXT, like=wrong) for wrong in _as_text_or_decimals()),
        Mistake(
            AS_TEXT,
            when=lambda case, got, expected: "to float" in getattr(got, "text", ""),
        ),
        Mistake(
            "a longer text is no newer version, and 9 is less than 10: compare whole numbers",
            like=lambda a, b: len(a) > len(b) or a >= b,
        ),
        *(Mistake(WITHOUT_DOTS, like=wrong) for wrong in _without_dots()),
        Mistake(
            "make a Version of each text first, then compare the two",
            when=lambda case, got, expected: any(
                f"version: {answer}" in got.text for answer in (True, False)
            ),
        ),
        Mistake(
            "Version wants the whole text: do not cut it, it reads the + and what follows as well",
            when=lambda case, got, expected: "InvalidVersion" in got.text,
        ),
        Mistake(
            "where one text ends, the missing number is 0: 2.9 is older than 2.9.1",
            like=_by_common_numbers,
        ),
        Mistake(
            "a Version and a text cannot be compared: make a Version of both",
            when=lambda case, got, expected: "'Version'" in got.text and "'str'" in got.text,
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
