"""The CIFAR-10 gallery in a real JupyterLab, worked with the keyboard."""

import pytest

pytestmark = pytest.mark.browser
CELL = """from course_utils.sample_data import SampleCIFAR10
from course_utils.widgets import cifar_gallery
cifar_gallery(SampleCIFAR10(train=True, size=900))"""


def test_pages_and_classes_answer_the_keyboard_without_a_jump(lab):
    lab.open_notebook(lab.write("gallery.ipynb", CELL, "print('the cell below')"))
    lab.run_all()
    assert lab.errors() == []
    widget = lab.explorer()
    widget.watch_heights()
    widget.press("page", "End")
    widget.locator.locator("img[alt^='Page 23 of 23 of all classes']").wait_for()

    widget.locator.get_by_label("class").select_option("ship")
    widget.locator.locator("img[alt^='Page 3 of 3 of ship']").wait_for()
    widget.press("page", "Home")
    widget.locator.locator("img[alt^='Page 1 of 3 of ship']").wait_for()
    widget.press("page", "ArrowRight")
    widget.locator.locator("img[alt^='Page 2 of 3 of ship']").wait_for()

    widget.locator.get_by_label("on the right").select_option("difference from the average of all")
    widget.says("Grey: no difference")
    assert len(widget.heights()) == 1
    assert lab.errors() == []
    for theme in ("Dark", "Light"):
        lab.theme(theme)
        lab.screenshot(f"gallery_{theme.lower()}")
