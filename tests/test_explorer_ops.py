"""``ops.mjs`` against PyTorch: the same outputs, and the same words for what cannot be."""

import json
import random
import re
import subprocess
from pathlib import Path

import pytest
import torch
from torch import nn

import course_utils.widgets
from course_utils import geometry

OPS = Path(course_utils.widgets.__file__).parent / "static" / "ops.mjs"
DRIVER = """
import { readFileSync } from "node:fs";
const ops = await import(process.argv[1]);
const lines = readFileSync(0, "utf8").trim().split("\\n").map((line) => JSON.parse(line));
for (const { layer, input, weight, bias } of lines) {
  const shape = [input.length, input[0].length, input[0][0].length];
  const refused = ops.refusal(layer, shape);
  const answer = refused ? { refused } : {
    shape: ops.outputShape(layer, shape),
    values: ops.run(layer, input, weight, bias).flat(2).map(String),
    code: ops.code(layer),
  };
  console.log(JSON.stringify(answer));
}
"""
NOTHING_LEFT = "Output size is too small"
NOT_ABOUT_SIZE = re.compile("divisible|padding mode|dimension, but got|wrapping around")
SETTINGS = 8_000  # for each of the four families


class Family:
    """Random layers of one kind, as PyTorch makes them and as ``ops.mjs`` wants them."""

    def __init__(self, modes, *, flat=False, seed=0):
        self.modes, self.flat, self.rng = modes, flat, random.Random(seed)

    def pair(self, *values):
        """Two values, or one and whatever leaves the first axis of a flat picture alone."""
        return [self.rng.choice(values), self.rng.choice(values)]

    def layer(self):
        rng, mode = self.rng, self.rng.choice(self.modes)
        groups = rng.choice([1, 1, 1, 2, 3])
        layer = {
            "mode": mode,
            "kernel": self.pair(1, 2, 2, 3, 3, 4, 5),
            "stride": self.pair(1, 1, 2, 3),
            "padding": self.pair(0, 0, 0, 0, 0, 1, 2, *[3] * (mode in ("conv", "transposed"))),
            "dilation": self.pair(1, 1, 2, 3) if mode != "avg" else [1, 1],
            "output_padding": self.pair(0, 0, 1, 2) if mode == "transposed" else [0, 0],
            "pad_rule": rng.choice(["number"] * 4 + ["same", "valid"])
            if mode == "conv"
            else "number",
            "padding_mode": self.padding_mode(mode),
            "in_channels": rng.choice([2, 3] + [groups] * 9 + [2 * groups] * 3),
            "out_channels": rng.choice([2, 3] + [groups] * 9 + [2 * groups] * 3),
            "groups": groups,
            "bias": rng.random() < 0.5,
            "ceil_mode": rng.random() < 0.5,
            "count_include_pad": rng.random() < 0.5,
        }
        if self.flat:
            neutral = {"kernel": 1, "stride": 1, "padding": 0, "dilation": 1, "output_padding": 0}
            for name, value in neutral.items():
                layer[name][0] = value
        return layer

    def padding_mode(self, mode):
        if mode == "conv":
            return self.rng.choice(["zeros", "reflect", "replicate", "circular"])
        return "circular" if mode == "transposed" and self.rng.random() < 0.05 else "zeros"

    def numbers(self, *shape):
        if not shape:
            return self.rng.randint(-9, 9)
        return [self.numbers(*shape[1:]) for _ in range(shape[0])]

    def case(self):
        layer = self.layer()
        size = [1 if self.flat else self.rng.randint(3, 9), self.rng.randint(4, 9)]
        first, second = layer["out_channels"], layer["in_channels"]
        if layer["mode"] == "transposed":
            first, second = second, first
        inner = max(1, second // layer["groups"])
        return {
            "layer": layer,
            "input": self.numbers(layer["in_channels"], *size),
            "weight": self.numbers(first, inner, *layer["kernel"]),
            "bias": self.numbers(layer["out_channels"]),
        }


def by_torch(case, *, flat=False):
    """Return the output, or PyTorch's words for why there is none."""
    x = torch.tensor(case["input"], dtype=torch.float32)[None]
    try:
        module = make_module(case["layer"], flat=flat)
        if hasattr(module, "weight"):
            weight = torch.tensor(case["weight"], dtype=torch.float32)
            module.weight.data = weight[:, :, 0] if flat else weight
            if module.bias is not None:
                module.bias.data = torch.tensor(case["bias"], dtype=torch.float32)
        with torch.no_grad():
            y = module(x[:, :, 0] if flat else x)[0]
        if not y.numel():  # what some of PyTorch's kernels do instead of refusing
            return NOTHING_LEFT
        return y[:, None] if flat else y
    except (RuntimeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"


def make_module(layer, *, flat):
    def option(name):
        return layer[name][1] if flat else tuple(layer[name])

    names = ["stride", "padding"] + ["dilation"] * (layer["mode"] != "avg")
    options = {name: option(name) for name in names}
    if layer["mode"] in ("max", "avg"):
        if layer["mode"] == "avg":
            options["count_include_pad"] = layer["count_include_pad"]
        kinds = {"max": (nn.MaxPool1d, nn.MaxPool2d), "avg": (nn.AvgPool1d, nn.AvgPool2d)}
        kind = kinds[layer["mode"]][0 if flat else 1]
        return kind(option("kernel"), ceil_mode=layer["ceil_mode"], **options)
    options |= {name: layer[name] for name in ("groups", "bias", "padding_mode")}
    channels = layer["in_channels"], layer["out_channels"]
    if layer["mode"] == "transposed":
        kind = nn.ConvTranspose1d if flat else nn.ConvTranspose2d
        return kind(*channels, option("kernel"), output_padding=option("output_padding"), **options)
    if layer["pad_rule"] != "number":
        options["padding"] = layer["pad_rule"]
    return (nn.Conv1d if flat else nn.Conv2d)(*channels, option("kernel"), **options)


def by_geometry(case):
    """The output's (height, width), or ("refused",)."""
    layer = case["layer"]
    height, width = len(case["input"][0]), len(case["input"][0][0])
    kernel, stride, padding, dilation, extra = (
        layer[name] for name in ("kernel", "stride", "padding", "dilation", "output_padding")
    )
    if layer["pad_rule"] != "number":
        padding = [layer["pad_rule"]] * 2
    sizes = []
    for axis, n in enumerate((height, width)):
        given = [n, kernel[axis], stride[axis], padding[axis]]
        try:
            if layer["mode"] == "conv":
                sizes.append(geometry.conv_output_size(*given, dilation[axis]))
            elif layer["mode"] == "transposed":
                size = geometry.conv_transpose_output_size(*given, extra[axis], dilation[axis])
                sizes.append(size)
            else:
                size = geometry.pool_output_size(*given, dilation[axis], layer["ceil_mode"])
                sizes.append(size)
        except ValueError:
            return ("refused",)
    return tuple(sizes)


def by_ops(node, cases):
    lines = "\n".join(json.dumps(case) for case in cases)
    command = [node, "--input-type=module", "-e", DRIVER, OPS.as_uri()]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    "family",
    [
        Family(["conv"], seed=1),
        Family(["transposed"], seed=2),
        Family(["max", "avg"], seed=3),
        Family(["conv", "transposed", "max", "avg"], flat=True, seed=4),
    ],
    ids=["conv", "transposed", "pools", "one dimension"],
)
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
def test_equals_torch_in_shape_values_and_refusals(family, node):
    cases = [family.case() for _ in range(SETTINGS)]
    refused = 0
    for case, ours in zip(cases, by_ops(node, cases), strict=True):
        expected = by_torch(case, flat=family.flat)
        words = expected if isinstance(expected, str) else ""
        if not NOT_ABOUT_SIZE.search(words):
            assert by_geometry(case) == getattr(expected, "shape", (0, "refused"))[1:], case[
                "layer"
            ]
        if words:
            refused += 1
            assert ours.get("refused"), (case["layer"], words)
            nothing_left = case["layer"]["mode"] == "transposed" and NOTHING_LEFT in ours["refused"]
            if not family.flat and not nothing_left:  # those words depend on the kernel chosen
                assert ours["refused"] == words
            continue
        assert "refused" not in ours, (case["layer"], ours)
        assert ours["shape"] == list(expected.shape), case["layer"]
        values = torch.tensor([float(v.replace("Infinity", "inf")) for v in ours["values"]])
        torch.testing.assert_close(values, expected.flatten(), rtol=1e-5, atol=1e-5)
    assert 0.05 * SETTINGS < refused < 0.5 * SETTINGS


def test_code_line_makes_the_same_module(node):
    family = Family(["conv", "transposed", "max", "avg"], seed=5)
    cases = [family.case() for _ in range(500)]
    made = 0
    for case, ours in zip(cases, by_ops(node, cases), strict=True):
        if "code" in ours:
            module = eval(ours["code"], {"nn": nn})
            assert plain(module) == plain(make_module(case["layer"], flat=False))
            made += 1
    assert made > 150


def plain(module):
    """The module's text, with one number where both dimensions have the same."""
    return re.sub(r"\((\d+), \1\)", r"\1", repr(module))
