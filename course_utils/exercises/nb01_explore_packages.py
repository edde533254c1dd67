"""Exercises of notebook 01, first part: what a module holds and what a docstring says."""

import inspect
from types import ModuleType

from ._define import Mistake, collect, exercise

LETTERS = ("area", "Box", "clip", "is_grey", "to_rgb", "add_", "PI", "x2", "x_train")
INNER = ("_", "_cache", "_C", "__", "__doc__", "__all__", "__version__", "_load_all")

SHOWN = "names in the module"


def toolbox(names):
    """Return an empty module that holds these names."""
    module = ModuleType("toolbox")
    module.__dict__.update({name: inspect if name == "area" else 0 for name in names})
    return module


def _toolbox_case(rng):
    names = rng.sample(LETTERS, rng.randint(0, 4)) + rng.sample(INNER, rng.randint(0, 3))
    return {SHOWN: sorted(names)}


def _call_with_module(attempt, **case):
    found = attempt(toolbox(case[SHOWN]))
    return sorted(found) if isinstance(found, list) else found  # in any order


@exercise(
    observe=_call_with_module,
    cases=_toolbox_case,
    count=60,
    praise="right for 60 modules, also for names such as is_grey and add_",
    hints=[
        "Go over dir(module). Which names do you keep?",
        'name.startswith("_") is True for a name that begins with an underscore.',
        "In one line: [name for name in dir(module) if not …].",
    ],
    mistakes=[
        Mistake(
            "an underscore inside or at the end is no secret: only the first character counts",
            like=lambda module: [name for name in dir(module) if "_" not in name],
        ),
        Mistake(
            "a single underscore in front already means: not for you. You drop only __two__",
            like=lambda module: [name for name in dir(module) if not name.startswith("__")],
        ),
        Mistake(
            "these are the names to leave out: not is missing",
            like=lambda module: [name for name in dir(module) if name.startswith("_")],
        ),
        Mistake("nothing is left out", like=lambda module: dir(module)),
        Mistake(
            "the names stay as they are: leave names out, do not take underscores off",
            like=lambda module: [name.strip("_") for name in dir(module)],
        ),
        Mistake(
            "the module area is in it as well: only the name counts, not what it stands for",
            like=lambda module: [
                name
                for name in dir(module)
                if not (name.startswith("_") or inspect.ismodule(getattr(module, name)))
            ],
        ),
        Mistake(
            "dir() without the module lists the names of the place where it stands",
            like=lambda module: [name for name in dir() if not name.startswith("_")],
        ),
        Mistake(
            "a list is asked for: square brackets make one",
            when=lambda case, got, expected: not isinstance(got, list) and sorted(got) == expected,
        ),
    ],
)
def public_names(module):
    """Return the list of the names in ``module`` that do not begin with an underscore."""
    return [name for name in dir(module) if not name.startswith("_")]


SENTENCES = ("Clip a pixel.", "Return the area.", "Read a picture, e.g. a photo.", "Blur it")
WRAPPED = "Blur it\n    a little."  # a line, and another one right below
DETAILS = ("It must be grey.", "Args:\n        x: a number", "")


def _docstring_case(rng):
    start = rng.choice(["", "", "\n    ", "\n\n    ", "   \n    "])
    details = "".join(f"\n\n    {part}" for part in rng.sample(DETAILS, rng.randint(0, 2)) if part)
    text = start + rng.choice((*SENTENCES, WRAPPED)) + details
    return {"doc": rng.choice([text, text, text, text, None, "", "   "])}


def _call_with_docstring(attempt, doc):
    def tool(x):
        return x

    tool.__doc__ = doc
    return attempt(tool)


def _first_with_any_sign(thing):
    return next((line.strip() for line in (thing.__doc__ or "").splitlines() if line), "")


def _line_of_docstring(thing):
    return (thing.__doc__ or "").split("\n")[0].strip()


def _sentence(thing):
    return (inspect.getdoc(thing) or "").split(".")[0]


def _sentence_with_dot(thing):
    text = inspect.getdoc(thing) or ""
    return text.split(".")[0] + "." if text else ""


@exercise(
    observe=_call_with_docstring,
    cases=_docstring_case,
    count=80,
    praise='right also where the first line is empty and where there is no docstring ("")',
    hints=[
        "inspect.getdoc(thing) gives the docstring without indentation, or None.",
        "`inspect.getdoc(thing) or ''` is a text in both cases.",
        "text.splitlines() is a list of lines. It is empty for an empty text: what is [0] then?",
    ],
    mistakes=[
        Mistake(
            "some docstrings begin with an empty line (torch.clamp's does): skip it",
            like=_line_of_docstring,
        ),
        Mistake(
            "some docstrings begin with an empty line (torch.clamp's does): skip it",
            like=lambda thing: thing.__doc__.splitlines()[0] if thing.__doc__ else "",
        ),
        Mistake("it returns None: end with return; print is for people", like=lambda thing: None),
        Mistake(
            "without brackets: thing is the function, thing() calls it",
            when=lambda case, got, expected: "missing 1 required positional" in got.text,
        ),
        Mistake(
            "an empty line ends a paragraph, not a line: split at every line end",
            like=lambda thing: (inspect.getdoc(thing) or "").split("\n\n")[0],
        ),
        Mistake(
            "a line of blanks only has no words: skip it too",
            like=_first_with_any_sign,
        ),
        Mistake(
            "there is no docstring: __doc__ is None. Return an empty text then",
            when=lambda case, got, expected: case["doc"] is None,
        ),
        Mistake(
            "the docstring has no words, so no line 0 either. Return an empty text then",
            when=lambda case, got, expected: not case["doc"].strip(),
        ),
        Mistake("that is the whole docstring: one line is asked for", like=inspect.getdoc),
        Mistake(
            "that is the whole docstring: one line is asked for",
            like=lambda thing: inspect.getdoc(thing) or "",
        ),
        Mistake(
            "that is the whole docstring: one line is asked for",
            like=lambda thing: (thing.__doc__ or "").strip(),
        ),
        Mistake(
            "a full stop does not end a line: split at line ends",
            like=lambda thing: (inspect.getdoc(thing) or "").split(". ")[0],
        ),
        Mistake("a full stop does not end a line: split at line ends", like=_sentence),
        Mistake("a full stop does not end a line: split at line ends", like=_sentence_with_dot),
        Mistake(
            "the blanks around the line are still there: strip() takes them off",
            when=lambda case, got, expected: got.strip() == expected,
        ),
    ],
)
def first_line(thing):
    """Return the first line with words in ``thing``'s docstring, "" where there is none."""
    lines = (inspect.getdoc(thing) or "").splitlines()
    return lines[0] if lines else ""


EXERCISES = collect(vars())
