"""Reading any picture file, and asking a network about it."""

import contextlib
import io
import math
import re

import numpy as np
import pytest
import torch
from PIL import Image

from course_utils.inference import LONGEST, predict_picture, read_picture, seen_by
from course_utils.pretrained import load_own
from course_utils.sample_data import SampleCIFAR10

SIDEWAYS = {1: 0, 3: 180, 6: 270, 8: 90}  # EXIF's mark → degrees that it turns by
RED, HALF, CLEAR = (255, 0, 0, 255), (255, 0, 0, 128), (0, 0, 0, 0)


def stored(image, kind="PNG", **settings):
    buffer = io.BytesIO()
    image.save(buffer, kind, **settings)
    return buffer.getvalue()


def ramp(dtype, top):
    return Image.fromarray(np.linspace(0, top, 16).reshape(4, 4).astype(dtype))


def row(*colours):
    picture = Image.new("RGBA", (len(colours), 1))
    picture.putdata(colours)
    return picture


@pytest.fixture(scope="module")
def own():
    return load_own()


@pytest.fixture(scope="module")
def drawn():
    return SampleCIFAR10(train=False, size=20)


# what the pixels become


def test_transparent_pixels_become_white():
    picture = read_picture(stored(row(RED, HALF, CLEAR)))
    assert picture.mode == "RGB"
    assert [picture.getpixel((x, 0)) for x in range(3)] == [
        (255, 0, 0),
        (255, 127, 127),
        (255, 255, 255),
    ]


def test_transparency_of_a_palette_and_of_grey():
    palette = row(RED, CLEAR).quantize(4)
    assert palette.mode == "P"
    assert read_picture(stored(palette)).getpixel((1, 0)) == (255, 255, 255)
    grey = stored(Image.new("L", (2, 2), 0), transparency=0)
    assert read_picture(grey).getpixel((0, 0)) == (255, 255, 255)
    both = stored(Image.new("LA", (2, 2), (0, 0)))
    assert read_picture(both).getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("image", "kind"),
    [
        (ramp("uint8", 255), "PNG"),
        (ramp("uint16", 65535), "PNG"),
        (ramp("uint16", 65535), "TIFF"),
        (ramp("int32", 65535), "TIFF"),
        (ramp("float32", 1), "TIFF"),
        (ramp("float32", 255), "TIFF"),
    ],
    ids=["8 bits", "16 bits", "16 bits TIFF", "32 bits", "floats to 1", "floats to 255"],
)
def test_brightness_is_kept_whatever_the_type_of_number(image, kind):
    pixels = np.asarray(read_picture(stored(image, kind)))
    assert pixels.shape == (4, 4, 3)
    np.testing.assert_allclose(pixels[..., 0].ravel(), np.linspace(0, 255, 16), atol=1)
    assert (pixels == pixels[..., :1]).all()


@pytest.mark.parametrize(("mode", "kind"), [("1", "PNG"), ("CMYK", "JPEG"), ("LAB", "TIFF")])
def test_other_modes_become_rgb(mode, kind):
    assert read_picture(stored(Image.new(mode, (9, 7)), kind)).mode == "RGB"


