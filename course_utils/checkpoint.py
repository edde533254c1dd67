"""Save and load checkpoints so that nothing is ever lost and nothing foreign is ever executed."""

from __future__ import annotations

import hashlib
import os
import pickle
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ._plain import check_plain

Shape = tuple[int, ...] | None  # None for what is no tensor


def save_checkpoint(state: dict[str, Any], path: str | Path) -> Path:
    """Write ``state`` to ``path``, and its SHA-256 to ``path.sha256`` beside it.

    The file is complete before it takes the place of an older one: if the disk is full or the
    process dies meanwhile, the older checkpoint is still whole.

    Args:
        state: tensors, numbers, strings, and lists and dictionaries of them (``state_dict()``).

    Raises:
        TypeError: if ``load_checkpoint`` would refuse a value, such as a NumPy number or a whole
            model; it names the key and the fix, and nothing is written.
        OSError: if the file cannot be written, naming it.
    """
    check_plain(state)
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
        ValueError: if the file is damaged (found by its digest, else by the checksums inside it),
            or holds more than tensors and plain values, or this machine lacks ``map_location``.
    """
    path = Path(path)
    if not path.is_file():
        there = ", ".join(sorted(p.name for p in path.parent.glob("*.pt"))) or "none"
        raise FileNotFoundError(f"no checkpoint {path}; in that folder: {there}")
    _check_device(path, torch.device(map_location))
    if not _digest_agrees(path, sha256):
        _check_archive(path)
    try:
        return torch.load(path, map_location=map_location, weights_only=True)
    except pickle.UnpicklingError as error:
        raise ValueError(
            f"{path} holds more than tensors and plain values, which could run code; "
            "save model.state_dict() instead of the model"
        ) from error
    except (RuntimeError, EOFError) as error:  # a whole archive, but not one of torch.save
        raise _damaged(path, "PyTorch cannot read it") from error


@dataclass(frozen=True)
class KeyDifference:
    """How the names and shapes of a checkpoint's weights compare with those of a model."""

    same: list[str]
    missing: list[str]  # the model has them, the checkpoint has not, and it needs them
    unexpected: list[str]  # the checkpoint has them, the model has not
    other_shape: dict[str, tuple[Shape, Shape]]  # name → the model's, the checkpoint's

    @property
    def fits(self) -> bool:
        """Whether ``load_state_dict`` accepts the weights with ``strict=True``."""
        return not (self.missing or self.unexpected or self.other_shape)


def compare_keys(model: Mapping[str, Any], checkpoint: Mapping[str, Any]) -> KeyDifference:
    """Return which names two state_dicts share, in the order of the model, then the checkpoint."""
    shared = [name for name in model if name in checkpoint]
    shapes = {name: (_shape(model[name]), _shape(checkpoint[name])) for name in shared}
    return KeyDifference(
        same=[name for name in shared if shapes[name][0] == shapes[name][1]],
        missing=[name for name in model if name not in checkpoint and not _is_counter(name)],
        unexpected=[name for name in checkpoint if name not in model],
        other_shape={name: pair for name, pair in shapes.items() if pair[0] != pair[1]},
    )


def load_weights(model: nn.Module, source: str | Path | Mapping[str, Any]) -> nn.Module:
    """Give ``model`` all weights of ``source``, or none of them; return the same model.

    Args:
        source: a checkpoint's path, its dictionary with the weights under ``"model"``, or a
            state_dict.

    Raises:
        ValueError: if a name or a shape differs, in one line with the fix. The model is unchanged
            then; ``load_state_dict`` would have copied all that fits.
    """
    state = source if isinstance(source, Mapping) else load_checkpoint(source)
    if isinstance(state.get("model"), Mapping):
        state = state["model"]
    ours = model.state_dict()
    found = compare_keys(ours, state)
    if not found.fits:
        parts = ", ".join(_parts(found))
        raise ValueError(
            f"these weights do not fit {type(model).__name__}: {parts}; {_fix(ours, state, found)}"
        )
    counters = {name: value for name, value in ours.items() if _is_counter(name)}
    model.load_state_dict({**counters, **state})
    return model


