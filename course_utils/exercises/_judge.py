"""``check``: find the exercise, try the cases, and say in a few lines how it went."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from ._attempted import is_untouched, raises_not_implemented
from ._cases import draw_cases, smaller_cases
from ._compare import kind_of
from ._define import Case, Exercise
from ._diagnose import Failure, Trial, diagnose, how_it_fails
from ._draw import show_picture
from ._limit import TimeUp
from ._progress import record_solved
from ._registry import UnknownExercise, exercise_names, find_exercise
from ._run import Raised, known_run, run
from ._text import brief, brief_case, quote_output, say, shorten


@dataclass(frozen=True)
class Verdict:
    """The outcome of a check: what to print, and which exercise it was."""

    status: Literal["solved", "wrong", "unattempted", "unusable"]
    text: str
    exercise: Exercise | None = None
    failure: Failure | None = None


def check(attempt: Any, name: str | None = None) -> None:
    """Judge your function, class or value, print the verdict and remember a success.

    A function is found by its own name; a value needs one: ``check(answer, "run_order")``.
    Nothing is raised for a wrong or unfinished answer, so that Run All goes through.
    """
    verdict = judge(attempt, name)
    say(verdict.text)
    if verdict.status == "solved" and verdict.exercise is not None:
        record_solved(verdict.exercise.name)
    if verdict.failure is not None and verdict.exercise is not None:
        show_picture(verdict.exercise, verdict.failure)


def judge(attempt: Any, name: str | None = None) -> Verdict:
    """Return the verdict that `check` prints; writes nothing anywhere."""
    try:
        exercise = _exercise_of(attempt, name)
    except UnknownExercise as error:
        return Verdict("unusable", f"✗ {error}")
    return judge_exercise(exercise, attempt)


def _exercise_of(attempt: Any, name: str | None) -> Exercise:
    if name is not None and not isinstance(name, str):
        raise UnknownExercise("the name comes second, as text: check(answer, 'name')")
    if name is None and isinstance(attempt, str) and attempt in exercise_names():
        raise UnknownExercise(f"check wants the function itself, without quotes: check({attempt})")
    if name is None and not hasattr(attempt, "__name__"):
        sort = "" if attempt is None else f", {kind_of(attempt)}"
        raise UnknownExercise(
            f"check was given {brief(attempt)}{sort}. For a function write "
            'check(f), not check(f(3)); for a value add the name: check(answer, "name")'
        )
    return find_exercise(attempt.__name__ if name is None else name)


def judge_exercise(exercise: Exercise, attempt: Any) -> Verdict:
    """Judge an attempt at a given exercise."""
    name = exercise.name
    if is_untouched(attempt, exercise.starter):
        return Verdict("unattempted", _not_attempted(exercise), exercise)
    if problem := _wrong_sort(exercise, attempt):
        return Verdict("unusable", f"✗ {name}: {problem}", exercise)
    trials = list(_trials(exercise, attempt))
    failed = [trial for trial in trials if trial.failure]
    if not failed:
        return Verdict("solved", f"✓ {name}: {_praise(exercise, trials)}", exercise)
    if _is_placeholder(attempt, failed[0]):
        return Verdict("unattempted", _not_attempted(exercise), exercise)
    failure = Failure(_smallest(exercise, attempt, failed[0]), trials)
    return Verdict("wrong", _report(exercise, failure), exercise, failure)


def _is_placeholder(attempt: Any, trial: Trial) -> bool:
    """Tell a line left for later from PyTorch's NotImplementedError, such as for bool.mean()."""
    if _is_raised(trial, NotImplementedError):
        return raises_not_implemented(attempt)
    return trial.got.value is ...


def _is_raised(trial: Trial, kind: type[BaseException]) -> bool:
    return isinstance(trial.got.value, Raised) and trial.got.value.kind is kind


def _not_attempted(exercise: Exercise) -> str:
    if exercise.starter is not None:
        return f"✗ not attempted yet: find and repair the bug in {exercise.name}"
    if exercise.value:
        return f"✗ not attempted yet: put your answer in place of the ... ({exercise.name})"
    return f"✗ not attempted yet: replace the ... in {exercise.name}"


def _wrong_sort(exercise: Exercise, attempt: Any) -> str:
    """Return what is wrong when a value came for a function or a function for a value."""
    name = exercise.name
    if exercise.value and hasattr(attempt, "__name__"):
        return f'this one wants a value: check(answer, "{name}")'
    if not exercise.value and not (callable(attempt) and hasattr(attempt, "__name__")):
        return f"this is {brief(attempt)}; check wants the function itself: check({name})"
    return ""


def _trials(exercise: Exercise, attempt: Any) -> Iterator[Trial]:
    """Try every case; after a failure some more, to recognise a known mistake by them."""
    left, more = exercise.seconds, None
    cases = draw_cases(exercise)
    while cases and more != 0:
        trial = try_case(exercise, attempt, cases.pop(0 if more is None else -1), left)
        left -= trial.got.seconds
        yield trial
        if more is not None:
            more -= 1
        elif trial.failure:  # from here on the largest ones: they tell mistakes apart
            more = 0 if _is_raised(trial, TimeUp) or left <= 0 else 25


def try_case(exercise: Exercise, attempt: Any, case: Case, seconds: float) -> Trial:
    """Run the learner's code and the oracle on one case."""
    right = (run if exercise.value else known_run)(exercise, exercise.truth(), case)
    if isinstance(right.value, Raised) and right.value.kind not in exercise.errors:
        raise AssertionError(f"the oracle of {exercise.name} {right.value.text}")
    got = run(exercise, attempt, case, seconds)
    return Trial(case, got, right.value, how_it_fails(exercise, got, right.value))


def _smallest(exercise: Exercise, attempt: Any, failed: Trial) -> Trial:
    """Look for a smaller failing case among fresh ones."""
    if _is_raised(failed, TimeUp):
        return failed
    for case in smaller_cases(exercise, failed.case):
        trial = try_case(exercise, attempt, case, exercise.seconds)
        if trial.failure and not _is_raised(trial, TimeUp):
            return trial
    return failed


def _praise(exercise: Exercise, trials: list[Trial]) -> str:
    if callable(exercise.praise):
        text = exercise.praise(trials[0].got.value)
    elif exercise.praise or exercise.value:
        text = exercise.praise or "right"
    elif exercise.against == "expected":
        text = f"right on all {len(trials)} cases"
    else:
        text = f"{len(trials)} random cases agree with {exercise.against}"
    return text + (" (what it prints is not shown)" if trials[0].got.printed else "")


def _report(exercise: Exercise, failure: Failure) -> str:
    shown = failure.shown
    inputs = brief_case(shown.case)
    lines = [f"✗ {exercise.name}: {inputs + ': ' if inputs else ''}{shown.failure}"]
    if advice := diagnose(exercise, failure):
        lines.append(f"  {advice}")
    if shown.got.printed:
        lines.append(f"  it printed: {quote_output(shown.got.printed)}")
    if shown.got.warned:
        lines.append(f"  a warning: {shorten(shown.got.warned, 150)}")
    lines.append(f'  hint("{exercise.name}") helps')
    return "\n".join(lines)
