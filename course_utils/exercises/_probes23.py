"""What to watch in the exercises of notebook 23: one answer, and a network that has to win."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn
from torch.utils.data import Dataset

from ..datasets import load_cifar10
from ..device import get_device
from ..epochs import evaluate
from ..ledger import find_entry
from ..loaders import FastLoader
from ..sample_data import SampleCIFAR10
from ._compare import kind_of
from ._define import Finding
from ._probes import Report

TRAIN_SIZE, TEST_SIZE = 4_000, 1_000
MOST_PARAMETERS = 1_000_000


@dataclass(frozen=True)
class Win:
    """A score (0…1) above the least one that counts. All wins are equal."""

    score: float = field(compare=False)
    least: float = field(compare=False)

    def __str__(self) -> str:
        return f"{self.score:.1%}, needed: above {self.least:.1%}"


def known_winner(train_set: Dataset, device: torch.device) -> nn.Module:
    """Stand for the right answer, which would take its time: nothing calls it."""
    raise AssertionError("the oracle of beat_the_ledger is never trained")


def score_to_beat(source: str) -> tuple[float, float]:
    """Return the mean accuracy of the ledger's quick runs on such pictures, and their band's end.

    They saw 3,600 pictures three times; another 400 were held back.
    """
    entry = find_entry("improved", data=source, images=3_600, epochs=3)
    return sum(entry.final) / entry.runs, entry.band[1]


def pictures_never_seen(source: str) -> Dataset:
    """Return test pictures: drawn just now with a seed that nobody knows, or CIFAR-10's own."""
    if source == "real":
        return load_cifar10(train=False, quiet=True)
    return SampleCIFAR10(train=False, size=TEST_SIZE, seed=1 + secrets.randbelow(2**31))


def beats_the_ledger(train: Callable[..., Any]) -> Win:
    """Return a `Win` if ``train(train_set, device)`` gives a network above the ledger's band."""
    if train is known_winner:
        return Win(1, 0)
    train_set, device = load_cifar10(train=True, size=TRAIN_SIZE, quiet=True), get_device()
    model = train(train_set, device)
    _refuse_what_is_no_network(model)
    test_set = pictures_never_seen(train_set.source)
    score = _score(model, test_set, device)
    mean, least = score_to_beat(train_set.source)
    if score <= least:
        raise Finding(
            f"{score:.1%} of {len(test_set):,} new pictures are right; the ledger's runs have "
            f"{mean:.1%} on average, and up to {least:.1%} can be luck"
        )
    return Win(score, least)


def _refuse_what_is_no_network(model: Any) -> None:
    if not isinstance(model, nn.Module):
        raise Finding(f"it returns {kind_of(model)}; return the trained network itself")
    count = sum(parameter.numel() for parameter in model.parameters())
    if count > MOST_PARAMETERS:
        raise Finding(f"{count:,} parameters are more than {MOST_PARAMETERS:,}")


def _score(model: nn.Module, test_set: Dataset, device: torch.device) -> float:
    loader = FastLoader(test_set, batch_size=250, device=device)
    images, labels = next(iter(loader))
    with torch.inference_mode():
        logits = model.to(device).eval()(images)
    wanted = (len(labels), len(test_set.classes))
    if not isinstance(logits, torch.Tensor) or logits.shape != wanted:
        shape = tuple(logits.shape) if isinstance(logits, torch.Tensor) else kind_of(logits)
        raise Finding(f"for {wanted[0]} pictures it gives {shape} instead of {wanted}")
    return evaluate(model, loader, device=device).accuracy


def answer_of(answer: Callable[..., Any], seed: int, classes: int) -> Report:
    """Return what ``answer(model, picture)`` makes of a picture, and how it asked the model."""
    model, picture = _network(seed, classes), _picture(seed)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    recorded = []
    model.register_forward_hook(lambda *call: recorded.append(call[2].requires_grad))
    result = answer(model, picture)
    report: Report = {"its probabilities": result}
    if isinstance(result, torch.Tensor):
        report["its probabilities"] = result.detach().clone()
    report["autograd records while it computes"] = any(recorded)
    after = model.state_dict()
    report["running statistics change"] = any(
        not torch.equal(value, after[name]) for name, value in before.items()
    )
    return report


def _network(seed: int, classes: int) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        model = nn.Sequential(
            nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten()
        )
        model.extend([nn.Dropout(0.5), nn.Linear(16, classes)])
        model[-1].weight.data.mul_(4)
        nn.init.normal_(model[1].running_mean)
    return model.train()


def _picture(seed: int) -> torch.Tensor:
    return torch.randn(3, 8, 8, generator=torch.Generator().manual_seed(seed))
