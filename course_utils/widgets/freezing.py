"""How deep to freeze: what each part of a network costs while the parts behind it are trained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import ipywidgets
import torch
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from torch import nn

from .._figures import COLORS, FAINT, STYLE, style
from ..models import replace_head, small_resnet
from ._base import Explorer
from ._quick_text import QuickText

CLASSES = 2  # outputs of the new head
BYTES = 4  # of one float32 number
COPIES = {"SGD": 0, "SGD with momentum": 1, "Adam": 2}  # numbers kept for each parameter
COLUMNS = {
    "part": 0.012,
    "parameters": 0.325,
    "weights": 0.425,
    "gradients": 0.53,
    "state": 0.63,
    "sum": 0.715,
}
BARS, RIGHT = 0.735, 0.985  # from where to where the bars go
INKS = {"weights": "#9AA3AD", "gradients": COLORS[5], "state": COLORS[0]}
WIDTH, HEIGHT = 8.2, 2.7  # inches


@dataclass(frozen=True)
class Part:
    """Some layers of a network, frozen together or not at all."""

    name: str
    parameters: int


def _layers(model: nn.Module, *names: str) -> int:
    return sum(p.numel() for name in names for p in model.get_submodule(name).parameters())


def _small_resnet(model: nn.Module) -> list[Part]:
    names = ("stem", "stage1", "stage2", "stage3", "head")
    return [Part(name, _layers(model, name)) for name in names]


def _resnet18(model: nn.Module) -> list[Part]:
    rest = ("layer1", "layer2", "layer3", "layer4", "fc")
    stem = Part("conv1, bn1", _layers(model, "conv1", "bn1"))
    return [stem, *(Part(name, _layers(model, name)) for name in rest)]


def _slices(model: nn.Module, bounds: tuple[int, ...]) -> list[Part]:
    """Return parts of ``model.features``, each up to the next of ``bounds``."""
    parts = []
    for first, end in zip((0, *bounds), bounds, strict=False):
        name = f"features[{first}:{end}]"
        parts.append(Part(name, _layers(model, *(f"features.{n}" for n in range(first, end)))))
    return parts


def _mobilenet_v2(model: nn.Module) -> list[Part]:
    return [*_slices(model, (2, 4, 7, 14, 19)), Part("classifier", _layers(model, "classifier"))]


def _vgg16(model: nn.Module) -> list[Part]:
    linear = [Part(f"classifier[{n}]", _layers(model, f"classifier.{n}")) for n in (0, 3, 6)]
    return [*_slices(model, (10, 17, 24, 31)), *linear]


NETWORKS: dict[str, Callable[[nn.Module], list[Part]]] = {
    "small_resnet": _small_resnet,
    "mobilenet_v2": _mobilenet_v2,
    "resnet18": _resnet18,
    "vgg16": _vgg16,
}
MOST_PARTS = 7


@cache
def parts_of(network: str) -> tuple[Part, ...]:
    """Return the parts of a network with a head for two classes, built on ``meta``: no memory."""
    from torchvision.models import get_model  # takes seconds: other widgets should not wait

    with torch.device("meta"):
        model = small_resnet() if network == "small_resnet" else get_model(network)
        return tuple(NETWORKS[network](replace_head(model, CLASSES)))


def freeze_depth() -> Explorer:
    """Return the freezing widget: network, number of frozen parts, optimizer."""
    controls = {
        "network": ipywidgets.Dropdown(options=list(NETWORKS), description="network"),
        "frozen": ipywidgets.IntSlider(4, min=0, max=MOST_PARTS, description="frozen parts"),
        "optimizer": ipywidgets.Dropdown(
            options=list(COPIES), value="SGD with momentum", description="optimizer"
        ),
    }
    return Explorer("Freeze depth", draw_freezing, controls, note=explain_freezing)


def memory_of(parameters: int, *, learns: bool, optimizer: str) -> dict[str, int]:
    """Return the bytes of float32 weights, of their gradients and of the optimizer's state."""
    trained = BYTES * parameters * learns
    return {
        "weights": BYTES * parameters,
        "gradients": trained,
        "state": trained * COPIES[optimizer],
    }


