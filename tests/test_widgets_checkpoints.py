import base64

import pytest
import torch

from course_utils.widgets import key_differ
from course_utils.widgets._keys import GUARDED
from course_utils.widgets.checkpoints import (
    MOST_ROWS,
    PAIRS,
    TINTS,
    _network,
    draw_differ,
    explain_differ,
    try_pair,
)

FIGURE = (820, 317)
CHOICES = [(pair, strict) for pair in PAIRS for strict in (True, False)]


@pytest.fixture
def widget():
    return key_differ()


@pytest.mark.parametrize(("pair", "strict"), CHOICES)
def test_every_choice_is_drawn_in_one_size(pair, strict):
    figure = draw_differ(pair, strict)
    assert tuple(map(round, figure.bbox.size)) == FIGURE
    assert f"a checkpoint of {pair} with strict={strict}. body.0.weight" in figure.get_label()
    assert 60 < len(explain_differ(pair, strict)) < 230


@pytest.mark.parametrize("pair", PAIRS)
def test_each_name_has_a_line_with_its_colour(pair):
    tried, figure = try_pair(pair, True), draw_differ(pair, True)
    words, bands = sorted(figure.artists, key=lambda artist: artist.get_zorder())[::-1]
    count = len(tried.ours) + len(tried.found.unexpected)
    assert len(bands.get_segments()) == count <= MOST_ROWS
    drawn = [text for _, text, *_ in words.texts]
    for kind, number in zip(
        TINTS,
        (
            len(tried.found.same),
            len(tried.found.missing),
            len(tried.found.unexpected),
            len(tried.found.other_shape),
            int(pair == "a network without BatchNorm"),
        ),
        strict=True,
    ):
        assert drawn.count(kind) == number
    assert drawn.count("loaded") == len(tried.loaded)
    assert all(0 < y < 1 for (_, y), *_ in words.texts)


@pytest.mark.parametrize(("pair", "strict"), CHOICES)
def test_it_says_what_pytorch_does(pair, strict):
    """Once more, with another network and without the widget's own comparison."""
    chosen = PAIRS[pair]
    torch.manual_seed(1)
    model, source = _network(**chosen.ours), _network(**chosen.theirs)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    said = explain_differ(pair, strict)
    try:
        keys = model.load_state_dict(chosen.change(source.state_dict()), strict=strict)
    except RuntimeError:
        assert said.startswith("✗ RuntimeError")
    else:
        assert said.startswith("Accepted")
        assert sorted(keys.missing_keys) == sorted(try_pair(pair, strict).found.missing)
    changed = {n for n, v in model.state_dict().items() if not torch.equal(v, before[n])}
    assert changed <= try_pair(pair, strict).loaded
    assert {n for n in try_pair(pair, strict).loaded if n.endswith("weight")} <= changed


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        (("the same network", True), "All 6 tensors are loaded"),
        (("DataParallel", True), "RuntimeError: 6 missing, 6 unexpected. Nothing was copied."),
        (("DataParallel", False), "not one tensor is loaded (6 missing, 6 unexpected)"),
        (("a network of 2 classes", True), "4 of 6 are copied already: half old, half new"),
        (("a network of 2 classes", False), "strict=False forgives names, not shapes"),
        (("a network without BatchNorm", False), "4 of 11 tensors"),
        (("a network without BatchNorm", False), "Left as they were: body.1.weight, body.1.bias …"),
        (("a network with the layer fc", False), "Left as they were: head.weight, head.bias."),
        (("a whole run", False), "The weights are in checkpoint['model']"),
    ],
)
def test_the_note_tells_what_is_left_and_the_cure(setting, words):
    assert words in explain_differ(*setting)


def test_the_kernel_draws_the_same_random_numbers_afterwards():
    try_pair.cache_clear()
    before = torch.get_rng_state()
    try_pair("DataParallel", True)
    assert torch.equal(before, torch.get_rng_state())


def test_controls_and_bundle(widget):
    assert widget.params == {"pair": "the same network", "strict": True}
    assert all(control.description for control in widget._controls.values())
    bundle = widget._repr_mimebundle_()
    assert bundle["text/plain"] == repr(widget) == "<Key differ: run this cell to start>"
    assert len(base64.b64decode(bundle["image/png"])) < 30_000
    assert GUARDED in widget._dom_classes


def test_moving_a_control_redraws(widget):
    before = widget._picture.value
    widget._controls["pair"].value = "DataParallel"
    assert widget._picture.value != before
    assert widget.message.startswith("✗ RuntimeError")
    widget.set(strict=False)
    assert widget.message.startswith("Accepted without an error, and not one")
    with pytest.raises(ValueError, match="strict cannot be 3; use one of its options"):
        widget.set(strict=3)
