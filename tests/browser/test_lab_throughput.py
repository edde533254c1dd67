"""The throughput widget in a real JupyterLab, worked with the keyboard."""

import pytest

pytestmark = pytest.mark.browser
CELL = """from course_utils.widgets import throughput
slow, fast = {4: 800.0, 64: 2500.0, 1024: 2000.0}, {4: 400.0, 64: 5000.0, 1024: 10_000.0}
throughput({"float32": slow, "bf16": fast})"""


def test_the_table_follows_the_keys(lab):
    lab.open_notebook(lab.write("throughput.ipynb", CELL, "print('the cell below')"))
    lab.run_all()
    widget = lab.explorer()
    assert "Images a second with float32" in widget.image.get_attribute("alt")
    widget.watch_heights()
    widget.press("batch size", "ArrowRight")
    widget.says("49 steps and takes 25 s. That is 80% of the speed of batches of 64.")
    chosen = widget.locator.get_by_label("format")
    chosen.select_option("bf16")
    widget.says("49 steps and takes 5.0 s. No batch size is faster")
    chosen.press("x")  # cuts the cell where JupyterLab takes it for its own
    assert widget.locator.count() == 1
    widget.press("batch size", "Home")
    widget.says("12,500 steps")
    assert len(widget.heights()) == 1
    assert lab.errors() == []
    for theme in ("Dark", "Light"):
        lab.theme(theme)
        lab.screenshot(f"throughput_{theme.lower()}")
