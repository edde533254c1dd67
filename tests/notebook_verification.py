"""How ``pytest --nbval`` verifies the notebooks: nbval's comparison, made strict and safe.

Each notebook runs in the reference surroundings of ``course_utils.refresh`` (a user's own
``COURSE_DEVICE`` and the like win), in an empty home of its own. On top of nbval:

* a kernel that dies fails its cell at once, a cell that takes too long fails after
  ``COURSE_CELL_TIMEOUT`` seconds (120); the rest of that notebook is skipped, nothing hangs;
* a cell that was saved without being run fails;
* a cell tagged ``course-rtol=0.05`` may differ by 5 % in its numbers, and in nothing else;
  five times that on another device than the reference's.

Without ``--nbval``, or where nbval is not installed, nothing here acts. For fixtures see conftest.
"""

from __future__ import annotations

import functools
import importlib.util
import math
import os
import re
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from queue import Empty
from unittest import mock

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before anything imports torch

OTHER_DEVICE_FACTOR = 5  # a GPU adds in another order and rounds products otherwise
HEARTBEAT = 1.0  # seconds between two looks at a silent kernel
OUTPUT_PATIENCE = 20  # seconds for outputs to arrive after a cell has finished
NUMBER = re.compile(r" *[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?")


def pytest_configure(config):
    """Set nbval's options, the same in every worker of xdist."""
    option = config.option
    if not (getattr(option, "nbval", False) or getattr(option, "nbval_lax", False)):
        return
    option.nbval_current_env = option.nbval_kernel_name is None
    option.nbval_cell_timeout = float(os.environ.get("COURSE_CELL_TIMEOUT", "120"))
    patterns = option.nbval_sanitize_with or "tests/sanitize.cfg"
    option.nbval_sanitize_with = str(config.rootpath / patterns)
    if getattr(option, "dist", "no") == "load":  # what -n alone means: it would scatter the cells
        option.dist = "loadscope"
    option.loadscopereorder = False  # many short files come last: no worker idles


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path, parent):
    """Put our notebook in the place of nbval's."""
    nodes = yield
    if file_path.suffix != ".ipynb" or not nodes:
        return nodes
    return [CourseNotebook.from_parent(parent, path=file_path)]


def pytest_terminal_summary(terminalreporter):
    """Show how long each notebook took, the slowest first."""
    seconds = defaultdict(float)
    for reports in terminalreporter.stats.values():
        for report in reports:
            path = getattr(report, "nodeid", "").partition("::")[0]
            if path.endswith(".ipynb"):
                seconds[path] += getattr(report, "duration", 0)
    if seconds:
        terminalreporter.section("notebooks")
        for path in sorted(seconds, key=seconds.get, reverse=True):
            terminalreporter.write_line(f"{seconds[path]:7.1f} s  {path}")


class KernelDied(Exception):
    """The notebook's process is gone."""


def watch(kernel):
    """Make ``kernel.get_message`` notice a dead kernel instead of waiting for its answer."""
    receive = kernel.get_message

    def get_message(stream, timeout=None):
        deadline = time.monotonic() + (math.inf if timeout is None else timeout)
        while True:
            try:
                left = deadline - time.monotonic()
                return receive(stream, timeout=max(0.0, min(HEARTBEAT, left)))
            except Empty:
                if not kernel.is_alive():
                    raise KernelDied from None
                if time.monotonic() >= deadline:
                    raise

    kernel.get_message = get_message


def agree(reference, other, rtol):
    """Tell whether two texts differ in nothing but numbers, and those by ``rtol`` at most."""
    texts = [re.sub(r"\s+", " ", NUMBER.sub("#", text)).strip() for text in (reference, other)]
    if texts[0] != texts[1]:
        return False
    pairs = zip(NUMBER.findall(reference), NUMBER.findall(other), strict=True)
    return all(close(*(number.strip().replace(",", "") for number in pair), rtol) for pair in pairs)


def close(reference, other, rtol):
    """Compare two printed numbers; 0.00 and 0.01 agree, because the last digit is rounded."""
    a, b = float(reference), float(other)
    decimals = re.search(r"\.(\d+)", reference)
    last_digit = 10.0 ** -len(decimals[1]) if decimals and "e" not in reference.lower() else 0.0
    return abs(a - b) <= rtol * max(abs(a), abs(b)) + 1.01 * last_digit


