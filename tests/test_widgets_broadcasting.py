import base64
import itertools
import random
import re

import pytest
import torch

from course_utils.widgets import broadcasting_aligner
from course_utils.widgets._keys import GUARDED
from course_utils.widgets._shapes_side_by_side import (
    align,
    describe_fit,
    parse_shape,
    refusal,
    remedy,
)
from course_utils.widgets.broadcasting import (
    EXAMPLES,
    OWN,
    draw_alignment,
    explain_alignment,
)

FIGURE = (780, 425)
TEXTS = ["()", "(1,)", "5", "(1, 1, 1, 1, 1, 1)", "9999 9999 9999 9999 9999 9999", "(2, 3", "B"]


@pytest.fixture
def widget():
    return broadcasting_aligner()


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("(64, 3, 1, 1)", (64, 3, 1, 1)),
        ("64 3", (64, 3)),
        ("64×3x2*1", (64, 3, 2, 1)),
        (" (4,) ", (4,)),
        ("[2;3]", (2, 3)),
        ("torch.Size([2, 3])", (2, 3)),
        ("()", ()),
        ("", ()),
        ("9999", (9999,)),
    ],
)
def test_shapes_may_be_written_in_many_ways(text, shape):
    assert parse_shape(text) == shape


@pytest.mark.parametrize("text", ["B", "(3, -1)", "2.5", "0", "10000", "B, 3", "²", "(1,(2,3))"])
def test_what_is_no_size_is_named(text):
    with pytest.raises(ValueError, match="is no size; give whole numbers from 1 to 9999"):
        parse_shape(text)


def test_too_many_dimensions_are_refused():
    with pytest.raises(ValueError, match="7 dimensions; this widget draws up to 6"):
        parse_shape("1 1 1 1 1 1 1")


def test_pytorch_agrees_about_every_pair_of_small_shapes():
    rng = random.Random(0)
    for _ in range(400):
        a, b = (tuple(rng.choices((1, 1, 2, 3), k=rng.randint(0, 4))) for _ in "ab")
        said = refusal(a, b)
        if said:
            with pytest.raises(RuntimeError, match=re.escape(said)):
                torch.zeros(a) + torch.zeros(b)
        else:
            shape = tuple(column.result for column in align(a, b))
            assert (torch.zeros(a) + torch.zeros(b)).shape == shape


def test_the_remedy_is_code_that_works():
    for a, b in itertools.product([(3, 4), (64, 3, 5, 6), (4, 2)], [(3,), (64,), (64, 3), (3, 2)]):
        if refusal(a, b) and (advice := remedy(a, b)):
            code, shape = advice.split(" is ")
            name = code[0]
            shape_of = {"a": a, "b": b}
            shape_of[name] = tuple(eval(code, {name: torch.zeros(shape_of[name])}).shape)
            assert str(shape_of[name]) == shape
            assert refusal(**shape_of) == ""
    assert remedy((64, 3, 32, 32), (3,)) == "b[:, None, None] is (3, 1, 1)"
    assert remedy((3,), (4,)) == "" != remedy((3,), (3, 4))


@pytest.mark.parametrize("a", TEXTS)
def test_everything_that_can_be_typed_is_drawn_in_one_size(a):
    for b in TEXTS:
        figure = draw_alignment(a, b)
        assert tuple(figure.bbox.size) == FIGURE
        assert len(figure.get_label()) > 20
        assert 20 < len(explain_alignment(a, b)) < 230


@pytest.mark.parametrize("pair", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_every_example_is_drawn(pair):
    figure = draw_alignment(*pair)
    assert tuple(figure.bbox.size) == FIGURE
    assert len(explain_alignment(*pair)) < 230


def test_the_numbers_are_those_of_pytorch():
    a, b = 10 * torch.arange(1, 4).reshape(3, 1), torch.arange(1, 5)
    drawn = texts(draw_alignment("(3, 1)", "(4,)"))
    for numbers in (a.expand(3, 4), b.expand(3, 4), a + b):
        assert " ".join(str(number) for number in numbers.flatten().tolist()) in " ".join(drawn)


def test_what_is_repeated_is_pale():
    figure = draw_alignment("(2, 3)", "(3,)")
    faces = [patch.get_facecolor() for patch in figure.axes[0].patches]
    cells = [face[3] for face in faces[-18:]]  # the tables a, b and a + b of 2 × 3
    assert cells[:6] == [0.45] * 6
    assert cells[6:12] == [0.45] * 3 + [0.1] * 3
    assert cells[12:] == [0.45] * 6


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        (("(2, 3)", "(2, 3)"), "nothing is repeated"),
        (("(2, 3)", "3"), "b is repeated 2× along dim -2."),
        (("(64, 3, 8, 8)", "(3, 1, 1)"), "64× along dim -4, 8× along dim -2, 8× along dim -1"),
        (("(4, 1, 8, 8)", "(4, 8, 8)"), "Both grow, to 1,024 numbers: is that what you want?"),
        (("5", "(1, 1, 5)"), "Only dimensions of size 1 are added."),
        (("(3, 4)", "(3,)"), "✗ PyTorch: The size of tensor a (4) must match"),
        (("(3, 4)", "three"), "✗ shape of b: 'three' is no size"),
    ],
)
def test_the_note_says_what_happens(shapes, words):
    assert words in explain_alignment(*shapes)


