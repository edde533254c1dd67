"""The module tree: a network's modules, what comes out of each, and where its parameters sit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import ipywidgets
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor, nn

from .. import models
from .._figures import COLORS, INK, STYLE, style
from ._base import Explorer

MOST_ROWS = 22  # what the picture has room for
WIDTH, ROW, HEAD = 9.6, 0.215, 0.42  # inches
COLUMNS = {"module": 0.012, "output": 0.43, "parameters": 0.69, "buffers": 0.79}
NUMBERS = ("parameters", "buffers")  # aligned at the right
BARS = 0.81  # the share of all parameters, from here to the right edge
DEEPEST = 4


@dataclass(frozen=True)
class Branch:
    """One line of the tree; ``shape`` is None where the forward pass does not go through it."""

    name: str
    kind: str
    depth: int
    shape: tuple[int, ...] | None
    parameters: int  # with those of its children
    buffers: int
    children: int


def module_tree(
    networks: Mapping[str, nn.Module] | nn.Module | None = None,
    *,
    image_shape: tuple[int, ...] = (3, 32, 32),
) -> Explorer:
    """Return the module tree of one or several networks; the course's own if none is given.

    Args:
        networks: a module, or name → module; the modules stay as they are.
        image_shape: shape of one input, without the batch.

    Raises:
        ValueError: if a network cannot take such an input, with PyTorch's own words.
    """
    if networks is None:
        names = ("classic_cifar10", "improved_cifar10", "small_resnet")
        networks = {name: getattr(models, name)() for name in names}
    elif isinstance(networks, nn.Module):
        networks = {type(networks).__name__: networks}
    trees = {name: grow(network, image_shape) for name, network in networks.items()}
    controls = {
        "network": ipywidgets.Dropdown(options=list(trees), description="network"),
        "depth": ipywidgets.IntSlider(2, min=0, max=DEEPEST, description="depth"),
    }
    return Explorer(
        "Module tree", partial(draw_tree, trees), controls, note=partial(explain_tree, trees)
    )


def grow(network: nn.Module, image_shape: tuple[int, ...]) -> list[Branch]:
    """Return the network's modules in the order of ``named_modules``, with their output shapes."""
    shapes: dict[nn.Module, tuple[int, ...]] = {}

    def note(module: nn.Module, _inputs: object, output: object) -> None:
        if isinstance(output, Tensor):
            shapes[module] = tuple(output.shape[1:])

    hooks = [module.register_forward_hook(note) for module in network.modules()]
    modes = {module: module.training for module in network.modules()}
    device = next((p.device for p in network.parameters()), torch.device("cpu"))
    try:
        with torch.no_grad():
            network.eval()(torch.zeros(1, *image_shape, device=device))
    except (RuntimeError, ValueError, TypeError) as error:
        name = type(network).__name__
        raise ValueError(f"{name} cannot take a batch of {image_shape}: {error}") from error
    finally:
        for hook in hooks:
            hook.remove()
        for module, training in modes.items():
            module.training = training
    return [
        Branch(
            name.rpartition(".")[2] or "(the network)",
            type(module).__name__,
            name.count(".") + bool(name),
            shapes.get(module),
            sum(p.numel() for p in module.parameters()),
            sum(b.numel() for b in module.buffers()),
            len(list(module.children())),
        )
        for name, module in network.named_modules()
    ]


def shown(tree: list[Branch], depth: int) -> list[Branch]:
    """Return the lines down to ``depth``, as many as there is room for."""
    return [branch for branch in tree if branch.depth <= depth][:MOST_ROWS]


def draw_tree(trees: Mapping[str, list[Branch]], *, network: str, depth: int) -> Figure:
    """Draw the tree of one network as a table, with a bar for each module's share of parameters."""
    tree = trees[network]
    rows = shown(tree, depth)
    height = HEAD + ROW * (MOST_ROWS + 1)
    with style():
        figure = Figure(figsize=(WIDTH, height), dpi=STYLE["figure.dpi"])
        ax = figure.add_axes((0, 0, 1, 1), xlim=(0, 1), ylim=(height, 0))
        ax.axis("off")
        for title, x in COLUMNS.items():
            side = "right" if title in NUMBERS else "left"
            ax.text(x, HEAD / 2, title, ha=side, va="center", weight="bold", fontsize=9)
        ax.text(BARS, HEAD / 2, "their share", va="center", weight="bold", fontsize=9)
        for number, branch in enumerate(rows):
            _draw_row(ax, HEAD + ROW * (number + 0.5), branch, tree[0].parameters, depth)
        if rest := _hidden_rows(tree, depth):
            place = HEAD + ROW * (MOST_ROWS + 0.5)
            ax.text(COLUMNS["module"], place, f"… and {rest} more", va="center", fontsize=8.5)
    lines = "; ".join(f"{b.name}: {b.kind}, {b.parameters:,} parameters" for b in rows)
    figure.set_label(f"Modules of {network} down to depth {depth}. {lines}")
    return figure


def explain_tree(trees: Mapping[str, list[Branch]], *, network: str, depth: int) -> str:
    """Return how many modules and parameters there are, and which layer holds the most."""
    tree = trees[network]
    whole = tree[0]
    leaves = [branch for branch in tree if not branch.children]
    largest = max(leaves, key=lambda branch: branch.parameters)
    held = f"{whole.parameters:,} parameters and {whole.buffers:,} numbers in buffers"
    text = f"{len(tree)} modules, {len(leaves)} of them without children; {held}."
    if not whole.parameters:
        return text
    share = largest.parameters / whole.parameters
    return (
        f"{text} The {largest.kind} with the most has {largest.parameters:,} of them, {share:.0%}."
    )


def _hidden_rows(tree: list[Branch], depth: int) -> int:
    return max(0, sum(branch.depth <= depth for branch in tree) - MOST_ROWS)


def _draw_row(ax: Axes, y: float, branch: Branch, total: int, depth: int) -> None:
    folded = " …" if branch.children and branch.depth == depth else ""
    shape = "not called with one tensor" if branch.shape is None else str(("B", *branch.shape))
    texts = {
        "module": f"{'    ' * branch.depth}{branch.name}  {branch.kind}{folded}",
        "output": shape.replace("'", ""),
        "parameters": f"{branch.parameters:,}" if branch.parameters else "",
        "buffers": f"{branch.buffers:,}" if branch.buffers else "",
    }
    leaf = not branch.children
    for title, x in COLUMNS.items():
        side = "right" if title in NUMBERS else "left"
        weight = "normal" if leaf else "bold"
        if text := texts[title]:
            ax.text(x, y, text, ha=side, va="center", fontsize=8.5, color=INK, weight=weight)
    if total and branch.parameters:
        width = (1 - BARS - 0.01) * branch.parameters / total
        ax.barh(y, width, ROW * 0.66, left=BARS, color=COLORS[0], alpha=0.9 if leaf else 0.3)
