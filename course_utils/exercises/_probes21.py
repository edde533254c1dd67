"""Threads that play the processes of a distributed run, for the exercises of notebook 21."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from typing import Any

import torch

from ._define import Finding, Mistake
from ._run import Raised

PATIENCE = 3.0  # seconds for all of them together
IN_VAIN = (
    "waits in an all_reduce in which another process takes no part: in a real run it would hang"
)


def raised(*words: str) -> Callable[..., bool]:
    """Return a ``when`` for a `Mistake`: the answer raised an error with one of these words."""
    return lambda case, got, expected: (
        isinstance(got, Raised) and any(word in got.text for word in words)
    )


NOTHING_BACK = Mistake(
    "all_reduce changes the tensor in place and returns None: go on with the tensor itself",
    when=raised("NoneType"),
)


def none_back(case: object, got: Any, expected: Any) -> bool:
    """Whether None came where something was expected: a `Mistake`'s ``when``."""
    return isinstance(got, dict) and any(
        got.get(name) is None and value is not None for name, value in expected.items()
    )


class _InVain(Exception):
    """This process waits for one that does not come."""


class Exchange:
    """``all_reduce`` for threads: the n-th call of one belongs to the n-th call of all others."""

    def __init__(self, size: int) -> None:
        self._size, self._meeting = size, threading.Condition()
        self._calls, self._gone = [0] * size, set()
        self._given: dict[int, dict[int, torch.Tensor]] = {}

    def all_reduce(self, rank: int, tensor: torch.Tensor) -> None:
        """Replace the numbers of ``tensor`` by the sum over all; returns nothing, as torch's."""
        if not isinstance(tensor, torch.Tensor):
            raise TypeError(f"all_reduce takes a tensor, not a {type(tensor).__name__}")
        with self._meeting:
            number, self._calls[rank] = self._calls[rank], self._calls[rank] + 1
            here = self._given.setdefault(number, {})
            here[rank] = tensor.detach().clone()
            self._meeting.notify_all()
            done = self._meeting.wait_for(
                lambda: len(here) == self._size or self._gone - here.keys(), PATIENCE
            )
            if not done or len(here) < self._size:
                raise _InVain
        if len({part.shape for part in here.values()}) > 1:
            raise ValueError("the processes hand over tensors of different shapes")
        with torch.no_grad():
            tensor.copy_(torch.stack([here[each] for each in sorted(here)]).sum(dim=0))

    def leave(self, rank: int) -> None:
        """Tell the others that ``rank`` is through and comes to no further exchange."""
        with self._meeting:
            self._gone.add(rank)
            self._meeting.notify_all()


def together(size: int, work: Callable[..., Any]) -> list[Any]:
    """Call ``work(rank, all_reduce)`` in ``size`` threads; return the results, by rank.

    Raises:
        Finding: if one waits in vain or none comes to an end; else the first error of a thread.
    """
    exchange, results = Exchange(size), [None] * size
    errors: dict[int, BaseException] = {}

    def play(rank: int) -> None:
        try:
            results[rank] = work(rank, lambda tensor: exchange.all_reduce(rank, tensor))
        except BaseException as error:
            errors[rank] = error
        finally:
            exchange.leave(rank)

    threads = [threading.Thread(target=play, args=(rank,), daemon=True) for rank in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    if running := [thread for thread in threads if thread.is_alive()]:
        for thread in running:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit)
            )
        raise Finding("gives no answer in time")
    for rank in sorted(errors, key=lambda rank: (isinstance(errors[rank], _InVain), rank)):
        if isinstance(errors[rank], _InVain):
            raise Finding(f"rank {rank} {IN_VAIN}")
        raise errors[rank]
    return results
