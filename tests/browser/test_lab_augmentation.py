"""The augmentation playground in a real JupyterLab, worked with the keyboard."""

import pytest

pytestmark = pytest.mark.browser
CELL = "from course_utils.widgets import augmentation_playground\naugmentation_playground()"


def test_boxes_and_sliders_answer_the_keyboard(lab):
    lab.open_notebook(lab.write("augmentation.ipynb", CELL, "print('the cell below')"))
    lab.run_all()
    assert lab.errors() == []
    widget = lab.explorer()
    assert "7 copies of it after flip and crop" in widget.image.get_attribute("alt")
    widget.watch_heights()

    rotation = widget.locator.get_by_label("rotation")
    rotation.focus()
    lab.page.keyboard.press("Space")
    widget.says("Rotation: up to 90°")
    rotation.press("x")  # cuts the cell where JupyterLab takes it for its own
    assert widget.locator.count() == 1
    widget.press("strength", "End")
    widget.says("up to 180°")
    for label in ("colour jitter", "show masks", "random crop"):
        widget.locator.get_by_label(label).press("Space")
    done = "flip and rotation and colour, strength 1, seed 0, with masks"
    widget.locator.locator(f"img[alt*='{done}']").wait_for()
    widget.press("seed", "ArrowRight")
    widget.locator.get_by_text("torch.manual_seed(1)").wait_for()
    code = widget.locator.get_by_label("code to copy")
    widget.says("never the mask")
    assert "augment(image, mask)" in code.inner_text()
    assert "RandomResizedCrop" not in code.inner_text()

    assert len(widget.heights()) == 1
    assert lab.errors() == []
    for theme in ("Dark", "Light"):
        lab.theme(theme)
        lab.screenshot(f"augmentation_{theme.lower()}")