def _is_counter(name: str) -> bool:
    """Whether it is batch norm's count of batches, which PyTorch does without in older files."""
    return name.rpartition(".")[2] == "num_batches_tracked"


def _parts(found: KeyDifference) -> list[str]:
    """Return what differs: how many of each kind, and the first of them."""
    kinds = {"missing": found.missing, "unexpected": found.unexpected}
    parts = [f"{len(names)} {kind} ({_first(names)})" for kind, names in kinds.items() if names]
    for name, (ours, theirs) in list(found.other_shape.items())[:1]:
        count = len(found.other_shape)
        parts.append(f"{count} of another shape ({name} is {theirs}, the model wants {ours})")
    return parts


def _first(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]}, …"


def _fix(ours: Mapping[str, Any], theirs: Mapping[str, Any], found: KeyDifference) -> str:
    if inner := [name for name, value in theirs.items() if isinstance(value, Mapping)]:
        return f"hand over the weights alone, such as checkpoint[{inner[0]!r}]"
    if prefix := _common_prefix(list(theirs), list(ours)):
        rule = f"{{k.removeprefix({prefix!r}): v for k, v in weights.items()}}"
        return f"each name begins with {prefix!r}: remove it, {rule}"
    if prefix := _common_prefix(list(ours), list(theirs)):
        return (
            f"each name lacks {prefix!r}: add it, {{{prefix!r} + k: v for k, v in weights.items()}}"
        )
    if not found.same and not found.other_shape:
        return "no name agrees: build the network that was saved"
    if not found.missing and not found.unexpected:
        return "build the model with the sizes that were saved (as many classes, say)"
    return "build the model with the layers and names that were saved, or rename the keys"


def _common_prefix(longer: list[str], shorter: list[str]) -> str:
    """Return what stands before every name of ``shorter`` in ``longer``, "" if that is not so."""
    if not shorter or len(longer) != len(shorter):
        return ""
    candidates = [name.removesuffix(shorter[0]) for name in longer if name.endswith(shorter[0])]
    return next((p for p in candidates if {p + name for name in shorter} == set(longer)), "")


def _shape(value: Any) -> Shape:
    return tuple(value.shape) if isinstance(value, torch.Tensor) else None


def _check_device(path: Path, device: torch.device) -> None:
    there = {"cuda": torch.cuda.is_available, "mps": torch.backends.mps.is_available}
    if device.type in there and not there[device.type]():
        raise ValueError(
            f'{path} cannot go to {device}, which this machine lacks; use map_location="cpu"'
        )


def _check_archive(path: Path) -> None:
    """Raise ValueError unless ``path`` is a zip archive, as torch.save writes, with no bit lost."""
    if not zipfile.is_zipfile(path):
        raise _damaged(path, f"{path.stat().st_size} bytes that are not a whole checkpoint")
    try:
        with zipfile.ZipFile(path) as archive:
            wrong = archive.testzip()
    except Exception as error:  # zipfile meets garbage in headers with many kinds
        raise _damaged(path, "its list of contents cannot be read") from error
    if wrong:
        raise _damaged(path, f"{wrong} does not agree with its checksum")


def _digest_agrees(path: Path, expected: str | None) -> bool:
    """Return False where no digest is known; raise ValueError if it is another one."""
    beside = _digest_path(path)
    if expected is None and beside.is_file():
        expected = next(iter(beside.read_text(encoding="utf-8").split()), None)
    if expected is None:
        return False
    if (found := _sha256(path)) != expected:
        raise _damaged(path, f"its SHA-256 is {found[:12]}…, not {expected[:12]}…")
    return True


def _damaged(path: Path, how: str) -> ValueError:
    return ValueError(
        f"{path} is damaged: {how}; use an earlier checkpoint, or delete it to start again"
    )


def _digest_path(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
