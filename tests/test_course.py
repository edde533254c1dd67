"""course.py: what it decides, what it runs and what it says; nothing is installed here."""

import ast
import errno
import importlib.util
import io
import json
import os
import subprocess
import sys
import types
from pathlib import Path

import pytest

from course_utils.paths import REPO_ROOT

SCRIPT = REPO_ROOT / "course.py"
GB = 10**9


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "mon cours é"
    folder.mkdir()
    source = REPO_ROOT / "pyproject.toml"
    (folder / "pyproject.toml").write_bytes(source.read_bytes())
    return folder


@pytest.fixture
def course(root, monkeypatch):
    """The script as a module that believes it lies in ``root``, on a disk with room."""
    spec = importlib.util.spec_from_file_location("course_under_test", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", root)
    free_disk(monkeypatch, 100 * GB)
    return module


@pytest.fixture
def world(course, monkeypatch):
    """Programs that course.py would run, faked: what was run is in ``world.ran``."""
    return World(course, monkeypatch)


class World:
    def __init__(self, course, monkeypatch):
        self.course, self.ran, self.python = course, [], "3.12"
        self.pip_says, self.pip_status, self.imports_say, self.interrupt = [], 0, "", False
        monkeypatch.setattr(course.subprocess, "run", self.run)
        monkeypatch.setattr(course.subprocess, "Popen", self.popen)
        monkeypatch.setattr(course, "become", self.become)

    def run(self, command, **_):
        command = [str(part) for part in command]
        self.ran.append(command)
        if command[1:3] == ["-m", "venv"]:
            self.course.venv_python().parent.mkdir(parents=True)
            self.course.venv_python().touch()
        if "version_info" in command[-1]:  # the probe
            works = self.python and self.course.venv_python().exists()
            return types.SimpleNamespace(returncode=not works, stdout=f"{self.python}\n", stderr="")
        fails = command[-1] == self.course.IMPORT_CHECK and bool(self.imports_say)
        return types.SimpleNamespace(returncode=int(fails), stdout="", stderr=self.imports_say)

    def popen(self, command, **options):
        self.ran.append(command)
        self.options = options
        if self.interrupt:
            raise KeyboardInterrupt
        return FakePip(self.pip_says, self.pip_status)

    def become(self, command):
        self.ran.append([str(part) for part in command])
        return 0

    def pip_runs(self):
        return [command[4:] for command in self.ran if command[1:4] == ["-m", "pip", "install"]]


class FakePip:
    def __init__(self, lines, status):
        self.stdout, self.returncode = iter(f"{line}\n" for line in lines), status

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


def free_disk(monkeypatch, free):
    usage = types.SimpleNamespace(total=free, used=0, free=free)
    monkeypatch.setattr("shutil.disk_usage", lambda folder: usage)


def stamp(course):
    return json.loads((course.venv_dir() / "course-setup.json").read_text(encoding="utf-8"))


# ---- which Python -------------------------------------------------------------------------------


def test_an_old_python_can_read_the_script():
    ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 6))


