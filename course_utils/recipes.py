"""The training recipes of the course, from the network to the last setting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn
from torch.utils.data import Dataset

from .device import set_seed
from .loaders import FastLoader, Loaders, make_loaders
from .models import classic_cifar10, improved_cifar10, small_resnet
from .training import History, TrainConfig, fit


@dataclass(frozen=True)
class Recipe:
    """A network, how its pictures are prepared, and how it is trained."""

    network: Callable[[], nn.Module]
    config: TrainConfig
    batch_size: int = 64
    augment: bool = False  # random crop and flip of the training pictures

    def with_settings(self, **changes: Any) -> Recipe:
        """Return this recipe with other settings of ``config``, ``epochs=2`` say."""
        return replace(self, config=replace(self.config, **changes))

    def loaders(self, **settings: Any) -> Loaders:
        """Return the loaders that belong to the recipe; ``settings`` go to ``make_loaders``."""
        return make_loaders(batch_size=self.batch_size, augment=self.augment, **settings)

    def train_loader(self, dataset: Dataset, *, device: torch.device | str) -> FastLoader:
        """Return a loader over all of ``dataset`` in the order of ``config.seed``."""
        return FastLoader(
            dataset,
            batch_size=self.batch_size,
            shuffle=True,
            crop_padding=2 if self.augment else 0,
            flip=self.augment,
            device=device,
            seed=self.config.seed,
        )

    def run(
        self, loaders: Loaders, *, device: torch.device | str | None = None, **settings: Any
    ) -> tuple[nn.Module, History]:
        """Train a new network, seeded with ``config.seed``; ``settings`` go to ``fit``."""
        set_seed(self.config.seed)
        model = self.network()
        history = fit(model, loaders.train, loaders.valid, self.config, device=device, **settings)
        return model, history


_IMPROVED = TrainConfig(
    learning_rate=0.1,
    momentum=0.9,
    nesterov=True,
    weight_decay=5e-4,
    schedule="onecycle",
    label_smoothing=0.1,
)
RECIPES = {
    # As in many tutorials: no activation function, no augmentation, one learning rate.
    "classic": Recipe(classic_cifar10, TrainConfig(learning_rate=0.01)),
    # The same network with the longer steps of notebook 14.
    "longer_steps": Recipe(classic_cifar10, TrainConfig(learning_rate=0.02, momentum=0.9)),
    "improved": Recipe(improved_cifar10, _IMPROVED, batch_size=128, augment=True),
    # The same settings, a deeper network, three times as long.
    "resnet": Recipe(small_resnet, replace(_IMPROVED, epochs=30), batch_size=128, augment=True),
}
