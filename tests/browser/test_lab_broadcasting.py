"""The broadcasting aligner in a real JupyterLab, worked with the keyboard."""

import pytest

pytestmark = pytest.mark.browser
CELL = "from course_utils.widgets import broadcasting_aligner\nbroadcasting_aligner()"


def test_shapes_are_typed_and_chosen(lab):
    lab.open_notebook(lab.write("broadcasting.ipynb", CELL, "print('the cell below')"))
    lab.run_all()
    widget = lab.explorer()
    assert "(3, 1) and (4,), aligned from the right, fit" in widget.image.get_attribute("alt")
    widget.watch_heights()

    field = widget.locator.get_by_label("shape of b")
    field.fill("")
    field.press_sequentially("3 x 5")  # x cuts the cell where JupyterLab takes it for its own
    field.press("Enter")
    widget.says("a + b has shape (3, 5)")
    example = widget.locator.get_by_label("example")
    assert example.input_value() == "your own: type below"
    field.fill("(B, 4)")
    field.press("Tab")  # leaving the field counts as well
    widget.says("'B' is no size")

    example.focus()
    example.press("Home")
    widget.says("Both grow, to 12 numbers")
    for _ in range(3):
        example.press("ArrowDown")
    widget.says("PyTorch: The size of tensor a (4) must match")
    assert field.input_value() == "(3,)"
    lab.screenshot("broadcasting_refused")
    example.press("x")
    assert widget.locator.count() == 1
    example.select_option("the same, means as (3, 1, 1)")
    widget.says("b is repeated 64× along dim -4")
    assert len(widget.heights()) == 1
    assert lab.errors() == []
    for theme in ("Dark", "Light"):
        lab.theme(theme)
        lab.screenshot(f"broadcasting_{theme.lower()}")