def test_shapes_that_do_not_fit_get_the_rule_and_a_way_out():
    figure = draw_alignment("(64, 3, 32, 32)", "(3,)")
    assert "It would fit: b[:, None, None] is (3, 1, 1)." in texts(figure)
    assert "✗ differ" in texts(figure)
    assert "do not fit" in figure.get_label()
    assert not any("would fit" in text for text in texts(draw_alignment("3", "4")))


def test_where_shapes_do_not_fit_nothing_is_said_to_be_repeated():
    figure = draw_alignment("(4, 3)", "(1, 2)")
    assert "b would repeat" in texts(figure)
    assert "b repeats" not in texts(figure)
    assert "b would repeat" in figure.get_label()
    grey, red = (0.42, 0.45, 0.5), (0.84, 0.37, 0.0)
    colors = [patch.get_edgecolor()[:3] for patch in figure.axes[0].patches]
    assert colors == [pytest.approx(c, abs=0.01) for c in (red, red, red, grey, grey, grey)]


@pytest.mark.parametrize(
    ("shapes", "line"),
    [
        (
            ("(4, 1, 8, 8)", "(4, 8, 8)"),
            "one of 4 × 4 tables like these · whole tables of a and b are repeated"
            " · only the upper left corner is drawn",
        ),
        (("(5, 2, 2)", "(2, 2)"), "one of 5 tables like these · whole tables of b are repeated"),
        (("(5, 2, 2)", "(5, 2, 2)"), "one of 5 tables like these"),
        (("(1, 2, 2)", "(2, 2)"), ""),
        (("(1, 1, 3)", "(3,)"), ""),
        (("(10, 10)", "(10,)"), "only the upper left corner is drawn"),
        (("(2, 3)", "(3,)"), ""),
    ],
)
def test_the_bottom_line_tells_what_is_not_drawn(shapes, line):
    assert line in texts(draw_alignment(*shapes))


@pytest.mark.parametrize("rank", range(1, 7))
def test_the_boxes_stand_in_the_middle(rank):
    figure = draw_alignment(str((2,) * rank), "2")
    figure.draw_without_rendering()
    upper = [text for text in figure.axes[0].texts if text.get_position()[1] < 1.9]
    boxes = [text.get_window_extent() for text in upper]
    left, right = min(box.x0 for box in boxes), max(box.x1 for box in boxes)
    assert 0 < left < right < FIGURE[0]
    assert abs(left - (FIGURE[0] - right)) < 80


def test_numbers_of_a_description_are_exact():
    assert describe_fit((5, 1, 7), (8, 7)).startswith("a + b has shape (5, 8, 7).")
    assert "280 numbers" in describe_fit((5, 1, 7), (8, 7))


def test_controls_and_bundle(widget):
    assert widget.params == {"a": "(3, 1)", "b": "(4,)"}
    for control in (widget._example, *widget._controls.values()):
        assert control.description
    assert [c.continuous_update for c in widget._controls.values()] == [False, False]
    bundle = widget._repr_mimebundle_()
    assert bundle["text/plain"] == repr(widget) == "<Broadcasting aligner: run this cell to start>"
    assert len(base64.b64decode(bundle["image/png"])) < 30_000
    assert GUARDED in widget._dom_classes


def test_an_example_fills_in_both_shapes(widget):
    for name, (a, b) in EXAMPLES.items():
        widget._example.value = name
        assert widget.params == {"a": a, "b": b}
        assert widget.message == explain_alignment(a, b)


def test_own_shapes_are_called_so(widget):
    widget._controls["b"].value = "(3, 7)"
    assert widget._example.value == OWN
    assert "(3, 7)" in widget.message
    widget.set(a="(2, 3)", b="()")
    assert widget._example.value == "a table and one number"
    before = widget.params
    widget._example.value = OWN
    assert widget.params == before


def test_a_text_that_is_no_shape_is_told_and_forgiven(widget):
    widget._controls["a"].value = "(3, B)"
    assert widget.message.startswith("✗ shape of a: 'B' is no size")
    widget._controls["a"].value = "(3, 2)"
    assert widget.message.startswith("✗ PyTorch")
    widget._controls["b"].value = "(2,)"
    assert "a + b has shape (3, 2)" in widget.message
