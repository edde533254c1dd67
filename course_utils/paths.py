"""Where the course keeps its files. No other module works a folder out for itself."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import platformdirs

APP = "pytorch-image-course"
REPO_ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = REPO_ROOT / "notebooks"
MANIFEST = REPO_ROOT / "data" / "manifest.json"


def data_dir() -> Path:
    """Return the folder for datasets and weights (it may not exist yet).

    ``COURSE_DATA_DIR`` if set (a relative path counts from the repository, ``~`` is the home
    folder), taken as it is; else ``data/`` of the repository; else, where that cannot be written,
    the user's cache folder.
    """
    if chosen := _from_environment("COURSE_DATA_DIR"):
        return chosen
    folder = REPO_ROOT / "data"
    if is_writable(folder):
        return folder
    return Path(platformdirs.user_cache_dir(APP, appauthor=False))


def data_places() -> list[Path]:
    """Return the folders where data may already lie, the best first.

    These are ``data_dir()`` and, unless ``COURSE_DATA_DIR`` says otherwise, ``data/`` of the
    repository: in a shared, read-only installation the files lie there.
    """
    folder = data_dir()
    if _from_environment("COURSE_DATA_DIR") or folder == REPO_ROOT / "data":
        return [folder]
    return [folder, REPO_ROOT / "data"]


def state_dir() -> Path:
    """Return the folder for a learner's own progress, outside the repository (it may not exist).

    ``COURSE_STATE_DIR`` if set (a relative path counts from the repository), else the per-user
    data folder of the operating system.
    """
    default = Path(platformdirs.user_data_dir(APP, appauthor=False))
    return _from_environment("COURSE_STATE_DIR") or default


def is_writable(folder: Path) -> bool:
    """Tell whether a file can be created in ``folder`` (by creating one: permissions can lie)."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _from_environment(variable: str) -> Path | None:
    chosen = os.environ.get(variable, "").strip()
    return (REPO_ROOT / Path(chosen).expanduser()).resolve() if chosen else None
