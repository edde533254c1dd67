"""What a data file should be, whether it is, and how it is unpacked without trusting it."""

from __future__ import annotations

import functools
import hashlib
import json
import shutil
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, Any

from .paths import MANIFEST

#: File names that ``torchvision.datasets.ImageFolder`` reads, and so the ones that count.
IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp"}
)
_BROKEN = (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)


class DownloadError(RuntimeError):
    """Data could not be had. The message is one line with the fix; ``reason`` is its short form."""

    def __init__(self, message: str, reason: str = "download failed") -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the manifest: a file to download and, for an archive, what is in it."""

    title: str
    file: str  # name under the data folder
    bytes: int
    urls: tuple[str, ...] = ()  # byte-identical mirrors, the first is tried first
    md5: str | None = None
    sha256: str | None = None
    folder: str | None = None  # what the archive unpacks to
    unpacked_bytes: int = 0
    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # exact files inside
    counts: Mapping[str, int] = field(default_factory=dict)  # or: at least so many images

    @property
    def hash(self) -> tuple[str, str]:
        """The checksum to verify, as (algorithm, hexadecimal digest): sha256 if known, else md5."""
        return _hash(self.file, {"md5": self.md5, "sha256": self.sha256})


def load_manifest(path: Path | None = None) -> dict[str, Entry]:
    """Read ``data/manifest.json`` (or ``path``): dataset or checkpoint name → ``Entry``."""
    path = MANIFEST if path is None else Path(path)
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        entries = {name: Entry(**{**e, "urls": tuple(e["urls"])}) for name, e in raw.items()}
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DownloadError(
            f"{path} cannot be read ({error}); restore it: git checkout data/manifest.json"
        ) from None
    for entry in entries.values():
        _ = entry.hash
    return entries


def digest(path: Path, algorithm: str) -> str:
    """Return the hexadecimal hash of a file; ``algorithm`` is ``"sha256"`` or ``"md5"``."""
    with path.open("rb") as file:
        new = functools.partial(hashlib.new, algorithm, usedforsecurity=False)
        return hashlib.file_digest(file, new).hexdigest()


def file_problem(path: Path, entry: Entry) -> str | None:
    """Say in one line what is wrong with a downloaded file, or return None if it is verified."""
    return _problem(path, path.name, entry.bytes, entry.hash, digest)


def folder_problems(folder: Path, entry: Entry) -> list[str]:
    """Say what is wrong with an unpacked archive, a line a file or class; empty if it is verified.

    Exact files are hashed (once a process while size and time stay the same). Where the manifest
    only counts images, more than expected are welcome: a learner may add photographs.
    """
    exact = (
        _problem(folder / name, name, known["bytes"], _hash(name, known), _remembered_digest)
        for name, known in entry.files.items()
    )
    problems = [problem for problem in exact if problem]
    for part, expected in entry.counts.items():
        found = sum(_is_image(path) for path in (folder / part).glob("*"))
        if found < expected:
            problems.append(f"{part} has {found} images, expected {expected}")
    return problems


def unpack(archive: Path, target: Path, entry: Entry) -> None:
    """Unpack what is expected in ``archive`` (tar or zip), verify it, move it to ``target``.

    Nothing else is written, and nothing at all outside ``target`` and a temporary sibling. Other
    files in ``target`` stay. Raises ``DownloadError`` for a broken, unsafe or different archive and
    ``OSError`` when the disk refuses. The caller holds the lock of ``archive``.
    """
    prefix = f".unpack-{target.name}-"
    for left_by_a_killed_process in target.parent.glob(f"{prefix}*"):
        shutil.rmtree(left_by_a_killed_process, ignore_errors=True)
    with tempfile.TemporaryDirectory(
        prefix=prefix, dir=target.parent, ignore_cleanup_errors=True
    ) as temporary:
        fresh = Path(temporary) / target.name
        try:
            _copy_members(archive, fresh, entry)
        except _BROKEN as error:
            raise _refused(archive, f"it is damaged ({error})") from None
        if problems := folder_problems(fresh, entry):
            raise _refused(archive, f"in it, {problems[0]}")
        _settle(fresh, target)


def _copy_members(archive: Path, fresh: Path, entry: Entry) -> None:
    for name, size, source in _members(archive):
        _refuse_unsafe(archive, name)
        inside = _wanted(PurePosixPath(name), entry)
        if inside is None or source is None:
            continue
        if size > entry.unpacked_bytes:
            raise _refused(archive, f"{name} is {size:,} bytes, more than all of it should be")
        goal = fresh / inside
        goal.parent.mkdir(parents=True, exist_ok=True)
        with goal.open("wb") as file:
            shutil.copyfileobj(source, file, 1 << 20)


def _members(archive: Path) -> Iterator[tuple[str, int, IO[bytes] | None]]:
    """Yield (name, size, open file or None for folders and links) for every member."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as pack:
            for info in pack.infolist():
                if info.is_dir():
                    yield info.filename, 0, None
                else:
                    with pack.open(info) as source:
                        yield info.filename, info.file_size, source
    else:
        with tarfile.open(archive, "r:*") as pack:
            for info in pack:
                yield info.name, info.size, pack.extractfile(info) if info.isreg() else None


def _refuse_unsafe(archive: Path, name: str) -> None:
    parts = PureWindowsPath(name)  # understands / and \, drives and roots
    if parts.drive or parts.root or ".." in parts.parts:
        raise _refused(archive, f"its member {name!r} points outside the folder")


def _wanted(name: PurePosixPath, entry: Entry) -> PurePosixPath | None:
    if not name.parts or name.parts[0] != entry.folder:
        return None
    inside = PurePosixPath(*name.parts[1:])
    image = inside.suffix.lower() in IMAGE_SUFFIXES and not inside.name.startswith(".")
    listed = str(inside) in entry.files or (image and str(inside.parent) in entry.counts)
    return inside if listed else None


def _settle(fresh: Path, target: Path) -> None:
    """Move a verified folder into place: at once if it is new, else file by file, atomically."""
    if not target.exists():
        fresh.replace(target)
        return
    for path in sorted(path for path in fresh.rglob("*") if path.is_file()):
        goal = target / path.relative_to(fresh)
        goal.parent.mkdir(parents=True, exist_ok=True)
        path.replace(goal)


def _refused(archive: Path, why: str) -> DownloadError:
    return DownloadError(
        f"{archive} cannot be used: {why}; remove it and download it again",
        f"{archive.name} cannot be used",
    )


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in IMAGE_SUFFIXES and path.is_file() and path.stat().st_size > 0


def _hash(name: str, known: Mapping[str, Any]) -> tuple[str, str]:
    for algorithm in ("sha256", "md5"):
        if value := known.get(algorithm):
            return algorithm, value
    raise DownloadError(f"{name} has no checksum in the manifest; add its sha256")


def _problem(path: Path, name: str, size: int, known: tuple[str, str], hasher: Any) -> str | None:
    if not path.is_file():
        return f"{name} is missing"
    if (found := path.stat().st_size) != size:
        return f"{name} has {found:,} bytes, expected {size:,}"
    algorithm, expected = known
    got = hasher(path, algorithm)
    return None if got == expected else f"{name} has {algorithm} {got}, expected {expected}"


def _remembered_digest(path: Path, algorithm: str) -> str:
    status = path.stat()
    return _digest_of(path, status.st_size, status.st_mtime_ns, algorithm)


@functools.lru_cache(maxsize=64)
def _digest_of(path: Path, _size: int, _time: int, algorithm: str) -> str:
    return digest(path, algorithm)
