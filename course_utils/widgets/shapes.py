"""The shape tracer: how size, channels and parameters change from layer to layer."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from math import prod, sqrt

import ipywidgets
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from .._figures import COLORS, INK, STYLE, style
from ..geometry import conv2d_output_size, conv_parameters, linear_parameters, pool2d_output_size
from ._base import Explorer

CLASSES = 10
WIDTH, HEIGHT, FLOOR = 9.2, 3.1, 1.0  # inches; the boxes stand on FLOOR, the text below it
ROWS = (0.78, 0.5, 0.22)
FACES = {"Conv2d": COLORS[0], "MaxPool2d": COLORS[4], "Linear": COLORS[2]}


@dataclass(frozen=True, kw_only=True)
class Network:
    """A convolutional classifier of square colour images; the defaults are the classic network."""

    image_size: int = 32
    blocks: int = 3  # of one convolution and one pooling each
    kernel_size: int = 5
    padding: int = 2
    pool_size: int = 2
    pool_stride: int = 2
    channels_1: int = 32
    channels_2: int = 32
    channels_3: int = 64
    channels_4: int = 64
    hidden: int = 64  # 0: straight from the flattened features to the classes

    @property
    def channels(self) -> tuple[int, ...]:
        """The output channels of each block."""
        every = (self.channels_1, self.channels_2, self.channels_3, self.channels_4)
        return every[: self.blocks]


@dataclass(frozen=True)
class Layer:
    """One line of the model and what comes out of it; no shape where PyTorch refuses the input."""

    line: str  # as in nn.Sequential, "input" for the image
    shape: tuple[int, ...]  # without the batch dimension
    parameters: int = 0
    error: str = ""  # PyTorch's own words

    @property
    def kind(self) -> str:
        """The layer's class, as in "Conv2d"."""
        return self.line.removeprefix("nn.").partition("(")[0]


def shape_tracer() -> Explorer:
    """Return the shape tracer, set to the classic CIFAR-10 network (145,578 parameters).

    Its ``code`` is the ``nn.Sequential`` that it shows.
    """
    slider, dropdown = ipywidgets.IntSlider, ipywidgets.Dropdown
    widths = {"options": [4, 8, 16, 32, 64, 128]}
    ranges = {
        "image_size": (slider, {"min": 8, "max": 96, "step": 4}, "image size"),
        "blocks": (slider, {"min": 1, "max": 4}, "conv blocks"),
        "channels_1": (dropdown, widths, "channels 1"),
        "channels_2": (dropdown, widths, "channels 2"),
        "channels_3": (dropdown, widths, "channels 3"),
        "channels_4": (dropdown, widths, "channels 4"),
        "kernel_size": (slider, {"min": 1, "max": 9}, "kernel size"),
        "padding": (slider, {"min": 0, "max": 4}, "padding"),
        "pool_size": (slider, {"min": 1, "max": 4}, "pooling size"),
        "pool_stride": (slider, {"min": 1, "max": 4}, "pooling stride"),
        "hidden": (slider, {"min": 0, "max": 256, "step": 16}, "hidden (0: none)"),
    }
    defaults = dataclasses.asdict(Network())
    controls = {
        name: control(value=defaults[name], description=label, **limits)
        for name, (control, limits, label) in ranges.items()
    }
    return Explorer("Shape tracer", draw_shapes, controls, note=summary, code=model_code)


def trace(network: Network) -> list[Layer]:
    """Return the input and every layer, up to the first that PyTorch refuses."""
    size = network.image_size
    layers = [Layer("input", (3, size, size))]
    for channels in network.channels:
        for step in (_convolution, _pooling):
            layers.append(step(network, layers[-1].shape, channels))
            if layers[-1].error:
                return layers
    features = prod(layers[-1].shape)
    layers.append(Layer("nn.Flatten()", (features,)))
    for width in filter(None, (network.hidden, CLASSES)):
        line = f"nn.Linear({features}, {width})"
        layers.append(Layer(line, (width,), linear_parameters(features, width)))
        features = width
    return layers


def summary(**settings: int) -> str:
    """Return the total of the parameters, or PyTorch's own error."""
    layers = trace(Network(**settings))
    if layers[-1].error:
        return f"✗ PyTorch: {layers[-1].error}"
    total = sum(layer.parameters for layer in layers)
    return f"{total:,} parameters; a batch of B images comes out as (B, {CLASSES}) logits."


def model_code(**settings: int) -> str:
    """Return the model as Python code, with the shape of each line's output."""
    lines = ["from torch import nn", "", "model = nn.Sequential("]
    for layer in trace(Network(**settings))[1:]:
        comment = "✗ refused" if layer.error else f"({', '.join(map(str, ('B', *layer.shape)))})"
        lines.append(f"    {layer.line + ',':<48}# {comment}")
    return "\n".join([*lines, ")"])


