"""Remember which exercises a learner has solved, outside the repository."""

from __future__ import annotations

import datetime
import json
import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from course_utils.paths import state_dir

from ._registry import exercise_names
from ._text import say


def progress(notebook: str | int | None = None) -> None:
    """Print solved and total for each notebook and what comes next; ``progress("14")`` for one."""
    solved, names = solved_exercises(), exercise_names()
    wanted = "" if notebook is None else f"{notebook:0>2}"
    rows = [title for title in dict.fromkeys(names.values()) if title.startswith(wanted)]
    if not rows:
        have = ", ".join(title[:2] for title in dict.fromkeys(names.values()))
        return say(f"no exercises in notebook {notebook!r}; there are some in {have}")
    for title in rows:
        say(_row(title, [name for name, home in names.items() if home == title], solved))
    left = next((n for n, home in names.items() if home in rows and n not in solved), None)
    say(f"next: {left} in {names[left]}" if left else "all solved")
    return None


def _row(title: str, names: list[str], solved: Mapping[str, str]) -> str:
    done = [name in solved for name in names]
    bar = "●" * sum(done) + "○" * (len(done) - sum(done))
    return f"{title:<28} {sum(done):>2} / {len(done):<2}  {bar}"


def solved_exercises() -> dict[str, str]:
    """Return solved exercise → date; a file that cannot be read is put aside, never deleted."""
    path = _file()
    try:
        solved = json.loads(path.read_text(encoding="utf-8"))["solved"]
        return {str(name): str(date) for name, date in solved.items()}
    except FileNotFoundError:
        return {}
    except OSError as error:
        say(f"(progress cannot be read: {error})")
    except (ValueError, KeyError, TypeError, AttributeError):
        _put_aside(path)
    return {}


def _put_aside(path: Path) -> None:
    stamp = f"{datetime.datetime.now():%Y%m%d-%H%M%S-%f}"
    aside = path.with_name(f"progress-unreadable-{stamp}.json")
    try:
        path.replace(aside)
        say(f"(the progress file was damaged; it is kept as {aside}, counting starts afresh)")
    except OSError as error:
        say(f"(the progress file is damaged and cannot be moved: {error})")


def record_solved(name: str) -> None:
    """Add one exercise; what another kernel wrote meanwhile is read again and kept."""
    try:
        with _locked():
            solved = solved_exercises()
            if name not in solved:
                solved[name] = f"{datetime.date.today():%Y-%m-%d}"
                _write(solved)
    except OSError as error:
        say(f"(progress could not be saved: {error})")


def _write(solved: Mapping[str, str]) -> None:
    text = json.dumps({"version": 1, "solved": solved}, indent=1)
    handle, temporary = tempfile.mkstemp(dir=_file().parent, prefix="progress-", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).replace(_file())
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


class _locked:
    """Hold a lock file for a moment; one left behind by a dead kernel is ignored after 2 s."""

    def __enter__(self) -> None:
        self._path = _file().with_name("progress.lock")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        for _ in range(100):
            try:
                self._path.touch(exist_ok=False)
                return
            except (FileExistsError, PermissionError):
                time.sleep(0.02)

    def __exit__(self, *_: object) -> None:
        self._path.unlink(missing_ok=True)


def _file() -> Path:
    return state_dir() / "progress.json"
