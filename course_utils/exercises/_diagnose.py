"""From a wrong result to what the learner did wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ._compare import difference, kind_of
from ._define import Case, Exercise, Finding, Mistake
from ._limit import TimeUp
from ._run import Outcome, Raised, known_run
from ._text import brief


@dataclass(frozen=True)
class Trial:
    """One case: what the learner's code did, what is right, and how they differ ("" if not)."""

    case: Case
    got: Outcome
    expected: Any
    failure: str


@dataclass(frozen=True)
class Failure:
    """The case to show, and all that were tried."""

    shown: Trial
    trials: list[Trial]


def how_it_fails(exercise: Exercise, got: Outcome, expected: Any) -> str:
    """Return how the learner's outcome differs from the right one, "" where it does not."""
    text = _outcome_difference(exercise, got.value, expected) or ""
    if not text and got.changed:
        text = f"the answer is right, but your code changes its input {got.changed[0]} in place"
    return text


def _outcome_difference(exercise: Exercise, got: Any, expected: Any) -> str | None:
    against = exercise.against
    if isinstance(expected, Raised):
        if isinstance(got, Raised):
            same = issubclass(got.kind, expected.kind)
            return None if same else f"yours {got.text}, {against} a {expected.kind.__name__}"
        return f"yours {brief(got)}, {against} a {expected.kind.__name__}"
    if isinstance(got, Raised):
        return f"your code {got.text}" if got.kind is not Finding else got.text
    text = difference(got, expected, against)
    if text and exercise.value:  # do not give the prediction away
        sort = f"yours is {kind_of(got)} ({brief(got)}), the answer is {kind_of(expected)}"
        return sort if type(got) is not type(expected) else f"{brief(got)} is not it"
    return text


def diagnose(exercise: Exercise, failure: Failure) -> str:
    """Return advice for the mistake that explains the failure, "" where none is known."""
    for mistake in exercise.mistakes:
        if _explains(exercise, mistake, failure):
            return mistake.message
    return _everyday_mistake(exercise, failure)


def _explains(exercise: Exercise, mistake: Mistake, failure: Failure) -> bool:
    if mistake.when is not None:
        shown = failure.shown
        try:
            return bool(mistake.when(shown.case, shown.got.value, shown.expected))
        except Exception:  # a predicate written for numbers meets a learner's None
            return False
    trials = [*failure.trials, failure.shown]
    return all(_acts_alike(exercise, mistake, trial) for trial in trials)


def _acts_alike(exercise: Exercise, mistake: Mistake, trial: Trial) -> bool:
    theirs = known_run(exercise, mistake.like, trial.case)
    got, like = trial.got.value, theirs.value
    if isinstance(like, Raised) or isinstance(got, Raised):
        return _raise_alike(got, like)
    return difference(got, like) is None and theirs.changed == trial.got.changed


def _raise_alike(got: Any, like: Any) -> bool:
    if not (isinstance(like, Raised) and isinstance(got, Raised)):
        return False
    return got.kind is like.kind and (got.kind is not Finding or got.text == like.text)


def _everyday_mistake(exercise: Exercise, failure: Failure) -> str:
    """Recognise what goes wrong in any function."""
    got = failure.shown.got
    if got.changed:
        return f"make a copy of {got.changed[0]} first: the caller's own is changed by this"
    if got.value is None:
        if got.printed:
            return "it prints but returns nothing: end it with return, print is for people"
        return "it returns None: every way through the function must return an answer"
    if isinstance(got.value, Raised):
        return _about_raised(exercise, got.value)
    if isinstance(got.value, float) and isinstance(failure.shown.expected, int):
        way = "write it without a point" if exercise.value else "// divides without a fraction"
        return f"the answer is a whole number: {way}"
    return _about_constant(failure)


def _about_raised(exercise: Exercise, raised: Raised) -> str:
    if raised.kind is TimeUp:
        return f"it was stopped after {exercise.seconds:g} s: does a loop never end?"
    if raised.kind is TypeError and "argument" in raised.text and "(line" not in raised.text:
        return "keep the parameters of the function as the notebook gives them"
    if raised.kind is NameError:
        return "use only the parameters, what the function makes itself, and what was imported"
    return ""


def _about_constant(failure: Failure) -> str:
    """Notice an answer that never changes although the right one does."""
    first = failure.trials[0]
    stays = all(not difference(t.got.value, first.got.value) for t in failure.trials)
    varies = any(difference(t.expected, first.expected) for t in failure.trials)
    if stays and varies and len(failure.trials) > 2:
        return f"it answers {brief(first.got.value)} whatever the input: is the input used at all?"
    return ""
