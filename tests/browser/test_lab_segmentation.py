"""The threshold widget in a real JupyterLab, worked with the keyboard."""

import pytest

pytestmark = pytest.mark.browser
CELL = """import torch
from course_utils.widgets import mask_threshold

torch.manual_seed(0)
masks = torch.zeros(3, 1, 16, 16)
masks[:, :, 4:12, 4:12] = 1
mask_threshold(torch.rand(3, 3, 16, 16), (0.2 + 0.6 * masks), masks)"""


def test_mask_and_scores_follow_the_keys(lab):
    lab.open_notebook(lab.write("segmentation.ipynb", CELL, "print('the cell below')"))
    lab.run_all()
    widget = lab.explorer()
    assert "IoU 1.00, Dice 1.00: 64 hits" in widget.image.get_attribute("alt")
    widget.watch_heights()
    widget.press("threshold", "Home")
    widget.says("IoU 0.25, Dice 0.40: 64 hits, 0 misses, 192 false alarms")
    widget.press("threshold", "End")
    widget.says("0 hits, 64 misses, 0 false alarms")
    widget.press("picture", "End")
    assert "Picture 3 of 3" in widget.image.get_attribute("alt")
    widget.press("threshold", "ArrowLeft")
    widget.says("IoU 0.00")
    assert len(widget.heights()) == 1
    assert lab.errors() == []
    for theme in ("Dark", "Light"):
        lab.theme(theme)
        lab.screenshot(f"segmentation_{theme.lower()}")
