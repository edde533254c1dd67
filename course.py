#!/usr/bin/env python3
"""The course in one command: ``python course.py lab`` opens it, ``… test`` proves it.

Needs nothing but Python 3.11 or newer. The first run makes the folder ``.venv`` beside this file
and installs what pyproject.toml lists; later runs find it ready and start at once. This file must
stay readable to old Pythons up to the version check, so that they can say what is wrong.
"""

import sys

OLDEST_PYTHON = (3, 11)


def python_refusal(version: tuple, executable: str) -> str:
    """Return one line that says why this Python is too old, or an empty string."""
    if tuple(version[:2]) >= OLDEST_PYTHON:
        return ""
    return (
        "Python {}.{} or newer is needed, this is {}.{}.{} ({}): install one from "
        "https://www.python.org/downloads/ or with conda, then run course.py with it"
    ).format(*OLDEST_PYTHON + tuple(version[:3]) + (executable,))


if python_refusal(sys.version_info, sys.executable):
    sys.exit(python_refusal(sys.version_info, sys.executable))

import argparse
import contextlib
import errno
import hashlib
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent
FIRST_NOTEBOOK = "notebooks/00_start_here.ipynb"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"  # documented on pytorch.org, "Get Started"
GB = 10**9
WINDOWS = os.name == "nt"
# Measured on Linux with torch 2.15: 2.7 GB come over the network (once in pip's cache, once in a
# temporary folder) and 6.2 GB are installed, most of it CUDA libraries. Other builds have none.
CUDA_BUILD = (12 * GB, "about 3 GB to download, 6 GB on disk")
CPU_BUILD = (3 * GB, "about 0.5 GB to download, 2 GB on disk")
# What pip's output says, and what that means for the reader. The first match counts.
CAUSES = {
    r"No space left on device|not enough space on the disk": (
        "the disk is full ({free:.1f} GB free): free some space, or use --cpu for smaller packages"
    ),
    r"Long Path": (
        "Windows cut a file name at 260 characters: move the course to a short folder such as "
        "C:\\course"
    ),
    r"CERTIFICATE_VERIFY_FAILED": (
        "the network's certificate is not trusted here: set PIP_CERT to your network's certificate"
    ),
    r"NewConnectionError|NameResolutionError|ConnectTimeout|Read timed out|ProxyError"
    r"|IncompleteRead|Connection (?:reset|aborted)": (
        "the package server cannot be reached: check the network (or proxy)"
    ),
    r"No matching distribution found for torch": (
        "PyTorch offers no build for Python {python} on {machine}: use a 64-bit Python from "
        "https://www.python.org/downloads/"
    ),
}
IMPORT_CHECK = """
import torch, torchvision, jupyterlab, ipywidgets, pytest, course_utils
torchvision.ops.nms(torch.rand(1, 4), torch.rand(1), 0.5)
"""


class SetupError(Exception):
    """Something the reader can mend; the message is one line with the fix."""


def say(text: str) -> None:
    """Print ``text`` at once."""
    print(text, flush=True)


# ---- the state of .venv -------------------------------------------------------------------------


def venv_dir() -> Path:
    """Return the folder of the course's own environment."""
    return ROOT / ".venv"


def venv_python() -> Path:
    """Return the interpreter inside ``.venv`` (which need not exist)."""
    return venv_dir() / ("Scripts/python.exe" if WINDOWS else "bin/python")


