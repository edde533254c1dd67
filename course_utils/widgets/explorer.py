"""The convolution explorer: each cell of convolution and pooling layers, computed in the browser.

The files in ``static/`` do the work: ``ops.mjs`` the arithmetic, which the tests compare with
PyTorch, and ``explorer.mjs`` the view. This module sends them settings and numbers, and gives the
layer back as PyTorch's own module. ``python -m course_utils.widgets.explorer PAGE.html`` makes a
page of the same files that needs no kernel and no server.
"""

from __future__ import annotations

import base64
import contextlib
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import anywidget
import torch
import traitlets
from torch import Tensor, nn

from .._figures import to_png
from . import _explorer_state as told
from ._explorer_still import still

STATIC = Path(__file__).parent / "static"
NAME = "Convolution explorer"
LITERAL = r"`(?:\\.|[^`\\])*`|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'"
SIGN = r"=>|[-+*/%]=|[=!]==?|[<>]=?|&&|\|\||\?\?|[-+](?!\s*[-+])|[{}()\[\],;:=?*]"
COMMENT = r"//[^\n]*|/\*.*?\*/"
ARROW = r"(?<!return)\s*\((\w+)\)\s*(=>)\s*"  # of one parameter, which needs no brackets
SPARE = re.compile(
    rf"({LITERAL})|\s*(?:{COMMENT})\s*|{ARROW}|;\s*(?=\}})|(?<=return)\s+(?=[`\"\[])|\s*({SIGN})\s*|(?<=\n)\s+"
)


def script() -> str:
    """Return the explorer's JavaScript in one piece, without comments and spare spaces."""
    files = ("ops.mjs", "explorer.mjs")
    text = "".join((STATIC / name).read_text(encoding="utf-8") for name in files)
    text = re.sub(r"^import [^;]*;\n|^export (?=const|function)", "", text, flags=re.MULTILINE)
    return SPARE.sub(lambda found: "".join(filter(None, found.groups())), text)


def style() -> str:
    """Return the explorer's style sheet."""
    return (STATIC / "explorer.css").read_text(encoding="utf-8")


class ConvolutionExplorer(anywidget.AnyWidget):
    """The widget; :func:`convolution_explorer` makes one."""

    _esm = script()
    _css = style()
    state = traitlets.Dict().tag(sync=True)
    numbers = traitlets.Dict().tag(sync=True)
    limits = traitlets.Dict(told.LIMITS).tag(sync=True)
    markup = traitlets.Unicode(told.markup()).tag(sync=True)

    @property
    def input(self) -> Tensor:
        """The numbers in the input grids: (1, in_channels, height, width), float32."""
        height, width = self.state["size"]
        values = torch.tensor(self.numbers["input"], dtype=torch.float32)
        return values[None, : self.state["in_channels"], :height, :width]

    @property
    def output(self) -> Tensor:
        """What PyTorch makes of the input: (1, channels, height, width), float32.

        Raises:
            RuntimeError, ValueError: PyTorch's own, for a setting that it refuses.
        """
        with torch.no_grad():
            return self.module()(self.input)

    def module(self) -> nn.Module:
        """Return the layer with the weights shown; for several layers an ``nn.Sequential``.

        Raises:
            ValueError: PyTorch's own, for a setting that it refuses.
        """
        channels, layers = self.state["in_channels"], []
        for layer in self.state["layers"]:
            layers.append(_module(layer, channels, self.numbers))
            channels = channels if layer["mode"] in ("max", "avg") else layer["out_channels"]
        return layers[0] if len(layers) == 1 else nn.Sequential(*layers)

    def __repr__(self) -> str:
        return f"<{NAME}: run this cell to start>"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        live = super()._repr_mimebundle_(**kwargs) or {}
        data, *rest = live if isinstance(live, tuple) else (live,)
        data = {**data, "text/plain": repr(self)}
        with contextlib.suppress(Exception):  # the live explorer says what is wrong
            data["image/png"] = base64.b64encode(to_png(still(self))).decode("ascii")
        return (data, *rest) if rest else data


