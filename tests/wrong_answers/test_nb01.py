"""Wrong answers to the exercises of notebook 01, and right ones in another style."""

import inspect
from importlib import metadata

import pytest
import torch
from packaging.version import Version
from wrong_answer_runner import WrongAnswers

from course_utils.exercises import judge

wrong = WrongAnswers("01")
AS_TEXT = "as text or as decimals, 9 comes after 10"


@wrong("public_names", "only the first character counts")
def names_without_any_underscore(module):
    return [name for name in dir(module) if "_" not in name]


@wrong("public_names", "You drop only __two__")
def names_without_dunder(module):
    return [name for name in dir(module) if name[:2] != "__"]


@wrong("public_names", "not is missing")
def names_the_wrong_way_round(module):
    return [name for name in dir(module) if name.startswith("_")]


@wrong("public_names", "nothing is left out")
def names_all(module):
    return dir(module)


@wrong("public_names", "do not take underscores off")
def names_stripped(module):
    return [name.strip("_") for name in dir(module)]


@wrong("public_names", "whatever the input")
def names_of_another_module(module):
    return [name for name in dir(inspect) if not name.startswith("_")]


@wrong("public_names", "square brackets make one")
def names_as_a_set(module):
    return {name for name in dir(module) if not name.startswith("_")}


@wrong("public_names", "whatever the input")
def names_of_a_list(module):
    found = []
    for name in dir():
        if not name.startswith("_"):
            found.append(name)
    return []


@wrong("public_names", "yours []")
def names_returned_too_early(module):
    found = []
    for name in dir(module):
        if not name.startswith("_"):
            found.append(name)
        return found
    return None


@wrong("public_names", "only the name counts")
def names_without_modules(module):
    return [
        name
        for name in dir(module)
        if not name.startswith("_") and not inspect.ismodule(getattr(module, name))
    ]


@wrong("first_line", "ends a paragraph, not a line")
def whole_first_paragraph(thing):
    return (inspect.getdoc(thing) or "").split("\n\n")[0]


@wrong("first_line", "a line of blanks only")
def line_that_may_be_blank(thing):
    for line in (thing.__doc__ or "").splitlines():
        if line:
            return line.strip()
    return ""


@wrong("first_line", "thing() calls it")
def line_of_a_call(thing):
    return thing().__doc__.splitlines()[0]


@wrong("required_parameters", "an annotation such as : str")
def required_by_bare_text(function):
    parameters = inspect.signature(function).parameters.items()
    return [name for name, p in parameters if str(p) == name]


@wrong("is_at_least", "the missing number is 0: 2.9 is older")
def version_by_common_numbers(version, wanted):
    for a, b in zip(version.split("+")[0].split("."), wanted.split("."), strict=False):
        if int(a) != int(b):
            return int(a) > int(b)
    return True


@wrong("is_at_least", "Version wants the whole text")
def version_of_a_cut_text(version, wanted):
    return Version(version[:6]) >= Version(wanted)


@wrong("first_line", "skip it")
def line_before_the_text(thing):
    return (thing.__doc__ or "").split("\n")[0]


@wrong("first_line", "__doc__ is None")
def line_of_none(thing):
    return thing.__doc__.strip().split("\n")[0]


@wrong("first_line", "__doc__ is None")
def line_none_for_none(thing):
    return inspect.getdoc(thing).splitlines()[0] if thing.__doc__ else thing.__doc__


@wrong("first_line", "so no line 0 either")
def line_of_a_docstring_of_blanks(thing):
    text = thing.__doc__
    return text.strip().splitlines()[0] if text else ""


@wrong("first_line", "so no line 0 either")
def line_of_an_empty_text(thing):
    return (inspect.getdoc(thing) or "").splitlines()[0] if thing.__doc__ is not None else ""


@wrong("first_line", "one line is asked for")
def line_and_all_others(thing):
    return inspect.getdoc(thing) or ""


@wrong("first_line", "one line is asked for")
def line_and_all_others_stripped(thing):
    return (thing.__doc__ or "").strip()


@wrong("first_line", "does not end a line")
def line_up_to_a_full_stop_and_blank(thing):
    return (inspect.getdoc(thing) or "").split(". ")[0]


@wrong("first_line", "does not end a line")
def line_up_to_a_full_stop(thing):
    return (inspect.getdoc(thing) or "").partition(".")[0]


@wrong("first_line", "strip() takes them off")
def line_with_its_indentation(thing):
    lines = [line for line in (thing.__doc__ or "").splitlines() if line.strip()]
    return lines[0] if lines else ""


@wrong("first_line", "print is for people")
def line_printed(thing):
    print((inspect.getdoc(thing) or "").split("\n")[0])


@wrong("required_parameters", "square brackets make one")
def required_as_tuple(function):
    parameters = inspect.signature(function).parameters.items()
    return tuple(
        name
        for name, p in parameters
        if p.default is inspect.Parameter.empty and not str(p).startswith("*")
    )


