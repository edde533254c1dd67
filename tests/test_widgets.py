import base64
import random

import ipywidgets
import pytest
import torch
from matplotlib.figure import Figure
from torch import nn

from course_utils.history import History
from course_utils.widgets import curve_comparer, hello_slider, shape_tracer
from course_utils.widgets._base import Explorer
from course_utils.widgets.curves import smooth
from course_utils.widgets.hello import flower
from course_utils.widgets.shapes import Network, model_code, trace

PNG = b"\x89PNG\r\n\x1a\n"
RUN = {
    "train_loss": [2.0, 1.5, 1.0],
    "valid_loss": [2.1, 1.7, 1.8],
    "train_accuracy": [0.2, 0.4, 0.6],
    "valid_accuracy": [0.2, 0.35, 0.3],
    "seconds": [4.0, 5.0, 6.0],
}
MAKERS = {
    "Hello slider": hello_slider,
    "Shape tracer": shape_tracer,
    "Curve comparer": lambda: curve_comparer({"classic": RUN, "improved": History(**RUN)}),
}


def ends(control):
    """The values at both ends of what a control offers."""
    if isinstance(control, ipywidgets.SelectMultiple):
        return (), tuple(control.options)
    if isinstance(control, ipywidgets.Dropdown):
        values = [value for _, value in control._options_full]
        return values[0], values[-1]
    return (False, True) if isinstance(control, ipywidgets.Checkbox) else (control.min, control.max)


def draw_square(side):
    """A drawing that fails on request."""
    if side > 3:
        raise RuntimeError(f"side {side} is too long")
    figure = Figure(figsize=(side / side, 0.5))
    figure.set_label(f"a square of {side}")
    return figure


@pytest.fixture
def square():
    return Explorer("Square", draw_square, {"side": ipywidgets.IntSlider(1, 1, 5)})


@pytest.mark.parametrize("name", MAKERS)
def test_both_ends_of_every_control_can_be_drawn(name):
    widget = MAKERS[name]()
    choices = {key: ends(control) for key, control in widget._controls.items()}
    settings = [{**widget.params, key: value} for key, both in choices.items() for value in both]
    sizes = {tuple(widget._draw(**setting).bbox.size) for setting in settings}
    assert len(sizes) == 1, "the picture must keep its size"
    for end in (0, 1):
        widget.set(**{key: both[end] for key, both in choices.items()})
        assert "Error" not in widget.message


@pytest.mark.parametrize("name", MAKERS)
def test_a_widget_has_a_stable_text_and_a_first_picture(name):
    widget = MAKERS[name]()
    bundle = widget._repr_mimebundle_()
    assert bundle["text/plain"] == repr(widget) == f"<{name}: run this cell to start>"
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert base64.b64decode(bundle["image/png"]).startswith(PNG)
    assert bundle["image/png"] == MAKERS[name]()._repr_mimebundle_()["image/png"]
    assert len(bundle["image/png"]) < 80_000


@pytest.mark.parametrize("name", MAKERS)
def test_controls_are_labelled_and_draw_on_release(name):
    for control in MAKERS[name]()._controls.values():
        assert control.description
        assert control.continuous_update is False


def test_a_control_redraws_and_describes(square):
    before = square._picture.value
    square._controls["side"].value = 2
    assert square._picture.value != before
    assert 'alt="a square of 2"' in square._picture.value
    assert square.params == {"side": 2}


def test_an_error_is_shown_and_the_old_picture_fades(square):
    square.set(side=4)
    assert square.message == "RuntimeError: side 4 is too long"
    assert "side 4 is too long" in square._message.value
    assert "opacity: 0.3" in square._picture.value
    assert "a square of 1" in square._picture.value
    square.set(side=3)
    assert square.message == ""
    assert "opacity: 1" in square._picture.value


def test_an_error_in_the_first_drawing_is_shown_too():
    widget = Explorer("Square", draw_square, {"side": ipywidgets.IntSlider(5, 1, 5)})
    assert "too long" in widget.message
    assert "image/png" not in widget._repr_mimebundle_()


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"kernel": 3}, "no control kernel; use image_size"),
        ({"padding": 2, "kernel_size": 99}, "kernel_size cannot be 99; use 1 … 9"),
        ({"channels_1": 33}, "channels_1 cannot be 33; use one of its options"),
        ({"blocks": "two"}, "blocks cannot be 'two'"),
    ],
)
def test_set_refuses_and_moves_nothing(params, words):
    widget = shape_tracer()
    widget.set(padding=1)
    before = widget.params
    with pytest.raises(ValueError, match=words):
        widget.set(**params)
    assert widget.params == before


