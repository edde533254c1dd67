"""The pixel playground, without a browser."""

import base64
import itertools

import cv2
import ipywidgets
import numpy as np
import pytest
from PIL import Image

from course_utils.sample_data import make_ants_bees
from course_utils.sample_data._pen import Dice
from course_utils.sample_data.ants_bees import draw_insect
from course_utils.widgets import pixel_playground
from course_utils.widgets.pixels import (
    BEE,
    CHANNELS,
    CROPS,
    bee,
    draw_pixels,
    gamma_table,
    process,
)

PLAIN = {"channels": "RGB", "crop": 0, "gamma": 1.0, "blur": 1, "edges": 0}


def ends(control):
    if isinstance(control, ipywidgets.FloatSlider):
        return control.min, control.max
    values = [option[1] if isinstance(option, tuple) else option for option in control.options]
    return values[0], values[-1]


def test_every_corner_of_the_controls_can_be_drawn_in_one_size():
    widget = pixel_playground()
    names = list(widget._controls)
    corners = itertools.product(*(ends(control) for control in widget._controls.values()))
    sizes = set()
    for corner in corners:
        widget.set(**dict(zip(names, corner, strict=True)))
        assert "Error" not in widget.message
        sizes.add(widget._size)
    assert len(sizes) == 1


def test_every_option_gives_a_picture_that_can_be_shown():
    for channels, (_, crop) in itertools.product(CHANNELS, CROPS):
        image = process(**{**PLAIN, "channels": channels, "crop": crop})
        assert image.dtype == np.uint8
        assert image.shape[:2] == ((crop, crop) if crop else bee().shape[:2])
        assert image.ndim == (3 if "RGB" in channels else 2)


def test_nothing_moved_changes_nothing():
    assert np.array_equal(process(**PLAIN), bee())
    assert not bee().flags.writeable


def test_it_is_the_bee_of_the_notebook(tmp_path):
    photos = make_ants_bees(tmp_path / "photos", train=14, val=1)
    with Image.open(photos / "train/bees/bees_0013.jpg") as picture:
        saved = np.asarray(picture)
    assert np.array_equal(saved, bee())


def test_the_setting_that_the_notebook_names_leaves_the_bee_only():
    setting = {"channels": "red only", "gamma": 2.5, "blur": 15, "edges": 20}
    edges = process(**{**PLAIN, **setting}) > 0
    mask = np.asarray(draw_insect(BEE[1], Dice(0, *BEE), 160)[1])
    near = cv2.dilate(mask, np.ones((7, 7), np.uint8)) > 0
    assert edges.sum() > 700
    assert not (edges & ~near).any()


def test_channels():
    red = process(**{**PLAIN, "channels": "red only"})
    assert np.array_equal(red, bee()[..., 0])
    swapped = process(**{**PLAIN, "channels": "BGR shown as RGB"})
    assert np.array_equal(swapped, cv2.cvtColor(bee(), cv2.COLOR_RGB2BGR))
    grey = process(**{**PLAIN, "channels": "grey"})
    weighted = bee() @ np.array([0.299, 0.587, 0.114])
    assert np.abs(grey - weighted).max() < 1
    with pytest.raises(ValueError, match="channels 'HSV' must be one of RGB"):
        process(**{**PLAIN, "channels": "HSV"})


def test_gamma_keeps_black_and_white_and_the_order():
    for gamma in (0.3, 1, 3):
        table = gamma_table(gamma)
        assert (table[0], table[255]) == (0, 255)
        assert (np.diff(table.astype(int)) >= 0).all()
    assert gamma_table(0.5)[64] == 128
    assert np.array_equal(gamma_table(1), np.arange(256))


def test_blur_narrows_and_edges_are_black_or_white():
    assert process(**{**PLAIN, "blur": 15}).std() < bee().std()
    edges = process(**{**PLAIN, "edges": 60})
    assert set(np.unique(edges)) == {0, 255}
    blurred = process(**{**PLAIN, "edges": 60, "blur": 5})
    assert (blurred > 0).sum() < (edges > 0).sum(), "without blur, noise counts as edges"


def test_small_crops_have_their_numbers_written_on_them():
    for crop, count in ((8, 64), (16, 0)):
        figure = draw_pixels(**{**PLAIN, "crop": crop})
        assert len(figure.axes[0].texts) == count
    image = process(**{**PLAIN, "crop": 8})
    first = draw_pixels(**{**PLAIN, "crop": 8}).axes[0].texts[0].get_text()
    assert first.split() == [str(value) for value in image[0, 0]]


def test_the_note_says_what_was_moved():
    widget = pixel_playground()
    assert widget.message.startswith("Shape (16, 16, 3), values")
    widget.set(channels="red only", gamma=0.5, blur=5, edges=40)
    for words in ("much red", "64 becomes 128", "mean of 5 × 5", "Thresholds 40 and 80: edges"):
        assert words in widget.message
    assert "red only, 16 pixels wide" in widget._alt


def test_a_stable_text_and_a_first_picture():
    widget = pixel_playground()
    bundle = widget._repr_mimebundle_()
    assert bundle["text/plain"] == repr(widget) == "<Pixel playground: run this cell to start>"
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert len(bundle["image/png"]) < 40_000
    for control in widget._controls.values():
        assert control.description
        assert control.continuous_update is False
