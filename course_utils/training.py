"""The whole training run: curves, TensorBoard, checkpoints, interrupt and resume."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import nn
from tqdm import tqdm

from . import _precision
from .checkpoint import load_checkpoint, save_checkpoint
from .device import get_device, random_state, set_random_state, set_seed
from .epochs import Batches, evaluate, predict, train_one_epoch
from .history import History, Score, TrainConfig

__all__ = ["History", "Score", "TrainConfig", "evaluate", "fit", "predict", "train_one_epoch"]


def fit(
    model: nn.Module,
    train_loader: Batches,
    valid_loader: Batches | None,
    config: TrainConfig,
    *,
    device: torch.device | str | None = None,
    log_dir: str | Path | None = None,
    checkpoint_dir: str | Path | None = None,
    resume: bool = False,
    progress: bool = True,
) -> History:
    """Train ``model`` (in place, on ``device``) for ``config.epochs`` epochs; return the curves.

    Args:
        valid_loader: scored after every epoch; None leaves the ``valid_…`` curves empty.
        device: ``get_device()`` by default.
        log_dir: where TensorBoard finds the curves.
        checkpoint_dir: gets ``last.pt`` after every epoch, and ``best.pt`` after every epoch with
            a higher validation accuracy than all before.
        resume: go on from ``last.pt`` if there is one. The numbers are those of a run that was
            never interrupted.
        progress: a bar within each epoch and a line after it.

    An interrupt (Ctrl-C, or Jupyter's ■) ends the run after saying what is saved; the history of
    the complete epochs is returned. So does a loss that is no longer finite.

    Raises:
        ValueError: if ``resume`` meets a checkpoint of other settings, or has no folder.
    """
    device = get_device() if device is None else torch.device(device)
    set_seed(config.seed)
    run = _Run(model, train_loader, config, device)
    folder = None if checkpoint_dir is None else Path(checkpoint_dir)
    if resume:
        run.resume(folder)
    with _tensorboard(log_dir, run.history.epochs) as writer:
        try:
            while run.history.epochs < config.epochs:
                run.epoch(valid_loader, progress)
                if not math.isfinite(run.history.train_loss[-1]):
                    print(
                        f"Stopped: the loss is {run.history.train_loss[-1]}, the run diverged; use "
                        f"a smaller learning_rate than {config.learning_rate}."
                    )
                    break
                if folder is not None:
                    run.save(folder)
                _log(writer, run.history)
        except KeyboardInterrupt:
            run.history.interrupted = True
            print(_farewell(run, folder))
    return run.history


def make_optimizer(
    model: nn.Module, config: TrainConfig, steps: int
) -> tuple[torch.optim.SGD, torch.optim.lr_scheduler.OneCycleLR | None]:
    """Return SGD as ``config`` says, and its schedule, if any, for epochs of ``steps`` batches."""
    optimizer = torch.optim.SGD(
        model.parameters(),
        lr=config.learning_rate,
        momentum=config.momentum,
        nesterov=config.nesterov,
        weight_decay=config.weight_decay,
    )
    if config.schedule == "constant":
        return optimizer, None
    return optimizer, torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        max_lr=config.learning_rate,
        total_steps=config.epochs * steps,
        pct_start=config.warmup,
        cycle_momentum=False,
    )


class _Run:
    """Everything that changes while a model is trained."""

    def __init__(
        self, model: nn.Module, loader: Batches, config: TrainConfig, device: torch.device
    ) -> None:
        self.config, self.device, self.loader = config, device, loader
        self.history = History()
        self.memory_format = (
            torch.channels_last if config.channels_last else torch.contiguous_format
        )
        self.model = model.to(device, memory_format=self.memory_format)
        self.loss_function = nn.CrossEntropyLoss(label_smoothing=config.label_smoothing)
        self.optimizer, self.scheduler = make_optimizer(model, config, len(loader))
        self.precision = self._choose_precision()

    def _choose_precision(self) -> str:
        if self.config.precision != "auto":
            return self.config.precision
        with torch.random.fork_rng(devices=[]):
            images, labels = next(iter(self.loader))
        images = images.to(self.device, memory_format=self.memory_format)
        return _precision.choose("auto", self.model, images, labels.to(self.device), self.device)

    def epoch(self, valid_loader: Batches | None, progress: bool) -> None:
        """Train for one epoch, score, and add to the history."""
        number = self.history.epochs
        if hasattr(self.loader, "set_epoch"):
            self.loader.set_epoch(number)
        rate = self.optimizer.param_groups[0]["lr"]
        title = f"epoch {number + 1:2d}/{self.config.epochs}"
        start = time.perf_counter()
        train = self._train(title, progress)
        trained = time.perf_counter()
        values = {
            "train_loss": train.loss,
            "train_accuracy": train.accuracy,
            "learning_rate": rate,
            "images_per_second": len(self.loader.dataset) / (trained - start),
        }
        line = f"{title}   train: loss {train.loss:.3f}, accuracy {train.accuracy:5.1%}"
        if valid_loader is not None:
            valid = evaluate(self.model, valid_loader, device=self.device, precision=self.precision)
            values |= {"valid_loss": valid.loss, "valid_accuracy": valid.accuracy}
            line += f"   valid: loss {valid.loss:.3f}, accuracy {valid.accuracy:5.1%}"
        for name, value in (values | {"seconds": time.perf_counter() - start}).items():
            getattr(self.history, name).append(value)
        if progress:
            print(line)

    def _train(self, title: str, progress: bool) -> Score:
        hidden = {} if progress else {"disable": True}  # else TQDM_DISABLE decides
        with tqdm(self.loader, title, leave=False, file=sys.stdout, **hidden) as batches:
            return train_one_epoch(
                self.model,
                batches,
                self.loss_function,
                self.optimizer,
                device=self.device,
                scheduler=self.scheduler,
                precision=self.precision,
                memory_format=self.memory_format,
            )

    def save(self, folder: Path) -> None:
        """Write ``last.pt``, and ``best.pt`` if this epoch is the best so far."""
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler.state_dict() if self.scheduler else None,
            "config": dataclasses.asdict(self.config),
            "history": dataclasses.asdict(self.history),
            "precision": self.precision,
            "rng": random_state(self.device),
        }
        save_checkpoint(state, folder / "last.pt")
        if self.history.valid_accuracy and self.history.best_epoch == self.history.epochs:
            save_checkpoint(state, folder / "best.pt")

    def resume(self, folder: Path | None) -> None:
        """Take up the state of ``last.pt``, if there is one."""
        if folder is None:
            raise ValueError(
                "resume=True needs checkpoint_dir, the folder of the run to go on with"
            )
        if not (folder / "last.pt").exists():
            print(f"No checkpoint in {folder} yet: starting with epoch 1.")
            return
        state = load_checkpoint(folder / "last.pt")
        self._check_settings(state["config"], folder)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.scheduler:
            self.scheduler.load_state_dict(state["scheduler"])
        self.history = History(**state["history"])
        self.precision = state["precision"]
        set_random_state(state["rng"], self.device)
        print(f"Resumed from {(folder / 'last.pt').as_posix()} after epoch {self.history.epochs}.")

    def _check_settings(self, saved: dict[str, Any], folder: Path) -> None:
        """Refuse other settings; more epochs are fine unless the schedule depends on them."""
        now = dataclasses.asdict(self.config)
        free = {"epochs"} if self.config.schedule == "constant" else set()
        if changed := sorted(k for k in now if k not in free and saved.get(k) != now[k]):
            name = changed[0]
            raise ValueError(
                f"{folder / 'last.pt'} was trained with {name}={saved.get(name)!r}, not "
                f"{now[name]!r}; resume with the same settings or use another checkpoint_dir"
            )


@contextlib.contextmanager
def _tensorboard(log_dir: str | Path | None, epochs_done: int) -> Iterator[Any]:
    if log_dir is None:
        yield None
        return
    from torch.utils.tensorboard import SummaryWriter  # slow to import, and not always wanted

    with SummaryWriter(log_dir, purge_step=epochs_done + 1) as writer:
        yield writer


def _log(writer: Any, history: History) -> None:
    if writer is None:
        return
    for name, values in dataclasses.asdict(history).items():
        if isinstance(values, list) and values:
            kind, _, what = name.partition("_")
            tag = f"{what}/{kind}" if kind in ("train", "valid") else name
            writer.add_scalar(tag, values[-1], history.epochs)


def _farewell(run: _Run, folder: Path | None) -> str:
    done = run.history.epochs
    where = f"Stopped in epoch {done + 1} of {run.config.epochs}."
    if folder is None:
        return f"{where} The model keeps its weights; with checkpoint_dir it could be resumed."
    saved = "No epoch was complete"
    if done:
        saved = f"Epochs 1…{done} are saved in {(folder / 'last.pt').as_posix()}"
    return f"{where} {saved}: call fit with resume=True to go on."
