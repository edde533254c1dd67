"""Call the learner's code in a padded room: whatever it does, it ends as an `Outcome`."""

from __future__ import annotations

import contextlib
import copy
import inspect
import io
import linecache
import random
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ._compare import difference
from ._define import Case, Exercise, Finding
from ._limit import TimeUp, limited


@dataclass(frozen=True)
class Raised:
    """The call ended in an exception instead of a value."""

    kind: type[BaseException]
    text: str  # one line


@dataclass(frozen=True)
class Outcome:
    """What came of one call: a value or `Raised`, and what it left behind."""

    value: Any
    printed: str = ""
    warned: str = ""
    changed: tuple[str, ...] = ()  # names of arguments that were modified in place
    seconds: float = 0.0  # of the call alone


# With each outcome lies what gave it, so that nothing else can get its id.
_KNOWN: dict[tuple[Exercise, int, int], tuple[Any, Case, Outcome]] = {}


class _Notepad(io.TextIOBase):
    """A stdout that keeps the first 2,000 characters and lets the rest go."""

    text = ""

    def write(self, text: str) -> int:
        self.text += text[: 2000 - len(self.text)]
        return len(text)


def run(exercise: Exercise, subject: Any, case: Case, seconds: float | None = None) -> Outcome:
    """Return what ``subject`` (the learner's code, a mistake, the oracle) does with a case."""
    given = copy.deepcopy(dict(case))
    notepad = _Notepad()
    with _restored_state(), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with contextlib.redirect_stdout(notepad), contextlib.redirect_stderr(notepad):
            start = time.monotonic()
            value = _attempt(lambda: _observe(exercise, subject, given), subject, seconds)
            took = time.monotonic() - start
    changed = tuple(name for name in case if difference(given[name], case[name]))
    warned = str(caught[0].message) if caught else ""
    return Outcome(value, notepad.text, warned, changed, took)


def known_run(exercise: Exercise, subject: Any, case: Case) -> Outcome:
    """Return ``run`` for a part of the exercise, its oracle or a mistake: once for each case."""
    key = exercise, id(subject), id(case)
    if key not in _KNOWN:
        _KNOWN[key] = subject, case, run(exercise, subject, case)
    return _KNOWN[key][-1]


def _observe(exercise: Exercise, subject: Any, case: Case) -> Any:
    if exercise.observe is not None:
        return exercise.observe(subject, **case)
    if exercise.value:
        return subject
    bound = inspect.signature(exercise.reference).bind(**case)  # a learner may rename parameters
    return subject(*bound.args, **bound.kwargs)


def _attempt(work: Callable[[], Any], subject: Any, seconds: float | None) -> Any:
    try:
        return work() if seconds is None else limited(work, max(seconds, 0.05))
    except Finding as finding:
        return Raised(Finding, str(finding))
    except TimeUp as error:
        return Raised(TimeUp, f"gives no answer in time{_where(error, subject)}")
    except SystemExit as error:
        return Raised(
            SystemExit, f"ends Python with exit(){_where(error, subject)}; return instead"
        )
    except Exception as error:
        first_line = (str(error).strip() or "(no message)").splitlines()[0]
        text = f"raises {type(error).__name__}: {first_line[:200]}{_where(error, subject)}"
        return Raised(type(error), text)


def _where(error: BaseException, subject: Any) -> str:
    """Return " (line 3: return x / 0)": the deepest line of the learner's own code."""
    code = getattr(inspect.unwrap(subject), "__code__", None) if callable(subject) else None
    if code is None and inspect.isclass(subject):
        code = next((f.__code__ for f in vars(subject).values() if inspect.isfunction(f)), None)
    own = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if code is not None and frame.filename == code.co_filename
    ]
    if not own:
        return ""
    line = linecache.getline(own[-1].filename, own[-1].lineno or 0).strip()
    return f" (line {own[-1].lineno}: {line})" if line else f" (line {own[-1].lineno})"


@contextlib.contextmanager
def _restored_state() -> Iterator[None]:
    """Seed every global generator alike, and put all back as it was afterwards."""
    torch, numpy = sys.modules.get("torch"), sys.modules.get("numpy")
    with contextlib.ExitStack() as stack:
        stack.callback(random.setstate, random.getstate())
        random.seed(0)
        if numpy is not None:
            stack.callback(numpy.random.set_state, numpy.random.get_state())
            numpy.random.seed(0)
        if torch is not None:
            _restore_torch(torch, stack)
        yield


def _restore_torch(torch: Any, stack: contextlib.ExitStack) -> None:
    stack.callback(torch.set_rng_state, torch.get_rng_state())
    if torch.cuda.is_initialized():
        stack.callback(torch.cuda.set_rng_state_all, torch.cuda.get_rng_state_all())
    stack.callback(torch.set_default_dtype, torch.get_default_dtype())
    stack.callback(torch.set_grad_enabled, torch.is_grad_enabled())
    if torch.get_default_device().type != "cpu":
        stack.enter_context(torch.device("cpu"))
    torch.default_generator.manual_seed(0)
