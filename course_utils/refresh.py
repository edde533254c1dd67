"""Run the notebooks afresh and save their outputs: ``python -m course_utils.refresh [14 17 …]``.

Every run happens in the same surroundings (``REFERENCE_ENV``, sample data, an empty home), and what
differs from run to run is left out of the file, so that refreshing twice gives the same bytes; of
a cell tagged ``course-not-saved`` all output. A notebook with a failing cell is left as it was.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ._outputs import clean, keep_steady
from .paths import NOTEBOOKS

# How the committed outputs were made; the first group may be chosen otherwise to verify them.
CHOICES_ENV = {
    "COURSE_DATA": "sample",
    "COURSE_DEVICE": "cpu",
    "COURSE_PRECISION": "fp32",
    "COURSE_BUDGET": "quick",
    "OMP_NUM_THREADS": "1",  # more threads add numbers in another order: other last digits
}
FIXED_ENV = {
    "PYTHONHASHSEED": "0",
    "TQDM_DISABLE": "1",  # a progress bar's rates would differ in every run
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
}
REFERENCE_ENV = CHOICES_ENV | FIXED_ENV

CELL_TIMEOUT = 600  # seconds; a refresh may be slower than a verification, but must not hang


class RefreshError(RuntimeError):
    """A notebook could not be run to its end; its file is untouched."""


def kernel_env(home: Path, *, choices: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment for a kernel: this process's own, in the reference surroundings.

    Args:
        home: an empty folder for progress, settings and downloaded files.
        choices: values that replace those of ``CHOICES_ENV``; ``COURSE_DEVICE="auto"`` leaves the
            device to ``get_device``, and a ``COURSE_DATA_DIR`` replaces the empty folder.
    """
    env = {k: v for k, v in os.environ.items() if not k.startswith(("COURSE_", "PYTHONWARNINGS"))}
    private = {
        "COURSE_STATE_DIR": str(home / "state"),
        "COURSE_DATA_DIR": str(home / "data"),
        "IPYTHONDIR": str(home / "ipython"),
    }
    env |= private | CHOICES_ENV | dict(choices or {}) | FIXED_ENV
    if env["COURSE_DEVICE"] == "auto":
        del env["COURSE_DEVICE"]
    return env


def find_notebooks(numbers: Iterable[str] = (), folder: Path = NOTEBOOKS) -> list[Path]:
    """Return the notebooks with these numbers (``"14"`` → ``14_….ipynb``), or all of them.

    Raises:
        ValueError: if a number has no notebook.
    """
    every = {path.name.partition("_")[0]: path for path in sorted(folder.glob("[0-9]*.ipynb"))}
    wanted = [number.zfill(2) for number in numbers] or list(every)
    for number in wanted:
        if number not in every:
            raise ValueError(f"there is no notebook {number}; choose from {', '.join(every)}")
    return [every[number] for number in wanted]


def refresh(path: Path, *, write: bool = True) -> bool:
    """Run the notebook at ``path`` and save it with its outputs.

    Args:
        path: the notebook; it runs in the folder where it lies.
        write: False to compare only.

    Returns:
        Whether the file had to change.

    Raises:
        RefreshError: if it is not a notebook, a cell raises, or the kernel dies.
    """
    import nbformat

    try:
        before = path.read_bytes()
        notebook = _prepare(json.loads(before))
    except (OSError, ValueError) as error:
        raise RefreshError(f"{path.name} cannot be read as a notebook: {error}") from None
    run(notebook, path)
    clean(notebook)
    keep_steady(notebook, json.loads(before))
    after = (nbformat.writes(notebook).rstrip("\n") + "\n").encode()
    if write and after != before:
        _replace(path, after)
    return after != before


def run(notebook: Any, path: Path, *, choices: Mapping[str, str] | None = None) -> None:
    """Execute ``notebook`` (changed in place) next to ``path``; for ``choices`` see ``kernel_env``.

    Raises:
        RefreshError: naming the cell (counting code cells from 1) and its error.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    current = [-1]
    client = NotebookClient(
        notebook,
        km=_this_python(),
        timeout=CELL_TIMEOUT,
        resources={"metadata": {"path": str(path.parent)}},
        record_timing=False,
        store_widget_state=False,
        on_cell_execute=lambda cell, cell_index: current.append(cell_index),
    )
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        try:
            env = kernel_env(Path(home), choices=choices)
            client.execute(cleanup_kc=True, env=env, stderr=subprocess.DEVNULL)
        except CellExecutionError as error:
            problem = f"{error.ename}: {error.evalue}"
        except CellTimeoutError:
            problem = f"it ran for more than {CELL_TIMEOUT} s"
        except DeadKernelError:
            problem = "its kernel died (out of memory, or a crash in compiled code)"
        except RuntimeError as error:
            problem = f"its kernel did not start: {error}"
        else:
            return
    number = sum(cell.cell_type == "code" for cell in notebook.cells[: current[-1] + 1])
    raise RefreshError(f"{path.name}, code cell {number}: {problem}")


def _this_python() -> Any:
    """Return a kernel manager for this very Python, whatever kernels a user installed."""
    from ipykernel.kernelspec import RESOURCES, get_kernel_dict
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager

    class ThisPython(KernelSpecManager):
        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
            return KernelSpec(resource_dir=RESOURCES, **get_kernel_dict())

    return AsyncKernelManager(kernel_spec_manager=ThisPython())


def _prepare(content: dict[str, Any]) -> Any:
    """Return the notebook as nbformat 4.5: with cell ids that do not depend on chance."""
    import nbformat

    if content.get("nbformat") != 4:
        raise ValueError(f"format {content.get('nbformat')} instead of 4")
    seen: set[str] = set()
    for cell in content["cells"]:
        name = cell.get("id") or hashlib.sha256("".join(cell["source"]).encode()).hexdigest()[:8]
        while name in seen:
            name = hashlib.sha256(name.encode()).hexdigest()[:8]
        seen.add(name)
        cell["id"] = name
    content["nbformat_minor"] = 5
    return nbformat.reads(json.dumps(content), as_version=4)


def _replace(path: Path, content: bytes) -> None:
    """Write ``content`` beside ``path`` and swap: a full disk must not cost the notebook."""
    draft = path.with_name(f".{path.name}.part")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Refresh the notebooks named on the command line; return 0, or 1 if one failed or differs."""
    parser = argparse.ArgumentParser(prog="python -m course_utils.refresh", description=__doc__)
    parser.add_argument("numbers", nargs="*", metavar="NN", help="notebook numbers; none: all")
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if one differs")
    options = parser.parse_args(arguments)
    try:
        paths = find_notebooks(options.numbers)
    except ValueError as error:
        parser.error(str(error))
    bad = 0
    for path in paths:
        try:
            changed = refresh(path, write=not options.check)
            bad += changed and options.check
            print(f"{'≠' if changed else '='} {path.name}", flush=True)
        except RefreshError as error:
            print(f"✗ {error}; the file is as it was", file=sys.stderr)
            bad += 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
