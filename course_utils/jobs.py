"""Start ``torchrun`` from a notebook or a test, read it line by line, and never wait in vain."""

from __future__ import annotations

import contextlib
import os
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from typing import Any

from .paths import REPO_ROOT

PATIENCE = 5.0  # seconds that torchrun has to end its processes when asked to
_HELLO = re.compile(r"rank (\d+) of \d+: process (\d+)\b")


class Job:
    """``torchrun --standalone --nproc-per-node processes …`` with this very Python.

    Iterating gives the lines that the processes print, as they come::

        with Job("-m", "course_utils.ddp", "--epochs", "3") as job:
            for line in job:
                print(line)
        job.returncode, job.report

    ``--standalone`` finds a free port. When the block is left, by an error or Ctrl-C too, torchrun
    and all of its processes are ended, even those that do not want to. Each process computes with
    one thread, so that the last digits do not depend on the number of cores.

    Args:
        timeout: seconds for the whole job; afterwards it is ended and TimeoutError is raised.
        environment: variables to change for the job, such as ``{"COURSE_DEVICE": "cpu"}``.
    """

    def __init__(
        self,
        *arguments: str,
        processes: int = 2,
        timeout: float = 120.0,
        environment: dict[str, str] | None = None,
    ) -> None:
        self.command = command(*arguments, processes=processes)
        self.timeout, self.lines, self.pids = timeout, [], {}
        self.report = ""  # what torchrun and the processes write to the error output
        self._environment = _surroundings() | (environment or {})
        self._queue: queue.Queue[str | None] = queue.Queue()

    def __enter__(self) -> Job:
        self._errors = tempfile.TemporaryFile()
        self._deadline = time.monotonic() + self.timeout
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=self._environment,
            **_apart(),
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __iter__(self) -> Iterator[str]:
        while (line := self._next()) is not None:
            self.lines.append(line)
            if hello := _HELLO.search(line):  # behind what another process has not ended yet
                self.pids[int(hello[1])] = int(hello[2])
            yield line
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.0, self._deadline - time.monotonic()))

    def __exit__(self, *error: Any) -> None:
        self.stop()
        self._errors.seek(0)
        self.report = self._errors.read().decode("utf-8", errors="replace")
        self._errors.close()
        self._reader.join(PATIENCE)
        if not self._reader.is_alive():  # else closing would wait for it
            self.process.stdout.close()

    @property
    def returncode(self) -> int | None:
        """0 after success; None while the job is running."""
        return self.process.returncode

    def kill(self, rank: int) -> None:
        """End one of the processes without a warning, as the system does when memory runs out."""
        _kill(self.pids[rank])

    def stop(self) -> None:
        """End torchrun, and with it all processes of the job."""
        if self.process.poll() is not None:
            return
        if os.name == "nt":  # the whole tree: Windows does not pass the end on
            _quietly("taskkill", "/T", "/F", "/PID", str(self.process.pid))
        # Before the end: when torchrun has gone, nobody knows whose they were.
        family = _descendants(self.process.pid) or self.pids.values()
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for pid in family:
            with contextlib.suppress(OSError):  # most have ended by themselves
                _kill(pid)

    def _read(self) -> None:
        for line in iter(self.process.stdout.readline, b""):
            self._queue.put(line.decode("utf-8", errors="replace").rstrip())
        self._queue.put(None)

    def _next(self) -> str | None:
        try:
            return self._queue.get(timeout=max(0.0, self._deadline - time.monotonic()))
        except queue.Empty:
            self.stop()
            raise TimeoutError(
                f"the job was not done within {self.timeout:g} s, so it was ended; its last line: "
                f"{self.lines[-1] if self.lines else 'none'!r}"
            ) from None


def command(*arguments: str, processes: int = 2) -> list[str]:
    """Return the words of the command; what ``torchrun`` is short for."""
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    return [*launcher, "--nproc-per-node", str(processes), *map(str, arguments)]


def _surroundings() -> dict[str, str]:
    path = os.pathsep.join(filter(None, [str(REPO_ROOT), os.environ.get("PYTHONPATH", "")]))
    ours = {"PYTHONPATH": path, "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "1"}
    if os.name == "nt":  # PyTorch for Windows was long built without libuv, its default
        ours["USE_LIBUV"] = os.environ.get("USE_LIBUV", "0")
    return os.environ | ours


def _apart() -> dict[str, Any]:
    """Let a notebook's ■ reach the notebook alone, which then ends the job in good order."""
    if os.name == "nt":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def _kill(pid: int) -> None:
    os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def _quietly(*words: str) -> str:
    try:
        return subprocess.run(words, capture_output=True, text=True, check=False).stdout
    except OSError:  # there is no such program
        return ""


def _descendants(pid: int) -> list[int]:
    """Return the ids of the processes that ``pid`` has started, and of theirs (not on Windows)."""
    lines = _quietly("ps", "-A", "-o", "pid=,ppid=").splitlines() if os.name != "nt" else []
    found, pairs = [pid], [tuple(map(int, line.split())) for line in lines]
    for parent in found:  # grows meanwhile
        found += [child for child, its_parent in pairs if its_parent == parent]
    return found[1:]


def cause(report: str) -> str:
    """Return which process ended the job, and how, out of torchrun's long report; "" if none."""
    found = re.search(r"Root Cause.*?rank\s*: (\d+).*?exitcode\s*: (-?\d+)", report, re.S)
    if not found:
        return ""
    code = int(found[2])
    names = {-each.value: f" ({each.name})" for each in signal.Signals}
    return f"rank {found[1]}: exit code {code}{names.get(code, '')}"
