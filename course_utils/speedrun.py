"""CIFAR-10 in seconds: ``python -m course_utils.speedrun``.

Aims at 94 % test accuracy on a GPU, or at 90 % with a narrower network on a CPU, and prints the
seconds from the first look at the pictures to the last prediction. After Keller Jordan's
``airbench94_muon`` and his paper (arXiv:2404.00498), see notebook 20.
"""

from __future__ import annotations

import argparse
import statistics
import time
from dataclasses import dataclass, replace
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim.lr_scheduler import LinearLR

from . import _precision
from .archives import DownloadError
from .datasets import load_cifar10
from .device import describe_device, get_device, set_seed, synchronize
from .loaders import FastLoader
from .metrics import accuracy


@dataclass(frozen=True)
class Settings:
    """How wide the network is and how it is trained."""

    widths: tuple[int, int, int]
    epochs: int
    batch_size: int
    first_epochs: int = 3  # then the first layer is left alone, which saves its backward pass
    filter_rate: float = 0.24  # relative to the size of the filters, see Muon
    bias_rate: float = 0.053
    head_rate: float = 0.67


GPU = Settings(widths=(64, 256, 256), epochs=8, batch_size=2000)
CPU = Settings(widths=(32, 128, 128), epochs=5, batch_size=250, filter_rate=0.12)


