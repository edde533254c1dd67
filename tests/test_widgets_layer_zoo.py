import itertools

import pytest
import torch
from torch import nn

from course_utils.widgets import layer_zoo
from course_utils.widgets.layer_zoo import (
    COLUMNS,
    GROUPS,
    LAYERS,
    MOST_TRAINED,
    ROWS,
    batch_with,
    draw_zoo,
    explain_zoo,
    put_through,
)

START = {"layer": "BatchNorm", "mode": "train", "p": 0.5, "others": 1, "trained": 20}


def through(**changes):
    return put_through(**{**START, **changes})


def said(**changes):
    return explain_zoo(**{**START, **changes})


@pytest.mark.parametrize("layer", LAYERS)
def test_every_setting_gives_a_picture_of_one_size(layer):
    ends = (("train", "eval"), (0.0, 0.9), (1, GROUPS), (0, MOST_TRAINED))
    settings = list(itertools.product((layer,), *ends))
    assert {tuple(draw_zoo(*each).get_size_inches()) for each in settings} == {(7.6, 2.7)}
    assert all(explain_zoo(*each) for each in settings)


def test_your_picture_is_the_same_and_the_others_are_not():
    batches = [batch_with(n) for n in range(1, GROUPS + 1)]
    assert {tuple(batch.shape) for batch in batches} == {(ROWS, COLUMNS)}
    assert all(torch.equal(batch[0], batches[0][0]) for batch in batches)
    assert len({batch[1, 0].item() for batch in batches}) == GROUPS


def test_batch_norm_looks_down_the_columns_and_layer_norm_along_the_rows():
    assert through().mean(dim=0).abs().max() < 1e-6
    torch.testing.assert_close(through(layer="LayerNorm").mean(dim=1), torch.zeros(ROWS))
    expected = nn.LayerNorm(COLUMNS)(batch_with(1)).detach()
    torch.testing.assert_close(through(layer="LayerNorm"), expected)


def test_eval_mode_of_batch_norm_uses_what_it_has_noted():
    untrained, trained = through(mode="eval", trained=0), through(mode="eval")
    torch.testing.assert_close(untrained, batch_with(1), rtol=1e-4, atol=1e-4)
    assert (trained - untrained).abs().max() > 1
    torch.testing.assert_close(trained[0], through(mode="eval", others=GROUPS)[0])


@pytest.mark.parametrize("p", [0.0, 0.5, 0.9])
def test_dropout_scales_what_it_keeps(p):
    after, before = through(layer="Dropout", p=p), batch_with(1)
    kept = after != 0
    torch.testing.assert_close(after[kept], before[kept] / (1 - p))
    assert f"{int((~kept).sum())} of 30 numbers are 0" in said(layer="Dropout", p=p)
    assert torch.equal(through(layer="Dropout", mode="eval", p=p), before)


def test_drawing_leaves_the_random_numbers_and_the_statistics_alone():
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    first = through(layer="Dropout"), through(mode="eval")
    assert torch.equal(torch.rand(1), expected)
    through()
    again = through(layer="Dropout"), through(mode="eval")
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "another one in each batch. Each column"),
        ({"mode": "eval"}, "the same in every batch. It uses the means"),
        ({"mode": "eval", "trained": 0}, "the same in every batch. It has noted nothing yet"),
        ({"layer": "LayerNorm"}, "the same in every batch. Each row"),
        ({"layer": "LayerNorm", "mode": "eval"}, "the same in every batch. Each row"),
        ({"layer": "Dropout"}, "another one in each batch."),
        ({"layer": "Dropout", "p": 0.0}, "the same in every batch."),
        ({"layer": "Dropout", "mode": "eval"}, "the same in every batch. In eval mode"),
    ],
)
def test_the_note_is_true(changes, words):
    assert words in said(**changes)


def test_the_description_shows_dropped_numbers_as_zero():
    label = draw_zoo(**{**START, "layer": "Dropout", "p": 0.9}).get_label()
    assert ", 0.0" in label
    assert not any(f"{minus}0.0" in label for minus in "-−")


def test_controls_that_do_nothing_are_grey():
    widget = layer_zoo()
    for layer, grey in (
        ("Dropout", {"trained"}),
        ("BatchNorm", {"p"}),
        ("LayerNorm", {"p", "trained"}),
    ):
        widget.set(layer=layer)
        assert {name for name, each in widget._controls.items() if each.disabled} == grey
    widget.set(p=0.3)  # grey is for the mouse


def test_widget():
    widget = layer_zoo()
    widget.set(layer="Dropout", p=0.0, others=3)
    assert "the others times 1." in widget.message
    assert repr(widget) == "<Layer zoo: run this cell to start>"
