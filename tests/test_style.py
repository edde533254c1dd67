"""What holds for every Python file: ruff as pyproject.toml configures it, and no unsafe loading."""

import ast
import subprocess
import sys

import pytest
from notebook_rules import unsafe_loads

from course_utils.paths import REPO_ROOT

FOLDERS = ("course_utils", "tests")
MODULES = sorted(
    [*REPO_ROOT.glob("*.py"), *(p for name in FOLDERS for p in (REPO_ROOT / name).rglob("*.py"))]
)


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=" ".join)
def test_ruff_is_content(command):
    ruff = [sys.executable, "-m", "ruff", *command, "--no-cache", "--quiet", "."]
    done = subprocess.run(ruff, cwd=REPO_ROOT, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_module_loads_more_than_weights():
    found = [
        f"{path.relative_to(REPO_ROOT)}, line {line}"
        for path in MODULES
        for line in unsafe_loads(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == [], "torch.load runs what it finds in a file unless weights_only is True"


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("torch.load(path)", []),
        ("load(path, weights_only=True)", []),
        ("load(\n    path,\n    weights_only=False,\n)", [3]),
        ("read = partial(torch.load, weights_only=careful)", [1]),
        ("def read(path, *, weights_only):\n    return load(path, **{'weights_only': None})", [2]),
    ],
)
def test_unsafe_loading_is_found(source, lines):
    assert list(unsafe_loads(ast.parse(source))) == lines
