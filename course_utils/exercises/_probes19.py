"""What to watch in the exercises of notebook 19: a run that goes on, a disk that is full."""

from __future__ import annotations

import contextlib
import copy
import errno
import io
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from torch import nn

from ._compare import kind_of
from ._probes import Report, small_batches

BACK, CONTENT, FENCE = "it returns", "the file holds", "it is read with weights_only"
TRIED = "the numbers of fresh come from the file"
WEIGHTS, MORE = "a dictionary of weights", "more than weights"
EPOCHS = 5
Run = tuple[nn.Module, torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]


def new_run(seed: int) -> Run:
    """Return a small network with dropout, SGD with momentum, and a cosine schedule."""
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Dropout(0.4), nn.Linear(8, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    return model, optimizer, torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=EPOCHS)


def _train(run: Run, start: int, stop: int, seed: int) -> None:
    model, optimizer, schedule = run
    model.train()
    for epoch in range(start, stop):
        for images, labels in small_batches(seed + 100 * epoch):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(images), labels).backward()
            optimizer.step()
        schedule.step()


def resumed_run(resume: Callable[..., Any], complete: int, seed: int) -> Report:
    """Return what a run is like right after ``resume``, and at its end."""
    before = new_run(seed)
    _train(before, 0, complete, seed)
    names = ("model", "optimizer", "schedule")
    parts = {name: part.state_dict() for name, part in zip(names, before, strict=True)}
    rng = torch.get_rng_state()
    after = new_run(seed + 50)
    start = resume({**parts, "epoch": complete - 1, "rng": rng}, *after)
    report: Report = {"the epoch to go on with": start}
    report["weights of the model"] = after[0][0].weight.detach().clone()
    memory = after[1].state_dict()["state"]
    report["parameters that the optimizer remembers"] = len(memory)
    report["learning rate"] = after[1].param_groups[0]["lr"]
    report["epochs that the schedule has counted"] = after[2].last_epoch
    report["the last rate that the schedule gave"] = after[2].get_last_lr()
    state = torch.get_rng_state()
    report["the next random number"] = torch.rand(1).item()
    torch.set_rng_state(state)
    _train(after, complete, EPOCHS, seed)
    report["weights at the end of the run"] = after[0][0].weight.detach().clone()
    return report


def saved_network(save: Callable[..., Any], seed: int) -> Report:
    """Return what ``save(model, path, fresh)`` writes and reads."""
    model, fresh = _network(seed), _network(seed + 1)
    fences, really_load = [], torch.load

    def load(*args: Any, **settings: Any) -> Any:
        fences.append(settings.get("weights_only") in (None, True))
        return really_load(*args, **settings)

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "model.pt"
        with patch("torch.load", load):
            returned = save(model, path, fresh)
        report: Report = {CONTENT: _content(path), FENCE: all(fences)}
    report[BACK] = "fresh" if returned is fresh else kind_of(returned)
    if returned is model:
        report[BACK] = "the given model"
    report |= {f"{name} of fresh": value.clone() for name, value in fresh.state_dict().items()}
    own = zip(model.parameters(), fresh.parameters(), strict=True)
    report["fresh has numbers of its own"] = all(a.data_ptr() != b.data_ptr() for a, b in own)
    return report | {TRIED: _tries_the_file(save, seed)}


def _tries_the_file(save: Callable[..., Any], seed: int) -> bool:
    """Whether it matters to ``save`` that 1 is added to all weights in the file."""
    model, fresh = _network(seed), _network(seed + 1)
    shifts, really_save = [], torch.save

    def save_shifted(state: Any, *args: Any, **settings: Any) -> None:
        shifts.append(isinstance(state, Mapping))
        really_save(_shifted(state), *args, **settings)

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        try:
            with patch("torch.save", save_shifted):
                save(model, Path(folder) / "model.pt", fresh)
        except Exception:  # it compares, and the file differs
            return True
    return not any(shifts) or not torch.equal(fresh[0].weight, _network(seed)[0].weight)


def _network(seed: int) -> nn.Sequential:
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))
    nn.init.normal_(model.get_buffer("1.running_mean"))
    return model.eval()  # an answer may compare logits: that must leave the buffers alone


