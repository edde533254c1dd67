"""The loss explorer in a real JupyterLab, worked with the keyboard."""

import pytest

pytestmark = pytest.mark.browser
CELL = "from course_utils.widgets import loss_explorer\nloss_explorer()"


def test_the_message_follows_the_keys(lab):
    lab.open_notebook(lab.write("losses.ipynb", CELL, "print('the cell below')"))
    lab.run_all()
    widget = lab.explorer()
    assert "right class dog: loss 1.3490" in widget.image.get_attribute("alt")
    widget.watch_heights()
    widget.press("logit of dog", "ArrowRight")
    widget.says("Loss 1.2759 = −ln 0.279, the bar of dog.")
    for label, key in (("logit of dog", "Home"), ("logit of cat", "End")):
        widget.press(label, key)
    widget.says("the loudest message there is")
    lab.screenshot("losses_wrong_and_sure")

    loss = widget.locator.get_by_label("loss", exact=True)
    loss.select_option("softmax, then cross-entropy")
    widget.says("Wrong, and yet hardly a message")
    lab.screenshot("losses_softmax_twice")
    loss.press("x")  # cuts the cell where JupyterLab takes it for its own
    assert widget.locator.count() == 1
    widget.locator.get_by_label("right class").select_option("cat")
    widget.says("never gets below 0.5514")
    assert len(widget.heights()) == 1
    assert lab.errors() == []
    for theme in ("Dark", "Light"):
        lab.theme(theme)
        lab.screenshot(f"losses_{theme.lower()}")