@wrong("required_parameters", "nothing is found")
def required_by_the_wrong_thing(function):
    parameters = inspect.signature(function).parameters.items()
    return [name for name, p in parameters if p is inspect.Parameter.empty]


@wrong("required_parameters", "a default may stay out as well")
def required_without_stars_only(function):
    parameters = inspect.signature(function).parameters.items()
    return [name for name, p in parameters if not str(p).startswith("*")]


@wrong("required_parameters", "with a star, whatever its name")
def required_with_stars(function):
    parameters = inspect.signature(function).parameters
    return [n for n in parameters if parameters[n].default is inspect.Parameter.empty]


@wrong("required_parameters", "with a star, whatever its name")
def required_without_the_two_stars_of_the_notebook(function):
    return [n for n in required_with_stars(function) if n not in ("rest", "more")]


@wrong("required_parameters", "with a star, whatever its name")
def required_with_the_text_of_stars(function):
    found = inspect.signature(function).parameters.values()
    return [str(p) if p.kind in (2, 4) else p.name for p in found if p.default is p.empty]


@wrong("required_parameters", "look at the parameter, not at its name")
def required_among_known_names(function):
    known = ("image", "size", "mean", "scale", "dim")
    return [n for n in required_by_kind(function) if n in known]


@wrong("required_parameters", "use the name alone")
def required_as_texts(function):
    found = inspect.signature(function).parameters.values()
    return [str(p) for p in found if p.default is p.empty and not str(p).startswith("*")]


@wrong("required_parameters", "which counts as true: compare with `is`")
def required_where_not_default(function):
    return [n for n, p in inspect.signature(function).parameters.items() if not p.default]


@wrong("required_parameters", "before / must be given too")
def required_without_positional_only(function):
    pairs = inspect.signature(function).parameters.items()
    return [n for n, p in pairs if p.default is p.empty and p.kind in (1, 3)]


@wrong("required_parameters", "compare with inspect.Parameter.empty")
def required_where_the_default_is_false(function):
    found = []
    for name, parameter in inspect.signature(function).parameters.items():
        missing = parameter.default is inspect.Parameter.empty or not parameter.default
        if missing and "*" not in str(parameter):
            found.append(name)
    return found


@wrong("required_parameters", "these have the default None")
def required_where_the_default_is_none(function):
    return [n for n, p in inspect.signature(function).parameters.items() if p.default is None]


@wrong("required_parameters", "these may be left out")
def required_the_wrong_way_round(function):
    found = inspect.signature(function).parameters
    return [n for n in found if found[n].default is not inspect.Parameter.empty]


@wrong("required_parameters", "leave out those with a default")
def required_all(function):
    return list(inspect.signature(function).parameters)


@wrong("required_parameters", "one after * by its name")
def required_before_the_star(function):
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    pairs = inspect.signature(function).parameters.items()
    return [n for n, p in pairs if p.kind == kind and p.default is inspect.Parameter.empty]


@wrong("required_parameters", "not of parameters")
def required_as_parameters(function):
    found = inspect.signature(function).parameters.values()
    return [p for p in found if p.default is p.empty and p.kind not in (p.VAR_KEYWORD, 2)]


wrong.value("hook_runs", 5, "goes past the hook")
wrong.value("hook_runs", 2, "is what layer(x) means")
wrong.value("hook_runs", 1, "not to one call")
wrong.value("hook_runs", 0, "asks the hooks")
wrong.value("hook_runs", "3", "yours is a str")


@wrong("is_at_least", AS_TEXT)
def version_text_without_build(version, wanted):
    return str(version) >= str(wanted)


@wrong("is_at_least", AS_TEXT)
def version_parts_as_text(version, wanted):
    return version.split("+")[0].split(".") >= wanted.split(".")


@wrong("is_at_least", AS_TEXT)
def version_all_parts_as_text(version, wanted):
    return version.split(".") >= wanted.split(".")


@wrong("is_at_least", AS_TEXT)
def version_as_one_float(version, wanted):
    return float(version) >= float(wanted)


@wrong("is_at_least", AS_TEXT)
def version_as_one_float_without_build(version, wanted):
    return float(version.partition("+")[0]) >= float(wanted)


@wrong("is_at_least", "a longer text is no newer version")
def version_by_length(version, wanted):
    return len(version) > len(wanted) or version >= wanted


@wrong("is_at_least", "it answers True whatever the input")
def version_always_new(version, wanted):
    return True


@wrong("is_at_least", "make a Version of each text first")
def version_of_the_comparison(version, wanted):
    return Version(version >= wanted)


@wrong("is_at_least", "without its dots")
def version_without_dots(version, wanted):
    return int(version.replace(".", "")) >= int(wanted.replace(".", ""))


@wrong("is_at_least", "without its dots")
def version_without_dots_and_build(version, wanted):
    return int("".join(version.split("+")[0].split("."))) >= int(wanted.replace(".", ""))


