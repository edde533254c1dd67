"""The convolution explorer in a real JupyterLab, worked with the keyboard."""

import pytest

pytestmark = pytest.mark.browser
CELLS = (
    "from course_utils.widgets import convolution_explorer\n"
    "explorer = convolution_explorer(size=8)\nexplorer",
    "print('the cell below')",
    "print(tuple(explorer.output.shape), explorer.module())",
)


def test_keys_change_the_layer_and_leave_the_cells_alone(lab):
    lab.open_notebook(lab.write("explorer.ipynb", *CELLS))
    lab.run_all()
    root = lab.page.locator(".conv-explorer")
    root.locator("svg").wait_for()
    said, line = root.get_by_role("status"), root.locator("code.line")
    kernel = root.get_by_role("slider", name="kernel_size", exact=True)
    for key in ("ArrowRight", "ArrowUp", "ArrowLeft", "ArrowDown", "ArrowRight"):
        kernel.press(key)
    assert line.inner_text() == "nn.Conv2d(1, 1, kernel_size=4, bias=False)"
    kernel.press("x")  # cuts the cell where JupyterLab takes it for its own
    root.get_by_role("combobox", name="padding_mode").press("x")
    cell = root.get_by_role("gridcell", name="output[0, 0, 0]")
    cell.hover(force=True)
    assert said.inner_text().startswith("output[0, 0, 0] = 1·1 + 2·2")
    cell.focus()
    for key in ("ArrowDown", "ArrowDown", "x"):
        lab.page.keyboard.press(key)
    assert said.inner_text().startswith("output[0, 2, 0] =")
    assert lab.page.locator(".jp-Notebook .jp-CodeCell").count() == len(CELLS)

    for _ in range(5):
        root.get_by_role("slider", name="input size", exact=True).press("ArrowLeft")
    assert "Kernel size can't be greater than actual input size" in said.inner_text()
    root.get_by_role("slider", name="padding", exact=True).press("ArrowRight")
    told = lab.page.get_by_text("(1, 1, 2, 2) Conv2d(1, 1, kernel_size=(4, 4)")
    for _ in range(20):  # ipywidgets holds a change back until the kernel has taken the last one
        lab.page.evaluate("() => window.jupyterapp.shell.currentWidget.content.activeCellIndex = 2")
        lab.command("notebook:run-cell")
        lab.wait_idle()
        if told.count():
            break
    assert told.count() == 1
    assert lab.errors() == []


def test_looks_right_in_both_themes(lab):
    lab.open_notebook(lab.write("themes.ipynb", CELLS[0]))
    lab.run_all()
    root = lab.page.locator(".conv-explorer")
    for theme, scheme in (("Dark", "dark"), ("Light", "light")):
        lab.theme(theme)
        assert root.evaluate("root => getComputedStyle(root).colorScheme") == scheme
        root.get_by_role("gridcell", name="output[0, 1, 1]").hover(force=True)
        lab.screenshot(f"explorer_{theme.lower()}")
