"""The module tree: a network's modules, what comes out of each, and where its parameters sit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import ipywidgets
import torch
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from torch import Tensor, nn

from .. import models
from .._figures import COLORS, STYLE, style
from ._base import Explorer
from ._quick_text import QuickText

MOST_ROWS = 22  # what the picture has room for
WIDTH, ROW, HEAD, EDGE = 8.2, 0.19, 0.36, 0.012  # inches; the edge is a share of the width
COLUMNS = {"module": EDGE, "output": 0.4, "parameters": 0.69, "buffers": 0.785}
NUMBERS = ("parameters", "buffers")  # aligned at the right
MOST_LETTERS = 40  # of a module's name and class
BARS = 0.81  # the share of all parameters, from here to the right edge
LEAF, INNER = COLORS[0], "#B0D3E8"  # bars; the paler ones for modules with children
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


def shown(tree: list[Branch], depth: int) -> list[tuple[Branch, bool]]:
    """Return the lines down to ``depth``, and whether each is folded.

    Where there is no room for all, the modules with the most parameters are those to be seen.
    """

    def by_size(place: int) -> tuple[int, int]:
        return -tree[place].parameters, place

    inside = {place: _children(tree, place) for place, b in enumerate(tree) if b.children}
    if 0 in inside:
        inside[0] = sorted(inside[0], key=by_size)[: MOST_ROWS - 1]
    seen, opened = {0}, set()
    while fits := [
        place
        for place in seen & inside.keys() - opened
        if tree[place].depth < depth and len(seen) + len(inside[place]) <= MOST_ROWS
    ]:
        place = min(fits, key=by_size)
        opened.add(place)
        seen.update(inside[place])
    return [(tree[place], place in inside and place not in opened) for place in sorted(seen)]


def draw_tree(trees: Mapping[str, list[Branch]], *, network: str, depth: int) -> Figure:
    """Draw the tree of one network as a table, with a bar for each module's share of parameters."""
    tree = trees[network]
    rows = shown(tree, depth)
    height = HEAD + ROW * (MOST_ROWS + 1)
    places = [1 - (HEAD + ROW * (number + 0.5)) / height for number in range(len(rows) + 1)]
    with style():
        figure = Figure(figsize=(WIDTH, height), dpi=STYLE["figure.dpi"])
        words = QuickText(8.5)
        _write_row(words, 1 - HEAD / 2 / height, {title: title for title in COLUMNS}, bold=True)
        words.add(BARS, 1 - HEAD / 2 / height, "their share", bold=True)
        for place, (branch, folded) in zip(places, rows, strict=False):
            _write_row(words, place, _texts(branch, folded), bold=bool(branch.children))
        if rest := sum(branch.depth <= depth for branch in tree) - len(rows):
            words.add(EDGE, places[-1], f"… and {rest} more, with fewer parameters", bold=False)
        figure.add_artist(words)
        figure.add_artist(_bars(figure, places, [branch for branch, _ in rows]))
    lines = "; ".join(f"{b.name}: {b.kind}, {b.parameters:,} parameters" for b, _ in rows)
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


def _children(tree: list[Branch], place: int) -> list[int]:
    """Return the places of the modules one level below the one at ``place``."""
    found = []
    for number in range(place + 1, len(tree)):
        if tree[number].depth <= tree[place].depth:
            break
        if tree[number].depth == tree[place].depth + 1:
            found.append(number)
    return found


def _texts(branch: Branch, folded: bool) -> dict[str, str]:
    name = f"{branch.name}  {branch.kind}"
    name = name if len(name) <= MOST_LETTERS else name[: MOST_LETTERS - 1] + "…"
    shape = "no single tensor" if branch.shape is None else str(("B", *branch.shape))
    return {
        "module": "    " * branch.depth + name + " …" * folded,
        "output": shape.replace("'", ""),
        "parameters": f"{branch.parameters:,}" if branch.parameters else "",
        "buffers": f"{branch.buffers:,}" if branch.buffers else "",
    }


def _write_row(words: QuickText, y: float, texts: Mapping[str, str], *, bold: bool) -> None:
    for title, x in COLUMNS.items():
        words.add(x, y, texts[title], "right" if title in NUMBERS else "left", bold=bold)


def _bars(figure: Figure, places: list[float], rows: list[Branch]) -> LineCollection:
    """Return a bar for each module that has parameters, one pixel or more in width."""
    owners = [(y, b) for y, b in zip(places, rows, strict=False) if b.parameters]
    room = 1 - BARS - EDGE
    ends = [BARS + max(room * b.parameters / rows[0].parameters, 0.0015) for _, b in owners]
    return LineCollection(
        [[(BARS, y), (end, y)] for (y, _), end in zip(owners, ends, strict=True)],
        colors=[INNER if b.children else LEAF for _, b in owners],
        linewidths=ROW * 0.66 * 72,
        transform=figure.transFigure,
    )
