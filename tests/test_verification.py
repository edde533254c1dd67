"""Does the verification really catch what it promises to catch? Tried on made-up notebooks."""

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import nbformat
import notebook_rules
import notebook_verification as verification
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course_utils.refresh import (
    CHOICES_ENV,
    FIXED_ENV,
    RefreshError,
    find_notebooks,
    kernel_env,
    main,
    refresh,
)

pytest.importorskip("nbval", reason="nbval is not installed (pip install -e .[test])")
ROOT = Path(__file__).parents[1]
COPIED = ("conftest.py", "pyproject.toml", "tests/notebook_verification.py", "tests/sanitize.cfg")
TOLERANT = {"tags": ["course-rtol=0.05"]}


def cell(source, printed=None, *, count=1, **settings):
    """A code cell as it is saved after a run, with what it printed."""
    outputs = [] if printed is None else [new_output("stream", name="stdout", text=printed)]
    return new_code_cell(source, execution_count=count, outputs=outputs, **settings)


def write(path, *cells):
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=list(cells)), path)
    return path


def make_course(root):
    """Return a folder with the course's verification and no notebooks yet."""
    for name in COPIED:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    # An optional helper of jsonschema takes seconds to import and says nothing about notebooks.
    (root / "rfc3987_syntax.py").write_text("raise ImportError", encoding="utf-8")
    return root


def verify(root, *arguments, **env):
    """Run ``pytest --nbval`` in ``root``; return {cell: outcome} and all that was printed."""
    command = [sys.executable, "-m", "pytest", "--nbval", "-vv", "-p", "no:cacheprovider"]
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_XDIST")}
    done = subprocess.run(
        [*command, "--color=no", *arguments],
        cwd=root,
        env=inherited | {"PYTHONPATH": str(root), "PYTHONIOENCODING": "utf-8"} | env,
        capture_output=True,
        encoding="utf-8",
        timeout=100,
    )
    cell_name, outcome = r"(\w+)::ipynb::Cell (\d+)", r"(PASSED|FAILED|SKIPPED|ERROR)"
    serial = re.findall(f"{cell_name} {outcome}", done.stdout)
    workers = [(a, b, c) for c, a, b in re.findall(f"{outcome} .*/{cell_name}", done.stdout)]
    found = {f"{name}-{number}": what for name, number, what in serial or workers}
    return found, done.stdout + done.stderr


