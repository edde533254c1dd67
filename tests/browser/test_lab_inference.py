"""The picture classifier in a real JupyterLab: pick, upload, upload something else."""

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.browser
CELL = "from course_utils.widgets import picture_classifier\npicture_classifier()"


@pytest.fixture
def files(tmp_path):
    """A photograph on its side, a picture with alpha, a large one, and two that are none."""
    exif = Image.Exif()
    exif[274] = 6
    noise = np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "phone.jpg", exif=exif)
    Image.new("RGBA", (64, 64), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    large = np.random.default_rng(1).integers(0, 256, (1500, 2000, 3), dtype=np.uint8)
    Image.fromarray(large).save(tmp_path / "large.png")  # 9 MB
    (tmp_path / "notes.txt").write_text("not a picture", encoding="utf-8")
    (tmp_path / "empty.png").write_bytes(b"")
    return tmp_path


def upload(lab, widget, file):
    """Choose a file in the dialogue that the button opens, with the keyboard."""
    button = widget.locator.get_by_role("button", name="Upload a picture")
    with lab.page.expect_file_chooser() as dialogue:
        button.focus()
        lab.page.keyboard.press("Enter")
    dialogue.value.set_files(file)


def test_pictures_are_picked_and_uploaded(lab, files):
    lab.open_notebook(lab.write("classifier.ipynb", CELL, "print('the cell below')"))
    lab.run_all()
    assert lab.errors() == []
    widget = lab.explorer()
    widget.watch_heights()

    pictures = widget.locator.get_by_label("picture", exact=True)
    pictures.select_option("drawn ship")
    widget.locator.locator("img[alt^='drawn ship, middle square.']").wait_for()
    pictures.press("ArrowDown")
    widget.locator.locator("img[alt^='drawn truck, middle square.']").wait_for()
    pictures.press("x")  # cuts the cell where JupyterLab takes it for its own
    assert widget.locator.count() == 1
    lab.screenshot("classifier_light")

    upload(lab, widget, files / "phone.jpg")
    widget.locator.locator("img[alt^='phone.jpg, middle square.']").wait_for()
    widget.locator.get_by_label("fit", exact=True).select_option("whole, squeezed")
    widget.locator.locator("img[alt^='phone.jpg, whole, squeezed.']").wait_for()
    lab.screenshot("classifier_upload")

    for name, words in (("notes.txt", "is not a picture"), ("empty.png", "is empty")):
        upload(lab, widget, files / name)
        widget.says(f"✗ {name} {words}")
        assert widget.image.get_attribute("alt").startswith("phone.jpg, whole, squeezed.")
    lab.screenshot("classifier_refused")

    for name in ("clear.png", "large.png", "phone.jpg"):
        upload(lab, widget, files / name)
        widget.locator.locator(f"img[alt^='{name}, whole, squeezed.']").wait_for()
    assert len(widget.heights()) == 1
    assert lab.errors() == []
    lab.theme("Dark")
    lab.screenshot("classifier_dark")