def test_the_first_picture_of_an_animation_counts():
    frames = [Image.new("RGB", (5, 4), colour) for colour in ("red", "blue")]
    content = stored(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert read_picture(content).getpixel((0, 0)) == (255, 0, 0)


def test_not_a_number_becomes_black():
    content = stored(Image.fromarray(np.full((2, 2), math.nan, np.float32)), "TIFF")
    assert read_picture(content).getpixel((0, 0)) == (0, 0, 0)


@pytest.mark.parametrize(("mark", "degrees"), SIDEWAYS.items())
def test_a_picture_is_turned_as_its_mark_says(mark, degrees):
    exif = Image.Exif()
    exif[274] = mark
    image = Image.new("RGB", (40, 20), "white")
    image.paste("black", (0, 0, 10, 20))  # at the left
    turned = read_picture(stored(image, "JPEG", exif=exif))
    wanted = image.rotate(degrees, expand=True)
    assert turned.size == wanted.size
    difference = np.asarray(turned).astype(int) - np.asarray(wanted)
    assert np.abs(difference).mean() < 8


# how large it may be


def test_large_pictures_are_reduced_and_small_ones_are_not():
    large = Image.new("RGB", (2600, 1300), "green")
    for content in (stored(large, "JPEG"), stored(large), large):
        assert read_picture(content).size == (LONGEST, LONGEST // 2)
    assert read_picture(stored(large), longest=100).size == (100, 50)
    assert read_picture(stored(Image.new("RGB", (1, 1)))).size == (1, 1)


def test_a_picture_of_very_many_pixels_is_refused(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    for size in ((50, 30), (50, 60)):  # Pillow warns of the first, and refuses the second
        with pytest.raises(ValueError, match=r"wall.png has more than 1,000 pixels; save a small"):
            read_picture(stored(Image.new("1", size)), name="wall.png")
    assert read_picture(stored(Image.new("1", (50, 20)))).size == (50, 20)


def test_long_and_thin_pictures_get_an_answer(own):
    for size in ((4000, 1), (1, 4000), (1, 1)):
        assert len(predict_picture(Image.new("RGB", size), own)) == 5


# what is not a picture

WHOLE = {
    "JPEG": stored(Image.effect_noise((200, 200), 80).convert("RGB"), "JPEG"),
    "PNG": stored(Image.effect_noise((200, 200), 80)),
}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty; save or download it again"),
        (b"hello", "is not a picture that can be read here; save it as JPEG or PNG"),
        (b"<html>404</html>", "is not a picture"),
        (WHOLE["PNG"][:20], "is damaged ("),
        (WHOLE["JPEG"][:4000], "is damaged (image file is truncated"),
        (WHOLE["PNG"][:4000], "is damaged (image file is truncated"),
        (WHOLE["PNG"][:3000] + b"\0\0\0" + WHOLE["PNG"][3003:], "is damaged ("),
    ],
    ids=["empty", "text", "web page", "head only", "half a JPEG", "half a PNG", "wrong bytes"],
)
def test_the_file_and_the_fix_are_named(tmp_path, content, words):
    path = tmp_path / "cat.jpg"
    path.write_bytes(content)
    for source, name in ((path, path.as_posix()), (str(path), path.as_posix())):
        with pytest.raises(ValueError, match=f"^{re.escape(f'{name} {words}')}.*$"):
            read_picture(source)
    for source in (content, bytearray(content), memoryview(content), io.BytesIO(content)):
        with pytest.raises(ValueError, match=f"^{re.escape(f'cat.jpg {words}')}.*$"):
            read_picture(source, name="cat.jpg")
    with pytest.raises(ValueError, match=r"^the picture is "):
        read_picture(content)


@pytest.mark.parametrize("seed", range(40))
def test_whatever_is_damaged_it_is_read_or_refused(seed):
    rng = np.random.default_rng(seed)
    content = bytearray(WHOLE["JPEG" if seed % 2 else "PNG"])
    for place in rng.integers(0, len(content), 8):
        content[place] = rng.integers(256)
    with contextlib.suppress(ValueError):  # another error, or a warning, fails the test
        assert read_picture(content).mode == "RGB"


def test_a_missing_file_and_a_folder(tmp_path):
    for path in (tmp_path / "none.png", tmp_path):
        with pytest.raises(FileNotFoundError, match=f"there is no file {path.as_posix()}; check"):
            read_picture(path)


def test_something_else_is_no_source():
    with pytest.raises(TypeError, match="source is of type ndarray; give a path, bytes"):
        read_picture(np.zeros((2, 2, 3)))


def test_a_file_stays_open_and_a_picture_as_it_is(tmp_path):
    path = tmp_path / "a.png"
    Image.new("RGB", (2600, 10), "red").save(path)
    with path.open("rb") as file:
        assert read_picture(file).size[0] == LONGEST
        assert not file.closed
    given = Image.new("RGB", (2600, 10), "red")
    assert read_picture(given) is not given
    assert given.size == (2600, 10)


# the answer


def test_answers_are_those_of_the_steps_by_hand(own, drawn):
    for picture, _ in (drawn[0], drawn[7]):
        batch = own.transform(picture).unsqueeze(0)
        with torch.inference_mode():
            probabilities = own.model(batch).softmax(dim=1)[0]
        answers = predict_picture(picture, own, top=10)
        assert [name for name, _ in answers] == [
            own.classes[i] for i in probabilities.argsort(descending=True)
        ]
        assert [p for _, p in answers] == pytest.approx(sorted(probabilities.tolist())[::-1])
        assert sum(p for _, p in answers) == pytest.approx(1)
        assert all(type(p) is float for _, p in answers)
        assert predict_picture(picture, own, top=1) == answers[:1]


def test_the_mode_does_not_matter_and_stays(own, drawn):
    picture = drawn[3][0]
    expected = predict_picture(picture, own)
    own.model.train()
    try:
        before = own.model.state_dict()["stem.1.running_mean"].clone()
        assert predict_picture(picture, own) == expected
        assert own.model.training
        assert torch.equal(own.model.state_dict()["stem.1.running_mean"], before)
    finally:
        own.model.eval()


@pytest.mark.parametrize("top", [0, 11])
def test_more_classes_than_there_are(own, drawn, top):
    with pytest.raises(ValueError, match=f"top {top} is not within 1 … 10"):
        predict_picture(drawn[0][0], own, top=top)


def test_what_it_sees_of_a_picture_of_its_size_is_the_picture(own, drawn):
    picture = drawn[5][0]
    seen = seen_by(own, picture)
    assert seen.shape == (3, 32, 32)
    np.testing.assert_allclose(seen.permute(1, 2, 0).numpy() * 255, np.asarray(picture), atol=0.01)
    assert seen_by(own, picture.resize((300, 200))).shape == (3, 32, 32)
