"""What the convolution explorer is told: checked settings, numbers to show, and its controls."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .._pixels import to_array

LIMITS = {
    "size": (1, 32),
    "kernel": (1, 7),
    "stride": (1, 5),
    "padding": (0, 5),
    "dilation": (1, 4),
    "output_padding": (0, 4),
    "in_channels": (1, 4),
    "out_channels": (1, 4),
    "groups": (1, 4),
    "layers": (1, 5),
}
PAIRS = ("size", "kernel", "stride", "padding", "dilation", "output_padding")
LABELS = {
    "mode": "layer",
    "size": "input size",
    "kernel": "kernel_size",
    "pad_rule": "padding is",
    "like_kernel": "stride = kernel_size",
    "apart": "height and width apart",
    "predict": "predict first",
}
CHOICES = {
    "mode": {
        "conv": "Conv2d",
        "transposed": "ConvTranspose2d",
        "max": "MaxPool2d",
        "avg": "AvgPool2d",
    },
    "pad_rule": {"number": "a number", "same": "'same'", "valid": "'valid'"},
    "padding_mode": {word: word for word in ("zeros", "reflect", "replicate", "circular")},
}
SWITCHES = ("bias", "ceil_mode", "count_include_pad")
PLAIN_LAYER = {
    "mode": "conv",
    "kernel": [3, 3],
    "stride": [1, 1],
    "padding": [0, 0],
    "dilation": [1, 1],
    "output_padding": [0, 0],
    "pad_rule": "number",
    "padding_mode": "zeros",
    "out_channels": 1,
    "groups": 1,
    "bias": False,
    "ceil_mode": False,
    "count_include_pad": True,
}
EXAMPLE_INPUT = [
    [1, 2, 0, 3, 1],
    [0, 1, 2, 3, 1],
    [1, 2, 1, 0, 0],
    [5, 2, 3, 1, 1],
    [2, 1, 0, 1, 1],
]
EXAMPLE_KERNEL = [[1, 2, 1], [0, 1, 0], [2, 1, 0]]


def checked_layer(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return one layer's state from PyTorch's names; a pooling layer may leave out its stride.

    Raises:
        ValueError: for an unknown name, or a value that the explorer has no control for.
    """
    given = dict(settings)
    layer = {
        name: value.copy() if isinstance(value, list) else value
        for name, value in PLAIN_LAYER.items()
    }
    if "kernel_size" in given:
        given["kernel"] = given.pop("kernel_size")
    if given.get("padding") in ("same", "valid"):
        given["pad_rule"] = given.pop("padding")
    if unknown := sorted(set(given) - set(layer)):
        known = ", ".join(name if name != "kernel" else "kernel_size" for name in layer)
        raise ValueError(f"no setting {', '.join(unknown)}; use {known}")
    if given.get("mode") in ("max", "avg") and given.get("stride") is None:
        layer["stride"] = given["stride"] = None
    for name, value in given.items():
        layer[name] = _checked(name, value)
    return layer


def checked_size(size: int | tuple[int, int]) -> list[int]:
    """Return the input's [height, width]."""
    return _checked("size", size)


def checked_channels(channels: int) -> int:
    """Return the input's channels."""
    return _checked("in_channels", channels)


def _checked(name: str, value: Any) -> Any:
    if name in CHOICES:
        if value not in CHOICES[name]:
            raise ValueError(f"{name} {value!r} is unknown; use one of {', '.join(CHOICES[name])}")
        return value
    if name in SWITCHES:
        return bool(value)
    if value is None and name == "stride":
        return None
    values = list(value) if isinstance(value, Sequence) else [value] * (2 if name in PAIRS else 1)
    low, high = LIMITS[name]
    whole = all(isinstance(v, int) and low <= v <= high for v in values)
    if not whole or len(values) != (2 if name in PAIRS else 1):
        kind = f"a whole number {low} … {high}" + (", or a pair of them" * (name in PAIRS))
        raise ValueError(f"{LABELS.get(name, name)} {value!r} is not {kind}")
    return values if name in PAIRS else values[0]


