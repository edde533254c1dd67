"""A network with named parts for the exercises of notebook 18."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


class Network(nn.Module):
    """A body of named layers and a head called ``fc``, as the ResNets of torchvision have it."""

    def __init__(self, features: int = 4, classes: int = 5) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 2, 3, bias=False)
        self.layer1 = nn.Sequential(nn.BatchNorm2d(2), nn.ReLU())
        self.layer10 = nn.Sequential(nn.Conv2d(2, features, 3), nn.ReLU())
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(features, classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the logits, (B, classes)."""
        return self.fc(self.features(images))

    def features(self, images: torch.Tensor) -> torch.Tensor:
        """Return what the head works with, (B, features)."""
        return self.pool(self.layer10(self.layer1(self.conv1(images)))).flatten(1)


def built(seed: int, features: int, old_classes: int) -> Network:
    """Return a network with the weights of ``seed``."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Network(features, old_classes)


def sizes(rng: Any) -> dict[str, int]:
    """Return arguments for ``built``."""
    chosen = {"seed": rng.randrange(1000), "features": rng.randint(2, 6)}
    return {**chosen, "old_classes": rng.randint(3, 7)}


def frozen_network(seed: int, dropout: float = 0.5) -> nn.Sequential:
    """Return a frozen body with batch norm and a head with dropout, all in evaluation mode."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        body = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU())
        head = nn.Sequential(nn.Dropout(dropout), nn.Linear(8, 3))
    body[1].running_mean.fill_(0.3)
    model = nn.Sequential()
    model.add_module("body", body.requires_grad_(False))
    model.add_module("head", head)
    return model.eval()


def batches_of(seed: int, sizes: tuple[int, ...] = (8, 8, 4)) -> list[tuple[torch.Tensor, ...]]:
    """Return batches of images, (B, 6), and labels, (B,)."""
    generator = torch.Generator().manual_seed(seed)
    images = [torch.randn(size, 6, generator=generator) + 1 for size in sizes]  # (B, 6)
    return [(batch, (batch[:, :3] + batch[:, 3:]).argmax(dim=1)) for batch in images]


IMAGES = torch.linspace(-1, 1, 2 * 3 * 8 * 8).sin().reshape(2, 3, 8, 8)
