"""Optimizer paths and schedule preview in a real JupyterLab, worked with the keyboard."""

import pytest

pytestmark = pytest.mark.browser
PATHS = "from course_utils.widgets import optimizer_paths\noptimizer_paths()"
SCHEDULE = "from course_utils.widgets import schedule_preview\nschedule_preview()"


def test_paths_follow_the_keys(lab):
    lab.open_notebook(lab.write("optimizers.ipynb", PATHS, "print('the cell below')"))
    lab.run_all()
    widget = lab.explorer()
    assert "momentum goes in 20 steps" in widget.image.get_attribute("alt")
    widget.watch_heights()
    widget.press("steps", "ArrowRight")
    widget.says("Loss after 21 steps: SGD")
    widget.press("learning rate", "End")
    widget.says("SGD diverged")
    lab.screenshot("optimizers_diverged")

    widget.locator.get_by_label("optimizer").select_option("Adam")
    beside = widget.locator.get_by_label("beside it")
    beside.select_option("nothing")
    widget.says("Adam has arrived")
    beside.press("x")  # cuts the cell where JupyterLab takes it for its own
    assert widget.locator.count() == 1
    widget.locator.get_by_label("surface").select_option("flat outside")
    widget.press("learning rate", "Home")
    widget.says("Adam hardly moves")
    assert len(widget.heights()) == 1
    assert lab.errors() == []
    for theme in ("Dark", "Light"):
        lab.theme(theme)
        lab.screenshot(f"optimizers_{theme.lower()}")


def test_schedules_follow_the_keys(lab):
    lab.open_notebook(lab.write("schedules.ipynb", SCHEDULE, "print('the cell below')"))
    lab.run_all()
    widget = lab.explorer()
    assert "300 steps with OneCycle" in widget.image.get_attribute("alt")
    widget.watch_heights()
    widget.press("pct_start", "End")
    widget.says("Up in 95% of the steps")
    widget.locator.get_by_label("schedule").first.select_option("StepLR")
    widget.says("It counts calls, not epochs")
    called = widget.locator.get_by_label("scheduler.step() after")
    called.select_option("every epoch")
    widget.says("after every 10 epochs")
    called.press("x")  # cuts the cell where JupyterLab takes it for its own
    assert widget.locator.count() == 1
    assert len(widget.heights()) == 1
    assert lab.errors() == []
    for theme in ("Dark", "Light"):
        lab.theme(theme)
        lab.screenshot(f"schedules_{theme.lower()}")
