"""The slider widgets in a real JupyterLab."""

import shutil

import pytest
from nbformat.v4 import new_code_cell, new_output

from course_utils.paths import NOTEBOOKS
from course_utils.plotting import describe, plot_curves
from course_utils.widgets import hello_slider

RUNS = """
from course_utils.widgets import curve_comparer
fall = [2.1, 1.6, 1.3, 1.1, 1.0]
rise = [0.25, 0.42, 0.53, 0.60, 0.63]
slow = dict(train_loss=fall, valid_loss=[x + 0.1 for x in fall], seconds=[9.0] * 5,
            train_accuracy=rise, valid_accuracy=[x - 0.03 for x in rise])
fast = {name: [x * 0.8 for x in values] for name, values in slow.items()}
curve_comparer({"classic": slow, "improved": fast})
"""
WIDGETS = {
    "hello": ("from course_utils.widgets import hello_slider\nhello_slider()", "pixels per side"),
    "shapes": ("from course_utils.widgets import shape_tracer\nshape_tracer()", "kernel size"),
    "curves": (RUNS, "smoothing"),
}


NAMES = list(WIDGETS)


@pytest.fixture(scope="module")
def widgets(open_lab):
    """One page with all three: opening JupyterLab is what takes the time."""
    with open_lab() as lab:
        lab.open_notebook(lab.write("widgets.ipynb", *(source for source, _ in WIDGETS.values())))
        lab.run_all()
        assert lab.errors() == []
        yield lab


@pytest.mark.parametrize("name", NAMES)
def test_slider_answers_the_keyboard_without_a_jump(widgets, name):
    widget = widgets.explorer(NAMES.index(name))
    assert widget.image.get_attribute("alt")
    widget.watch_heights()
    for key in ("ArrowRight", "ArrowUp", "ArrowLeft", "End", "Home"):
        widget.press(WIDGETS[name][1], key)
    assert len(widget.heights()) == 1
    assert widgets.errors() == []


@pytest.mark.parametrize("theme", ["Dark", "Light"])
def test_widgets_in_both_themes(widgets, theme):
    widgets.theme(theme)
    for number, name in enumerate(NAMES):
        widgets.explorer(number)
        widgets.screenshot(f"{name}_{theme.lower()}")
    assert widgets.errors() == []


def test_keys_pressed_in_a_list_stay_in_it(widgets):
    """Otherwise JupyterLab takes ArrowDown for the next cell, and x for cutting this one."""
    box = widgets.explorer(NAMES.index("curves")).locator
    cells = widgets.page.locator(".jp-CodeCell").count()
    for label in ("runs", "metric"):
        field = box.get_by_label(label, exact=True)
        field.focus()
        for key in ("ArrowDown", "x", "a", "ArrowUp"):
            field.press(key)
        assert field.evaluate("field => field === document.activeElement")
    assert widgets.page.locator(".jp-CodeCell").count() == cells


def test_a_refused_network_shows_the_reason(widgets):
    widget = widgets.explorer(NAMES.index("shapes"))
    widget.watch_heights()
    widget.press("padding", "Home")
    widget.press("image size", "Home")
    widget.press("kernel size", "End")
    widget.says("Kernel size can't be greater than actual input size")
    assert "refused" in widget.image.get_attribute("alt")
    assert len(widget.heights()) == 1
    widgets.screenshot("shapes_refused")


def test_saved_outputs_can_be_read_before_anything_runs(lab):
    """As in a fresh clone: not trusted, and the live widget's model taken out."""
    widget = hello_slider()._repr_mimebundle_()
    del widget["application/vnd.jupyter.widget-view+json"]
    figure = describe(plot_curves({"loss": [3, 2, 1]}), "a falling line")
    described = {"text/plain": repr(figure), "text/html": figure._repr_html_()}
    cells = [
        new_code_cell("0", outputs=[new_output("execute_result", data=data, execution_count=1)])
        for data in (widget, described)
    ]
    lab.open_notebook(lab.write("saved.ipynb", *cells))
    images = lab.page.locator(".jp-OutputArea-output img")
    images.nth(1).wait_for()
    assert images.nth(1).get_attribute("alt") == "a falling line"
    widths = images.evaluate_all("all => all.map(image => image.naturalWidth)")
    assert len(widths) == 2
    assert min(widths) > 300, "both pictures must have loaded"
    lab.theme("Dark")
    lab.screenshot("saved_dark")


FIRST = NOTEBOOKS / "00_start_here.ipynb"


@pytest.mark.skipif(not FIRST.exists(), reason="the notebook is not written yet")
def test_first_notebook_runs_and_its_slider_moves(lab):
    shutil.copy(FIRST, lab.folder)
    shutil.copytree(NOTEBOOKS / "figures", lab.folder / "figures", dirs_exist_ok=True)
    lab.open_notebook(FIRST.name, own_kernel=True)
    lab.run_all()
    assert lab.errors() == []
    widget = lab.explorer()
    widget.watch_heights()
    widget.press("pixels per side", "ArrowRight")
    assert len(widget.heights()) == 1
    for theme in ("Dark", "Light"):
        lab.theme(theme)
        lab.screenshot(f"00_{theme.lower()}")