def convolution_explorer(
    mode: str = "conv",
    *,
    layers: Sequence[Mapping[str, Any]] | None = None,
    size: int | tuple[int, int] | None = None,
    in_channels: int | None = None,
    input: Any = None,
    weight: Any = None,
    question: str = "",
    predict: bool = False,
    **settings: Any,
) -> ConvolutionExplorer:
    """Return an explorer of one layer, or of a stack of layers.

    Args:
        mode: ``"conv"``, ``"transposed"``, ``"max"`` or ``"avg"``.
        layers: settings of several layers, each a dict with ``mode`` and the settings below.
        size: height and width of the input (5, or that of ``input``).
        in_channels: channels of the input (1, or those of ``input``).
        input: own numbers, (H, W) or (C, H, W), or a PIL image; up to 4 × 32 × 32.
        weight: own kernel, (height, width) or (out, in, height, width).
        question: a line to stand above the grids.
        predict: hide the output until its size has been predicted.
        settings: PyTorch's names: kernel_size, stride, padding, dilation, padding_mode, groups,
            out_channels, bias, output_padding, ceil_mode, count_include_pad.

    Raises:
        ValueError: for an unknown name, or a value that the explorer has no control for. A layer
            that PyTorch refuses is shown with PyTorch's own words.
    """
    if layers is not None and settings:
        raise ValueError(f"{', '.join(settings)} belongs into one of the layers")
    numbers, shape = told.numbers(input, weight)
    channels, *pixels = shape or (1, 5, 5)
    given = [{"mode": mode, **settings}] if layers is None else layers
    low, high = told.LIMITS["layers"]
    if not low <= len(given) <= high:
        raise ValueError(f"{len(given)} layers; use {low} … {high}")
    checked = [told.checked_layer(layer) for layer in given]
    state = {
        "size": told.checked_size(tuple(pixels) if size is None else size),
        "in_channels": told.checked_channels(channels if in_channels is None else in_channels),
        "layers": checked,
        "selected": 0,
        "predict": bool(predict),
        "question": question,
    }
    pairs = [
        state["size"],
        *(v for layer in checked for v in layer.values() if isinstance(v, list)),
    ]
    state["apart"] = any(height != width for height, width in pairs)
    return ConvolutionExplorer(state=state, numbers=numbers)


def page(explorer: ConvolutionExplorer) -> str:
    """Return an HTML page with this explorer that needs no kernel, no server and no network."""
    values = {name: getattr(explorer, name) for name in ("state", "numbers", "limits", "markup")}
    data = json.dumps(values).replace("</", "<\\/")
    return (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{NAME}</title>\n'
        '<meta name="viewport" content="width=device-width">\n'
        "<style>\n:root { color-scheme: light dark; }\nbody { margin: 1em; }\n"
        f"{style()}</style>\n"
        f'<main></main>\n<script type="module">\n{script()}\nconst values = {data};\n'
        "const model = {\n  get: (name) => values[name],\n"
        "  set: (name, value) => { values[name] = value; },\n"
        "  save_changes() {}, on() {}, off() {},\n};\n"
        'render({ model, el: document.querySelector("main") });\n</script>\n</html>\n'
    )


def _module(layer: Mapping[str, Any], channels: int, numbers: Mapping[str, list]) -> nn.Module:
    """Return one layer with its weights taken from the numbers shown."""
    names = {"max": ["dilation", "ceil_mode"], "avg": ["ceil_mode", "count_include_pad"]}
    kernel, stride = tuple(layer["kernel"]), layer["stride"]
    padding = tuple(layer["padding"])
    if layer["mode"] in names:
        options = {name: _plain(layer[name]) for name in names[layer["mode"]]}
        kind = nn.MaxPool2d if layer["mode"] == "max" else nn.AvgPool2d
        return kind(kernel, stride and tuple(stride), padding, **options)
    transposed = layer["mode"] == "transposed"
    options = {name: _plain(layer[name]) for name in ("dilation", "groups", "bias", "padding_mode")}
    if transposed:
        options["output_padding"] = tuple(layer["output_padding"])
    elif layer["pad_rule"] != "number":
        padding = layer["pad_rule"]
    made = (nn.ConvTranspose2d if transposed else nn.Conv2d)(
        channels, layer["out_channels"], kernel, tuple(stride), padding, **options
    )
    shown = torch.tensor(numbers["weight"])
    made.weight.data = shown[tuple(slice(n) for n in made.weight.shape)].clone()
    if made.bias is not None:
        made.bias.data = torch.tensor(numbers["bias"])[: len(made.bias)]
    return made


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


if __name__ == "__main__":
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "convolution_explorer.html")
    target.write_text(page(convolution_explorer(size=8)), encoding="utf-8")
    print(f"{target} is ready: open it in a browser.")
