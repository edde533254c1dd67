"""The batch viewer in a real JupyterLab, worked with the keyboard."""

import pytest

pytestmark = pytest.mark.browser
CELL = "from course_utils.widgets import batch_viewer\nbatch_viewer()"


def test_batches_follow_the_keys(lab):
    lab.open_notebook(lab.write("batches.ipynb", CELL, "print('the cell below')"))
    lab.run_all()
    widget = lab.explorer()
    assert "1: 0 1 2 3; 2: 4 5 6 7" in widget.image.get_attribute("alt")
    widget.watch_heights()
    widget.press("batch_size", "ArrowRight")
    widget.says("14 / 5 → 3 batches, the last of 4.")

    box = widget.locator.get_by_label("drop_last")
    box.press("Space")
    widget.says("Left out in every epoch, the same 4 of 14")
    box.press("x")  # cuts the cell where JupyterLab takes it for its own
    assert widget.locator.count() == 1
    widget.locator.get_by_label("shuffle").press("Space")
    widget.says("Drawn with seed 0")
    widget.press("pictures", "Home")
    widget.says("No batch at all")
    for label in ("pictures", "batch_size", "seed"):
        widget.press(label, "End")
    assert len(widget.heights()) == 1
    assert lab.errors() == []
    for theme in ("Dark", "Light"):
        lab.theme(theme)
        lab.screenshot(f"batches_{theme.lower()}")
