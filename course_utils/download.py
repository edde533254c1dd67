"""Real data: verified where it lies, downloaded where it is missing, or one line why it is not.

``python -m course_utils.download [cifar10|hymenoptera|all] [--folder FOLDER]``
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal, get_args

from .archives import DownloadError, Entry, file_problem, folder_problems, load_manifest, unpack
from .mirrors import Patience, download
from .paths import data_dir, data_places
from .storage import disk_errors, locked, need_space, size_of

Mode = Literal["auto", "real", "sample"]
Manifest = Mapping[str, Entry]
COMMAND = "python course.py download"
PATIENT = Patience()
#: A notebook that only would like the real data: leave slow mirrors, wait little for others.
QUICK = Patience(stay=False, lock=60.0)

_given_up: dict[tuple[str, Path], str] = {}  # what auto mode tried in this process, and why not


@dataclass(frozen=True)
class Source:
    """Which data to use: ``path`` of the real one (None: draw the sample) and a line to print."""

    path: Path | None
    kind: Literal["real", "sample"]
    message: str


def data_mode() -> Mode:
    """Return ``COURSE_DATA``: ``"auto"`` (also if unset), ``"real"`` or ``"sample"``."""
    return checked_mode(os.environ.get("COURSE_DATA", "").strip().lower() or "auto", "COURSE_DATA")


def resolve_cifar10(
    folder: Path | str | None = None, *, mode: Mode | None = None, progress: bool = True
) -> Source:
    """Decide which CIFAR-10 to use; ``path`` is a root for ``torchvision.datasets.CIFAR10``.

    See ``resolve`` for the modes and the errors.
    """
    source = resolve("cifar10", folder, mode=mode, progress=progress)
    return source if source.path is None else replace(source, path=source.path.parent)


def resolve_hymenoptera(
    folder: Path | str | None = None, *, mode: Mode | None = None, progress: bool = True
) -> Source:
    """Decide which ants & bees to use; ``path`` holds ``{train,val}/{ants,bees}``.

    See ``resolve`` for the modes and the errors.
    """
    return resolve("hymenoptera", folder, mode=mode, progress=progress)


def resolve(
    name: str,
    folder: Path | str | None = None,
    *,
    mode: Mode | None = None,
    manifest: Manifest | None = None,
    patience: Patience = QUICK,
    progress: bool = True,
) -> Source:
    """Decide where data ``name`` comes from; ``path`` is its unpacked folder or None.

    ``mode`` (default ``data_mode()``): ``"sample"`` looks nowhere. ``"auto"`` takes verified files,
    else repairs or downloads them, else the sample; it tries the network once a process.
    ``"real"`` downloads with all patience and raises ``DownloadError`` rather than fall back; it
    names damaged files and leaves them alone. ``folder`` defaults to ``paths.data_places()``.
    """
    asked = "COURSE_DATA=sample" if mode is None else "as asked"
    mode = data_mode() if mode is None else checked_mode(mode, "mode")
    entry = _entry(name, manifest)
    if mode == "sample":
        return _sample(entry, asked)
    places = data_places() if folder is None else [_folder(folder)]
    for place in places:
        if not folder_problems(place / entry.folder, entry):
            return _real(entry, place / entry.folder)
    get = partial(ensure, name, places[0], manifest=manifest, progress=progress)
    if mode == "real":
        _refuse_damaged(places[0] / entry.folder, entry)
        return _real(entry, get())
    return _auto(entry, places[0], partial(get, patience=patience))


def _auto(entry: Entry, place: Path, get: Callable[[], Path]) -> Source:
    tried, target = (entry.file, place), place / entry.folder
    if tried not in _given_up:
        try:
            return _real(entry, get())
        except DownloadError as error:
            _given_up[tried] = error.reason
    reason = _given_up[tried]
    if target.exists() and (problems := folder_problems(target, entry)):
        reason = f"{problems[0]}; {reason}"
    return _sample(entry, reason)


def ensure_cifar10(folder: Path | str | None = None, *, progress: bool = True) -> Path:
    """Return a folder that ``torchvision.datasets.CIFAR10(root=...)`` reads, all files verified.

    See ``ensure`` for where they come from and the errors.
    """
    return ensure("cifar10", folder, progress=progress).parent


def ensure_hymenoptera(folder: Path | str | None = None, *, progress: bool = True) -> Path:
    """Return the folder that holds ``{train,val}/{ants,bees}``; see ``ensure``."""
    return ensure("hymenoptera", folder, progress=progress)


def ensure(
    name: str,
    folder: Path | str | None = None,
    *,
    manifest: Manifest | None = None,
    patience: Patience = PATIENT,
    progress: bool = True,
) -> Path:
    """Return the unpacked, verified folder of data ``name`` under ``folder`` (``data_dir()``).

    What is missing or damaged is unpacked from the archive that lies in ``folder``, or that is
    downloaded there. Files that are not the manifest's stay. Raises ``DownloadError``, and
    ``ValueError`` for a name that the manifest lacks.
    """
    entry, folder = _entry(name, manifest), _folder(folder)
    target, archive = folder / entry.folder, folder / entry.file
    if not folder_problems(target, entry):
        return target
    with disk_errors(folder), locked(archive, seconds=patience.lock, progress=progress):
        if folder_problems(target, entry) and not _unpacked_here(archive, target, entry):
            _fetch(entry, archive, patience, progress)
            unpack(archive, target, entry)
    return target


def fetch(
    name: str,
    *,
    folder: Path | str | None = None,
    manifest: Manifest | None = None,
    patience: Patience = PATIENT,
    progress: bool = True,
) -> Path:
    """Return the file of manifest entry ``name`` in ``folder``, verified; download it if needed.

    ``folder`` defaults to ``data_dir()``. Errors as for ``ensure``.
    """
    entry, folder = _entry(name, manifest), _folder(folder)
    target = folder / entry.file
    if file_problem(target, entry):
        with disk_errors(folder), locked(target, seconds=patience.lock, progress=progress):
            _fetch(entry, target, patience, progress)
    return target


def _unpacked_here(archive: Path, target: Path, entry: Entry) -> bool:
    """Try an archive that lies there: its content is verified, so it may be packed differently."""
    if not archive.is_file():
        return False
    need_space(target.parent, entry.title, entry.unpacked_bytes)
    try:
        unpack(archive, target, entry)
    except DownloadError:
        return False
    return True


def _fetch(entry: Entry, target: Path, patience: Patience, progress: bool) -> None:
    """Download to ``target`` unless the verified file is there (another process was quicker)."""
    wrong = file_problem(target, entry)
    if wrong is None:
        return
    part = target.with_name(target.name + ".part")
    missing = max(0, entry.bytes - size_of(part))
    need_space(target.parent, entry.title, missing + entry.unpacked_bytes)
    try:
        download(entry, target, patience=patience, progress=progress)
    except DownloadError as error:
        there = f"; the one there is not it: {wrong}" if target.exists() else ""
        raise DownloadError(f"{error}{there}", error.reason) from None


def _refuse_damaged(target: Path, entry: Entry) -> None:
    if target.exists() and (problems := folder_problems(target, entry)):
        raise DownloadError(f"{target}: {problems[0]}; to repair it: {COMMAND}", problems[0])


def checked_mode(value: str, where: str) -> Mode:
    """Return ``value`` if it is a mode; else raise a ValueError that says where it stood."""
    if value not in get_args(Mode):
        raise ValueError(f"{where}={value!r} is unknown; choose auto, real or sample")
    return value


def _entry(name: str, manifest: Manifest | None) -> Entry:
    manifest = load_manifest() if manifest is None else manifest
    if name not in manifest:
        raise ValueError(f"data {name!r} is unknown; choose one of {', '.join(sorted(manifest))}")
    return manifest[name]


def _folder(folder: Path | str | None) -> Path:
    return data_dir() if folder is None else Path(folder).expanduser().absolute()


def _real(entry: Entry, target: Path) -> Source:
    checked = "verified" if entry.files else "complete"
    return Source(target, "real", f"Data: real {entry.title}, {checked}, in {target}")


def _sample(entry: Entry, reason: str) -> Source:
    message = f"Data: the drawn sample ({reason}). For real {entry.title}: {COMMAND}"
    return Source(None, "sample", message)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return 0, or 1 if something could not be had, or 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(prog=COMMAND, description="Download and verify the real data.")
    parser.add_argument("what", nargs="?", default="all", choices=["cifar10", "hymenoptera", "all"])
    parser.add_argument("--folder", type=Path, help="where to (default: COURSE_DATA_DIR or data/)")
    chosen = parser.parse_args(arguments)
    failed = False
    for name in ["cifar10", "hymenoptera"] if chosen.what == "all" else [chosen.what]:
        try:
            print(f"verified: {ensure(name, chosen.folder)}")
        except DownloadError as error:
            failed = True
            print(error, file=sys.stderr)
        except KeyboardInterrupt:
            print("interrupted; what has come is kept, the same command goes on", file=sys.stderr)
            return 130
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
