import base64
import re
import subprocess

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from course_utils.widgets import convolution_explorer
from course_utils.widgets import explorer as explorer_module
from course_utils.widgets._explorer_still import still


def test_worked_example_comes_first():
    explorer = convolution_explorer()
    assert explorer.output.tolist() == [[[[10, 12, 12], [18, 16, 16], [13, 9, 3]]]]
    assert convolution_explorer(stride=2).output.tolist() == [[[[10, 12], [13, 3]]]]
    assert convolution_explorer(padding=1).output.shape == (1, 1, 5, 5)
    pooled = convolution_explorer("max", ceil_mode=True)
    assert pooled.output.tolist() == [[[[2, 3], [5, 1]]]]
    assert repr(explorer) == "<Convolution explorer: run this cell to start>"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            {"kernel_size": (3, 2), "stride": 2, "padding": (1, 0), "padding_mode": "circular"},
            nn.Conv2d(1, 1, (3, 2), 2, (1, 0), bias=False, padding_mode="circular"),
        ),
        (
            {"in_channels": 4, "out_channels": 2, "groups": 2, "padding": "same", "bias": True},
            nn.Conv2d(4, 2, 3, padding="same", groups=2),
        ),
        (
            {"mode": "transposed", "stride": 2, "output_padding": 1, "dilation": 2},
            nn.ConvTranspose2d(1, 1, 3, 2, output_padding=1, dilation=2, bias=False),
        ),
        ({"mode": "max", "dilation": 2}, nn.MaxPool2d(3, dilation=2)),
        (
            {"mode": "avg", "kernel_size": 2, "stride": 1, "count_include_pad": False},
            nn.AvgPool2d(2, 1, count_include_pad=False),
        ),
    ],
)
def test_module_is_the_layer_that_was_asked_for(given, expected):
    explorer = convolution_explorer(**given)

    def plain(module):
        return re.sub(r"\((\d+), \1\)", r"\1", repr(module))

    assert plain(explorer.module()) == plain(expected)
    assert torch.equal(explorer.output, explorer.module()(explorer.input))


def test_stack_is_a_sequential():
    layers = [{"out_channels": 3}, {"mode": "max", "kernel_size": 2}, {"out_channels": 2}]
    explorer = convolution_explorer(layers=layers, size=10)
    assert [type(layer).__name__ for layer in explorer.module()] == [
        "Conv2d",
        "MaxPool2d",
        "Conv2d",
    ]
    assert explorer.output.shape == (1, 2, 2, 2)


def test_own_numbers_and_pictures():
    x = torch.arange(24.0).reshape(2, 3, 4)
    own = convolution_explorer(input=x, weight=[[1, 0], [0, -1]], kernel_size=2)
    assert torch.equal(own.input[0], x)
    assert own.module().weight[0, 0].tolist() == [[1, 0], [0, -1]]
    assert own.state["apart"]  # 3 × 4 pixels
    picture = Image.fromarray(np.arange(48, dtype=np.uint8).reshape(4, 4, 3))
    shown = convolution_explorer(input=picture).input[0]
    assert shown.shape == (3, 4, 4)
    assert shown[:, 0, 1].tolist() == [3, 4, 5]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"mode": "pool"}, "mode 'pool' is unknown; use one of conv, transposed, max, avg"),
        ({"kernel_size": 9}, r"kernel_size 9 is not a whole number 1 … 7, or a pair of them"),
        ({"kernel_size": (3, 3, 3)}, "kernel_size"),
        ({"stride": 0}, "stride 0 is not a whole number 1 … 5"),
        ({"size": 33}, "input size 33"),
        ({"groups": (1, 2)}, r"groups \(1, 2\) is not a whole number 1 … 4$"),
        ({"kernel": 3, "kernal_size": 3}, "no setting kernal_size; use mode, kernel_size"),
        ({"padding": "all"}, "padding 'all' is not"),
        ({"layers": [{}], "stride": 2}, "stride belongs into one of the layers"),
        ({"layers": []}, r"0 layers; use 1 … 5"),
        ({"input": torch.zeros(3, 64, 64)}, r"\(3, 64, 64\).*cut or resize it first"),
        ({"input": torch.zeros(5)}, r"\(5,\) is not \(H, W\)"),
        ({"weight": torch.zeros(9, 9)}, r"weight of shape \(1, 1, 9, 9\)"),
    ],
)
def test_what_it_cannot_show_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        convolution_explorer(**given)


def test_what_pytorch_refuses_is_shown_and_raises_only_where_asked_for():
    explorer = convolution_explorer(size=3, kernel_size=5)
    with pytest.raises(RuntimeError, match="Kernel size can't be greater"):
        explorer.output  # noqa: B018


def test_script_is_whole_small_and_asks_for_nothing(node, tmp_path):
    text = explorer_module.script()
    assert len(text.encode()) <= 30_000
    assert not re.search(r"https?:|import |fetch\(|//", text)
    assert not re.search(r"\$\{[^{}]*`", text)  # the spaces of a nested template would be cut
    (tmp_path / "all.mjs").write_text(text, encoding="utf-8")
    subprocess.run([node, "--check", tmp_path / "all.mjs"], check=True, timeout=60)


@pytest.mark.parametrize(
    ("settings", "titles"),
    [
        ({}, ["input: 1 × 5 × 5", "kernel", "output: 1 × 3 × 3"]),
        ({"mode": "max", "size": 32}, ["input: 1 × 32 × 32", "output: 1 × 10 × 10"]),
        ({"size": 3, "kernel_size": 5}, ["input: 1 × 3 × 3", "kernel"]),  # refused
        ({"predict": True}, ["input: 1 × 5 × 5", "kernel"]),
        (
            {"layers": [{}, {"mode": "avg"}], "size": (9, 32)},
            ["input: 1 × 9 × 32", "kernel", "layer 1: 1 × 7 × 30", "output: 1 × 2 × 10"],
        ),
        (
            {"layers": [{"kernel_size": 7, "padding": 3}] * 5, "size": 32},
            ["input: 1 × 32 × 32", "kernel"],
        ),
    ],
)
def test_a_picture_stands_where_there_is_no_kernel(settings, titles):
    explorer = convolution_explorer(**settings)
    figure = still(explorer)
    assert [ax.get_title(loc="left") for ax in figure.axes][: len(titles)] == titles
    right = max(ax.get_window_extent().x1 for ax in figure.axes)
    assert right <= figure.bbox.width
    shown = explorer._repr_mimebundle_()
    shown = shown[0] if isinstance(shown, tuple) else shown
    assert base64.b64decode(shown["image/png"]).startswith(b"\x89PNG")


def test_page_is_made_by_one_command(tmp_path, monkeypatch):
    page = explorer_module.page(convolution_explorer(question="a </script> b"))
    assert page.count("</script>") == 1
    assert "http" not in page