def draw_shapes(**settings: int) -> Figure:
    """Draw every layer's output above its name, shape and number of parameters.

    The largest box fills the space and the others are to scale, bars by the root of their length.
    """
    layers = trace(Network(**settings))
    with style():
        figure = Figure(figsize=(WIDTH, HEIGHT), dpi=STYLE["figure.dpi"])
        ax = figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(0, HEIGHT))  # in inches
        ax.set_axis_off()
        for y, text in zip(ROWS, ("layer", "output", "parameters"), strict=True):
            ax.text(0.12, y, text, fontsize=9, color="#6B7280", va="center")
        step = min(1.0, (WIDTH - 1.75) / (len(layers) - 1))
        for place, layer in enumerate(layers):
            _draw_layer(ax, 1.3 + place * step, layer, layers, 8.5 if step > 0.75 else 6.6)
        ax.text(0.12, HEIGHT - 0.22, _headline(layers), fontsize=12, va="center")
        scale = "boxes: to scale within this network · bars: by the root of their length"
        ax.text(WIDTH - 0.12, HEIGHT - 0.22, scale, fontsize=7.5, va="center", ha="right")
    figure.set_label(_in_words(layers))
    return figure


def _convolution(network: Network, shape: tuple[int, ...], channels: int) -> Layer:
    kernel_size, padding = network.kernel_size, network.padding
    line = f"nn.Conv2d({shape[0]}, {channels}, kernel_size={kernel_size}, padding={padding})"
    try:
        size = conv2d_output_size(shape[1:], kernel_size, padding=padding)
    except ValueError:
        return Layer(line, (), error=_refusal(line, shape))
    return Layer(line, (channels, *size), conv_parameters(shape[0], channels, kernel_size))


def _pooling(network: Network, shape: tuple[int, ...], _channels: int) -> Layer:
    kernel_size, stride = network.pool_size, network.pool_stride
    line = f"nn.MaxPool2d(kernel_size={kernel_size}, stride={stride})"
    try:
        size = pool2d_output_size(shape[1:], kernel_size, stride)
    except ValueError:
        return Layer(line, (), error=_refusal(line, shape))
    return Layer(line, (shape[0], *size))


def _refusal(line: str, shape: tuple[int, ...]) -> str:
    """Return what PyTorch says when the layer meets an input of this shape."""
    import torch
    from torch import nn

    layer = eval(line, {"nn": nn})  # a line that this module wrote, from whole numbers
    try:
        layer(torch.zeros(1, *shape, device="cpu"))  # on "meta", old versions use other words
    except RuntimeError as error:
        return str(error)
    raise AssertionError(f"{line} accepts {shape}")


def _draw_layer(ax: Axes, x: float, layer: Layer, layers: list[Layer], fontsize: float) -> None:
    color = COLORS[1] if layer.error else FACES.get(layer.kind, "#8A9099")
    if len(layer.shape) == 3:
        _draw_volume(ax, x, layer.shape, layers, color)
    elif layer.shape:
        longest = max(prod(other.shape) for other in layers if len(other.shape) == 1)
        _draw_box(ax, x - 0.06, 0.12, max(0.03, 1.6 * sqrt(layer.shape[0] / longest)), 0, color)
    else:
        ax.text(x, FLOOR + 0.5, "✗", fontsize=32, color=color, ha="center", va="center")
    shape = "refused" if layer.error else "×".join(f"{size:,}" for size in layer.shape)
    parameters = f"{layer.parameters:,}" if layer.parameters else "–"
    for y, text in zip(ROWS, (layer.kind, shape, parameters), strict=True):
        ink = color if layer.error else INK
        ax.text(x, y, text, fontsize=fontsize, color=ink, ha="center", va="center")


def _draw_volume(
    ax: Axes, x: float, shape: tuple[int, ...], layers: list[Layer], color: str
) -> None:
    """A box as tall and deep as the image, and as wide as it has channels."""
    tallest, widest = (max(s.shape[axis] for s in layers if len(s.shape) == 3) for axis in (1, 0))
    height, width = 1.35 * shape[1] / tallest, max(0.025, 0.34 * shape[0] / widest)
    depth = 0.25 * height
    _draw_box(ax, x - (width + depth) / 2, width, height, depth, color)


def _draw_box(ax: Axes, x: float, width: float, height: float, depth: float, color: str) -> None:
    rise = depth * 0.8
    right, top = x + width, FLOOR + height
    front = [(x, FLOOR), (right, FLOOR), (right, top), (x, top)]
    above = [(x, top), (right, top), (right + depth, top + rise), (x + depth, top + rise)]
    side = [
        (right, FLOOR),
        (right + depth, FLOOR + rise),
        (right + depth, top + rise),
        (right, top),
    ]
    for corners, alpha in ((front, 0.95), (above, 0.55), (side, 0.75)):
        ax.add_patch(Polygon(corners, facecolor=color, alpha=alpha, edgecolor="white"))


def _headline(layers: list[Layer]) -> str:
    if layers[-1].error:
        return "PyTorch refuses this network: its reason stands below."
    total = sum(layer.parameters for layer in layers)
    size = layers[0].shape[1]
    return f"3 × {size} × {size} image → {CLASSES} logits, {total:,} parameters"


def _in_words(layers: list[Layer]) -> str:
    steps = (f"{x.kind} {'refused' if x.error else '×'.join(map(str, x.shape))}" for x in layers)
    return f"{_headline(layers)} Layers: {', '.join(steps)}."
