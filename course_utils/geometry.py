"""Integer arithmetic of layers: output sizes, parameters, multiply-adds, receptive fields.

Every function follows PyTorch's own rules and is compared with PyTorch in the tests. Sizes are in
pixels (or steps, in one dimension) and are whole numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

IntOrPair = int | tuple[int, int]


def conv_output_size(
    size: int, kernel_size: int, stride: int = 1, padding: int | str = 0, dilation: int = 1
) -> int:
    """Return the output size of a convolution along one dimension.

    ``floor((size + 2·padding − dilation·(kernel_size − 1) − 1) / stride) + 1``

    Args:
        padding: pixels on each side, or ``"valid"`` (none), or ``"same"`` (as many as keep the
            size, which needs stride 1).

    Raises:
        ValueError: where PyTorch refuses the setting too.
    """
    _check_positive(size=size, kernel_size=kernel_size, stride=stride, dilation=dilation)
    if padding == "same":
        if stride != 1:
            raise ValueError(f"padding='same' needs stride 1, not stride {stride}")
        return size
    border = 0 if padding == "valid" else _check_padding(padding)
    return _count_windows(size + 2 * border, _span(kernel_size, dilation), stride)


def conv2d_output_size(
    size: IntOrPair,
    kernel_size: IntOrPair,
    stride: IntOrPair = 1,
    padding: IntOrPair | str = 0,
    dilation: IntOrPair = 1,
) -> tuple[int, int]:
    """Return the output (height, width) of ``nn.Conv2d``; an int stands for both dimensions."""
    return _for_both(conv_output_size, size, kernel_size, stride, padding, dilation)


def conv_transpose_output_size(
    size: int,
    kernel_size: int,
    stride: int = 1,
    padding: int = 0,
    output_padding: int = 0,
    dilation: int = 1,
) -> int:
    """Return the output size of a transposed convolution along one dimension.

    ``(size − 1)·stride − 2·padding + dilation·(kernel_size − 1) + output_padding + 1``

    Raises:
        ValueError: where PyTorch refuses the setting too (``output_padding`` must be smaller than
            the stride or the dilation).
    """
    _check_positive(size=size, kernel_size=kernel_size, stride=stride, dilation=dilation)
    border = _check_padding(padding)
    if not 0 <= output_padding < max(stride, dilation):
        raise ValueError(
            f"output_padding {output_padding} must be smaller than stride {stride} "
            f"or dilation {dilation}"
        )
    output = (size - 1) * stride - 2 * border + _span(kernel_size, dilation) + output_padding
    if output < 1:
        raise ValueError(f"padding {padding} leaves nothing of the output; use a smaller padding")
    return output


def pool_output_size(
    size: int,
    kernel_size: int,
    stride: int | None = None,
    padding: int = 0,
    dilation: int = 1,
    ceil_mode: bool = False,
) -> int:
    """Return the output size of max or average pooling along one dimension.

    ``stride`` is ``kernel_size`` unless given. With ``ceil_mode`` a last, incomplete window counts
    too, unless it would start in the padding behind the input.

    Raises:
        ValueError: where PyTorch refuses the setting too (padding of more than half a kernel).
    """
    stride = kernel_size if stride is None else stride
    _check_positive(size=size, kernel_size=kernel_size, stride=stride, dilation=dilation)
    border, span = _check_padding(padding), _span(kernel_size, dilation)
    if border > kernel_size // 2:
        raise ValueError(
            f"padding {padding} is more than half of kernel_size {kernel_size}; "
            f"use padding ≤ {kernel_size // 2}"
        )
    if not ceil_mode:
        return _count_windows(size + 2 * border, span, stride)
    count = _count_windows(size + 2 * border + stride - 1, span, stride)
    return count - 1 if (count - 1) * stride >= size + border else count


def pool2d_output_size(
    size: IntOrPair,
    kernel_size: IntOrPair,
    stride: IntOrPair | None = None,
    padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
    ceil_mode: bool = False,
) -> tuple[int, int]:
    """Return the output (height, width) of ``nn.MaxPool2d``; an int stands for both dimensions."""
    return _for_both(pool_output_size, size, kernel_size, stride, padding, dilation, ceil_mode)


def conv_parameters(
    in_channels: int,
    out_channels: int,
    kernel_size: int | tuple[int, ...],
    groups: int = 1,
    bias: bool = True,
) -> int:
    """Return the number of weights and biases of a convolution (an int kernel is square).

    Raises:
        ValueError: if ``groups`` does not divide both channel counts.
    """
    for name, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
        if channels % groups:
            raise ValueError(f"groups {groups} must divide {name} {channels}")
    window = kernel_size**2 if isinstance(kernel_size, int) else prod(kernel_size)
    return out_channels * (in_channels // groups) * window + (out_channels if bias else 0)


def linear_parameters(in_features: int, out_features: int, bias: bool = True) -> int:
    """Return the number of weights and biases of ``nn.Linear``."""
    return in_features * out_features + (out_features if bias else 0)


def conv_multiply_adds(
    output_size: tuple[int, ...],
    in_channels: int,
    out_channels: int,
    kernel_size: int | tuple[int, ...],
    groups: int = 1,
) -> int:
    """Return the multiply-adds of a convolution for one image; ``output_size`` is (H, W)."""
    weights = conv_parameters(in_channels, out_channels, kernel_size, groups, bias=False)
    return weights * prod(output_size)


def receptive_field(layers: Iterable[tuple[int, int] | tuple[int, int, int]]) -> int:
    """Return how many input pixels, along one dimension, one output pixel depends on.

    Args:
        layers: (kernel_size, stride) or (kernel_size, stride, dilation), first layer first.
    """
    field, jump = 1, 1
    for kernel_size, stride, *rest in layers:
        dilation = rest[0] if rest else 1
        _check_positive(kernel_size=kernel_size, stride=stride, dilation=dilation)
        field += (kernel_size - 1) * dilation * jump
        jump *= stride
    return field


def _span(kernel_size: int, dilation: int) -> int:
    """Pixels from the first to the last tap of a dilated kernel, both included."""
    return dilation * (kernel_size - 1) + 1


def _count_windows(padded: int, span: int, stride: int) -> int:
    if span > padded:
        raise ValueError(
            f"a window of {span} does not fit into the padded size {padded}; "
            "use a smaller kernel or dilation, or more padding"
        )
    return (padded - span) // stride + 1


def _check_positive(**values: int) -> None:
    for name, value in values.items():
        if value < 1:
            raise ValueError(f"{name} {value} must be at least 1")


def _check_padding(padding: int | str) -> int:
    if isinstance(padding, str) or padding < 0:
        raise ValueError(f"padding {padding!r} must be a whole number ≥ 0, 'same' or 'valid'")
    return padding


def _for_both(function, *settings) -> tuple[int, int]:  # noqa: ANN001
    height, width = (
        function(*(s[axis] if isinstance(s, tuple) else s for s in settings)) for axis in (0, 1)
    )
    return height, width