def read_stamp() -> dict | None:
    """Return what the last set-up wrote about itself, or None."""
    try:
        stamp = json.loads((venv_dir() / "course-setup.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return stamp if isinstance(stamp, dict) else None


def write_stamp(*, complete: bool, cpu: bool, python: str | None = None) -> None:
    """Note in ``.venv`` how far its set-up came, where, and from which pyproject.toml."""
    stamp = {
        "complete": complete,
        "cpu": cpu,
        "python": python,
        "home": str(venv_dir()),
        "project": project_hash(),
    }
    temporary = venv_dir() / "course-setup.part"
    temporary.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
    temporary.replace(venv_dir() / "course-setup.json")


def project() -> dict:
    """Return the table [project] of pyproject.toml: name, dependencies, extras."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def project_hash() -> str:
    """Return a sha256 that changes when the dependencies do (and not with, say, ruff's rules)."""
    return hashlib.sha256(json.dumps(project(), sort_keys=True).encode()).hexdigest()


def probe() -> str | None:
    """Return the version of ``.venv``'s Python as "3.12"; None where it does not run."""
    code = "import sys, pip; print('%d.%d' % sys.version_info[:2])"
    try:
        command = [str(venv_python()), "-c", code]
        done = subprocess.run(command, capture_output=True, text=True, env=child_env(), timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return None if done.returncode else done.stdout.strip()


def work_needed(*, cpu: bool = False) -> tuple[str, str]:
    """Return ``(what, why)``: what is "nothing", "make" (from scratch) or "update"."""
    if not os.path.lexists(venv_dir()):
        return "make", "There is no .venv yet."
    stamp = read_stamp()
    if stamp and not stamp.get("complete"):
        return "make", "The last set-up was cut short."
    if stamp and not same_place(stamp.get("home", ""), venv_dir()):
        return "make", "The course was moved or copied since its set-up."
    python = probe()
    if python is None or (stamp and python != stamp.get("python")):
        return "make", "The Python that .venv was made with is gone or another one now."
    if stamp is None:
        return "update", "This .venv was made by hand."
    if cpu and not stamp.get("cpu"):
        return "make", "This .venv holds the default build of PyTorch, not the CPU build."
    if stamp.get("project") != project_hash():
        return "update", "The list of packages in pyproject.toml has changed."
    return "nothing", ""


def same_place(one: str, other: Path) -> bool:
    """Tell whether two paths lead to the same existing folder."""
    try:
        return Path(one).samefile(other)
    except OSError:
        return False


# ---- set-up -------------------------------------------------------------------------------------


def ensure_venv(*, cpu: bool = False, force: bool = False) -> Path:
    """Make or update ``.venv`` if needed, and return its interpreter.

    Args:
        cpu: install PyTorch's CPU build where the default one brings CUDA (Linux).
        force: start from scratch even if nothing seems to be missing.

    Raises:
        SetupError: if it cannot be done; the message names the fix.
    """
    what, why = work_needed(cpu=cpu)
    if force:
        what, why = "make", "A fresh set-up was asked for."
    elif what != "nothing":
        cpu = cpu or bool((read_stamp() or {}).get("cpu"))  # an update keeps the chosen build
    if what == "nothing":
        return venv_python()
    say(f"{why} Setting up {venv_dir()}")
    if what == "make":
        say(f"The packages: {build_size(cpu)[1]}; some minutes, by the network's speed.")
        make_venv(cpu)
    write_stamp(complete=False, cpu=cpu)
    install(cpu)
    say("Checking that PyTorch, torchvision and JupyterLab start …")
    check_imports()
    write_lab_defaults()
    write_stamp(complete=True, cpu=cpu, python=probe())
    say("Ready.\n")
    return venv_python()


def make_venv(cpu: bool) -> None:
    """Empty ``.venv`` and put a new environment with an up-to-date pip there."""
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            raise SetupError(
                f"this Python ({sys.executable}) lacks the module {module}: on Debian and Ubuntu "
                "run `sudo apt install python3-venv`, elsewhere install Python from python.org"
            )
    check_disk(cpu)
    try:
        clear(venv_dir())
        venv_dir().mkdir(exist_ok=True)
        write_stamp(complete=False, cpu=cpu)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        raise SetupError(
            f"{error.filename or venv_dir()} cannot be written: close what uses it (JupyterLab, a "
            "terminal), or move the course to a folder of your own"
        ) from None
    base = getattr(sys, "_base_executable", None) or sys.executable  # not the .venv just emptied
    done = subprocess.run([base, "-m", "venv", str(venv_dir())], env=child_env())
    if done.returncode:
        raise SetupError(f"`{base} -m venv` failed (exit status {done.returncode}): see above")
    pip("--upgrade", "pip")  # an old one neither resumes a cut download nor reports its progress


def check_disk(cpu: bool) -> None:
    """Refuse to begin what cannot fit."""
    needed, _ = build_size(cpu)
    folder = venv_dir() if venv_dir().is_dir() else ROOT
    free = shutil.disk_usage(folder).free + folder_bytes(venv_dir())
    if free < needed:
        smaller = " or use --cpu (3 GB)" if needed > CPU_BUILD[0] else ""
        raise SetupError(
            f"the set-up needs {needed / GB:.0f} GB of free disk and {folder} has "
            f"{free / GB:.1f} GB: free some space{smaller}"
        )


def build_size(cpu: bool) -> tuple[int, str]:
    """Return ``(bytes to have free, words)`` for the packages of this machine."""
    return CUDA_BUILD if sys.platform == "linux" and not cpu else CPU_BUILD


def folder_bytes(folder: Path) -> int:
    """Return the size of all files under ``folder``, links not followed."""
    paths = (Path(base, name) for base, _, names in os.walk(folder) for name in names)
    return sum(path.lstat().st_size for path in paths)


def clear(folder: Path) -> None:
    """Delete what is in ``folder`` (which may be a link to one), or the file of that name."""
    if not folder.is_dir():
        folder.unlink(missing_ok=True)
        return
    for child in folder.iterdir():
        if child.is_dir() and not child.is_symlink():
            shutil.rmtree(child)
        else:
            child.unlink()


def install(cpu: bool) -> None:
    """Install the course and all that it needs into ``.venv``."""
    if cpu and sys.platform == "linux":
        # Both at once: a CPU torch beside the registry's torchvision lacks torchvision::nms.
        pip("--index-url", CPU_INDEX, *torch_requirements())
    pip("-e", ".[test]")


def torch_requirements() -> list[str]:
    """Return pyproject.toml's requirements of torch and torchvision."""
    return [line for line in project()["dependencies"] if re.match(r"torch(vision)?\b", line)]


def pip(*arguments: str) -> None:
    """Run ``pip install`` in ``.venv``: progress in few lines here, all of it in setup.log."""
    command = [str(venv_python()), "-m", "pip", "install", *arguments]
    if arguments[-1] != "pip":  # the one that came with Python may not know this option
        command += ["--progress-bar", "raw"]
    temporary = venv_dir() / "tmp"  # a download of 3 GB may not fit into /tmp
    temporary.mkdir(exist_ok=True)
    output = []
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=child_env(TMPDIR=str(temporary), TEMP=str(temporary), TMP=str(temporary)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    with process, (venv_dir() / "setup.log").open("a", encoding="utf-8") as log:
        show = Progress()
        for line in process.stdout:
            show(line)
            if not line.startswith("Progress "):
                output.append(line)
                log.write(line)
    shutil.rmtree(temporary, ignore_errors=True)
    if process.returncode:
        raise SetupError(explain("".join(output)))


class Progress:
    """Turns pip's output into few lines: the big downloads, then the installation."""

    def __init__(self) -> None:
        self.name = ""
        self.live = sys.stdout.isatty()

    def __call__(self, line: str) -> None:
        """Show what ``line`` of pip's output tells."""
        found = re.search(r"Downloading (?:\S*/)?([^-/\s]+)-\S* \(([\d.]+) ([MG]B)\)", line)
        progress = re.match(r"Progress (\d+) of (\d+)", line)
        if found:
            name, size, unit = found.groups()
            self.name = f"  downloading {name}, {float(size):.0f} {unit}"
            if unit == "MB" and float(size) < 20:
                self.name = ""
            elif not self.live:
                say(self.name)
        elif progress:
            if self.name and self.live:
                done, total = map(int, progress.groups())
                end = "\n" if done == total else ""
                print(f"\r{self.name}: {100 * done // max(total, 1)} %", end=end, flush=True)
        elif line.startswith("Installing collected packages") and "," in line:
            say(f"  installing {line.count(',') + 1} packages (a quiet minute or two)")


def explain(output: str) -> str:
    """Return one line on why pip failed, from its ``output``."""
    facts = {
        "free": shutil.disk_usage(ROOT).free / GB,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
    }
    cause = next((text for pattern, text in CAUSES.items() if re.search(pattern, output)), None)
    errors = re.findall(r"^ERROR: (.+)", output, re.MULTILINE)
    cause = cause.format(**facts) if cause else f"pip says: {(errors or ['nothing'])[-1]}"
    return (
        f"the packages could not be installed: {cause}; then run the same command again "
        f"(details: {venv_dir() / 'setup.log'})"
    )


def check_imports() -> None:
    """Refuse an environment whose packages do not work together."""
    command = [str(venv_python()), "-c", IMPORT_CHECK]
    done = subprocess.run(command, cwd=ROOT, env=child_env(), capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise SetupError(
            f"the packages are installed but do not work together ({last}): run "
            "`python course.py setup --force`"
        )


def write_lab_defaults() -> None:
    """Keep JupyterLab's question about news off the first page (own settings still win)."""
    path = venv_dir() / "share/jupyter/lab/settings/overrides.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    news = {"fetchNews": "false", "checkForUpdates": False}
    settings = {"@jupyterlab/apputils-extension:notification": news}
    path.write_text(json.dumps(settings, indent=1), encoding="utf-8")


# ---- commands -----------------------------------------------------------------------------------


def child_env(**extra: str) -> dict[str, str]:
    """Return the environment for programs in ``.venv``: its own packages and kernel come first."""
    foreign = {"PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_PREFIX"}
    env = {name: value for name, value in os.environ.items() if name not in foreign}
    return env | {
        "VIRTUAL_ENV": str(venv_dir()),
        "PATH": os.pathsep.join([str(venv_python().parent), os.environ.get("PATH", os.defpath)]),
        "JUPYTER_PREFER_ENV_PATH": "1",  # a "python3" kernel of the user's must not take over
        "PIP_USER": "0",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        **extra,
    }


def become(command: list) -> int:
    """Run ``command`` in the course's folder in place of this program; return its exit status."""
    command = [str(part) for part in command]
    sys.stdout.flush()
    if not WINDOWS:  # signals and exit status then reach the right program by themselves
        os.chdir(ROOT)
        os.execve(command[0], command, child_env())
    with subprocess.Popen(command, cwd=ROOT, env=child_env()) as process:
        while True:
            with contextlib.suppress(KeyboardInterrupt):  # the child has had it too
                return process.wait()


def lab_command(python: Path, extra: list[str]) -> list:
    """Return the command that opens JupyterLab, on the first notebook if ``extra`` names none."""
    root = f"--ServerApp.root_dir={ROOT}"  # README and data beside the notebooks
    first = f"--LabApp.default_url=/lab/tree/{FIRST_NOTEBOOK}"  # also in the address it prints
    return [python, "-m", "jupyterlab", root, first, *extra]


def test_command(python: Path, extra: list[str]) -> list:
    """Return the command that verifies everything; a worker for every two cores, at least two."""
    workers = max(2, min(8, (os.cpu_count() or 2) // 2))
    command = [python, "-m", "pytest", "--nbval", "-n", str(workers), "--dist", "loadscope"]
    return [*command, *extra]


COMMANDS = {
    "lab": "Set up if needed, then open JupyterLab on the first notebook.",
    "test": "Set up if needed, then run every test and every notebook with pytest.",
    "setup": "Make .venv and install the packages, and nothing else.",
    "doctor": "Say what works on this machine, and how to mend the rest.",
    "refresh": "Execute notebooks again (all, or those numbered) and save their outputs.",
    "download": "Fetch the real data sets beforehand.",
}
PASSED_ON = {
    "lab": "All other arguments go to JupyterLab: --no-browser --port 8899, or another notebook.",
    "test": "All other arguments go to pytest: -x, -k data, tests/test_device.py, …",
    "refresh": "Example: refresh 00 14",
}


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="course.py", description="PyTorch for images, hands on.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, text in COMMANDS.items():
        own = commands.add_parser(
            name, help=text, description=text, epilog=PASSED_ON.get(name), allow_abbrev=False
        )
        if name in ("lab", "test", "setup"):
            own.add_argument("--cpu", action="store_true", help="PyTorch without CUDA (smaller)")
        if name == "setup":
            own.add_argument("--force", action="store_true", help="start from scratch")
    return parser


def run(argv: list[str]) -> int:
    """Carry out the command line ``argv`` and return an exit status."""
    parser = build_parser()
    options, extra = parser.parse_known_args(argv)
    if options.command in (None, "setup") and extra:
        parser.error(f"unknown argument {extra[0]!r}")
    if options.command is None:
        parser.print_help()
        return 0
    python = venv_python()
    if options.command != "doctor":  # which only looks, and installs nothing
        python = ensure_venv(
            cpu=getattr(options, "cpu", False), force=getattr(options, "force", False)
        )
    elif work_needed()[0] == "make":
        raise SetupError(f"{work_needed()[1]} Run `python course.py setup`")
    if options.command == "setup":
        say("All set. Open the course with: python course.py lab")
        return 0
    commands = {"lab": lab_command, "test": test_command}
    if options.command in commands:
        return become(commands[options.command](python, extra))
    return become([python, "-m", f"course_utils.{options.command}", *extra])


def main(argv: list[str]) -> int | str:
    """Run and turn every foreseeable failure into one line."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a Windows console may lack an accent
    try:
        return run(argv)
    except KeyboardInterrupt:
        print("\nStopped. Run the same command again when you like.", file=sys.stderr)
        return 130
    except SetupError as error:
        return f"course.py: {error}"
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return f"course.py: the disk is full ({error}): free some space, then run this again"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
