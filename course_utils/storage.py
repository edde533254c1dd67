"""The disk: one process at a time, room enough, and refusals in one line with their fix."""

from __future__ import annotations

import contextlib
import errno
import shutil
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from .archives import DownloadError


@contextlib.contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Turn an ``OSError`` about ``folder`` into a ``DownloadError`` that names the fix."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            why, fix = "the disk is full", "free some space or set COURSE_DATA_DIR to another disk"
        else:
            why, fix = f"cannot write ({error})", "set COURSE_DATA_DIR to a folder of your own"
        raise DownloadError(f"{folder}: {why}; {fix}", why) from None


def size_of(path: Path) -> int:
    """Return the size of a file in bytes, 0 if there is none."""
    return path.stat().st_size if path.exists() else 0


def need_space(folder: Path, title: str, needed: int) -> None:
    """Raise ``DownloadError`` if the disk of ``folder`` has less than ``needed`` bytes free."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        short = f"{free / 1e6:,.0f} MB free, {title} needs {needed / 1e6:,.0f} MB"
        raise DownloadError(
            f"{folder}: {short}; free some space or set COURSE_DATA_DIR to another disk", short
        )


@contextlib.contextmanager
def locked(target: Path, *, seconds: float, progress: bool) -> Iterator[None]:
    """Hold the lock of ``target``, waiting up to ``seconds`` (-1: to the end) for its holder.

    The system frees the lock when the process that holds it ends, however it ends.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(target.with_name(f".{target.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        if progress:
            print(f"Another process is fetching {target.name}; waiting for it.")
        _wait(lock, target, seconds)
    try:
        yield
    finally:
        lock.release()


def _wait(lock: FileLock, target: Path, seconds: float) -> None:
    try:
        lock.acquire(timeout=seconds)
    except Timeout:
        raise DownloadError(
            f"{target} is still being fetched by another process after {seconds:g} s; wait for it",
            "another process is downloading it",
        ) from None