def numbers(
    input: Any = None,
    weight: Any = None,
) -> tuple[dict[str, list], tuple[int, int, int] | None]:
    """Return the numbers to show, one for each cell there can be, and the shape of ``input``.

    Without ``input`` and ``weight``: a worked example in the first 5 × 5 cells (of the kernel:
    3 × 3), and small random numbers around it, always the same.
    """
    rng = random.Random(0)
    most, side, window = LIMITS["in_channels"][1], LIMITS["size"][1], LIMITS["kernel"][1]
    pixels = np.array([rng.randrange(6) for _ in range(most * side * side)], float)
    taps = np.array([rng.randrange(-2, 3) for _ in range(most * most * window * window)], float)
    pixels, taps = pixels.reshape(most, side, side), taps.reshape(most, most, window, window)
    pixels[0, :5, :5], taps[0, 0, :3, :3] = EXAMPLE_INPUT, EXAMPLE_KERNEL
    shape = None
    if input is not None:
        own = _own_input(input)
        shape = own.shape
        pixels[tuple(slice(n) for n in shape)] = own
    if weight is not None:
        own = _own_weight(weight)
        taps[tuple(slice(n) for n in own.shape)] = own
    bias = [1.0, -1.0, 2.0, 0.0]
    return {"input": pixels.tolist(), "weight": taps.tolist(), "bias": bias}, shape


def _own_input(values: Any) -> np.ndarray:
    array, channels_first = to_array(values)
    array = np.asarray(array, float)
    if array.ndim == 4 and array.shape[0] == 1:
        array = array[0]
    if array.ndim == 2:
        array = array[None]
    if array.ndim == 3 and not channels_first and array.shape[2] in (1, 3, 4):
        array = array.transpose(2, 0, 1)
    most, side = LIMITS["in_channels"][1], LIMITS["size"][1]
    if array.ndim != 3 or array.shape[0] > most or max(array.shape[1:]) > side or 0 in array.shape:
        raise ValueError(
            f"input of shape {array.shape} is not (H, W) or (C, H, W) with up to {most} channels "
            f"and {side} × {side} pixels; cut or resize it first"
        )
    return array


def _own_weight(values: Any) -> np.ndarray:
    array = np.asarray(to_array(values)[0], float)
    array = array[(None,) * (4 - array.ndim)] if array.ndim in (2, 3) else array
    most, window = LIMITS["in_channels"][1], LIMITS["kernel"][1]
    fits = array.ndim == 4 and max(array.shape[:2]) <= most and max(array.shape[2:]) <= window
    if not fits or 0 in array.shape:
        raise ValueError(
            f"weight of shape {array.shape} is not (height, width) or (out, in, height, width) "
            f"with up to {most} channels and {window} × {window} numbers"
        )
    return array


def markup() -> str:
    """Return the explorer's controls as HTML; their names are those of the state."""
    sliders = "".join(
        map(_row, ("size", "kernel", "stride", "padding", "dilation", "output_padding"))
    )
    rows = _row("mode") + sliders + "".join(map(_row, ("pad_rule", "padding_mode")))
    rows += "".join(map(_row, ("in_channels", "out_channels", "groups")))
    switches = "".join(
        f'<label><input type="checkbox" name="{name}">{LABELS.get(name, name)}</label>'
        for name in (*SWITCHES, "like_kernel", "apart", "predict")
    )
    guesses = "".join(
        f'<input type="number" min="0" aria-label="your {axis} of the output">'
        for axis in ("height", "width")
    )
    return (
        '<div class="question"></div>'
        '<div class="row tabs"><div role="group" aria-label="layers"></div>'
        '<button data-act="more">+ layer</button><button data-act="less">− layer</button>'
        '<button data-act="picture">own picture …</button>'
        '<input class="picture" type="file" accept="image/*" aria-label="own picture" hidden></div>'
        f'<div class="panel">{rows}</div><div class="row ticks">{switches}</div>'
        '<div class="stage"></div><div class="said" role="status"></div><div class="sizes"></div>'
        f'<div class="row guess" hidden>Height and width of the output: {guesses}'
        '<button data-act="judge">Check</button></div>'
        '<div class="row walk"><button data-act="step">Step</button>'
        '<button data-act="play" class="play">▶ Play</button>'
        '<code class="line"></code><button data-act="copy">Copy</button></div>'
    )


def _row(name: str) -> str:
    label = LABELS.get(name, name)
    if name in CHOICES:
        options = (
            f'<option value="{value}">{text}</option>' for value, text in CHOICES[name].items()
        )
        control = f'<select name="{name}" aria-label="{label}">{"".join(options)}</select>'
    else:
        low, high = LIMITS[name]
        axes = (
            ((' data-axis="0"', ""), (' data-axis="1"', ", width"))
            if name in PAIRS
            else (("", ""),)
        )
        control = "".join(
            f'<input type="range" name="{name}" min="{low}" max="{high}"{axis} '
            f'aria-label="{label}{more}">'
            for axis, more in axes
        )
        control += "<b></b>"
    return f'<div class="row"><span>{label}</span>{control}</div>'