@pytest.mark.parametrize("version", [(3, 6, 9), (3, 8, 10), (3, 10, 14)])
def test_an_old_python_gets_one_line(version):
    code = (
        f"import sys, runpy; sys.version_info = {(*version, 'final', 0)!r};"
        f"runpy.run_path({str(SCRIPT)!r}, run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("Python 3.11 or newer is needed, this is {}.{}.{} (".format(*version))
    assert sys.executable in line


def test_a_newer_python_is_welcome(course):
    assert course.python_refusal((3, 11, 0), "python3") == ""
    assert course.python_refusal((4, 0, 0), "python3") == ""


def test_oldest_python_is_the_one_of_pyproject(course):
    assert course.project()["requires-python"] == ">={}.{}".format(*course.OLDEST_PYTHON)


def test_only_the_standard_library_is_imported():
    tree = ast.parse(SCRIPT.read_text(encoding="utf-8"))
    names = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


# ---- set-up -------------------------------------------------------------------------------------


def test_first_set_up_and_quick_second_start(course, world, capsys):
    python = course.ensure_venv()
    assert python == course.venv_python()
    assert world.pip_runs() == [
        ["--upgrade", "pip"],
        ["-e", ".[test]", "--progress-bar", "raw"],
    ]
    said = capsys.readouterr().out
    assert "There is no .venv yet" in said
    assert "to download" in said
    assert stamp(course)["complete"]
    world.ran.clear()
    assert course.ensure_venv() == python
    (only,) = world.ran  # the probe of the interpreter, no pip
    assert "version_info" in only[-1]
    assert capsys.readouterr().out == ""


def test_pip_works_in_the_course_and_in_its_own_temporary_folder(course, world, root, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("PIP_USER", "1")
    course.ensure_venv()
    assert world.options["cwd"] == root
    env = world.options["env"]
    assert Path(env["TMPDIR"]).parent == Path(env["TMP"]).parent == course.venv_dir()
    assert not Path(env["TMPDIR"]).exists()
    assert "PYTHONPATH" not in env
    assert env["PIP_USER"] == "0"
    assert env["PATH"].split(os.pathsep)[0] == str(course.venv_python().parent)
    assert env["JUPYTER_PREFER_ENV_PATH"] == "1"


def test_a_new_dependency_is_installed(course, world, root, capsys):
    course.ensure_venv()
    world.ran.clear()
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    (root / "pyproject.toml").write_text(
        text.replace('"tqdm>=', '"rich",\n    "tqdm>='), encoding="utf-8"
    )
    marker = course.venv_dir() / "kept"
    marker.touch()
    course.ensure_venv()
    assert world.pip_runs() == [["-e", ".[test]", "--progress-bar", "raw"]]
    assert marker.exists()
    assert "pyproject.toml has changed" in capsys.readouterr().out
    assert course.work_needed() == ("nothing", "")


def test_other_tables_of_pyproject_do_not_count(course, world, root):
    course.ensure_venv()
    with (root / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("\n[tool.something]\nline-length = 3\n")
    assert course.work_needed() == ("nothing", "")


def test_an_interrupted_set_up_begins_anew(course, world, capsys):
    world.interrupt = True
    assert course.main(["setup"]) == 130
    assert "Run the same command again" in capsys.readouterr().err
    assert course.work_needed() == ("make", "The last set-up was cut short.")
    half = course.venv_dir() / "half.txt"
    half.touch()
    world.interrupt = False
    assert course.main(["setup"]) == 0
    assert not half.exists()
    assert course.work_needed() == ("nothing", "")


def test_an_interrupted_update_begins_anew(course, world, root):
    course.ensure_venv()
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    (root / "pyproject.toml").write_text(text.replace("tqdm>=4", "tqdm>=3"), encoding="utf-8")
    world.interrupt = True
    assert course.main(["lab"]) == 130
    assert course.work_needed()[0] == "make"


def test_a_moved_folder_is_set_up_anew(course, world, root, monkeypatch, capsys):
    course.ensure_venv()
    moved = root.rename(root.with_name("autre dossier"))
    monkeypatch.setattr(course, "ROOT", moved)
    assert course.work_needed()[0] == "make"
    course.ensure_venv()
    assert "moved or copied" in capsys.readouterr().out
    assert course.work_needed() == ("nothing", "")


@pytest.mark.parametrize("python", [None, "3.14"])
def test_another_interpreter_behind_the_venv(course, world, python):
    course.ensure_venv()
    world.python = python
    what, why = course.work_needed()
    assert what == "make"
    assert "is gone or another one" in why


def test_a_venv_made_by_hand_is_completed_not_deleted(course, world):
    course.venv_python().parent.mkdir(parents=True)
    course.venv_python().touch()
    assert course.work_needed()[0] == "update"
    course.ensure_venv()
    assert [run[0] for run in world.pip_runs()] == ["-e"]
    assert course.work_needed() == ("nothing", "")


@pytest.mark.parametrize("content", ["", "{", "[]", "3"])
def test_a_damaged_stamp_is_no_stamp(course, world, content):
    course.ensure_venv()
    (course.venv_dir() / "course-setup.json").write_text(content, encoding="utf-8")
    assert course.work_needed()[0] == "update"


def test_a_file_or_dead_link_named_venv_is_replaced(course, world):
    course.venv_dir().write_text("not a folder", encoding="utf-8")
    course.ensure_venv()
    assert course.work_needed() == ("nothing", "")


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_a_venv_on_another_disk_stays_there(course, world, tmp_path):
    (tmp_path / "big disk").mkdir()
    course.venv_dir().symlink_to(tmp_path / "big disk")
    course.ensure_venv()
    course.ensure_venv(force=True)
    assert course.venv_dir().is_symlink()
    assert (tmp_path / "big disk" / "course-setup.json").exists()


def test_force_begins_anew(course, world):
    course.ensure_venv()
    (course.venv_dir() / "old").touch()
    assert course.main(["setup", "--force"]) == 0
    assert not (course.venv_dir() / "old").exists()


def test_cpu_takes_both_packages_from_one_index(course, world, monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    assert course.main(["setup", "--cpu"]) == 0
    _, first, second = world.pip_runs()
    assert first[:2] == ["--index-url", course.CPU_INDEX]
    assert [line.partition(">=")[0] for line in first[2:4]] == ["torch", "torchvision"]
    assert second[:2] == ["-e", ".[test]"]
    assert stamp(course)["cpu"]
    assert course.work_needed() == course.work_needed(cpu=True) == ("nothing", "")


def test_cpu_is_the_default_build_elsewhere(course, world, monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    course.ensure_venv(cpu=True)
    assert not [run for run in world.pip_runs() if "--index-url" in run]


def test_an_update_keeps_the_cpu_build_and_asking_for_it_changes_the_build(
    course, world, monkeypatch
):
    monkeypatch.setattr(sys, "platform", "linux")
    course.ensure_venv()
    assert course.work_needed(cpu=True)[0] == "make"
    course.ensure_venv(cpu=True)
    world.interrupt = True
    assert course.main(["setup", "--force", "--cpu"]) == 130
    world.interrupt = False
    world.ran.clear()
    course.ensure_venv()
    assert [run for run in world.pip_runs() if "--index-url" in run]


def test_packages_that_do_not_fit_are_refused(course, world):
    world.imports_say = "Traceback\nRuntimeError: operator torchvision::nms does not exist\n"
    message = course.main(["setup"])
    assert "torchvision::nms does not exist" in message
    assert message.endswith("run `python course.py setup --force`")
    assert course.work_needed()[0] == "make"


# ---- refusals -----------------------------------------------------------------------------------


def test_full_disk_is_refused_before_anything_is_made(course, world, monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    free_disk(monkeypatch, 4 * GB)
    message = course.main(["lab"])
    assert message == (
        f"course.py: the set-up needs 12 GB of free disk and {course.ROOT} has 4.0 GB: "
        "free some space or use --cpu (3 GB)"
    )
    assert not course.venv_dir().exists()
    assert course.main(["lab", "--cpu"]) == 0
    free_disk(monkeypatch, 1 * GB)
    world.python = None
    message = course.main(["lab", "--cpu"])
    assert message.endswith("has 1.0 GB: free some space")


def test_the_disk_that_fills_up_on_the_way(course, world, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(course, "write_stamp", full)
    assert "the disk is full" in course.main(["setup"])


def test_a_python_without_venv_names_the_package(course, world, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "ensurepip" else find(name)
    )
    message = course.main(["setup"])
    assert "lacks the module ensurepip" in message
    assert "sudo apt install python3-venv" in message
    assert not course.venv_dir().exists()


def test_no_permission_is_one_line(course, world, monkeypatch):
    def refuse(self, **_):
        raise PermissionError(errno.EACCES, "Permission denied", str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)
    message = course.main(["setup"])
    assert f"{course.venv_dir()} cannot be written" in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("pip_says", "reader_sees"),
    [
        ("ERROR: Could not install packages: [Errno 28] No space left on device", "disk is full"),
        ("WARNING: Retrying after NewConnectionError('...: Network is unreachable')", "network"),
        ("HINT: this system does not have Windows Long Path support enabled", "short folder"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]", "PIP_CERT"),
        ("ERROR: No matching distribution found for torch>=2.11", "no build for Python"),
        ("ERROR: something new", "pip says: something new"),
        ("", "pip says: nothing"),
    ],
)
def test_a_failing_pip_is_explained_in_one_line(course, world, pip_says, reader_sees):
    world.pip_says, world.pip_status = ["Collecting torch", pip_says], 1
    message = course.main(["setup"])
    assert reader_sees in message
    assert "\n" not in message
    assert "run the same command again" in message
    assert pip_says in (course.venv_dir() / "setup.log").read_text(encoding="utf-8")


def test_progress_is_a_few_calm_lines(course, world, capsys):
    world.pip_says = [
        "Collecting torch>=2.11",
        "  Downloading torch-2.15.0-cp311-cp311-manylinux_2_28_x86_64.whl.metadata (31 kB)",
        "  Downloading tqdm-4.70.1-py3-none-any.whl (78.4 MB)",
        "  Downloading https://host/torch-2.15.0-cp311-manylinux_2_28_x86_64.whl (539.1 MB)",
        "Progress 1048576 of 539100000",
        "  Downloading jinja2-3.1-py3-none-any.whl (1.3 MB)",
        "Installing collected packages: a, b, c",
    ]
    course.venv_dir().mkdir()
    course.pip("-e", ".[test]")
    assert capsys.readouterr().out.splitlines() == [
        "  downloading tqdm, 78 MB",
        "  downloading torch, 539 MB",
        "  installing 3 packages (a quiet minute or two)",
    ]
    assert "Progress" not in (course.venv_dir() / "setup.log").read_text(encoding="utf-8")


def test_progress_on_a_terminal_counts(course, capsys):
    show = course.Progress()
    show.live = True
    show("  Downloading torch-2.15.0-cp311-any.whl (539.1 MB)")
    show("Progress 269500000 of 539000000")
    show("Progress 539000000 of 539000000")
    assert capsys.readouterr().out == (
        "\r  downloading torch, 539 MB: 50 %\r  downloading torch, 539 MB: 100 %\n"
    )


# ---- commands -----------------------------------------------------------------------------------


def test_lab_opens_the_first_notebook(course, world):
    assert course.main(["lab", "--no-browser", "--port", "8899"]) == 0
    command = world.ran[-1]
    assert command[:3] == [str(course.venv_python()), "-m", "jupyterlab"]
    assert f"--LabApp.default_url=/lab/tree/{course.FIRST_NOTEBOOK}" in command
    assert f"--ServerApp.root_dir={course.ROOT}" in command
    assert command[-3:] == ["--no-browser", "--port", "8899"]


def test_lab_opens_another_notebook(course, world):
    course.main(["lab", "notebooks/14_sequential_cifar10.ipynb"])
    assert world.ran[-1][-1] == "notebooks/14_sequential_cifar10.ipynb"


def test_lab_does_not_ask_about_news(course, world):
    course.main(["setup"])
    path = course.venv_dir() / "share/jupyter/lab/settings/overrides.json"
    (settings,) = json.loads(path.read_text(encoding="utf-8")).values()
    assert settings["fetchNews"] == "false"


@pytest.mark.parametrize(
    ("cores", "workers"), [(None, "2"), (1, "2"), (2, "2"), (16, "8"), (96, "8")]
)
def test_test_runs_pytest_over_everything(course, world, monkeypatch, cores, workers):
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert course.main(["test", "-x", "-k", "data"]) == 0
    tail = ["--nbval", "-n", workers, "--dist", "loadscope", "-x", "-k", "data"]
    assert world.ran[-1][1:] == ["-m", "pytest", *tail]


@pytest.mark.parametrize("name", ["doctor", "refresh", "download"])
def test_other_commands_are_modules_of_the_package(course, world, name):
    course.ensure_venv()
    assert course.main([name, "14"]) == 0
    assert world.ran[-1][1:] == ["-m", f"course_utils.{name}", "14"]
    assert importlib.util.find_spec(f"course_utils.{name}")


def test_doctor_installs_nothing(course, world):
    message = course.main(["doctor"])
    assert message == "course.py: There is no .venv yet. Run `python course.py setup`"
    assert world.ran == []


def test_setup_refuses_what_it_does_not_know(course, world, capsys):
    with pytest.raises(SystemExit) as stop:
        course.main(["setup", "--gpu"])
    assert stop.value.code == 2
    assert "--gpu" in capsys.readouterr().err


def test_no_command_is_help(course, world, capsys):
    assert course.main([]) == 0
    said = capsys.readouterr().out
    assert all(f"\n    {name}" in said for name in course.COMMANDS)
    assert world.ran == []


def test_help_from_another_folder(tmp_path):
    for arguments in (["--help"], ["lab", "--help"], ["setup", "-h"]):
        command = [sys.executable, str(SCRIPT), *arguments]
        env = os.environ | {"NO_COLOR": "1", "PYTHONIOENCODING": "cp1252"}
        done = subprocess.run(command, capture_output=True, cwd=tmp_path, env=env)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(b"usage: course.py")


@pytest.mark.skipif(os.name == "nt", reason="POSIX replaces the process")
def test_become_replaces_the_process_in_the_course_folder(course, monkeypatch, root):
    seen = {}
    monkeypatch.setattr(os, "chdir", lambda folder: seen.update(folder=folder))
    monkeypatch.setattr(os, "execve", lambda *call: (_ for _ in ()).throw(SystemExit(call)))
    with pytest.raises(SystemExit) as stop:
        course.become([Path("/x/python"), "-m", "pytest"])
    program, command, env = stop.value.code
    assert (program, command) == ("/x/python", ["/x/python", "-m", "pytest"])
    assert env["VIRTUAL_ENV"] == str(course.venv_dir())
    assert seen["folder"] == root


def test_become_on_windows_waits_through_ctrl_c(course, monkeypatch):
    class Child:
        asked = 0

        def __init__(self, *_, **__):
            pass

        __enter__ = lambda self: self  # noqa: E731
        __exit__ = lambda self, *_: None  # noqa: E731

        def wait(self):
            Child.asked += 1
            if Child.asked == 1:
                raise KeyboardInterrupt
            return 3

    monkeypatch.setattr(course.subprocess, "Popen", Child)
    monkeypatch.setattr(course, "WINDOWS", True)
    assert course.become(["python", "-m", "jupyterlab"]) == 3


def test_windows_interpreter(course, monkeypatch):
    monkeypatch.setattr(course, "WINDOWS", True)
    assert course.venv_python() == course.venv_dir() / "Scripts" / "python.exe"


def test_a_console_without_the_accent_does_not_stop_it(course, world, monkeypatch):
    console = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", console)
    assert course.main(["setup"]) == 0
    console.flush()
    assert b"mon cours ?" in console.buffer.getvalue()
