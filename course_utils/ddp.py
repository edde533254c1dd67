"""Train the course's network with several processes, each on its share of every batch.

    torchrun --standalone --nproc-per-node 2 -m course_utils.ddp --network classic
    python -m course_utils.ddp --network classic            (one process, the same training)

Each process has the whole network; the gradients are averaged over all of them. The number of
processes therefore changes the time and not what is learned (but for the last digits, batch norm,
which sees one share only, and a last batch with fewer pictures than processes, which joins the one
before). The same command goes on after the last complete epoch.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import TensorDataset

from .checkpoint import load_checkpoint, save_checkpoint
from .datasets import load_cifar10
from .device import set_seed
from .download import DownloadError
from .metrics import correct
from .paths import NOTEBOOKS
from .processes import SharedBatches, averaged, in_turn, process_group, say
from .recipes import RECIPES
from .training import make_optimizer
from .transforms import CIFAR10_MEAN, CIFAR10_STD

LINE = "epoch {}/{}   train: loss {:.3f}, accuracy {:5.1%}   test: loss {:.3f}, accuracy {:5.1%}"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What is trained; the same in all processes. ``batch_size`` is that of all together."""

    network: str = "improved"  # or "classic": a recipe's network and optimizer, without crop, flip
    epochs: int = 10
    batch_size: int = 128
    train_size: int | None = None  # None: all pictures
    test_size: int | None = None
    seed: int = 0
    data: str | None = None  # see load_cifar10


def train(settings: Settings, device: torch.device, folder: Path) -> list[list[float]]:
    """Train as one process of the group; save ``last.pt`` after each epoch, go on if it is there.

    Returns:
        For each epoch the loss and the accuracy (0…1) on the training and on the test set.

    Raises:
        ValueError: if the checkpoint belongs to other settings.
    """
    rank, file = dist.get_rank(), folder / "last.pt"
    train_set, test_set = in_turn(lambda: load(settings, device))  # one may download them
    share = {"rank": rank, "size": dist.get_world_size(), "seed": settings.seed}
    batches = SharedBatches(len(train_set), settings.batch_size, shuffle=True, **share)
    test_batches = SharedBatches(len(test_set), settings.batch_size, shuffle=False, **share)
    set_seed(settings.seed)
    recipe = RECIPES[settings.network].with_settings(epochs=settings.epochs)
    network = recipe.network().to(device)
    optimizer, schedule = make_optimizer(network, recipe.config, len(batches))
    parts = {"model": network, "optimizer": optimizer}
    if schedule is not None:
        parts["schedule"] = schedule
    history = resume(parts, settings, file)
    ddp = DistributedDataParallel(network)  # all take the numbers of rank 0
    loss_sum = nn.CrossEntropyLoss(reduction="sum", label_smoothing=recipe.config.label_smoothing)
    for epoch in range(len(history), settings.epochs):
        batches.set_epoch(epoch)
        score = train_one_epoch(ddp, train_set, batches, loss_sum, optimizer, schedule)
        history.append(score + evaluate(network, test_set, test_batches))
        if rank == 0:
            state = {name: part.state_dict() for name, part in parts.items()}
            state |= {"settings": dataclasses.asdict(settings), "history": history}
            save_checkpoint(state, file)
            say(LINE.format(epoch + 1, settings.epochs, *history[-1]))
    return history


def train_one_epoch(
    ddp: DistributedDataParallel,
    pictures: TensorDataset,
    batches: SharedBatches,
    loss_sum: nn.Module,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler | None,
) -> list[float]:
    """Train once on all pictures; return the loss and the accuracy meanwhile."""
    ddp.train()
    counts = []
    for positions, batch_size in zip(batches, batches.sizes, strict=True):
        images, labels = pick(pictures, positions)  # this process's share
        logits = ddp(images)
        loss = loss_sum(logits, labels)
        optimizer.zero_grad()
        (loss * dist.get_world_size() / batch_size).backward()  # DDP averages over the processes
        optimizer.step()
        if schedule is not None:
            schedule.step()
        counts.append(torch.stack([loss.detach(), correct(logits, labels)]))
    return averaged(counts, len(pictures))