TYPICAL = {
    "01_right": [
        cell(
            f"import os; print(*[os.environ.get(n) for n in {[*CHOICES_ENV, *FIXED_ENV]}])",
            " ".join([*CHOICES_ENV.values(), *FIXED_ENV.values()]) + "\n",
        ),
        cell("print(0.1 + 0.2)", "0.30000000000000004\n"),
        cell("print('took 3.1 s on cuda:0, 88 images/s')", "took 2 s on cpu, 7,000 images/s\n"),
    ],
    "02_wrong": [
        cell("print('loss 0.731, 10 classes')", "loss 0.732, 10 classes\n"),
        cell("print('loss 0.731, 10 classes')", "loss 0.731, 11 classes\n"),
        new_code_cell("print('never run')"),
        cell("1 / 0"),
        cell("print('new')"),
    ],
    "03_tolerance": [
        cell("print('loss  9.80 of 1,020')", "loss 10.00 of 1,000\n", metadata=TOLERANT),
        cell("print('loss 0.80')", "loss 1.00\n", metadata=TOLERANT),
        cell("print('cost 1.00')", "loss 1.00\n", metadata=TOLERANT),
        cell("print('loss 0.98')", "loss 1.00\n"),
    ],
    "04_exits": [cell("n = 1"), cell("import os; os._exit(3)"), cell("n")],
    "05_is_killed": [cell("import os; os.kill(os.getpid(), 9)"), cell("n = 1")],
    "06_sleeps": [cell("import time; time.sleep(90)"), cell("n = 1")],
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """One run over notebooks that are right, and wrong in every way that must be noticed."""
    root = make_course(tmp_path_factory.mktemp("a course é"))
    for name, cells in TYPICAL.items():
        write(root / "notebooks" / f"{name}.ipynb", *cells)
    return verify(root, COURSE_CELL_TIMEOUT="4", COURSE_DEVICE="cpu")


@pytest.mark.parametrize(
    ("notebook", "outcomes"),
    [
        ("01_right", "PASSED PASSED PASSED"),
        ("02_wrong", "FAILED FAILED FAILED FAILED FAILED"),
        ("03_tolerance", "PASSED FAILED FAILED FAILED"),
        ("04_exits", "PASSED FAILED SKIPPED"),
        ("05_is_killed", "FAILED SKIPPED"),
        ("06_sleeps", "FAILED SKIPPED"),
    ],
)
def test_cells_pass_and_fail_as_they_should(run, notebook, outcomes):
    found, text = run
    mine = [what for name, what in found.items() if name.startswith(notebook)]
    assert " ".join(mine) == outcomes, text


def test_failures_say_what_happened(run):
    _, text = run
    assert "saved without being run" in text
    assert "the kernel died in this cell (exit status 3)" in text
    assert "the kernel died in cell 1" in text
    assert "Timeout of 4 seconds exceeded" in text


def test_a_dead_kernel_is_noticed_within_ten_seconds(run):
    """The promise of the course; the table at the end of a run holds the time."""
    _, text = run
    for name in ("04_exits", "05_is_killed"):
        assert float(re.search(rf"([\d.]+) s  notebooks/{name}\.ipynb", text)[1]) < 10


def test_workers_get_whole_notebooks_and_a_users_own_device(tmp_path):
    """``-n 2`` alone keeps cells together; on another device the tolerance is wider."""
    root = make_course(tmp_path)
    ask = "import os; print(os.environ['COURSE_DEVICE'] + '!')"
    for name in ("01_a", "02_b"):
        write(
            root / "notebooks" / f"{name}.ipynb",
            cell("n = 8; " + ask, "cuda!\n"),
            cell("print(n / 10)", "1.0\n", metadata=TOLERANT),
        )
    found, text = verify(root, "-n", "2", COURSE_DEVICE="cuda")
    assert list(found.values()) == ["PASSED"] * 4, text


def test_without_nbval_the_other_tests_run(tmp_path):
    root = make_course(tmp_path)
    write(root / "notebooks" / "01_a.ipynb", cell("1 / 0"))
    (root / "tests" / "test_one.py").write_text("def test_one():\n    pass\n", encoding="utf-8")
    code = """
        import importlib.util, pytest, sys
        find = importlib.util.find_spec
        importlib.util.find_spec = lambda name, *a: None if name == "nbval" else find(name, *a)
        sys.exit(pytest.main(["-p", "no:nbval", "-p", "no:cacheprovider"]))
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    done = subprocess.run(command, cwd=root, capture_output=True, timeout=100)
    assert b"1 passed" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("reference", "other", "rtol", "expected"),
    [
        ("loss 1.00", "loss 1.02", 0.05, True),
        ("loss 1.00", "loss 1.20", 0.05, False),
        ("loss 1.00", "cost 1.00", 0.05, False),
        ("[ 0.10, -0.20]", "[0.101, -0.199]", 0.05, True),
        ("0.00", "0.01", 0.05, True),  # the last digit is rounded
        ("0.00", "0.02", 0.05, False),
        ("epoch 3", "epoch 4", 0.05, False),
        ("1,000 images", "1,020 images", 0.05, True),
        ("1e-3", "1.01e-3", 0.05, True),
        ("1e-3", "2e-3", 0.05, False),
        ("0.5", "-0.5", 0.05, False),
        ("nan", "1.0", 0.05, False),
        ("1 2", "1", 0.05, False),
        ("10\n 9.9\n", " 9.9\n10\n", 0.05, True),
    ],
)
def test_texts_agree_within_a_tolerance(reference, other, rtol, expected):
    assert verification.agree(reference, other, rtol) is expected


def test_kernel_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_STATE_DIR", "a learner's own")
    monkeypatch.setenv("COURSE_DEVICE", "mps")
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    env = kernel_env(tmp_path)
    assert env["COURSE_DEVICE"] == "cpu"
    assert "PYTHONWARNINGS" not in env
    for name in ("COURSE_STATE_DIR", "COURSE_DATA_DIR", "IPYTHONDIR"):
        assert Path(env[name]).is_relative_to(tmp_path)
    assert "COURSE_DEVICE" not in kernel_env(tmp_path, choices={"COURSE_DEVICE": "auto"})


PLOT = """
    import matplotlib.pyplot as plt
    import ipywidgets
    print('one')
    print('two')
    import time
    print(f'took {time.perf_counter_ns()} ms, {time.perf_counter_ns():,} images/s')
    plt.plot([1, 2])
    plt.show()
    ipywidgets.IntSlider()
"""


def test_refreshing_twice_gives_the_same_bytes(tmp_path):
    path = write(tmp_path / "01_a.ipynb", new_markdown_cell("# Hé"), new_code_cell("n = 1"))
    plot = new_code_cell(textwrap.dedent(PLOT).strip(), metadata={"scrolled": True} | TOLERANT)
    private = new_code_cell("print(n)", metadata={"tags": ["course-not-saved"]})
    content = new_notebook(cells=[new_markdown_cell("# Hé"), new_code_cell("n = 1"), plot, private])
    for each in content.cells:
        del each["id"]
    path.write_text(json.dumps(content | {"nbformat_minor": 2}), encoding="utf-8")
    assert refresh(path)
    first = path.read_bytes()
    assert not refresh(path)
    assert path.read_bytes() == first
    assert list(tmp_path.iterdir()) == [path]

    assert first.startswith(b'{\n "cells"')
    assert first.endswith(b"}\n")
    assert "Hé".encode() in first
    notebook = nbformat.reads(first.decode(), as_version=4)
    assert [c.execution_count for c in notebook.cells[1:]] == [1, 2, 3]
    assert notebook.cells[3].outputs == []
    stream, picture, slider = notebook.cells[2].outputs
    assert stream.text.startswith("one\ntwo\ntook ")
    assert {"image/png", "text/plain"} == set(picture.data)
    assert slider.data == {"text/plain": "IntSlider(value=0)"}
    assert notebook.cells[2].metadata == TOLERANT
    rules = notebook_rules.is_valid, notebook_rules.has_clean_metadata
    assert [problem for rule in rules for problem in rule(notebook, path)] == []


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("\n1 / 0", "code cell 2: ZeroDivisionError: division by zero"),
        ("import os; os._exit(1)", "code cell 2: its kernel died"),
    ],
)
def test_a_notebook_that_fails_is_left_as_it_was(tmp_path, source, problem):
    path = write(tmp_path / "01_a.ipynb", new_code_cell("1"), new_code_cell(source))
    before = path.read_bytes()
    with pytest.raises(RefreshError, match=problem):
        refresh(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_refresh_says_what_is_not_a_notebook(tmp_path):
    path = tmp_path / "01_a.ipynb"
    for content in ("", "{", '{"nbformat": 3}'):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(RefreshError, match="cannot be read as a notebook"):
            refresh(path)


def test_a_full_disk_costs_nothing(tmp_path, monkeypatch):
    path = write(tmp_path / "01_a.ipynb", new_code_cell(""))
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("course_utils.refresh.run", lambda notebook, path: None)
    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        refresh(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_notebooks_are_found_by_number(tmp_path, capsys):
    for name in ("00_a.ipynb", "14_b.ipynb", "draft.ipynb"):
        (tmp_path / name).touch()
    assert [p.name for p in find_notebooks(folder=tmp_path)] == ["00_a.ipynb", "14_b.ipynb"]
    assert [p.name for p in find_notebooks(["0"], tmp_path)] == ["00_a.ipynb"]
    with pytest.raises(ValueError, match="there is no notebook 15; choose from 00, 14"):
        find_notebooks(["15"], tmp_path)
    with pytest.raises(SystemExit):
        main(["99"])
    assert "there is no notebook 99" in capsys.readouterr().err