@wrong("is_at_least", "make a Version of both")
def version_against_text(version, wanted):
    return Version(version) >= wanted


@wrong("is_at_least", "make a Version of both")
def text_against_version(version, wanted):
    return version >= Version(wanted)


@wrong("is_at_least", AS_TEXT)
def version_as_float(version, wanted):
    major, minor = version.split("+")[0].split(".")[:2]
    return float(f"{major}.{minor}") >= float(".".join(wanted.split(".")[:2]))


@wrong("is_at_least", ">= instead of >")
def version_newer_only(version, wanted):
    return Version(version) > Version(wanted)


@wrong("is_at_least", "the first number decides")
def version_second_number(version, wanted):
    return int(version.split("+")[0].split(".")[1]) >= int(wanted.split(".")[1])


@wrong("is_at_least", "all pairs at once is too strict")
def version_every_number(version, wanted):
    mine, theirs = version.split("+")[0].split("."), wanted.split(".")
    return all(int(a) >= int(b) for a, b in zip(mine, theirs, strict=False))


@wrong("is_at_least", "a missing number means 0")
def version_lists_of_numbers(version, wanted):
    mine, theirs = version.split("+")[0].split("."), wanted.split(".")
    return [int(n) for n in mine] >= [int(n) for n in theirs]


@wrong("is_at_least", "the third number counts too")
def version_two_numbers(version, wanted):
    mine, theirs = version.split("+")[0].split("."), wanted.split(".")
    return [int(n) for n in mine[:2]] >= [int(n) for n in theirs[:2]]


@wrong("is_at_least", "names the build")
def version_with_build(version, wanted):
    mine, theirs = ([int(n) for n in text.split(".")] for text in (version, wanted))
    length = max(len(mine), len(theirs))
    mine += [0] * (length - len(mine))
    return mine >= theirs + [0] * (length - len(theirs))


@wrong("is_at_least", "not the PyTorch that is installed here")
def version_of_this_pytorch(version, wanted):
    return Version(metadata.version("torch")) >= Version(wanted)


@wrong("is_at_least", "wrong way round")
def version_swapped(version, wanted):
    return Version(wanted) >= Version(version)


def names_by_a_loop(module):
    found = []
    for name in module.__dict__:
        if name[0] != "_":
            found.append(name)
    return found


def names_by_a_filter(module):
    return sorted(filter(lambda name: not name.startswith("_"), dir(module)), key=str.lower)


def line_by_strip(thing):
    text = thing.__doc__
    if not text:
        return ""
    return text.strip().split("\n")[0]


def line_by_a_loop(thing):
    if thing.__doc__ is not None:
        for line in thing.__doc__.splitlines():
            if line.strip() != "":
                return line.strip()
    return ""


def required_by_kind(function):
    found = []
    for p in inspect.signature(function).parameters.values():
        stars = p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
        if p.default == inspect.Parameter.empty and not stars:
            found.append(p.name)
    return found


def required_by_full_argspec(f):
    spec = inspect.getfullargspec(f)
    plain = spec.args[: len(spec.args) - len(spec.defaults or ())]
    return plain + [name for name in spec.kwonlyargs if name not in (spec.kwonlydefaults or {})]


def required_by_text(function):
    found = inspect.signature(function).parameters
    return [n for n in found if "=" not in str(found[n]) and "*" not in str(found[n])]


def line_by_getdoc(thing):
    text = inspect.getdoc(thing)
    return text.splitlines()[0] if text else ""


def version_by_padded_tuples(version, wanted):
    def numbers(text):
        parts = tuple(int(part) for part in text.split("+")[0].split("."))
        return parts + (0,) * (3 - len(parts))

    return numbers(version) >= numbers(wanted)


def version_by_torch(version, wanted):
    return torch.torch_version.TorchVersion(version) >= wanted


RIGHT = {
    "public_names": [names_by_a_loop, names_by_a_filter],
    "first_line": [line_by_strip, line_by_a_loop, line_by_getdoc],
    "required_parameters": [required_by_kind, required_by_full_argspec, required_by_text],
    "hook_runs": [3],
    "is_at_least": [version_by_padded_tuples, version_by_torch],
}


@pytest.mark.parametrize(
    ("name", "answer"), [(name, answer) for name, answers in RIGHT.items() for answer in answers]
)
def test_other_right_answers_are_accepted(name, answer):
    verdict = judge(answer, name)
    assert verdict.status == "solved", verdict.text


def test_pytorch_counts_the_hook_as_the_exercise_does():
    layer, seen, x = torch.nn.ReLU(), [], torch.ones(2)
    layer.register_forward_hook(lambda layer, inputs, output: seen.append(output))
    layer(x), layer.forward(x), layer(x), layer.__call__(x), layer.forward(x)
    assert len(seen) == 3


test_told, test_enough = wrong.tests()
