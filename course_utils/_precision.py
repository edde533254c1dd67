"""Choose and switch on the number format of the forward pass."""

from __future__ import annotations

import copy
import os
import statistics
import time

import torch
from torch import Tensor, nn

GAIN_THAT_PAYS = 1.15  # bf16 must be this much faster in the trial, or fp32 it is


def autocast(device: torch.device | str, precision: str) -> torch.autocast:
    """Return the context in which the forward pass runs in ``precision``."""
    kind = torch.device(device).type
    return torch.autocast(kind, dtype=torch.bfloat16, enabled=precision == "bf16")


def choose(
    wanted: str, model: nn.Module, images: Tensor, labels: Tensor, device: torch.device
) -> str:
    """Return ``"fp32"`` or ``"bf16"``.

    ``"auto"`` takes ``COURSE_PRECISION`` if set; on a CUDA device bf16 where the hardware has it;
    on a CPU the faster of the two in a trial of a few steps on a copy of the model, because there
    bf16 pays only with special units (Intel AMX, say).
    """
    if wanted != "auto":
        return wanted
    if fixed := os.environ.get("COURSE_PRECISION"):
        if fixed not in ("fp32", "bf16"):
            raise ValueError(f"COURSE_PRECISION {fixed!r} is unknown; use 'fp32' or 'bf16'")
        return fixed
    if device.type == "cuda":
        has_units = torch.cuda.is_bf16_supported(including_emulation=False)
        return "bf16" if has_units else "fp32"
    if device.type != "cpu":
        return "fp32"
    with torch.random.fork_rng(devices=[]):  # dropout in the trial must not shift the run
        seconds = _trial(copy.deepcopy(model), images, labels)
    return "bf16" if seconds["fp32"] > GAIN_THAT_PAYS * seconds["bf16"] else "fp32"


def _trial(model: nn.Module, images: Tensor, labels: Tensor, rounds: int = 4) -> dict[str, float]:
    """Return the median seconds of a training step in each precision, the first round unused."""
    seconds: dict[str, list[float]] = {"fp32": [], "bf16": []}
    for _ in range(rounds):
        for precision, times in seconds.items():
            start = time.perf_counter()
            model.zero_grad()
            with autocast("cpu", precision):
                logits = model(images)
            nn.functional.cross_entropy(logits.float(), labels).backward()
            times.append(time.perf_counter() - start)
    return {precision: statistics.median(times[1:]) for precision, times in seconds.items()}