if importlib.util.find_spec("nbval"):
    from nbval.plugin import IPyNbCell, IPyNbFile

    from course_utils.refresh import CHOICES_ENV, kernel_env

    class CourseNotebook(IPyNbFile):
        """A notebook that runs in the reference surroundings, in a home of its own."""

        stopped = ""  # why the rest of the notebook cannot be run

        def collect(self):
            for cell in super().collect():
                yield CourseCell.from_parent(
                    self,
                    name=cell.name,
                    cell_num=cell.cell_num,
                    cell=cell.cell,
                    options=cell.options,
                )

        def setup(self):
            importlib.import_module("matplotlib.font_manager")  # its first use ever prints a notice
            self.home = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
            env = kernel_env(Path(self.home.name), choices=chosen_env())
            with mock.patch.dict(os.environ, env, clear=True):
                super().setup()
            watch(self.kernel)

        def teardown(self):
            super().teardown()
            self.home.cleanup()

    class CourseCell(IPyNbCell):
        """One cell: run by nbval, compared by nbval, with our three additions."""

        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.output_timeout = OUTPUT_PATIENCE
            # nbval reads messages of ended kernels late: what Python then says about sockets is
            # not about the course.
            self.add_marker(pytest.mark.filterwarnings("default"))
            if self.config.pluginmanager.hasplugin("timeout"):
                limit = self.config.option.nbval_cell_timeout + 4 * OUTPUT_PATIENCE
                self.add_marker(pytest.mark.timeout(limit))

        def setup(self):
            if self.parent.stopped:
                pytest.skip(self.parent.stopped)

        def runtest(self):
            if self.cell.execution_count is None and self.cell.source.strip():
                self.raise_cell_error("saved without being run; refresh the notebook")
            try:
                super().runtest()
            except KernelDied:
                self.parent.stopped = f"the kernel died in cell {self.cell_num}"
                self.raise_cell_error(f"the kernel died in this cell ({self.last_words()})")
            finally:
                if self.parent.timed_out and not self.parent.stopped:
                    self.parent.stopped = f"cell {self.cell_num} took too long"

        def last_words(self):
            process = getattr(self.parent.kernel.km.provisioner, "process", None)
            return f"exit status {process.returncode}" if process else "no exit status"

        def compare_outputs(self, test, ref, skip_compare=None):
            rtol = self.tolerance()
            if rtol and len(test) == len(ref):
                test, ref = self.sanitize_outputs(test), self.sanitize_outputs(ref)
                for ours, theirs in zip(test, ref, strict=True):
                    forgive(ours, theirs, rtol)
            return super().compare_outputs(test, ref, skip_compare)

        def tolerance(self):
            tags = [
                tag for tag in self.cell.metadata.get("tags", []) if tag.startswith("course-rtol=")
            ]
            if not tags:
                return 0.0
            same = chosen_env()["COURSE_DEVICE"] == CHOICES_ENV["COURSE_DEVICE"]
            factor = 1 if same else OTHER_DEVICE_FACTOR
            return float(tags[0].partition("=")[2]) * factor


def chosen_env():
    """Return what differs from the reference run: the user's own choices, and the best device."""
    chosen = {name: os.environ[name] for name in CHOICES_ENV if os.environ.get(name)}
    if "COURSE_DEVICE" not in chosen:
        chosen["COURSE_DEVICE"] = best_device()
    if chosen.get("COURSE_DATA", "sample") != "sample" and "COURSE_DATA_DIR" in os.environ:
        chosen["COURSE_DATA_DIR"] = os.environ["COURSE_DATA_DIR"]
    return chosen


@functools.cache
def best_device():
    """Return the accelerator of this machine, if it has one: the notebooks are verified on it."""
    from course_utils import get_device

    return get_device().type


def forgive(ours, theirs, rtol):
    """Take over the reference's text in ``ours`` wherever only numbers differ, within ``rtol``."""
    for box, other in ((ours, theirs), (ours.get("data", {}), theirs.get("data", {}))):
        for key, value in box.items():
            expected = other.get(key)
            if key in ("data", "output_type", "name") or not isinstance(expected, str):
                continue
            if isinstance(value, str) and agree(expected, value, rtol):
                box[key] = expected