class SpeedNet(nn.Module):
    """Normalised images, float (B, 3, 32, 32) → logits, (B, 10)."""

    def __init__(self, widths: tuple[int, int, int]) -> None:
        super().__init__()
        self.whiten = nn.Conv2d(3, 24, kernel_size=2)
        self.whiten.weight.requires_grad_(False)
        groups = [_group(*pair) for pair in pairwise([24, *widths])]
        self.body = nn.Sequential(nn.GELU(), *groups, nn.MaxPool2d(3), nn.Flatten())
        self.head = nn.Linear(widths[-1], 10, bias=False)
        nn.init.normal_(self.head.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits, (B, 10)."""
        return self.head(self.body(self.whiten(x))) / self.head.in_features

    @torch.no_grad()
    def set_whitening(self, images: Tensor) -> None:
        """Let the first layer turn 2×2 patches like those of ``images`` into unrelated numbers."""
        patches = F.unfold(images, 2).transpose(1, 2).flatten(0, 1)  # (N, 12)
        values, vectors = torch.linalg.eigh((patches.T @ patches / len(patches)).cpu())
        filters = (vectors / (values + 5e-4).sqrt()).T.reshape(12, 3, 2, 2)
        self.whiten.weight.copy_(torch.cat([filters, -filters]))


def _group(in_channels: int, out_channels: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for channels in (in_channels, out_channels):
        conv = nn.Conv2d(channels, out_channels, kernel_size=3, padding=1, bias=False)
        nn.init.dirac_(conv.weight.data[:channels])  # hands its input on; the rest is random
        norm = nn.BatchNorm2d(out_channels, eps=1e-12, momentum=0.4)
        norm.weight.requires_grad_(False)
        pool = [] if layers else [nn.MaxPool2d(2)]
        layers += [conv, *pool, norm, nn.GELU()]
    return nn.Sequential(*layers)


class Muon(torch.optim.Optimizer):
    """Nesterov momentum whose step is made orthogonal: (out, in, k, k) counts as ``out`` rows.

    Before it, each parameter is scaled to the norm √out, so that ``lr`` is relative to its size.
    """

    def __init__(self, parameters: list[nn.Parameter], lr: float, momentum: float = 0.6) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self) -> None:
        """Change the parameters once, those of one shape together."""
        for group in self.param_groups:
            shapes: dict[torch.Size, list[nn.Parameter]] = {}
            for parameter in group["params"]:
                shapes.setdefault(parameter.shape, []).append(parameter)
            for same in shapes.values():
                gradient, state = torch.stack([p.grad for p in same]), self.state[same[0]]
                velocity = group["momentum"] * state.get("velocity", 0) + gradient
                state["velocity"], ahead = velocity, gradient + group["momentum"] * velocity
                for parameter, step in zip(same, orthogonalize(ahead.flatten(2)), strict=True):
                    parameter.mul_(len(parameter) ** 0.5 / parameter.norm())
                    parameter.sub_(step.view_as(parameter), alpha=group["lr"])


def orthogonalize(matrices: Tensor, steps: int = 3) -> Tensor:
    """Return ``matrices``, float (K, rows, columns), with singular values of about 1, as bfloat16.

    Newton and Schulz's iteration: a step turns a singular value s into 3.4445 s − 4.7750 s³ +
    2.0315 s⁵. Fast and rough: three steps bring all from 0.02 of the norm upwards to 0.6…1.3.
    """
    x = (matrices / (matrices.norm(dim=(1, 2), keepdim=True) + 1e-7)).bfloat16()
    for _ in range(steps):
        square = x @ x.mT
        x = 3.4445 * x + (2.0315 * square @ square - 4.7750 * square) @ x
    return x


def train(model: SpeedNet, settings: Settings, loader: FastLoader, precision: str) -> None:
    """Train ``model``, new, in place."""
    model.train()
    loader.set_epoch(0)
    model.set_whitening(next(iter(loader))[0])
    filters = [p for p in model.body.parameters() if p.dim() == 4]
    biases = [p for p in model.body.parameters() if p.requires_grad and p.dim() == 1]
    decay, bias, head = 2e-6 * settings.batch_size, settings.bias_rate, settings.head_rate
    groups = [
        {"params": [model.whiten.bias, *biases], "lr": bias, "weight_decay": decay / bias},
        {"params": [model.head.weight], "lr": head, "weight_decay": decay / head},
    ]
    sgd = torch.optim.SGD(groups, momentum=0.85, nesterov=True)
    optimizers = [Muon(filters, settings.filter_rate), sgd]
    schedules = [LinearLR(o, 1.0, 0.0, settings.epochs * len(loader)) for o in optimizers]
    for epoch in range(settings.epochs):
        loader.set_epoch(epoch)
        model.whiten.bias.requires_grad_(epoch < settings.first_epochs)
        for images, labels in loader:
            images = images.contiguous(memory_format=torch.channels_last)
            with _precision.autocast(loader.device, precision):
                logits = model(images).float()
            F.cross_entropy(logits, labels, label_smoothing=0.2, reduction="sum").backward()
            for part in (*optimizers, *schedules):
                part.step()
            model.zero_grad()


@torch.inference_mode()
def score(model: nn.Module, loader: FastLoader, precision: str) -> float:
    """Return the accuracy, 0…1, of the mean over six views: mirrored, moved by a pixel, or not."""
    model.eval()
    logits, labels = [], []
    for images, targets in loader:
        wide = F.pad(images, (1, 1, 1, 1), mode="reflect")
        views = ((2, images), (1, wide[..., :32, :32]), (1, wide[..., 2:, 2:]))
        with _precision.autocast(loader.device, precision):
            logits.append(sum(n * (model(v) + model(v.flip(3))).float() for n, v in views))
        labels.append(targets)
    return accuracy(torch.cat(logits), torch.cat(labels))


def main(arguments: list[str] | None = None) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m course_utils.speedrun", description=__doc__)
    parser.add_argument("--runs", type=int, default=10, help="each has a seed of its own")
    if (runs := parser.parse_args(arguments).runs) < 1:
        parser.error(f"--runs {runs}: at least 1")
    device = get_device()
    settings = CPU if device.type == "cpu" else GPU
    try:
        pictures = [load_cifar10(train=train, data="real") for train in (True, False)]
    except DownloadError as error:
        parser.error(f"this needs the real pictures: {error}")
    augment = {"shuffle": True, "drop_last": True, "crop_padding": 2, "flip": "alternating"}
    loader = FastLoader(pictures[0], batch_size=settings.batch_size, device=device, **augment)
    tested = FastLoader(pictures[1], batch_size=settings.batch_size, device=device)
    model = SpeedNet(settings.widths).to(device, memory_format=torch.channels_last)
    precision = _precision.choose("auto", model, *next(iter(loader)), device)
    print(f"{describe_device(device)}, {precision}: {settings}")
    if device.type == "cuda":  # compiles in a run that does not count
        model.compile()
        train(model, replace(settings, epochs=settings.first_epochs + 1), loader, precision)
        score(model, tested, precision)
    results = []
    for seed in range(runs):
        set_seed(seed)
        loader.seed = seed
        model.load_state_dict(SpeedNet(settings.widths).state_dict())
        synchronize(device)
        start = time.perf_counter()
        train(model, settings, loader, precision)
        results.append((score(model, tested, precision), time.perf_counter() - start))
        print("seed {}: {:.2%} in {:.2f} s".format(seed, *results[-1]), flush=True)
    for title, values in zip(("accuracy", "seconds"), zip(*results, strict=True), strict=True):
        print(f"{title}: {statistics.mean(values):.4f} ± {statistics.pstdev(values):.4f}")


if __name__ == "__main__":
    main()
