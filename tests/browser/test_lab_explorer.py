"""The convolution explorer in a real JupyterLab, worked with the keyboard."""

import shutil
from pathlib import Path

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


LESSON = Path(__file__).resolve().parents[2] / "notebooks" / "10_convolution.ipynb"
CELL_IDS = """() => {
    const { model } = window.jupyterapp.shell.currentWidget.content;
    return [...model.cells].map(cell => cell.id);
}"""


def test_lesson_on_convolution_runs_and_its_explorer_is_worked_by_keys(lab):
    shutil.copy(LESSON, lab.folder)
    lab.open_notebook(LESSON.name, own_kernel=True)
    lab.run_all()
    cells = lab.page.evaluate(CELL_IDS)
    root = lab.page.locator(".conv-explorer", has_text="Which nine numbers make the output").first
    root.scroll_into_view_if_needed()
    said, line = root.get_by_role("status"), root.locator("code.line")
    kernel = root.get_by_role("slider", name="kernel_size", exact=True)
    for key, size in (("ArrowRight", 4), ("ArrowDown", 3), ("ArrowLeft", 2), ("ArrowUp", 3)):
        kernel.press(key)
        assert f"kernel_size={size}, bias=False" in line.inner_text()
    root.get_by_role("gridcell", name="output[0, 1, 1]").hover(force=True)
    assert said.inner_text().startswith("output[0, 1, 1] = 1·1 + 2·2 + 3·1 + 2·0 + 1·1")
    kernel.press("End")
    assert said.inner_text().startswith("RuntimeError: Calculated padded input size per channel")
    assert lab.page.evaluate(CELL_IDS) == cells, "a key has moved, cut or added a cell"
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
