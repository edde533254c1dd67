"""The networks of the course, and two helpers for networks that were trained before."""

from __future__ import annotations

import itertools
from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional as F

IMAGE_SHAPE = (3, 32, 32)


class CifarNet(nn.Module):
    """Three times convolution and pooling, then two linear layers, for 32×32 colour images.

    Input: float (B, 3, 32, 32). Output: logits (B, num_classes).
    The layers are in ``self.layers``, an ``nn.Sequential``.

    Args:
        activation: a class such as ``nn.ReLU``, put behind each layer but the last; None for the
            classic network, which has none.
        batch_norm: an ``nn.BatchNorm2d`` behind each pooling layer (there it costs a quarter of
            what it would before the pooling).

    Raises:
        ValueError: if the input has another shape.
    """

    def __init__(
        self,
        num_classes: int = 10,
        *,
        activation: type[nn.Module] | None = None,
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for in_channels, out_channels in ((3, 32), (32, 32), (32, 64)):
            layers += [nn.Conv2d(in_channels, out_channels, kernel_size=5, padding=2)]
            layers += [nn.MaxPool2d(2)]
            layers += [nn.BatchNorm2d(out_channels)] if batch_norm else []
            layers += [activation()] if activation else []
        layers += [nn.Flatten(), nn.Linear(1024, 64)]
        layers += [activation()] if activation else []
        self.layers = nn.Sequential(*layers, nn.Linear(64, num_classes))

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits, (B, num_classes)."""
        _check_shape(images)
        return self.layers(images)


def classic_cifar10(num_classes: int = 10) -> CifarNet:
    """Return the classic network of many tutorials: 145,578 parameters, no activation function."""
    return CifarNet(num_classes)


def improved_cifar10(num_classes: int = 10) -> CifarNet:
    """Return the classic network with ReLU and batch normalisation: 145,834 parameters."""
    return CifarNet(num_classes, activation=nn.ReLU, batch_norm=True)


class _Residual(nn.Module):
    """Two 3×3 convolutions beside a shortcut that leaves its input as it is; the shape stays."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *_conv3x3(channels, channels), nn.ReLU(), *_conv3x3(channels, channels), nn.ReLU()
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x)


def small_resnet(num_classes: int = 10, *, width: int = 24) -> nn.Sequential:
    """Return a small residual network for colour images of any size from 8×8 up.

    Input: float (B, 3, H, W). Output: logits (B, num_classes). The parts are ``stem``, three stages
    that halve height and width, ``pool`` and ``head``. ``width`` is the number of channels behind
    the stem; the stages have 2, 4 and 16/3 times as many. 668,322 parameters by default.
    """
    channels = (width, 2 * width, 4 * width, 16 * width // 3)
    stages = (_stage(*pair) for pair in itertools.pairwise(channels))
    return nn.Sequential(
        OrderedDict(
            stem=nn.Sequential(*_conv3x3(3, width), nn.ReLU()),
            **{f"stage{number}": stage for number, stage in enumerate(stages, start=1)},
            pool=nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
            head=nn.Linear(channels[-1], num_classes),
        )
    )


def _stage(in_channels: int, out_channels: int) -> nn.Sequential:
    """(B, in_channels, H, W) → (B, out_channels, H/2, W/2); pooling first makes the rest cheap."""
    convolution, norm = _conv3x3(in_channels, out_channels)
    return nn.Sequential(convolution, nn.MaxPool2d(2), norm, nn.ReLU(), _Residual(out_channels))


class TinyUNet(nn.Module):
    """A U-Net with two poolings: float (B, in_channels, H, W) → logits (B, out_channels, H, W).

    Raises:
        ValueError: if the height or the width is not a multiple of 4.
    """

    def __init__(self, in_channels: int = 3, out_channels: int = 1, *, width: int = 16) -> None:
        super().__init__()
        self.down = nn.ModuleList(
            [_double(in_channels, width), _double(width, 2 * width), _double(2 * width, 4 * width)]
        )
        self.up = nn.ModuleList([_double(6 * width, 2 * width), _double(3 * width, width)])
        self.head = nn.Conv2d(width, out_channels, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits, (B, out_channels, H, W)."""
        height, width = x.shape[-2:]
        if height % 4 or width % 4:
            raise ValueError(
                f"images of {height}×{width} cannot be halved twice; resize to a multiple of 4"
            )
        skips = []
        for block in self.down:
            x = block(x if not skips else F.max_pool2d(x, 2))
            skips.append(x)
        for block, skip in zip(self.up, reversed(skips[:-1]), strict=True):
            x = block(torch.cat([F.interpolate(x, scale_factor=2.0), skip], dim=1))
        return self.head(x)


def freeze(module: nn.Module) -> nn.Module:
    """Exclude ``module`` from training and return it: no gradients, batch norm in evaluation mode.

    ``model.train()`` would switch its batch norm back; ``train_mode(model)`` does not.
    """
    return module.requires_grad_(False).eval()


def train_mode(model: nn.Module) -> nn.Module:
    """Put ``model`` into training mode, but not its layers whose parameters are all frozen."""
    model.train()
    for layer in model.modules():
        own = list(layer.parameters(recurse=False))
        if own and not any(p.requires_grad for p in own):
            layer.eval()
    return model


def replace_head(model: nn.Module, num_classes: int) -> nn.Module:
    """Put a new ``nn.Linear`` with ``num_classes`` outputs in place of the model's last one.

    Works where the last linear layer makes the logits, as in every classifier of
    ``torchvision.models`` with a linear head and in the networks above. Returns the same model.

    Raises:
        ValueError: if the model has no ``nn.Linear``.
    """
    names = [name for name, layer in model.named_modules() if isinstance(layer, nn.Linear)]
    if not names:
        raise ValueError(
            f"{type(model).__name__} has no nn.Linear to replace; replace its last layer"
        )
    parent_name, _, name = names[-1].rpartition(".")
    parent = model.get_submodule(parent_name)
    old = getattr(parent, name)
    new = nn.Linear(old.in_features, num_classes, bias=old.bias is not None)
    setattr(parent, name, new.to(old.weight.device))
    return model


def count_parameters(model: nn.Module, *, trainable: bool = False) -> int:
    """Return the number of parameters, or of those that require a gradient."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad or not trainable)


def _check_shape(images: Tensor) -> None:
    if images.ndim == 3:
        raise ValueError(
            f"one image of shape {tuple(images.shape)} has no batch dimension; "
            "use images.unsqueeze(0)"
        )
    if tuple(images.shape[1:]) != IMAGE_SHAPE:
        raise ValueError(
            f"images of shape {tuple(images.shape)} do not fit a network for (B, 3, 32, 32); "
            "resize them to 32×32 and use 3 channels"
        )


def _conv3x3(in_channels: int, out_channels: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False),
        nn.BatchNorm2d(out_channels),
    )


def _double(in_channels: int, out_channels: int) -> nn.Sequential:
    return nn.Sequential(
        _conv3x3(in_channels, out_channels),
        nn.ReLU(),
        _conv3x3(out_channels, out_channels),
        nn.ReLU(),
    )
