"""To be one of several processes: meet the others, share the pictures, add up what was counted."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

from .device import get_device

T = TypeVar("T")
LOST = (
    "Another process has gone, or does not answer, so this one ends too. "
    "The same command goes on after the last complete epoch."
)


@contextlib.contextmanager
def process_group(timeout: float) -> Iterator[torch.device]:
    """Meet the other processes that torchrun started (none without it); yield the own device.

    Whoever waits for another one longer than ``timeout`` seconds gets an error, and does not hang.

    Raises:
        ConnectionError: if another process has gone, or gave no answer in time.
    """
    device = choose_device()
    alone = {} if "RANK" in os.environ else {"store": dist.HashStore(), "rank": 0, "world_size": 1}
    backend = "nccl" if device.type == "cuda" else "gloo"
    dist.init_process_group(backend, timeout=timedelta(seconds=timeout), **alone)
    say(f"rank {dist.get_rank()} of {dist.get_world_size()}: process {os.getpid()} on {device}")
    try:
        yield device
    except RuntimeError as error:
        if not any(word in str(error) for word in ("gloo", "NCCL", "Connection", "imed out")):
            raise
        print(LOST, file=sys.stderr, flush=True)  # at once: torchrun is about to end this process
        wait_for_torchrun()
        raise ConnectionError(LOST) from error
    finally:
        dist.destroy_process_group()


def choose_device() -> torch.device:
    """Return ``cuda:LOCAL_RANK`` if each process of this machine can have a GPU, else the CPU.

    ``COURSE_DEVICE`` is obeyed. Neither gloo nor nccl reaches Apple's GPU; Windows has no nccl.
    """
    processes = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    enough = torch.cuda.device_count() >= processes
    if get_device().type != "cuda" or not enough or not dist.is_nccl_available():
        return torch.device("cpu")
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
    torch.cuda.set_device(device)
    return device


def say(text: str) -> None:
    """Print a line at once and in one piece: several processes write to the same place."""
    print(f"{text}\n", end="", flush=True)


def in_turn(work: Callable[[], T]) -> T:
    """Return ``work()``; the first process of each machine does it first, the others afterwards."""
    first = int(os.environ.get("LOCAL_RANK", "0")) == 0
    if not first:
        dist.barrier()
    result = work()
    if first:
        dist.barrier()
    return result


def wait_for_torchrun(seconds: float = 5.0) -> None:
    """Let torchrun see first whose end was the cause; it then ends this process, too."""
    if "TORCHELASTIC_RUN_ID" in os.environ:
        time.sleep(seconds)


class SharedBatches:
    """The positions that process ``rank`` of ``size`` takes of each batch; each one once an epoch.

    A plain ``DistributedSampler`` repeats positions, or drops some, where ``length`` does not
    divide. Here the order is cut into batches of all processes together, and each takes every
    ``size``-th position of each. All make equally many steps, or they would wait for one another in
    vain: a rest too small to be shared joins the batch before it. Iterating yields lists of
    positions; ``sizes`` are those of the whole batches; `set_epoch` says which order comes next.

    Raises:
        ValueError: if a process would get nothing.
    """

    def __init__(
        self, length: int, batch_size: int, *, rank: int, size: int, shuffle: bool, seed: int = 0
    ) -> None:
        if min(length, batch_size) < size:
            raise ValueError(
                f"{length} pictures in batches of {batch_size} are too few for {size} processes; "
                "use fewer processes or more pictures"
            )
        full, rest = divmod(length, batch_size)
        self.sizes = [batch_size] * full + [rest] * (rest > 0)
        if 0 < rest < size:
            self.sizes[-2:] = [batch_size + rest]
        self._length, self._rank, self._size = length, rank, size
        self._shuffle, self._seed, self._epoch = shuffle, seed, 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of this epoch; all processes must choose the same one."""
        self._epoch = epoch

    def __iter__(self) -> Iterator[list[int]]:
        order = torch.arange(self._length)
        if self._shuffle:  # seed and epoch decide alone: all processes find the same order
            generator = torch.Generator().manual_seed(self._seed + self._epoch)
            order = torch.randperm(self._length, generator=generator)
        for batch in order.split(self.sizes):
            yield batch[self._rank :: self._size].tolist()

    def __len__(self) -> int:
        return len(self.sizes)


def averaged(counts: list[Tensor], pictures: int) -> list[float]:
    """Add up sums over pictures, here and over all processes, and divide by all the pictures."""
    totals = torch.stack(counts).double().sum(dim=0)
    dist.all_reduce(totals)
    return (totals / pictures).tolist()
