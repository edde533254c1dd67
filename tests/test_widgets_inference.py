"""The picture classifier, without a browser."""

import base64
import io
import itertools
from datetime import UTC, datetime

import numpy as np
import pytest
from PIL import Image

from course_utils.inference import predict_picture
from course_utils.pretrained import load_own
from course_utils.widgets import picture_classifier
from course_utils.widgets._keys import GUARDED
from course_utils.widgets.inference import (
    FITS,
    LONGEST_NAME,
    Album,
    draw_answer,
    drawn_pictures,
    in_words,
)

FIGURE = (820, 290)
SQUARE, SQUEEZED = FITS


def png(picture):
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def give(widget, name, content):
    """Upload a file as the browser does."""
    file = {"name": name, "type": "", "size": len(content), "content": memoryview(content)}
    widget.children[0].value = ({**file, "last_modified": datetime.now(UTC)},)


@pytest.fixture(scope="module")
def own():
    return load_own()


@pytest.fixture(scope="module")
def album(own):
    shapes = {"tiny": (1, 1), "wide": (900, 3), "high": (3, 900), "large": (2048, 1500)}
    odd = {name: Image.new("RGB", size, "teal") for name, size in shapes.items()}
    return Album(own, {**drawn_pictures(), **odd})


@pytest.fixture
def widget(own):
    return picture_classifier(trained=own)


def test_every_setting_is_drawn_in_one_size(album):
    for name, fit in itertools.product(album.pictures, FITS):
        figure = draw_answer(album, name, fit)
        assert tuple(map(round, figure.bbox.size)) == FIGURE
        assert figure.get_label().startswith(f"{name}, {fit}. The network answers: ")
        assert figure.get_label().count("%") == 5
        assert 80 < len(in_words(album, name, fit)) < 190


def test_bars_are_as_long_as_the_answers_are_sure(album):
    figure = draw_answer(album, "drawn truck", SQUARE)
    _, answers = album.answer("drawn truck", SQUARE)
    paper, bars = figure.findobj(lambda artist: hasattr(artist, "get_segments"))
    full = paper.get_segments()[0]
    for (start, end), (_, probability) in zip(bars.get_segments(), answers, strict=True):
        share = (end[0] - start[0]) / (full[1][0] - full[0][0])
        assert share == pytest.approx(probability)


def test_both_ways_to_make_it_square_are_what_they_say(own):
    picture = Image.new("RGB", (96, 32), "white")
    picture.paste("black", (0, 0, 32, 32))
    album = Album(own, {"wide": picture})
    middle, squeezed = (album.answer("wide", fit)[0] for fit in FITS)
    assert middle.min() > 0.99
    assert squeezed[:, :9].max() < 0.1
    assert squeezed[:, 13:].min() > 0.9
    assert album.answer("wide", SQUARE)[1] == predict_picture(picture, own)


def test_a_class_for_each_sample_and_two_that_are_none(own):
    names = list(drawn_pictures())
    assert names[:10] == [f"drawn {name}" for name in own.classes]
    assert all(name.endswith("(no class)") for name in names[10:])
    assert len(names) == 12


def test_an_upload_is_added_and_shown(widget):
    picture = Image.new("RGBA", (60, 40), (200, 30, 30, 128))
    give(widget, "mine.png", png(picture))
    assert widget.params["name"] == "mine.png"
    assert widget._alt.startswith("mine.png, middle square. The network answers: ")
    assert widget.message.endswith("It gets 32 × 32 pixels; your picture has 60 × 40.")
    assert widget.children[0].value == ()
    before = widget._picture.value
    give(widget, "mine.png", png(Image.new("RGB", (60, 40), "green")))
    assert widget._picture.value != before
    assert list(widget._controls["name"].options).count("mine.png") == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "notes.txt is empty"),
        (b"hello", "notes.txt is not a picture that can be read here; save it as JPEG or PNG"),
        (png(Image.effect_noise((90, 90), 50))[:3000], "notes.txt is damaged (image file is trunc"),
    ],
)
def test_a_bad_upload_says_why_and_the_picture_stays(widget, content, words):
    widget.set(name="drawn ship")
    before, choices = widget._picture.value, widget._controls["name"].options
    give(widget, "notes.txt", content)
    assert widget.message.startswith(f"✗ {words}")
    assert widget.message.endswith("Still shown: drawn ship.")
    assert widget._picture.value == before
    assert widget._controls["name"].options == choices
    widget.set(name="drawn frog")
    assert "✗" not in widget.message
    give(widget, "notes.txt", content)
    give(widget, "good.png", png(Image.new("RGB", (5, 5))))
    assert "✗" not in widget.message
    assert widget.params["name"] == "good.png"


def test_a_photo_from_a_phone_has_its_own_size_upright(widget):
    exif = Image.Exif()
    exif[274] = 6
    buffer = io.BytesIO()
    Image.new("RGB", (3000, 2200), "teal").save(buffer, "JPEG", exif=exif)
    give(widget, "IMG_20260718_143255_panorama.jpg", buffer.getvalue())
    assert widget.message.endswith("It gets 32 × 32 pixels; your picture has 2200 × 3000.")


def test_nothing_is_said_of_pictures_as_large_as_its_own(widget):
    widget.set(name="drawn ship")
    assert widget.message.endswith("not the chance that it is right.")


def test_long_names_are_cut(widget):
    give(widget, "a" * 80 + ".png", png(Image.new("RGB", (5, 5))))
    assert widget.params["name"] == "a" * (LONGEST_NAME - 1) + "…"


def test_pictures_of_your_own(own):
    picture = Image.fromarray(np.full((50, 70, 3), 90, np.uint8))
    widget = picture_classifier({"first": picture, "second": picture}, trained=own)
    assert widget.params == {"name": "first", "fit": SQUARE}
    widget.set(name="second", fit=SQUEEZED)
    assert widget._alt.startswith("second, whole, squeezed.")
    with pytest.raises(ValueError, match="name cannot be 'third'; use one of its options"):
        widget.set(name="third")


def test_controls_and_bundle(widget):
    upload, *_ = widget.children
    assert upload.description == "Upload a picture"
    assert not upload.multiple
    bundle = widget._repr_mimebundle_()
    assert bundle["text/plain"] == repr(widget) == "<Picture classifier: run this cell to start>"
    assert len(base64.b64decode(bundle["image/png"])) < 30_000
    assert GUARDED in widget._dom_classes
