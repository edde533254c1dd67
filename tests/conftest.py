"""Surroundings and fixtures of the tests; how notebooks are verified: notebook_verification.py.

No test may touch a learner's progress or downloads: both folders are temporary ones here. Tests
marked ``real`` and ``browser`` skip with their reason where what they need is missing; with
``COURSE_CI=1`` a missing browser is a failure instead.
"""

import importlib.util
import os
import shutil
import sys
from pathlib import Path

import pytest

from course_utils.refresh import CHOICES_ENV

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def pytest_runtest_setup(item):
    if item.get_closest_marker("real"):
        if "COURSE_REAL_DIR" not in os.environ:
            pytest.skip("needs the real data: set COURSE_REAL_DIR to the folder that holds it")
        if not real_folder().is_dir():
            pytest.fail(f"COURSE_REAL_DIR={os.environ['COURSE_REAL_DIR']} is not a folder")
    if item.get_closest_marker("browser") and (reason := browser_missing()):
        if os.environ.get("COURSE_CI") == "1":
            pytest.fail(f"{reason} (COURSE_CI=1 makes this skip a failure)")
        pytest.skip(reason)


@pytest.fixture(autouse=True)
def _isolated(tmp_path_factory, monkeypatch):
    """Give every test the reference choices, and folders of its own for progress and data."""
    home = tmp_path_factory.mktemp("course")
    for name, value in CHOICES_ENV.items():
        if name.startswith("COURSE_") and not (name == "COURSE_DEVICE" and name in os.environ):
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("COURSE_STATE_DIR", str(home / "state"))
    monkeypatch.setenv("COURSE_DATA_DIR", str(home / "data"))
    monkeypatch.setenv("MPLBACKEND", "Agg")


@pytest.fixture
def real_dir():
    """The folder with the real data, for tests marked ``real``."""
    return real_folder()


@pytest.fixture(scope="session")
def chromium():
    """The browser's executable, for tests marked ``browser``."""
    return find_chromium()


@pytest.fixture(scope="session")
def node():
    """The Node.js that is installed, or the one that Playwright brings along."""
    if found := find_node():
        return found
    reason = "needs Node.js: install it, or: pip install playwright"
    if os.environ.get("COURSE_CI") == "1":
        pytest.fail(f"{reason} (COURSE_CI=1 makes this skip a failure)")
    pytest.skip(reason)


def find_node():
    if found := shutil.which("node"):
        return found
    if not importlib.util.find_spec("playwright"):
        return None
    from playwright._impl._driver import compute_driver_executable

    return str(compute_driver_executable()[0])


def real_folder():
    return Path(os.environ["COURSE_REAL_DIR"]).expanduser().resolve()


def browser_missing():
    """Return why a browser test cannot run, or ``""``."""
    if not importlib.util.find_spec("playwright"):
        return "needs Playwright: pip install playwright"
    if find_chromium() is None:
        return "needs Chromium: install it, set COURSE_CHROMIUM, or: playwright install chromium"
    return ""


def find_chromium():
    """Return the path of ``COURSE_CHROMIUM``, of an installed Chromium or of Playwright's own."""
    chosen = os.environ.get("COURSE_CHROMIUM")
    found = chosen or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found:
        return Path(found)
    binaries = ("chrome", "chrome.exe", "Chromium", "Google Chrome for Testing")
    for folder in sorted(playwright_folder().glob("chromium-*"), reverse=True):
        for name in binaries:
            if path := next((p for p in folder.rglob(name) if p.is_file()), None):
                return path
    return None


def playwright_folder():
    """Return where Playwright keeps its browsers."""
    if chosen := os.environ.get("PLAYWRIGHT_BROWSERS_PATH"):
        return Path(chosen)
    local = Path(os.environ.get("LOCALAPPDATA", "~")).expanduser()
    caches = {"darwin": Path.home() / "Library" / "Caches", "win32": local}
    return caches.get(sys.platform, Path.home() / ".cache") / "ms-playwright"
