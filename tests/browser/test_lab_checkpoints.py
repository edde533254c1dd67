"""The key differ in a real JupyterLab, worked with the keyboard."""

import pytest

pytestmark = pytest.mark.browser
CELL = "from course_utils.widgets import key_differ\nkey_differ()"


def test_the_table_follows_the_choice(lab):
    lab.open_notebook(lab.write("checkpoints.ipynb", CELL, "print('the cell below')"))
    lab.run_all()
    widget = lab.explorer()
    assert "a checkpoint of the same network with" in widget.image.get_attribute("alt")
    widget.watch_heights()
    pair, strict = (
        widget.locator.get_by_label("checkpoint of"),
        widget.locator.get_by_label("strict"),
    )
    pair.select_option("DataParallel")
    widget.says("6 missing, 6 unexpected. Nothing was copied.")
    strict.select_option("False")
    widget.says("not one tensor is loaded")
    lab.screenshot("checkpoints_nothing_loaded")
    pair.press("ArrowDown")
    widget.says("forgives names, not shapes")
    pair.press("x")  # cuts the cell where JupyterLab takes it for its own
    assert widget.locator.count() == 1
    pair.select_option("a network without BatchNorm")
    widget.says("4 of 11 tensors are loaded")
    assert "body.2.bias  (8,): unexpected, not used" in widget.image.get_attribute("alt")
    assert len(widget.heights()) == 1
    assert lab.errors() == []
    for theme in ("Dark", "Light"):
        lab.theme(theme)
        lab.screenshot(f"checkpoints_{theme.lower()}")
