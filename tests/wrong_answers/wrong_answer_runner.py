"""Collect wrong answers that learners give and check that each is told its mistake.

A file ``test_nbNN.py`` says ``wrong = WrongAnswers("NN")``, decorates functions with
``@wrong("exercise", "words of the advice")`` and ends in ``test_... = wrong.tests()``.
"""

import pytest

from course_utils.exercises import judge
from course_utils.exercises._registry import exercise_names


class WrongAnswers:
    def __init__(self, notebook):
        self.names = [name for name, home in exercise_names().items() if home[:2] == notebook]
        self.given = []

    def __call__(self, exercise, advice):
        def keep(function):
            self.given.append((exercise, function, advice, function.__name__))
            return function

        return keep

    def value(self, exercise, value, advice):
        self.given.append((exercise, value, advice, f"{exercise}={value!r}"))

    def tests(self):
        """Return the two tests of a file: each is rejected for its reason, and there are enough."""

        @pytest.mark.parametrize(
            ("exercise", "answer", "advice"),
            [pytest.param(*given, id=title) for *given, title in self.given],
        )
        def test_is_told_the_mistake(exercise, answer, advice):
            verdict = judge(answer, exercise)
            assert verdict.status == "wrong", verdict.text
            assert advice in verdict.text

        @pytest.mark.parametrize("name", self.names)
        def test_three_or_more(name):
            assert len([1 for exercise, *_ in self.given if exercise == name]) >= 3

        return test_is_told_the_mistake, test_three_or_more


class RightAnswers(list):
    """Right answers in other styles, for ``parametrize``; ``@accepted("exercise")`` adds one."""

    def __call__(self, exercise):
        def keep(function):
            self.append(pytest.param(exercise, function, id=function.__name__))
            return function

        return keep
