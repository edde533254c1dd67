"""What works on this machine, and how to mend the rest: ``python -m course_utils.doctor``.

In a notebook: ``from course_utils.doctor import doctor; doctor()``. It changes nothing and
downloads nothing.
"""

from __future__ import annotations

import importlib.metadata
import multiprocessing
import os
import platform
import shutil
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .paths import REPO_ROOT, data_dir, data_places, is_writable

SETUP = "python course.py setup --force"
DATA_SPACE = 1e9  # bytes; CIFAR-10 takes 0.36 GB while it is unpacked, ants & bees 0.1 GB
PORT = 8888  # JupyterLab's default
SHOWN = ("jupyterlab", "ipywidgets", "anywidget", "numpy")
PLAIN = str.maketrans({"✓": "+", "✗": "x", "→": ">"})  # for consoles that lack these (cp1252)


@dataclass(frozen=True)
class Check:
    """One finding. ``ok`` with a ``fix`` means: works, but could be better."""

    name: str
    ok: bool
    value: str
    fix: str = ""

    @property
    def mark(self) -> str:
        """``✓`` good, ``!`` works but could be better, ``✗`` needs the fix."""
        if not self.ok:
            return "✗"
        return "!" if self.fix else "✓"


def report() -> list[Check]:
    """Look at everything the course needs and return the findings, always in the same order."""
    return [_safely(name, look) for name, look in CHECKS.items()]


def as_text(checks: Sequence[Check], encoding: str = "utf-8") -> str:
    """Return ``checks`` as an aligned table with a summing-up, in characters of ``encoding``."""
    width = max(len(check.name) for check in checks)
    lines = []
    for check in checks:
        lines.append(f"{check.mark} {check.name:<{width}}  {check.value}")
        if check.fix:
            lines.append(f"  {'':<{width}}  → {check.fix}")
    wrong = sum(not check.ok for check in checks)
    lines.append(f"{wrong} of {len(checks)} need a fix." if wrong else "Everything works.")
    text = "\n".join(lines)
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.translate(PLAIN).encode(encoding, errors="replace").decode(encoding)
    return text


def doctor() -> None:
    """Print the findings as a table: ``✓`` good, ``!`` could be better, ``✗`` needs the fix."""
    main()


def main() -> int:
    """Print the findings; return 1 if something needs a fix, else 0."""
    checks = report()
    print(as_text(checks, getattr(sys.stdout, "encoding", None) or "utf-8"))
    return int(any(not check.ok for check in checks))


def _safely(name: str, look: Callable[[], tuple]) -> Check:
    """Make a Check of what ``look`` returns, ``(ok, value[, fix])``, or raises."""
    try:
        return Check(name, *look())
    except Exception as error:  # a doctor must not faint: the error is the finding
        what = str(error).strip().splitlines() or [""]
        return Check(name, False, f"{type(error).__name__}: {what[0]}", SETUP)


def _python() -> tuple:
    return True, f"{platform.python_version()} on {platform.system()} {platform.machine()}"


def _environment() -> tuple:
    prefix = Path(sys.prefix)
    if _same_folder(prefix, REPO_ROOT / ".venv"):
        return True, f"the course's own: {prefix}"
    if (prefix / "conda-meta").is_dir():
        return True, f"conda: {prefix}"
    if sys.prefix != sys.base_prefix:
        return True, f"virtual environment: {prefix}"
    return True, f"the system's Python: {prefix}", "`python course.py lab` keeps packages apart"


def _folder() -> tuple:
    here = Path.cwd().resolve()
    other = next((up for up in (here, *here.parents) if (up / "course.py").is_file()), REPO_ROOT)
    if not _same_folder(other, REPO_ROOT):
        fix = f"start this copy with `python {other / 'course.py'} lab`"
        return False, f"you are in {other}, but course_utils comes from {REPO_ROOT}", fix
    return True, str(REPO_ROOT)


