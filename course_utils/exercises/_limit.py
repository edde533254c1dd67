"""Stop a call that takes too long, on every system and inside a Jupyter kernel.

A second thread waits; when the time is up it raises `TimeUp` in the thread that works. A call that
is asleep does not notice that, so where the system can (not on Windows) it is woken a second later.
"""

from __future__ import annotations

import _thread
import ctypes
import itertools
import signal
import threading
from collections.abc import Callable
from typing import Any


class TimeUp(BaseException):
    """The learner's code ran out of time. ``except Exception`` there does not hold it up."""


def limited(work: Callable[[], Any], seconds: float) -> Any:
    """Return ``work()``, or raise `TimeUp` after ``seconds``. Ctrl-C keeps its meaning."""
    watch = _Watch(seconds)
    try:
        try:
            return work()
        finally:
            watch.stop()
    except BaseException as error:
        watch.stop()
        if watch.expired:
            raise TimeUp(seconds).with_traceback(error.__traceback__) from None
        raise


class _Watch:
    """Knocks on the thread that made it, again and again, once the time is up."""

    def __init__(self, seconds: float) -> None:
        self.expired = False
        self._seconds = seconds
        self._target = threading.get_ident()
        self._is_main = threading.current_thread() is threading.main_thread()
        self._lock = threading.Lock()
        self._done = threading.Event()
        _thread.start_new_thread(self._wait, ())  # Thread.start() would wait for it: 50× slower

    def stop(self) -> None:
        """End the watch, and take in a knock that is still on its way."""
        while True:
            try:
                with self._lock:
                    self._done.set()
                if self.expired:
                    for _ in range(100):  # a TimeUp that is pending strikes here
                        pass
                return
            except (TimeUp, KeyboardInterrupt):
                if not self.expired:
                    raise

    def _wait(self) -> None:
        if self._done.wait(self._seconds):
            return
        for knock in itertools.count():
            with self._lock:
                if self._done.is_set():
                    return
                self.expired = True
                _raise_in(self._target, TimeUp)
                if knock == 20 and self._is_main and hasattr(signal, "pthread_kill"):
                    signal.pthread_kill(self._target, signal.SIGINT)
            self._done.wait(0.05)


def _raise_in(thread: int, error: type[BaseException]) -> None:
    """Make ``thread`` raise ``error`` at its next step.

    Never called with None to take an error back: Python 3.11 would then check for one at every
    step from there on, and hang under a debugger.
    """
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(error))
