"""A few Python processes that do what a notebook asks: torch.distributed in small steps.

Started once (importing torch takes seconds), then asked again and again::

    crew = Crew(2)
    crew.run(function, 3)   # every process calls function(3); the answers, by rank
"""

from __future__ import annotations

import contextlib
import inspect
import io
import multiprocessing
import os
import pickle
import tempfile
import textwrap
import time
import weakref
from collections.abc import Callable
from datetime import timedelta
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

GRACE = 10.0  # seconds that the others have after one of them has raised an error


class CrewError(RuntimeError):
    """A function raised an error in one of the processes."""


class Crew:
    """``size`` new Python processes on this machine's CPU, in one process group (gloo).

    They meet through a file, so no port is needed. They end with ``close()``, with the object, or
    with the program that made it.

    Args:
        seconds: how long they may take to start, and to wait for one another in an ``all_reduce``.

    Raises:
        TimeoutError: if they are not ready in time.
    """

    def __init__(self, size: int = 2, *, seconds: float = 120.0) -> None:
        if size < 1:
            raise ValueError(f"a crew of {size} processes cannot work; use 1 or more")
        self.size = size
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        meeting = str(Path(self._folder.name) / "meeting")
        context = multiprocessing.get_context("spawn")
        self._pipes, self._processes = [], []
        for rank in range(size):
            ours, theirs = context.Pipe()
            arguments = (rank, size, meeting, seconds, theirs)
            process = context.Process(target=_work, args=arguments, daemon=True)
            process.start()
            theirs.close()
            self._pipes.append(ours)
            self._processes.append(process)
        self._end = weakref.finalize(self, _end, self._processes, self._folder)
        self.pids: list[int] = self._answers(seconds)

    def run(self, function: Callable[..., Any], *arguments: Any, seconds: float = 60.0) -> list:
        """Let every process call ``function(*arguments)``; print what they print, by rank.

        The function's source goes to the processes, as they share nothing with the notebook: it
        may use its arguments, ``torch``, ``nn``, ``dist`` (torch.distributed), what it imports and
        the functions that were run before.

        Returns:
            The results, by rank; they are copied (``pickle``).

        Raises:
            CrewError: what a process raised, with its rank. Others that wait for it are ended.
            TimeoutError: if a process does not answer in time; then all of them are ended, as they
                are by an interrupt.
        """
        source = textwrap.dedent(inspect.getsource(function))
        order = pickle.dumps((source, function.__name__, arguments))
        try:
            for pipe in self._pipes:
                pipe.send_bytes(order)
        except OSError:
            self.close()
            raise CrewError("these processes have ended; start new ones: Crew(…)") from None
        try:
            return self._answers(seconds)
        except CrewError:
            raise
        except BaseException:
            self.close()  # or answers that are still to come would be taken for the next call's
            raise

    def close(self) -> None:
        """End the processes."""
        self._end()

    def _answers(self, seconds: float) -> list:
        deadline, answers = time.monotonic() + seconds, {}
        waiting = {pipe: rank for rank, pipe in enumerate(self._pipes)}
        while waiting and (ready := wait(list(waiting), max(0.0, deadline - time.monotonic()))):
            for pipe in ready:
                answers[waiting.pop(pipe)] = answer = _receive(pipe)
                if answer[2]:  # the others may wait for this one, and for ever
                    deadline = min(deadline, time.monotonic() + GRACE)
        answers = dict(sorted(answers.items()))
        for rank, (printed, _, _) in answers.items():
            print("".join(f"rank {rank}: {line}\n" for line in printed.splitlines()), end="")
        errors = [f"rank {rank}: {error}" for rank, (_, _, error) in answers.items() if error]
        if waiting:
            self.close()
            late = f"rank {', '.join(map(str, waiting.values()))} gave no answer"
            ended = f"so all {self.size} processes were ended"
            if errors:
                raise CrewError(f"{'; '.join(errors)} ({late} then, {ended})")
            raise TimeoutError(
                f"{late} within {seconds:g} s, {ended}; "
                "does every one of them take part in every exchange?"
            )
        if errors:
            raise CrewError("; ".join(errors))
        return [result for _, result, _ in answers.values()]


def _receive(pipe: Any) -> tuple[str, Any, str]:
    """Return what a process printed, its result and its error ("": none)."""
    try:
        return pickle.loads(pipe.recv_bytes())
    except (EOFError, OSError):
        return "", None, "the process has ended"


def _end(processes: list, folder: tempfile.TemporaryDirectory) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        process.join(5)
        if process.is_alive():
            process.kill()
    folder.cleanup()


def _work(rank: int, size: int, meeting: str, seconds: float, pipe: Any) -> None:
    """What a process of the crew does: join the others, then call functions until it is ended."""
    away = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):  # answers go through the pipe; notices of libraries go nowhere
        os.dup2(away, stream)
    import torch
    import torch.distributed as dist
    from torch import nn

    torch.set_num_threads(1)
    dist.init_process_group(
        "gloo",
        store=dist.FileStore(meeting, size),
        rank=rank,
        world_size=size,
        timeout=timedelta(seconds=seconds),
    )
    names: dict[str, Any] = {"torch": torch, "nn": nn, "dist": dist, "__name__": "crew"}
    _send(pipe, "", os.getpid(), "")
    while True:
        try:
            source, name, arguments = pickle.loads(pipe.recv_bytes())
        except (EOFError, ConnectionError):
            return
        result, error, printed = None, "", io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                exec(compile(source, f"<{name}>", "exec"), names)
                result = names[name](*arguments)
        except Exception as problem:
            error = f"{type(problem).__name__}: {problem}"
        _send(pipe, printed.getvalue(), result, error)


def _send(pipe: Any, printed: str, result: Any, error: str) -> None:
    try:
        answer = pickle.dumps((printed, result, error))
    except Exception as problem:
        answer = pickle.dumps((printed, None, f"the result cannot be sent: {problem}"))
    pipe.send_bytes(answer)