def explain_freezing(network: str, frozen: int, optimizer: str) -> str:
    """Return how many parameters learn, and what memory that saves."""
    parts = parts_of(network)
    total = sum(part.parameters for part in parts)
    learning = sum(part.parameters for part in parts[frozen:])
    if not learning:
        return (
            f"✗ All {len(parts)} parts of {network} are frozen: nothing can learn, and backward() "
            "raises an error. Leave at least the head."
        )
    now, full = (
        sum(memory_of(count, learns=True, optimizer=optimizer).values()) - BYTES * count
        for count in (learning, total)
    )
    share = f"{learning:,} of {total:,} parameters learn ({_percent(learning / total)})."
    if not frozen:
        return f"{share} Gradients and the state of {optimizer} take {size(now)}, for every part."
    return (
        f"{share} Gradients and the state of {optimizer} take {size(now)} instead of {size(full)}. "
        f"The weights stay: {size(BYTES * total)}. backward() ends at {parts[frozen].name}."
    )


def draw_freezing(network: str, frozen: int, optimizer: str) -> Figure:
    """Draw a line for each part: its parameters, and the memory for them while it learns or not."""
    parts = parts_of(network)
    rows = [
        memory_of(part.parameters, learns=place >= frozen, optimizer=optimizer)
        for place, part in enumerate(parts)
    ]
    with style():
        figure = Figure(figsize=(WIDTH, HEIGHT), dpi=STYLE["figure.dpi"])
        figure.add_artist(_table(parts, rows, frozen))
        figure.add_artist(_bars(figure, parts, rows))
    lines = "; ".join(
        f"{part.name}: {part.parameters:,} parameters, "
        f"{'frozen' if place < frozen else 'trained'}, {size(sum(row.values()))}"
        for place, (part, row) in enumerate(zip(parts, rows, strict=True))
    )
    total = size(sum(sum(row.values()) for row in rows))
    figure.set_label(f"Memory of {network} with {optimizer}: {total}. {lines}")
    return figure


def size(number: int) -> str:
    """Return a number of bytes in words: 512 B, 2.6 MB."""
    power = next(power for power in range(4) if number < 1000 ** (power + 1) or power == 3)
    value, unit = number / 1000**power, ("B", "kB", "MB", "GB")[power]
    return f"{value:.0f} {unit}" if not power or value >= 100 else f"{value:.2g} {unit}"


def _percent(share: float) -> str:
    return f"{share:.2%}" if share < 0.01 else f"{share:.0%}"


def _height(row: int) -> float:
    """Return the middle of a line of the table; line 0 holds the titles."""
    return 1 - (row + 0.7) / (MOST_PARTS + 2.2)


def _table(parts: tuple[Part, ...], rows: list[dict[str, int]], frozen: int) -> QuickText:
    words = QuickText(8.5)
    heads = {name: name for name in COLUMNS} | {"state": "optimizer"}
    total = {name: sum(row[name] for row in rows) for name in INKS}
    names = [part.name + " (frozen)" * (place < frozen) for place, part in enumerate(parts)]
    lines = [heads]
    for name, part, row in zip(names, parts, rows, strict=True):
        lines.append(_texts(name, part.parameters, row))
    lines.append(_texts("together", sum(part.parameters for part in parts), total))
    for number, line in enumerate(lines):
        bold = number in (0, len(lines) - 1)
        for title, x in COLUMNS.items():
            side = "left" if title == "part" else "right"
            words.add(x, _height(number), line[title], side, bold=bold)
    words.add(BARS, _height(0), "memory", bold=True)
    return words


def _texts(name: str, parameters: int, row: dict[str, int]) -> dict[str, str]:
    memory = {title: size(value) if value else "–" for title, value in row.items()}
    memory["sum"] = size(sum(row.values()))
    return {"part": name, "parameters": f"{parameters:,}", **memory}


def _bars(figure: Figure, parts: tuple[Part, ...], rows: list[dict[str, int]]) -> LineCollection:
    """Return the bars: weights, gradients and state of each part, in one scale for a network."""
    widest = (2 + max(COPIES.values())) * BYTES * max(part.parameters for part in parts)
    segments, colors = [], []
    for number, row in enumerate(rows, start=1):
        start, y = BARS, _height(number)
        for name, ink in INKS.items():
            end = start + max((RIGHT - BARS) * row[name] / widest, 0.0012 if row[name] else 0)
            segments.append([(start, y), (end, y)])
            colors.append(ink)
            start = end
    widths = [HEIGHT * 72 * 0.055] * len(segments) + [3.0] * len(INKS) + [0.8]
    for name, ink in INKS.items():  # a stroke below each title says which colour it has
        segments.append([(COLUMNS[name] - 0.06, _height(0.4)), (COLUMNS[name], _height(0.4))])
        colors.append(ink)
    segments.append([(BARS, _height(0.5)), (BARS, _height(len(rows) + 0.5))])
    return LineCollection(
        segments, colors=[*colors, FAINT], linewidths=widths, transform=figure.transFigure
    )
