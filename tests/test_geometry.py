import random

import pytest
import torch
from torch import nn

from course_utils import geometry as g

RNG = random.Random(0)


def _settings(**choices):
    return {name: RNG.choice(values) for name, values in choices.items()}


def _ours_or_refusal(function, *args, **settings):
    try:
        return function(*args, **settings)
    except ValueError:
        return "refused"


def _torch_or_refusal(layer, size, **settings):
    """The shape that PyTorch gives on real data (the meta device accepts some empty outputs)."""
    try:
        output = layer(**settings)(torch.zeros(1, 1, size))
    except (RuntimeError, ValueError):
        return "refused"
    return output.shape[-1] or "refused"


CONV = [
    _settings(kernel_size=range(1, 8), stride=range(1, 5), padding=range(5), dilation=range(1, 4))
    for _ in range(400)
]
TRANSPOSED = [s | _settings(output_padding=range(4)) for s in CONV]
POOL = [s | _settings(ceil_mode=[True, False]) for s in CONV]


@pytest.mark.parametrize(
    ("ours", "layer", "fixed", "grid"),
    [
        (g.conv_output_size, nn.Conv1d, {"in_channels": 1, "out_channels": 1}, CONV),
        (
            g.conv_transpose_output_size,
            nn.ConvTranspose1d,
            {"in_channels": 1, "out_channels": 1},
            TRANSPOSED,
        ),
        (g.pool_output_size, nn.MaxPool1d, {}, POOL),
    ],
    ids=["conv", "transposed", "pool"],
)
def test_size_equals_torch_or_both_refuse(ours, layer, fixed, grid):
    refused = 0
    for settings in grid:
        size = RNG.randint(1, 20)
        expected = _torch_or_refusal(layer, size, **fixed, **settings)
        assert _ours_or_refusal(ours, size, **settings) == expected, (size, settings)
        refused += expected == "refused"
    assert 0 < refused < 0.75 * len(grid)


def test_two_dimensions_and_words():
    conv = nn.Conv2d(3, 8, (3, 5), (2, 1), (0, 2), bias=False)
    shape = conv(torch.zeros(1, 3, 17, 11)).shape
    assert g.conv2d_output_size((17, 11), (3, 5), (2, 1), (0, 2)) == tuple(shape[2:])
    assert g.pool2d_output_size(5, 2, ceil_mode=True) == (3, 3)
    assert g.pool2d_output_size((5, 6), 2, stride=None) == (2, 3)
    assert g.conv_output_size(7, 4, padding="same", dilation=2) == 7
    assert g.conv_output_size(7, 4, padding="valid") == 4
    with pytest.raises(ValueError, match="needs stride 1, not stride 2"):
        g.conv_output_size(7, 3, stride=2, padding="same")


@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("bias", [True, False])
def test_parameters_and_multiply_adds(groups, bias):
    conv = nn.Conv2d(8, 12, (3, 5), groups=groups, bias=bias)
    assert g.conv_parameters(8, 12, (3, 5), groups, bias) == sum(
        p.numel() for p in conv.parameters()
    )
    linear = nn.Linear(7, 9, bias=bias)
    assert g.linear_parameters(7, 9, bias) == sum(p.numel() for p in linear.parameters())
    assert g.conv_multiply_adds((4, 6), 8, 12, (3, 5), groups) == conv.weight.numel() * 24


