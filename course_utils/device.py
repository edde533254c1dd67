"""Choose the device, seed the random number generators and keep their state, wait."""

from __future__ import annotations

import os
import platform
import random

import numpy as np
import torch

CHOICES = ("cuda", "mps", "cpu")


def get_device(prefer: str | None = None) -> torch.device:
    """Return the device on which the course computes.

    Args:
        prefer: ``"cuda"``, ``"cuda:1"``, ``"mps"`` or ``"cpu"``. Without it the environment
            variable ``COURSE_DEVICE`` decides, and without that the first of CUDA, MPS and CPU
            that is really there.

    Raises:
        ValueError: if the name is none of these, or names a device that this machine lacks.
    """
    name = prefer or os.environ.get("COURSE_DEVICE", "").strip() or _best_available()
    kind, _, index = name.partition(":")
    if kind not in CHOICES or (index and not index.isdigit()):
        raise ValueError(f"device {name!r} is unknown; use one of {', '.join(CHOICES)}")
    if not _is_available(kind):
        raise ValueError(
            f"device {name!r} was asked for, but this machine has {_best_available()!r} at best; "
            f"unset COURSE_DEVICE or set it to {_best_available()!r}"
        )
    if kind == "cuda" and index and int(index) >= torch.cuda.device_count():
        count = torch.cuda.device_count()
        raise ValueError(
            f"device {name!r} was asked for, but the CUDA devices here are 0…{count - 1}"
        )
    return torch.device(name)


def set_seed(seed: int = 0) -> None:
    """Seed Python's, NumPy's and PyTorch's generators (all devices) with ``seed``.

    Raises:
        ValueError: if ``seed`` is outside 0 … 2**32 − 1, the range that NumPy takes.
    """
    if not 0 <= seed < 2**32:
        raise ValueError(
            f"seed {seed} is outside 0 … 2**32 − 1; use a small whole number such as 0"
        )
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def random_state(device: torch.device | str) -> dict[str, torch.Tensor]:
    """Return the states of PyTorch's generators: the CPU's, and that of ``device`` if it has one.

    Python's and NumPy's generators have states of their own, which are not in it.
    """
    device, state = torch.device(device), {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        state["cuda"] = torch.cuda.get_rng_state(device)
    elif device.type == "mps":
        state["mps"] = torch.mps.get_rng_state()
    return state


def set_random_state(state: dict[str, torch.Tensor], device: torch.device | str) -> None:
    """Put back what ``random_state`` returned; a state from another kind of device is left out."""
    device = torch.device(device)
    torch.set_rng_state(state["cpu"])
    if device.type == "cuda" and "cuda" in state:
        torch.cuda.set_rng_state(state["cuda"], device)
    elif device.type == "mps" and "mps" in state:
        torch.mps.set_rng_state(state["mps"])


def synchronize(device: torch.device | str) -> None:
    """Wait until ``device`` has done all work queued on it (a CPU has done it already)."""
    kind = torch.device(device).type
    if kind == "cuda":
        torch.cuda.synchronize(device)
    elif kind == "mps":
        torch.mps.synchronize()


def describe_device(device: torch.device | str) -> str:
    """Return one line about ``device``: its name, and its memory or threads."""
    device = torch.device(device)
    if device.type == "cuda":
        properties = torch.cuda.get_device_properties(device)
        return f"{device}: {properties.name}, {properties.total_memory / 2**30:.0f} GiB"
    if device.type == "mps":
        return f"mps: Apple GPU ({platform.machine()})"
    return f"cpu: {platform.machine()}, {torch.get_num_threads()} thread(s)"


def safe_num_workers(wanted: int) -> int:
    """Return how many of ``wanted`` loader processes pay on this machine.

    None where a loader would have to share two cores or fewer with the training itself,
    else at most one for each core beyond the first.
    """
    cores = os.cpu_count() or 1
    return 0 if cores <= 2 else max(0, min(wanted, cores - 1))


def _is_available(kind: str) -> bool:
    if kind == "cuda":
        return torch.cuda.is_available()
    return kind == "cpu" or torch.backends.mps.is_available()


def _best_available() -> str:
    return next(kind for kind in CHOICES if _is_available(kind))
