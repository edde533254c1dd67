"""Which values a checkpoint may hold: exactly those that `torch.load` reads back by default."""

from __future__ import annotations

import dataclasses
import io
from collections import OrderedDict
from pathlib import PurePath
from typing import Any

import numpy as np
import torch
from torch import nn

PLAIN = (type(None), bool, int, float, complex, str, bytes, torch.dtype, torch.device, torch.Size)
FIXES = (
    (np.generic, "use .item()"),
    (np.ndarray, "use torch.tensor(…)"),
    ((str, PurePath), "use str(…)"),
    (nn.Module, "use .state_dict()"),
    (dict, "use dict(…)"),
    ((tuple, frozenset, range), "use list(…)"),
)


def check_plain(value: Any, name: str = "state") -> None:
    """Raise a TypeError that names the first key whose value `load_checkpoint` would refuse."""
    kind = type(value)
    if kind in PLAIN or isinstance(value, torch.Tensor):
        return
    if kind in (dict, OrderedDict):
        for key, each in value.items():
            check_plain(key, f"the key {key!r} of {name}")
            check_plain(each, f"{name}[{key!r}]")
    elif kind in (list, tuple):
        for number, each in enumerate(value):
            check_plain(each, f"{name}[{number}]")
    elif not _is_read_back(value):
        raise TypeError(
            f"{name} is of type {kind.__name__}, which load_checkpoint refuses (it reads tensors "
            f"and plain values only): {_fix(value)}"
        )


def _is_read_back(value: Any) -> bool:
    buffer = io.BytesIO()
    try:
        torch.save(value, buffer)
        buffer.seek(0)
        torch.load(buffer, weights_only=True)
    except Exception:  # what cannot be pickled or read raises one of many kinds
        return False
    return True


def _fix(value: Any) -> str:
    if dataclasses.is_dataclass(value):
        return "use dataclasses.asdict(…)"
    fixes = (words for kinds, words in FIXES if isinstance(value, kinds))
    return next(fixes, "save its numbers and words instead, in a dictionary or as text")
