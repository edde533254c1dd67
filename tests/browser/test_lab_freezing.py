"""The freezing widget in a real JupyterLab, worked with the keyboard."""

import pytest

pytestmark = pytest.mark.browser
CELL = "from course_utils.widgets import freeze_depth\nfreeze_depth()"


def test_the_table_follows_the_keys(lab):
    lab.open_notebook(lab.write("freezing.ipynb", CELL, "print('the cell below')"))
    lab.run_all()
    widget = lab.explorer()
    assert "Memory of small_resnet" in widget.image.get_attribute("alt")
    widget.watch_heights()
    widget.press("frozen parts", "ArrowLeft")
    widget.says("406,530 of 667,290 parameters learn (61%)")
    widget.press("frozen parts", "Home")
    widget.says("(100%)")
    lab.screenshot("freezing_nothing")

    network = widget.locator.get_by_label("network")
    network.select_option("vgg16")
    widget.says("134,268,738 of 134,268,738")
    network.press("x")  # cuts the cell where JupyterLab takes it for its own
    assert widget.locator.count() == 1
    widget.press("frozen parts", "End")
    widget.says("All 7 parts of vgg16 are frozen")
    widget.press("frozen parts", "ArrowLeft")
    widget.says("backward() ends at classifier[6]")
    assert len(widget.heights()) == 1
    assert lab.errors() == []
    for theme in ("Dark", "Light"):
        lab.theme(theme)
        lab.screenshot(f"freezing_{theme.lower()}")
