import base64

import pytest

from course_utils.widgets import throughput
from course_utils.widgets._keys import GUARDED
from course_utils.widgets.throughput import COLUMNS, draw_throughput, explain_throughput

MEASURED = {
    "float32": {4: 800.0, 64: 2_500.0, 1024: 2_000.0},
    "bf16": {4: 400.0, 64: 5_000.0, 1024: 10_000.0},
}
CHOICES = [(size, precision) for precision in MEASURED for size in MEASURED[precision]]


@pytest.fixture
def widget():
    return throughput(MEASURED)


@pytest.mark.parametrize(("batch_size", "precision"), CHOICES)
def test_everything_that_can_be_set_is_drawn_in_one_size(batch_size, precision):
    figure = draw_throughput(MEASURED, batch_size, precision)
    assert tuple(map(round, figure.bbox.size)) == (820, 144)
    rate = MEASURED[precision][batch_size]
    assert f"batch {batch_size}: {rate:,.0f}" in figure.get_label()
    assert 60 < len(explain_throughput(MEASURED, batch_size, precision)) < 230


@pytest.mark.parametrize("count", [1, 10])
@pytest.mark.parametrize("rate", [0.01, 3e7])
def test_the_ends_of_what_can_be_measured(count, rate):
    measured = {"float32": {2**n: rate for n in range(count)}}
    for batch_size in (1, 2 ** (count - 1)):
        assert draw_throughput(measured, batch_size, "float32").get_label()
        assert "No batch size is faster" in explain_throughput(measured, 1, "float32")


def test_bars_are_as_long_as_the_rates():
    figure = draw_throughput(MEASURED, 64, "bf16")
    band, bars = (a for a in figure.artists if hasattr(a, "get_segments"))
    lengths = [line[1][0] - line[0][0] for line in bars.get_segments()]
    rates = [*MEASURED["bf16"].values(), *MEASURED["float32"].values()]
    assert lengths == pytest.approx([rate / 10_000 * max(lengths) for rate in rates])
    chosen = draw_throughput(MEASURED, 4, "bf16").artists[0].get_segments()[0][0][1]
    assert chosen > band.get_segments()[0][0][1]


def test_the_numbers_of_the_chosen_row():
    figure = draw_throughput(MEASURED, 64, "bf16")
    words = next(a for a in figure.artists if hasattr(a, "texts"))
    chosen = [text for _, text, _, bold in words.texts if bold][len(COLUMNS) + 1 :]
    assert chosen == ["64", "5,000", "10 s", "782"]


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ((64, "float32"), "is 782 steps and takes 20 s. No batch size is faster with float32 here"),
        ((1024, "float32"), "80% of the speed of batches of 64"),
        ((4, "bf16"), "12,500 steps and takes 2.1 min. That is 4% of the speed"),
        ((4, "bf16"), "0.5 times the speed of float32"),
        ((1024, "bf16"), "5.0 times the speed of float32"),
    ],
)
def test_the_note_says_what_an_epoch_takes(setting, words):
    assert words in explain_throughput(MEASURED, *setting)


@pytest.mark.parametrize(
    ("rate", "words"), [(2e5, "0.25 s"), (5.01e4, "1.0 s"), (2e4, "2.5 s"), (5e3, "10 s")]
)
def test_a_fast_machine_needs_two_digits(rate, words):
    assert f"takes {words}." in explain_throughput({"bf16": {64: rate}}, 64, "bf16")


@pytest.mark.parametrize(
    ("measured", "words"),
    [
        ({}, "0 batch sizes were measured"),
        ({"float32": dict.fromkeys(range(1, 12), 5.0)}, "11 batch sizes were measured"),
        (
            {"float32": {4: 1.0, 8: 1.0}, "bf16": {4: 1.0}},
            "bf16 was not measured with batch size 8",
        ),
        ({"float32": {4: 0.0}}, "must be above 0"),
    ],
)
def test_what_cannot_be_shown_is_refused(measured, words):
    with pytest.raises(ValueError, match=words):
        throughput(measured)


def test_controls_and_bundle(widget):
    assert widget.params == {"batch_size": 64, "precision": "float32"}
    for control in widget._controls.values():
        assert control.description
        assert control.continuous_update is False
    bundle = widget._repr_mimebundle_()
    assert bundle["text/plain"] == repr(widget) == "<Throughput: run this cell to start>"
    assert len(base64.b64decode(bundle["image/png"])) < 30_000
    assert GUARDED in widget._dom_classes


def test_moving_a_control_redraws(widget):
    before = widget._picture.value
    widget._controls["precision"].value = "bf16"
    assert widget._picture.value != before
    assert widget.message.startswith("bf16, batches of 64:")
    widget.set(batch_size=1024)
    assert "49 steps and takes 5.0 s" in widget.message
    with pytest.raises(ValueError, match="batch_size cannot be 5; use one of its options"):
        widget.set(batch_size=5)