def _shifted(state: Any) -> Any:
    if isinstance(state, torch.Tensor):
        return state.detach() + 1 if state.is_floating_point() else state
    if not isinstance(state, dict):
        return state
    new = copy.copy(state)
    new.update((name, _shifted(value)) for name, value in state.items())
    return new


def _content(path: Path) -> str:
    if not path.is_file():
        return "nothing"
    try:
        content = torch.load(path, weights_only=True)
    except Exception:
        return MORE
    if isinstance(content, nn.Module):
        return MORE
    return WEIGHTS if isinstance(content, Mapping) else kind_of(content)


@contextlib.contextmanager
def _watched_disk(path: Path, *, full: bool) -> Iterator[tuple[list[bool], list[bool]]]:
    """Let ``torch.save`` run out of space.

    Note whether the old file is whole meanwhile, and whether what is renamed comes from its folder.
    """
    really_save, before = torch.save, path.read_bytes() if path.exists() else b""
    whole: list[bool] = []
    near: list[bool] = []

    def look() -> None:
        whole.append(not before or (path.exists() and path.read_bytes() == before))

    def save(state: Any, file: Any, *args: Any, **settings: Any) -> None:
        first, second = _halves(really_save, state, *args, **settings)
        look()
        _write(file, first)
        look()
        if full:
            raise OSError(errno.ENOSPC, "No space left on device")
        _write(file, second, more=True)

    def delete(remove: Callable[..., None]) -> Callable[..., None]:
        def noted(name: Any, *args: Any, **settings: Any) -> None:
            whole.append(Path(name) != path)
            remove(name, *args, **settings)

        return noted

    def move(rename: Callable[..., None]) -> Callable[..., None]:
        def noted(source: Any, target: Any, **settings: Any) -> None:
            whole.append(Path(source).absolute() != path)
            near.append(path.parent in Path(source).absolute().parents)
            rename(source, target, **settings)

        return noted

    with (
        patch("torch.save", save),
        patch("os.remove", delete(os.remove)),
        patch("os.unlink", delete(os.unlink)),
        patch("os.rename", move(os.rename)),
        patch("os.replace", move(os.replace)),
    ):
        yield whole, near


def _halves(
    save: Callable[..., Any], state: Any, *args: Any, **settings: Any
) -> tuple[bytes, bytes]:
    buffer = io.BytesIO()
    save(state, buffer, *args, **settings)
    content = buffer.getvalue()
    return content[: len(content) // 2], content[len(content) // 2 :]


def _write(file: Any, content: bytes, *, more: bool = False) -> None:
    if hasattr(file, "write"):
        file.write(content)
    else:
        with Path(file).open("ab" if more else "wb") as opened:
            opened.write(content)


def careful_saving(save: Callable[..., Any], seed: int) -> Report:
    """Return what ``save(state, path)`` leaves in a folder: at first, later, and on a full disk."""
    states = [{"weight": torch.full((40,), float(seed + n)), "epoch": n} for n in range(3)]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "last.pt"
        save(states[0], path)
        report: Report = {"epoch in the first file": _epoch(path)}
        place = path.stat().st_ino if path.exists() else 0
        with _watched_disk(path, full=False) as (whole, near):
            save(states[1], path)
        report["epoch in the file that replaces it"] = _epoch(path)
        report["the old file is whole while the new one is written"] = all(whole)
        report["the new file is written in the folder of the old one"] = all(near)
        report["the new file takes the place of the old one at once"] = (
            not path.exists() or not place or path.stat().st_ino != place
        )
        report["files in the folder"] = sorted(each.name for each in Path(folder).iterdir())
        error = "none"
        with _watched_disk(path, full=True):
            try:
                save(states[2], path)
            except OSError:
                error = "OSError"
        report["epoch in the file after a full disk"] = _epoch(path)
        report["error that a full disk gives"] = error
    return report


def _epoch(path: Path) -> Any:
    """Return the epoch in a file, or what is wrong with it."""
    if not path.exists():
        return "no file"
    try:
        return torch.load(path, weights_only=True)["epoch"]
    except Exception:
        return "not readable"
