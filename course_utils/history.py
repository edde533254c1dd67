"""How to train, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """How to train. Equal settings, data and device give equal numbers."""

    epochs: int = 10
    learning_rate: float = 0.01  # the value of the classic recipe
    momentum: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0
    schedule: str = "constant"  # or "onecycle": up to learning_rate and down to 0, batch by batch
    warmup: float = 0.25  # the share of the steps in which "onecycle" goes up
    label_smoothing: float = 0.0
    precision: str = "auto"  # "fp32", "bf16", or the faster of the two on this device
    channels_last: bool = True  # the memory layout that convolutions prefer
    seed: int = 0

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise ValueError(
                    f"{name} {getattr(self, name)!r} is unknown; use one of {', '.join(choices)}"
                )
        if self.epochs < 1 or self.learning_rate <= 0:
            raise ValueError(
                f"epochs {self.epochs} must be at least 1 and learning_rate "
                f"{self.learning_rate} above 0"
            )


_CHOICES = {"schedule": ("constant", "onecycle"), "precision": ("auto", "fp32", "bf16")}


class Score(NamedTuple):
    """Means over all images: the loss, and the fraction that is right (0…1)."""

    loss: float
    accuracy: float


@dataclass
class History:
    """One value an epoch of everything worth a curve."""

    train_loss: list[float] = field(default_factory=list)
    train_accuracy: list[float] = field(default_factory=list)
    valid_loss: list[float] = field(default_factory=list)
    valid_accuracy: list[float] = field(default_factory=list)
    learning_rate: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)  # training and validation
    images_per_second: list[float] = field(default_factory=list)  # training alone
    interrupted: bool = False

    @property
    def epochs(self) -> int:
        """The number of complete epochs."""
        return len(self.train_loss)

    @property
    def best_epoch(self) -> int:
        """The first epoch, counted from 1, with the highest validation accuracy."""
        return self.valid_accuracy.index(max(self.valid_accuracy)) + 1
