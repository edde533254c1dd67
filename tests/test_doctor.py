"""The doctor names what is wrong, with its fix, and never faints."""

import importlib.metadata
import io
import json
import os
import socket
import subprocess
import sys

import pytest

from course_utils import doctor
from course_utils.doctor import Check, as_text, report
from course_utils.paths import REPO_ROOT


def finding(name):
    return doctor._safely(name, doctor.CHECKS[name])


def test_report_on_this_machine():
    checks = report()
    assert [check.name for check in checks] == list(doctor.CHECKS)
    assert all(check.value for check in checks)
    assert all(check.fix for check in checks if not check.ok)
    assert not [check for check in checks if not check.ok]


def test_table_is_aligned_and_sums_up():
    checks = [
        Check("One", True, "fine"),
        Check("Second", True, "slow", "buy time"),
        Check("Third", False, "broken", "mend it"),
    ]
    assert as_text(checks).splitlines() == [
        "✓ One     fine",
        "! Second  slow",
        "          → buy time",
        "✗ Third   broken",
        "          → mend it",
        "1 of 3 need a fix.",
    ]
    assert as_text(checks[:2]).endswith("\nEverything works.")


def test_table_on_a_windows_console():
    checks = [Check("One", True, "café"), Check("Two", False, "/home/李", "mend")]
    text = as_text(checks, "cp1252")
    text.encode("cp1252")
    assert text.splitlines()[:3] == ["+ One  café", "x Two  /home/?", "       > mend"]


def test_main_prints_what_the_console_can_show(monkeypatch):
    console = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    monkeypatch.setattr(sys, "stdout", console)
    monkeypatch.setattr(doctor, "CHECKS", {"One": lambda: (True, "fine")})
    assert doctor.main() == 0
    console.flush()
    assert console.buffer.getvalue().decode("cp1252").startswith("+ One  fine")


def test_exit_status_is_one_when_something_is_wrong(monkeypatch, capsys):
    monkeypatch.setattr(doctor, "CHECKS", {"One": lambda: (False, "broken", "mend it")})
    assert doctor.main() == 1
    assert "✗ One  broken" in capsys.readouterr().out


def test_a_check_that_raises_is_a_finding():
    def broken():
        raise RuntimeError("operator torchvision::nms does not exist\nmore")

    assert doctor._safely("PyTorch", broken) == Check(
        "PyTorch",
        False,
        "RuntimeError: operator torchvision::nms does not exist",
        "python course.py setup --force",
    )


def test_a_torchvision_that_does_not_fit_is_wrong(monkeypatch):
    monkeypatch.setitem(sys.modules, "torchvision", None)
    check = finding("PyTorch")
    assert not check.ok
    assert "torchvision" in check.value
    assert check.fix == "python course.py setup --force"


@pytest.mark.parametrize(
    ("installed", "says"),
    [("1.9", "tool 1.9 is not >=2.0"), (None, "tool is missing"), ("2.1", "")],
)
def test_packages(monkeypatch, installed, says):
    monkeypatch.setattr(
        importlib.metadata, "requires", lambda name: ["tool>=2.0", 'other>=1; extra == "test"']
    )
    monkeypatch.setattr(doctor, "_version", lambda name: installed)
    check = finding("Packages")
    assert check.ok == (not says)
    assert says in check.value


def test_version_of_a_missing_package():
    assert doctor._version("no-such-package-here") is None


def test_unavailable_device(monkeypatch):
    monkeypatch.setenv("COURSE_DEVICE", "abacus")
    check = finding("Device")
    assert not check.ok
    assert "abacus" in check.value


def test_a_device_that_was_chosen_is_named(monkeypatch):
    monkeypatch.setenv("COURSE_DEVICE", "cpu")
    assert finding("Device").value.endswith("(COURSE_DEVICE=cpu)")


def test_too_many_threads_is_a_hint(monkeypatch):
    monkeypatch.setattr("torch.get_num_threads", lambda: 10_000)
    check = finding("Cores")
    assert check.mark == "!"
    assert "OMP_NUM_THREADS" in check.fix


@pytest.mark.parametrize(
    ("mode", "mark", "says"),
    [
        ("sample", "✓", "the drawn sample"),
        ("auto", "!", "comes at first use"),
        ("real", "✗", "no real CIFAR-10"),
        ("reel", "✗", "COURSE_DATA='reel'"),
    ],
)
def test_data_without_files(monkeypatch, mode, mark, says):
    monkeypatch.setenv("COURSE_DATA", mode)
    check = finding("Data")
    assert check.mark == mark
    assert says in check.value


@pytest.mark.real
def test_data_with_the_real_files(monkeypatch, real_dir):
    monkeypatch.setenv("COURSE_DATA", "auto")
    monkeypatch.setenv("COURSE_DATA_DIR", str(real_dir))
    check = finding("Data")
    assert check.mark == "✓"
    assert check.value.startswith("real CIFAR-10, verified")


def test_data_folder_that_cannot_be_written(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path / "file"))
    check = finding("Data folder")
    assert not check.ok
    assert "read-only" in check.value
    assert "COURSE_DATA_DIR" in check.fix


def test_full_disk(monkeypatch):
    monkeypatch.setattr(doctor, "DATA_SPACE", 1e30)
    check = finding("Data folder")
    assert not check.ok
    assert "GB free" in check.value


def kernel_at(tmp_path, program):
    folder = tmp_path / "kernels" / "python3"
    folder.mkdir(parents=True)
    spec = {"argv": [str(program)], "display_name": "Python 3", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    return str(tmp_path)


@pytest.mark.parametrize(
    ("program", "ok"), [("python", True), (sys.executable, True), ("/opt/other/bin/python", False)]
)
def test_kernel(monkeypatch, tmp_path, program, ok):
    monkeypatch.setenv("JUPYTER_PATH", kernel_at(tmp_path, program))
    check = finding("Kernel")
    assert check.ok is ok
    assert sys.executable in check.value


def test_system_python_is_a_hint(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path))
    assert finding("Environment").mark == "!"
    (tmp_path / "conda-meta").mkdir()
    assert finding("Environment") == Check("Environment", True, f"conda: {tmp_path}")


def test_two_copies_of_the_course(monkeypatch, tmp_path):
    (tmp_path / "course.py").touch()
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    check = finding("Course")
    assert not check.ok
    assert str(REPO_ROOT) in check.value
    monkeypatch.chdir(REPO_ROOT / "notebooks")
    assert finding("Course") == Check("Course", True, str(REPO_ROOT))


def test_port_in_use(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setattr(doctor, "PORT", server.getsockname()[1])
        check = finding("Port")
    assert check.ok
    assert "in use" in check.value


def test_command_line():
    env = os.environ | {"COURSE_DEVICE": "abacus", "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "course_utils.doctor"]
    done = subprocess.run(command, capture_output=True, env=env, cwd=REPO_ROOT)
    assert done.returncode == 1, done.stderr.decode()
    assert "✗ Device" in done.stdout.decode("utf-8")
