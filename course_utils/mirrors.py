"""Bring one file of known size and hash from the first mirror that is up, honest and quick."""

from __future__ import annotations

import contextlib
import functools
import os
import queue
import re
import socket
import ssl
import threading
import time
from dataclasses import dataclass, replace
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from tqdm.auto import tqdm

from .archives import DownloadError, Entry, file_problem
from .storage import disk_errors, size_of

CHUNK = 1 << 16


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long to wait for what."""

    connect: float = 4.0  # seconds until a mirror must have answered; also the longest silence
    window: float = 10.0  # seconds over which its speed is measured
    floor: float = 300_000  # bytes a second under which it is left for the next
    stay: bool = True  # when every mirror is slow: stay with the fastest (else give up)
    cuts: int = 3  # broken connections without progress before a mirror is left
    lock: float = -1.0  # seconds to wait for another process that is downloading; -1: to the end


class _MirrorError(Exception):
    """The mirror answered, but it will not do."""


class _Slow(_MirrorError):
    def __init__(self, speed: float) -> None:
        super().__init__(f"slow ({speed / 1000:,.0f} kB/s)")
        self.speed = speed


class _Cut(_MirrorError):
    """The connection broke while the file was coming."""


_FAILURES = (OSError, HTTPException, _MirrorError)
_Failures = dict[str, Exception]  # url → why it failed


def offline() -> bool:
    """Tell whether COURSE_OFFLINE forbids any use of the network."""
    return os.environ.get("COURSE_OFFLINE", "").strip().lower() not in {"", "0", "false", "no"}


def download(entry: Entry, target: Path, *, patience: Patience, progress: bool = True) -> None:
    """Download ``entry`` to ``target`` through ``target.part``, which an interruption leaves there.

    A ``.part`` is continued, by whichever mirror. The hash is verified before the atomic rename;
    what has the wrong hash is removed. Raises ``DownloadError``, one line with every mirror's
    failure or what the disk says.
    """
    if offline():
        raise DownloadError(_by_hand(entry, target, "COURSE_OFFLINE is set"), "COURSE_OFFLINE=1")
    part = target.with_name(target.name + ".part")
    with tqdm(
        total=entry.bytes, unit="B", unit_scale=True, leave=False, delay=0.5, disable=not progress
    ) as bar:
        failures = _try_mirrors(entry, part, patience, bar)
    if failures is None:
        with disk_errors(target.parent):
            part.replace(target)
        return
    why = "; ".join(f"{urlsplit(url).netloc}: {_why(e)}" for url, e in failures.items())
    if kept := size_of(part):
        why += f" ({kept / 1e6:,.0f} MB are kept, the next try goes on from there)"
    raise DownloadError(_by_hand(entry, target, why or "no mirror is known"), _short(failures))


def _try_mirrors(entry: Entry, part: Path, patience: Patience, bar: tqdm) -> _Failures | None:
    """Return None once ``part`` is whole and verified, else why each mirror failed."""
    failures: _Failures = {}
    for url in entry.urls:
        try:
            return _from_mirror(url, entry, part, patience, bar)
        except _FAILURES as error:
            failures[url] = error
            if isinstance(error, _MirrorError):
                _say(bar, f"{urlsplit(url).netloc}: {_why(error)}.")
    slow = [(e.speed, url) for url, e in failures.items() if isinstance(e, _Slow)]
    if slow and patience.stay:
        speed, url = max(slow)
        minutes = (entry.bytes - size_of(part)) / max(speed, 1) / 60
        _say(bar, f"Staying with {urlsplit(url).netloc}, about {minutes:,.0f} minutes.")
        still = _try_mirrors(replace(entry, urls=(url,)), part, replace(patience, floor=0), bar)
        return None if still is None else failures | still
    return failures


def _from_mirror(url: str, entry: Entry, part: Path, patience: Patience, bar: tqdm) -> None:
    bar.set_description(f"{entry.title} from {urlsplit(url).netloc}", refresh=False)
    rounds = 2 if size_of(part) else 1  # an old beginning may come from another file
    for _ in range(rounds):
        _fill(url, entry, part, patience, bar)
        if not (problem := file_problem(part, entry)):
            return
        part.unlink()
    raise _MirrorError(f"{problem}; removed")


def _fill(url: str, entry: Entry, part: Path, patience: Patience, bar: tqdm) -> None:
    """Add to ``part`` until it has its full size, connecting again after a cut."""
    watchdog = _Watchdog(patience)
    if size_of(part) > entry.bytes:
        part.unlink()
    cuts = 0
    while (before := size_of(part)) < entry.bytes:
        try:
            _stream(url, entry, part, watchdog, bar)
        except _Cut:
            cuts = 0 if size_of(part) - before >= CHUNK else cuts + 1
            if cuts >= patience.cuts:
                raise


def _stream(url: str, entry: Entry, part: Path, watchdog: _Watchdog, bar: tqdm) -> None:
    """Append to ``part`` what one connection gives of the bytes that it lacks."""
    have = size_of(part)
    ask = {"Range": f"bytes={have}-"} if have else {}
    with _open(url, ask, watchdog.patience.connect) as response:
        position = _first_byte(response, have, entry)  # 0 where the server ignores Range
        bar.n = position
        with disk_errors(part.parent), part.open("ab") as file:
            while position < entry.bytes and (chunk := _read(response)):
                file.write(chunk[max(0, have - position) : entry.bytes - position])
                position += len(chunk)
                bar.update(len(chunk))
                watchdog.saw(len(chunk))
    if position < entry.bytes:
        raise _Cut(f"connection cut at {position:,} of {entry.bytes:,} bytes")


def _first_byte(response: Any, have: int, entry: Entry) -> int:
    """Return where the answer starts; refuse one whose whole size is not the expected one."""
    first, size = 0, response.headers.get("Content-Length") or "*"
    if response.status == 206:
        given = response.headers.get("Content-Range", "")
        found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", given.strip())
        if not found or int(found[1]) != have:
            raise _MirrorError(f"answers bytes {have}- with {given!r}")
        first, size = have, found[2]
    if size.isdigit() and int(size) != entry.bytes:
        raise _MirrorError(f"offers another file ({int(size):,} bytes, expected {entry.bytes:,})")
    return first


def _read(response: Any) -> bytes:
    try:
        return response.read1(CHUNK)
    except (OSError, HTTPException, ValueError) as error:
        raise _Cut(_why(error)) from error


def _open(url: str, headers: dict[str, str], seconds: float) -> Any:
    """Open ``url`` within ``seconds`` in all: name look-up, connection, TLS and first header."""
    answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
    request = Request(url, headers={"User-Agent": "pytorch-image-course", **headers})

    def work() -> None:  # in a thread because a name look-up has no timeout
        try:
            answers.put(urlopen(request, timeout=seconds, context=_tls()))
        except Exception as error:
            answers.put(error)

    threading.Thread(target=work, daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError(f"no answer in {seconds:g} s") from None
    if isinstance(answer, HTTPError):
        answer.close()
    if isinstance(answer, Exception):
        raise answer
    return answer


@functools.cache
def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    with contextlib.suppress(ImportError):  # python.org's macOS builds bring no certificates
        import certifi

        context.load_verify_locations(certifi.where())
    return context


class _Watchdog:
    """Raises ``_Slow`` when a window of time brought too few bytes, cuts and waiting included."""

    def __init__(self, patience: Patience) -> None:
        self.patience, self.since, self.count = patience, time.monotonic(), 0

    def saw(self, count: int) -> None:
        self.count += count
        seconds = time.monotonic() - self.since
        if seconds >= self.patience.window:
            if self.count < self.patience.floor * seconds:
                raise _Slow(self.count / seconds)
            self.since, self.count = time.monotonic(), 0


def _say(bar: tqdm, line: str) -> None:
    if not bar.disable:
        bar.write(line)


def _why(error: BaseException) -> str:
    if isinstance(error, HTTPError):
        return f"HTTP {error.code}"
    cause = error.reason if isinstance(error, URLError) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return "its certificate is not accepted (check the clock; a proxy may be in the way)"
    if isinstance(cause, ConnectionRefusedError):
        return "connection refused"
    if isinstance(cause, socket.gaierror):
        return "its name was not found (no network?)"
    return str(cause).strip() or type(cause).__name__


def _short(failures: _Failures) -> str:
    if any(isinstance(error, _Slow) for error in failures.values()):
        return "the mirrors are slow"
    answers = (HTTPError, HTTPException, _MirrorError)
    some = any(isinstance(error, answers) for error in failures.values())
    return "no mirror works" if some else "no network"


def _by_hand(entry: Entry, target: Path, why: str) -> str:
    again = "Unset it" if offline() else "Try again later"
    fix = f"{again}, or put the file into {target.parent} yourself"
    return f"{entry.file} could not be downloaded: {why}. {fix}"