def test_set_draws_once():
    drawn = []
    controls = {name: ipywidgets.IntSlider(1, 0, 9) for name in "ab"}
    widget = Explorer("Pair", lambda a, b: drawn.append((a, b)) or Figure((1, 1)), controls)
    drawn.clear()
    widget.set(a=2, b=3)
    assert drawn == [(2, 3)]


def test_flower_keeps_its_range():
    for pixels in (1, 2, 48):
        image = flower(pixels)
        assert image.shape == (pixels, pixels, 3)
        assert image.min() >= 0
        assert image.max() <= 1
    with pytest.raises(ValueError, match="pixels 0"):
        flower(0)


def random_network(rng):
    return Network(
        image_size=rng.randrange(8, 49, 4),
        blocks=rng.randint(1, 4),
        kernel_size=rng.randint(1, 9),
        padding=rng.randint(0, 4),
        pool_size=rng.randint(1, 4),
        pool_stride=rng.choice([1, 2, 2, 4]),
        hidden=rng.choice([0, 16, 256]),
        **{f"channels_{i}": rng.choice([4, 8, 64]) for i in (1, 2, 3, 4)},
    )


def build(network):
    """Run the widget's own code, with parameters that take no memory."""
    names = {}
    with torch.device("meta"):
        exec(model_code(**vars(network)), names)
    return names["model"]


def test_shape_tracer_agrees_with_pytorch():
    rng, accepted = random.Random(0), 0
    for _ in range(60):
        network = random_network(rng)
        layers, model = trace(network), build(network)
        x = torch.empty(1, *layers[0].shape, device="meta")
        for layer, module in zip(layers[1:], model, strict=True):
            if layer.error:
                with pytest.raises(RuntimeError) as refusal:
                    module.to_empty(device="cpu")(torch.zeros(x.shape))
                assert str(refusal.value) == layer.error
                break
            x = module(x)
            assert x.shape[1:] == layer.shape
            assert sum(p.numel() for p in module.parameters()) == layer.parameters
        else:
            accepted += 1
    assert 20 < accepted < 55, "both kinds must have been tried"


def test_shape_tracer_starts_at_the_classic_network():
    widget = shape_tracer()
    assert widget.message.startswith("145,578 parameters")
    model = build(Network())
    assert sum(p.numel() for p in model.parameters()) == 145_578
    assert widget.code.count("nn.Conv2d") == 3
    assert isinstance(model, nn.Sequential)


def test_shape_tracer_says_what_pytorch_says():
    widget = shape_tracer()
    widget.set(image_size=8, kernel_size=9, padding=0)
    assert "Kernel size can't be greater than actual input size" in widget.message
    assert "✗ refused" in widget.code
    widget.set(kernel_size=1, pool_size=4, pool_stride=4)
    assert "Output size is too small" in widget.message


def test_smoothing_by_hand():
    assert smooth([1.0, 2.0, 4.0], 0) == [1.0, 2.0, 4.0]
    # (0.5·1 + 2) / 1.5 and (0.25·1 + 0.5·2 + 4) / 1.75: older values count half as much
    assert smooth([1.0, 2.0, 4.0], 0.5) == pytest.approx([1, 2.5 / 1.5, 5.25 / 1.75])
    assert smooth([3.0] * 9, 0.95) == pytest.approx([3] * 9)
    with pytest.raises(ValueError, match="smoothing 1"):
        smooth([1.0], 1)


def test_comparer_finds_the_best_epoch_and_the_gap():
    widget = curve_comparer({"classic": RUN})
    assert widget.message == "classic: best 1.700 in epoch 2, gap to training +0.200"
    widget.set(metric="accuracy", smoothing=0.5)
    assert widget.message == "classic: best 35.0% in epoch 2, gap to training +5.0 points"


def test_comparer_adds_seconds_up():
    widget = curve_comparer({"classic": RUN})
    widget.set(x_axis="seconds", part="train")
    (line,) = widget._draw(**widget.params).axes[0].lines
    assert list(line.get_xdata()) == [4, 9, 15]


@pytest.mark.parametrize(
    ("runs", "words"),
    [
        ({}, "no runs to compare"),
        ({"a": {**RUN, "seconds": [1.0]}}, r"run 'a' holds series of \[1, 3\] epochs"),
        ({"a": History()}, r"series of \[0\] epochs"),
        ({"a": {"train_loss": [1.0]}}, "run 'a' lacks train_accuracy, valid_loss"),
        ({"a": 3}, "run 'a' is neither a History nor a dict"),
    ],
)
def test_comparer_refuses(runs, words):
    with pytest.raises(ValueError, match=words):
        curve_comparer(runs)