@torch.inference_mode()
def evaluate(network: nn.Module, pictures: TensorDataset, batches: SharedBatches) -> list[float]:
    """Return the cross-entropy and the accuracy over all pictures; each is counted once."""
    network.eval()
    for buffer in network.buffers():  # batch norm's statistics differ: all take those of rank 0
        dist.broadcast(buffer, src=0)
    counts = []
    for positions in batches:
        images, labels = pick(pictures, positions)
        logits = network(images)
        loss = nn.functional.cross_entropy(logits, labels, reduction="sum")
        counts.append(torch.stack([loss, correct(logits, labels)]))
    return averaged(counts, len(pictures))


def pick(pictures: TensorDataset, positions: list[int]) -> tuple[Tensor, Tensor]:
    """Return normalised images, float32 (B, 3, 32, 32), and labels, (B,)."""
    images, labels = pictures[positions]
    mean, std = (labels.new_tensor(v, dtype=torch.float32) for v in (CIFAR10_MEAN, CIFAR10_STD))
    return (images / 255 - mean[:, None, None]) / std[:, None, None], labels


def resume(parts: dict[str, Any], settings: Settings, file: Path) -> list[list[float]]:
    """Put back what ``file`` holds, if it is there: rank 0 reads it and tells the others."""
    here = dist.get_rank() == 0
    box = [load_checkpoint(file) if here and file.exists() else None]
    dist.broadcast_object_list(box, src=0)
    if (state := box[0]) is None:
        return []
    now, before = dataclasses.asdict(settings), state["settings"]
    free = {"epochs"} if settings.network == "classic" else set()  # no schedule depends on them
    if changed := [name for name in now if name not in free and now[name] != before[name]]:
        raise ValueError(
            f"{file} was trained with {changed[0]}={before[changed[0]]!r}, not "
            f"{now[changed[0]]!r}; use the same settings or another --folder"
        )
    for name, part in parts.items():
        part.load_state_dict(state[name])
    if here:
        say(f"resumed after epoch {len(state['history'])}")
    return state["history"]


def load(settings: Settings, device: torch.device) -> list[TensorDataset]:
    """Return training and test set: uint8 (N, 3, 32, 32) and labels (N,), on ``device``."""
    sets = []
    for part, size in (("train", settings.train_size), ("test", settings.test_size)):
        quiet = dist.get_rank() > 0 or part == "test"
        found = load_cifar10(part == "train", size=size, data=settings.data, quiet=quiet)
        images = torch.tensor(found.data).permute(0, 3, 1, 2).contiguous()
        sets.append(TensorDataset(images.to(device), torch.tensor(found.targets).to(device)))
    return sets


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line as one of the processes; return 0, or 1 if the run did not end well."""
    parser = argparse.ArgumentParser(prog="python -m course_utils.ddp", description=__doc__)
    choices = {"network": ("classic", "improved"), "data": ("auto", "real", "sample")}
    for name, value in dataclasses.asdict(Settings()).items():
        kind = {"type": int} if name not in choices else {"choices": choices[name]}
        parser.add_argument(f"--{name.replace('_', '-')}", default=value, **kind)
    parser.add_argument("--folder", type=Path, default=NOTEBOOKS / "runs" / "ddp")
    parser.add_argument("--timeout", type=float, default=600, help="seconds to wait for the others")
    chosen = vars(parser.parse_args(arguments))
    folder, timeout = chosen.pop("folder"), chosen.pop("timeout")
    try:
        with process_group(timeout) as device:
            train(Settings(**chosen), device, folder)
    except ConnectionError:  # process_group has said so
        return 1
    except (DownloadError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
