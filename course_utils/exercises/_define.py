"""How an exercise is written down.

The smallest one is a reference solution, a hint and where its inputs come from::

    @exercise(hints=["Add the number to itself."], cases=lambda rng: {"x": rng.randint(-9, 9)})
    def double(x):
        '''Return two times ``x``.'''
        return 2 * x

``check(double)`` calls the learner's function and the oracle with the same seeded inputs, from
small to large, and compares type, shape, dtype and value. What else can be said:

``oracle``    another function that knows the truth, PyTorch where possible (default: the reference)
``observe``   ``observe(attempt, **case)`` returns what to compare, when the result is not enough:
              a dict of labelled observations of a model or a training loop reads best
``mistakes``  ``Mistake("you rounded up", like=wrong_function)``: a wrong answer that behaves like
              this one on every case is told so; ``when=lambda case, got, expected: bool`` looks at
              the smallest failing case only
``starter``   for a repair: the broken function that the notebook shows, called ``NAME_starter``
``value``     the answer is a value, not a function; the reference returns it
``errors``    exceptions that are part of the answer, such as ``(ValueError,)``
``draw``      ``draw(case, got, expected)`` returns a matplotlib figure for a wrong answer

Exercises are counted in the order of the notebook's files and of the lines in them. Where the
notebook has another order, one of its files says so: ``ORDER = ("double", "fahrenheit")``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Case = Mapping[str, Any]


class Finding(Exception):
    """Raised by an ``observe`` function to tell the learner something in one line."""


@dataclass(frozen=True)
class Mistake:
    """A known wrong answer and what to tell somebody who gives it."""

    message: str
    like: Any = None
    when: Callable[[Case, Any, Any], bool] | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Exercise:
    """One exercise: a reference solution and how to judge another one by it."""

    reference: Callable[..., Any]
    hints: Sequence[str]
    cases: Callable[[Any], Case] | Sequence[Case] = ({},)
    mistakes: Sequence[Mistake] = ()
    oracle: Callable[..., Any] | None = None
    observe: Callable[..., Any] | None = None
    starter: Callable[..., Any] | None = None
    draw: Callable[[Case, Any, Any], Any] | None = None
    value: bool = False
    errors: tuple[type[Exception], ...] = ()
    against: str = "expected"  # whose answer the learner's is compared with
    # what follows the ✓, when a count of cases says too little; or says it of the first answer
    praise: str | Callable[[Any], str] = ""
    count: int = 100  # how many cases to draw
    seconds: float = 5.0  # time for all of the learner's calls together

    @property
    def name(self) -> str:
        """The name that the learner's function must have; unique in the course."""
        return self.reference.__name__

    def truth(self) -> Any:
        """Return what stands in the learner's place when the right answer is worked out."""
        return self.reference() if self.value else self.oracle or self.reference

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the reference, so that one exercise can build on another."""
        return self.reference(*args, **kwargs)


def exercise(**settings: Any) -> Callable[[Callable[..., Any]], Exercise]:
    """Turn the reference solution below this decorator into an `Exercise`."""
    return lambda reference: Exercise(reference=reference, **settings)


def collect(names: Mapping[str, Any]) -> list[Exercise]:
    """Return the exercises among a module's ``vars()``, in the order they were written."""
    return [value for value in names.values() if isinstance(value, Exercise)]
