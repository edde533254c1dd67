"""The descent widget in a real JupyterLab, worked with the keyboard."""

import pytest

pytestmark = pytest.mark.browser
CELL = "from course_utils.widgets import descent\ndescent()"


def test_the_path_follows_the_keys(lab):
    lab.open_notebook(lab.write("descent.ipynb", CELL, "print('the cell below')"))
    lab.run_all()
    widget = lab.explorer()
    assert "3 steps lead from w = 2.5" in widget.image.get_attribute("alt")
    widget.watch_heights()
    widget.press("steps", "ArrowRight")
    widget.says("After 4 steps: w = 1.024")
    for label, key in (("start w", "ArrowLeft"), ("learning rate", "End"), ("steps", "End")):
        widget.press(label, key)
    widget.says("higher than at the start")
    assert "off the picture" not in widget.status.inner_text()
    lab.screenshot("descent_far")

    curve = widget.locator.get_by_label("curve")
    curve.select_option("two valleys")
    widget.says("Diverged")
    lab.screenshot("descent_diverged")
    curve.press("x")  # cuts the cell where JupyterLab takes it for its own
    assert widget.locator.count() == 1
    widget.press("learning rate", "Home")
    widget.status.filter(has_not_text="Diverged").wait_for()
    assert len(widget.heights()) == 1
    assert lab.errors() == []
    for theme in ("Dark", "Light"):
        lab.theme(theme)
        lab.screenshot(f"descent_{theme.lower()}")
