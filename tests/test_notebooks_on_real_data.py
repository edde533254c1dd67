"""The training notebooks on the real CIFAR-10: they run, and 17 checks its own accuracy."""

import os
import subprocess
import sys

import pytest

from course_utils.paths import NOTEBOOKS, REPO_ROOT


@pytest.mark.real
@pytest.mark.timeout(900)
@pytest.mark.parametrize("number", ["14", "17"])
def test_notebook_runs_on_real_cifar10(number, real_dir):
    (path,) = NOTEBOOKS.glob(f"{number}_*.ipynb")
    chosen = {"COURSE_DATA": "real", "COURSE_DATA_DIR": str(real_dir)}
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "-q", "-p", "no:xdist", str(path)]
    done = subprocess.run(
        command, cwd=REPO_ROOT, env=os.environ | chosen, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert " passed" in done.stdout
