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
    """Return the folder for datasets and weights, created if needed.

    ``COURSE_DATA_DIR`` if set (a relative path counts from the repository), else ``data/`` of the
    repository, else, where that cannot be written, the user's cache folder.
    """
    chosen = os.environ.get("COURSE_DATA_DIR")
    if chosen:
        return (REPO_ROOT / Path(chosen).expanduser()).resolve()
    folder = REPO_ROOT / "data"
    return folder if is_writable(folder) else Path(platformdirs.user_cache_dir(APP))


def state_dir() -> Path:
    """Return the folder for a learner's own progress, outside the repository.

    ``COURSE_STATE_DIR`` if set, else the per-user data folder of the operating system.
    """
    chosen = os.environ.get("COURSE_STATE_DIR")
    if chosen:
        return Path(chosen).expanduser().resolve()
    return Path(platformdirs.user_data_dir(APP))


def is_writable(folder: Path) -> bool:
    """Tell whether a file can be created in ``folder`` (by creating one: permissions can lie)."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
