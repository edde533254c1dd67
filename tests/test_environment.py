"""Dependencies have one home, pyproject.toml; every other file leads there."""

import ast
import importlib.metadata
import re
import subprocess
import sys
import tomllib

import pytest
import yaml

from course_utils.paths import REPO_ROOT

PROJECT = tomllib.loads((REPO_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WORKFLOW = REPO_ROOT / ".github" / "workflows" / "test.yml"
TEST_COMMAND = "python course.py test"
# A requirement with a version, such as torch==2.11 or "numpy >= 2".
PIN = re.compile(r"\b(?!python\b)[A-Za-z][\w.-]*(\[\w+\])?\s*(==|>=|~=|<=)\s*\d")


def read(*parts):
    return REPO_ROOT.joinpath(*parts).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def conda():
    return yaml.safe_load(read("environment.yml"))


@pytest.fixture(scope="module")
def jobs():
    return yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]


def test_conda_environment_only_leads_to_pyproject(conda):
    python = f"python{PROJECT['requires-python']}"
    assert conda == {
        "name": "pytorch-images",
        "channels": ["conda-forge"],
        "dependencies": [python, "pip", {"pip": ["-e .[test]"]}],
    }


def test_the_extra_that_is_installed_exists():
    assert "test" in PROJECT["optional-dependencies"]


def test_dependencies_have_lower_bounds_only():
    lines = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"]
    assert [line for line in lines if not re.fullmatch(r"[a-z-]+>=\d+(\.\d+)*", line)] == []


def test_every_package_that_is_imported_is_listed():
    owners = importlib.metadata.packages_distributions()
    listed = {line.partition(">=")[0] for line in PROJECT["dependencies"]}
    missing = {}
    for path in (REPO_ROOT / "course_utils").rglob("*.py"):
        for name in imported(path) - sys.stdlib_module_names:
            found = {owner.lower().replace("_", "-") for owner in owners.get(name, [])}
            if name != "course_utils" and not found & listed:
                missing[name] = path.name
    assert missing == {}


def imported(path):
    """Return the top-level names that the file imports from outside its package."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(node.module)
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("name", ["course.py", "environment.yml", ".ci/run", WORKFLOW.name])
def test_no_versions_elsewhere(name):
    text = WORKFLOW.read_text(encoding="utf-8") if name == WORKFLOW.name else read(name)
    assert [match.group() for match in PIN.finditer(text)] == []


def test_no_second_list_of_requirements():
    files = {path.name for path in REPO_ROOT.iterdir()}
    assert not files & {"requirements.txt", "setup.py", "setup.cfg", "Pipfile", "poetry.lock"}


def test_the_pattern_for_pins_sees_pins():
    assert all(PIN.search(text) for text in ("torch==2.11", "numpy >= 2", "nbval[x]~=0.11"))
    assert not PIN.search("python>=3.11")


def test_gate_runs_the_readme_command():
    lines = [line for line in read(".ci", "run").splitlines() if line.strip()]
    assert lines[0] == "#!/usr/bin/env bash"
    assert "set -euo pipefail" in lines
    assert lines[-1].replace("python3", "python") == TEST_COMMAND
    assert "COURSE_CI=1" in read(".ci", "run")


@pytest.mark.skipif(sys.platform == "win32", reason="the gate is a bash script")
def test_gate_is_valid_bash():
    gate = str(REPO_ROOT / ".ci" / "run")
    done = subprocess.run(["bash", "-n", gate], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_workflow_covers_systems_and_pythons(jobs):
    matrix = jobs["newest"]["strategy"]["matrix"]
    assert {system.partition("-")[0] for system in matrix["os"]} == {"ubuntu", "macos", "windows"}
    oldest = PROJECT["requires-python"].removeprefix(">=")
    assert oldest in matrix["python"]
    assert len(matrix["python"]) >= 2
    assert all(isinstance(version, str) for version in matrix["python"])  # 3.10 is not 3.1
    assert jobs["oldest-torch"]["steps"]


@pytest.mark.parametrize("job", ["newest", "oldest-torch"])
def test_workflow_runs_the_readme_command(jobs, job):
    steps = jobs[job]["steps"]
    runs = [step.get("run", "").strip() for step in steps]
    assert runs[-1] == TEST_COMMAND
    assert any("playwright install" in run for run in runs)
    setup = next(step for step in steps if "setup-python" in step.get("uses", ""))
    assert setup["with"]["cache"] == "pip"
    assert setup["with"]["cache-dependency-path"] == "pyproject.toml"


def test_oldest_torch_is_read_from_pyproject(jobs, tmp_path):
    steps = jobs["oldest-torch"]["steps"]
    code = next(step["run"] for step in steps if step.get("shell") == "python")
    (tmp_path / "pyproject.toml").write_text(read("pyproject.toml"), encoding="utf-8")
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    bounds = dict(line.split(">=") for line in PROJECT["dependencies"])
    assert done.stdout.split() == [
        f"torch=={bounds['torch']}.*",
        f"torchvision=={bounds['torchvision']}.*",
    ], done.stderr


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_commands_on_the_pages_exist(page):
    known = subprocess.run(
        [sys.executable, str(REPO_ROOT / "course.py"), "--help"], capture_output=True, text=True
    ).stdout
    commands = re.findall(r"python3? course\.py ([a-z]+)", read(page))
    assert commands, f"{page} names no command of course.py"
    assert [name for name in commands if f"\n    {name} " not in known] == []
    modules = re.findall(r"-m course_utils\.([a-z_]+)", read(page))
    assert [name for name in modules if not (REPO_ROOT / f"course_utils/{name}.py").exists()] == []


def test_readme_shows_the_conda_way(conda):
    text = read("README.md")
    assert "conda env create -f environment.yml" in text
    assert f"conda activate {conda['name']}" in text
    assert TEST_COMMAND in text
    assert "python course.py lab" in text