def _packages() -> tuple:
    from packaging.requirements import Requirement

    needed = [Requirement(line) for line in importlib.metadata.requires("course-utils") or []]
    problems = []
    for need in needed:
        if need.marker and not need.marker.evaluate({"extra": ""}):
            continue
        version = _version(need.name)
        if version is None:
            problems.append(f"{need.name} is missing")
        elif not need.specifier.contains(version, prereleases=True):
            problems.append(f"{need.name} {version} is not {need.specifier}")
    if problems:
        return False, "; ".join(problems), SETUP
    return True, ", ".join(f"{name} {_version(name)}" for name in SHOWN)


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _torch() -> tuple:
    import torch
    import torchvision

    boxes = torch.tensor([[0.0, 0.0, 1.0, 1.0]])  # (1, 4): x1, y1, x2, y2
    torchvision.ops.nms(boxes, torch.ones(1), 0.5)  # compiled; fails beside a foreign torch
    build = f"CUDA {torch.version.cuda}" if torch.version.cuda else "no CUDA"
    return True, f"{torch.__version__} ({build}) and torchvision {torchvision.__version__}"


def _device() -> tuple:
    from .device import describe_device, get_device

    chosen = os.environ.get("COURSE_DEVICE", "").strip()
    try:
        device = get_device()
    except ValueError as error:
        what, _, fix = str(error).partition("; ")
        return False, f"COURSE_DEVICE: {what}", fix
    why = f"COURSE_DEVICE={chosen}" if chosen else "the best one here"
    return True, f"{describe_device(device)} ({why})"


def _cores() -> tuple:
    import torch

    from .device import safe_num_workers

    threads, cores = torch.get_num_threads(), os.cpu_count() or 1
    method = multiprocessing.get_all_start_methods()[0]
    workers = f"loader processes that pay: {safe_num_workers(4)} ({method})"
    value = f"{cores} cores, PyTorch uses {threads} thread(s), {workers}"
    if threads > cores:
        return True, value, f"set OMP_NUM_THREADS to {cores} or less"
    return True, value


def _data() -> tuple:
    from .archives import folder_problems, load_manifest
    from .download import COMMAND, data_mode

    try:
        mode = data_mode()
    except ValueError as error:
        return False, str(error).partition(";")[0], "set COURSE_DATA to auto, real or sample"
    if mode == "sample":
        return True, "the drawn sample (COURSE_DATA=sample)"
    entry = load_manifest()["cifar10"]
    for place in data_places():
        if not folder_problems(place / entry.folder, entry):
            return True, f"real {entry.title}, verified, in {place}"
    if mode == "real":
        return False, f"COURSE_DATA=real, but no real {entry.title} is here", COMMAND
    value = f"{entry.title} comes at first use, else the drawn sample"
    return True, value, f"beforehand: {COMMAND}"


def _data_folder() -> tuple:
    folder = data_dir()
    if not is_writable(folder):
        return False, f"{folder} is read-only", "set COURSE_DATA_DIR to a folder of your own"
    free = shutil.disk_usage(folder).free
    value = f"{folder}, {free / 1e9:.1f} GB free"
    if free < DATA_SPACE:
        return False, value, "free some space, or set COURSE_DATA_DIR to a larger disk"
    return True, value


def _kernel() -> tuple:
    from jupyter_client.kernelspec import KernelSpecManager

    program = KernelSpecManager().get_kernel_spec("python3").argv[0]
    # Jupyter puts its own interpreter in place of a bare "python".
    bare = Path(program).name == program and program.startswith("python")
    if bare or _same_folder(Path(program).parent, Path(sys.executable).parent):
        return True, f"python3 is {sys.executable}"
    fix = "`python course.py lab`, or remove that one: jupyter kernelspec remove python3"
    return False, f"python3 is {program}, not {sys.executable}", fix


def _port() -> tuple:
    with socket.socket() as probe:
        probe.settimeout(0.3)
        taken = probe.connect_ex(("127.0.0.1", PORT)) == 0
    state = "is in use, JupyterLab takes the next free one" if taken else "is free"
    return True, f"{PORT} {state}"


def _same_folder(one: Path, other: Path) -> bool:
    """Tell whether both are the same folder (links inside are left alone: a .venv has some)."""
    try:
        return one.samefile(other)
    except OSError:
        return False


CHECKS: dict[str, Callable[[], tuple]] = {
    "Python": _python,
    "Environment": _environment,
    "Course": _folder,
    "Packages": _packages,
    "PyTorch": _torch,
    "Device": _device,
    "Cores": _cores,
    "Data": _data,
    "Data folder": _data_folder,
    "Kernel": _kernel,
    "Port": _port,
}

if __name__ == "__main__":
    sys.exit(main())
