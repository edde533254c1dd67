"""Networks that were trained before: the course's own one, and torchvision's on ImageNet."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import torch
from torch import nn

from .archives import DownloadError, file_problem, load_manifest
from .checkpoint import load_checkpoint, load_weights
from .download import Mode, checked_mode, data_mode
from .mirrors import offline
from .models import small_resnet
from .paths import MANIFEST
from .transforms import for_evaluation

OWN = "small_resnet_cifar10"  # its name in the manifest
SILENCE = 4.0  # seconds without an answer after which a download is given up


@dataclass(frozen=True)
class Pretrained:
    """A trained network in evaluation mode, and what belongs to it."""

    model: nn.Module
    transform: Callable  # PIL image → float32 (3, H, W), as the network was trained on
    classes: list[str]
    source: str  # "imagenet" or "cifar10"


def load_pretrained(data: Mode | None = None, *, quiet: bool = False) -> Pretrained:
    """Return MobileNetV2 with ImageNet weights or the course's own network; say in a line which.

    Args:
        data: ``"sample"``: the course's own network, which needs no download. ``"real"``: ImageNet
            weights or an error. ``"auto"``: ImageNet weights where they lie in torch's cache
            (``TORCH_HOME``) or can be downloaded, else the own network. ``COURSE_DATA`` by default.
        quiet: do not print the line.

    Raises:
        DownloadError: if ImageNet weights were asked for and cannot be had.
        ValueError: for another ``data``.
    """
    mode = data_mode() if data is None else checked_mode(data, "data")
    why = "no download needed"
    if mode != "sample":
        try:
            found = load_imagenet()
        except DownloadError as error:
            if mode == "real":
                raise
            why = error.reason
        else:
            if not quiet:
                print("Network: MobileNetV2 of torchvision, trained on ImageNet")
            return found
    if not quiet:
        print(f"Network: the course's own, trained on CIFAR-10 ({why})")
    return load_own()


def load_own(*, image_size: int = 32) -> Pretrained:
    """Return the small residual network of ``data/checkpoints``, trained on real CIFAR-10.

    Args:
        image_size: pictures are made so many pixels high and wide. The network takes any size; it
            was trained on 32.

    Raises:
        DownloadError: if its file is missing or damaged.
    """
    from torchvision.transforms import v2  # takes seconds: what does not need it should not wait

    entry = load_manifest()[OWN]
    path = MANIFEST.parent / entry.file
    if problem := file_problem(path, entry):
        raise DownloadError(f"{path}: {problem}; restore it: git checkout data/{entry.file}")
    state = load_checkpoint(path)
    model = load_weights(small_resnet(len(state["classes"])), state)
    shape = [v2.Resize(image_size), v2.CenterCrop(image_size)]
    numbers = for_evaluation(mean=state["mean"], std=state["std"]).transforms
    transform = v2.Compose([*shape, *numbers])
    return Pretrained(_ready(model), transform, state["classes"], "cifar10")


def load_imagenet() -> Pretrained:
    """Return torchvision's MobileNetV2 with ImageNet weights, from torch's cache or its server.

    Raises:
        DownloadError: if they are not there and cannot be downloaded, or the file is damaged.
    """
    from torchvision.models import MobileNet_V2_Weights, mobilenet_v2

    weights = MobileNet_V2_Weights.IMAGENET1K_V2
    cached = Path(torch.hub.get_dir(), "checkpoints", PurePosixPath(weights.url).name)
    if not cached.is_file() and offline():
        raise DownloadError(
            f"{cached.name} is not in {cached.parent}; unset COURSE_OFFLINE to download it",
            "COURSE_OFFLINE=1",
        )
    try:
        with _impatient():
            model = mobilenet_v2(weights=weights)
    except OSError as error:
        raise DownloadError(
            f"the ImageNet weights could not be downloaded: {error}; put {cached.name} into "
            f"{cached.parent} yourself, or use COURSE_DATA=sample",
            "no network",
        ) from error
    except Exception as error:  # pickle, zip and torch have one each for a damaged file
        raise DownloadError(
            f"{cached} is damaged ({type(error).__name__}); delete it, then it is downloaded again",
            "damaged weights",
        ) from error
    classes = list(weights.meta["categories"])
    return Pretrained(_ready(model), weights.transforms(), classes, "imagenet")


def _ready(model: nn.Module) -> nn.Module:
    """Evaluation mode, and the layout in which convolutions are quickest, on CPUs too."""
    return model.eval().to(memory_format=torch.channels_last)


@contextlib.contextmanager
def _impatient() -> Iterator[None]:
    """Let torch's download, which has no limit of its own, give up after ``SILENCE``."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SILENCE)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