def test_receptive_field_is_what_a_gradient_reaches():
    layers = [(3, 1, 1), (2, 2, 1), (3, 1, 2), (3, 2, 1)]
    net = nn.Sequential(*(nn.Conv1d(1, 1, k, s, dilation=d) for k, s, d in layers))
    for p in net.parameters():
        nn.init.ones_(p)
    x = torch.ones(1, 1, 64, requires_grad=True)
    net(x)[0, 0, 3].backward()
    touched = x.grad.nonzero()[:, 2]
    assert g.receptive_field(layers) == touched.max() - touched.min() + 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: g.conv_output_size(4, 7), "window of 7 does not fit into the padded size 4"),
        (lambda: g.conv_output_size(4, 3, stride=0), "stride 0 must be at least 1"),
        (lambda: g.conv_output_size(4, 3, padding=-1), "padding -1 must be"),
        (lambda: g.pool_output_size(5, 3, padding=2), "use padding ≤ 1"),
        (lambda: g.conv_parameters(3, 8, 3, groups=2), "groups 2 must divide in_channels 3"),
        (lambda: g.conv_transpose_output_size(4, 3, 2, 0, 2), "smaller than stride 2"),
        (lambda: g.conv_transpose_output_size(1, 1, 1, 1), "leaves nothing"),
    ],
)
def test_bad_settings_name_the_value(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# Dumoulin and Visin, "A guide to convolution arithmetic for deep learning" (2016): the relations
# between the sizes of input i and output o, for kernel k, stride s, padding p and dilation d.
GUIDE = {
    "1: no padding, stride 1": lambda i, k, s, p, d: ((1, 0, 1), i - k + 1),
    "2: padding, stride 1": lambda i, k, s, p, d: ((1, p, 1), i - k + 2 * p + 1),
    "3: half padding": lambda i, k, s, p, d: ((1, k // 2, 1), i) if k % 2 else None,
    "4: full padding": lambda i, k, s, p, d: ((1, k - 1, 1), i + k - 1),
    "5: no padding, strides": lambda i, k, s, p, d: ((s, 0, 1), (i - k) // s + 1),
    "6: padding, strides": lambda i, k, s, p, d: ((s, p, 1), (i + 2 * p - k) // s + 1),
    "15: dilation": lambda i, k, s, p, d: (
        (s, p, d),
        (i + 2 * p - k - (k - 1) * (d - 1)) // s + 1,
    ),
}
GUIDE_TRANSPOSED = {
    "8: no padding, stride 1": lambda i, k, s, p: ((1, 0, 0), i + k - 1),
    "9: padding, stride 1": lambda i, k, s, p: ((1, p, 0), i + k - 1 - 2 * p),
    "10: half padding": lambda i, k, s, p: ((1, k // 2, 0), i) if k % 2 else None,
    "11: full padding": lambda i, k, s, p: ((1, k - 1, 0), i - (k - 1)),
    "12: no padding, strides": lambda i, k, s, p: ((s, 0, 0), s * (i - 1) + k),
    "13: padding, strides": lambda i, k, s, p: ((s, p, 0), s * (i - 1) + k - 2 * p),
    "14: the size that was rounded away": lambda i, k, s, p: (
        (s, p, s - 1),
        s * (i - 1) + (s - 1) + k - 2 * p,
    ),
}
GUIDE_GRID = [
    (i, k, s, p, d)
    for i in range(3, 12)
    for k in range(1, 5)
    for s in range(1, 4)
    for p in range(3)
    for d in range(1, 3)
]


@pytest.mark.parametrize("relation", GUIDE.values(), ids=GUIDE)
def test_relations_of_the_guide(relation):
    held = 0
    for i, k, s, p, d in GUIDE_GRID:
        told = relation(i, k, s, p, d)
        if told is None or told[1] < 1 or (k - 1) * told[0][2] + 1 > i + 2 * told[0][1]:
            continue
        (stride, padding, dilation), size = told
        assert g.conv_output_size(i, k, stride, padding, dilation) == size
        layer = nn.Conv1d(1, 1, k, stride, padding, dilation, device="meta")
        assert layer(torch.empty(1, 1, i, device="meta")).shape[2] == size
        held += 1
    assert held > 100


@pytest.mark.parametrize("relation", GUIDE_TRANSPOSED.values(), ids=GUIDE_TRANSPOSED)
def test_relations_of_the_guide_for_transposed_convolutions(relation):
    held = 0
    for i, k, s, p, d in GUIDE_GRID:
        told = relation(i, k, s, p)
        if d > 1 or told is None or told[1] < 1:
            continue
        (stride, padding, extra), size = told
        assert g.conv_transpose_output_size(i, k, stride, padding, extra) == size
        layer = nn.ConvTranspose1d(1, 1, k, stride, padding, extra, device="meta")
        assert layer(torch.empty(1, 1, i, device="meta")).shape[2] == size
        if padding < k and i >= k:  # it leads back to where the convolution came from
            assert g.conv_output_size(size, k, stride, padding) == i
        held += 1
    assert held > 100


def test_relation_7_of_the_guide_is_about_pooling():
    for i, k, s, _, _ in GUIDE_GRID:
        if k <= i:
            assert g.pool_output_size(i, k, s) == (i - k) // s + 1
