"""The module browser in a real JupyterLab, worked with the keyboard."""

import pytest

from course_utils.widgets._names import find

pytestmark = pytest.mark.browser
CELL = "from course_utils.widgets import module_browser\nmodule_browser()"


def test_a_name_is_found_by_typing(lab):
    lab.open_notebook(lab.write("modules.ipynb", CELL, "print('the cell below')"))
    lab.run_all()
    browser = lab.page.locator(".jp-OutputArea-output .course-browser")
    panel = browser.get_by_role("region", name="about the name")
    panel.get_by_text("Return a bool indicating").wait_for()
    height = browser.bounding_box()["height"]

    browser.get_by_label("module", exact=True).select_option("torch")
    field = browser.get_by_label("filter", exact=True)
    field.fill("")
    field.press_sequentially("largest")  # letters that are also JupyterLab's own keys
    names = browser.get_by_label("names", exact=True)
    browser.get_by_text(f"{len(find('torch', 'largest'))} of the").wait_for()  # all seven letters
    names.select_option("topk")
    panel.get_by_text("torch.topk").wait_for()
    names.press("Home")
    names.press("ArrowDown")
    panel.get_by_text("torch.lobpcg").wait_for()
    names.press("x")  # cuts the cell where JupyterLab takes it for its own
    assert browser.bounding_box()["height"] == height
    assert lab.errors() == []
    browser.get_by_label("kind", exact=True).press("x")
    assert browser.count() == 1
    for theme in ("Dark", "Light"):
        lab.theme(theme)
        lab.screenshot(f"modules_{theme.lower()}")
