import base64
import itertools

import pytest
import torch
from torch.utils.data import DataLoader

from course_utils.widgets import batch_viewer
from course_utils.widgets._keys import GUARDED
from course_utils.widgets.batches import (
    LARGEST,
    MOST,
    draw_batches,
    draw_order,
    explain_batches,
    left_out,
)

FIGURE = (780, 330)


@pytest.fixture
def widget():
    return batch_viewer()


@pytest.mark.parametrize("count", [1, 2, 7, MOST])
@pytest.mark.parametrize("batch_size", [1, 5, LARGEST])
def test_everything_that_can_be_set_is_drawn_in_one_size(count, batch_size):
    for shuffle, drop_last, seed in itertools.product([False, True], [False, True], [0, 20]):
        settings = (count, batch_size, shuffle, drop_last, seed)
        figure = draw_batches(*settings)
        assert tuple(figure.bbox.size) == pytest.approx(FIGURE)
        assert 40 < len(explain_batches(*settings)) < 230
        shown = [n for batch in draw_order(*settings) for n in batch] + left_out(*settings)
        assert sorted(shown) == list(range(count))
        assert all(f" {n}" in figure.get_label() for n in range(count))


def test_every_picture_lies_inside_the_figure():
    for count, batch_size in itertools.product(range(1, MOST + 1), range(1, LARGEST + 1)):
        if (count * batch_size) % 7:
            continue  # enough of them
        (ax,) = draw_batches(count, batch_size, False, True, 0).axes
        for image in ax.images:
            left, right, bottom, top = image.get_extent()
            assert 0 < left < right <= 7.8
            assert 0 < top < bottom <= 3.3


def test_the_order_is_that_of_the_loader_a_learner_writes():
    loader = DataLoader(
        torch.arange(14), 4, shuffle=True, generator=torch.Generator().manual_seed(3)
    )
    assert draw_order(14, 4, True, False, 3) == [batch.tolist() for batch in loader]
    assert draw_order(14, 4, True, False, 3) != draw_order(14, 4, True, False, 4)
    assert draw_order(5, 2, False, False, 3) == [[0, 1], [2, 3], [4]]


def test_what_drop_last_leaves_out_is_drawn_pale():
    figure = draw_batches(10, 4, False, True, 0)
    assert [image.get_alpha() for image in figure.axes[0].images] == [1, 1, 0.25]
    assert figure.get_label().endswith("Left out: 8 9")
    assert left_out(8, 4, False, True, 0) == []
    assert left_out(10, 4, False, False, 0) == []


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ((14, 4, False, False, 0), "14 / 4 → 4 batches, the last of 2. In file order 3 of 4"),
        ((14, 4, False, False, 0), "so such a step can teach only that one. The seed is not used."),
        ((4, 4, False, False, 0), "4 / 4 → 1 batch of 4. File order, the same"),
        ((14, 4, False, True, 0), "the last of 4. Left out in every epoch, the same 2 of 14."),
        ((14, 4, True, True, 0), "the last of 4. Left out in this epoch: 2 of 14."),
        ((9, 1, False, False, 0), "each epoch. A batch of 1 is always one class."),
        ((8, 4, True, True, 7), "drop_last changes nothing: the last batch is full."),
        ((8, 4, True, True, 7), "Drawn with seed 7: the same seed gives the same order again."),
        ((8, 1, True, False, 7), "again. A batch of 1 is always one class"),
        ((3, 4, False, True, 0), "✗ No batch at all: 3 pictures are fewer than batch_size 4"),
    ],
)
def test_the_note_says_what_follows(setting, words):
    assert words in explain_batches(*setting)


def test_controls_and_bundle(widget):
    assert widget.params == {
        "count": 14,
        "batch_size": 4,
        "shuffle": False,
        "drop_last": False,
        "seed": 0,
    }
    assert all(control.description for control in widget._controls.values())
    bundle = widget._repr_mimebundle_()
    assert bundle["text/plain"] == repr(widget) == "<Batch viewer: run this cell to start>"
    assert len(base64.b64decode(bundle["image/png"])) < 60_000
    assert GUARDED in widget._dom_classes


def test_moving_a_control_redraws(widget):
    before = widget._picture.value
    widget._controls["shuffle"].value = True
    assert widget._picture.value != before
    widget.set(count=3, drop_last=True)
    assert "No batch at all" in widget.message
    with pytest.raises(ValueError, match="batch_size cannot be 99; use 1 … 12"):
        widget.set(batch_size=99)
