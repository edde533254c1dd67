"""How fast a training step is, from an ordinary DataLoader up to all that the hardware offers.

Recorded ladders, in ``data/ladders.json``, are written by ``tests/benchmarks/bench_ladder.py``.
"""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import torch
from torch import nn
from torch.utils.data import DataLoader

from .datasets import load_cifar10
from .device import describe_device, get_device, synchronize
from .epochs import Batches, train_one_epoch
from .loaders import FastLoader
from .models import improved_cifar10
from .paths import REPO_ROOT
from .transforms import for_evaluation

LADDERS = REPO_ROOT / "data" / "ladders.json"
# Each rung has what stands on the rungs below it; the last one only where there is a CUDA device.
RUNGS = ("DataLoader", "in memory", "channels_last", "bf16", "compiled")


@dataclass(frozen=True)
class Ladder:
    """Images per second in each round, for every rung that was measured on a device."""

    device: str
    versions: str
    images_per_second: dict[str, list[float]]

    @property
    def median(self) -> dict[str, float]:
        """The median over the rounds, rung by rung."""
        return {name: median(rates) for name, rates in self.images_per_second.items()}


def measure_ladder(
    device: torch.device | str | None = None,
    *,
    images: int = 2_000,
    batch_size: int = 128,
    rounds: int = 3,
    data: str | None = None,
) -> Ladder:
    """Train the improved CIFAR network for ``rounds`` short epochs on each rung, in turn.

    A round before them, not counted, warms up. What is measured is the whole step: batch, forward,
    loss, backward and the change of the weights.

    Args:
        images: training pictures of an epoch; those beyond the last full batch are not used.
        data: see ``load_cifar10``.

    Raises:
        ValueError: if there is no full batch, or no round.
    """
    if images < batch_size or rounds < 1:
        raise ValueError(
            f"images {images}, batch_size {batch_size}, rounds {rounds}: at least one full batch "
            "and one round are needed"
        )
    device = get_device() if device is None else torch.device(device)
    epochs = {name: _epoch(name, device, images, batch_size, data) for name in rungs_on(device)}
    counted = images // batch_size * batch_size
    rates: dict[str, list[float]] = {name: [] for name in epochs}
    for number in range(rounds + 1):
        for name, train in epochs.items():
            synchronize(device)
            start = time.perf_counter()
            train()
            synchronize(device)
            if number:
                rates[name].append(counted / (time.perf_counter() - start))
    return Ladder(describe_device(device), versions(), rates)


def rungs_on(device: torch.device) -> Sequence[str]:
    """Return the rungs that can be measured: ``torch.compile`` is tried on CUDA only."""
    return RUNGS if device.type == "cuda" else RUNGS[:-1]


def versions() -> str:
    """Return the versions of PyTorch and Python."""
    return f"torch {torch.__version__}, Python {platform.python_version()}"


def _epoch(
    name: str, device: torch.device, images: int, batch_size: int, data: str | None
) -> Callable[[], object]:
    """Return a function that trains for one epoch with all that belongs to a rung."""
    rung = RUNGS.index(name)
    settings = {"batch_size": batch_size, "shuffle": True, "drop_last": True}
    loader: Batches
    if rung == 0:
        dataset = load_cifar10(
            train=True, size=images, data=data, transform=for_evaluation(), quiet=True
        )
        loader = DataLoader(dataset, pin_memory=device.type == "cuda", **settings)
    else:
        dataset = load_cifar10(train=True, size=images, data=data, quiet=True)
        loader = FastLoader(dataset, device=device, **settings)
    memory_format = torch.channels_last if rung >= 2 else torch.contiguous_format
    model = improved_cifar10().to(device, memory_format=memory_format)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    if rung >= 4:
        model.compile()

    def train() -> object:
        return train_one_epoch(
            model,
            loader,
            nn.functional.cross_entropy,
            optimizer,
            device=device,
            precision="bf16" if rung >= 3 else "fp32",
            memory_format=memory_format,
        )

    return train


def load_ladders(path: Path = LADDERS) -> list[Ladder]:
    """Return the recorded ladders; an empty list without a file."""
    if not path.is_file():
        return []
    return [Ladder(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]


def save_ladders(ladders: Sequence[Ladder], path: Path = LADDERS) -> None:
    """Write ``ladders``, one line each."""
    lines = ",\n".join(json.dumps(asdict(ladder)) for ladder in ladders)
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
