"""The pixel playground in a real JupyterLab, moved with the keyboard."""

import pytest

pytestmark = pytest.mark.browser
CELL = "from course_utils.widgets import pixel_playground\npixel_playground()"


def test_every_slider_answers_the_keyboard_without_a_jump(lab):
    lab.open_notebook(lab.write("pixels.ipynb", CELL))
    lab.run_all()
    assert lab.errors() == []
    widget = lab.explorer()
    widget.watch_heights()
    for label in ("crop", "gamma", "Gaussian blur", "Canny threshold"):
        widget.press(label, "ArrowRight")
    widget.says("Thresholds")
    assert "RGB, 8 pixels wide" in widget.image.get_attribute("alt")
    widget.press("Canny threshold", "Home")
    widget.press("crop", "Home")
    assert "RGB, 8 pixels wide" not in widget.image.get_attribute("alt")
    assert len(widget.heights()) == 1
    assert lab.errors() == []
    for theme in ("Dark", "Light"):
        lab.theme(theme)
        lab.screenshot(f"pixels_{theme.lower()}")
