"""Save and load checkpoints so that nothing is ever lost and nothing foreign is ever executed."""

from __future__ import annotations

import hashlib
import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import torch


def save_checkpoint(state: dict[str, Any], path: str | Path) -> Path:
    """Write ``state`` to ``path``, and its SHA-256 to ``path.sha256`` beside it.

    The file is complete before it takes the place of an older one: if the disk is full or the
    process dies meanwhile, the older checkpoint is still whole.

    Args:
        state: tensors, numbers, strings, and lists and dictionaries of them (``state_dict()``).

    Raises:
        OSError: if the file cannot be written, naming it and the free space.
    """
    path = Path(path)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        digest = _sha256(part)
        _digest_path(path).unlink(missing_ok=True)  # never a new file beside an old digest
        part.replace(path)
        _digest_path(path).write_text(f"{digest}  {path.name}\n", encoding="utf-8")
    except (OSError, RuntimeError) as error:  # torch reports a full disk as a RuntimeError
        raise OSError(
            f"cannot write {path}: {error}; free some space or choose another folder. "
            f"{'The earlier checkpoint is still there.' if path.exists() else ''}".strip()
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return path


def load_checkpoint(
    path: str | Path, *, map_location: torch.device | str = "cpu", sha256: str | None = None
) -> dict[str, Any]:
    """Read a checkpoint; only tensors and plain values are accepted (``weights_only=True``).

    Args:
        map_location: where the tensors go; the default reads a GPU's checkpoint anywhere.
        sha256: the expected digest. Without it the file beside the checkpoint is used, if any.

    Raises:
        FileNotFoundError: if there is no such file; names the checkpoints that are there.
        ValueError: if the file is damaged, or holds more than tensors and plain values.
    """
    path = Path(path)
    if not path.is_file():
        there = ", ".join(sorted(p.name for p in path.parent.glob("*.pt"))) or "none"
        raise FileNotFoundError(f"no checkpoint {path}; in that folder: {there}")
    _verify(path, sha256)
    if not zipfile.is_zipfile(path):  # every file that torch.save writes is a zip archive
        raise ValueError(
            f"{path} is damaged: {path.stat().st_size} bytes that are not a whole checkpoint; "
            "use an earlier one"
        )
    try:
        return torch.load(path, map_location=map_location, weights_only=True)
    except pickle.UnpicklingError as error:
        raise ValueError(
            f"{path} holds more than tensors and plain values, which could run code; "
            "save model.state_dict() instead of the model"
        ) from error


def _verify(path: Path, expected: str | None) -> None:
    beside = _digest_path(path)
    if expected is None and beside.is_file():
        expected = beside.read_text(encoding="utf-8").split()[0]
    if expected is not None and (found := _sha256(path)) != expected:
        raise ValueError(
            f"{path} is damaged: its SHA-256 is {found[:12]}…, not {expected[:12]}…; "
            "use an earlier checkpoint, or delete it to start again"
        )


def _digest_path(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
